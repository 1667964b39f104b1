"""One owner asks with the numbers and ids of another, and gets none of its texts (S2)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from iopflow import db, mailer
from iopflow import settings as configured
from iopflow.engine import integrations
from iopflow.queries.access import EVERYONE
from iopflow.queries.integrations import where
from iopflow.reminders import outbox
from iopflow.web.app import ROUTES, create_app
from iopflow.web.page import Site
from tests.databases import LONG, Databases
from tests.factories import RULES, act
from tests.web.conftest import NOW, OURS, Pages
from tests.web.matrix import PRINCIPALS, client_of, instances
from tests.web.two_owners import FEED, MARK, two_owners

FIELDS = ("task", "pupil", "case", "person", "meeting", "nr", "away", "taker", "school", "unit")
WORDS = ("hva", "at", "fort", "skole", "elev", "klasse", "steg", "adviser", "other", "what", "seen")
TYPED = {
    "on": "25.11.2026",
    "reason": "fordi",
    "word": "held",
    "kind": "team",
    "day": "3.12.2026",
    "clock": "13.00",
    "minutes": "60",
    "ar": "2026-27",
    "year": "2026-27",
    "niva": "codes",
    "wish": "weekly",
    "answer": "accepted",
}
API = ("tasks", "indicators", "completions", "talks", "not-applicable", "reopenings")


class World:
    """The site, its log, and the numbers and ids of the other owner."""

    def __init__(self, url: str) -> None:
        self.engine = db.create_engine(url)
        self.pages = Pages(self.engine)
        self.said: list[str] = []
        site = Site(self.engine, configured.load({}, secret="s" * 32), lambda: NOW, demo=True)
        self.app = create_app(site, self.said.append)
        self.pages.app = self.app
        theirs: set[Any] = set()
        for table in ("pupil", "task", "school", "unit", "person", "meeting", "ppt_meeting"):
            rows = self.pages.rows(
                f"SELECT min(x.id), max(x.id) FROM {table} x JOIN owner o ON o.id = x.owner_id"  # noqa: S608 - names of ours
                " WHERE o.key = 'annen'"
            )
            theirs |= {str(one) for one in rows[0]}
        last = [kind[-1] for kind in instances(self.pages).values()]
        keys = ["annen", "annen:e1", "annen:lia", "annen:kari", "school annen:lia", MARK, "unit 3a"]
        self.theirs = sorted({*theirs, *map(str, last), *keys})
        self.clients = {who: client_of(self.pages, who) for who in PRINCIPALS}
        for role, at in (("rektor", "school:eikedal:lia"), ("skoleeier", "owner:eikedal")):
            self.clients[f"api {role}"] = self._program(role, at)

    def _program(self, role: str, at: str) -> TestClient:
        with db.session(self.engine) as session:
            place = where(session, EVERYONE, role, at, writes=False)
            _number, secret = integrations.new(
                session, place, label="x", writes=False, protected=True, ends=None, act=act()
            )
        return TestClient(self.app, headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture(scope="module")
def world(server: Databases) -> Iterator[World]:
    """Shared by the walks: what one leaves behind, the next may meet with."""
    with server.fresh(two_owners) as url:
        made = World(url)
        yield made
        made.engine.dispose()


def requests(world: World) -> st.SearchStrategy[tuple[str, str, str, dict[str, Any]]]:
    """Who asks for what: a page, a form or the API, with the other owner's objects in it."""
    theirs = st.sampled_from(world.theirs)
    people = st.sampled_from([who for who in world.clients if not who.startswith("api")])
    programs = st.sampled_from([who for who in world.clients if who.startswith("api")])
    asked = st.dictionaries(st.sampled_from((*FIELDS, *WORDS)), theirs, max_size=4)

    def page(route: Any) -> st.SearchStrategy[tuple[str, str, str, dict[str, Any]]]:
        codes = st.sampled_from(("P1", "P3", "P7_host", "P9", MARK))
        path = st.builds(
            lambda one, code: (
                route.path.replace("{figure}", "R1")
                .replace("{code}", code)
                .replace("{number}", one)
                .replace("{token}", one)
            ),
            theirs,
            codes,
        )
        return st.tuples(people, st.just(route.method), path, asked)

    api = st.tuples(
        programs,
        st.sampled_from(("GET", "POST")),
        st.builds("/api/v1/{}".format, st.sampled_from(API) | theirs.map("tasks/{}".format)),
        st.dictionaries(st.sampled_from(("pupil", "person", "school", "class")), theirs),
    )
    # A log-out ends the walk of a client, and a log-in is a choice of the demo only.
    routes = [one for one in ROUTES if one.path not in {"/logg-ut", "/logg-inn"}]
    return st.one_of(st.sampled_from(routes).flatmap(page), api)


def test_the_other_owner_sees_the_mark_and_so_it_can_be_found(world: World) -> None:
    ((number,),) = world.pages.rows(
        "SELECT p.id FROM person p JOIN owner o ON o.id = p.owner_id"
        " WHERE p.key = 'rita' AND o.key = 'annen'"
    )
    client = TestClient(world.app, headers=OURS)
    assert client.post("/logg-inn", data={"person": number}).status_code == 200
    for path in ("/indikatorer/P3", "/mine", "/moter", "/arshjul", "/vikar", "/ppt/moter"):
        assert MARK in client.get(path).text, path


@settings(max_examples=10_000 if LONG else 20)
@given(data=st.data())
def test_no_walk_meets_a_word_of_the_other_owner(world: World, data: st.DataObject) -> None:
    for who, method, path, asked in data.draw(
        st.lists(requests(world), min_size=15, max_size=30), label="walk"
    ):
        client = world.clients[who]
        if path.startswith("/api") and method == "POST":
            answer = client.post(path, json={"tasks": [1, 2], "reason": "x"})
        elif method == "POST":
            answer = client.post(path, data=TYPED | asked, params=asked)
        else:
            answer = client.get(path, params=asked)
        echoed = MARK in "".join((path, *asked.values()))  # what one has written oneself
        text = answer.text + "".join(f"{key}: {value}" for key, value in answer.headers.items())
        assert echoed or MARK not in text, (who, method, path, asked)


def test_nothing_of_the_other_owner_goes_out_by_itself(world: World, tmp_path: Path) -> None:
    """Mails, calendars and the log: each owner's own, whatever has been asked for before."""
    calendar = TestClient(world.app, headers=OURS).get(f"/feeds/{FEED}/iop-frister.ics")
    assert (calendar.status_code, MARK in calendar.text) == (200, False)
    assert [line for line in world.said if MARK in line] == []
    world.pages.run("UPDATE person SET email = key || '@' || owner_id || '.example.no'")
    known = configured.load(
        {},
        mail=f"dir:{tmp_path / 'mails'}",
        mail_from="iop@example.no",
        base_url="https://iop.example.no",
        secret="s" * 32,
        database=str(world.engine.url),
    )
    moment = NOW.replace(day=30)  # a Monday: everybody gets a letter
    worker = outbox.Worker(
        world.engine, RULES, lambda: moment, mailer.post_of(known, clock=lambda: moment)
    )
    outbox.tick(worker, sender="example.no")
    mails = [path.read_text("utf-8") for path in sorted((tmp_path / "mails").glob("*.eml"))]
    ours = [mail for mail in mails if "@1.example.no" in mail.partition("\n\n")[0]]
    assert (len(ours) > 3, len(mails) > len(ours)) == (True, True)
    assert [mail for mail in ours if MARK in mail] == []
