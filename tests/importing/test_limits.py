"""Somebody who imports for one school leaves the other schools' rows alone."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from iopflow import importing
from iopflow.queries.imports import Importer
from tests.importing import kit

LIA = {"school": "lia"}


def _plan(session: Session, folder: Path, school: str) -> importing.Plan:
    found = session.execute(text("SELECT id FROM school WHERE key = :key"), {"key": school})
    return importing.plan(
        session,
        importing.read(folder),
        kit.RULES,
        now=kit.LATER,
        by=Importer(frozenset({found.scalar_one()})),
    )


@pytest.fixture
def folder(session: Session, tmp_path: Path) -> Path:
    """Both schools, each with a pupil, as they stand in the database."""
    tables = kit.base()
    tables["pupils"].append({"pupil": "f-1", "name": "Nils Fjell"})
    tables["enrolments"].append(
        {"pupil": "f-1", "school": "fjell", "from": "2026-08-01", "class": "f3", "grade": "3"}
    )
    folder = kit.write(tmp_path / "all", tables)
    kit.apply(session, folder)
    return folder


def test_a_limit_is_told_beside_what_else_is_wrong(session: Session, folder: Path) -> None:
    rows = [
        {"pupil": "v-1", "school": "fjell", "from": "2028-08-01", "class": "f3", "grade": "x"},
        {"pupil": "v-1", "school": "lia", "from": "2025-08-01", "class": "3a", "grade": "x"},
    ]
    made = _plan(session, kit.write(folder / "b", {"enrolments": rows}), "lia")
    assert [(one.row, one.column) for one in made.refused] == [
        (2, "grade"),
        (2, "school"),
        (3, "grade"),
    ]


def test_what_is_as_it_was_is_never_refused(session: Session, folder: Path) -> None:
    made = _plan(session, folder, "lia")
    assert made.refused == []
    assert made.changes_something is False


@pytest.mark.parametrize(
    ("file", "row", "column"),
    [
        ("schools", kit.base()["schools"][1] | {"name": "Nytt navn"}, "school"),
        ("schools", kit.base()["schools"][0] | {"school": "ny"}, "school"),
        ("school_years", kit.base()["school_years"][2] | {"planning_day": "2026-08-14"}, "school"),
        ("days_off", {"school": "fjell", "from": "2026-12-21", "what": "jul"}, "school"),
        ("units", {"unit": "f4", "school": "fjell", "kind": "klasse", "name": "4"}, "school"),
        ("people", kit.base()["people"][0] | {"login": "tyv@example.no"}, "person"),
        ("ppt_offices", kit.base()["ppt_offices"][0] | {"name": "Ny"}, "ppt"),
        ("pupils", {"pupil": "f-1", "name": "Nytt navn"}, "pupil"),
        (
            "roles",
            {"person": "kari", "role": "admin", "at": "owner:eikedal", "from": "2026-08-01"},
            "at",
        ),
        (
            "roles",
            {"person": "kari", "role": "rektor", "at": "school:fjell", "from": "2026-08-01"},
            "at",
        ),
        (
            "roles",
            {"person": "kari", "role": "faglaerer", "at": "unit:f3", "from": "2026-08-01"},
            "at",
        ),
        (
            "roles",
            {"person": "kari", "role": "faglaerer", "at": "pupil:f-1", "from": "2026-08-01"},
            "at",
        ),
        (
            "enrolments",
            {"pupil": "v-1", "school": "fjell", "from": "2028-08-01", "grade": "4"},
            "school",
        ),
        (
            "assessments",
            {"pupil": "f-1", "for_year": "2026-27", "needed_since": "2026-01-01"},
            "pupil",
        ),
        (
            "moves",
            {"pupil": "f-1", "for_year": "2026-27", "what": "measures", "on": "2026-09-01"},
            "pupil",
        ),
        (
            "supports",
            {"pupil": "f-1", "kind": "fysisk", "sought_on": "2026-09-01"},
            "pupil",
        ),
        (
            "happenings",
            {
                "year": "2026-27",
                "step": "iop.elevsamtale_host",
                "subject": "f-1",
                "what": "held",
                "on": "2026-09-20",
            },
            "subject",
        ),
        (
            "values",
            {
                "school": "fjell",
                "year": "2026-27",
                "indicator": "S1",
                "counted_on": "2026-10-01",
                "value": "1",
            },
            "school",
        ),
    ],
)
def test_another_schools_row_is_refused(
    session: Session, folder: Path, tmp_path: Path, file: str, row: dict[str, str], column: str
) -> None:
    del folder
    made = _plan(session, kit.write(tmp_path / "one", {file: [row]}), "lia")
    assert [(one.file, one.row, one.column) for one in made.refused] == [(f"{file}.csv", 2, column)]
    assert "ikke til en skole du kan importere for" in made.refused[0].reason
    assert "administratoren" in made.refused[0].remedy


def test_ones_own_rows_are_taken(session: Session, folder: Path, tmp_path: Path) -> None:
    del folder
    tables: kit.Tables = {
        "schools": [kit.base()["schools"][0] | {"name": "Lia barneskole"}],
        "units": [{"unit": "4a", "school": "lia", "kind": "klasse", "name": "4A"}],
        "people": [{"person": "per", "name": "Per Holm"}],
        "pupils": [
            kit.base()["pupils"][0] | {"name": "Ola Dahl"},
            {"pupil": "v-3", "name": "Ivar Nes"},
        ],
        "roles": [
            {"person": "per", "role": "kontaktlaerer", "at": "unit:4a", "from": "2026-08-01"},
            {"person": "per", "role": "faglaerer", "at": "pupil:v-3", "from": "2026-08-01"},
        ],
        "enrolments": [
            {"pupil": "v-3", "school": "lia", "from": "2026-08-01", "class": "4a", "grade": "4"}
        ],
        "vedtak": [
            {
                "pupil": "v-3",
                "for_year": "2026-27",
                "decided_on": "2026-06-01",
                "outcome": "refused",
            }
        ],
    }
    made = _plan(session, kit.write(tmp_path / "one", tables), "lia")
    assert [one.sentence() for one in made.refused] == []
    assert kit.totals(made)["added"] == 7
    assert kit.totals(made)["changed"] == 2
