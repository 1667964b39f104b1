"""A school behind the command line, and a way to ask it."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from iopflow import db
from iopflow.cli import main
from iopflow.engine.opening import open_year
from iopflow.queries.places import schools
from iopflow.schoolyear import Year
from tests.databases import Databases, Sqlite
from tests.factories import RULES, YEAR, Lia, act, lia

NOW = "2026-11-26T10:00"


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str


@dataclass
class Ask:
    """Runs commands in this process against one database."""

    url: str
    capsys: pytest.CaptureFixture[str]

    def __call__(self, words: str, *, by: str | None = None, now: str | None = NOW) -> Answer:
        """One command, as somebody, at a moment."""
        args = ["--database", self.url, *shlex.split(words)]
        args += ["--by", by] if by is not None else []
        args += ["--now", now] if now is not None else []
        self.capsys.readouterr()
        code = main(args)
        captured = self.capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    @property
    def embedded(self) -> bool:
        """Whether it is SQLite, where nobody needs to sign."""
        return self.url.startswith("sqlite")


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen of a known width, and nothing from the environment."""
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("IOPFLOW_DATABASE", "IOPFLOW_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ask(database_url: str, capsys: pytest.CaptureFixture[str]) -> Ask:
    """An empty database with the schema."""
    return Ask(database_url, capsys)


@pytest.fixture
def school(server: Databases, capsys: pytest.CaptureFixture[str]) -> Iterator[Ask]:
    """Lia skole, for tests that change something."""
    with server.fresh(fill) as url:
        yield Ask(url, capsys)


@pytest.fixture(scope="module")
def _filled(server: Databases) -> Iterator[str]:
    with server.fresh(fill) as url:
        yield url


@pytest.fixture
def still(_filled: str, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Lia skole, shared by the tests of a module that change nothing."""
    return Ask(_filled, capsys)


@pytest.fixture
def embedded(files: Sqlite, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Lia skole in a SQLite file, for what is the same whatever the database."""
    return Ask(files.copy(tmp_path / "lia.db", fill), capsys)


def fill(url: str) -> None:
    """e1–e3 in 3a with a vedtak, e4 in 3b without, e5 in 3a protected; e6 moved to Fjell."""
    engine = db.create_engine(url)
    with db.session(engine) as session:
        populate(lia(session))
        for year in (YEAR, Year(2027)):
            open_year(session, RULES, year, schools(session), act=act())
    engine.dispose()


def populate(cast: Lia) -> None:
    """The pupils, their cases, and more staff."""
    for key in ("e1", "e2", "e3"):
        cast.pupil(key)
        cast.need(key)
        cast.consent(key, "utredning")
        cast.vedtak(key)
    cast.pupil("e4", class_="3b")
    cast.pupil("e5", protected=True)
    cast.pupil("f1", "fjell", "f3")
    cast.pupil("e6", ends=date(2026, 9, 30))
    cast.enrol("e6", "fjell", "f3", starts=date(2026, 10, 1))
    cast.grant("per", "spesialpedagog", "pupil", "e1")
    cast.grant("olav", "skoleadministrasjon", "school", "lia")
    cast.grant("eli", "skoleeier", "owner", "eikedal")
    cast.grant("ada", "admin", "owner", "eikedal")


def rows_of(url: str, sql: str) -> list[Any]:
    """What stands in the database, for tests of what an act stored."""
    engine = db.create_engine(url)
    with Session(engine) as session:
        rows = [tuple(row) for row in session.connection().execute(text(sql))]
    engine.dispose()
    return rows
