"""One step done, and a class at once: beside the bare driver, and beside a state machine."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from bench import country
from bench.report import Line, each, once, ratio
from iopflow import db
from iopflow.engine import acts
from iopflow.engine.ledger import Act
from iopflow.models import Task
from iopflow.queries.access import EVERYONE
from iopflow.queries.rules import Rules
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year

STEP = "iop.klar_skolestart"
YEAR = country.FIRST
TODAY = date(YEAR, 10, 1)
PUPILS = 200
CLASS = 20


def run(_pupils: int) -> Iterator[Line]:
    """The lines of the report."""
    with country.folder() as place:
        path = country.build(place / "small.db", 2 * PUPILS)
        engine = db.create_engine(f"sqlite:///{path}")
        country.roll(engine, YEAR)
        db.analyze(engine)
        engine.dispose()  # a connection reads the statistics when it opens
        todo = ids(engine)
        bare = country.copy(path, "bare.db")
        rules = Rules()
        complete(engine, rules, [todo.pop()])  # reads the wheel and builds the statements

        def _complete_one(task_id: int) -> None:
            complete(engine, rules, [task_id])

        singles, batch = todo[:PUPILS], todo[PUPILS : PUPILS + CLASS]
        single = once(lambda: each(_complete_one, singles)) / len(singles)
        whole = once(lambda: complete(engine, rules, batch)) / len(batch)
        raw = _raw(bare, singles)
        machine = _machine()
        yield ratio("a step done, durable, beside the bare driver", single, raw, 3)
        yield ratio("each of a class of 20 at once, beside one alone", whole, single, 1 / 1.5)
        yield ratio("a step done, durable, beside `transitions` in memory", single, machine)
        engine.dispose()


def ids(engine: Engine) -> list[int]:
    """The tasks of one step."""
    with Session(engine) as session:
        found = select(Task.id).where(Task.step == STEP).order_by(Task.subject_id)  # type: ignore[call-overload]
        return list(session.execute(found).scalars())


def complete(engine: Engine, rules: Rules, ids: list[int]) -> None:
    """As a command does it: reads the tasks as the person may see them, acts, commits."""
    with db.session(engine) as session:
        found = tasks(
            session, rules, EVERYONE, Asked(ids=ids, step=STEP, year=Year(YEAR)), today=TODAY
        )
        assert len(found) == len(ids), (len(found), ids)
        acts.complete(session, found, on=TODAY, today=TODAY, act=Act("complete", country.NOW))


def _raw(path: Path, ids: list[int]) -> float:
    """Read, guarded insert, audit row, commit; the same journal and the same tables."""
    connection: sqlite3.Connection = country.raw(path)
    now = f"{TODAY} 09:00:00.000000"

    def one(task_id: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        year, subject, step = connection.execute(
            "SELECT year, subject_id, step FROM task WHERE id = ?", (task_id,)
        ).fetchone()
        row = connection.execute(
            "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion,"
            " on_day, recorded_on, recorded_at) SELECT 1, ?, ?, 'pupil', ?, 'done', '', ?, ?, ?"
            " WHERE NOT EXISTS (SELECT 1 FROM happening WHERE year = ? AND subject_id = ?"
            " AND step = ? AND what = 'done' AND scope = 'pupil')",
            (year, step, subject, str(TODAY), str(TODAY), now, year, subject, step),
        ).lastrowid
        connection.execute(
            "INSERT INTO event (owner_id, at, act, table_name, row_id, pupil_id, after)"
            " VALUES (1, ?, 'complete', 'happening', ?, ?, '{\"what\": \"done\"}')",
            (now, row, subject),
        )
        connection.execute("COMMIT")

    seconds = once(lambda: each(one, ids)) / len(ids)
    connection.close()
    return seconds


def _machine() -> float:
    """A guarded transition with a record in memory, nothing stored."""
    from transitions import Machine

    class Step:
        trigger: Any
        record: list[str]

        def __init__(self) -> None:
            self.record = []

        def allowed(self) -> bool:
            return True

        def note(self) -> None:
            self.record.append("done")

    model = Step()
    Machine(
        model,
        states=["open", "done"],
        initial="open",
        transitions=[
            {
                "trigger": "complete",
                "source": "open",
                "dest": "done",
                "conditions": "allowed",
                "after": "note",
            },
            {"trigger": "reopen", "source": "done", "dest": "open"},
        ],
    )

    def there_and_back(_run: int) -> None:
        model.trigger("complete")
        model.trigger("reopen")

    runs = 2_000
    return once(lambda: each(there_and_back, range(runs))) / runs / 2
