"""What is asked daily, and the opening of a year, find their rows by index once there are many."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from bench import country
from iopflow import db, measure
from iopflow.engine.ledger import Act
from iopflow.engine.opening import open_year
from iopflow.queries.access import EVERYONE
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from tests.factories import RULES

YEAR = country.FIRST
TODAY = date(YEAR + 1, 7, 1)
SCAN = re.compile(r"SCAN (?:happening|vedtak|task|enrolment)\w*")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Two thousand pupils in a hundred schools, a year opened and done, with statistics."""
    path = country.build(tmp_path_factory.mktemp("plans") / "country.db", 2_000)
    engine = db.create_engine(f"sqlite:///{path}")
    country.roll(engine, YEAR)
    country.happen(path, [YEAR])
    engine.dispose()  # a connection reads the statistics when it opens
    yield engine
    engine.dispose()


def _plans(engine: Engine, session: Session, work: Any) -> list[str]:
    """The plans of all statements of some work, asked for while its temporary tables stand."""
    found: list[str] = []

    def explain(
        connection: Any, _cursor: Any, statement: str, known: Any, _context: Any, many: bool
    ) -> None:
        if many or not statement.startswith(("SELECT", "INSERT", "WITH")):
            return
        cursor = connection.connection.cursor()
        rows = cursor.execute("EXPLAIN QUERY PLAN " + statement, known).fetchall()
        found.append("\n".join(str(row[-1]) for row in rows))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        work(session)
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    assert found
    return found


def _scans(plans: list[str]) -> list[str]:
    return [found for plan in plans for found in SCAN.findall(plan)]


def test_the_figures_of_a_school_scan_no_large_table(filled: Engine) -> None:
    def figures(session: Session) -> None:
        measure.figures(session, schools=[7], year=Year(YEAR), today=TODAY)

    with Session(filled) as session:
        assert _scans(_plans(filled, session, figures)) == []


def test_the_list_of_a_class_scans_no_large_table(filled: Engine) -> None:
    def listed(session: Session) -> None:
        assert tasks(session, RULES, EVERYONE, Asked(unit="k7"), today=TODAY)

    with Session(filled) as session:
        assert _scans(_plans(filled, session, listed)) == []


@pytest.mark.parametrize("served", [YEAR, YEAR + 1], ids=["again", "the next year"])
def test_opening_a_year_scans_no_large_table(filled: Engine, served: int) -> None:
    def opened(session: Session) -> None:
        school = country.schools_of(session)[0]
        open_year(session, RULES, Year(served), [school], act=Act("test", country.NOW))

    with Session(filled) as session:
        assert _scans(_plans(filled, session, opened)) == []
        session.rollback()


def test_a_commit_is_on_the_disk_and_the_journal_safe(tmp_path: Path) -> None:
    engine = db.create_engine(f"sqlite:///{tmp_path / 'iopflow.db'}")
    with engine.connect() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    journal = "wal" if db.WAL_IS_SAFE else "delete"
    assert asked == {"journal_mode": journal, "synchronous": 2, "foreign_keys": 1}
