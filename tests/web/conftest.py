"""The pages of Lia skole, asked without a browser, by whoever a test logs in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session
from starlette.testclient import TestClient

from iopflow import db, settings
from iopflow.clock import OSLO
from iopflow.web.app import create_app
from iopflow.web.page import Site
from tests.cli.conftest import fill
from tests.databases import KINDS, LONG, Databases, databases

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=OSLO)
OURS = {"Sec-Fetch-Site": "same-origin"}


# Every page is opened by everybody on both databases in `test_access`, which has this as well; what
# the pages do is tried on one, and on both of them when there is time (decisions 24).
@pytest.fixture(scope="session", params=KINDS if LONG else KINDS[:1])
def server(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """SQLite, and PostgreSQL in the long run."""
    with databases(request.param) as made:
        yield made


@dataclass
class Pages:
    """The site, its database and its clock."""

    engine: Engine
    now: datetime = NOW
    asked: int = 0

    def __post_init__(self) -> None:
        self.app = create_app(Site(self.engine, settings.load({}), self.moment, demo=True))

    def moment(self) -> datetime:
        """The clock: no two requests come at the same moment."""
        self.asked += 1
        return self.now + timedelta(microseconds=self.asked)

    def as_(self, key: str | None) -> TestClient:
        """A client of somebody who has logged in, or of nobody."""
        client = TestClient(self.app, headers=OURS, follow_redirects=False)
        if key is not None:
            ((number,),) = self.rows(f"SELECT id FROM person WHERE key = '{key}'")  # noqa: S608 - a key of ours
            assert client.post("/logg-inn", data={"person": number}).status_code == 303
        return client

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        with Session(self.engine) as session:
            return [tuple(row) for row in session.connection().execute(text(statement))]

    def run(self, statement: str) -> None:
        """Changes something by hand."""
        with self.engine.begin() as connection:
            connection.execute(text(statement))

    def task(self, step: str, subject: str, year: int = 2026) -> int:
        """The number of a pupil's or a class's task."""
        ((number,),) = self.rows(
            "SELECT t.id FROM task t"  # noqa: S608 - words of ours
            " LEFT JOIN pupil p ON t.scope = 'pupil' AND p.id = t.subject_id"
            " LEFT JOIN unit u ON t.scope = 'unit' AND u.id = t.subject_id"
            f" WHERE t.step = '{step}' AND t.year = {year}"
            f" AND (p.key = '{subject}' OR u.key = '{subject}')"
            " ORDER BY t.id LIMIT 1"
        )
        return int(number)


def in_use(url: str) -> None:
    """Lia skole, live since August 2026."""
    fill(url)
    engine = db.create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE school SET live_from = '2026-08-01'"))
    engine.dispose()


@contextmanager
def site(server: Databases) -> Iterator[Pages]:
    """The pages of Lia skole, on a database of their own."""
    with server.fresh(in_use) as url:
        engine = db.create_engine(url)
        yield Pages(engine)
        engine.dispose()


@pytest.fixture
def pages(server: Databases) -> Iterator[Pages]:
    """A site of the test's own."""
    with site(server) as made:
        yield made


@pytest.fixture(scope="module")
def still(server: Databases) -> Iterator[Pages]:
    """A site for the tests of a module that change nothing."""
    with site(server) as made:
        yield made
