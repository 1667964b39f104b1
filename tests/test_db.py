"""The database keeps its promises: transactions, foreign keys, upgrades that lose nothing."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import col

from iopflow import db
from iopflow.models import Owner, School, metadata
from iopflow.refusals import Refused
from tests.databases import Databases, Postgres, Sqlite

# What a later version may do to a table that others point at.
REBUILD = '''
"""A parent table is rebuilt."""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None
def upgrade():
    with op.batch_alter_table("owner", recreate="{recreate}") as batch:
        batch.add_column(sa.Column("note", sa.String(), nullable=True))
'''
ORPHANING = '''
"""A parent row goes, and its children stay behind."""
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None
def upgrade():
    op.execute("DELETE FROM owner")
'''


def stored(engine: Engine) -> tuple[int, int]:
    """How many owners and schools there are."""
    with engine.connect() as connection:
        owners = connection.execute(text("SELECT count(*) FROM owner")).scalar_one()
        return owners, connection.execute(text("SELECT count(*) FROM school")).scalar_one()


def owner_with_school(engine: Engine) -> None:
    """One owner, one school."""
    with db.session(engine) as session:
        owner = session.execute(insert(Owner).values(key="lia").returning(col(Owner.id)))
        session.execute(
            insert(School).values(
                owner_id=owner.scalar_one(), key="s", name="S", municipality="Lia", language="nb"
            )
        )


def later_version(folder: Path, revision: str) -> Path:
    """The migrations, and one more."""
    scripts = folder / "migrations"
    shutil.copytree(db.MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "0002_later.py").write_text(revision, encoding="utf-8")
    return scripts


def test_a_session_keeps_what_was_written(engine: Engine) -> None:
    owner_with_school(engine)

    assert stored(engine) == (1, 1)


def test_a_session_that_fails_keeps_nothing(engine: Engine) -> None:
    def fail() -> None:
        with db.session(engine) as session:
            session.execute(insert(Owner).values(key="lia"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert stored(engine) == (0, 0)


def test_a_reading_session_keeps_nothing(engine: Engine) -> None:
    with db.session(engine, write=False) as session:
        session.execute(insert(Owner).values(key="lia"))

    assert stored(engine) == (0, 0)


def test_a_child_without_its_parent_is_refused(engine: Engine) -> None:
    def orphan() -> None:
        with db.session(engine) as session:
            session.execute(
                insert(School).values(
                    owner_id=99, key="s", name="S", municipality="Lia", language="nb"
                )
            )

    with pytest.raises(IntegrityError):
        orphan()


def test_sqlite_is_set_for_safety(tmp_path: Path) -> None:
    engine = db.create_engine(f"sqlite:///{tmp_path / 'a.db'}")

    with engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("foreign_keys", "synchronous", "busy_timeout", "journal_mode")
        }
    engine.dispose()

    assert found == {
        "foreign_keys": 1,
        "synchronous": 2,  # FULL
        "busy_timeout": 10_000,
        "journal_mode": "wal" if sqlite3.sqlite_version_info >= (3, 51, 3) else "delete",
    }


def test_sqlite_takes_the_write_lock_at_once_and_readers_do_not_wait(tmp_path: Path) -> None:
    engine = db.create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA busy_timeout=0"))
    db.upgrade(engine)

    with db.session(engine) as writer:
        writer.execute(select(col(Owner.id)))
        with db.session(engine, write=False) as reader:
            reader.execute(select(col(Owner.id)))
        with pytest.raises(OperationalError, match="locked"), db.session(engine) as second:
            second.execute(select(col(Owner.id)))
    engine.dispose()


@pytest.mark.slow
def test_writers_that_read_first_lose_no_write_on_sqlite(tmp_path: Path) -> None:
    engine = db.create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    db.upgrade(engine)
    with db.session(engine) as session:
        session.execute(insert(Owner).values(key="0"))

    def count_up() -> None:
        for _ in range(20):
            with db.session(engine) as session:
                now = int(session.execute(select(col(Owner.key))).scalar_one())
                session.execute(update(Owner).values(key=str(now + 1)))

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(count_up) for _ in range(4)]:
            done.result()
    with db.session(engine, write=False) as session:
        found = session.execute(select(col(Owner.key))).scalar_one()
    engine.dispose()

    assert found == "80"


def test_an_upgrade_of_a_current_schema_changes_nothing(engine: Engine) -> None:
    owner_with_school(engine)

    db.upgrade(engine)

    assert stored(engine) == (1, 1)
    db.require_schema(engine)


@pytest.mark.parametrize("recreate", ["auto", "always"])
def test_a_parent_table_that_is_rebuilt_keeps_its_children(
    engine: Engine, tmp_path: Path, recreate: str
) -> None:
    if engine.dialect.name == "postgresql" and recreate == "always":
        recreate = "never"  # PostgreSQL alters in place, and cannot drop what others point at
    owner_with_school(engine)

    db.upgrade(engine, later_version(tmp_path, REBUILD.format(recreate=recreate)))

    assert stored(engine) == (1, 1)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT note FROM owner")).scalar_one() is None
    with pytest.raises(IntegrityError), db.session(engine) as session:
        session.execute(text("DELETE FROM owner"))  # foreign keys are on again


def test_an_upgrade_that_would_part_children_from_parents_is_undone(
    engine: Engine, tmp_path: Path
) -> None:
    owner_with_school(engine)

    with pytest.raises((Refused, IntegrityError)):
        db.upgrade(engine, later_version(tmp_path, ORPHANING))

    assert stored(engine) == (1, 1)
    db.require_schema(engine)


def test_a_database_of_a_newer_iopflow_is_refused(engine: Engine) -> None:
    with db.session(engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(db.NotReady) as refused:
        db.upgrade(engine)
    assert str(refused.value) == "Databasen er laget av en nyere iopflow: oppgrader programmet."
    with pytest.raises(db.NotReady) as refused:
        db.require_schema(engine)
    assert str(refused.value) == (
        "Databasen er av en annen versjon av iopflow: kjør «iopflow init» for å oppgradere."
    )


def test_two_upgrades_at_once_take_turns(server: Sqlite | Postgres) -> None:
    with server.fresh() as url:
        engine = db.create_engine(url)
        with db.session(engine) as session:
            metadata.drop_all(session.connection())
            session.execute(text("DROP TABLE alembic_version"))
        other = db.create_engine(url)
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(db.upgrade, one) for one in (engine, other)]:
                done.result()

        db.require_schema(engine)
        engine.dispose()
        other.dispose()


def test_a_missing_file_is_not_created_by_looking(tmp_path: Path) -> None:
    engine = db.create_engine(f"sqlite:///{tmp_path / 'a.db'}")

    with pytest.raises(db.NotReady) as refused:
        db.require_schema(engine)

    assert str(refused.value) == (
        f"Databasen {tmp_path / 'a.db'} finnes ikke: kjør «iopflow init» først."
    )
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_names_the_remedy() -> None:
    engine = db.create_engine("sqlite://")

    with pytest.raises(db.NotReady) as refused:
        db.require_schema(engine)

    assert str(refused.value) == "Databasen er tom: kjør «iopflow init» først."
    engine.dispose()


def test_statistics_are_there_after_analyze(engine: Engine) -> None:
    owner_with_school(engine)

    db.analyze(engine)

    query = (
        "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'school'"
        if engine.dialect.name == "sqlite"
        else "SELECT count(*) FROM pg_class WHERE relname = 'school' AND reltuples = 1"
    )
    with engine.connect() as connection:
        assert connection.execute(text(query)).scalar_one() > 0


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("iopflow.db", "iopflow.db"),
        ("oracel://kari:hemmelig@vert/base", "oracel://…@vert/base"),
    ],
)
def test_a_bad_address_is_refused_without_its_password(url: str, shown: str) -> None:
    with pytest.raises(Refused) as refused:
        db.create_engine(url)

    assert str(refused.value) == (
        f"IOPFLOW_DATABASE «{shown}» er ingen databaseadresse: skriv som sqlite:///iopflow.db "
        "eller postgresql://bruker@vert/base."
    )


def test_another_kind_of_database_is_refused_by_name() -> None:
    with pytest.raises(Refused) as refused:
        db.create_engine("mysql+pymysql://kari@vert/base")

    assert str(refused.value) == (
        "iopflow bruker SQLite eller PostgreSQL, ikke mysql: skriv en slik adresse."
    )


def test_one_writer_at_a_time_reads_what_no_other_is_about_to_change(
    server: Databases, database_url: str
) -> None:
    """A second writer is kept out from the first statement on; a reader keeps nobody out."""
    engine = db.create_engine(database_url)

    def free() -> bool:
        if server.kind == "postgresql":
            lock = text("SELECT pg_try_advisory_xact_lock(7465013)")
            with engine.connect() as other:
                return bool(other.execute(lock).scalar_one())
        file = sqlite3.connect(engine.url.database or "", timeout=0, isolation_level=None)
        try:
            file.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        finally:
            file.close()
        return True

    with db.session(engine) as session:
        session.connection()
        assert free() is False
    with db.session(engine, write=False) as session:
        session.execute(text("SELECT 1"))
        assert free() is True
    engine.dispose()
