"""What became of each pupil counted: each outcome that a definition names, once, as SQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Date, String, and_, case, cast, exists, func, literal, not_, or_, select

from iopflow.indicators import Indicator
from iopflow.measure.calendar import ANCHORS, Days, earlier
from iopflow.measure.facts import GRANTS, covering, enrolled, happened, happening, there_is
from iopflow.measure.populations import served
from iopflow.models import Outcome, What, another


@dataclass(slots=True)
class Found:
    """SQL for one outcome: when it counts as on time and as late, and the deciding fact's days.

    `joins` are tables to join to the population, each with its condition. `reason` names the
    outcome of a talk.
    """

    numerator: Any
    late: Any
    on: Any
    recorded_on: Any
    unknown: Any = None
    reason: Any = None
    joins: list[tuple[Any, Any]] = field(default_factory=list)


Judge = Callable[[Indicator, Days, Any], Found]


def _day(days: Days, row: Any, name: str) -> Any:
    return row.c[ANCHORS[name]] if name in ANCHORS else days[name]


def _received(indicator: Indicator, days: Days, row: Any) -> Found:
    there = row.c.received_on <= row.c.as_of
    limit = _day(days, row, indicator.limit)
    return Found(
        and_(there, row.c.received_on < limit),
        there,
        case((there, row.c.received_on), else_=cast(None, Date)),
        case((there, row.c.received_recorded), else_=cast(None, Date)),
    )


def _decided(indicator: Indicator, days: Days, row: Any) -> Found:
    """A vedtak that covers the next first day, or refuses for the next year; or one too late."""
    year = days.next_year
    next_first, last, as_of = row.c.next_first, _day(days, row, indicator.limit), row.c.as_of

    def settles(one: Any) -> Any:
        return or_(
            covering(one, next_first, as_of),
            and_(one.c.outcome == Outcome.REFUSED, one.c.year == year, one.c.decided_on <= as_of),
        )

    def first(condition: Callable[[Any], Any]) -> tuple[Any, Any]:
        one, same = another("vedtak"), another("vedtak")
        day = (
            select(func.min(one.c.decided_on))
            .where(one.c.pupil_id == row.c.pupil_id, condition(one))
            .correlate_except(one)
            .scalar_subquery()
        )
        recorded = (
            select(func.min(same.c.recorded_on))
            .where(same.c.pupil_id == row.c.pupil_id, condition(same), same.c.decided_on == day)
            .correlate_except(same)
            .scalar_subquery()
        )
        return day, recorded

    def too_late(one: Any) -> Any:
        return or_(
            settles(one),
            and_(one.c.year == year, one.c.decided_on > next_first, one.c.decided_on <= as_of),
        )

    in_time, in_time_recorded = first(lambda one: and_(settles(one), one.c.decided_on <= last))
    late, late_recorded = first(too_late)
    lacking = another("vedtak")
    unknown = there_is(
        lacking,
        lacking.c.pupil_id == row.c.pupil_id,
        lacking.c.year == year,
        lacking.c.outcome.in_(GRANTS),
        lacking.c.decided_on <= as_of,
        or_(lacking.c.valid_from.is_(None), lacking.c.valid_to.is_(None)),
    )
    return Found(
        in_time.is_not(None),
        late.is_not(None),
        func.coalesce(in_time, late),
        case((in_time.is_not(None), in_time_recorded), else_=late_recorded),
        unknown=unknown,
    )


def _on_step(what: What) -> Judge:
    """The step happened; of several steps the earlier one decides."""

    def judge(indicator: Indicator, days: Days, row: Any) -> Found:
        year = served(indicator, days)
        joins: list[tuple[Any, Any]] = []
        for step in indicator.steps:
            one = another("happening")
            joins.append((one, happening(one, row.c.pupil_id, year, step, what, row.c.as_of)))
        on, recorded = joins[0][0].c.on_day, joins[0][0].c.recorded_on
        for one, _condition in joins[1:]:
            earliest = or_(on.is_(None), one.c.on_day < on)
            recorded = case(
                (and_(one.c.id.is_not(None), earliest), one.c.recorded_on), else_=recorded
            )
            on = case(
                (one.c.id.is_(None), on),
                (on.is_(None), one.c.on_day),
                else_=earlier(on, one.c.on_day),
            )
        limit = _day(days, row, indicator.limit)
        return Found(on <= limit, on.is_not(None), on, recorded, joins=joins)

    return judge


def _held_by(indicator: Indicator, days: Days, row: Any) -> Found:
    found = _on_step(What.HELD)(indicator, days, row)
    found.reason = _talk(indicator, days, row, found.on.is_not(None))
    return found


def _held_within(start: str, end: str, *, after: bool = False, talk: bool = False) -> Judge:
    """Held within a stretch; after it too late, before it not at all."""

    def judge(indicator: Indicator, days: Days, row: Any) -> Found:
        found = _on_step(What.HELD)(indicator, days, row)
        first, last = _day(days, row, start), _day(days, row, end)
        on = found.on
        counts = on > first if after else on >= first
        found.numerator = and_(counts, on <= last)
        found.late = and_(counts, on > last)
        found.on = case((counts, on), else_=cast(None, Date))
        found.recorded_on = case((counts, found.recorded_on), else_=cast(None, Date))
        if talk:
            found.reason = _talk(indicator, days, row, and_(on.is_not(None), counts))
        return found

    return judge


def _talk(indicator: Indicator, days: Days, row: Any, held: Any) -> Any:
    """The one final outcome of a talk, the first that applies."""
    year, step = served(indicator, days), indicator.steps[0]

    def said(what: What) -> Any:
        return happened(row.c.pupil_id, year, step, what, row.c.as_of)

    return case(
        (held, "held"),
        (said(What.DECLINED), "declined"),
        (said(What.NO_REPLY), "no_reply"),
        (said(What.CANCELLED), "cancelled"),
        (said(What.INVITED), "no_reply"),
        else_="not_invited",
    )


def _represented(indicator: Indicator, days: Days, row: Any) -> Found:
    """A guardian was present; where nobody was written down for the meeting it is unknown."""
    year, step = days.year, indicator.steps[0]
    mine = another("happening")
    anybody, mate = another("happening"), another("enrolment")
    written = exists(
        select(anybody.c.id)
        .join(mate, mate.c.pupil_id == anybody.c.subject_id)
        .where(
            happening(anybody, mate.c.pupil_id, year, step, What.PRESENT, row.c.as_of),
            anybody.c.on_day == row.c.meeting_day,
            mate.c.class_id == row.c.class_id,
            enrolled(mate, row.c.meeting_day),
        )
        .correlate_except(anybody, mate)
    )
    present = mine.c.id.is_not(None)
    return Found(
        present,
        literal(False),
        row.c.meeting_day,
        mine.c.recorded_on,
        unknown=not_(written),
        joins=[
            (
                mine,
                and_(
                    happening(mine, row.c.pupil_id, year, step, What.PRESENT, row.c.as_of),
                    mine.c.on_day == row.c.meeting_day,
                ),
            )
        ],
    )


OUTCOMES: Mapping[str, Judge] = {
    "received": _received,
    "decided": _decided,
    "done": _on_step(What.DONE),
    "held_by": _held_by,
    "held_within_host": _held_within("first", "autumn_end"),
    "held_within_var": _held_within("autumn_end", "last", after=True),
    "held_within_winter": _held_within("11-01", "03-01", talk=True),
    "represented": _represented,
}


def result(found: Found, reason: Any) -> Any:
    """Exactly one of excluded, numerator, done_late, unknown and open, in that order."""
    cases = [
        (reason.is_not(None), "excluded"),
        (found.numerator, "numerator"),
        (found.late, "done_late"),
    ]
    if found.unknown is not None:
        cases.append((found.unknown, "unknown"))
    return case(*cases, else_=literal("open", String))
