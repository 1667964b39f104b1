"""A real browser, and the pages of a school of sixty pupils served to it."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Engine, text
from sqlmodel import Session

from iopflow import db, settings
from iopflow.clock import OSLO
from iopflow.engine.opening import open_year
from iopflow.models import Side, metadata
from iopflow.queries.places import schools
from iopflow.schoolyear import Year
from iopflow.web.app import create_app
from iopflow.web.page import Site
from tests.databases import Sqlite
from tests.factories import RULES, Lia, act, lia

NOW = datetime(2027, 1, 11, 8, 0, tzinfo=OSLO)
NAMES = ("chromium", "chromium-browser", "google-chrome")
PUPILS = 60


def chromium() -> str | None:
    """The browser that is installed."""
    found = (shutil.which(name) for name in NAMES)
    return os.environ.get("IOPFLOW_TEST_CHROMIUM") or next((one for one in found if one), None)


@dataclass
class Pages:
    """The pages of a site in a browser."""

    address: str
    engine: Engine
    browser: Browser
    opened: list[BrowserContext] = field(default_factory=list)

    def as_(self, person: str, *, width: int = 1280, scripts: bool = True) -> Page:
        """A page of somebody who has logged in and stands on the start page."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        self.opened.append(context)
        page = context.new_page()
        page.goto(f"{self.address}/logg-inn")
        page.select_option("#person", label=self._option(page, person))
        press(page, "main button")
        return page

    def _option(self, page: Page, person: str) -> str:
        labels = page.locator("#person option").all_inner_texts()
        return next(label for label in labels if label.startswith(person))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        with Session(self.engine) as session:
            return [tuple(row) for row in session.connection().execute(text(statement))]

    def close(self) -> None:
        """Ends what was opened."""
        for context in self.opened:
            context.close()


def press(page: Page, selector: str) -> None:
    """Presses what leads to another page, and waits until that page has come.

    A click alone returns before: what counts or asks right after it would ask the old page.
    """
    with page.expect_navigation():
        page.click(selector)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium is installed: the pages are not tried in a browser")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield made
        made.close()


@pytest.fixture(scope="module")
def still(browser: Browser, files: Sqlite) -> Iterator[Pages]:
    """A site for the tests of a module that change nothing."""
    with files.fresh(sixty) as url:
        yield from _serve(browser, url)


@pytest.fixture
def pages(browser: Browser, files: Sqlite) -> Iterator[Pages]:
    """A site of the test's own."""
    with files.fresh(sixty) as url:
        yield from _serve(browser, url)


def sixty(url: str) -> None:
    """The school, as `_fill` says."""
    engine = db.create_engine(url)
    with db.session(engine) as session:
        _fill(lia(session))
    db.analyze(engine)
    engine.dispose()


def _serve(browser: Browser, url: str) -> Iterator[Pages]:
    with serve(browser, url, NOW) as made:
        yield made


@contextmanager
def serve(browser: Browser, url: str, now: datetime, **known: str) -> Iterator[Pages]:
    """A site on a database, at a moment, in a browser."""
    engine = db.create_engine(url)
    known = {"base_url": "http://127.0.0.1", **known}
    app = create_app(Site(engine, settings.load({}, **known), lambda: now, demo=True))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    _wait(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    made = Pages(f"http://127.0.0.1:{port}", engine, browser)
    yield made
    made.close()
    server.should_exit = True
    thread.join()
    engine.dispose()


def _wait(for_: Callable[[], bool]) -> None:
    for _try in range(500):
        if for_():
            return
        time.sleep(0.01)
    raise RuntimeError("the server did not start")


def _fill(cast: Lia) -> None:
    """Sixty pupils in 3a and 3b with a vedtak; the autumn's work is done but for the talks."""
    for number in range(PUPILS):
        key = f"e{number}"
        cast.pupil(key, class_="3a" if number % 2 else "3b")
        cast.vedtak(key)
        cast.vedtak(key, 2025)
    cast.grant("ada", "admin", "owner", "eikedal")
    _with_ppt(cast)
    connection = cast.session.connection()
    connection.execute(text("UPDATE pupil SET name = 'Elev Nummer ' || id"))
    connection.execute(text("UPDATE person SET name = 'Kari Nordli' WHERE key = 'kari'"))
    connection.execute(text("UPDATE school SET live_from = '2026-08-01'"))
    for year in (2026, 2027):
        open_year(cast.session, RULES, Year(year), schools(cast.session), act=act())
    connection.execute(
        text(
            "INSERT INTO happening (owner_id, year, step, scope, subject_id, what, occasion,"
            " on_day, recorded_on, recorded_at) SELECT owner_id, year, step, scope, subject_id,"
            " CASE WHEN step LIKE '%mote%' THEN 'held' ELSE 'done' END, '', due, due,"
            " '2026-12-01 09:00:00.000000' FROM task WHERE due < '2027-01-01'"
            " AND step NOT LIKE '%samtale%'"
        )
    )


def _with_ppt(cast: Lia) -> None:
    """Ten referred for the year that comes, of whom Petra has some; Liv leads the office."""
    cast.ids["ppt"] = cast.add("ppt_office", key="ppt", name="PPT", municipality="Eikedal")
    for number in range(10):
        key = f"e{number}"
        since, referred = date(2026, 10, 1), date(2026, 11, 2)
        cast.need(key, 2027, needed_since=since, referred_on=referred)
        cast.consent(key, "utredning", year=2027, on=date(2026, 10, 15))
        if number % 3:
            cast.grant("petra", "ppt_radgiver", "pupil", key)
    cast.grant("liv", "ppt_leder", "ppt", "ppt")
    pupil = metadata.tables["pupil"]
    cast.session.execute(pupil.update().values(ppt_id=cast.ids["ppt"]))
    meeting = cast.add(
        "ppt_meeting", unit_id=cast.ids["smatrinn"], year=2027, on_day=date(2027, 1, 8), held=True
    )
    for number in range(10):
        pupil_id = cast.ids[f"e{number}"]
        cast.add("ppt_meeting_pupil", meeting_id=meeting, pupil_id=pupil_id, treated=number < 5)
    for person, side in (("heidi", Side.SKOLE), ("petra", Side.PPT)):
        person_id = cast.ids[person]
        cast.add("ppt_meeting_person", meeting_id=meeting, person_id=person_id, side=side)
