"""`values` and `value`: what is registered, what is missing, and what is refused."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Ask, rows_of

PLACE = "--school lia --year 2026-27"


def listed(school: Ask, by: str = "rita", more: str = "") -> list[dict[str, Any]]:
    answer = school(f"values {PLACE} {more} --format json", by=by)
    assert answer.code == 0
    found: list[dict[str, Any]] = json.loads(answer.out)
    return found


def test_what_is_registered_is_listed_and_what_is_missing(school: Ask) -> None:
    before = listed(school)
    # S4, S5, R1 and ØK2 are counted twice a year; P11 and R3 are not developed.
    assert len(before) == 15 + 4 + 2
    assert {row["standing"] for row in before} == {"missing", "not_developed"}
    asked = f"value S8 {PLACE} --counted 0110 --value 12 --of 14 --source GSI"
    assert school(asked, by="olav").code == 0
    (row,) = [row for row in listed(school) if row["standing"] == "registered"]
    assert (row["indicator"], row["counted_on"], row["value"], row["of"], row["source"]) == (
        "S8",
        "2026-10-01",
        "12",
        "14",
        "GSI",
    )
    assert "fra før" in school(asked, by="olav").out
    assert listed(school, "eli", "--indicator ØK2")[0]["indicator"] == "OK2"
    text = school(f"values {PLACE}", by="rita")
    assert "ikke utviklet" in text.out
    acts = rows_of(school.url, "SELECT act FROM event WHERE table_name = 'figure_value'")
    assert acts == [("value",)]


def test_a_class_and_a_category(school: Ask) -> None:
    asked = f"value R1 {PLACE} --counted 0103 --category mestrer --class 3a --value 6 --of 12"
    assert school(asked, by="rita", now="2027-02-20T10:00").code == 0
    assert "3a" in school(f"values {PLACE}", by="rita").out
    assert "3a" not in school(f"values {PLACE}", by="eli").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("S8 --counted 0110 --value 101", "kan ikke være mer enn 100 prosent"),
        ("S8 --counted 0103 --value 10", "--counted: skriv 0110"),
        ("S8 --counted 2030-01-01 --value 10", "--counted: skriv 0110"),
        ("S4 --counted 0103 --value 0,5", "kan registreres fra 01.02.2027"),
        ("S8 --counted 0110 --value 10 --class 3a", "bare for hele skolen"),
        ("R1 --counted 0110 --value 10 --class f3", "--counted"),
        ("OK2 --counted 0110 --value 4 --category 3:1", "har ikke denne kategorien"),
        ("P11 --counted 0110 --value 4", "ikke ferdig utviklet"),
        ("S8 --counted 0110 --value ''", "Skriv minst én verdi"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(school: Ask, words: str, said: str) -> None:
    answer = school(f"value {words} {PLACE}", by="rita")
    assert (answer.code, said in answer.err) == (1, True), answer.err
    assert rows_of(school.url, "SELECT id FROM figure_value") == []


def test_a_figure_that_is_odd_is_registered_and_asked_about(school: Ask) -> None:
    asked = f"value S3 {PLACE} --counted 0110 --value"
    said = school(f"{asked} 480", by="rita").err
    assert "Stemmer det? 480\u00a0% er mer enn 100 prosent." in said
    assert "Stemmer det?" not in school(f"{asked} 80", by="rita").err
    assert rows_of(school.url, "SELECT value FROM figure_value") == [("80",)]


def test_thousands_are_written_apart(school: Ask) -> None:
    asked = f"value OK1a {PLACE} --counted 0103 --value 1030,2"
    assert school(asked, by="olav", now="2027-02-20T10:00").code == 0
    assert "1\u00a0030,2" in school(f"values {PLACE}", by="rita").out


def test_who_may(school: Ask) -> None:
    asked = f"value S8 {PLACE} --counted 0110 --value 12"
    for person in ("kari", "heidi", "eli", "ada"):
        assert school(asked, by=person).code == 1
    assert school(f"values {PLACE}", by="kari").code == 1
    assert school(f"{asked} --dry-run", by="rita").code == 0
    assert rows_of(school.url, "SELECT id FROM figure_value") == []
