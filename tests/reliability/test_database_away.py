"""K5 and L2: the database goes away, or is held by another, while mails are being sent."""

import os
import random
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from iopflow import clock, db
from tests.databases import LONG, Postgres, databases
from tests.reliability.kit import (
    MORNING,
    Prepared,
    Runner,
    Sink,
    Tally,
    long,
    many_teachers,
    prepared,
    told,
    wait_until,
)

MAILS = long(300, 3_000)
FAST = 200  # a lease lasts three seconds
# How long another process holds the lock, and how long SQLite waits for it (as shipped: 10 s).
HELD = [(0.5, 5_000), (1.0, 200)]
if LONG:
    HELD = [(1.0, db.BUSY_MS), (5.0, db.BUSY_MS), (12.0, db.BUSY_MS)]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server of our own, which dies now and then."""
    with databases("postgresql", durable=True) as made:
        assert isinstance(made, Postgres)
        if not made.is_ours:
            pytest.skip("the server that IOPFLOW_TEST_PG names is not ours to kill")
        yield made


@contextmanager
def delivering(
    school: Prepared, post: Sink, runner: Runner, report: Path, **more: Any
) -> Iterator[None]:
    """A worker that rings on and on, until everything is settled."""
    post.during = lambda _id: clock.pause(0.005)
    child = runner.start(
        **(more | {"url": school.url, "mail": post.address, "report": str(report)}),
        moments=[MORNING],
        until_stopped=True,
        speed=FAST,
        rate=1_000_000,
    )
    try:
        yield
        wait_until(lambda: is_settled(school), 120)
    finally:
        os.kill(child, signal.SIGTERM)
        assert runner.wait(child) == 0
    post.settle()


def is_settled(school: Prepared) -> bool:
    """Whether every mail has found its end; no, where the database is away."""
    with suppress(DBAPIError):
        rows = school.rows("delivery")
        return bool(rows) and {state for (state,) in rows} == {"sent"}
    clock.pause(0.1)
    return False


@pytest.mark.slow
def test_a_server_that_is_killed_again_and_again_costs_at_most_a_copy_each_time(
    postgres: Postgres, post: Sink, runner: Runner, tmp_path: Path
) -> None:
    began, crashes = clock.elapsed(), long(3, 40)
    with postgres.fresh() as url, prepared(url) as school:
        many_teachers(school.engine, MAILS - 3)
        with delivering(school, post, runner, tmp_path / "report"):
            for number in range(crashes):
                so_far = min(MAILS - 5, (number + 1) * MAILS // (crashes + 1))
                wait_until(lambda so_far=so_far: len(post.received) >= so_far)  # type: ignore[misc]
                postgres.crash()
                clock.pause(0.2)
                postgres.recover()
        tally = Tally()
        tally.add([one for (one,) in school.rows("message_id")], post.received)
    tally.faults = crashes
    told("PostgreSQL killed", tally, began)
    assert (tally.lost, tally.copies <= crashes) == (0, True)
    assert len(set(post.received)) == MAILS


@pytest.mark.slow
def test_a_connection_that_is_cut_at_any_moment_costs_nothing(
    postgres: Postgres, post: Sink, runner: Runner, tmp_path: Path
) -> None:
    chance, cuts, began = random.Random(7), 0, clock.elapsed()  # noqa: S311 - no secret
    with postgres.fresh() as url, prepared(url) as school:
        many_teachers(school.engine, MAILS - 3)
        knife = create_engine(url, isolation_level="AUTOCOMMIT")
        cut = text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with knife.connect() as hand, delivering(school, post, runner, tmp_path / "report"):
            while len(set(post.received)) < MAILS:
                clock.pause(chance.uniform(0.01, 0.3))
                cuts += hand.execute(cut).scalar_one()
        knife.dispose()
        tally = Tally()
        tally.add([one for (one,) in school.rows("message_id")], post.received)
    tally.faults = cuts
    told("connections cut", tally, began)
    assert cuts > 5
    assert (tally.lost, tally.copies) == (0, 0)


def test_the_first_who_asks_after_a_restart_is_answered(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        engine = db.create_engine(url)
        with db.session(engine, write=False) as session:
            assert session.execute(text("SELECT 1")).scalar_one() == 1
        postgres.crash()
        postgres.recover()
        with db.session(engine, write=False) as session:
            assert session.execute(text("SELECT 1")).scalar_one() == 1
        engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "patience"), HELD)
def test_a_lock_that_another_holds_is_waited_for(
    file: Prepared, post: Sink, runner: Runner, tmp_path: Path, seconds: float, patience: int
) -> None:
    """It is taken while the mail server has a mail: the yes must be marked when it is free."""
    holding = threading.Thread(target=_hold, args=(file.file, seconds))

    def hold(_message_id: str) -> None:
        if not holding.is_alive() and len(post.received) == 1:
            holding.start()
            clock.pause(0.1)

    with delivering(file, post, runner, tmp_path / "report", busy_ms=patience):
        post.during = hold
    holding.join()
    tries = dict(file.rows("message_id, tries"))
    assert sorted(post.received) == sorted(tries)
    assert tries[post.received[0]] == 1  # the yes was not forgotten


def _hold(path: Path, seconds: float) -> None:
    other = sqlite3.connect(path, isolation_level=None, timeout=20)
    other.execute("BEGIN IMMEDIATE")
    clock.pause(seconds)
    other.execute("ROLLBACK")
    other.close()


def test_a_commit_that_gets_no_lock_leaves_nothing_behind(file: Prepared) -> None:
    """Somebody reads for longer than a writer waits; then everybody can write."""
    file.anew()
    reader = sqlite3.connect(file.file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM person").fetchone()

    def write(engine: Any) -> None:
        with db.session(engine) as session:
            session.execute(text("PRAGMA busy_timeout=50"))
            session.execute(text("UPDATE person SET name = name || '.'"))

    if not db.WAL_IS_SAFE:  # with a write-ahead log nobody waits for readers
        with pytest.raises(DBAPIError, match="locked"):
            write(file.engine)
    reader.close()
    other = db.create_engine(file.url)
    write(other)
    write(file.engine)
    other.dispose()
