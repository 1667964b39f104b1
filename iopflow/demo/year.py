"""The skoleruter of the three schools, and the days on which people there work."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from iopflow.demo.schools import LARGE, SCHOOL_KEYS, TINY
from iopflow.schoolyear import SchoolYear, Year, public_holidays

Row = dict[str, str]


@dataclass(frozen=True)
class Break:
    """Days without school inside the year."""

    starts: date
    ends: date
    what: str

    @property
    def days(self) -> frozenset[date]:
        """Every day of the break."""
        length = (self.ends - self.starts).days
        return frozenset(self.starts + timedelta(days=n) for n in range(length + 1))


def _weekday_from(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _week(calendar_year: int, week: int) -> tuple[date, date]:
    monday = date.fromisocalendar(calendar_year, week, 1)
    return monday, monday + timedelta(days=4)


def _ascension(calendar_year: int) -> date:
    # Easter is found from it: the library names every holiday, but not Palm Monday.
    return max(
        day
        for day, name in public_holidays(calendar_year).items()
        if day.weekday() == 3 and "himmelfart" in name.lower()
    )


def breaks(year: Year, school: str) -> tuple[Break, ...]:
    """The days off of a school: the municipality's, and one of its own at the tiny school."""
    autumn, spring = year.start, year.start + 1
    ascension = _ascension(spring)
    palm_monday = ascension - timedelta(days=45)
    planning = _weekday_from(date(autumn, 11, 13), 4)
    found = [
        Break(*_week(autumn, 40), "Høstferie"),
        Break(planning, planning, "Planleggingsdag"),
        Break(date(autumn, 12, 21), date(spring, 1, 2), "Juleferie"),
        Break(*_week(spring, 8), "Vinterferie"),
        Break(palm_monday, palm_monday + timedelta(days=2), "Påskeferie"),
        Break(ascension + timedelta(days=1), ascension + timedelta(days=1), "Inneklemt dag"),
    ]
    if school == TINY:
        herring = _weekday_from(date(spring, 3, 8), 4)
        found.append(Break(herring, herring, "Sildedagen (lokal fridag)"))
    return tuple(found)


def _autumn_end(year: Year, school: str) -> date:
    # Only the large school, which gives term marks, has fixed a day of its own.
    return _weekday_from(year.on(1, 15), 4) if school == LARGE else year.on(1, 15)


def skolerute(year: Year, school: str) -> SchoolYear:
    """A school's year: from a Monday in mid-August to a Friday before midsummer."""
    first = _weekday_from(year.on(8, 15), 0)
    return SchoolYear(
        year=year,
        first_day=first,
        last_day=_weekday_from(year.on(6, 16), 4),
        planning_day=first - timedelta(days=5),
        autumn_end=_autumn_end(year, school),
        days_off=frozenset(day for off in breaks(year, school) for day in off.days),
    )


@dataclass(frozen=True)
class Skoleruter:
    """The years the demo knows, for one school."""

    school: str
    years: Mapping[int, SchoolYear]

    def __getitem__(self, year: int) -> SchoolYear:
        return self.years[year]

    def first(self, year: int) -> date:
        """The first school day of a year."""
        return self.years[year].first_day

    def last(self, year: int) -> date:
        """The last school day of a year."""
        return self.years[year].last_day

    def planning(self, year: int) -> date:
        """The first staff day in August of a year."""
        return self.years[year].planning_day or self.years[year].first_day

    @cached_property
    def _school_days(self) -> dict[int, tuple[date, ...]]:
        return {
            start: tuple(
                day
                for n in range((rute.last_day - rute.first_day).days + 1)
                if rute.is_school_day(day := rute.first_day + timedelta(days=n))
            )
            for start, rute in self.years.items()
        }

    @cached_property
    def _school_day_at(self) -> dict[date, date]:
        found: dict[date, date] = {}
        for days in self._school_days.values():
            latest = days[0]
            known = frozenset(days)
            for n in range((days[-1] - days[0]).days + 1):
                day = days[0] + timedelta(days=n)
                latest = day if day in known else latest
                found[day] = latest
        return found

    def school_day(self, day: date) -> date:
        """The day itself or the school day before it; in the summer the nearest end of the year."""
        if day in self._school_day_at:
            return self._school_day_at[day]
        rute = self.years[Year.of(day).start]
        return rute.first_day if day < rute.first_day else rute.last_day

    def work_day(self, day: date) -> date:
        """A day on which staff are at work: in June after school end too, but not in July."""
        year = Year.of(day)
        if day.month == 7:
            day = date(day.year, 6, 30)
        elif day.month == 8 and day < self.planning(year.start):
            return self.planning(year.start)
        return self.years[year.start].previous_working_day(day)

    def days_on(self, day: date, count: int) -> date:
        """A day at work about so many days later, and never before the day itself."""
        found = self.work_day(day + timedelta(days=count))
        if found >= day:
            return found
        following = self.years[Year.of(day).start].next_working_day(day)
        return self.planning(following.year) if following.month == 7 else following

    def after_school_days(self, day: date, count: int) -> date:
        """The school day that comes so many school days after a day."""
        days = self._school_days[Year.of(day).start]
        later = [found for found in days if found > day][:count]
        return later[-1] if later else days[-1]


def all_skoleruter(first: int, last: int) -> dict[str, Skoleruter]:
    """The skoleruter of every school from one year to another."""
    return {
        school: Skoleruter(
            school, {start: skolerute(Year(start), school) for start in range(first, last + 1)}
        )
        for school in SCHOOL_KEYS
    }
