"""What to do first: how much the expected rate rises when what is open of a step is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from iopflow.forecast.outlook import Outlook, Part


@dataclass(frozen=True, slots=True)
class Gain:
    """The open pupils of a step: `all` is what the rate gains when all are done, `each` by one.

    Both are shares of the indicator's denominator. `known` is false where there is too little
    history: then nothing is expected, and the gain is the most it can be. `opens` is the first day
    on which the wheel lets anybody begin; None where it is not known.
    """

    outlook: Outlook
    part: Part
    each: float
    known: bool
    opens: date | None = None

    @property
    def begins_later(self) -> bool:
        """Whether nobody can begin yet: then it comes after all that can be done today."""
        return self.opens is not None and self.opens > self.outlook.day

    @property
    def all(self) -> float:
        """By how much the expected rate rises when all of them are done."""
        return self.each * len(self.part.waiting)

    @property
    def before(self) -> float:
        """The rate that is lifted: the expected one, or what is sure where nothing is expected."""
        rate = self.outlook.expected if self.known else self.outlook.worst
        return rate or 0.0


def gains(found: Iterable[Outlook], opens: Mapping[str, date] | None = None) -> list[Gain]:
    """What can still be in time, the largest gain first; after it what cannot begin yet.

    `opens` is by the code of the indicator. Of gains alike, by the whole per cent, the closer limit
    comes first. A sum adds nothing to its parts and is left out.
    """
    made = []
    for one in found:
        for part in one.parts:
            if one.indicator.parts or not part.waiting:
                continue
            rate = part.chance.rate if part.chance is not None else 0.0
            each = (1 - rate) / one.denominator
            first = (opens or {}).get(part.indicator.code)
            made.append(Gain(one, part, each, part.chance is not None, first))
    return sorted(made, key=_order)


def _order(gain: Gain) -> tuple[bool, int, int, str]:
    points = round(100 * gain.all)
    return gain.begins_later, -points, gain.part.left, gain.outlook.indicator.code
