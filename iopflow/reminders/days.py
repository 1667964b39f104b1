"""On which days mails are sent: school days, the week's first for the digest (ux 4, rules 1-2)."""

from collections.abc import Mapping
from datetime import date, time, timedelta

from iopflow.schoolyear import SchoolYear, Year

AT = time(7)  # local time: before the first lesson
AHEAD = timedelta(days=14)  # how far a digest looks
_DAY = timedelta(days=1)

Skoleruter = Mapping[Year, SchoolYear]


def is_sending_day(ruter: Skoleruter, day: date) -> bool:
    """A working day from the planning day in August to the last school day (decisions 10)."""
    rute = ruter.get(Year.of(day))
    if rute is None:
        return False
    first = min(rute.planning_day or rute.first_day, rute.first_day)
    return first <= day <= rute.last_day and rute.is_working_day(day)


def digest_day(ruter: Skoleruter, day: date) -> date | None:
    """The first sending day of a day's week; None in a week without any."""
    monday = day - timedelta(days=day.weekday())
    days = (monday + timedelta(days=n) for n in range(5))
    return next((one for one in days if is_sending_day(ruter, one)), None)


def nudged_until(ruter: Skoleruter, day: date) -> date | None:
    """The last date that a nudge on this day is for: up to the next sending day, not beyond.

    A date on a school day is nudged the school day before; one in a weekend or a holiday on the
    last school day before it. None where nothing is sent.
    """
    if not is_sending_day(ruter, day):
        return None
    until = day + _DAY
    while not is_sending_day(ruter, until) and until < day + AHEAD:
        until += _DAY
    return until


def last_school_day(ruter: Skoleruter, due: date) -> date:
    """The last school day on which the work can be done: the date itself, or one before it."""
    day = due
    while day > due - 2 * AHEAD:
        rute = ruter.get(Year.of(day))
        if rute is not None and rute.is_school_day(day):
            return day
        day -= _DAY
    return due
