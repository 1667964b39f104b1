"""Opening a year, the figures and one step done on PostgreSQL, beside bare psycopg."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session

from bench import country, transition
from bench.report import Line, each, median, once, ratio
from iopflow import db, measure
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from tests.databases import databases

TODAY = date(country.FIRST + 1, 7, 1)
COLUMNS = (
    "owner_id, year, subject_id, step, scope, school_id, opens, due, limit_day, moved, batch_id"
)
STEPS = 200


def run(pupils: int) -> Iterator[Line]:
    """The lines of the report; a server is started for them."""
    with databases("postgresql") as server, server.fresh() as url:
        engine = db.create_engine(url)
        build(engine, pupils)
        first = once(lambda: country.roll(engine, country.FIRST))
        again = once(lambda: country.roll(engine, country.FIRST))
        ready = _executemany(engine)
        label = f"PostgreSQL: roll-over, {pupils} pupils"
        yield ratio(f"{label}, beside INSERT..SELECT of ready rows", first, ready)
        yield ratio("PostgreSQL: second run beside the first", again, first, 0.5)
        with engine.begin() as connection:
            # psycopg reads % as a mark for a parameter
            said = country.happened(
                country.FIRST, due="due::text", moment="due + time '09:00'"
            ).replace("%", "%%")
            connection.exec_driver_sql(said)
        db.analyze(engine)
        yield from _figures(engine, pupils)
        yield from _steps(engine)
        engine.dispose()


def build(engine: Engine, pupils: int) -> None:
    """The country of `country.build`, with the sequences behind its last numbers."""
    with engine.begin() as connection:
        for table, (columns, rows) in country.tables(pupils).items():
            _copy(connection, table, columns, rows)
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                    f" (SELECT max(id) FROM {table}))"
                )
            )
    db.analyze(engine)


def _copy(connection: Connection, table: str, columns: str, rows: list[Any]) -> None:
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _executemany(engine: Engine) -> float:
    """The same tasks once more from a table that holds them, into the same indexes."""
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE ready AS SELECT {COLUMNS} FROM task"))
        connection.execute(text("DELETE FROM task"))

    def insert() -> None:
        with engine.begin() as connection:
            connection.execute(text(f"INSERT INTO task ({COLUMNS}) SELECT {COLUMNS} FROM ready"))

    return once(insert)


def _figures(engine: Engine, pupils: int) -> Iterator[Line]:
    everyone = list(range(1, pupils // country.PER_SCHOOL + 1))

    def figures(schools: list[int]) -> None:
        with Session(engine) as session:
            measure.figures(session, schools=schools, year=Year(country.FIRST), today=TODAY)

    figures([1])
    for count, target in ((1, 5), (60, 50)):
        took = median(lambda count=count: figures(everyone[:count]), 9)  # type: ignore[misc]
        name = f"PostgreSQL: P1-P10, {count} schools"
        yield Line(name, took, None, took * 1000, target, unit="ms")
    every = median(lambda: figures(everyone))
    name = f"PostgreSQL: P1-P10, {len(everyone)} schools, a year"
    yield Line(name, every, None, every, 0.3, unit="s")


def _steps(engine: Engine) -> Iterator[Line]:
    ids = transition.ids(engine)
    rules = Rules()
    transition.complete(engine, rules, [ids.pop()])
    some = ids[:STEPS]
    ours = once(lambda: each(lambda one: transition.complete(engine, rules, [one]), some)) / STEPS
    yield ratio("PostgreSQL: a step done beside bare psycopg", ours, _bare(engine, ids[STEPS:]), 3)


def _bare(engine: Engine, ids: list[int]) -> float:
    """Read, guarded insert, audit row, commit, on one connection of the driver."""
    connection: Any = engine.raw_connection()

    def one(task_id: int) -> None:
        cursor = connection.cursor()
        cursor.execute("SELECT year, subject_id, step FROM task WHERE id = %s", (task_id,))
        year, subject, step = cursor.fetchone()
        cursor.execute(
            "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion,"
            " on_day, recorded_on, recorded_at)"
            " VALUES (1, %s, %s, 'pupil', %s, 'done', '', %s, %s, %s)"
            " ON CONFLICT DO NOTHING RETURNING id",
            (year, step, subject, TODAY, TODAY, country.NOW),
        )
        (row,) = cursor.fetchone() or (None,)
        cursor.execute(
            "INSERT INTO event (owner_id, at, act, table_name, row_id, pupil_id, after)"
            " VALUES (1, %s, 'complete', 'happening', %s, %s, '{}')",
            (country.NOW, row, subject),
        )
        connection.commit()

    some = ids[:STEPS]
    seconds = once(lambda: each(one, some)) / len(some)
    connection.close()
    return seconds
