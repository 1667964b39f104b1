"""Copies of the database, made while it is in use, and their way back (SQLite).

A PostgreSQL is copied by its own `pg_dump`; here it is only noted that it was.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlmodel import Session

from iopflow.db import MIGRATIONS, head
from iopflow.queries.pulses import BACKUP
from iopflow.refusals import Refused
from iopflow.reminders.pulse import beat
from iopflow.texts import _

_BUSY = 10.0  # seconds that somebody else's write is waited for
_BESIDE = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a file


@dataclass(frozen=True, slots=True)
class Holds:
    """What is in a database: its revision, how much, and how new."""

    revision: str
    schools: int
    pupils: int
    newest_event: datetime | None
    newest_mail: date | None

    @property
    def is_older(self) -> bool:
        """Whether it must be upgraded before this iopflow can use it."""
        return self.revision != head()


def place(engine: Engine) -> Path:
    """The file of a SQLite database. Raises Refused for one that is none, or lies in memory."""
    return file_of(engine.url.render_as_string(hide_password=False))


def file_of(url: str) -> Path:
    """The same by its address, also where there is no file yet. Raises Refused."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise Refused(
            _(
                "En PostgreSQL kopieres med sitt eget verktøy: «{command}». Si fra etterpå med "
                "«iopflow backup --made»."
            ).format(command=_pg_dump(url))
        )
    if parsed.database in (None, "", ":memory:"):
        raise Refused(_("Databasen ligger bare i minnet, og har ingen fil."))
    return Path(str(parsed.database))


def _pg_dump(url: str) -> str:
    shown = make_url(url).set(drivername="postgresql").render_as_string(hide_password=True)
    return f"pg_dump --format=custom --file=iopflow.dump '{shown}'"


def back_up(engine: Engine, target: Path, *, force: bool = False) -> Holds:
    """A consistent copy of the database in a file, though others write meanwhile.

    Written beside it and moved there when it is whole; only its owner may read it. Raises Refused
    where the file is there already (unless `force`), or cannot be written.
    """
    source = place(engine)
    if target.exists():
        if target.samefile(source):
            raise Refused(_("{file} er databasen selv: velg en annen fil.").format(file=target))
        if target.is_dir() or not force:
            raise Refused(
                _("{file} finnes fra før: velg en annen fil, eller skriv --force.").format(
                    file=target
                )
            )
    part = target.with_name(target.name + ".part")
    with _in_words(target):
        copy(source, part, in_use=True)
        part.replace(target)
        _settle(target.parent)
    return holds(target)


def copy(source: Path, target: Path, *, in_use: bool = False) -> None:
    """A whole and checked copy of a SQLite file that may be in use. Raises sqlite3.Error, OSError.

    In one step under one read lock: a copy in pieces begins anew whenever somebody writes. What is
    `in_use` is opened for writing too, so that SQLite can take back what a crash left half done.
    """
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with _opened(source, write=in_use) as read, _opened(target, write=True) as written:
            read.backup(written)
            # A copy is one file, also where the database has a log beside it.
            written.execute("PRAGMA journal_mode=DELETE")
            _check(written, target)
        with target.open("rb+") as done:
            os.fsync(done.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def holds(file: Path) -> Holds:
    """What a file holds. Raises Refused for one that is no iopflow database, is damaged, or was
    made by a newer iopflow.
    """
    if not file.is_file():
        raise Refused(_("Fant ikke {file}: sjekk stien.").format(file=file))
    try:
        with _opened(file) as opened:
            _check(opened, file)
            revision = opened.execute("SELECT version_num FROM alembic_version").fetchone()
            found = Holds(
                str(revision[0]) if revision else "",
                opened.execute("SELECT count(*) FROM school").fetchone()[0],
                opened.execute("SELECT count(*) FROM pupil").fetchone()[0],
                _moment(opened.execute("SELECT max(at) FROM event").fetchone()[0]),
                _day(opened.execute("SELECT max(send_on) FROM mail").fetchone()[0]),
            )
    except sqlite3.Error as error:
        raise Refused(
            _("{file} er ingen hel iopflow-database: {why}.").format(file=file, why=error)
        ) from error
    if found.revision not in _revisions():
        raise Refused(
            _("{file} er laget av en nyere iopflow: oppgrader programmet.").format(file=file)
        )
    return found


def restore(file: Path, database: Path) -> Path | None:
    """Puts a copy in the place of the database. Returns where the one that was there is kept.

    What was there is copied aside first. Then the copy is written into the same file, so that
    those who have it open go on with what was restored; a file that can no longer be read is moved
    aside instead. Either all of it is done or nothing. Raises Refused.
    """
    holds(file)
    if database.exists() and database.samefile(file):
        raise Refused(_("{file} er databasen selv: velg en sikkerhetskopi.").format(file=file))
    with _in_words(database):
        if not database.exists():
            _move_in(file, database)
            return None
        kept = _free(database)
        try:
            copy(database, kept, in_use=True)
        except sqlite3.OperationalError:  # in use, or no room: it may be well
            raise
        except sqlite3.DatabaseError:
            _move_in(file, database, kept)
            return kept
        try:
            _write_over(file, database)
        except sqlite3.Error:
            kept.unlink()
            raise
        return kept


def _write_over(file: Path, database: Path) -> None:
    with _opened(file) as read, _opened(database, write=True) as written:
        written.execute("BEGIN EXCLUSIVE")  # waits for those who write; else a copy waits for ever
        written.execute("COMMIT")
        read.backup(written)
    _settle(database.parent)


def note(session: Session, now: datetime) -> None:
    """Says that a backup was made, for every owner whose data are in the database."""
    beat(session, now, BACKUP)


@contextmanager
def _opened(file: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "rw" if write else "ro"
    opened = sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=_BUSY, isolation_level=None
    )
    try:
        yield opened
    finally:
        opened.close()


def _check(opened: sqlite3.Connection, file: Path) -> None:
    said = opened.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise sqlite3.DatabaseError(f"{file.name}: {said}")


@contextmanager
def _in_words(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Refused(
            _("Får ikke skrevet {file}: {why}. Ingenting er endret.").format(file=file, why=why)
        ) from error


def _free(database: Path) -> Path:
    """The first name beside the database that nothing has: no copy is ever written over."""
    name = database.name + ".before-restore"
    number = 1
    while (kept := database.with_name(name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    return kept


def _move_in(file: Path, database: Path, kept: Path | None = None) -> None:
    """A copy of the file as the database; what was there is moved aside, with what SQLite keeps
    beside it.
    """
    part = database.with_name(database.name + ".part")
    copy(file, part)
    for ending in ("", *_BESIDE):
        one = database.with_name(database.name + ending)
        if kept is not None and one.exists():
            one.replace(kept.with_name(kept.name + ending))
    part.replace(database)
    _settle(database.parent)


def _settle(folder: Path) -> None:
    """A rename that outlives a power cut. (Windows has no such thing for folders.)"""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _revisions() -> set[str]:
    """Every revision of the schema that this iopflow knows."""
    return {file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
