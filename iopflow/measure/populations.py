"""Who is counted: each population and each exclusion that a definition names, once, as SQL.

A population gives one row per pupil and school (or per pupil and meeting) with the columns
school_id, pupil_id and class_id, and what its outcome and exclusions ask for.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Date, Select, String, and_, case, cast, exists, func, not_, or_, select
from sqlalchemy.orm import aliased

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
)
from iopflow.models import Assessment, Enrolment, Happening, Scope, Vedtak, What
from iopflow.schoolyear import Year

Population = Callable[[Indicator, Days], Select[Any]]
# From the population's columns and the days to a condition.
Exclusion = Callable[[Indicator, Days, Any], Any]


def served(indicator: Indicator, days: Days) -> Year:
    """The year that the indicator's steps belong to."""
    return days.year.next if indicator.serves == "next" else days.year


def _on(day: str) -> Callable[[Days], tuple[Any, Select[Any]]]:
    """Those enrolled on a named day, in the class of that day."""

    def made(days: Days) -> tuple[Any, Select[Any]]:
        row = aliased(Enrolment)
        statement = _columns(row, days).join(
            row, and_(row.school_id == days.table.c.school_id, enrolled(row, days[day]))
        )
        return row, statement

    return made


def _columns(row: Any, days: Days) -> Select[Any]:
    return select(
        days.table.c.school_id.label("school_id"),
        row.pupil_id.label("pupil_id"),
        row.class_id.label("class_id"),
        *(column for column in days.table.c if column.name != "school_id"),
    ).select_from(days.table)


def _enrolled(day: str) -> Population:
    return lambda _indicator, days: _on(day)(days)[1]


def _granted(day: str) -> Population:
    def made(_indicator: Indicator, days: Days) -> Select[Any]:
        row, statement = _on(day)(days)
        return statement.where(granted(row.pupil_id, days[day], days.as_of))

    return made


def _both_winter_days(_indicator: Indicator, days: Days) -> Select[Any]:
    """Enrolled on 1 December and on 1 March, with a vedtak on the latter."""
    row, statement = _on("03-01")(days)
    return statement.where(
        is_enrolled(row.pupil_id, row.school_id, days["12-01"]),
        granted(row.pupil_id, days["03-01"], days.as_of),
    )


def _needed_next(_indicator: Indicator, days: Days) -> Select[Any]:
    row, statement = _on("next.first")(days)
    need = aliased(Assessment)
    return statement.join(
        need,
        and_(
            need.pupil_id == row.pupil_id,
            need.year == days.year.next.start,
            need.needed_since <= days.as_of,
        ),
    ).add_columns(
        need.needed_since.label("needed_since"),  # type: ignore[attr-defined]
        need.received_on.label("received_on"),  # type: ignore[union-attr]
        need.recorded_on.label("received_recorded"),  # type: ignore[attr-defined]
    )


def _concerned_next(_indicator: Indicator, days: Days) -> Select[Any]:
    row, statement = _on("next.first")(days)
    return statement.where(
        concerned(row.pupil_id, days.year.next, days["last"], days.as_of)
    )


def _current(_indicator: Indicator, days: Days) -> Select[Any]:
    row, statement = _on("first")(days)
    return statement.where(
        is_enrolled(row.pupil_id, row.school_id, days["previous.last"]),
        concerned(row.pupil_id, days.year, days["first"], days.as_of),
    )


def _new(_indicator: Indicator, days: Days) -> Select[Any]:
    row, statement = _on("first")(days)
    return statement.where(
        not_(is_enrolled(row.pupil_id, row.school_id, days["previous.last"])),
        concerned(row.pupil_id, days.year, days["first"], days.as_of),
    )


def _new_and_late(_indicator: Indicator, days: Days) -> Select[Any]:
    """New pupils, and those whose first enrolment after the first day starts by 1 October."""
    october = days["10-01"]
    row, now = aliased(Enrolment), aliased(Enrolment)
    other = aliased(Enrolment)
    first_after = not_(
        exists(
            select(other.id).where(
                other.pupil_id == row.pupil_id,
                other.school_id == row.school_id,
                other.starts > days["first"],
                other.starts < row.starts,
            )
        )
    )
    new = and_(
        enrolled(row, days["first"]),
        not_(is_enrolled(row.pupil_id, row.school_id, days["previous.last"])),
    )
    late = and_(
        row.starts > days["first"],  # type: ignore[operator]
        row.starts <= october,
        not_(is_enrolled(row.pupil_id, row.school_id, days["first"])),
        first_after,
    )
    return (
        _columns(row, days)
        .join(row, and_(row.school_id == days.table.c.school_id, or_(new, late)))
        .outerjoin(
            now,
            and_(
                now.pupil_id == row.pupil_id,
                now.school_id == row.school_id,
                enrolled(now, october),
            ),
        )
        .where(concerned(row.pupil_id, days.year, october, days.as_of))
        .with_only_columns(
            days.table.c.school_id.label("school_id"),
            row.pupil_id.label("pupil_id"),
            # The class of 1 October, or that of the start when gone.
            case((now.id.is_not(None), now.class_id), else_=row.class_id).label("class_id"),  # type: ignore[union-attr]
            *(column for column in days.table.c if column.name != "school_id"),
            case((row.starts > days["first"], row.starts), else_=cast(None, Date)).label(  # type: ignore[operator]
                "late_start"
            ),
        )
    )


def _meetings(indicator: Indicator, days: Days) -> Select[Any]:
    """Per meeting held: the pupils of the class that day."""
    meeting, row = aliased(Happening), aliased(Enrolment)
    return (
        _columns(row, days)
        .join(row, row.school_id == days.table.c.school_id)
        .join(
            meeting,
            and_(
                meeting.year == days.year.start,
                meeting.step == indicator.steps[0],
                meeting.what == What.HELD,
                meeting.scope == Scope.UNIT,
                meeting.subject_id == row.class_id,
                meeting.on_day <= days.as_of,
                enrolled(row, meeting.on_day),
            ),
        )
        .add_columns(meeting.on_day.label("meeting_day"))  # type: ignore[attr-defined]
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

    def test(_indicator: Indicator, days: Days, row: Any) -> Any:
        stay = aliased(Enrolment)
        first, last = row.c[ANCHORS[start]], row.c[ANCHORS[end]]
        begin = later(stay.starts, first)
        finish = earlier(func.coalesce(stay.ends, last), last)
        length = days_between(begin, finish) + 1
        if after:  # the stretch begins the day after
            length = case((stay.starts > first, length), else_=length - 1)  # type: ignore[operator]
        total = (
            select(func.coalesce(func.sum(case((length > 0, length), else_=0)), 0))
            .where(
                stay.pupil_id == row.c.pupil_id,
                stay.school_id == row.c.school_id,
                stay.starts <= last,
                or_(stay.ends.is_(None), stay.ends >= first),  # type: ignore[union-attr]
            )
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
    decision = aliased(Vedtak)
    return exists(
        select(decision.id).where(
            decision.pupil_id == row.c.pupil_id,
            covering(decision, row.c.next_first, row.c.as_of),
            decision.decided_on < row.c.first_day,
        )
    )


def _refused(kind: str) -> Exclusion:
    return lambda _indicator, days, row: refused(
        row.c.pupil_id, kind, days.year.next, row.c.as_of
    )


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


