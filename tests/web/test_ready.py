"""Whether the service can do its work: one word for each check, in time, and nothing written."""

import asyncio
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from iopflow import clock, db, settings
from iopflow.reminders import pulse
from iopflow.web.app import create_app
from iopflow.web.page import Site
from iopflow.web.probe import Probe
from tests.factories import lia
from tests.loops import to_its_end
from tests.web.conftest import NOW, Pages


def said(pages: Pages) -> tuple[int, dict[str, str]]:
    """What /readyz answers."""
    answer = TestClient(pages.app).get("/readyz")
    body = answer.json()
    assert body["ready"] == (answer.status_code == 200)
    return answer.status_code, body["checks"]


@pytest.fixture
def plain(engine: Engine) -> Pages:
    """Lia skole, which has not gone live."""
    with db.session(engine) as session:
        lia(session)
    return Pages(engine)


def go_live(pages: Pages) -> None:
    """The schools begin."""
    pages.run("UPDATE school SET live_from = '2026-08-01'")


def beat(pages: Pages) -> None:
    """A pass of the clock, here or in another process, went well now."""
    with db.session(pages.engine) as session:
        pulse.beat(session, pages.now)


def test_before_a_school_has_gone_live_nobody_misses_the_clock(plain: Pages) -> None:
    assert said(plain) == (200, {"database": "ok", "schema": "ok", "clock": "idle"})


def test_a_clock_that_has_never_passed_or_not_for_ten_minutes_is_silent(plain: Pages) -> None:
    go_live(plain)
    assert said(plain) == (503, {"database": "ok", "schema": "ok", "clock": "silent"})
    beat(plain)
    plain.now += timedelta(minutes=10, milliseconds=-1)  # each request takes a moment
    assert said(plain) == (200, {"database": "ok", "schema": "ok", "clock": "ok"})
    plain.now += timedelta(seconds=1)
    assert said(plain)[1]["clock"] == "silent"


def test_a_clock_that_passed_in_the_future_is_not_well(plain: Pages) -> None:
    beat(plain)
    plain.now -= timedelta(minutes=6)
    assert said(plain) == (503, {"database": "ok", "schema": "ok", "clock": "ahead"})


def test_a_schema_of_another_version_is_told_from_a_database_that_is_away(plain: Pages) -> None:
    plain.run("UPDATE alembic_version SET version_num = '9999'")
    assert said(plain) == (503, {"database": "ok", "schema": "other", "clock": "unknown"})
    plain.run("DROP TABLE alembic_version")
    assert said(plain)[1]["schema"] == "other"


@pytest.mark.parametrize(
    "url", ["sqlite:///{}/gone.db", "postgresql+psycopg://nobody@127.0.0.1:1/gone"]
)
def test_a_database_that_is_away_is_failed_and_is_not_made(url: str, tmp_path: Path) -> None:
    engine = db.create_engine(url.format(tmp_path))
    site = Site(engine, settings.load({}), lambda: NOW)
    answer = TestClient(create_app(site)).get("/readyz")
    assert answer.json()["checks"] == {
        "database": "failed",
        "schema": "unknown",
        "clock": "unknown",
    }
    assert "127.0.0.1" not in answer.text
    assert list(tmp_path.iterdir()) == []


def test_nobody_waits_for_a_database_that_hangs_and_one_thread_does() -> None:
    asked, go = [], threading.Event()

    def hangs() -> str:
        asked.append(1)
        go.wait(60)
        return "at last"

    async def three() -> list[str | None]:
        probe = Probe(hangs, limit=0.05)
        begun = clock.elapsed()
        answers = await asyncio.gather(probe.ask(), probe.ask())
        assert clock.elapsed() - begun < 5
        go.set()
        return [*answers, await probe.ask()]

    assert to_its_end(three()) == [None, None, "at last"]
    assert asked == [1]


def test_it_answers_while_somebody_else_writes_and_writes_nothing(plain: Pages) -> None:
    with db.session(plain.engine) as session:
        session.connection()
        assert said(plain)[0] == 200


def test_a_database_that_somebody_has_locked_is_slow_and_soon_said_to_be(plain: Pages) -> None:
    raw = plain.engine.raw_connection()
    sqlite = plain.engine.dialect.name == "sqlite"
    try:
        raw.cursor().execute("BEGIN EXCLUSIVE" if sqlite else "LOCK TABLE alembic_version")
        begun = clock.elapsed()
        status, checks = said(plain)
        assert clock.elapsed() - begun < 5
    finally:
        raw.rollback()
        raw.close()
    if not (sqlite and db.WAL_IS_SAFE):  # there readers wait for nobody
        assert (status, checks["database"]) == (503, "slow")
    assert said(plain)[0] == 200
