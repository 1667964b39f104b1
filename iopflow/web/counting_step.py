"""The step of the IKIT wheel that a counting date is: its checklist as it stands, and one press.

The lines of the checklist fill themselves. That the step is done is for a person to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iopflow.models import School
from iopflow.queries.permits import permitted, subject_of
from iopflow.queries.tasks import Asked, tasks
from iopflow.registered import BY_CODE
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.web.page import Page
from iopflow.web.rows import COUNTING_STEPS, Line, lines
from iopflow.web.values import COMING, MISSING, THERE, Slot
from iopflow.wheel.step import Item

COMPUTED, BY_HAND = "computed", "by_hand"


@dataclass(frozen=True, slots=True)
class Point:
    """A line of the checklist: what it asks for, and how it stands. `lacks` names the figures."""

    title: str
    state: str
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The step: the task as a line, its checklist, and whether the person may say it is done.

    `missing` are how many figures are not registered.
    """

    line: Line
    points: Sequence[Point]
    missing: int
    may: bool
    kept: Mapping[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether all that the school registers is there."""
        return not self.missing


def step_of(
    page: Page, school: School, year: Year, counted: str, registered: Sequence[Slot]
) -> Step | None:
    """The step of a counting date; None where the school has none, or the person sees none."""
    asked = Asked(schools=[school.number], years=[year], step=COUNTING_STEPS + counted)
    found = tasks(page.session, page.rules, page.who, asked, today=page.today)
    if not found:
        return None
    (row, *_more) = found
    allowed = permitted(page.session, page.who, {subject_of(row)}, Action.COMPLETE)
    slots = {one.one.code: one for one in registered}
    (line,) = lines(page.session, [row])
    return Step(
        line,
        [_point(item, slots) for item in row.step.checklist],
        sum(one.state != THERE for one in registered),
        page.who.may(Action.COMPLETE) and subject_of(row) in allowed,
        {"skole": str(school.number), "ar": str(year), "dato": counted},
    )


def _point(item: Item, slots: Mapping[str, Slot]) -> Point:
    title = item.title.get()
    if not item.indicators:
        return Point(title, BY_HAND)
    asked = [slots[code] for code in item.indicators if code in slots]
    if not asked:
        return Point(title, COMPUTED)
    lacks = [one for one in asked if one.state != THERE]
    if not lacks:
        return Point(title, THERE)
    state = MISSING if any(one.state == MISSING for one in lacks) else COMING
    return Point(title, state, ", ".join(BY_CODE[one.one.code].name for one in lacks))
