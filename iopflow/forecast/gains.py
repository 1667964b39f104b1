"""What to do first: how much the expected rate rises when what is open of a step is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from iopflow.forecast.outlook import Outlook, Part
from iopflow.models import Scope
from iopflow.queries.standing import TaskRow
from iopflow.schoolyear import Year

Left = Mapping[tuple[str, Year, int], TaskRow]  # by step, year served, and the pupil's number


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


def left_of(rows: Iterable[TaskRow]) -> Left:
    """The tasks of pupils that have not happened."""
    return {
        (row.step.key, row.year, row.subject_id): row
        for row in rows
        if row.scope is Scope.PUPIL and row.facts.happened_on is None
    }


def of_step(outlook: Outlook, part: Part, left: Left) -> dict[int, TaskRow]:
    """The task of each pupil whom a part waits for, by the pupil's number."""
    year = part.indicator.serving(outlook.year)
    return {
        one.pupil_id: left[step, year, one.pupil_id]
        for one in part.waiting
        for step in part.indicator.steps
        if (step, year, one.pupil_id) in left
    }


def opens(found: Iterable[Outlook], left: Left) -> dict[str, date]:
    """The first day on which what is left of each indicator can begin, by the wheel."""
    known = {}
    for one in found:
        for part in one.parts:
            days = [row.facts.opens for row in of_step(one, part, left).values()]
            if days and None not in days:
                known[part.indicator.code] = min(day for day in days if day is not None)
    return known


def due_day(outlook: Outlook, part: Part, left: Left) -> date | None:
    """The first deadline of the wheel for what a part waits for, where it is not the limit."""
    rows = of_step(outlook, part, left).values()
    first = min((row.facts.due for row in rows if row.facts.due), default=None)
    return first if first != part.limit else None


def _order(gain: Gain) -> tuple[bool, int, int, str]:
    points = round(100 * gain.all)
    return gain.begins_later, -points, gain.part.left, gain.outlook.indicator.code
