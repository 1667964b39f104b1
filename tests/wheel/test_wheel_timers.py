"""The timers of a case for every day of twenty years, against a calendar of the test's own.

The calendar is made from the rules themselves: Easter by Gauss's method as Meeus has it, months
counted to the last day of a shorter one, and domstolloven §§ 148–149: a period of the law that ends
on a Saturday, a Sunday or a public holiday ends on the next day that is none of them.
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from iopflow.schoolyear import SchoolYear, Year
from iopflow.wheel import load

WHEEL = load("spesialskole")
SERVED = Year(2027)
DAY = timedelta(days=1)
FIRST, LAST = date(2024, 1, 1), date(2044, 12, 31)
EVERY = [FIRST + n * DAY for n in range((LAST - FIRST).days + 1)]


def easter(year: int) -> date:
    """Easter Sunday (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 19 * m) // 433
    month = (h + m - 7 * n + 90) // 25
    return date(year, month, (h + m - 7 * n + 33 * month + 19) % 32)


def holidays(year: int) -> set[date]:
    """The public holidays of Norway; 24 and 31 December are none."""
    fixed = {(1, 1), (5, 1), (5, 17), (12, 25), (12, 26)}
    around = (-7, -3, -2, 0, 1, 39, 49, 50)  # Palm Sunday to Whit Monday
    return {date(year, month, day) for month, day in fixed} | {
        easter(year) + n * DAY for n in around
    }


HOLIDAYS = {day for year in range(2024, 2047) for day in holidays(year)}


def forward(day: date) -> date:
    while day.weekday() >= 5 or day in HOLIDAYS:
        day += DAY
    return day


def months(day: date, count: int) -> date:
    """As many months on: the same day of the month, or the last of a shorter one."""
    number = day.year * 12 + day.month - 1 + count
    first = date(number // 12, number % 12 + 1, 1)
    last = (first + 31 * DAY).replace(day=1) - DAY
    return first.replace(day=min(day.day, last.day))


@pytest.mark.parametrize(
    ("key", "fact", "expected"),
    [
        ("case.ppt_frist", "assessment.complete_on", lambda day: months(day, 3)),
        ("case.forelopig_svar", "assessment.received_on", lambda day: forward(months(day, 1))),
        ("case.klagefrist", "vedtak.arrived_on", lambda day: forward(day + 21 * DAY)),
        ("case.vedtak_utlop", "vedtak.valid_to", lambda day: months(day, -6)),
        ("case.sv_utlop", "assessment.valid_to", lambda day: months(day, -9)),
        ("case.fyller_15", "pupil.birth_month", lambda day: months(day, 180)),
    ],
)
def test_a_timer_counts_as_the_calendar_does_on_every_day_of_twenty_years(
    key: str, fact: str, expected: Callable[[date], date]
) -> None:
    step = WHEEL[key]
    differing = [
        day
        for day in EVERY
        if WHEEL.dates(step, SERVED, lambda _year: None, facts={fact: day}).due != expected(day)
    ]
    assert differing == []


def test_the_transition_is_a_date_of_the_year_before_whatever_the_weekday() -> None:
    step = WHEEL["case.overgang"]
    for year in range(2024, 2045):
        rute = {Year(n): SchoolYear(Year(n), date(n, 8, 17), date(n + 1, 6, 18)) for n in (year,)}
        found = WHEEL.dates(step, Year(year), rute.get)
        assert (found.opens, found.due) == (date(year - 1, 11, 1), date(year, 5, 31))


@pytest.mark.parametrize(
    ("arrived", "ends"),
    [
        ("2026-12-03", "2026-12-24"),  # Christmas Eve is no public holiday
        ("2026-12-10", "2026-12-31"),  # nor is New Year's Eve
        ("2026-12-11", "2027-01-04"),  # New Year's Day is, a Friday: on to the Monday
        ("2026-12-04", "2026-12-28"),  # Christmas Day, a Friday, and the two after it
        ("2027-04-26", "2027-05-18"),  # 17 May 2027 is Whit Monday too
        ("2028-04-10", "2028-05-02"),  # 1 May, a Monday
    ],
)
def test_the_days_on_which_the_appeal_period_may_end(arrived: str, ends: str) -> None:
    facts = {"vedtak.arrived_on": date.fromisoformat(arrived)}
    found = WHEEL.dates(WHEEL["case.klagefrist"], SERVED, lambda _year: None, facts=facts)
    assert found.due == date.fromisoformat(ends) == forward(date.fromisoformat(arrived) + 21 * DAY)


def test_every_timer_of_the_case_is_held_here() -> None:
    assert {step.key for step in WHEEL.steps if step.kind == "timer"} == {
        *("case.ppt_frist", "case.forelopig_svar", "case.klagefrist", "case.vedtak_utlop"),
        *("case.sv_utlop", "case.fyller_15", "case.overgang"),
    }
