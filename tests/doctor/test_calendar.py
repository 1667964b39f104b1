"""Skoleruter, years that are open, schools in use, and days on which somebody is reminded."""

from datetime import UTC, date, datetime

import pytest

from iopflow.doctor.calendar import asks_for_next, reminded_on
from iopflow.schoolyear import SchoolYear, Year
from tests.doctor.conftest import Schools

RUTER = {
    Year(2026): SchoolYear(
        Year(2026), date(2026, 8, 17), date(2027, 6, 18), planning_day=date(2026, 8, 12)
    )
}


def without(healthy: Schools, year: int, school: str = "fjell") -> None:
    healthy.run(
        "DELETE FROM school_year WHERE year = :year"
        " AND school_id = (SELECT id FROM school WHERE key = :school)",
        year=year,
        school=school,
    )


def test_a_school_in_use_without_this_years_skolerute(healthy: Schools) -> None:
    without(healthy, 2026)
    (found,) = healthy.found("skolerute", "opened")
    assert (found.severity.value, found.school) == ("problem", "fjell")
    assert found.wrong == "Skoleruten for 2026-27 mangler."


def test_next_years_is_asked_for_from_1_november(healthy: Schools) -> None:
    without(healthy, 2027)
    (found,) = healthy.found("skolerute", "opened")
    assert (found.severity.value, found.wrong) == ("warning", "Skoleruten for 2027-28 mangler.")
    healthy.now = datetime(2026, 10, 31, 20, tzinfo=UTC)
    assert healthy.found("skolerute", "opened") == []


@pytest.mark.parametrize(
    ("day", "asked"),
    [("2026-10-31", False), ("2026-11-01", True), ("2027-07-31", True), ("2027-08-01", False)],
)
def test_the_days_on_which_the_next_year_should_be_there(day: str, asked: bool) -> None:
    assert asks_for_next(date.fromisoformat(day)) is asked


def test_a_year_that_was_not_opened(healthy: Schools) -> None:
    healthy.run("UPDATE school_year SET opened_at = NULL WHERE year = 2027")
    found = healthy.found("opened")
    assert [(one.school, one.severity.value) for one in found] == [
        ("fjell", "warning"),
        ("lia", "warning"),
    ]
    assert found[1].remedy == "Skriv «iopflow rollover 2027-28 --school lia --apply»."
    healthy.run("UPDATE school_year SET opened_at = NULL WHERE year = 2026")
    assert {one.severity.value for one in healthy.found("opened")} == {"problem", "warning"}


def test_a_school_with_tasks_that_is_not_in_use(healthy: Schools) -> None:
    healthy.run("UPDATE school SET live_from = NULL WHERE key = 'fjell'")
    (found,) = healthy.found("live", "skolerute", "opened", "reminder")
    assert (found.check, found.school) == ("live", "fjell")
    assert found.remedy == "Skriv «iopflow go-live --from DATO --school fjell»."


def test_a_date_of_a_year_without_skolerute_is_never_reminded_of(healthy: Schools) -> None:
    without(healthy, 2027, "lia")
    (found,) = healthy.found("reminder")
    assert (found.severity.value, found.school) == ("problem", "lia")
    assert found.wrong.startswith("Ingen blir minnet, for skoleruten 2027-28 mangler: ")
    assert "(15.09.2027)" in found.wrong


def test_a_date_in_the_summer_is_never_reminded_of(healthy: Schools) -> None:
    healthy.run("UPDATE task SET due = '2027-07-15' WHERE step = 'iop.malvalg' AND year = 2027")
    (found,) = healthy.found("reminder")
    assert found.severity.value == "warning"
    assert "de to ukene før" in found.wrong
    assert "(15.07.2027)" in found.wrong


@pytest.mark.parametrize(
    ("due", "first"),
    [
        ("2026-11-26", "2026-11-16"),  # the digest of a Monday, up to a fortnight before
        ("2026-08-12", "2026-08-12"),  # the planning day has the first mail of the year
        ("2026-08-11", None),
        ("2027-06-30", "2027-06-18"),  # the nudge of the last school day
        ("2027-07-15", None),
        ("2028-01-15", None),
    ],
)
def test_the_first_mail_that_tells_of_a_date(due: str, first: str | None) -> None:
    found = reminded_on(RUTER, date.fromisoformat(due))
    assert found == (date.fromisoformat(first) if first else None)


def test_nothing_is_told_before_the_school_is_in_use() -> None:
    due = date(2026, 11, 26)
    assert reminded_on(RUTER, due, since=date(2026, 11, 24)) == date(2026, 11, 25)
    assert reminded_on(RUTER, due, since=date(2026, 11, 27)) is None
