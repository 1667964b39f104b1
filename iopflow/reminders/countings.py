"""The counting dates that a mail tells of: those that come, and those past that nobody froze."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from iopflow import measure
from iopflow.indicators import ANCHORS, BY_CODE
from iopflow.measure.calendar import fixed_day, known_schools
from iopflow.models import metadata
from iopflow.queries.prepared import among, read
from iopflow.reminders.sections import ForCounting, Share
from iopflow.schoolyear import Year
from iopflow.tellinger.countings import COUNTINGS

BEFORE = timedelta(days=14)
AFTER = timedelta(days=28)  # how long one that nobody froze is told of


def countings(
    session: Session, schools: Sequence[int], *, today: date
) -> dict[int, list[ForCounting]]:
    """What comes or waits to be frozen, by school, the first date first."""
    frozen = {
        (row.school_id, row.year, row.counted) for row in read(session, _frozen(), schools=schools)
    }
    rows = read(session, _live(), schools=schools).all()
    live = {row.id: row for row in rows if row.live_from is not None}
    found: dict[int, list[ForCounting]] = {}
    for year in (Year.of(today).previous, Year.of(today)):
        for counted in COUNTINGS:
            days = _days(session, list(live), year, counted)
            at = {
                number: day
                for number, day in days.items()
                if today - AFTER <= day <= today + BEFORE
                and day >= live[number].live_from
                and (number, year.start, counted) not in frozen
            }
            asked = [live[number] for number in at]
            for number, shares in _shares(session, asked, year, counted, today).items():
                found.setdefault(number, []).append(
                    ForCounting(counted, at[number], shares, live[number].name)
                )
    return {number: sorted(some, key=lambda one: one.day) for number, some in found.items()}


def _days(session: Session, schools: Sequence[int], year: Year, counted: str) -> dict[int, date]:
    """The day of a counting date at each school that has a skolerute for it."""
    named = COUNTINGS[counted].day
    if named not in ANCHORS:
        return dict.fromkeys(schools, fixed_day(year, named))
    known = known_schools(session, year, schools)
    return {number: day for number in schools if (day := known[number].anchors[named]) is not None}


def _shares(
    session: Session, schools: Sequence[Any], year: Year, counted: str, today: date
) -> dict[int, tuple[Share, ...]]:
    """The figures as they stand, by school (rows of `_live`), owner by owner: a figure has the id
    of its school, which two owners may both use.
    """
    found: dict[int, list[Share]] = {one.id: [] for one in schools}
    for owner in {one.owner_id for one in schools}:
        keys = {one.key: one.id for one in schools if one.owner_id == owner}
        figures = measure.figures(
            session,
            schools=list(keys.values()),
            year=year,
            today=today,
            indicators=[BY_CODE[code] for code in _told(counted)],
        )
        for one in figures:
            if one.problem is None and one.denominator and one.school is not None:
                share = Share(
                    one.indicator.code, one.indicator.title, one.numerator, one.denominator
                )
                found[keys[one.school]].append(share)
    return {number: tuple(shares) for number, shares in found.items()}


def _told(counted: str) -> list[str]:
    """The indicators of a counting date, without the halves of those that are there whole."""
    codes = COUNTINGS[counted].indicators
    return [code for code in codes if "_" not in code or code.partition("_")[0] not in codes]


@cache
def _frozen() -> Select[Any]:
    telling = metadata.tables["telling"]
    return select(telling.c.school_id, telling.c.year, telling.c.counted).where(
        among(telling.c.school_id, "schools")
    )


@cache
def _live() -> Select[Any]:
    school = metadata.tables["school"]
    return select(
        school.c.id, school.c.owner_id, school.c.key, school.c.name, school.c.live_from
    ).where(among(school.c.id, "schools"))
