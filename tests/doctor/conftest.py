"""Lia and Fjell as they should be, in November: nothing to find, until a test plants a fault."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, select, text

from iopflow import backup, db, doctor, settings
from iopflow.clock import OSLO
from iopflow.doctor.findings import free_bytes
from iopflow.engine.opening import open_year
from iopflow.models import metadata
from iopflow.queries.places import schools
from iopflow.queries.pulses import CLOCK
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from tests.databases import Databases, Sqlite
from tests.factories import NOW, RULES, YEAR, Lia, act, lia


@dataclass
class Schools:
    """The schools, and what the doctor says of them."""

    engine: Engine
    known: dict[str, str]
    now: datetime = NOW
    rules: Rules = RULES
    zone: tzinfo = OSLO
    free: Callable[[Path], int] = free_bytes

    def run(self, statement: str, **known: Any) -> None:
        """Plants a fault by hand."""
        with self.engine.begin() as connection:
            connection.execute(text(statement), known)

    def found(
        self, *checks: str, school: str | None = None, quick: bool = False
    ) -> list[doctor.Finding]:
        """The findings of some checks, or of all."""
        school_, owner = metadata.tables["school"], metadata.tables["owner"]
        chosen = select(school_.c.id)
        if school is not None:
            chosen = chosen.where(school_.c.key == school)
        with db.session(self.engine, write=False) as session:
            on = doctor.examined(
                session,
                self.rules,
                settings.load({}, **self.known),
                now=self.now,
                schools=list(session.execute(chosen).scalars()),
                owners=list(session.execute(select(owner.c.id)).scalars()),
                whole=school is None,
            )
            on.zone, on.free = self.zone, self.free
            found = list(doctor.examine(on, quick=quick))
        return [one for one in found if not checks or one.check in checks]

    def said(self, *checks: str, school: str | None = None) -> list[str]:
        """What is wrong, in words."""
        return [
            (f"{one.school}: " if one.school else "") + one.wrong
            for one in self.found(*checks, school=school)
        ]


class Silent:
    """A mail server that is asked and gets nothing."""


@pytest.fixture(scope="session")
def mail_server() -> Iterator[int]:
    """The port of a mail server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = Controller(Silent(), hostname="127.0.0.1", port=port)
    made.start()
    yield port
    made.stop()


@pytest.fixture
def healthy(server: Databases, mail_server: int) -> Iterator[Schools]:
    """Everybody is there and can be reached, both years are open, and the machine is well."""
    with server.fresh(well) as url:
        yield from _schools(url, mail_server)


@pytest.fixture
def embedded(files: Sqlite, tmp_path: Path, mail_server: int) -> Iterator[Schools]:
    """The same in a SQLite file, for what only a file can suffer."""
    yield from _schools(files.copy(tmp_path / "lia.db", well), mail_server)


def _schools(url: str, mail_port: int) -> Iterator[Schools]:
    engine = db.create_engine(url)
    yield Schools(
        engine,
        {
            "database": engine.url.render_as_string(hide_password=False),
            "mail": f"smtp://127.0.0.1:{mail_port}",
            "mail_from": "iopflow@example.no",
            "base_url": "https://iop.example.no",
            "secret": "et-ord-for-provene-med-32-tegn-i-seg",
            "monitor_url": "https://vakt.example.no/puls",
        },
    )
    engine.dispose()


def well(url: str) -> None:
    """What `healthy` says."""
    engine = db.create_engine(url)
    with db.session(engine) as session:
        cast = lia(session)
        _fill(cast)
        for year in (YEAR, Year(2027)):
            open_year(session, RULES, year, schools(session), act=act())
        connection = session.connection()
        connection.execute(text("UPDATE school SET live_from = '2026-08-01'"))
        connection.execute(text("UPDATE person SET email = key || '@example.no'"))
        cast.add("pulse", job=CLOCK, at=NOW)
        backup.note(session, NOW)
    engine.dispose()


def _fill(cast: Lia) -> None:
    for key in ("e1", "e2"):
        cast.pupil(key)
        cast.need(key, 2027, needed_since=date(2026, 10, 1))
    cast.pupil("f1", "fjell", "f3")
    for key in ("e1", "e2", "f1"):
        cast.vedtak(key)
    for person, role, kind, at in (
        ("petra", "ppt_radgiver", "pupil", "e1"),
        ("petra", "ppt_radgiver", "pupil", "e2"),
        ("bo", "kontaktlaerer", "unit", "3b"),
        ("frode", "rektor", "school", "fjell"),
        ("frode", "avdelingsleder", "unit", "f3"),
        ("ingrid", "ikit_koordinator", "network", "nett"),
    ):
        cast.grant(person, role, kind, at)
