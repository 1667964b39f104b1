"""Lia skole with addresses, live since August 2026, and a clock that rings where it is told to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import pytest
from sqlalchemy import Engine, text

from iopflow import db
from iopflow.clock import OSLO
from iopflow.engine.opening import open_year
from iopflow.models import MailKind
from iopflow.queries.places import schools
from iopflow.reminders import outbox
from iopflow.reminders.content import Content
from iopflow.reminders.states import Answer, Letter, Verdict
from iopflow.schoolyear import Year
from tests.databases import Databases
from tests.factories import RULES, Lia, act, lia

TAKEN = Answer(Verdict.TAKEN, "250")


@dataclass
class Post:
    """The school's mails: what was sent to whom, by a clock that tests ring."""

    engine: Engine
    sent: list[tuple[date, str, Content, str]] = field(default_factory=list)
    answer: Answer = TAKEN
    today: date = date.min
    during: Callable[[], object] = lambda: None  # what happens while a mail is with the server
    rate: int = 10_000
    stop: bool = False
    broken: str | None = None  # whose mail cannot be written

    def tick(self, day: date, at: time = time(7)) -> outbox.Ticked:
        """One tick at a local time."""
        now = datetime.combine(day, at, OSLO)
        self.today = day
        return outbox.tick(self.worker(lambda: now), sender="example.no")

    def worker(self, clock: Callable[[], datetime]) -> outbox.Worker:
        """Who delivers."""
        return outbox.Worker(self.engine, RULES, clock, self, self.rate, lambda: self.stop)

    def send(self, content: Letter, message_id: str) -> Answer:
        """The mail server's side."""
        self.during()
        if content.email.partition("@")[0] == self.broken:
            return Answer(Verdict.BROKEN, "ValueError")
        if self.answer.verdict is Verdict.TAKEN:
            assert isinstance(content, Content)
            who = content.email.partition("@")[0]
            self.sent.append((self.today, who, content, message_id))
        return self.answer

    def close(self) -> None:
        """Nothing to end."""

    def week(self, monday: date) -> list[tuple[str, MailKind, str]]:
        """Ticks from Monday to Sunday; (day, kind, person) of what was sent."""
        before = len(self.sent)
        for n in range(7):
            self.tick(date.fromordinal(monday.toordinal() + n))
        return [(f"{day:%a}", one.kind, who) for day, who, one, _id in self.sent[before:]]

    def run(self, statement: str, **known: object) -> None:
        """Changes something by hand."""
        with self.engine.begin() as connection:
            connection.execute(text(statement), known)

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """The outbox, in the order it was decided."""
        return self.rows_of(f"SELECT {columns} FROM mail ORDER BY id")  # noqa: S608 - columns of ours

    def rows_of(self, statement: str) -> list[tuple[Any, ...]]:
        """Anything in the database."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]


@pytest.fixture
def post(server: Databases) -> Iterator[Post]:
    """Kari has e1 and e2 in 3a; the year is open and everything in it still to do."""
    with server.fresh(fill) as url:
        engine = db.create_engine(url)
        yield Post(engine)
        engine.dispose()


def fill(url: str) -> None:
    """What `post` says."""
    engine = db.create_engine(url)
    with db.session(engine) as session:
        cast = lia(session)
        for key in ("e1", "e2"):
            cast.pupil(key)
            cast.vedtak(key)
        for year in (2026, 2027):
            open_year(session, RULES, Year(year), schools(session), act=act())
        _addresses(cast)
    engine.dispose()


def _addresses(cast: Lia) -> None:
    connection = cast.session.connection()
    connection.execute(text("UPDATE person SET email = key || '@example.no'"))
    connection.execute(text("UPDATE school SET live_from = '2026-08-01'"))
