"""A school year: reading it, its holidays, and counting in its working days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.schoolyear import SchoolYear, Year, is_statutory_day, next_statutory_day
from iopflow.schoolyear import public_holidays as holidays

DAY = timedelta(days=1)
YEARS = st.integers(min_value=1990, max_value=2090).map(Year)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
AUTUMN_BREAK = frozenset(date(2026, 9, 28) + DAY * n for n in range(5))
RUTE = SchoolYear(
    Year(2026), date(2026, 8, 17), date(2027, 6, 18), date(2026, 8, 12), days_off=AUTUMN_BREAK
)


@pytest.mark.parametrize("text", ["2026-27", "2026/27", "2026-2027", " 2026-27 "])
def test_a_year_is_read_as_people_write_it(text: str) -> None:
    assert Year.parse(text) == Year(2026)


@pytest.mark.parametrize(
    "text",
    ["2026", "2026-28", "26-27", "2027-26", "2026-2028", "2026–27", "0000-01", "", "20２6-27"],
)
def test_what_is_no_school_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no school year"):
        Year.parse(text)


@given(YEARS)
def test_a_year_reads_what_it_prints(year: Year) -> None:
    assert Year.parse(str(year)) == year


def test_a_year_over_the_turn_of_a_century_reads_what_it_prints() -> None:
    assert str(Year(2099)) == "2099-00"
    assert Year.parse("2099-00") == Year(2099)


@given(DAYS)
def test_every_day_lies_in_the_year_that_holds_it(day: date) -> None:
    year = Year.of(day)
    assert year.on(8, 1) <= day <= year.on(7, 31)
    assert year.on(day.month, day.day) == day


@given(YEARS)
def test_years_follow_one_another(year: Year) -> None:
    assert (year.next.previous, year.previous < year < year.next) == (year, True)
    assert year.on(7, 31) + DAY == year.next.on(8, 1)


def test_holidays_are_norways_and_no_more() -> None:
    assert sorted(holidays(2026)) == [
        date(2026, 1, 1),
        date(2026, 4, 2),
        date(2026, 4, 3),
        date(2026, 4, 5),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 14),
        date(2026, 5, 17),
        date(2026, 5, 24),
        date(2026, 5, 25),
        date(2026, 12, 25),
        date(2026, 12, 26),
    ]


def test_christmas_eve_and_new_years_eve_are_working_days_unless_the_school_is_off() -> None:
    assert is_statutory_day(date(2026, 12, 24))
    assert is_statutory_day(date(2026, 12, 31))


def test_in_2027_constitution_day_is_whit_monday() -> None:
    assert holidays(2027)[date(2027, 5, 17)] == "Andre pinsedag; Grunnlovsdag"
    assert len(holidays(2027)) == 11


def test_holidays_have_norwegian_names() -> None:
    assert holidays(2026)[date(2026, 5, 14)] == "Kristi himmelfartsdag"


@pytest.mark.parametrize(
    ("calendar_year", "weekends"),
    [
        (2025, ["02-01", "03-01", "05-31", "06-01", "06-15", "08-31"]),
        (2026, ["02-01", "03-01", "05-31"]),
        (2027, []),
        (2028, ["01-15", "06-10", "06-17", "10-01"]),
        (2029, ["06-10", "06-17", "09-15"]),
        (2030, ["06-01", "06-15", "08-31", "09-15"]),
    ],
)
def test_the_dates_of_the_wheel_that_fall_on_a_weekend(
    calendar_year: int, weekends: list[str]
) -> None:
    dates = ["01-15", "02-01", "03-01", "05-31", "06-01", "06-10", "06-15", "06-17"]
    dates += ["08-31", "09-15", "10-01"]
    found = [day for day in dates if date.fromisoformat(f"{calendar_year}-{day}").weekday() > 4]
    assert found == weekends


def test_the_tenth_of_june_2030_is_whit_monday() -> None:
    assert next_statutory_day(date(2030, 6, 10)) == date(2030, 6, 11)
    assert next_statutory_day(date(2030, 6, 8)) == date(2030, 6, 11)


def test_easter_moves_a_statutory_day_past_all_its_holidays() -> None:
    assert next_statutory_day(date(2027, 3, 25)) == date(2027, 3, 30)


@given(DAYS)
def test_a_statutory_day_is_the_first_possible_one(day: date) -> None:
    found = next_statutory_day(day)
    assert day <= found <= day + 6 * DAY
    assert is_statutory_day(found)
    assert not any(is_statutory_day(day + DAY * n) for n in range((found - day).days))


def test_the_autumn_half_ends_on_15_january_unless_the_school_says_otherwise() -> None:
    assert RUTE.autumn_end == date(2027, 1, 15)
    other = SchoolYear(Year(2026), RUTE.first_day, RUTE.last_day, autumn_end=date(2027, 1, 22))
    assert other.autumn_end == date(2027, 1, 22)


def test_days_off_are_no_working_days_but_statutory_ones() -> None:
    day = date(2026, 9, 30)
    assert (RUTE.is_working_day(day), is_statutory_day(day)) == (False, True)


def test_before_the_first_and_after_the_last_day_people_work_without_pupils() -> None:
    for day in (date(2026, 8, 14), date(2027, 6, 21)):
        assert (RUTE.is_working_day(day), RUTE.is_school_day(day)) == (True, False)


def test_the_working_day_before_a_weekend_in_a_break_lies_before_the_break() -> None:
    assert RUTE.previous_working_day(date(2026, 10, 4)) == date(2026, 9, 25)
    assert RUTE.next_working_day(date(2026, 9, 26)) == date(2026, 10, 5)


@given(st.dates(date(2026, 8, 1), date(2027, 7, 31)))
def test_a_working_day_is_its_own_neighbour(day: date) -> None:
    before, after = RUTE.previous_working_day(day), RUTE.next_working_day(day)
    assert RUTE.is_working_day(before)
    assert RUTE.is_working_day(after)
    assert (before == day) == (after == day) == RUTE.is_working_day(day)
    assert before <= day <= after


@given(
    st.dates(RUTE.first_day + 20 * DAY, RUTE.last_day - 60 * DAY),
    st.integers(min_value=1, max_value=14),
)
def test_school_days_counted_on_are_as_many_as_lie_between(day: date, count: int) -> None:
    end = RUTE.add_school_days(day, count)
    assert RUTE.is_school_day(end)
    assert RUTE.school_days_between(day, end) == count


@given(st.dates(date(2026, 8, 1), date(2027, 7, 31)), st.integers(min_value=0, max_value=30))
def test_counting_school_days_goes_both_ways(day: date, count: int) -> None:
    start = RUTE.next_working_day(day)
    start = start if RUTE.is_school_day(start) else RUTE.first_day
    assert RUTE.add_school_days(RUTE.add_school_days(start, count), -count) == start


def test_no_school_days_on_is_the_day_itself() -> None:
    assert RUTE.add_school_days(date(2026, 10, 3), 0) == date(2026, 10, 3)


def test_past_the_end_of_the_year_working_days_are_counted() -> None:
    assert RUTE.add_school_days(date(2027, 6, 17), 3) == date(2027, 6, 22)


def test_school_days_between_counts_neither_the_break_nor_the_first_day() -> None:
    assert RUTE.school_days_between(date(2026, 9, 25), date(2026, 10, 6)) == 2
    assert RUTE.school_days_between(date(2026, 10, 6), date(2026, 9, 25)) == 0
