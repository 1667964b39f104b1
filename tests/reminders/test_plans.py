"""What a pass of the clock asks finds its rows by index, once a year of mails lies behind it."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlmodel import Session

from bench import country
from iopflow import db
from iopflow.clock import OSLO
from iopflow.models import MailKind
from iopflow.reminders.claiming import claim, expire
from iopflow.reminders.content import contents
from iopflow.reminders.deciding import _had_enough, decide
from iopflow.reminders.delivery import _heard
from iopflow.reminders.leading import leaders
from tests.databases import Databases
from tests.factories import RULES

PUPILS, WEEKS = 2_000, 40
MONDAY = date(country.FIRST + 1, 5, 16)
NOON = datetime.combine(MONDAY, time(12), OSLO)
SCANS = re.compile(r"(?:SCAN|Seq Scan on) (?:mail|task)\b")
FEW, MANY = range(1, 15), range(1, 101)  # persons of some schools; the people of a batch


@pytest.fixture(scope="module")
def outbox(server: Databases) -> Iterator[Engine]:
    """A hundred schools, seven people at each with a mail in forty weeks, and a Monday's due."""
    with server.fresh() as url:
        engine = db.create_engine(url)
        with engine.begin() as connection:
            for table, (columns, rows) in country.tables(PUPILS).items():
                _fill(connection, table, columns, rows)
        country.roll(engine, country.FIRST)
        country.staff(engine, PUPILS)
        country.mailed(engine, MONDAY, WEEKS)
        with db.session(engine) as session:
            assert decide(session, RULES, now=NOON, sender="example.no") == PUPILS // 20 * 7
        db.analyze(engine)
        engine.dispose()  # a connection reads the statistics when it opens
        yield engine
        engine.dispose()


def _fill(connection: Connection, table: str, columns: str, rows: list[Any]) -> None:
    names = columns.split(", ")
    marks = ", ".join(f":{name}" for name in names)
    connection.execute(
        text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"),  # noqa: S608 - ours
        [dict(zip(names, row, strict=True)) for row in rows],
    )


def _scans(engine: Engine, work: Callable[[Session], object]) -> list[str]:
    """The plans that read one of the large tables whole, of all statements of some work."""
    found: list[str] = []
    plan = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "

    def explain(
        connection: Any, _cursor: Any, statement: str, known: Any, _context: Any, _many: bool
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            cursor = connection.connection.cursor()
            rows = cursor.execute(plan + statement, known).fetchall()
            found.append("\n".join(str(row[-1]) for row in rows))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        with Session(engine) as session:
            work(session)
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    assert found
    return [one for one in found if SCANS.search(one)]


def test_claiming_reads_what_is_ready_and_what_its_minute_has_room_for(outbox: Engine) -> None:
    assert _scans(outbox, lambda _session: claim(outbox, NOON, rate=1_000)) == []


def test_giving_up_what_is_too_old_reads_what_waits(outbox: Engine) -> None:
    assert _scans(outbox, lambda session: expire(session, NOON)) == []


def test_what_people_have_heard_is_read_by_person(outbox: Engine) -> None:
    assert _scans(outbox, lambda session: _heard(session, list(MANY), MONDAY)) == []


def test_those_who_lead_are_read_by_school(outbox: Engine) -> None:
    assert _scans(outbox, lambda session: leaders(session, list(FEW), MONDAY)) == []


def test_who_has_had_enough_is_read_from_the_week(outbox: Engine) -> None:
    assert _scans(outbox, lambda session: _had_enough(session, MONDAY)) == []


@pytest.mark.parametrize("kind", MailKind)
def test_what_mails_say_is_read_by_school(outbox: Engine, kind: MailKind) -> None:
    def said(session: Session) -> None:
        assert contents(session, RULES, dict.fromkeys(FEW, kind), today=MONDAY)

    assert _scans(outbox, said) == []
