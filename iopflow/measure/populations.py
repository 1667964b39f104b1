"""Who is counted: each population and each exclusion that a definition names, once, as SQL.

A population gives one row per pupil and school (or per pupil and meeting) with the columns
school_id, pupil_id and class_id, and what its outcome and exclusions ask for.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Date, Select, String, and_, case, cast, func, not_, or_, select

from iopflow.indicators import Indicator
from iopflow.measure.calendar import ANCHORS, Days, days_between, earlier, later
from iopflow.measure.facts import (
    concerned,
    covering,
    enrolled,
    granted,
    happened,
    is_enrolled,
    refused,
    there_is,
)
from iopflow.models import Scope, What, another

Population = Callable[[Indicator, Days], Select[Any]]
# From the population's columns and the days to a condition.
Exclusion = Callable[[Indicator, Days, Any], Any]


def served(indicator: Indicator, days: Days) -> Any:
    """The year that the indicator's steps belong to."""
    return days.next_year if indicator.serves == "next" else days.year


def _on(day: str) -> Callable[[Days], tuple[Any, Select[Any]]]:
    """Those enrolled on a named day, in the class of that day."""

    def made(days: Days) -> tuple[Any, Select[Any]]:
        row = another("enrolment")
        statement = _columns(row, days).join(
            row, and_(row.c.school_id == days.table.c.school_id, enrolled(row, days[day]))
        )
        return row, statement

    return made


def _columns(row: Any, days: Days) -> Select[Any]:
    return select(
        days.table.c.school_id.label("school_id"),
        row.c.pupil_id.label("pupil_id"),
        row.c.class_id.label("class_id"),
        *(column for column in days.table.c if column.name != "school_id"),
    ).select_from(days.table)


def _enrolled(day: str) -> Population:
    return lambda _indicator, days: _on(day)(days)[1]


def _granted(day: str) -> Population:
    def made(_indicator: Indicator, days: Days) -> Select[Any]:
        row, statement = _on(day)(days)
        return statement.where(granted(row.c.pupil_id, days[day], days.as_of))

    return made


def _both_winter_days(_indicator: Indicator, days: Days) -> Select[Any]:
    """Enrolled on 1 December and on 1 March, with a vedtak on the latter."""
    row, statement = _on("03-01")(days)
    return statement.where(
        is_enrolled(row.c.pupil_id, row.c.school_id, days["12-01"]),
        granted(row.c.pupil_id, days["03-01"], days.as_of),
    )


def _needed_next(_indicator: Indicator, days: Days) -> Select[Any]:
    row, statement = _on("next.first")(days)
    need = another("assessment")
    return statement.join(
        need,
        and_(
            need.c.pupil_id == row.c.pupil_id,
            need.c.year == days.next_year,
            need.c.needed_since <= days.as_of,
        ),
    ).add_columns(
        need.c.needed_since.label("needed_since"),
        need.c.received_on.label("received_on"),
        need.c.recorded_on.label("received_recorded"),
    )


def _concerned_next(_indicator: Indicator, days: Days) -> Select[Any]:
    row, statement = _on("next.first")(days)
    return statement.where(concerned(row.c.pupil_id, days.next_year, days["last"], days.as_of))


def _current(_indicator: Indicator, days: Days) -> Select[Any]:
    row, statement = _on("first")(days)
    return statement.where(
        is_enrolled(row.c.pupil_id, row.c.school_id, days["previous.last"]),
        concerned(row.c.pupil_id, days.year, days["first"], days.as_of),
    )


def _new(_indicator: Indicator, days: Days) -> Select[Any]:
    row, statement = _on("first")(days)
    return statement.where(
        not_(is_enrolled(row.c.pupil_id, row.c.school_id, days["previous.last"])),
        concerned(row.c.pupil_id, days.year, days["first"], days.as_of),
    )


def _new_and_late(_indicator: Indicator, days: Days) -> Select[Any]:
    """New pupils, and those whose first enrolment after the first day starts by 1 October."""
    october = days["10-01"]
    row, now = another("enrolment"), another("enrolment")
    other = another("enrolment")
    first_after = not_(
        there_is(
            other,
            other.c.pupil_id == row.c.pupil_id,
            other.c.school_id == row.c.school_id,
            other.c.starts > days["first"],
            other.c.starts < row.c.starts,
        )
    )
    new = and_(
        enrolled(row, days["first"]),
        not_(is_enrolled(row.c.pupil_id, row.c.school_id, days["previous.last"])),
    )
    late = and_(
        row.c.starts > days["first"],
        row.c.starts <= october,
        not_(is_enrolled(row.c.pupil_id, row.c.school_id, days["first"])),
        first_after,
    )
    return (
        _columns(row, days)
        .join(row, and_(row.c.school_id == days.table.c.school_id, or_(new, late)))
        .outerjoin(
            now,
            and_(
                now.c.pupil_id == row.c.pupil_id,
                now.c.school_id == row.c.school_id,
                enrolled(now, october),
            ),
        )
        .where(concerned(row.c.pupil_id, days.year, october, days.as_of))
        .with_only_columns(
            days.table.c.school_id.label("school_id"),
            row.c.pupil_id.label("pupil_id"),
            # The class of 1 October, or that of the start when gone.
            case((now.c.id.is_not(None), now.c.class_id), else_=row.c.class_id).label("class_id"),
            *(column for column in days.table.c if column.name != "school_id"),
            case((row.c.starts > days["first"], row.c.starts), else_=cast(None, Date)).label(
                "late_start"
            ),
        )
    )


