"""Whom a figure looks at: a row per pupil and school, or per pupil and meeting, as one SELECT."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import FromClause, Select, String, and_, case, cast, not_, or_, select

from iopflow.indicators import Condition, Indicator
from iopflow.measure.calendar import named_day, served
from iopflow.measure.conditions import Who, holds
from iopflow.measure.facts import enrolled, is_enrolled, there_is
from iopflow.models import Scope, What, another

# From the definition, its condition and the schools' days to the enrolment and the SELECT over it.
Population = Callable[[Indicator, Condition, FromClause], tuple[Any, Select[Any]]]


def population(part: Indicator, days: FromClause) -> Select[Any]:
    """The rows of a part: school_id, pupil_id, class_id, the days, and what its words ask for."""
    asked = part.population
    row, rows = POPULATIONS[asked.word](part, asked, days)
    who = Who(part, days, row.c.pupil_id, days.c.school_id)
    return rows.where(*(holds(who, condition) for condition in part.where))


def _all(row: Any, days: FromClause, class_id: Any = None) -> Select[Any]:
    return select(
        row.c.pupil_id.label("pupil_id"),
        (row.c.class_id if class_id is None else class_id).label("class_id"),
        *days.c,
    ).select_from(days)


def _enrolled(_part: Indicator, asked: Condition, days: FromClause) -> tuple[Any, Select[Any]]:
    """Those enrolled on a day, in the class of that day."""
    row = another("enrolment")
    day = named_day(days, asked.days[0])
    at_school = and_(row.c.school_id == days.c.school_id, enrolled(row, day))
    return row, _all(row, days).join(row, at_school)


def _needed(part: Indicator, asked: Condition, days: FromClause) -> tuple[Any, Select[Any]]:
    """Those enrolled on a day for whom an assessment is needed for the year served."""
    row, rows = _enrolled(part, asked, days)
    need = another("assessment")
    for_year = and_(
        need.c.pupil_id == row.c.pupil_id,
        need.c.year == served(part.serves),
        need.c.needed_since <= days.c.as_of,
    )
    return row, rows.join(need, for_year).add_columns(
        need.c.needed_since.label("needed_since"),
        need.c.received_on.label("received_on"),
        need.c.recorded_on.label("received_recorded"),
    )


def _new_or_late(_part: Indicator, asked: Condition, days: FromClause) -> tuple[Any, Select[Any]]:
    """New pupils, and those whose first enrolment after the first day starts by the day asked."""
    until, first, before = (named_day(days, name) for name in asked.days)
    row, other, now = another("enrolment"), another("enrolment"), another("enrolment")

    def same(one: Any) -> Any:
        return and_(one.c.pupil_id == row.c.pupil_id, one.c.school_id == row.c.school_id)

    new = and_(enrolled(row, first), not_(is_enrolled(row.c.pupil_id, row.c.school_id, before)))
    late = and_(
        row.c.starts > first,
        row.c.starts <= until,
        not_(is_enrolled(row.c.pupil_id, row.c.school_id, first)),
        not_(there_is(other, same(other), other.c.starts > first, other.c.starts < row.c.starts)),
    )
    # The class of the day asked, or that of the start when gone.
    class_id = case((now.c.id.is_not(None), now.c.class_id), else_=row.c.class_id)
    return row, (
        _all(row, days, class_id)
        .join(row, and_(row.c.school_id == days.c.school_id, or_(new, late)))
        .outerjoin(now, and_(same(now), enrolled(now, until)))
        .add_columns(case((row.c.starts > first, row.c.starts)).label("late_start"))
    )


def _meetings(part: Indicator, _asked: Condition, days: FromClause) -> tuple[Any, Select[Any]]:
    """Per meeting held: the pupils of the class that day."""
    meeting, row = another("happening"), another("enrolment")
    held = and_(
        meeting.c.year == served(part.serves),
        meeting.c.step == part.steps[0],
        meeting.c.what == What.HELD,
        meeting.c.scope == Scope.UNIT,
        meeting.c.subject_id == row.c.class_id,
        meeting.c.on_day <= days.c.as_of,
        enrolled(row, meeting.c.on_day),
    )
    rows = _all(row, days).join(row, row.c.school_id == days.c.school_id).join(meeting, held)
    return row, rows.add_columns(meeting.c.on_day.label("meeting_day"))


POPULATIONS: Mapping[str, Population] = {
    "enrolled": _enrolled,
    "needed": _needed,
    "new_or_late": _new_or_late,
    "in_class_of_meeting": _meetings,
}


def excluded(part: Indicator, row: FromClause) -> Any:
    """The reason of the first exclusion that applies; null where none does."""
    if not part.exclusions:
        return cast(None, String)
    who = Who(part, row, row.c.pupil_id, row.c.school_id)
    return case(
        *((holds(who, exclusion.condition), exclusion.reason) for exclusion in part.exclusions),
        else_=cast(None, String),
    )
