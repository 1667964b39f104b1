"""Whose rows they are: one owner, several in a folder, or a sentence that asks."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from iopflow import importing
from iopflow.importing import BadFile
from iopflow.importing.undo import undo
from tests.importing import kit


def _two(tmp_path: Path) -> Path:
    """Fjell belongs to another owner, with a pupil and a teacher of its own."""
    tables = kit.base()
    tables["schools"][1] |= {"owner": "fjellmark", "network": "fjellnett"}
    tables["people"].append({"person": "siri", "name": "Siri Foss", "language": "nn"})
    tables["roles"] += [
        {"person": "siri", "role": "kontaktlaerer", "at": "unit:f3", "from": "2026-08-01"},
        {"person": "siri", "role": "skoleeier", "at": "owner:fjellmark", "from": "2026-08-01"},
    ]
    tables["pupils"].append({"pupil": "f-1", "name": "Nils Fjell"})
    tables["enrolments"].append(
        {"pupil": "f-1", "school": "fjell", "from": "2026-08-01", "class": "f3", "grade": "3"}
    )
    tables["happenings"].append(
        {
            "year": "2026-27",
            "step": "iop.elevsamtale_host",
            "subject": "f-1",
            "what": "held",
            "on": "2026-09-20",
        }
    )
    return kit.write(tmp_path, tables)


def _of(session: Session, table: str) -> list[tuple[str, str]]:
    rows = session.execute(
        text(
            f"SELECT owner.key, {table}.key FROM {table} JOIN owner ON owner.id = owner_id "  # noqa: S608
            f"ORDER BY owner.key, {table}.key"
        )
    )
    return [(owner, key) for owner, key in rows]


def test_a_folder_of_two_owners_is_split(session: Session, tmp_path: Path) -> None:
    folder = _two(tmp_path)
    made = kit.plan(session, folder)
    assert made.refused == []
    rows = sum(len(rows) for rows in kit.base().values()) + 6
    assert kit.totals(made)["added"] == rows
    applied = importing.apply(session, made, kit.RULES, act=kit.act())
    assert _of(session, "pupil") == [("eikedal", "v-1"), ("eikedal", "v-2"), ("fjellmark", "f-1")]
    assert _of(session, "person") == [
        ("eikedal", "kari"),
        ("eikedal", "petra"),
        ("fjellmark", "siri"),
    ]
    assert _of(session, "network") == [("eikedal", "nett"), ("fjellmark", "fjellnett")]
    assert kit.totals(kit.plan(session, folder)) == {
        "added": 0,
        "changed": 0,
        "unchanged": rows,
        "refused": 0,
        "missing": 0,
    }
    for batch_id in applied.batch_ids:
        undo(session, batch_id, act=kit.act(kit.LATER))
    assert _of(session, "pupil") == []


def test_with_an_owner_only_its_rows_are_taken(session: Session, tmp_path: Path) -> None:
    folder = _two(tmp_path)
    made = kit.plan(session, folder, owner="fjellmark")
    assert made.refused == []
    importing.apply(session, made, kit.RULES, act=kit.act())
    assert _of(session, "pupil") == [("fjellmark", "f-1")]
    assert _of(session, "school") == [("fjellmark", "fjell")]


def test_a_row_that_is_nobodys_asks_for_the_owner(session: Session, tmp_path: Path) -> None:
    folder = _two(tmp_path)
    with (folder / "people.csv").open("a") as file:
        file.write("per;Per Holm;;;\r\n")
    with pytest.raises(BadFile) as caught:
        kit.plan(session, folder)
    assert "people.csv rad 5:" in str(caught.value)
    assert "--owner" in str(caught.value)


def test_the_only_owner_of_the_database_is_meant(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    folder = kit.write(tmp_path / "b", {"pupils": kit.base()["pupils"]})
    assert kit.plan(session, folder).owner_key == "eikedal"


def test_without_an_owner_the_files_are_refused(session: Session, tmp_path: Path) -> None:
    folder = kit.write(tmp_path / "b", {"pupils": kit.base()["pupils"]})
    with pytest.raises(BadFile) as caught:
        kit.plan(session, folder)
    assert "legg ved schools.csv" in str(caught.value)
    importing.apply(session, kit.plan(session, _two(tmp_path / "a")), kit.RULES, act=kit.act())
    with pytest.raises(BadFile) as caught:
        kit.plan(session, folder)
    assert "--owner og en av eikedal, fjellmark" in str(caught.value)
    assert kit.plan(session, folder, owner="eikedal").summary[0]["unchanged"] == 2


def test_an_unknown_owner_is_refused_with_those_there_are(session: Session, tmp_path: Path) -> None:
    folder = kit.write(tmp_path / "a", kit.base())
    with pytest.raises(BadFile) as caught:
        kit.plan(session, folder, owner="eikedall")
    assert "--owner eikedal" in str(caught.value)
    kit.apply(session, folder)
    pupils = kit.write(tmp_path / "b", {"pupils": kit.base()["pupils"]})
    with pytest.raises(BadFile) as caught:
        kit.plan(session, pupils, owner="eikedall")
    assert "«eikedall» finnes ikke" in str(caught.value)
    assert "en av eikedal" in str(caught.value)


def test_the_same_ids_may_stand_with_two_owners(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    tables = kit.base()
    for row in tables["schools"]:
        row["owner"] = "nabo"
    made = kit.plan(session, kit.write(tmp_path / "b", tables))
    assert made.refused == []
    assert kit.totals(made)["added"] == sum(map(len, kit.base().values()))
