"""A school year: its named days, its working days, and counting in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from iopflow.texts import _

_TEXT = re.compile(r"([12]\d{3})[-/](\d{2}|\d{4})", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Year:
    """A school year by the calendar year it begins in, such as 2026-27."""

    start: int

    @classmethod
    def parse(cls, text: str) -> "Year":
        """Reads 2026-27 (also 2026/27 and 2026-2027). Raises ValueError."""
        found = _TEXT.fullmatch(text.strip())
        if found is None or (int(found[1]) + 1) % 10 ** len(found[2]) != int(found[2]):
            raise ValueError(f"{text!r} is no school year")
        return cls(int(found[1]))

    @classmethod
    def of(cls, day: date) -> "Year":
        """The school-administrative year (1 August to 31 July) that holds a day."""
        return cls(day.year if day.month >= 8 else day.year - 1)

    @property
    def next(self) -> "Year":
        """The year after."""
        return Year(self.start + 1)

    @property
    def previous(self) -> "Year":
        """The year before."""
        return Year(self.start - 1)

    def on(self, month: int, day: int) -> date:
        """A day of the year: August to December lie in its first calendar year."""
        return date(self.start if month >= 8 else self.start + 1, month, day)

    def __str__(self) -> str:
        return f"{self.start}-{(self.start + 1) % 100:02}"


@cache
def public_holidays(calendar_year: int) -> dict[date, str]:
    """Norway's public holidays of a calendar year, named in Norwegian.

    24 and 31 December are none (domain: helligdager). The library is loaded on first use: it costs
    more than all the rest of this module.
    """
    import holidays  # noqa: PLC0415 - 90 ms that a --help must not pay

    return dict(holidays.country_holidays("NO", years=calendar_year, language="no"))


def is_statutory_day(day: date) -> bool:
    """A day on which a period set by law may end (domstolloven § 149)."""
    return day.weekday() < 5 and day not in public_holidays(day.year)


def next_statutory_day(day: date) -> date:
    """The day itself or the next one on which a period set by law may end."""
    while not is_statutory_day(day):
        day += _DAY
    return day


def how_to_add_skolerute() -> str:
    """Who gives a school its skolerute, and where: said wherever one is missing."""
    return _("rektor eller skoleadministrasjonen legger den inn under «Skolerute»")


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """A school's skolerute for a year (opplæringslova § 14-1: set locally)."""

    year: Year
    first_day: date
    last_day: date
    planning_day: date | None = None
    autumn_end: date = None  # type: ignore[assignment]  # filled below
    days_off: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.autumn_end is None:
            object.__setattr__(self, "autumn_end", self.year.on(1, 15))

    def is_working_day(self, day: date) -> bool:
        """A weekday that is neither a public holiday nor a day off at this school."""
        return is_statutory_day(day) and day not in self.days_off

    def is_school_day(self, day: date) -> bool:
        """A working day between the first and the last school day."""
        return self.first_day <= day <= self.last_day and self.is_working_day(day)

    def previous_working_day(self, day: date) -> date:
        """The day itself or the nearest working day before it."""
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def next_working_day(self, day: date) -> date:
        """The day itself or the nearest working day after it."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def school_days(self, start: date, end: date) -> Iterator[date]:
        """The school days from `start` to `end`, both included."""
        day = start
        while day <= end:
            if self.is_school_day(day):
                yield day
            day += _DAY

    def school_days_between(self, start: date, end: date) -> int:
        """How many school days lie after `start`, up to and including `end`."""
        return sum(1 for _day in self.school_days(start + _DAY, end))

    def add_school_days(self, day: date, count: int) -> date:
        """The school day `count` school days after (or, below zero, before) a day.

        Past the ends of the year working days are counted, so that a move is never lost.
        """
        step = _DAY if count >= 0 else -_DAY
        left = abs(count)
        while left:
            day += step
            inside = self.first_day <= day <= self.last_day
            if self.is_school_day(day) if inside else self.is_working_day(day):
                left -= 1
        return day
