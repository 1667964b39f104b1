"""What to do first: how much the expected rate rises when what is open of a step is done."""

from collections.abc import Iterable
from dataclasses import dataclass

from iopflow.forecast.outlook import Outlook, Part

SOON = 60  # days: what is due within them comes first


@dataclass(frozen=True, slots=True)
class Gain:
    """The open pupils of a step: `all` is what the rate gains when all are done, `each` by one.

    Both are shares of the indicator's denominator. `known` is false where there is too little
    history: then nothing is expected, and the gain is the most it can be.
    """

    outlook: Outlook
    part: Part
    each: float
    known: bool

    @property
    def soon(self) -> bool:
        """Whether the limit is so close that it comes before all that is not."""
        return self.part.left <= SOON

    @property
    def all(self) -> float:
        """By how much the expected rate rises when all of them are done."""
        return self.each * len(self.part.waiting)


def gains(found: Iterable[Outlook]) -> list[Gain]:
    """What can be done first: those with few days left, then the rest; in each, the largest gain.

    Of gains alike, by the whole per cent, the closer limit comes first. A sum adds nothing to its
    parts and is left out.
    """
    made = []
    for one in found:
        for part in one.parts:
            if one.indicator.parts or not part.waiting:
                continue
            rate = part.chance.rate if part.chance is not None else 0.0
            each = (1 - rate) / one.denominator
            made.append(Gain(one, part, each, part.chance is not None))
    return sorted(made, key=_order)


def _order(gain: Gain) -> tuple[bool, int, int, str]:
    points = round(100 * gain.all)
    return not gain.soon, -points, gain.part.left, gain.outlook.indicator.code
