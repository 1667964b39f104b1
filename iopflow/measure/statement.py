"""An indicator becomes one SQL statement: a row per pupil counted, or per pupil and meeting."""

from functools import cache
from typing import Any

from sqlalchemy import Date, Select, and_, case, cast, func, literal, select

from iopflow.indicators import BY_CODE, Indicator
from iopflow.measure.calendar import Days, days
from iopflow.measure.facts import assessed, happened, justified
from iopflow.measure.outcomes import OUTCOMES, Found, result
from iopflow.measure.populations import POPULATIONS, excluded, served
from iopflow.models import What

MISSED = ("done_late", "open")


def parts(indicator: Indicator) -> tuple[Indicator, ...]:
    """The entries an indicator is made of: itself, or those it sums."""
    return tuple(BY_CODE[code] for code in indicator.parts) or (indicator,)


def default_day(indicator: Indicator) -> str:
    """The named day to which facts are read by default: the counting date, else the last day."""
    return indicator.counted or "last"


@cache
def statement(indicator: Indicator, part: Indicator, *, given: bool) -> Select[Any]:
    """One row per pupil: what became of it, why, and when; `part` read at the indicator's own day.

    Built once: year, schools and days are parameters (`calendar.parameters`). `given` says that the
    day to read to is one of them, instead of the indicator's default.
    """
    named = days(counted=indicator.counted, default=default_day(indicator), given=given)
    row = POPULATIONS[part.population](part, named).subquery("counted")
    found = OUTCOMES[part.outcome](part, named, row)
    return _flagged(part, named, _judged(part, named, row, found).subquery("judged"))


@cache
def sums(indicator: Indicator, part: Indicator, *, given: bool) -> Select[Any]:
    """The rows of `statement` added up per school, class, result and reason."""
    row = statement(indicator, part, given=given).subquery("rows")
    return select(
        row.c.school_id,
        row.c.class_id,
        row.c.result,
        row.c.reason,
        func.count().label("pupils"),
        func.sum(row.c.justified).label("justified"),
        func.sum(row.c.recorded_after).label("recorded_after"),
        func.sum(row.c.extra).label("extra"),
    ).group_by(row.c.school_id, row.c.class_id, row.c.result, row.c.reason)


def _judged(part: Indicator, named: Days, row: Any, found: Found) -> Select[Any]:
    reason = excluded(part, named, row)
    source = row
    for joined, condition in found.joins:
        source = source.outerjoin(joined, condition)
    told = func.coalesce(reason, found.reason) if found.reason is not None else reason
    return select(
        *row.c,
        result(found, reason).label("result"),
        told.label("reason"),
        found.on.label("on_day"),
        found.recorded_on.label("recorded_on"),
    ).select_from(source)


def _flagged(part: Indicator, named: Days, row: Any) -> Select[Any]:
    """Adds what is asked only of some: delays excused, facts recorded late, assessments lacking."""
    year = served(part, named)
    missed = row.c.result.in_(MISSED)
    meeting = row.c.meeting_day if "meeting_day" in row.c else cast(None, Date)
    return select(
        row.c.school_id,
        row.c.pupil_id,
        row.c.class_id,
        row.c.as_of,
        row.c.counted,
        row.c.result,
        row.c.reason,
        row.c.on_day,
        row.c.recorded_on,
        meeting.label("meeting_day"),
        _bit(
            and_(missed, justified(row.c.pupil_id, year, part.steps, row.c.as_of))
            if part.population != "meetings"
            else literal(False)
        ).label("justified"),
        _bit(
            and_(
                row.c.result == "numerator",
                row.c.recorded_on > func.coalesce(meeting, row.c.counted),
            )
        ).label("recorded_after"),
        _bit(_extra(part, named, row, missed)).label("extra"),
    )


def _extra(part: Indicator, named: Days, row: Any, missed: Any) -> Any:
    """The one number beside the figure that is no outcome: mangler_sv, not_possible."""
    if "mangler_sv" in part.extras:
        there = assessed(row.c.pupil_id, named.next_year, row.c.next_first, row.c.as_of)
        return and_(missed, ~there)
    if "not_possible" in part.extras:
        said = happened(
            row.c.pupil_id, served(part, named), part.steps[0], What.NOT_POSSIBLE, row.c.as_of
        )
        return and_(row.c.result == "open", said)
    return literal(False)


def _bit(condition: Any) -> Any:
    return case((condition, 1), else_=0)
