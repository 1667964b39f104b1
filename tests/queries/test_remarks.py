"""What a school has said of its figures and done about them, read for a year and the one before."""

from datetime import date

import pytest
from sqlmodel import Session

from iopflow.queries.access import EVERYONE, viewer
from iopflow.queries.remarks import (
    answerable,
    deviations_of,
    holding,
    may_end,
    measures_for,
    remarks_of,
    writable,
)
from iopflow.schoolyear import Year
from tests.factories import TODAY, YEAR, Lia, lia


@pytest.fixture
def cast(session: Session) -> Lia:
    """Lia with a comment, measures of two years and two deviations; Fjell with its own."""
    cast = lia(session)
    _comment(cast, "lia", 2026, "P1", "Vi venter på PPT.")
    _comment(cast, "lia", 2026, "P2", "")
    _comment(cast, "lia", 2025, "P1", "Gammelt.")
    _comment(cast, "fjell", 2026, "P1", "Fjells egen.")
    _measure(cast, "lia", 2026, "P1", "heidi", due=date(2026, 12, 1))
    _measure(cast, "lia", 2026, "T1", "rita", due=date(2026, 11, 1))
    _measure(cast, "lia", 2025, "P1", "heidi", due=date(2026, 5, 1), done_on=date(2026, 4, 1))
    _measure(cast, "lia", 2024, "P1", "heidi", due=date(2025, 5, 1), closed_on=date(2025, 4, 1))
    _measure(cast, "fjell", 2026, "P1", "siri", due=date(2026, 12, 1))
    for number, (school, year) in enumerate((("lia", 2026), ("lia", 2025), ("fjell", 2026))):
        cast.add(
            "deviation",
            school_id=cast.ids[school],
            year=year,
            indicator="P1",
            tasks="12,15" if number == 0 else "",
            pupils=2,
            cause="kapasitet_ppt",
            description="For sent.",
            correction="Melder før jul.",
            raised_on=date(2026, 11, 1),
            due=date(2026, 11, 15),
        )
    return cast


def _comment(cast: Lia, school: str, year: int, code: str, text: str) -> None:
    cast.add(
        "indicator_comment",
        school_id=cast.ids[school],
        year=year,
        indicator=code,
        text=text,
        on_day=date(2026, 11, 1),
    )


def _measure(cast: Lia, school: str, year: int, code: str, person: str, **said: date) -> None:
    cast.add(
        "measure",
        school_id=cast.ids[school],
        year=year,
        indicator=code,
        text=f"Tiltak {year}",
        person_id=cast.ids[person],
        decided_on=date(year, 9, 1),
        **said,
    )


def test_a_year_has_its_remarks_and_the_measures_of_the_year_before(cast: Lia) -> None:
    found = remarks_of(cast.session, cast.ids["lia"], YEAR)

    assert sorted(found) == ["P1", "T1"]
    assert found["P1"].comment == "Vi venter på PPT."
    assert [(one.text, one.person) for one in found["P1"].measures] == [("Tiltak 2026", "Heidi")]
    assert [(one.year, one.done_on) for one in found["P1"].earlier] == [
        (Year(2025), date(2026, 4, 1))
    ]
    assert found["T1"].comment == ""
    assert not found["T1"].earlier


def test_a_year_without_anything_has_no_remarks(cast: Lia) -> None:
    assert remarks_of(cast.session, cast.ids["lia"], Year(2029)) == {}


def test_a_person_has_the_open_measures_and_sees_which_are_overdue(cast: Lia) -> None:
    (heidi,) = measures_for(cast.session, [cast.ids["heidi"]])
    (rita,) = measures_for(cast.session, [cast.ids["rita"]])

    assert (heidi.indicator, heidi.is_overdue(TODAY)) == ("P1", False)
    assert (rita.indicator, rita.is_overdue(TODAY)) == ("T1", True)


def test_whoever_comes_later_has_a_place_at_the_school_already(cast: Lia) -> None:
    cast.grant("gro", "kontaktlaerer", "unit", "3b", starts=date(2026, 12, 1))
    cast.grant("olav", "kontaktlaerer", "unit", "3b", ends=date(2026, 11, 25))
    cast.grant("tora", "tilsyn", "school", "lia")
    lia_school = cast.ids["lia"]
    found = {person for _school, person in holding(cast.session, [lia_school], today=TODAY)}
    now = {person for person, _name in answerable(cast.session, lia_school, today=TODAY)}
    everyone = {cast.ids[key]: key for key in ("gro", "olav", "tora", "kari", "heidi", "rita")}
    assert {everyone[one] for one in found} == {"gro", "kari", "heidi", "rita"}
    assert {everyone[one] for one in now} == {"kari", "heidi", "rita"}


def test_one_ends_what_is_ones_own_or_of_a_school_where_one_writes(cast: Lia) -> None:
    school = cast.ids["lia"]
    who = {key: viewer(cast.session, key, today=TODAY) for key in ("rita", "heidi", "kari", "siri")}
    at = {key: writable(cast.session, one) for key, one in who.items()}
    assert at == {"rita": {school}, "heidi": set(), "kari": set(), "siri": set()}
    heidi = cast.ids["heidi"]

    def may(key: str, person_id: int | None) -> bool:
        return may_end(who[key], at[key], school_id=school, person_id=person_id)

    assert [may(key, heidi) for key in who] == [True, True, False, False]
    assert [may(key, None) for key in who] == [True, False, False, False]
    assert not may_end(EVERYONE, set(), school_id=school, person_id=None)


def test_deviations_are_of_the_school_and_the_year(cast: Lia) -> None:
    (one,) = deviations_of(cast.session, cast.ids["lia"], YEAR)

    assert (one.tasks, one.pupils, one.is_open) == ((12, 15), 2, True)
    assert len(deviations_of(cast.session, cast.ids["lia"], None)) == 2
