"""Every link of every page as everybody: no GET changes anything, and every answer has the headers.

And the other way: no form is taken from anywhere but a page of ours.
"""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import select
from sqlmodel import Session
from starlette.testclient import TestClient

from iopflow import db
from iopflow import settings as configured
from iopflow.models import metadata
from iopflow.web.app import ROUTES, create_app
from iopflow.web.page import Site
from iopflow.web.security import HEADERS, HSTS
from tests.databases import KINDS, LONG, databases
from tests.web.conftest import NOW, OURS, Pages
from tests.web.matrix import PRINCIPALS, ROWS, client_of, instances, path_of
from tests.web.two_owners import two_owners

_LINK = re.compile(r'href="(/[^"]*)"')
MOST = 10_000 if LONG else 60  # pages for each person
# What reading may write: that a log-in is in use, and who has read.
WRITTEN_BY_READING = {"web_session", "reading"}
FORBIDDEN: dict[str, dict[str, str]] = {
    "none": {},
    "cross-site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    "same-site": {"Sec-Fetch-Site": "same-site", "Origin": "https://testserver.evil.example"},
    "typed": {"Sec-Fetch-Site": "none"},
    "foreign origin": {"Origin": "https://evil.example"},
    "no origin": {"Origin": "null"},
    "as text": {"Content-Type": "text/plain", "Origin": "https://evil.example"},
}


# Some hundreds of pages: on one database, and on both of them when there is time.
@pytest.fixture(scope="module", params=KINDS if LONG else KINDS[:1])
def still(request: pytest.FixtureRequest) -> Iterator[Pages]:
    """Two owners, whom nothing here changes."""
    with databases(request.param) as server, server.fresh(two_owners) as url:
        engine = db.create_engine(url)
        yield Pages(engine)
        engine.dispose()


def contents(pages: Pages) -> dict[str, list[tuple[object, ...]]]:
    """All that stands in the database, but for what reading writes."""
    with Session(pages.engine) as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(table.c.id))]
            for table in metadata.sorted_tables
            if table.name not in WRITTEN_BY_READING
        }


def links(path: str, text: str) -> list[str]:
    """The pages that a page leads to."""
    found = [unescape(one) for one in _LINK.findall(text)]
    return [urljoin(path, one) for one in found if not urlsplit(one).path.startswith("/static")]


def test_no_get_changes_anything_however_far_one_follows_the_links(still: Pages) -> None:
    clients = {who: client_of(still, who) for who in PRINCIPALS}  # to log in is a change
    before, shapes = contents(still), set()
    for who, logged_in in clients.items():
        with logged_in as client:
            numbers = instances(still)
            todo = [route.path for route in ROUTES if route.method == "GET"]
            kinds = {row.path: row.kind for row in ROWS}
            todo = [
                path_of(one, str(numbers[kinds[one]][0]) if "{" in one else "", "P1")
                for one in todo
            ]
            seen: set[str] = set()
            while todo and len(seen) < MOST:
                path = todo.pop(0)
                shape = re.sub(
                    r"\d+", "9", path
                )  # one of each kind, and all of them when there is time
                if path in seen or (not LONG and (who, shape) in shapes):
                    continue
                seen.add(path)
                shapes.add((who, shape))
                answer = client.get(path)
                assert answer.status_code in (200, 303, 403, 404, 422), (who, path)
                todo += links(path, answer.text)
    assert contents(still) == before


@pytest.mark.parametrize("origin", FORBIDDEN)
def test_no_form_is_taken_from_elsewhere(still: Pages, origin: str) -> None:
    cookies = client_of(still, "rektor").cookies
    before = contents(still)
    client = TestClient(
        still.app, headers=FORBIDDEN[origin], cookies=cookies, follow_redirects=False
    )
    found = {}
    with client:
        for route in ROUTES:
            if route.method == "POST":
                path = (
                    route.path.replace("{figure}", "R1")
                    .replace("{code}", "P3")
                    .replace("{number}", "1")
                )
                content = "task=1&on=25.11.2026&reason=x&end=30.11.2026"
                found[path] = client.post(path, content=content).status_code
    assert set(found.values()) == {403}
    assert contents(still) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_no_page_knows_another_method(still: Pages, method: str) -> None:
    client = client_of(still, "rektor")
    for route in ROUTES:
        path = route.path.replace("{figure}", "R1").replace("{code}", "P3").replace("{number}", "1")
        assert client.request(method, path).status_code == 405, path


@pytest.mark.parametrize("address", [None, "https://iop.example.no"])
def test_every_answer_has_the_headers_whatever_it_says(still: Pages, address: str | None) -> None:
    known = configured.load({}, base_url=address) if address else configured.load({})
    app = create_app(Site(still.engine, known, lambda: NOW, demo=True))
    token = client_of(still, "rektor").cookies["iopflow"]
    name = "__Host-iopflow" if address is not None else "iopflow"
    client = TestClient(app, headers=OURS | {"Cookie": f"{name}={token}"})
    wanted = {name.decode(): value.decode() for name, value in HEADERS}
    for method, path, status in (
        ("GET", "/mine", 200),
        ("HEAD", "/mine", 200),
        ("GET", "/drift", 403),
        ("GET", "/finnes-ikke", 404),
        ("GET", "/static/finnes-ikke.css", 404),
        ("GET", "/static/iopflow.css", 200),
        ("POST", "/oppgaver/gjort", 422),
        ("PUT", "/mine", 405),
        ("GET", "/feeds/x/iop-frister.ics", 404),
        ("GET", "/api/v1/tasks", 401),
        ("GET", "/api/v1/openapi.json", 200),
        ("GET", "/healthz", 200),
    ):
        answer = client.request(method, path)
        assert answer.status_code == status, path
        assert {name: answer.headers.get(name) for name in wanted} == wanted, path
        assert (HSTS[0].decode() in answer.headers) == (address is not None), path
        if not path.startswith(("/static", "/feeds")):
            assert answer.headers["cache-control"] == "no-store", path
