"""Headers on everything, changes only from a page of ours, and log-ins that end."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from iopflow import settings
from iopflow.web import sessions
from iopflow.web.app import ROUTES, create_app
from iopflow.web.page import Site
from iopflow.web.security import POLICY
from tests.web.conftest import NOW, Pages

ELSEWHERE: tuple[dict[str, str], ...] = (
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
)


@pytest.mark.parametrize("headers", ELSEWHERE, ids=["none", "cross", "same site", "origin"])
def test_a_form_from_elsewhere_changes_nothing(pages: Pages, headers: dict[str, str]) -> None:
    number = pages.task("iop.halvarsevaluering", "e1")
    ours = pages.as_("kari")
    client = TestClient(pages.app, headers=headers, cookies=ours.cookies, follow_redirects=False)
    answer = client.post("/oppgaver/gjort", data={"task": number, "on": "25.11.2026"})
    assert answer.status_code == 403
    assert pages.rows("SELECT count(*) FROM happening") == [(0,)]


def test_an_old_browser_shows_by_its_origin_that_the_page_is_ours(pages: Pages) -> None:
    number = pages.task("iop.halvarsevaluering", "e1")
    ours = pages.as_("kari")
    client = TestClient(
        pages.app,
        headers={"Origin": "http://testserver"},
        cookies=ours.cookies,
        follow_redirects=False,
    )
    assert client.post("/oppgaver/gjort", data={"task": number, "on": ""}).status_code == 303


def test_every_answer_has_the_headers(still: Pages) -> None:
    client = still.as_("rita")
    for path in ("/mine", "/finnes-ikke", "/indikatorer/P99", "/static/iopflow.css", "/healthz"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == POLICY, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
    assert client.get("/mine").headers["cache-control"] == "no-store"
    assert "max-age" in client.get("/static/iopflow.css").headers["cache-control"]


def test_reading_never_changes_anything(pages: Pages) -> None:
    def everything() -> list[object]:
        tables = ("happening", "event", "task", "mail", "telling", "role_grant", "pupil")
        return [pages.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]  # noqa: S608 - names of ours

    client = pages.as_("rita")
    before = everything()
    for route in ROUTES:
        if route.method == "GET":
            client.get(route.path.replace("{figure}", "R1").replace("{code}", "P3"))
            client.head(route.path.replace("{figure}", "R1").replace("{code}", "P3"))
    assert everything() == before


def test_a_log_in_ends_when_it_is_left_alone_and_at_the_end_of_the_day(pages: Pages) -> None:
    client = pages.as_("kari")
    pages.now = NOW + sessions.IDLE - timedelta(minutes=1)
    assert client.get("/mine").status_code == 200
    pages.now += sessions.IDLE - timedelta(minutes=1)
    assert client.get("/mine").status_code == 200  # it was in use
    pages.now += sessions.IDLE
    assert client.get("/mine").headers["location"] == "/logg-inn?neste=/mine"
    again = pages.as_("kari")
    start = pages.now
    while pages.now < start + sessions.ABSOLUTE:
        assert again.get("/mine").status_code == 200
        pages.now += timedelta(minutes=20)
    assert again.get("/mine").status_code == 303


def test_a_cookie_is_worth_nothing_after_logging_out(pages: Pages) -> None:
    client = pages.as_("kari")
    stolen = dict(client.cookies)
    client.post("/logg-ut")
    thief = TestClient(pages.app, cookies=stolen, follow_redirects=False)
    assert thief.get("/mine").status_code == 303
    ((kept,),) = pages.rows("SELECT token_hash FROM web_session")
    assert stolen["iopflow"] not in kept


def test_rights_end_at_once_with_the_role(pages: Pages) -> None:
    client = pages.as_("kari")
    assert client.get("/mine").status_code == 200
    pages.run("UPDATE role_grant SET ends = '2026-11-25'")
    assert client.get("/mine").status_code == 403


@pytest.mark.parametrize(
    "wish", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_a_form_cannot_send_anybody_to_another_place(still: Pages, wish: str) -> None:
    client = still.as_("kari")
    assert client.post("/sprak", data={"sprak": "nn", "fra": wish}).headers["location"] == "/"


def test_the_language_that_was_chosen_stays(pages: Pages) -> None:
    client = pages.as_("kari")
    assert '<html lang="nb"' in client.get("/mine").text
    answer = client.post("/sprak", data={"sprak": "en", "fra": "/mine"})
    assert answer.headers["location"] == "/mine"
    assert "My pupils" in client.get("/mine").text
    assert client.post("/sprak", data={"sprak": "xx"}).status_code == 404


def test_without_the_demo_nobody_chooses_who_to_be(pages: Pages) -> None:
    app = create_app(Site(pages.engine, settings.load({}), lambda: NOW))
    client = TestClient(app, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert client.post("/logg-inn", data={"person": "1"}).status_code == 404
    assert "Kari" not in client.get("/logg-inn").text


def test_even_what_goes_wrong_has_the_headers_and_is_said_in_words(pages: Pages) -> None:
    client = pages.as_("kari")
    broken = TestClient(
        pages.app, headers={**client.headers}, cookies=client.cookies, raise_server_exceptions=False
    )
    assert broken.post("/mine").status_code == 405
    pages.run("DROP TABLE happening")
    for answer in (broken.get("/mine"), broken.post("/mine")):
        assert answer.status_code in (405, 500)
        assert answer.headers["content-security-policy"] == POLICY
        assert "igjen" in answer.text
        assert "happening" not in answer.text