def _meetings(indicator: Indicator, days: Days) -> Select[Any]:
    """Per meeting held: the pupils of the class that day."""
    meeting, row = another("happening"), another("enrolment")
    return (
        _columns(row, days)
        .join(row, row.c.school_id == days.table.c.school_id)
        .join(
            meeting,
            and_(
                meeting.c.year == days.year,
                meeting.c.step == indicator.steps[0],
                meeting.c.what == What.HELD,
                meeting.c.scope == Scope.UNIT,
                meeting.c.subject_id == row.c.class_id,
                meeting.c.on_day <= days.as_of,
                enrolled(row, meeting.c.on_day),
            ),
        )
        .add_columns(meeting.c.on_day.label("meeting_day"))
    )


POPULATIONS: Mapping[str, Population] = {
    "needed_next": _needed_next,
    "concerned_next": _concerned_next,
    "granted_last": _granted("last"),
    "granted_march": _both_winter_days,
    "current": _current,
    "new": _new,
    "new_and_late": _new_and_late,
    "enrolled_march": _enrolled("03-01"),
    "enrolled_last": _enrolled("last"),
    "meetings": _meetings,
}


def _too_short(start: str, end: str, least: int, *, after: bool = False) -> Exclusion:
    """Enrolled at the school on fewer days than `least` of a stretch."""

    def test(_indicator: Indicator, _days: Days, row: Any) -> Any:
        stay = another("enrolment")
        first, last = row.c[ANCHORS[start]], row.c[ANCHORS[end]]
        begin = later(stay.c.starts, first)
        finish = earlier(func.coalesce(stay.c.ends, last), last)
        length = days_between(begin, finish) + 1
        if after:  # the stretch begins the day after
            length = case((stay.c.starts > first, length), else_=length - 1)
        total = (
            select(func.coalesce(func.sum(case((length > 0, length), else_=0)), 0))
            .where(
                stay.c.pupil_id == row.c.pupil_id,
                stay.c.school_id == row.c.school_id,
                stay.c.starts <= last,
                or_(stay.c.ends.is_(None), stay.c.ends >= first),
            )
            .correlate_except(stay)
            .scalar_subquery()
        )
        return total < least

    return test


def _not_applicable(indicator: Indicator, days: Days, row: Any) -> Any:
    """Every step of the indicator is marked so."""
    return and_(
        *(
            happened(
                row.c.pupil_id, served(indicator, days), step, What.NOT_APPLICABLE, row.c.as_of
            )
            for step in indicator.steps
        )
    )


def _decided_before(_indicator: Indicator, _days: Days, row: Any) -> Any:
    """A vedtak of several years, decided before this year, covers the next first day."""
    decision = another("vedtak")
    return there_is(
        decision,
        decision.c.pupil_id == row.c.pupil_id,
        covering(decision, row.c.next_first, row.c.as_of),
        decision.c.decided_on < row.c.first_day,
    )


def _refused(kind: str) -> Exclusion:
    return lambda _indicator, days, row: refused(row.c.pupil_id, kind, days.next_year, row.c.as_of)


def _without_vedtak(day: str) -> Exclusion:
    def test(_indicator: Indicator, days: Days, row: Any) -> Any:
        on = row.c[ANCHORS[day]] if day in ANCHORS else days[day]
        return not_(granted(row.c.pupil_id, on, row.c.as_of))

    return test


# Name → (the reason in the figures, the test).
EXCLUSIONS: Mapping[str, tuple[str, Exclusion]] = {
    "samtykke_mangler_utredning": ("samtykke_mangler", _refused("utredning")),
    "samtykke_mangler_vedtak": ("samtykke_mangler", _refused("vedtak")),
    "meldt_sent": (
        "meldt_sent",
        lambda indicator, days, row: row.c.needed_since >= days[indicator.limit],
    ),
    "gyldig_flerarig": ("gyldig_flerarig", _decided_before),
    "ikke_aktuelt": ("ikke_aktuelt", _not_applicable),
    "kort_tid_year": ("kort_tid", _too_short("first", "last", 56)),
    "kort_tid_host": ("kort_tid", _too_short("first", "autumn_end", 28)),
    "kort_tid_var": ("kort_tid", _too_short("autumn_end", "last", 28, after=True)),
    "uten_vedtak_first": ("uten_vedtak", _without_vedtak("first")),
    "uten_vedtak_october": ("uten_vedtak", _without_vedtak("10-01")),
    "sluttet": (
        "sluttet",
        lambda _indicator, days, row: not_(
            is_enrolled(row.c.pupil_id, row.c.school_id, days["10-01"])
        ),
    ),
    "sen_start": (
        "sen_start",
        lambda _indicator, days, row: row.c.late_start > days["09-03"],
    ),
    "slutter": (
        "slutter",
        lambda _indicator, _days, row: not_(
            is_enrolled(row.c.pupil_id, row.c.school_id, row.c.next_first)
        ),
    ),
}


def excluded(indicator: Indicator, days: Days, row: Any) -> Any:
    """The first exclusion that applies, as its reason; null where none does."""
    if not indicator.exclusions:
        return cast(None, String)
    return case(
        *(
            (EXCLUSIONS[name][1](indicator, days, row), EXCLUSIONS[name][0])
            for name in indicator.exclusions
        ),
        else_=cast(None, String),
    )
