"""The access log: a line of each request by its route, with no secret, name or address in it."""

import re
from datetime import UTC, datetime
from hashlib import sha256

from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from iopflow import db, settings
from iopflow.engine.feeds import new
from iopflow.models import FeedLevel, Person
from iopflow.queries.feeds import imagined
from iopflow.web.app import ROUTES, create_app
from iopflow.web.page import Site
from iopflow.web.traffic import Answered, Traffic, line
from tests.factories import act
from tests.web.conftest import OURS, Pages

LINE = re.compile(
    r"2026-11-26T09:00:00Z (GET|HEAD|POST|PUT|-) (-|/[a-zæøå0-9./{}:-]*) \d{3} \d+ms \d+B"
    r"( token=[0-9a-f]{8})?"
)


def feed_of(pages: Pages, key: str) -> str:
    """The secret of a new feed."""
    ((number,),) = pages.rows(f"SELECT id FROM person WHERE key = '{key}'")  # noqa: S608 - a key of ours
    with db.session(pages.engine) as session:
        person = session.get_one(Person, number)
        own = imagined(session, person, "person", FeedLevel.COUNTS, today=pages.now.date(), key="x")
        return new(session, own, label="", act=act())[1]


def logged(pages: Pages) -> tuple[TestClient, list[str]]:
    """Somebody who has not logged in, and the lines of what they ask."""
    said: list[str] = []
    site = Site(pages.engine, settings.load({}), lambda: pages.now, demo=True)
    app = create_app(site, said.append)
    return TestClient(
        app, headers=OURS, follow_redirects=False, raise_server_exceptions=False
    ), said


def test_no_page_of_anybody_puts_a_secret_or_a_name_in_the_log(pages: Pages) -> None:
    client, said = logged(pages)
    token = feed_of(pages, "kari")
    secrets = [token, "hemmelig", "abc%20def"]
    for who in ("kari", "rita", "ada"):
        ((number,),) = pages.rows(f"SELECT id FROM person WHERE key = '{who}'")  # noqa: S608 - a key of ours
        client.post("/logg-inn", data={"person": number})
        secrets += client.cookies.values()
        for route in ROUTES:
            path = route.path.replace("{figure}", "R1").replace("{code}", "P3")
            client.request(route.method, f"{path}?elev=hemmelig", data={"elev": "Elev e1"})
        for path in (token, f"feeds/{token}/iop-frister.ics", f"feeds/{token}/x.ics", "abc%20def"):
            client.get(f"/{path}?navn=hemmelig")
            client.head(f"/{path}")
            client.put(f"/{path}")
    names = [name for (name,) in pages.rows("SELECT name FROM person UNION SELECT name FROM pupil")]
    text = "\n".join(said)
    assert len(said) > 3 * len(ROUTES)
    assert [one for one in secrets if one.lower() in text.lower()] == []
    assert [one for one in names if re.search(rf"\b{re.escape(one)}\b", text, re.IGNORECASE)] == []
    assert [one for one in said if not LINE.fullmatch(one)] == []


def test_a_feed_is_found_in_the_log_by_the_hash_of_its_secret(pages: Pages) -> None:
    client, said = logged(pages)
    token = feed_of(pages, "kari")
    answer = client.get(f"/feeds/{token}/iop-frister.ics", headers={"Accept-Encoding": "identity"})
    short = sha256(token.encode()).hexdigest()[:8]
    (only,) = said
    assert only.startswith("2026-11-26T09:00:00Z GET /feeds/{token}/iop-frister.ics 200 ")
    assert only.endswith(f"ms {len(answer.content)}B token={short}")
    assert pages.rows("SELECT token_hash FROM feed_token")[0][0].startswith(short)


def test_nobody_writes_lines_of_their_own_into_the_log(pages: Pages) -> None:
    client, said = logged(pages)
    client.get("/x%0a2026-11-26T09:00:00Z%20GET%20/drift%20200")
    client.get("/feeds/%0d%0ax/iop-frister.ics", headers={"User-Agent": "x\\nGET"})
    client.request("G\tET", "/mine")
    assert [one for one in said if not LINE.fullmatch(one)] == []
    assert [one.split()[1:3] for one in said][:2] == [
        ["GET", "-"],  # no route has a line break in it
        ["GET", "/feeds/{token}/iop-frister.ics"],
    ]


def test_a_page_that_breaks_has_its_line_and_a_probe_that_is_well_has_none(pages: Pages) -> None:
    client, said = logged(pages)
    client.get("/healthz")
    assert said == []
    client.get("/readyz")  # a school is live and no clock has passed
    pages.run("DROP TABLE web_session")
    client.cookies.set("iopflow", "x")
    client.get("/mine")
    assert [one.split()[2:4] for one in said] == [["/readyz", "503"], ["/mine", "500"]]


def test_a_route_is_named_by_its_template_also_inside_what_is_mounted_or_included() -> None:
    said: list[str] = []
    app, inner, router = FastAPI(), FastAPI(), APIRouter(prefix="/v1")

    @inner.get("/elever/{pupil}")
    @router.get("/elever/{pupil}")
    def pupil(pupil: int) -> int:
        return pupil

    app.mount("/inne", inner)
    app.include_router(router, prefix="/api")
    client = TestClient(Traffic(app, app.routes, [lambda one: said.append(one.route)]))
    for path in ("/inne/elever/7", "/inne/nei", "/api/v1/elever/7", "/api/v1/nei"):
        client.get(path)
    assert said == ["/inne/elever/{pupil}", "/inne", "/api/v1/elever/{pupil}", "-"]


def test_a_request_that_nobody_waited_for_has_a_line_without_a_status() -> None:
    gone = Answered("GET", "/mine", None, 1.2345, 0)
    at = datetime(2027, 1, 11, 7, tzinfo=UTC)
    assert line(gone, at) == "2027-01-11T07:00:00Z GET /mine - 1234ms 0B"
