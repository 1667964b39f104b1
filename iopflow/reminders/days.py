"""On which days mails are sent: school days, the week's first for the digest (ux 4, rules 1-2)."""

from collections.abc import Mapping
from datetime import date, time, timedelta

from iopflow.schoolyear import SchoolYear, Year, is_statutory_day

AT = time(7)  # local time: before the first lesson
AHEAD = timedelta(days=14)  # how far a digest looks
JUNE = 6
GRACE = 5  # school days over a date before the head of the unit is told (ux 4, rule 8)
LATER = 10  # and before it is counted to rektor
_DAY = timedelta(days=1)
_A_SUMMER = 120
_A_YEAR = timedelta(days=366)

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


def is_summer_day(ruter: Skoleruter, day: date) -> bool:
    """A weekday, no holiday, between the last school day and the planning day in August."""
    rute = ruter.get(Year.of(day))
    if rute is None or not is_statutory_day(day):
        return False
    return day > rute.last_day or day < min(rute.planning_day or rute.first_day, rute.first_day)


def summer_digest_day(ruter: Skoleruter, day: date) -> date | None:
    """The first working day of a week in summer; None in other weeks.

    A week that begins in summer and has a sending day has the digest of all on that day.
    """
    if digest_day(ruter, day) is not None:
        return None
    first = day - timedelta(days=day.weekday())
    while not is_statutory_day(first) and first < day:
        first += _DAY
    return first if is_summer_day(ruter, first) else None


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


def head_sees_from(ruter: Skoleruter, due: date) -> date | None:
    """The day from which what was due is in the head's list, if it is not done by then.

    A digest day, at least `GRACE` school days over the date, and never the first one after it: on
    that one whoever holds the duty is told when the head will see it.
    """
    day, passed, told = due, 0, False
    for _number in range(_A_SUMMER):
        day += _DAY
        rute = ruter.get(Year.of(day))
        passed += rute is not None and rute.is_school_day(day)
        if digest_day(ruter, day) == day:
            if told and passed >= GRACE:
                return day
            told = True
    return None


def long_over(ruter: Skoleruter, today: date) -> date:
    """The last date that is more than `LATER` school days over, today included.

    One far back where so many school days are not known of.
    """
    day, passed = today, 0
    while passed <= LATER and day > today - _A_YEAR:
        rute = ruter.get(Year.of(day))
        passed += rute is not None and rute.is_school_day(day)
        day -= _DAY
    return day if passed > LATER else date.min
