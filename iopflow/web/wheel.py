"""The wheel of a school's year, as a picture and as the table that says the same (ux S2)."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

from markupsafe import Markup
from starlette.responses import Response

from iopflow.days import Calendar, MissingSkolerute
from iopflow.models import School
from iopflow.queries.access import visible_schools
from iopflow.queries.own import own_schools
from iopflow.queries.places import NotFound, calendars, schools
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.roles import ROLES, Action
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _
from iopflow.web.page import Page
from iopflow.web.wheel_layout import Circle, Mark, State
from iopflow.web.wheel_marks import marks_of
from iopflow.web.wheel_svg import Picture, draw
from iopflow.wheel import Step, dates_of
from iopflow.wheel.own import OWN_STEPS

SOON = timedelta(days=14)
_DONE = frozenset({Status.DONE, Status.DONE_LATE})
_OUTSIDE = frozenset({Status.CANCELLED, Status.NOT_APPLICABLE, Status.BEFORE_START})


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: the mark, who answers for the step, and whether the school has set it.

    `was` is the day that the shared wheel has, where the school's own is another.
    """

    mark: Mark
    responsible: str
    own: bool = False
    was: date | None = None


def wheel(page: Page) -> Response:
    """The page: what is due in one school year, whichever year it serves."""
    found = _own_first(page, schools(page.session, owner_id=page.who.owner_id))
    asked = page.request.query_params.get("skole")
    school = next((one for one in found if asked in (None, str(one.id))), None)
    if school is None:
        raise NotFound(_("Fant ikke skolen."))
    year = year_of(page)
    circle = Circle(year.on(8, 1))
    rute = calendars(page.session, [school.number]).get(school.number, {})
    wheels = page.rules.of_school(school)
    marks = counted(marks_of(wheels, rute.get, circle), _tasks(page, school, year), page.today)
    steps = {step.key: step for one in wheels for step in one.steps}
    picture = Picture(school.name, str(year), circle.first, marks, today=page.today)
    return page.show(
        "wheel.html",
        school=school,
        schools=found,
        year=year,
        years=[year.previous, year, year.next],
        picture=Markup(draw(picture)),  # noqa: S704 - written by us, every word in it escaped
        rows=_rows(marks, steps, rute.get),
        edits=page.who.may(Action.WHEEL) and school.number in _edited(page),
        always=[
            (step.title.get(), _role(step.responsible))
            for step in steps.values()
            if step.kind in {"recurring", "on_demand"} and not step.off
        ],
    )


def _own_first(page: Page, found: Sequence[School]) -> list[School]:
    """The schools, those where the person holds a role before the others."""
    own = own_schools(page.session, page.who, today=page.today)
    return sorted(found, key=lambda one: one.number not in own)


def counted(marks: Iterable[Mark], rows: Sequence[TaskRow], today: date) -> tuple[Mark, ...]:
    """The marks with how many of the tasks that the person sees are done, and how they stand."""
    counts: dict[tuple[str, Year], list[TaskRow]] = {}
    for row in rows:
        if row.status not in _OUTSIDE:
            counts.setdefault((row.step.key, row.year), []).append(row)
    found = []
    for mark in marks:
        of = counts.get((mark.key, mark.served or Year.of(mark.due)), [])
        if not of:
            found.append(mark)
            continue
        done = sum(row.status in _DONE for row in of)
        found.append(
            replace(mark, done=done, total=len(of), state=_state(of, done, mark.due, today))
        )
    return tuple(found)


def _state(rows: Sequence[TaskRow], done: int, due: date, today: date) -> State:
    if done == len(rows):
        return State.DONE
    if any(row.status is Status.OVERDUE for row in rows):
        return State.OVERDUE
    if today <= due <= today + SOON:
        return State.SOON
    return State.UNDER_WAY if done else State.NOT_BEGUN


def _tasks(page: Page, school: School, year: Year) -> list[TaskRow]:
    if not page.who.may(Action.SEE):
        return []
    asked = Asked(schools=[school.number], years=(year, year.next))
    return tasks(page.session, page.rules, page.who, asked, today=page.today)


def _edited(page: Page) -> set[int]:
    """The schools whose wheel the person may change."""
    return {one.number for one in visible_schools(page.who, page.session, Action.WHEEL)}


def _rows(marks: Iterable[Mark], steps: dict[str, Step], calendar: Calendar) -> list[Row]:
    ordered = sorted(marks, key=lambda mark: (mark.due, mark.title))
    return [_row(mark, steps[mark.key], calendar) for mark in ordered]


def _row(mark: Mark, step: Step, calendar: Calendar) -> Row:
    served = mark.served or Year.of(mark.due)
    step = step.of_year(served)
    was = None
    if step.unchanged is not None:
        with suppress(MissingSkolerute):
            was = dates_of(step.shared, served, calendar).due
    own = step.key.startswith(OWN_STEPS)
    return Row(mark, _role(step.responsible), own, was if was != mark.due else None)


def _role(key: str) -> str:
    role = ROLES.get(key)
    return role.title.get() if role is not None else key


def year_of(page: Page) -> Year:
    """The school year of the address, or the one it is. Raises NotFound for none."""
    asked = page.request.query_params.get("ar")
    try:
        return Year.parse(asked) if asked else Year.of(page.today)
    except ValueError as error:
        raise NotFound(_("Fant ikke skoleåret.")) from error
