"""An indicator becomes one SQL statement: a row per pupil counted, or per pupil and meeting.

It goes in two strides, each written down once per pupil: who is looked at, and the deciding fact.
(MATERIALIZED: SQLite would otherwise copy the subqueries of one stride into every place of the next
that uses them.) The result only compares what stands there; what is asked of some comes last.
"""

from functools import cache
from typing import Any

from sqlalchemy import CTE, Date, FromClause, Select, and_, case, cast, false, func, not_, select

from iopflow.indicators import Indicator
from iopflow.measure.calendar import days, served
from iopflow.measure.facts import any_of, assessed, happened, justified
from iopflow.measure.outcomes import find, reason, result
from iopflow.measure.populations import excluded, population
from iopflow.models import What

MISSED = ("done_late", "open")


@cache
def statement(part: Indicator, *, counted: str | None, read_to: str | None) -> Select[Any]:
    """One row per pupil: what became of it, why, and when.

    Built once: year, schools and days are parameters (`calendar.parameters`). `counted` and
    `read_to` are the named days of the indicator that the part belongs to; `read_to` is None where
    the day is a parameter.
    """
    anchors = part.needs
    who = _stride(population(part, days(anchors, counted=counted, read_to=read_to)), "who")
    found = find(part, who)
    source: Any = who
    for joined, condition in found.joins:
        source = source.outerjoin(joined, condition)
    facts = _stride(
        select(
            *who.c,
            excluded(part, who).label("excluded"),
            found.on_day.label("on_day"),
            found.recorded_on.label("recorded_on"),
            *(column.label(name) for name, column in found.more.items()),
        ).select_from(source),
        "facts",
    )
    judged = select(
        *facts.c, result(part, facts).label("result"), reason(part, facts).label("reason")
    ).subquery("judged")
    return _flagged(part, judged)


@cache
def sums(
    part: Indicator, *, counted: str | None, read_to: str | None, over: tuple[str, ...]
) -> Select[Any]:
    """The rows of `statement` added up per result and reason, and per each column of `over`."""
    row = statement(part, counted=counted, read_to=read_to).subquery("rows")
    group = (*(row.c[name] for name in over), row.c.result, row.c.reason)
    return select(
        *group,
        func.count().label("pupils"),
        func.sum(row.c.justified).label("justified"),
        func.sum(row.c.recorded_after).label("recorded_after"),
        func.sum(row.c.extra).label("extra"),
    ).group_by(*group)


def _stride(rows: Select[Any], name: str) -> CTE:
    return rows.cte(name).prefix_with("MATERIALIZED")


def _flagged(part: Indicator, row: FromClause) -> Select[Any]:
    """Adds what is asked only of some: delays excused, facts recorded late, assessments lacking."""
    missed = any_of(row.c.result, MISSED)
    meeting = row.c.get("meeting_day")
    counted_on = row.c.counted if meeting is None else meeting
    excused = (
        and_(missed, justified(row.c.pupil_id, served(part.serves), part.steps, row.c.as_of))
        if meeting is None
        else false()
    )
    recorded_after = and_(row.c.result == "numerator", row.c.recorded_on > counted_on)
    return select(
        row.c.school_id,
        row.c.pupil_id,
        row.c.class_id,
        row.c.result,
        row.c.reason,
        row.c.on_day,
        row.c.recorded_on,
        (cast(None, Date) if meeting is None else meeting).label("meeting_day"),
        case((excused, 1), else_=0).label("justified"),
        case((recorded_after, 1), else_=0).label("recorded_after"),
        case((_extra(part, row), 1), else_=0).label("extra"),
    )


def _extra(part: Indicator, row: FromClause) -> Any:
    """The one number beside the figure that is no outcome: mangler_sv, not_possible."""
    year = served(part.serves)
    if "mangler_sv" in part.extras:
        there = assessed(row.c.pupil_id, year, row.c.next_first, row.c.as_of)
        return and_(any_of(row.c.result, MISSED), not_(there))
    if "not_possible" in part.extras:
        said = happened(row.c.pupil_id, year, part.steps[0], What.NOT_POSSIBLE, row.c.as_of)
        return and_(row.c.result == "open", said)
    return false()
