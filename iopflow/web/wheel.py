"""The wheel of a school, a class or a pupil, as a picture and as the table that says the same."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

from markupsafe import Markup
from starlette.responses import Response

from iopflow.days import Calendar, MissingSkolerute
from iopflow.models import School
from iopflow.queries.access import visible_schools
from iopflow.queries.places import NotFound, calendars, schools
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.roles import ROLES, Action, Place
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _
from iopflow.web.page import Page
from iopflow.web.rows import counting_href
from iopflow.web.wheel_choice import Group, Period, group_of, own_first, period_of, units_of
from iopflow.web.wheel_layout import Mark, State
from iopflow.web.wheel_marks import marks_of
from iopflow.web.wheel_svg import Picture, draw
from iopflow.web.wheel_words import state_name
from iopflow.wheel import Step, dates_of
from iopflow.wheel.own import OWN_STEPS

SOON = timedelta(days=14)
_DONE = frozenset({Status.DONE, Status.DONE_LATE})
_OUTSIDE = frozenset({Status.CANCELLED, Status.NOT_APPLICABLE, Status.BEFORE_START})
# A sign for each state, as in the picture: never colour alone.
SIGNS = {
    State.DONE: "✓",
    State.NOT_BEGUN: "○",
    State.UNDER_WAY: "◐",
    State.SOON: "!",
    State.OVERDUE: "!",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: the mark, how it stands in words, who answers for the step, and whether
    the school has set it.

    `was` is the day that the shared wheel has, where the school's own is another; `served` the
    school year that the step is for, where it is not the one it is due in.
    """

    mark: Mark
    sign: str
    word: str
    responsible: str
    own: bool = False
    was: date | None = None
    served: Year | None = None
    counting: str = ""  # where a counting date is done, for those who may see it


def wheel(page: Page) -> Response:
    """The page: what is due in twelve months, whichever year it serves."""
    found = own_first(page, schools(page.session, owner_id=page.who.owner_id))
    group = group_of(page, found)
    period = period_of(page)
    school = group.school
    rute = calendars(page.session, [school.number]).get(school.number, {})
    wheels = page.rules.of_school(school)
    known = counted(
        marks_of(wheels, rute.get, period.circle), _tasks(page, group, period), page.today
    )
    marks = _of_group(group, known)
    steps = {step.key: step for one in wheels for step in one.steps}
    picture = Picture(group.name, str(period), period.circle.first, marks, today=page.today)
    return page.show(
        "wheel.html",
        school=school,
        schools=found,
        group=group,
        units=units_of(page, school),
        all_seen=_sees_all(page, school),
        period=period,
        picture=Markup(draw(picture)),  # noqa: S704 - written by us, every word in it escaped
        rows=_rows(marks, steps, rute.get, school.number if _counts(page, school) else None),
        counts=any(mark.total for mark in marks),
        edits=page.who.may(Action.WHEEL) and school.number in _edited(page),
        always=[
            (step.title.get(), _role(step.responsible))
            for step in steps.values()
            if step.kind in {"recurring", "on_demand"} and not step.off
        ]
        if group.pupil is None
        else [],
    )


# ---------------------------------------------------------------- how the steps stand


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


def _of_group(group: Group, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Of a class or a pupil only what concerns them; all of it while nothing is counted yet."""
    own = tuple(mark for mark in marks if mark.total)
    whole = group.unit is None and group.pupil is None
    return marks if whole or not own else own


def _state(rows: Sequence[TaskRow], done: int, due: date, today: date) -> State:
    if done == len(rows):
        return State.DONE
    if any(row.status is Status.OVERDUE for row in rows):
        return State.OVERDUE
    if today <= due <= today + SOON:
        return State.SOON
    return State.UNDER_WAY if done else State.NOT_BEGUN


def _tasks(page: Page, group: Group, period: Period) -> list[TaskRow]:
    if not page.who.may(Action.SEE):
        return []
    asked = Asked(
        schools=[group.school.number],
        years=period.served,
        pupil_id=group.pupil.number if group.pupil is not None else None,
        unit=group.unit.key if group.unit is not None else None,
        due_from=period.circle.first,
        due_by=period.circle.end - timedelta(days=1),
    )
    return tasks(page.session, page.rules, page.who, asked, today=page.today)


def _sees_all(page: Page, school: School) -> bool:
    """Whether the numbers are those of the whole school, or of the pupils that the person sees."""
    who = page.who
    return not who.may(Action.SEE) or school.number in who.at(Place.SCHOOL, Action.SEE)


def _edited(page: Page) -> set[int]:
    """The schools whose wheel the person may change."""
    return {one.number for one in visible_schools(page.who, page.session, Action.WHEEL)}


def _counts(page: Page, school: School) -> bool:
    """Whether the person sees the registered figures of the school, and so its counting dates."""
    able = visible_schools(page.who, page.session, Action.VALUES)
    return page.who.may(Action.VALUES) and school.number in {one.number for one in able}


def _rows(
    marks: Iterable[Mark], steps: dict[str, Step], calendar: Calendar, counts: int | None
) -> list[Row]:
    """The lines in the order of their days; `counts` is the school whose figures may be seen."""
    ordered = sorted(marks, key=lambda mark: (mark.due, mark.title))
    return [_row(mark, steps[mark.key], calendar, counts) for mark in ordered]


def _row(mark: Mark, step: Step, calendar: Calendar, counts: int | None) -> Row:
    served = mark.served or Year.of(mark.due)
    step = step.of_year(served)
    was = None
    if step.unchanged is not None:
        with suppress(MissingSkolerute):
            was = dates_of(step.shared, served, calendar).due
    return Row(
        mark,
        SIGNS[mark.state] if mark.state is not None else "",
        state_name(mark.state) if mark.state is not None else "",
        _role(step.responsible),
        own=step.key.startswith(OWN_STEPS),
        was=was if was != mark.due else None,
        served=served if served != Year.of(mark.due) else None,
        counting=counting_href(step.key, served, counts),
    )


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
