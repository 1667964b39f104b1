"""A school's skolerute for one year as a whole, and a proposal for the next from it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.models import School, metadata
from iopflow.schoolyear import SchoolYear, Year, public_holidays

SCHOOL_DAYS = 190  # of a school year (opplæringslova § 14-1)
WEEKS = timedelta(weeks=52)
_AFTER_ASCENSION = timedelta(days=40)  # from Easter Sunday: the Friday that many are free
_NEAR_EASTER = timedelta(days=12)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Off:
    """Days without school inside the year; both ends included."""

    starts: date
    ends: date
    what: str

    @property
    def days(self) -> list[date]:
        """The days, weekends among them."""
        return [self.starts + n * _DAY for n in range((self.ends - self.starts).days + 1)]


@dataclass(frozen=True, slots=True)
class Skolerute:
    """The days of a school year, with its days off in order."""

    year: Year
    first_day: date
    last_day: date
    planning_day: date | None = None
    autumn_end: date | None = None
    off: tuple[Off, ...] = ()

    @property
    def days(self) -> SchoolYear:
        """The year as dates are counted in it."""
        closed = frozenset(day for one in self.off for day in one.days)
        return SchoolYear(
            self.year,
            self.first_day,
            self.last_day,
            self.planning_day,
            self.autumn_end,  # type: ignore[arg-type]  # filled there where it is None
            closed,
        )

    @property
    def school_days(self) -> int:
        """How many school days the year has."""
        return sum(1 for _day in self.days.school_days(self.first_day, self.last_day))

    @property
    def overlapping(self) -> list[tuple[Off, Off]]:
        """Days off that begin before the ones before them are over."""
        ordered = sorted(self.off)
        return [(one, other) for one, other in pairwise(ordered) if other.starts <= one.ends]

    def proposed_next(self) -> "Skolerute":
        """The year after on the same weekdays. Days off keep their week, as høstferie in week 40;
        those around Easter follow Easter.
        """
        at = _Next(self.year)
        off = tuple(
            Off(one.starts + move, one.ends + move, one.what)
            for one in self.off
            for move in (at.move(one),)
        )
        return replace(
            self,
            year=self.year.next,
            first_day=at.inside(self.first_day + WEEKS),
            last_day=at.inside(self.last_day + WEEKS),
            planning_day=self.planning_day and at.inside(self.planning_day + WEEKS),
            autumn_end=self.autumn_end and _same_date(self.autumn_end),
            off=tuple(one for one in off if Year.of(one.starts) == Year.of(one.ends) == at.year),
        )


class _Next:
    """How the days of a year move to the year after."""

    def __init__(self, year: Year) -> None:
        self.year = year.next
        self._easter = easter(year.start + 1)
        self._moves = easter(year.start + 2) - self._easter

    def move(self, one: Off) -> timedelta:
        """How far: Christmas and the ends of the year keep their weekday, the rest its week too."""
        near = one.starts - _NEAR_EASTER <= self._easter <= one.ends + _NEAR_EASTER
        if near or one.starts == self._easter + _AFTER_ASCENSION:
            return self._moves
        if one.starts.month in {12, 1}:
            return WEEKS
        year, week, weekday = one.starts.isocalendar()
        return date.fromisocalendar(year + 1, week, weekday) - one.starts

    def inside(self, day: date) -> date:
        first, last = self.year.on(8, 1), self.year.on(7, 31)
        return min(max(day, first), last)


def easter(calendar_year: int) -> date:
    """Easter Sunday."""
    return next(
        day for day, name in public_holidays(calendar_year).items() if "påskedag" in name.lower()
    )


def _same_date(day: date) -> date:
    return day.replace(year=day.year + 1) if (day.month, day.day) != (2, 29) else day + WEEKS


def holidays_of(year: Year) -> list[tuple[date, str]]:
    """The public holidays of a school year that fall on weekdays."""
    first, last = year.on(8, 1), year.on(7, 31)
    found = {**public_holidays(year.start), **public_holidays(year.start + 1)}
    return sorted(
        (day, name) for day, name in found.items() if first <= day <= last and day.weekday() < 5
    )


def skolerute_of(session: Session, school: School, year: Year) -> Skolerute | None:
    """The skolerute as it is stored."""
    row = year_row(session, school, year)
    if row is None:
        return None
    off = tuple(
        Off(one.starts, one.ends or one.starts, one.what) for one in off_rows(session, school, year)
    )
    return Skolerute(
        year, row.first_day, row.last_day, row.planning_day, row.autumn_end, tuple(sorted(off))
    )


def years_of(session: Session, school: School) -> list[Year]:
    """The years that the school has a skolerute for."""
    table = metadata.tables["school_year"]
    rows = session.execute(select(table.c.year).where(table.c.school_id == school.id))
    return sorted(Year(start) for start in rows.scalars())


def year_row(session: Session, school: School, year: Year) -> Any:
    """The row of the year, or None."""
    table = metadata.tables["school_year"]
    return session.execute(
        select(table).where(table.c.school_id == school.id, table.c.year == year.start)
    ).first()


def off_rows(session: Session, school: School, year: Year) -> list[Any]:
    """The rows of the days off that begin in the year."""
    table = metadata.tables["day_off"]
    return list(
        session.execute(
            select(table)
            .where(
                table.c.school_id == school.id,
                table.c.starts >= year.on(8, 1),
                table.c.starts <= year.on(7, 31),
            )
            .order_by(table.c.starts)
        )
    )
