"""Undoing an import: the database as it was, or a sentence that names what stands in the way."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlmodel import Session

from iopflow import importing
from iopflow.engine import exports, ledger
from iopflow.engine.opening import open_year
from iopflow.importing.undo import undo
from iopflow.models import Pupil
from iopflow.queries.places import schools
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from tests.importing import kit

EVERYTHING = (*kit.FACT_TABLES[1:], "task")


def _refusal(session: Session, batch_id: int) -> str:
    with pytest.raises(Refused) as caught:
        undo(session, batch_id, act=kit.act(kit.LATER))
    return str(caught.value)


def _count(session: Session, table: str) -> int:
    return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def test_a_first_import_leaves_nothing(session: Session, tmp_path: Path) -> None:
    before = kit.dump(session, EVERYTHING)
    applied = kit.apply(session, kit.write(tmp_path, kit.base()))
    assert _count(session, "task") > 0
    tasks = _count(session, "task")
    undone = undo(session, applied.batch_id, act=kit.act(kit.LATER))
    assert kit.dump(session, EVERYTHING) == before
    assert undone.tasks == tasks


def test_a_second_import_is_taken_back_alone(session: Session, tmp_path: Path) -> None:
    kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    before = kit.dump(session, EVERYTHING)
    tables = kit.base()
    tables["pupils"][0] |= {"name": "Ola Dahl", "protected": "ja", "ppt": ""}
    tables["pupils"].append(tables["pupils"][1] | {"pupil": "v-3", "name": "Ivar"})
    tables["enrolments"][0]["to"] = "2026-11-01"
    tables["enrolments"].append(tables["enrolments"][1] | {"pupil": "v-3"})
    tables["vedtak"][0]["outcome"] = "partly"
    tables["vedtak"].append(tables["vedtak"][0] | {"pupil": "v-3"})
    tables["happenings"][0]["on"] = "2026-08-10"
    tables["happenings"].append(tables["happenings"][0] | {"subject": "v-3"})
    tables["school_years"][1]["planning_day"] = "2026-08-11"
    tables["schools"][0]["network"] = "nytt-nett"
    applied = kit.apply(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    assert kit.dump(session, EVERYTHING) != before
    undo(session, applied.batch_id, act=kit.act(kit.LATER))
    after = kit.dump(session, EVERYTHING)
    # The dates of tasks followed the skolerute and follow it back when the year is opened again.
    assert [name for name in EVERYTHING if after[name] != before[name]] == []
    again = kit.plan(session, tmp_path / "a", now=kit.LATER)
    assert kit.totals(again)["changed"] == kit.totals(again)["added"] == 0


def test_imports_are_taken_back_one_after_the_other(session: Session, tmp_path: Path) -> None:
    """The second moved the first school day, and with it the dates of the first one's tasks."""
    first = kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    tables = kit.base()
    tables["school_years"][1]["first_day"] = "2026-08-18"
    second = kit.apply(session, kit.write(tmp_path / "b", tables), now=kit.LATER)
    undo(session, second.batch_id, act=kit.act(kit.LATER))
    undo(session, first.batch_id, act=kit.act(kit.LATER))
    assert _count(session, "pupil") == 0


def test_an_export_does_not_stand_in_the_way(session: Session, tmp_path: Path) -> None:
    applied = kit.apply(session, kit.write(tmp_path, kit.base()))
    pupils = [(row.id, row.owner_id) for row in session.execute(select(Pupil)).scalars()]
    act = ledger.Act("archive export", kit.LATER, reason="tilsyn")
    exports.note(session, pupils, {"sha256": "0"}, act)
    exports.note_school(session, schools(session)[0], {"sha256": "0"}, act)
    undo(session, applied.batch_id, act=kit.act(kit.LATER))
    assert _count(session, "pupil") == 0


def test_the_log_tells_of_both_ways(session: Session, tmp_path: Path) -> None:
    applied = kit.apply(session, kit.write(tmp_path, kit.base()))
    undo(session, applied.batch_id, act=ledger.Act("undo import", kit.LATER, reason="feil fil"))
    rows = session.execute(
        text("SELECT act, reason, before FROM event WHERE table_name = 'pupil' ORDER BY id")
    ).all()
    assert [(row.act, row.reason) for row in rows] == [("import", None)] * 2 + [
        ("undo import", "feil fil")
    ] * 2
    assert {name for name in ("v-1", "v-2") if any(name in (row.before or "") for row in rows)} == {
        "v-1",
        "v-2",
    }


