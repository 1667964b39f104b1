"""The courses of many pupils' cases, beside the bare reading of the same rows."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Engine, event, text
from sqlmodel import Session

from bench import country, postgres
from bench.report import Line, median, ratio
from iopflow import db
from iopflow.queries.courses import Histories
from tests.databases import databases

SIZES = (400, 4_000)
UNTIL = date(country.FIRST + country.YEARS - 1, 5, 31)
TABLES = ("assessment", "vedtak", "consent", "case_move", "pause", "appeal", "pupil", "enrolment")


def run(_pupils: int) -> Iterator[Line]:
    """The lines of the report: both sizes on both databases."""
    for size in SIZES:
        with country.folder() as place:
            engine = db.create_engine(f"sqlite:///{country.build(place / 'cases.db', size)}")
            yield from _lines(engine, "SQLite", size)
            engine.dispose()
        with databases("postgresql") as server, server.fresh() as url:
            engine = db.create_engine(url)
            postgres.build(engine, size)
            yield from _lines(engine, "PostgreSQL", size)
            engine.dispose()


def _lines(engine: Engine, name: str, pupils: int) -> Iterator[Line]:
    _happen(engine)
    everyone = list(range(1, pupils + 1))
    _courses(engine, everyone[:1])  # builds and keeps the statements, as any process does once
    ours = median(lambda: _courses(engine, everyone))
    label = f"{name}: the cases of {pupils} pupils, {country.YEARS} years each"
    yield Line(label, ours, None, ours / pupils * 1_000_000, unit="us a pupil")
    yield ratio(f"{label}, beside reading the rows", ours, median(lambda: _raw(engine)))
    few, many = (_statements(engine, some) for some in (everyone[:1], everyone))
    yield Line(
        f"{name}: statements, {many}; of one pupil {few}", 0, None, many - few, 0, unit="more"
    )


def _happen(engine: Engine) -> None:
    """The road to each vedtak: a need, both consents, an assessment, and a talk with PPT."""
    said = "recorded_on, recorded_at"
    received = (
        "decided_on, CAST(:at AS TIMESTAMP)"
        if engine.dialect.name != "sqlite"
        else "decided_on, :at"
    )
    day = _day(engine)
    with engine.begin() as connection:
        for statement in (
            (
                "INSERT INTO assessment (owner_id, pupil_id, year, needed_since, referred_on,"
                f" complete_on, received_on, {said}) SELECT owner_id, pupil_id, year, {day(150)},"
                f" {day(120)}, {day(110)}, {day(20)}, {received} FROM vedtak"
            ),
            *(
                f"INSERT INTO consent (owner_id, pupil_id, kind, year, on_day, answer, {said})"
                f" SELECT owner_id, pupil_id, '{kind}', year, {day(before)}, 'given', {received}"
                " FROM vedtak"
                for kind, before in (("utredning", 130), ("vedtak", 10))
            ),
            (
                f"INSERT INTO case_move (owner_id, pupil_id, year, kind, on_day, note, {said})"
                f" SELECT owner_id, pupil_id, year, 'sent_back', {day(115)}, 'referat', {received}"
                " FROM vedtak"
            ),
        ):
            connection.execute(text(statement), {"at": "2021-06-20 09:00:00.000000"})
    db.analyze(engine)


def _day(engine: Engine) -> Any:
    if engine.dialect.name == "sqlite":
        return lambda before: f"date(decided_on, '-{before} days')"
    return lambda before: f"decided_on - {before}"


def _courses(engine: Engine, pupils: list[int]) -> int:
    with Session(engine) as session:
        known = Histories(session, pupils)
        return sum(len(known.courses(one, until=UNTIL)) for one in pupils)


def _raw(engine: Engine) -> int:
    """Every row of the same tables with the bare driver, into tuples."""
    connection: Any = engine.raw_connection()
    cursor = connection.cursor()
    count = 0
    for table in TABLES:
        cursor.execute(f"SELECT * FROM {table}")
        count += len(cursor.fetchall())
    connection.close()
    return count


def _statements(engine: Engine, pupils: list[int]) -> int:
    """How many statements the courses of some pupils take."""
    seen: list[str] = []

    def see(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", see)
    _courses(engine, pupils)
    event.remove(engine, "before_cursor_execute", see)
    return len(seen)
