"""The wheels that ship: what the documents settle about them, and the sample skoleruter."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from iopflow.days import Day
from iopflow.resources import resource_dir
from iopflow.schoolyear import SchoolYear, Year
from iopflow.wheel import BINDING, load

WHEEL, NETWORK = load("spesialskole"), load("ikit")
EVERY = (*WHEEL.steps, *NETWORK.steps)


def keys(**wanted: object) -> set[str]:
    """The steps of the school's wheel with these values."""
    return {
        step.key
        for step in WHEEL.steps
        if all(getattr(step, name) == value for name, value in wanted.items())
    }


def test_there_are_49_steps() -> None:
    assert (len(WHEEL.steps), len(NETWORK.steps)) == (39, 10)
    assert Counter(step.key.split(".")[0] for step in EVERY) == {"iop": 27, "case": 12, "ikit": 10}


def test_the_year_round_duties_are_seen_and_never_ticked() -> None:
    assert {step.key for step in WHEEL.steps if step.kind in {"recurring", "on_demand"}} == {
        "iop.periodemal",
        "iop.meld_ressursteam",
        "iop.kontakt_tekta",
        "iop.film_praksis",
    }
    assert not any(
        step.opens_tasks_in(Year(2026))
        for step in WHEEL.steps
        if step.kind in {"recurring", "on_demand", "timer", "event"}
    )
    assert keys(off=True) == {"iop.film_praksis"}


@pytest.mark.parametrize(
    ("cohort", "expected"),
    [
        (
            "enrolled",
            "iop.elevsamtale_host iop.elevsamtale_var iop.malvalgsamtale iop.utviklingssamtale",
        ),
        ("iop_current", "iop.klar_skolestart iop.malvalg"),
        ("iop_new", "iop.ferdig_nye iop.forenklet_nye"),
        (
            "need",
            """case.henvisning_ppt case.samtykke_utredning iop.pedagogisk_rapport
            iop.sakkyndig_vurdering""",
        ),
        ("uten_vedtak", "case.samtykke_vedtak case.underretning iop.enkeltvedtak"),
        (
            "iop",
            """case.overgang iop.arsevaluering iop.halvarsevaluering iop.kvalitetssikring
            iop.samarbeidsmote iop.teste_justere""",
        ),
    ],
)
def test_who_gets_which_step(cohort: str, expected: str) -> None:
    assert keys(cohort=cohort) == set(expected.split())


def test_conversations_and_meetings_are_held_and_all_else_is_done() -> None:
    assert {step.key for step in EVERY if step.happening == "held"} == {
        step.key for step in EVERY if step.kind in {"conversation", "meeting"}
    }
    assert WHEEL["iop.samarbeidsmote"].happening == "held"
    assert {step.key for step in EVERY if step.many} == {
        "iop.foreldremote_host",
        "iop.foreldremote_var",
    }


def test_the_steps_of_the_case_follow_from_facts() -> None:
    assert {step.key: step.fact for step in EVERY if step.fact} == {
        "iop.sakkyndig_vurdering": "assessment.received_on",
        "iop.enkeltvedtak": "vedtak.decided_on",
        "case.samtykke_utredning": "consent.utredning",
        "case.samtykke_vedtak": "consent.vedtak",
        "case.henvisning_ppt": "assessment.referred_on",
        "case.underretning": "vedtak.notified_on",
    }


def test_happenings_are_recorded_on_steps_without_a_table_of_their_own() -> None:
    assert {step.key for step in WHEEL.steps if not step.recordable} == {
        step.key
        for step in WHEEL.steps
        if step.fact or step.kind in {"recurring", "on_demand", "timer"}
    }
    assert WHEEL["case.melding_rektor"].recordable


def test_a_year_rests_without_a_vedtak_only_for_those_who_have_a_plan() -> None:
    assert WHEEL["iop.teste_justere"].needs_vedtak
    assert not WHEEL["iop.elevsamtale_host"].needs_vedtak


def test_the_version_of_a_wheel_follows_what_it_says() -> None:
    first, *rest = WHEEL.steps
    other = replace(WHEEL, steps=(replace(first, note="Endret"), *rest))
    assert load("spesialskole").version == WHEEL.version
    assert len({WHEEL.version, NETWORK.version, other.version}) == 3
    assert len(WHEEL.version) == 12


def test_a_step_lives_from_its_first_year_to_its_last() -> None:
    step = replace(WHEEL["iop.workshop"], since=Year(2025), until=Year(2026))
    assert [step.opens_tasks_in(Year(year)) for year in range(2024, 2028)] == [
        False,
        True,
        True,
        False,
    ]


