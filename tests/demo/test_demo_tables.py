"""The demo's tables obey the rules of the import, on any day, and are the same every time."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from iopflow.demo import DemoFacts, write_tables
from iopflow.schoolyear import Year
from tests.demo.rules import Tables, broken, read

DAYS = [
    date(2026, 8, 25),
    date(2026, 11, 26),
    date(2026, 11, 28),
    date(2027, 1, 10),
    date(2027, 3, 1),
    date(2027, 6, 15),
    date(2027, 7, 10),
    date(2027, 8, 1),
    date(2028, 2, 29),
]


@dataclass(frozen=True)
class Written:
    """What the demo wrote for a day."""

    now: date
    folder: Path
    facts: DemoFacts
    tables: Tables


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[date], Written]:
    """The demo on a day; each day is written once for all tests."""

    @cache
    def write(now: date) -> Written:
        folder = tmp_path_factory.mktemp("demo")
        facts = write_tables(folder, now=now)
        return Written(now, folder, facts, read(folder))

    return write


Demo = Callable[[date], Written]
TODAY = date(2026, 11, 26)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("now", DAYS, ids=str)
def test_tables_obey_the_rules_of_the_import(written: Demo, now: date) -> None:
    assert broken(written(now).tables, now) == []


def test_tables_are_the_same_bytes_for_the_same_day(written: Demo, tmp_path: Path) -> None:
    first = written(TODAY)
    second = write_tables(tmp_path, now=TODAY)
    assert _bytes(first.folder) == _bytes(tmp_path)
    assert first.facts == second


def test_another_seed_gives_another_network_by_the_same_rules(
    written: Demo, tmp_path: Path
) -> None:
    now = date(2027, 6, 15)
    write_tables(tmp_path, now=now, seed=2)
    tables = read(tmp_path)
    assert broken(tables, now) == []
    assert tables["pupils"] != written(now).tables["pupils"]


def test_a_later_day_only_adds_to_what_happened(written: Demo) -> None:
    early = {tuple(row.values()) for row in written(TODAY).tables["happenings"]}
    late = {tuple(row.values()) for row in written(date(2027, 3, 1)).tables["happenings"]}
    assert early - late == set()
    assert len(late) > len(early)


def test_files_open_in_a_norwegian_spreadsheet(written: Demo) -> None:
    for name, content in _bytes(written(TODAY).folder).items():
        assert content.startswith(b"\xef\xbb\xbf"), name
        assert b";" in content.splitlines()[0], name


def test_schools_have_twelve_sixty_and_four_hundred_pupils(written: Demo) -> None:
    sizes = Counter(
        row["school"]
        for row in written(TODAY).tables["enrolments"]
        if row["from"] <= "2026-10-15" <= (row["to"] or "9999")
    )
    assert sizes == {"vesleskjer": 12, "tussevik": 60, "makeskjer": 400}


def test_coming_year_has_a_skolerute_on_every_day(written: Demo) -> None:
    for now, first in ((TODAY, 2022), (date(2027, 7, 10), 2022), (date(2027, 8, 1), 2023)):
        years = [
            row["year"]
            for row in written(now).tables["school_years"]
            if row["school"] == "tussevik"
        ]
        assert years == [str(Year(first + n)) for n in range(6)]


def test_no_address_belongs_to_anybody(written: Demo) -> None:
    folder = written(TODAY).folder
    text = "".join(path.read_text(encoding="utf-8-sig") for path in folder.iterdir())
    assert set(re.findall(r"@([\w.-]+)", text)) == {"example.no"}
    assert "http" not in text


@pytest.mark.parametrize("now", DAYS, ids=str)
def test_everybody_offered_for_log_in_holds_the_role(written: Demo, now: date) -> None:
    demo = written(now)
    held = {
        (row["person"], row["role"], row["at"])
        for row in demo.tables["roles"]
        if row["from"] <= str(now) <= (row["to"] or "9999")
    }
    offered = [(login.person, login.role, login.at) for login in demo.facts.logins]
    assert [who for who in offered if who not in held] == []
    assert len(offered) >= 12


def test_examples_are_ids_of_the_tables(written: Demo) -> None:
    demo = written(TODAY)
    ids = {row["pupil"] for row in demo.tables["pupils"]}
    ids |= {row["unit"] for row in demo.tables["units"]}
    ids |= {row["school"] for row in demo.tables["schools"]}
    ids |= {row["step"] for row in demo.tables["happenings"]}
    assert {word: key for word, key in demo.facts.examples.items() if key not in ids} == {}
    assert len(demo.facts.examples) == 9


def test_the_boundary_cases_of_the_contract_are_there(written: Demo) -> None:
    tables = written(date(2027, 7, 10)).tables
    special = [row for row in tables["enrolments"] if row["school"] == "tussevik"]
    assert {"2026-09-03", "2026-09-04", "2026-10-12"} <= {row["from"] for row in special}
    assert "2026-09-18" in {row["to"] for row in special}
    # Somebody moved from one school of the network to another in the middle of a year.
    moved = {row["from"] for row in tables["enrolments"] if row["school"] == "vesleskjer"}
    assert "2026-01-06" in moved
    assert {row["outcome"] for row in tables["vedtak"]} == {"granted", "partly", "refused"}
    assert {row["answer"] for row in tables["consents"]} == {"given", "refused", "withdrawn"}
    assert {row["what"] for row in tables["happenings"]} == {
        "done",
        "not_applicable",
        "invited",
        "held",
        "declined",
        "no_reply",
        "cancelled",
        "not_possible",
        "present",
        "delay",
    }
    assert sum(row["protected"] == "ja" for row in tables["pupils"]) == 3
    assert any(not row["valid_to"] for row in tables["vedtak"] if row["outcome"] != "refused")
