"""A country of any size in one file: schools of twenty pupils, all with vedtak, one owner."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select, text
from sqlmodel import Session

from iopflow import db
from iopflow.engine.ledger import Act
from iopflow.engine.opening import Opened, open_year
from iopflow.models import School
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year

PER_SCHOOL = 20
IN_CLASS = 4
FIRST = 2021
YEARS = 5
NOW = datetime(2027, 6, 30, 9, 0, tzinfo=UTC)
RECEIVED = ("2021-06-20", "2021-06-20 09:00:00.000000")


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for the files of a run, on the disk that temporary files lie on."""
    with tempfile.TemporaryDirectory(prefix="iopflow-bench-") as name:
        yield Path(name)


def raw(path: Path, *, foreign_keys: bool = True) -> sqlite3.Connection:
    """The bare driver in iopflow's own mode: the same journal, every commit on the disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        f"journal_mode={db.JOURNAL}",
        "synchronous=FULL",
        f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def fill(connection: sqlite3.Connection, table: str, columns: str, rows: Iterable[Any]) -> None:
    """Inserts ready rows with the bare driver, inside the transaction that is open."""
    marks = ", ".join("?" * len(columns.split(",")))
    connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def empty(path: Path) -> Path:
    """A new database with the schema."""
    engine = db.create_engine(f"sqlite:///{path}")
    db.upgrade(engine)
    engine.dispose()
    return path


def build(path: Path, pupils: int) -> Path:
    """Schools, skoleruter, classes, pupils, enrolments and a vedtak for each of the years.

    One pupil in ten began this year, the others have been there since before the first.
    """
    empty(path)
    connection = raw(path)
    connection.execute("BEGIN IMMEDIATE")
    for table, (columns, rows) in tables(pupils).items():
        fill(connection, table, columns, rows)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()
    return path


def tables(pupils: int) -> dict[str, tuple[str, list[tuple[Any, ...]]]]:
    """The rows of that country, table for table."""
    schools = range(1, pupils // PER_SCHOOL + 1)
    everyone = range(1, pupils + 1)
    return {
        "owner": ("id, key", [(1, "eier")]),
        "school": (
            "id, owner_id, key, name, municipality, language",
            [(n, 1, f"s{n}", f"Skole {n}", "Eide", "nb") for n in schools],
        ),
        "school_year": (
            "owner_id, school_id, year, first_day, last_day, planning_day",
            [
                (1, n, year, f"{year}-08-17", f"{year + 1}-06-18", f"{year}-08-14")
                for n in schools
                for year in range(FIRST - 1, FIRST + YEARS + 2)
            ],
        ),
        "unit": (
            "id, owner_id, key, school_id, kind, name",
            [(n, 1, f"k{n}", n, "klasse", "3A") for n in schools],
        ),
        "pupil": (
            "id, owner_id, key, name, birth_month, protected",
            [(n, 1, f"e{n}", f"Elev {n}", "2014-03", False) for n in everyone],
        ),
        "enrolment": (
            "owner_id, pupil_id, school_id, starts, class_id, grade",
            [
                (1, n, school(n), f"{FIRST - (n % 10 != 0)}-08-01", school(n), n % 5 + 1)
                for n in everyone
            ],
        ),
        "vedtak": (
            (
                "owner_id, pupil_id, year, decided_on, outcome, valid_from, valid_to, departs,"
                " recorded_on, recorded_at"
            ),
            [
                (
                    1,
                    n,
                    year,
                    f"{year}-06-10",
                    "granted",
                    f"{year}-08-01",
                    f"{year + 1}-07-31",
                    False,
                    *RECEIVED,
                )
                for n in everyone
                for year in range(FIRST, FIRST + YEARS)
            ],
        ),
    }


def staff(engine: Engine, pupils: int) -> None:
    """Classes of four with a contact teacher each, a head and a rektor at every school: all with
    an address, and live since the first year.
    """
    schools = pupils // PER_SCHOOL
    classes = [
        {"id": schools + n, "key": f"c{n}", "at": (n - 1) * IN_CLASS // PER_SCHOOL + 1}
        for n in range(1, pupils // IN_CLASS + 1)
    ]
    roles = [
        *(("kontaktlaerer", "unit", one["id"]) for one in classes),
        *(("avdelingsleder", "school", n) for n in range(1, schools + 1)),
        *(("rektor", "school", n) for n in range(1, schools + 1)),
    ]
    people = [
        {"id": n, "key": f"p{n}", "email": f"p{n}@example.no", "role": role, "kind": kind, "at": at}
        for n, (role, kind, at) in enumerate(roles, 1)
    ]
    unit = (
        "INSERT INTO unit (id, owner_id, key, school_id, kind, name)"
        " VALUES (:id, 1, :key, :at, 'klasse', '3A')"
    )
    person = (
        "INSERT INTO person (id, owner_id, key, name, email, wish)"
        " VALUES (:id, 1, :key, 'Kari Nordmann', :email, 'nudge')"
    )
    grant = (
        "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
        " VALUES (1, :id, :role, :kind, :at, '2020-08-01')"
    )
    with engine.begin() as connection:
        connection.execute(text(unit), classes)
        connection.execute(text(person), people)
        connection.execute(text(grant), people)
        connection.execute(
            text(f"UPDATE enrolment SET class_id = {schools} + (pupil_id - 1) / {IN_CLASS} + 1")
        )
        connection.execute(text(f"UPDATE school SET live_from = '{FIRST}-08-01'"))


def mailed(engine: Engine, until: date, weeks: int) -> None:
    """Lets everybody have got a mail in each of some weeks before a day."""
    said = text(
        "INSERT INTO mail (owner_id, send_on, person_id, kind, delivery, message_id, domain,"
        " decided_at, settled_at, tries, listed) SELECT owner_id, :day, id, 'digest', 'sent', key,"
        " 'example.no', :at, :at, 1, 'x' FROM person"
    )
    days = [until - timedelta(weeks=number) for number in range(1, weeks + 1)]
    with engine.begin() as connection:
        connection.execute(
            said, [{"day": f"{one}", "at": f"{one} 06:00:00.000000"} for one in days]
        )


def school(pupil: int) -> int:
    """The school of a pupil."""
    return (pupil - 1) // PER_SCHOOL + 1


def copy(path: Path, name: str) -> Path:
    """A copy beside the file."""
    return Path(shutil.copy(path, path.with_name(name)))


def roll(engine: Engine, year: int, *, apply: bool = True) -> list[Opened]:
    """Opens a year for every school through iopflow, committed."""
    with db.session(engine) as session:
        return open_year(
            session, Rules(), Year(year), schools_of(session), act=Act("bench", NOW), apply=apply
        )


def schools_of(session: Session) -> list[School]:
    """Every school."""
    return list(session.execute(select(School)).scalars())


def happened(year: int, *, due: str = "due", moment: str = "due || ' 09:00:00.000000'") -> str:
    """SQL that lets four in five of a year's tasks be done on their due day."""
    return (
        "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion,"
        " on_day, recorded_on, recorded_at) SELECT owner_id, year, step, scope, subject_id,"
        " CASE WHEN step LIKE '%samtale%' OR step LIKE '%foreldremote%'"
        " THEN 'held' ELSE 'done' END,"
        f" CASE WHEN step LIKE '%foreldremote%' THEN {due} ELSE '' END,"
        f" due, due, {moment} FROM task"
        f" WHERE year = {year} AND due IS NOT NULL AND subject_id % 5 <> 0"
    )


