"""What became of each pupil counted: each outcome that a definition names, once, as SQL.

It takes two looks. The first finds the deciding fact and is written down once per pupil (`Found`);
the second judges by it (`Verdict`), so that no subquery is asked twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import FromClause, String, and_, case, func, literal, or_, select

from iopflow.indicators import Condition, Indicator
from iopflow.measure.calendar import from_day, named_day, served
from iopflow.measure.facts import covering, grants, happened, happening, there_is
from iopflow.models import Outcome, What, another


@dataclass(frozen=True, slots=True)
class Found:
    """The day of the deciding fact, the day it was recorded, and the tables to join for them."""

    on_day: Any
    recorded_on: Any
    joins: tuple[tuple[Any, Any], ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """When a pupil counts as on time, as late, and as unknown, tried in this order."""

    numerator: Any
    late: Any
    unknown: Any = None


Finder = Callable[[Indicator, Condition, FromClause], Found]
Judge = Callable[[Indicator, Condition, FromClause], Verdict]


def _received(_part: Indicator, _asked: Condition, row: FromClause) -> Found:
    there = row.c.received_on <= row.c.as_of
    return Found(case((there, row.c.received_on)), case((there, row.c.received_recorded)))


def _before(_part: Indicator, asked: Condition, row: FromClause) -> Verdict:
    limit = named_day(row, asked.days[0])
    return Verdict(row.c.on_day < limit, row.c.on_day.is_not(None))


def _by_limit(_part: Indicator, asked: Condition, row: FromClause) -> Verdict:
    """On time up to and including the last day named."""
    limit = named_day(row, asked.days[-1])
    return Verdict(row.c.on_day <= limit, row.c.on_day.is_not(None))


def _decided(part: Indicator, asked: Condition, row: FromClause) -> Found:
    """The first vedtak that covers the day, or refuses for the year, or came after the day.

    The last kind is decided after the day to be covered, and so after the limit: where there is a
    vedtak in time it is the first.
    """
    year, covered, as_of = served(part.serves), named_day(row, asked.days[1]), row.c.as_of
    one, found = another("vedtak"), another("vedtak")
    for_year = and_(
        one.c.year == year,
        or_(one.c.outcome == Outcome.REFUSED, one.c.decided_on > covered),
        one.c.decided_on <= as_of,
    )
    deciding = (
        select(one.c.id)
        .where(one.c.pupil_id == row.c.pupil_id, or_(covering(one, covered, as_of), for_year))
        .order_by(one.c.decided_on, one.c.recorded_on)
        .limit(1)
        .correlate_except(one)
        .scalar_subquery()
    )
    lacking = another("vedtak")
    without_dates = there_is(
        lacking,
        lacking.c.pupil_id == row.c.pupil_id,
        lacking.c.year == year,
        grants(lacking),
        lacking.c.decided_on <= as_of,
        or_(lacking.c.valid_from.is_(None), lacking.c.valid_to.is_(None)),
    )
    return Found(
        found.c.decided_on,
        found.c.recorded_on,
        ((found, found.c.id == deciding),),
        {"lacking": and_(found.c.id.is_(None), without_dates)},
    )


def _decided_by(_part: Indicator, asked: Condition, row: FromClause) -> Verdict:
    return Verdict(
        row.c.on_day <= named_day(row, asked.days[0]), row.c.on_day.is_not(None), row.c.lacking
    )


def _done(part: Indicator, _asked: Condition, row: FromClause) -> Found:
    """The step was done; of two steps the earlier decides, on one day the first recorded."""
    rows = [another("happening") for _step in part.steps]
    joins = tuple(
        (one, happening(one, row.c.pupil_id, served(part.serves), step, What.DONE, row.c.as_of))
        for one, step in zip(rows, part.steps, strict=True)
    )
    on_day: Any
    recorded_on: Any
    on_day, recorded_on = rows[0].c.on_day, rows[0].c.recorded_on
    for one in rows[1:]:
        second = or_(
            on_day.is_(None),
            one.c.on_day < on_day,
            and_(one.c.on_day == on_day, one.c.recorded_on < recorded_on),
        )
        recorded_on = case((second, one.c.recorded_on), else_=recorded_on)
        on_day = case((second, one.c.on_day), else_=on_day)
    return Found(on_day, recorded_on, joins)


def _held(part: Indicator, asked: Condition, row: FromClause) -> Found:
    """The talk was held, not before the stretch where there is one."""
    one = another("happening")
    by = happening(one, row.c.pupil_id, served(part.serves), part.steps[0], What.HELD, row.c.as_of)
    if len(asked.days) == 2:
        by = and_(by, from_day(one.c.on_day, row, asked.days[0]))
    return Found(one.c.on_day, one.c.recorded_on, ((one, by),))


def _present(part: Indicator, _asked: Condition, row: FromClause) -> Found:
    """A guardian was at the meeting; `written` is how many of the class were written down."""
    mine = another("happening")
    there = and_(
        happening(
            mine,
            row.c.pupil_id,
            served(part.serves),
            part.steps[0],
            What.PRESENT,
            row.c.as_of,
        ),
        mine.c.on_day == row.c.meeting_day,
    )
    written = func.count(mine.c.id).over(partition_by=(row.c.class_id, row.c.meeting_day))
    return Found(
        row.c.meeting_day,
        mine.c.recorded_on,
        ((mine, there),),
        {"present": mine.c.id, "written": written},
    )


def _represented(_part: Indicator, _asked: Condition, row: FromClause) -> Verdict:
    return Verdict(row.c.present.is_not(None), literal(False), row.c.written == 0)


OUTCOMES: Mapping[str, tuple[Finder, Judge]] = {
    "received_before": (_received, _before),
    "decided": (_decided, _decided_by),
    "done": (_done, _by_limit),
    "held": (_held, _by_limit),
    "held_within": (_held, _by_limit),
    "represented": (_present, _represented),
}


def find(part: Indicator, row: FromClause) -> Found:
    """The deciding fact of each pupil of a population."""
    return OUTCOMES[part.outcome.word][0](part, part.outcome, row)


def result(part: Indicator, row: FromClause) -> Any:
    """Exactly one of excluded, numerator, done_late, unknown and open, in that order."""
    verdict = OUTCOMES[part.outcome.word][1](part, part.outcome, row)
    cases = [
        (row.c.excluded.is_not(None), "excluded"),
        (verdict.numerator, "numerator"),
        (verdict.late, "done_late"),
    ]
    if verdict.unknown is not None:
        cases.append((verdict.unknown, "unknown"))
    return case(*cases, else_=literal("open", String))


def reason(part: Indicator, row: FromClause) -> Any:
    """The reason of the exclusion; for a talk with guardians else its one final outcome."""
    if "not_invited" not in part.extras:
        return row.c.excluded

    def said(what: What) -> Any:
        return happened(row.c.pupil_id, served(part.serves), part.steps[0], what, row.c.as_of)

    return case(
        (row.c.excluded.is_not(None), row.c.excluded),
        (row.c.on_day.is_not(None), "held"),
        (said(What.DECLINED), "declined"),
        (said(What.NO_REPLY), "no_reply"),
        (said(What.CANCELLED), "cancelled"),
        (said(What.INVITED), "no_reply"),
        else_="not_invited",
    )
