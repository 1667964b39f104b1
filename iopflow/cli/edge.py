"""The edge of a command: settings, clock, who asks, one transaction, database errors in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow import clock
from iopflow.refusals import Refused
from iopflow.texts import _

# SQLAlchemy and the models cost ten times a --help: they are imported when a command runs.
if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from iopflow.engine.ledger import Act
    from iopflow.queries.access import Viewer
    from iopflow.queries.rules import Rules
    from iopflow.settings import Settings


@dataclass(slots=True)
class Work:
    """What a command works with: one session, who asks, and what time it is."""

    session: "Session"
    rules: "Rules"
    viewer: "Viewer"
    now: datetime
    by: str | None

    @property
    def today(self) -> date:
        """The day in Norway."""
        return clock.local_date(self.now)

    def act(self, kind: str, reason: str | None = None) -> "Act":
        """The signature of a change: who, when, by what command and why."""
        from iopflow.engine.ledger import Act

        return Act(kind, self.now, actor_id=self.viewer.person_id, reason=reason)


def settings() -> "Settings":
    """The settings, with --database and --language above the environment."""
    from iopflow.settings import load

    context = click.get_current_context(silent=True)
    given = (context.find_object(dict) if context is not None else None) or {}
    return load(**{name: value for name, value in given.items() if value is not None})


def moment(now: datetime | None) -> datetime:
    """--now, or the clock: read once for a command."""
    return now if now is not None else clock.now()


def running_from(now: datetime | None) -> Callable[[], datetime]:
    """The clock; with a moment given, one that began there when this was asked."""
    if now is None:
        return clock.now
    ahead = now - clock.now()
    return lambda: clock.now() + ahead


@contextmanager
def engine() -> Iterator["Engine"]:
    """The database, with what it refuses put into words."""
    from iopflow import db

    url = settings().database
    with database_words(url):
        opened = db.create_engine(url)
        try:
            yield opened
        finally:
            opened.dispose()


@contextmanager
def work(
    *,
    now: datetime | None,
    by: str | None = None,
    write: bool = False,
    dry: bool = False,
    grows: bool = False,
) -> Iterator[Work]:
    """One transaction of a command: kept when the block ends, undone when it raises or is dry.

    `grows` says that it may add so many rows that the database should count them again.
    """
    from iopflow import db
    from iopflow.queries import access
    from iopflow.queries.rules import Rules

    at = moment(now)
    with engine() as opened:
        # Only reading: the check must not wait for somebody who writes.
        db.require_schema(opened.execution_options(iopflow_reading=True))
        with db.session(opened, write=write) as session:
            _signed(session, by)
            viewer = access.viewer(session, by, today=clock.local_date(at))
            rules = Rules(settings().wheel_directories)
            yield Work(session, rules, viewer, at, by)
            for name, error in rules.unreadable.items():
                _tell_unreadable(session, name, error)
            if dry:
                session.rollback()
        if grows and not dry:
            db.analyze(opened)


def _tell_unreadable(session: "Session", name: str, error: Refused) -> None:
    """Whose steps are left out, because a wheel cannot be read."""
    from sqlalchemy import func, select
    from sqlmodel import col

    from iopflow.models import DEFAULT_WHEEL, School

    with_it = select(col(School.key)).where(
        func.coalesce(School.own_wheel, School.wheel, DEFAULT_WHEEL) == name
    )
    schools = session.execute(with_it.order_by(col(School.key))).scalars().all()
    click.echo(
        _("Merk: stegene til {schools} er ikke med. {why}").format(
            schools=", ".join(schools) or name, why=error
        ),
        err=True,
    )


def _signed(session: "Session", by: str | None) -> None:
    """Without --by only the administrator of an embedded database works, or of one still empty."""
    from sqlalchemy import select
    from sqlmodel import col

    from iopflow.models import Person

    if by is not None or session.connection().dialect.name == "sqlite":
        return
    if session.execute(select(col(Person.id)).limit(1)).first() is None:
        return  # nobody could sign the first import
    raise Refused(
        _(
            "Denne databasen deles av flere: skriv hvem du er med --by PERSON (id-en fra "
            "people.csv)."
        )
    )


def address(url: str) -> str:
    """The address of a database without its password."""
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)


@contextmanager
def database_words(url: str) -> Iterator[None]:
    """What the database refuses, in one sentence with a remedy."""
    from sqlalchemy import exc

    try:
        yield
    except exc.DBAPIError as error:
        raise Refused(_database_sentence(error, url)) from error


def _database_sentence(error: Any, url: str) -> str:
    said = str(error.orig or error)
    low = said.lower()
    if "locked" in low or "lock timeout" in low or "deadlock" in low:
        return _("Databasen er opptatt med noe annet: ingenting er endret, prøv igjen om litt.")
    if "no such table" in low or ("does not exist" in low and "relation" in low):
        return _("Databasen er ikke satt opp: kjør «iopflow init».")
    if "readonly" in low or "read-only" in low:
        return _("Databasen {url} kan ikke skrives til: sjekk rettighetene til filen.").format(
            url=address(url)
        )
    if "not a database" in low or "malformed" in low:
        return _("{url} er ikke en iopflow-database: sjekk --database.").format(url=address(url))
    if "disk" in low and "full" in low:
        return _("Disken er full: ingenting er endret.")
    return _("Får ikke brukt databasen {url}: {said}").format(
        url=address(url), said=said.strip().splitlines()[0]
    )