def happen(path: Path, years: Iterable[int]) -> None:
    """Lets four in five of the pupils' tasks be done on their due day."""
    connection = raw(path)
    connection.execute("BEGIN IMMEDIATE")
    for year in years:
        connection.execute(happened(year))
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


def one_school(path: Path, *, classes: bool = False) -> Engine:
    """Puts everybody into one school with a rektor (person 1), who is contact teacher of the first
    class, and opens two years. All are in that class unless there are to be `classes` of twenty.
    """
    engine = db.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE enrolment SET school_id = 1"))
        connection.execute(text("UPDATE unit SET school_id = 1"))
        if not classes:
            connection.execute(text("UPDATE enrolment SET class_id = 1"))
        connection.execute(
            text(
                "INSERT INTO person (id, owner_id, key, name, wish)"
                " VALUES (1, 1, 'r', 'Rektor', 'nudge')"
            )
        )
        for role, kind in (("rektor", "school"), ("kontaktlaerer", "unit")):
            connection.execute(
                text(
                    "INSERT INTO role_grant (owner_id, person_id, role, at_kind, at_id, starts)"
                    f" VALUES (1, 1, '{role}', '{kind}', 1, '2020-08-01')"
                )
            )
    for year in (FIRST, FIRST + 1):
        roll(engine, year)
    return engine
