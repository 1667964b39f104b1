"""The database: its settings, one transaction at the edge, and the schema's upgrades."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Engine, ExceptionContext, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError
from sqlmodel import Session

from iopflow.refusals import Refused
from iopflow.texts import _

# SQLite's write-ahead log can lose a reset with many connections before this version; the rollback
# journal is slower and safe.
WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3)
JOURNAL = "WAL" if WAL_IS_SAFE else "DELETE"
BUSY_MS = 10_000
ROOM = 1024 * 1024  # bytes: less, and nothing is begun whose result must not be lost
# What BEGIN IMMEDIATE does on SQLite: whoever writes has read what no other is about to change.
_ONE_WRITER = text("SELECT pg_advisory_xact_lock(7465013)")
MIGRATIONS = Path(__file__).parent / "migrations"
_OTHERS = ("mariadb", "mssql", "mysql", "oracle")
_UPGRADING = 20_812  # any number, as long as every iopflow takes the same lock


class NotReady(Refused):
    """The database is not there, or its schema is not this version's."""


def create_engine(url: str) -> Engine:
    """An engine with the settings that iopflow relies on. Raises Refused for a URL that is none."""
    try:
        parsed = make_url(url)
        name = parsed.get_backend_name()
        if name in _OTHERS:
            raise Refused(
                _(
                    "iopflow bruker SQLite eller PostgreSQL, ikke {name}: skriv en slik adresse."
                ).format(name=name)
            )
        # A server that has been away has closed what is in the pool: that is asked, and not a page.
        engine = sqlalchemy.create_engine(
            parsed,
            pool_pre_ping=name == "postgresql",
            hide_parameters=True,  # what is refused may hold an address, and goes to a log
        )
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise Refused(
            _(
                "IOPFLOW_DATABASE «{url}» er ingen databaseadresse: skriv som sqlite:///iopflow.db "
                "eller postgresql://bruker@vert/base."
            ).format(url=_without_password(url))
        ) from error
    if name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "reset", _end_sqlite)
        event.listen(engine, "handle_error", _note_broken_sqlite)
        event.listen(engine, "checkout", _leave_broken_sqlite)
    return engine


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not send BEGIN itself
    cursor = connection.cursor()
    for pragma in (
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
        "synchronous=FULL",
        f"journal_mode={JOURNAL}",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE takes the write lock at once: a transaction that reads and then writes under a
    # deferred BEGIN fails at random when another has written in between.
    reading = connection.get_execution_options().get("iopflow_reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _end_sqlite(connection: Any, _record: Any, _state: Any) -> None:
    # A COMMIT that could not get the lock leaves the transaction open, and SQLAlchemy believes it
    # has ended: back in the pool it would keep everybody else from writing.
    if connection.in_transaction:
        connection.rollback()


def _note_broken_sqlite(context: ExceptionContext) -> None:
    # SQLite opens a file for reading only where writing failed at that moment, and such a
    # connection would refuse every write until the program is started again.
    code = getattr(context.original_exception, "sqlite_errorcode", 0) & 0xFF
    broken = code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
    if broken and context.connection is not None:
        context.connection.info["broken"] = True


def _leave_broken_sqlite(_connection: Any, record: Any, _proxy: Any) -> None:
    if record.info.get("broken"):
        raise DisconnectionError("it had an input or output error")  # the pool opens another


@contextmanager
def session(engine: Engine, *, write: bool = True, alone: bool = True) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises or only reads.

    Writers take turns. On PostgreSQL one that is not `alone` does not wait for the others: only for
    a statement that says itself which row it may change.
    """
    bind = engine if write else engine.execution_options(iopflow_reading=True)
    with Session(bind) as opened:
        if write and alone and engine.dialect.name == "postgresql":
            opened.execute(_ONE_WRITER)
        yield opened
        if write:
            opened.commit()


def missing_file(engine: Engine) -> bool:
    """Whether this is a SQLite file that does not exist yet (connecting would create it)."""
    name = engine.url.database
    return (
        engine.dialect.name == "sqlite"
        and name not in (None, "", ":memory:")
        and not Path(str(name)).exists()
    )


def has_room(engine: Engine) -> bool:
    """Whether what is done next can be written: there is room on the disk of an SQLite file."""
    name = engine.url.database
    if engine.dialect.name != "sqlite" or name in (None, "", ":memory:"):
        return True
    return shutil.disk_usage(Path(str(name)).parent).free >= ROOM


def size(connection: Connection) -> int:
    """How many bytes the database takes."""
    if connection.dialect.name == "sqlite":
        pages, each = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("page_count", "page_size")
        )
        return int(pages) * int(each)
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def upgrade(engine: Engine, scripts: Path = MIGRATIONS) -> None:
    """Creates the schema, or brings it up to this version, in one transaction.

    Two that upgrade at the same time take turns, and the second finds nothing to do. On SQLite
    foreign keys are off meanwhile (a table that is rebuilt would take its children with it,
    silently) and checked before the end.
    """
    from alembic import command  # noqa: PLC0415 - only init and demo need it
    from alembic.util import CommandError  # noqa: PLC0415

    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            _pragma(connection, "foreign_keys=OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _UPGRADING})
                try:
                    command.upgrade(_alembic(connection, scripts), "head")
                except CommandError as error:
                    raise NotReady(
                        _("Databasen er laget av en nyere iopflow: oppgrader programmet.")
                    ) from error
                _keep_readings(connection)
                if sqlite:
                    _refuse_orphans(connection)
        finally:
            if sqlite:
                _pragma(connection, "foreign_keys=ON")


def _keep_readings(connection: Connection) -> None:
    """Who has read is append-only, for whoever has a way into the database as well.

    At every upgrade: a table that SQLite rebuilds loses its triggers.
    """
    from iopflow.models.readings import TRIGGERS  # noqa: PLC0415 - see upgrade

    if inspect(connection).has_table("reading"):  # the schema of a test may be another
        for statement in TRIGGERS[connection.dialect.name]:
            connection.exec_driver_sql(statement)


def require_schema(engine: Engine) -> None:
    """Raises NotReady, with the remedy, unless the schema is there and of this version."""
    if missing_file(engine):
        raise NotReady(
            _("Databasen {name} finnes ikke: kjør «iopflow init» først.").format(
                name=engine.url.database
            )
        )
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            raise NotReady(_("Databasen er tom: kjør «iopflow init» først."))
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found != head():
        raise NotReady(
            _("Databasen er av en annen versjon av iopflow: kjør «iopflow init» for å oppgradere.")
        )


def head() -> str:
    """The newest revision of the schema, read from the names of the files."""
    files = sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
    return files[-1].stem.partition("_")[0]


def analyze(engine: Engine) -> None:
    """Lets the database count its rows, so that its plans fit its size."""
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def _alembic(connection: Connection, scripts: Path = MIGRATIONS) -> Any:
    from alembic.config import Config  # noqa: PLC0415 - see upgrade

    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    return config


def _pragma(connection: Connection, pragma: str) -> None:
    """A pragma outside any transaction: inside one SQLite ignores foreign_keys without a word."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _refuse_orphans(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise NotReady(
            _(
                "Oppgraderingen ville skilt rader i {table} fra dem de hører til: intet er endret."
            ).format(table=orphans[0][0])
        )
