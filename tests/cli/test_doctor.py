"""`doctor`, `backup`, `restore`: who may, what they answer, and with which code."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Ask, rows_of


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IOPFLOW_MAIL", f"dir:{tmp_path / 'post'}")
    for name in ("IOPFLOW_MONITOR_URL", "IOPFLOW_BASE_URL", "IOPFLOW_MAIL_FROM"):
        monkeypatch.delenv(name, raising=False)


def test_findings_are_the_administrators_answer_and_code_3(still: Ask) -> None:
    answer = still("doctor --format json", by="ada")
    assert answer.code == 3
    rows = json.loads(answer.out)
    assert {frozenset(row) for row in rows} == {
        frozenset({"check", "severity", "school", "wrong", "remedy"})
    }
    assert {"clock", "backup", "monitor", "live", "responsible"} <= {row["check"] for row in rows}
    severities = [row["severity"] for row in rows]
    assert severities == sorted(severities)  # problem before warning


def test_on_the_screen_each_finding_says_what_to_do(still: Ask) -> None:
    answer = still("doctor", by="ada")
    assert (
        "Problem (clock)\n"
        "  Klokken går ikke: den har aldri gått.\n"
        "  → Start «iopflow serve» eller «iopflow worker», og la maskinen starte den igjen.\n"
    ) in answer.out
    assert answer.out.splitlines()[-1].endswith(" funn.")


def test_a_list_of_findings_for_a_sheet(still: Ask, tmp_path: Path) -> None:
    assert still("doctor --format csv", by="ada").out.startswith("check,severity,school,wrong")
    assert still(f"doctor -o {tmp_path / 'funn.txt'}", by="ada").code == 3
    assert "Klokken går ikke" in (tmp_path / "funn.txt").read_text(encoding="utf-8")


def test_rektor_is_told_of_the_own_school_alone(still: Ask) -> None:
    for words in ("doctor --format json", "doctor --format json --school lia"):
        rows = json.loads(still(words, by="rita").out)
        assert {row["school"] for row in rows} == {"lia"}
    assert still("doctor --school fjell", by="rita").code == 1


@pytest.mark.parametrize("person", ["kari", "heidi", "olav", "eli"])
def test_nobody_else_may(still: Ask, person: str) -> None:
    for words in ("doctor", "backup --made"):
        answer = still(words, by=person)
        assert (answer.code, answer.out) == (1, "")


def test_no_finding_is_code_0(embedded: Ask) -> None:
    """Fjell without tasks and people: nothing is to be done there."""
    embedded("go-live --from 2026-08-01")
    rows = json.loads(embedded("doctor --school fjell --format json").out)
    assert rows  # somebody lacks, and is told of
    for statement in ("DELETE FROM task",):
        _run(embedded.url, statement)
    answer = embedded("doctor --school fjell")
    assert (answer.code, answer.out) == (0, "Ingen funn.\n")


def test_a_database_that_is_not_ready_is_a_finding(tmp_path: Path, embedded: Ask) -> None:
    nothing = Ask(f"sqlite:///{tmp_path / 'ingen.db'}", embedded.capsys)
    (row,) = json.loads(nothing("doctor --format json").out)
    assert (row["check"], row["remedy"]) == ("schema", "Kjør «iopflow init» først.")
    _run(embedded.url, "UPDATE alembic_version SET version_num = '0000'")
    answer = embedded("doctor")
    assert answer.code == 3
    assert answer.out.startswith("Problem (schema)\n  Databasen er av en annen versjon av iopflow.")


def test_a_backup_is_noted_and_the_doctor_is_content(embedded: Ask, tmp_path: Path) -> None:
    answer = embedded(f"backup {tmp_path / 'kopi.db'}")
    assert answer.code == 0
    assert answer.out.startswith(f"Kopien {tmp_path / 'kopi.db'} er hel. 2 skoler, 7 elever")
    assert rows_of(embedded.url, "SELECT job FROM pulse") == [("backup",)]
    assert "(backup)" not in embedded("doctor").out
    again = embedded(f"backup {tmp_path / 'kopi.db'}")
    assert (again.code, "--force" in again.err) == (1, True)
    assert embedded(f"backup {tmp_path / 'kopi.db'} --force").code == 0


def test_a_postgresql_is_copied_by_its_own_tool(school: Ask, tmp_path: Path) -> None:
    answer = school(f"backup {tmp_path / 'kopi.db'}", by="ada")
    if school.embedded:
        assert answer.code == 0
    else:
        assert answer.code == 1
        assert "pg_dump --format=custom --file=iopflow.dump 'postgresql://" in answer.err
        assert school(f"restore {tmp_path / 'kopi.db'}").code == 1
    assert school("backup --made", by="ada").out == "Skrevet ned: det er tatt sikkerhetskopi.\n"
    assert rows_of(school.url, "SELECT job FROM pulse") == [("backup",)]


@pytest.mark.parametrize("words", ["backup", "backup kopi.db --made"])
def test_a_backup_is_a_file_or_a_word(still: Ask, words: str) -> None:
    assert still(words, by="ada").code == 2


def test_a_way_back_is_tried_first(embedded: Ask, tmp_path: Path) -> None:
    copy = tmp_path / "kopi.db"
    embedded(f"backup {copy}")
    _run(embedded.url, "UPDATE pupil SET name = 'En annen' WHERE key = 'e1'")
    tried = embedded(f"restore {copy}")
    assert tried.code == 0
    assert tried.out.startswith("Kopien: 2 skoler, 7 elever, sist endret 26.11.2026 kl. ")
    assert "skriv --apply" in tried.out
    assert not (tmp_path / "lia.db.before-restore").exists()
    done = embedded(f"restore {copy} --apply")
    assert done.code == 0
    assert done.out.endswith("sendes ikke igjen: se «iopflow doctor».\n")
    assert rows_of(embedded.url, "SELECT name FROM pupil WHERE key = 'e1'") == [("Elev e1",)]
    kept = f"sqlite:///{tmp_path / 'lia.db.before-restore'}"
    assert rows_of(kept, "SELECT name FROM pupil WHERE key = 'e1'") == [("En annen",)]


def test_a_way_back_is_not_for_teachers(embedded: Ask, tmp_path: Path) -> None:
    embedded(f"backup {tmp_path / 'kopi.db'}")
    assert embedded(f"restore {tmp_path / 'kopi.db'} --apply", by="kari").code == 1
    assert not (tmp_path / "lia.db.before-restore").exists()


def test_a_way_back_to_a_place_that_is_empty(embedded: Ask, tmp_path: Path) -> None:
    copy = tmp_path / "kopi.db"
    embedded(f"backup {copy}")
    fresh = Ask(f"sqlite:///{tmp_path / 'ny.db'}", embedded.capsys)
    answer = fresh(f"restore {copy} --apply")
    assert answer.code == 0
    assert "I bruk nå: ingen database." in answer.out
    assert fresh("pupils --class 3a").code == 0


def _run(url: str, statement: str) -> None:
    from sqlalchemy import text  # noqa: PLC0415

    from iopflow import db  # noqa: PLC0415

    engine = db.create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
