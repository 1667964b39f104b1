"""Copies of the database while it is in use, and their way back."""

import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from iopflow import backup, db
from iopflow.refusals import Refused
from tests.factories import NOW, lia


@pytest.fixture
def used(tmp_path: Path) -> Iterator[Engine]:
    """Lia skole in a SQLite file."""
    engine = db.create_engine(f"sqlite:///{tmp_path / 'lia.db'}")
    db.upgrade(engine)
    with db.session(engine) as session:
        lia(session).pupil("e1")
    yield engine
    engine.dispose()


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def pupils(file: Path) -> list[str]:
    with sqlite3.connect(file) as opened:
        rows = opened.execute("SELECT key FROM pupil ORDER BY key").fetchall()
    opened.close()
    return [key for (key,) in rows]


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_copy_is_whole_and_only_its_owner_reads_it(used: Engine, tmp_path: Path) -> None:
    target = tmp_path / "kopi.db"
    found = backup.back_up(used, target)
    assert (found.schools, found.pupils, found.is_older) == (2, 1, False)
    assert pupils(target) == ["e1"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names(tmp_path) == ["kopi.db", "lia.db"]


def test_a_copy_is_one_moment_though_somebody_writes(used: Engine, tmp_path: Path) -> None:
    """Each change moves a pair at once: no copy has only half of it."""
    run(used, "UPDATE school SET municipality = '0'")
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            run(used, "UPDATE school SET municipality = municipality + 1")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(10):
            target = tmp_path / f"kopi{number}.db"
            backup.back_up(used, target)
            with sqlite3.connect(target) as opened:
                rows = opened.execute("SELECT DISTINCT municipality FROM school").fetchall()
            opened.close()
            assert len(rows) == 1
    finally:
        over.set()
        writer.join()


def test_a_file_that_is_there_is_kept_unless_forced(used: Engine, tmp_path: Path) -> None:
    target = tmp_path / "kopi.db"
    target.write_text("noe annet", encoding="utf-8")
    with pytest.raises(Refused, match="finnes fra før"):
        backup.back_up(used, target)
    assert target.read_text(encoding="utf-8") == "noe annet"
    backup.back_up(used, target, force=True)
    assert pupils(target) == ["e1"]


def test_the_database_is_no_place_for_its_own_copy(used: Engine, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="databasen selv"):
        backup.back_up(used, tmp_path / "lia.db", force=True)
    with pytest.raises(Refused, match="databasen selv"):
        backup.restore(tmp_path / "lia.db", tmp_path / "lia.db")


def test_what_a_crash_left_half_done_is_taken_back_first(used: Engine, tmp_path: Path) -> None:
    """A journal beside the file belongs to it: a copy without it would be torn."""
    database = tmp_path / "lia.db"
    with used.connect() as connection:
        connection.execute(text("PRAGMA cache_size=1"))
        connection.commit()
        connection.execute(text("UPDATE school SET name = hex(zeroblob(200000))"))
        crashed = tmp_path / "krasj.db"
        for ending in ("", "-journal"):
            there = database.with_name(database.name + ending)
            crashed.with_name(crashed.name + ending).write_bytes(there.read_bytes())
        connection.rollback()
    other = db.create_engine(f"sqlite:///{crashed}")
    backup.back_up(other, tmp_path / "kopi.db")
    other.dispose()
    with sqlite3.connect(tmp_path / "kopi.db") as opened:
        assert opened.execute("SELECT max(length(name)) FROM school").fetchone()[0] < 20
    opened.close()


def test_a_place_that_cannot_be_written_leaves_nothing(used: Engine, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Får ikke skrevet"):
        backup.back_up(used, tmp_path / "ingen" / "kopi.db")
    (tmp_path / "mappe").mkdir()
    with pytest.raises(Refused, match="finnes fra før"):
        backup.back_up(used, tmp_path / "mappe", force=True)
    assert names(tmp_path) == ["lia.db", "mappe"]


def test_what_a_copy_left_behind_by_a_crash_does(used: Engine, tmp_path: Path) -> None:
    (tmp_path / "kopi.db.part").write_bytes(b"halv")
    backup.back_up(used, tmp_path / "kopi.db")
    assert names(tmp_path) == ["kopi.db", "lia.db"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (
            "postgresql+psycopg://iop:hemmelig@db/iop",
            r"pg_dump .* 'postgresql://iop:\*\*\*@db/iop'",
        ),
        ("sqlite://", "ligger bare i minnet"),
    ],
)
def test_what_has_no_file(url: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        backup.file_of(url)


def test_a_way_back_keeps_what_was_there(used: Engine, tmp_path: Path) -> None:
    copy, database = tmp_path / "kopi.db", tmp_path / "lia.db"
    backup.back_up(used, copy)
    run(used, "UPDATE pupil SET key = 'e2'")
    kept = backup.restore(copy, database)
    assert kept == tmp_path / "lia.db.before-restore"
    assert (pupils(database), pupils(kept), pupils(copy)) == (["e1"], ["e2"], ["e1"])


def test_whoever_has_the_database_open_goes_on_with_what_was_restored(
    used: Engine, tmp_path: Path
) -> None:
    backup.back_up(used, tmp_path / "kopi.db")
    run(used, "UPDATE pupil SET key = 'e2'")
    with used.connect() as connection:
        backup.restore(tmp_path / "kopi.db", tmp_path / "lia.db")
        assert connection.execute(text("SELECT key FROM pupil")).scalar() == "e1"
    run(used, "UPDATE pupil SET key = 'e3'")
    assert pupils(tmp_path / "lia.db") == ["e3"]


def test_no_copy_aside_is_ever_written_over(used: Engine, tmp_path: Path) -> None:
    backup.back_up(used, tmp_path / "kopi.db")
    kept = [backup.restore(tmp_path / "kopi.db", tmp_path / "lia.db") for _time in range(3)]
    assert [one.name for one in kept if one is not None] == [
        "lia.db.before-restore",
        "lia.db.before-restore-2",
        "lia.db.before-restore-3",
    ]


def test_a_database_that_is_gone_comes_back(used: Engine, tmp_path: Path) -> None:
    backup.back_up(used, tmp_path / "kopi.db")
    used.dispose()
    (tmp_path / "lia.db").unlink()
    assert backup.restore(tmp_path / "kopi.db", tmp_path / "lia.db") is None
    assert pupils(tmp_path / "lia.db") == ["e1"]


def test_a_damaged_database_is_moved_aside_as_it_is(used: Engine, tmp_path: Path) -> None:
    backup.back_up(used, tmp_path / "kopi.db")
    used.dispose()
    (tmp_path / "lia.db").write_bytes(b"rester" * 1000)
    kept = backup.restore(tmp_path / "kopi.db", tmp_path / "lia.db")
    assert pupils(tmp_path / "lia.db") == ["e1"]
    assert kept is not None
    assert kept.read_bytes().startswith(b"rester")
    assert names(tmp_path) == ["kopi.db", "lia.db", "lia.db.before-restore"]


def test_somebody_in_the_middle_of_a_change_is_not_cut_off(
    used: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_BUSY", 0.1)
    backup.back_up(used, tmp_path / "kopi.db")
    with used.begin() as connection:
        connection.execute(text("UPDATE pupil SET key = 'e2'"))
        with pytest.raises(Refused, match="database is locked"):
            backup.restore(tmp_path / "kopi.db", tmp_path / "lia.db")
    assert pupils(tmp_path / "lia.db") == ["e2"]
    assert names(tmp_path) == ["kopi.db", "lia.db"]


def test_what_is_no_copy_of_ours_is_refused(used: Engine, tmp_path: Path) -> None:
    strange = tmp_path / "annet.db"
    with sqlite3.connect(strange) as opened:
        opened.execute("CREATE TABLE noe (tall)")
    opened.close()
    (tmp_path / "tekst.db").write_text("hei", encoding="utf-8")
    (tmp_path / "tom.db").touch()
    for name, why in (
        ("annet.db", "no such table"),
        ("tekst.db", "not a database"),
        ("tom.db", "no such table"),
        ("borte.db", "Fant ikke"),
    ):
        with pytest.raises(Refused, match=why):
            backup.restore(tmp_path / name, tmp_path / "lia.db")
    backup.back_up(used, tmp_path / "kopi.db")
    with sqlite3.connect(tmp_path / "kopi.db") as opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
    with pytest.raises(Refused, match="nyere iopflow"):
        backup.restore(tmp_path / "kopi.db", tmp_path / "lia.db")
    assert pupils(tmp_path / "lia.db") == ["e1"]


def test_a_copy_noted_twice_is_noted_once_for_each_owner(engine: Engine) -> None:
    with db.session(engine) as session:
        lia(session)
        session.connection().execute(text("INSERT INTO owner (key) VALUES ('sjoby')"))
        backup.note(session, NOW)
        backup.note(session, NOW)
        rows = session.connection().execute(text("SELECT job, count(*) FROM pulse GROUP BY job"))
        assert [tuple(row) for row in rows] == [("backup", 2)]
