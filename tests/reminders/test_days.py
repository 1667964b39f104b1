"""On which days mails are sent: school days, and the week's first for the digest."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from iopflow.reminders.days import (
    LATER,
    digest_day,
    is_sending_day,
    last_school_day,
    long_over,
    nudged_until,
)
from iopflow.schoolyear import SchoolYear, Year

AUTUMN_BREAK = frozenset(date(2026, 9, 28) + timedelta(days=n) for n in range(5))
RUTER = {
    Year(2026): SchoolYear(
        Year(2026),
        date(2026, 8, 17),
        date(2027, 6, 18),
        planning_day=date(2026, 8, 12),
        days_off=AUTUMN_BREAK,
    ),
    Year(2027): SchoolYear(Year(2027), date(2027, 8, 16), date(2028, 6, 16)),
}
DAYS = st.dates(date(2026, 8, 1), date(2028, 7, 31))


def school_days_over(due: date, today: date) -> int:
    """How many school days have passed since a date, today included: counted one by one."""
    days = [due + timedelta(days=n + 1) for n in range((today - due).days)]
    return sum(Year.of(day) in RUTER and RUTER[Year.of(day)].is_school_day(day) for day in days)


def test_mails_go_from_the_planning_day_to_the_last_school_day() -> None:
    assert not is_sending_day(RUTER, date(2026, 8, 11))
    assert is_sending_day(RUTER, date(2026, 8, 12))
    assert is_sending_day(RUTER, date(2027, 6, 18))
    assert not is_sending_day(RUTER, date(2027, 6, 21))
    assert not is_sending_day(RUTER, date(2027, 5, 17))
    assert not is_sending_day(RUTER, date(2026, 10, 1))  # autumn break
    assert not is_sending_day(RUTER, date(2029, 9, 3))  # no skolerute


def test_the_digest_goes_on_the_first_sending_day_of_the_week() -> None:
    assert digest_day(RUTER, date(2026, 11, 26)) == date(2026, 11, 23)
    assert digest_day(RUTER, date(2027, 5, 20)) == date(2027, 5, 18)  # Whit Monday is 17 May
    assert digest_day(RUTER, date(2026, 9, 30)) is None
    assert digest_day(RUTER, date(2026, 8, 13)) == date(2026, 8, 12)


def test_a_date_in_a_weekend_is_nudged_on_the_last_school_day_before_it() -> None:
    friday = date(2027, 5, 28)
    assert nudged_until(RUTER, friday) == date(2027, 5, 31)
    assert nudged_until(RUTER, date(2027, 1, 14)) == date(2027, 1, 15)
    assert nudged_until(RUTER, date(2026, 9, 25)) == date(2026, 10, 5)  # over the autumn break
    assert nudged_until(RUTER, date(2027, 5, 29)) is None
    assert last_school_day(RUTER, date(2026, 10, 1)) == date(2026, 9, 25)
    assert last_school_day(RUTER, date(2027, 1, 15)) == date(2027, 1, 15)


@given(DAYS)
def test_every_date_of_the_school_year_is_nudged_by_exactly_one_day(due: date) -> None:
    """Only those more than a fortnight into a holiday are left: August's first mail has them."""
    days = [due - timedelta(days=n) for n in range(1, 60)]
    nudging = [day for day in days if day < due <= (nudged_until(RUTER, day) or date.min)]
    near = [day for day in days if is_sending_day(RUTER, day)][:1]
    reached = near and due - near[0] <= timedelta(days=14)
    assert nudging == (near if reached else [])


@given(DAYS)
def test_a_week_has_one_digest_day_and_it_is_a_sending_day(day: date) -> None:
    found = digest_day(RUTER, day)
    if found is None:
        monday = day - timedelta(days=day.weekday())
        week = [monday + timedelta(days=n) for n in range(7)]
        assert not any(is_sending_day(RUTER, one) for one in week)
    else:
        assert is_sending_day(RUTER, found)
        assert digest_day(RUTER, found) == found
        assert found.isocalendar()[:2] == day.isocalendar()[:2]


@given(DAYS, DAYS)
def test_a_date_is_long_over_when_more_than_ten_school_days_have_passed(
    due: date, today: date
) -> None:
    assert (due <= long_over(RUTER, today)) == (school_days_over(due, today) > LATER)