def test_an_import_is_undone_once(session: Session, tmp_path: Path) -> None:
    applied = kit.apply(session, kit.write(tmp_path, kit.base()))
    undo(session, applied.batch_id, act=kit.act(kit.LATER))
    assert "er alt angret" in _refusal(session, applied.batch_id)
    assert "Fant ingen import nr. 99" in _refusal(session, 99)


def test_a_row_changed_since_is_named(session: Session, tmp_path: Path) -> None:
    first = kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    pupils = [kit.base()["pupils"][0] | {"name": "Ola Dahl"}]
    second = kit.apply(session, kit.write(tmp_path / "b", {"pupils": pupils}), now=kit.LATER)
    before = kit.dump(session, EVERYTHING)
    said = _refusal(session, first.batch_id)
    assert "pupils.csv v-1 er endret" in said
    assert "ta det tilbake først" in said
    assert kit.dump(session, EVERYTHING) == before
    # When the later import is undone, nothing stands in the way any more.
    undo(session, second.batch_id, act=kit.act(kit.LATER))
    undo(session, first.batch_id, act=kit.act(kit.LATER))
    assert _count(session, "pupil") == 0


@pytest.mark.parametrize(
    ("file", "row", "said"),
    [
        (
            "happenings",
            {
                "year": "2026-27",
                "step": "iop.kvalitetssikring",
                "subject": "v-2",
                "what": "done",
                "on": "2026-08-10",
            },
            "happenings.csv iop.kvalitetssikring v-2",
        ),
        (
            "vedtak",
            {
                "pupil": "v-2",
                "for_year": "2026-27",
                "decided_on": "2026-06-01",
                "outcome": "granted",
            },
            "vedtak.csv v-2",
        ),
        (
            "moves",
            {"pupil": "v-2", "for_year": "2026-27", "what": "measures", "on": "2026-09-01"},
            "moves.csv v-2",
        ),
        (
            "supports",
            {"pupil": "v-1", "kind": "fysisk", "sought_on": "2026-09-01"},
            "supports.csv v-1",
        ),
        ("units", {"unit": "4a", "school": "lia", "kind": "klasse", "name": "4A"}, "units.csv 4a"),
        (
            "roles",
            {"person": "kari", "role": "faglaerer", "at": "unit:3a", "from": "2026-09-01"},
            "roles.csv kari",
        ),
    ],
)
def test_what_is_built_on_an_import_is_named(
    session: Session, tmp_path: Path, file: str, row: dict[str, str], said: str
) -> None:
    first = kit.apply(session, kit.write(tmp_path / "a", kit.base()))
    kit.apply(session, kit.write(tmp_path / "b", {file: [row]}), now=kit.LATER)
    assert said in _refusal(session, first.batch_id)


def test_tasks_opened_since_go_with_their_pupils(session: Session, tmp_path: Path) -> None:
    tables = kit.base()
    tables["school_years"].append(
        tables["school_years"][1]
        | {
            "year": "2027-28",
            "first_day": "2027-08-16",
            "last_day": "2028-06-16",
            "planning_day": "2027-08-11",
            "autumn_end": "",
        }
    )
    applied = kit.apply(session, kit.write(tmp_path, tables))
    open_year(session, kit.RULES, Year(2027), schools(session), act=kit.act(kit.LATER))
    undo(session, applied.batch_id, act=kit.act(kit.LATER))
    assert _count(session, "task") == _count(session, "pupil") == 0


def test_a_task_somebody_moved_stands_in_the_way(session: Session, tmp_path: Path) -> None:
    applied = kit.apply(session, kit.write(tmp_path, kit.base()))
    task, owner, due = session.execute(
        text("SELECT id, owner_id, due FROM task WHERE due IS NOT NULL ORDER BY id LIMIT 1")
    ).one()
    ledger.update_rows(
        session,
        "task",
        [ledger.Change(task, {"due": due}, {"due": date(2026, 12, 24)}, owner)],
        kit.act(kit.LATER),
    )
    assert "arbeidet med oppgavene" in _refusal(session, applied.batch_id)


def test_numbers_are_not_used_again(session: Session, tmp_path: Path) -> None:
    """The log of an undone import must not come to speak of other pupils."""
    first = kit.apply(session, kit.write(tmp_path, kit.base()))
    before = {row[0] for row in kit.dump(session, ["pupil"])["pupil"]}
    undo(session, first.batch_id, act=kit.act(kit.LATER))
    importing.apply(session, kit.plan(session, tmp_path), kit.RULES, act=kit.act(kit.LATER))
    assert before.isdisjoint({row[0] for row in kit.dump(session, ["pupil"])["pupil"]})
