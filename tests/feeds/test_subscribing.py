"""Programs that people use subscribe to a running server: vdirsyncer fetches, khal shows.

They see the right days, see a deadline move, and lose the entries when the feed is revoked.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import Engine, text

from iopflow import db, settings
from iopflow.clock import OSLO
from iopflow.engine import acts, feeds
from iopflow.models import FeedLevel
from iopflow.queries.access import EVERYONE
from iopflow.queries.feeds import feed_of, imagined, person_for
from iopflow.queries.tasks import Asked, tasks
from iopflow.web.app import create_app
from iopflow.web.page import Site
from iopflow.wheel import BINDING
from tests.cli.conftest import fill
from tests.factories import RULES, act

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=OSLO)
TODAY = NOW.date()
BIN = Path(sys.executable).parent
pytestmark = pytest.mark.slow


@dataclass
class Subscriber:
    """Somebody's laptop: a folder with the calendar as it was last fetched."""

    home: Path
    url: str

    def __post_init__(self) -> None:
        self.home.mkdir()
        (self.home / "vdirsyncer").write_text(
            f"""[general]
status_path = "{self.home}/status/"
[pair iop]
a = "here"
b = "there"
collections = null
conflict_resolution = "b wins"
[storage here]
type = "filesystem"
path = "{self.home}/iop/"
fileext = ".ics"
[storage there]
type = "http"
url = "{self.url}"
""",
            encoding="utf-8",
        )
        (self.home / "khal").write_text(
            f"""[calendars]
[[iop]]
path = {self.home}/iop/
[locale]
local_timezone = Europe/Oslo
default_timezone = Europe/Oslo
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
""",
            encoding="utf-8",
        )

    def sync(self) -> None:
        """Fetches."""
        self._run("vdirsyncer", "-c", f"{self.home}/vdirsyncer", "discover")
        self._run("vdirsyncer", "-c", f"{self.home}/vdirsyncer", "sync")

    def shows(self) -> set[tuple[date, str]]:
        """The first day and the title of all events of a school year, as khal lists them."""
        listed = self._run(
            "khal", "-c", f"{self.home}/khal", "list", "--format", "{start-date}|{title}",
            "--day-format", "", "--once", "2026-08-01", "365d",
        )  # fmt: skip
        lines = [line.partition("|") for line in listed.splitlines() if "|" in line]
        return {(date.fromisoformat(day), title) for day, _bar, title in lines}

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            env=os.environ | {"HOME": str(self.home), "XDG_CACHE_HOME": f"{self.home}/cache"},
            input="y\ny\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout} {done.stderr}"
        return done.stdout


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Engine, str]]:
    """Lia skole on a port of its own; the clock stands still."""
    url = f"sqlite:///{tmp_path}/iopflow.db"
    db.upgrade(db.create_engine(url))
    fill(url)
    engine = db.create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE school SET live_from = '2026-08-01'"))
    app = create_app(Site(engine, settings.load({}), lambda: NOW))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield engine, f"http://127.0.0.1:{port}"
    server.should_exit = True
    running.join()
    engine.dispose()


def test_the_days_are_right_a_moved_one_is_seen_and_all_go_with_the_feed(
    served: tuple[Engine, str], tmp_path: Path
) -> None:
    engine, base = served
    with db.session(engine) as session:
        kari = person_for(session, EVERYONE, "kari")
        own = imagined(session, kari, "person", FeedLevel.STEPS, today=TODAY, key="")
        number, token = feeds.new(session, own, label="", act=act(at=NOW))
    laptop = Subscriber(tmp_path / "laptop", f"{base}{feeds.path_of(token)}")

    laptop.sync()
    assert _deadlines(engine) <= laptop.shows()
    assert _deadlines(engine)

    moved = _move_one(engine)
    laptop.sync()
    assert moved not in laptop.shows()
    assert _deadlines(engine) <= laptop.shows()

    with db.session(engine) as session:
        feeds.revoke(session, feed_of(session, EVERYONE, number), act=act(at=NOW))
    laptop.sync()
    assert [title for _day, title in laptop.shows()] == [
        "Kalenderlenken er trukket tilbake: lag en ny i iopflow"
    ]


def _deadlines(engine: Engine) -> set[tuple[date, str]]:
    """What kari is to do within the year, read from the tasks and not from the feed."""
    with db.session(engine, write=False) as session:
        return {
            (row.facts.due, row.step.title.get("nb"))
            for row in tasks(session, RULES, EVERYONE, Asked(person="kari"), today=TODAY)
            if row.facts.due is not None
            and date(2026, 9, 27) <= row.facts.due <= date(2027, 7, 31)
            and row.status.value in {"planned", "waiting", "open", "overdue"}
        }


def _move_one(engine: Engine) -> tuple[date, str]:
    """Agrees another day for all of one step. Returns where it stood."""
    with db.session(engine) as session:
        rows = [
            row
            for row in tasks(session, RULES, EVERYONE, Asked(person="kari"), today=TODAY)
            if row.step.date_basis not in BINDING
            and row.facts.due is not None
            and row.facts.due > TODAY
        ]
        rows = [row for row in rows if row.step.key == rows[0].step.key]
        assert rows
        due = rows[0].facts.due
        assert due is not None
        acts.move(session, rows, due=date(2027, 6, 3), reason="avtalt", act=act(at=NOW))
        return due, rows[0].step.title.get("nb")
