"""The real days of the shipped wheel: the year served, weekends, late arrivals, facts, limits."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.days import Days
from iopflow.schoolyear import SchoolYear, Year
from iopflow.wheel import Dates, MissingSkolerute, load

WHEEL, NETWORK = load("spesialskole"), load("ikit")
SERVED = Year(2027)
RUTER = {
    Year(2026): SchoolYear(Year(2026), date(2026, 8, 17), date(2027, 6, 18), date(2026, 8, 12)),
    Year(2027): SchoolYear(Year(2027), date(2027, 8, 16), date(2028, 6, 16), date(2027, 8, 11)),
}


def dates(key: str, **more: object) -> tuple[str | None, ...]:
    """The days of a step that serves 2027-28."""
    wheel = WHEEL if key in WHEEL else NETWORK
    found = wheel.dates(wheel[key], SERVED, RUTER.get, **more)  # type: ignore[arg-type]
    days = (found.opens, found.due, found.limit)
    return tuple(None if day is None else day.isoformat() for day in days)


@pytest.mark.parametrize(
    ("key", "opens", "due", "limit"),
    [
        ("iop.pedagogisk_rapport", "2026-12-04", "2027-01-15", None),
        ("iop.ppt_samarbeidsmoter", "2027-02-01", "2027-05-31", None),
        ("iop.sakkyndig_vurdering", "2027-01-15", "2027-05-31", None),
        ("iop.malvalg", "2027-04-19", "2027-05-31", None),
        ("iop.malvalgsamtale", "2027-04-05", "2027-05-31", "2027-06-18"),
        ("iop.etablere_team", "2027-05-04", "2027-06-01", None),
        ("iop.soknad_faglaerertimer", "2027-05-04", "2027-06-01", None),
        ("iop.enkeltvedtak", "2027-06-01", "2027-06-17", "2027-06-18"),
        ("iop.workshop", "2027-06-01", "2027-06-10", None),
        ("iop.kvalitetssikring", "2027-06-18", "2027-08-11", None),
        ("iop.klar_skolestart", "2027-06-01", "2027-08-16", None),
        ("iop.forenklet_nye", "2027-06-01", "2027-08-16", None),
        ("iop.felles_tema", "2027-08-16", "2027-08-31", None),
        ("iop.teste_justere", "2027-08-16", "2027-09-15", None),
        ("iop.samarbeidsmote", "2027-08-16", "2027-09-15", None),
        ("iop.foreldremote_host", "2027-08-16", "2027-09-27", None),
        ("iop.ferdig_nye", "2027-08-16", "2027-10-01", None),
        ("iop.elevsamtale_host", "2027-08-16", "2028-01-15", None),
        ("iop.utviklingssamtale", "2027-11-01", "2028-01-15", "2028-03-01"),
        ("iop.halvarsevaluering", "2027-12-04", "2028-01-15", None),
        ("iop.elevsamtale_var", "2028-01-16", "2028-06-16", None),
        ("iop.foreldremote_var", "2028-01-15", "2028-05-31", None),
        ("iop.arsevaluering", "2028-04-19", "2028-05-31", "2028-06-16"),
        ("iop.periodemal", None, None, None),
        ("case.samtykke_vedtak", None, None, None),
        ("ikit.telling_0110", "2027-09-03", "2027-10-01", None),
        ("ikit.samling_4", "2027-10-01", "2027-11-30", None),
        ("ikit.samling_1", "2028-01-01", "2028-02-29", None),
        ("ikit.telling_0103", "2028-02-02", "2028-03-01", None),
        ("ikit.telling_skoleslutt", "2028-05-19", "2028-06-16", None),
    ],
)
def test_the_year_2027_28_of_the_shipped_wheels(
    key: str, opens: str | None, due: str | None, limit: str | None
) -> None:
    assert dates(key) == (opens, due, limit)


def test_a_step_that_serves_the_next_year_is_done_in_the_spring_before() -> None:
    every = [step for step in WHEEL.steps if step.serves == "next" and step.due and step.cohort]
    assert {
        step.key
        for step in every
        if (due := WHEEL.dates(step, SERVED, RUTER.get).due) and due > date(2027, 7, 31)
    } == {"iop.kvalitetssikring"}


def test_the_dates_of_a_weekend_stay_and_the_reminder_aims_at_the_friday() -> None:
    rute = RUTER[Year(2027)]
    step = WHEEL["iop.halvarsevaluering"]
    due = WHEEL.dates(step, SERVED, RUTER.get).due
    assert due == date(2028, 1, 15)
    assert due.weekday() == 5
    assert WHEEL.reminder_day(step, due, rute) == date(2028, 1, 14)


def test_a_counting_date_is_aimed_at_on_the_day_itself() -> None:
    count = date(2028, 10, 1)
    rute = SchoolYear(Year(2028), date(2028, 8, 21), date(2029, 6, 22))
    assert count.weekday() == 6
    assert NETWORK.reminder_day(NETWORK["ikit.telling_0110"], count, rute) == count


@pytest.mark.parametrize(
    ("arrived", "expected"),
    [
        ("2027-05-03", "2027-05-24"),  # three weeks on, a Monday
        ("2027-04-24", "2027-05-18"),  # a Saturday: past Whit Monday, which is 17 May
        ("2027-03-04", "2027-03-30"),  # Maundy Thursday: past Easter
        ("2027-07-01", "2027-07-22"),  # summer does not stop it
    ],
)
def test_the_appeal_period_ends_on_the_next_working_day(arrived: str, expected: str) -> None:
    facts = {"vedtak.arrived_on": date.fromisoformat(arrived)}
    assert dates("case.klagefrist", facts=facts) == (None, expected, None)


@pytest.mark.parametrize(
    ("key", "fact", "on", "due"),
    [
        ("case.ppt_frist", "assessment.complete_on", "2026-11-30", "2027-02-28"),
        ("case.forelopig_svar", "assessment.received_on", "2027-01-31", "2027-03-01"),
        ("case.underretning", "vedtak.decided_on", "2027-06-12", "2027-06-12"),
        ("case.vedtak_utlop", "vedtak.valid_to", "2027-08-31", "2027-02-28"),
        ("case.sv_utlop", "assessment.valid_to", "2027-07-31", "2026-10-31"),
        ("case.fyller_15", "pupil.birth_month", "2012-02-01", "2027-02-01"),
    ],
)
def test_a_timer_counts_from_its_fact_and_is_nothing_without(
    key: str, fact: str, on: str, due: str
) -> None:
    assert dates(key) == (None, None, None)
    assert dates(key, facts={fact: date.fromisoformat(on)})[1] == due


@pytest.mark.parametrize(
    ("key", "opens", "due"),
    [
        ("iop.forenklet_nye", "2027-10-04", "2027-10-18"),
        ("iop.ferdig_nye", "2027-10-04", "2027-11-01"),
    ],
)
def test_who_comes_late_has_weeks_of_their_own(key: str, opens: str, due: str) -> None:
    assert dates(key, arrival=date(2027, 10, 4)) == (opens, due, None)


def test_who_comes_late_has_the_days_of_all_where_the_step_says_nothing_else() -> None:
    assert dates("iop.halvarsevaluering", arrival=date(2027, 10, 4)) == dates(
        "iop.halvarsevaluering"
    )


def test_an_opening_day_of_late_arrivals_own_is_used() -> None:
    step = WHEEL["iop.ferdig_nye"]
    own = replace(step, opens=Days.parse("school_start | late: arrival + 1w"))
    found = WHEEL.dates(own, SERVED, RUTER.get, arrival=date(2027, 10, 4))
    assert found == Dates(date(2027, 10, 11), date(2027, 11, 1), None)


def test_a_school_that_ends_early_has_its_own_date_on_the_limit() -> None:
    short = SchoolYear(Year(2026), date(2026, 8, 17), date(2027, 6, 11))
    found = WHEEL.dates(WHEEL["iop.enkeltvedtak"], SERVED, {short.year: short}.get)
    assert found == Dates(date(2027, 6, 1), date(2027, 6, 11), date(2027, 6, 11))


def test_a_skolerute_that_is_missing_is_named() -> None:
    only = {Year(2026): RUTER[Year(2026)]}
    with pytest.raises(MissingSkolerute) as caught:
        WHEEL.dates(WHEEL["iop.kvalitetssikring"], SERVED, only.get)
    assert caught.value.year == SERVED


@given(
    year=st.integers(min_value=2023, max_value=2040),
    start=st.integers(min_value=13, max_value=21),
    end=st.integers(min_value=5, max_value=28),
    arrival=st.none() | st.integers(min_value=1, max_value=200),
    grade=st.none() | st.integers(min_value=1, max_value=10),
)
def test_in_any_year_a_step_opens_before_it_is_due_and_is_due_within_its_limit(
    year: int, start: int, end: int, arrival: int | None, grade: int | None
) -> None:
    def rute(one: Year) -> SchoolYear:
        return SchoolYear(one, one.on(8, start), one.on(6, end))

    served = Year(year)
    came = arrival and rute(served).first_day + timedelta(days=arrival)
    for wheel in (WHEEL, NETWORK):
        for step in wheel.steps:
            found = wheel.dates(step, served, rute, grade=grade, arrival=came or None)
            days = [day for day in (found.opens, found.due, found.limit) if day is not None]
            assert days == sorted(days)
            assert all(served.previous.on(8, 1) <= day <= served.next.on(7, 31) for day in days)