def test_only_the_law_refuses() -> None:
    assert {step.key: step.hard for step in EVERY if step.hard} == {
        "iop.sakkyndig_vurdering": ("case.samtykke_utredning",),
        "iop.enkeltvedtak": ("iop.sakkyndig_vurdering", "case.samtykke_vedtak"),
        "iop.klar_skolestart": ("iop.enkeltvedtak",),
        "iop.forenklet_nye": ("iop.enkeltvedtak",),
        "iop.ferdig_nye": ("iop.enkeltvedtak",),
    }


def test_the_law_sets_the_date_of_few_steps() -> None:
    assert {step.key for step in WHEEL.steps if step.date_basis in BINDING} == {
        "iop.elevsamtale_host",
        "iop.elevsamtale_var",
        "case.forelopig_svar",
        "case.klagefrist",
        "case.fyller_15",
    }


def test_every_step_of_law_names_its_paragraph_and_every_step_its_source() -> None:
    assert [
        step.key for step in EVERY if step.basis in BINDING and "§" not in (step.law or "")
    ] == []
    assert [step.key for step in EVERY if not step.source] == []


def test_the_limits_are_those_of_the_figures() -> None:
    assert {step.key: str(step.limit) for step in EVERY if step.limit} == {
        "iop.arsevaluering": "school_end",
        "iop.enkeltvedtak": "school_end",
        "iop.malvalgsamtale": "school_end",
        "iop.utviklingssamtale": "03-01",
    }


def test_the_assessment_is_due_on_31_may_for_all_and_counted_on_the_day() -> None:
    step = WHEEL["iop.sakkyndig_vurdering"]
    assert (str(step.due), step.weekend) == ("05-31", "counting")
    assert "06-15" in (step.note or "")


def test_the_quality_assurance_follows_the_skolerute() -> None:
    step = WHEEL["iop.kvalitetssikring"]
    assert (str(step.opens), str(step.due), step.scope) == (
        "school_end",
        "next.planning_day",
        "pupil",
    )


def test_every_dated_step_says_when_it_opens() -> None:
    undated = {
        step.key
        for step in EVERY
        if step.due is not None and step.opens is None and not step.due.day.is_fact
    }
    assert undated == set()


def test_the_counting_dates_have_the_checklists_of_the_network() -> None:
    assert {step.key: len(step.checklist) for step in NETWORK.steps if step.checklist} == {
        "ikit.telling_0103": 9,
        "ikit.telling_skoleslutt": 7,
        "ikit.telling_0110": 7,
    }


def test_the_gathering_in_september_looks_at_the_june_before() -> None:
    assert NETWORK["ikit.samling_3"].after_previous == ("ikit.telling_skoleslutt",)


def _table(name: str) -> list[dict[str, str]]:
    path = resource_dir("calendars") / "skoleruter" / "eksempel" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _sample() -> list[tuple[str, SchoolYear]]:
    off: dict[str, set[date]] = {}
    for row in _table("days_off"):
        first = date.fromisoformat(row["from"])
        last = date.fromisoformat(row["to"] or row["from"])
        days = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        off.setdefault(row["school"], set()).update(days)
    return [
        (
            row["school"],
            SchoolYear(
                Year.parse(row["year"]),
                date.fromisoformat(row["first_day"]),
                date.fromisoformat(row["last_day"]),
                date.fromisoformat(row["planning_day"]),
                days_off=frozenset(off[row["school"]]),
            ),
        )
        for row in _table("school_years")
    ]


def test_the_sample_skoleruter_hold_six_years_of_two_invented_schools() -> None:
    schools = [row["school"] for row in _table("schools")]
    assert [(school, str(rute.year)) for school, rute in _sample()] == [
        (school, str(Year(year))) for school in schools for year in range(2023, 2029)
    ]
    assert {row["wheel"] for row in _table("schools")} == {"spesialskole"}


def test_every_sample_year_has_190_school_days_in_a_frame_of_45_weeks() -> None:
    for _school, rute in _sample():
        days = list(rute.school_days(rute.first_day, rute.last_day))
        assert len(days) == 190  # 38 weeks, opplæringslova § 14-1
        assert (days[0], days[-1]) == (rute.first_day, rute.last_day)
        assert (rute.last_day - rute.first_day).days <= 45 * 7


def test_every_sample_year_dates_every_step() -> None:
    for school in {school for school, _rute in _sample()}:
        ruter = {rute.year: rute for name, rute in _sample() if name == school}
        for step in EVERY:
            wheel = WHEEL if step.key in WHEEL else NETWORK
            found = wheel.dates(step, Year(2027), ruter.get)
            fact = step.due is not None and step.due.day.is_fact
            assert (found.due is None) == (step.due is None or fact)


def test_days_of_the_wheel_print_as_they_are_written() -> None:
    text = (resource_dir("calendars") / "wheels" / "spesialskole.toml").read_text(encoding="utf-8")
    for step in WHEEL.steps:
        for days in step.all_days:
            assert f'"{days}"' in text
            assert all(Day.parse(str(day)) == day for day in days.all_days)
