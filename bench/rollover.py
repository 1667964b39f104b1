"""Opening a year for everyone, beside the bare statement, ready rows and SQLModel objects."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from bench import country
from bench.report import Line, once, peak_mb, ratio
from iopflow import db
from iopflow.models import Task

SAMPLE = 20_000  # rows of the SQLModel peer; the time is scaled up
COLUMNS = (
    "owner_id, year, subject_id, step, scope, school_id, opens, due, limit_day, moved, batch_id"
)


def run(pupils: int) -> Iterator[Line]:
    """The lines of the report."""
    with country.folder() as place:
        base = country.build(place / "base.db", pupils)
        years = country.copy(base, "years.db")
        engine = db.create_engine(f"sqlite:///{years}")
        dry = once(lambda: country.roll(engine, country.FIRST, apply=False))
        first = once(lambda: country.roll(engine, country.FIRST))
        again = once(lambda: country.roll(engine, country.FIRST))
        engine.dispose()
        one = country.copy(years, "one.db")
        engine = db.create_engine(f"sqlite:///{years}")
        later = [
            once(lambda year=year: country.roll(engine, year))  # type: ignore[misc]
            for year in range(country.FIRST + 1, country.FIRST + country.YEARS)
        ]
        engine.dispose()
        bare = _bare(base, one, foreign_keys=True)
        loose = _bare(base, one, foreign_keys=False)
        rows = _rows(one)
        ready = _executemany(base, rows)
        objects = _objects(base, one, len(rows))
        label = f"roll-over, {pupils} pupils, {len(rows)} tasks"
        yield ratio(f"{label}, beside bare INSERT..SELECT", first, bare, 2)
        yield ratio("the same, bare without foreign keys", first, loose)
        yield ratio("the same, beside executemany of ready rows", first, ready, 1)
        yield ratio(
            f"the same, beside SQLModel add_all ({min(SAMPLE, len(rows))} rows, scaled)",
            first,
            objects,
            40,
            at_least=True,
        )
        yield ratio("second run beside the first", again, first, 0.5)
        yield ratio("year 2 beside year 1", later[0], first)
        yield ratio("year 5 beside year 1", later[-1], first, 1.1)
        yield ratio("year 5 beside year 2", later[-1], later[0])
        yield ratio("dry run beside the first", dry, first)
        memory = _memory(base)
        yield Line("peak memory of the roll-over", first, None, memory, 150, unit="MB")


def _bare(base: Path, opened: Path, *, foreign_keys: bool) -> float:
    """Pupils x steps in one statement, whose plan (the steps of each kind of pupil) is ready."""
    path = country.copy(base, "bare.db")
    connection = country.raw(path, foreign_keys=foreign_keys)
    connection.execute("ATTACH ? AS opened", (str(opened),))
    connection.executescript(
        """
        CREATE TEMP TABLE kind AS SELECT subject_id, scope, school_id,
          group_concat(step || coalesce(due, '') || coalesce(opens, '')) AS kind
          FROM opened.task GROUP BY subject_id, scope, school_id;
        CREATE TEMP TABLE plan AS SELECT DISTINCT k.school_id, k.scope, k.kind, t.year, t.step,
          t.opens, t.due, t.limit_day FROM kind k JOIN opened.task t
          ON t.subject_id = k.subject_id AND t.scope = k.scope AND t.school_id = k.school_id;
        CREATE INDEX temp.plan_kind ON plan (school_id, scope, kind);
        """
    )

    def insert() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            f"INSERT INTO main.task ({COLUMNS}) SELECT 1, p.year, k.subject_id, p.step, p.scope,"
            " p.school_id, p.opens, p.due, p.limit_day, 0, NULL FROM kind k JOIN plan p"
            " ON p.school_id = k.school_id AND p.scope = k.scope AND p.kind = k.kind"
        )
        connection.execute("COMMIT")

    seconds = once(insert)
    count = "SELECT count(*) FROM {}.task"
    written, wanted = (
        connection.execute(count.format(where)).fetchone() for where in ("main", "opened")
    )
    assert written == wanted, (written, wanted)
    connection.close()
    return seconds


def _rows(path: Path) -> list[Any]:
    connection = country.raw(path)
    rows = connection.execute(f"SELECT {COLUMNS} FROM task").fetchall()
    connection.close()
    return rows


def _executemany(base: Path, rows: list[Any]) -> float:
    connection = country.raw(country.copy(base, "ready.db"))

    def insert() -> None:
        connection.execute("BEGIN IMMEDIATE")
        country.fill(connection, "task", COLUMNS, rows)
        connection.execute("COMMIT")

    seconds = once(insert)
    connection.close()
    return seconds


def _objects(base: Path, opened: Path, total: int) -> float:
    source = db.create_engine(f"sqlite:///{opened}")
    with Session(source) as session:
        plain = [
            one.model_dump(exclude={"id"})
            for one in session.execute(select(Task).limit(SAMPLE)).scalars()
        ]
    source.dispose()
    engine = db.create_engine(f"sqlite:///{country.copy(base, 'objects.db')}")

    def insert() -> None:
        with db.session(engine) as session:
            session.add_all([Task(**values) for values in plain])

    seconds = once(insert)
    engine.dispose()
    return seconds * total / len(plain)


def _memory(base: Path) -> float:
    """Of a process of its own, that does nothing else."""
    path = country.copy(base, "memory.db")
    out = subprocess.run(
        [sys.executable, "-m", "bench.rollover", str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(json.loads(out.stdout))


if __name__ == "__main__":
    alone = db.create_engine(f"sqlite:///{sys.argv[1]}")
    country.roll(alone, country.FIRST)
    print(json.dumps(peak_mb()))
