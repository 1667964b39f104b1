"""Møter on the pages: what a leader does, and the page that an invitation leads to."""

import re
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from iopflow import settings
from iopflow.queries.meetings import token_of
from iopflow.web.app import create_app
from iopflow.web.page import Site
from tests.web.conftest import NOW, OURS, Pages

SECRET = "s" * 32
NEW = {"school": "lia", "kind": "ppt", "day": "1.12.26", "clock": "13.30", "minutes": "60"}


@pytest.fixture
def site(pages: Pages) -> Pages:
    """Everybody has an address, and answer pages can be made."""
    pages.run("UPDATE person SET email = key || '@example.no'")
    known = replace(settings.load({}), secret=SECRET, base_url="https://iop.example.no")
    pages.app = create_app(Site(pages.engine, known, lambda: pages.now))
    return pages


@pytest.fixture
def rita(site: Pages) -> TestClient:
    """Rektor has called a meeting and invited Kari and Heidi."""
    (rita,) = (number for number, key in site.rows("SELECT id, key FROM person") if key == "rita")
    client = TestClient(site.app, headers=OURS, follow_redirects=False)
    demo = create_app(Site(site.engine, settings.load({}), lambda: site.now, demo=True))
    log_in = TestClient(demo, headers=OURS, follow_redirects=False)
    assert log_in.post("/logg-inn", data={"person": rita}).status_code == 303
    client.headers["Cookie"] = f"__Host-iopflow={log_in.cookies['iopflow']}"
    made = client.post("/moter", data=NEW | {"place": "Møterom 2"})
    assert made.headers["location"] == "/moter/1"
    assert client.post("/moter/1/inviter", data={"person": ["kari", "heidi"]}).status_code == 303
    return client


def answers(site: Pages) -> list[tuple[Any, ...]]:
    """What stands of the answers."""
    return site.rows(
        "SELECT p.key, i.answer, i.answered_version, i.version, i.source, i.comment"
        " FROM invitation i JOIN person p ON p.id = i.person_id ORDER BY p.key"
    )


def path_of(site: Pages, person: str) -> str:
    """The address in somebody's mail."""
    rows = site.rows("SELECT p.key, i.nonce FROM invitation i JOIN person p ON p.id = i.person_id")
    return f"/svar/{token_of(dict(rows)[person], SECRET)}"


def nobody(site: Pages) -> TestClient:
    """A browser that has not logged in."""
    return TestClient(site.app, headers=OURS, follow_redirects=False)


@pytest.mark.usefixtures("rita")
def test_the_page_of_an_invitation_records_only_when_a_button_is_pressed(site: Pages) -> None:
    path, client = path_of(site, "kari"), nobody(site)
    before, events = answers(site), site.rows("SELECT count(*) FROM event")
    shown = client.get(path)  # as a scanner of mails does
    assert (shown.status_code, client.head(path).status_code) == (200, 200)
    assert "Møte med PPT" in shown.text
    assert "tirsdag 1. desember 2026 kl. 13.30–14.30" in shown.text
    assert "Møterom 2, Lia skole" in shown.text
    assert (answers(site), site.rows("SELECT count(*) FROM event")) == (before, events)
    done = client.post(path, data={"version": "0", "answer": "declined", "comment": "På kurs"})
    assert done.headers["location"] == f"{path}?lagret=ja"
    assert "svaret er lagret" in client.get(done.headers["location"]).text
    assert answers(site)[1] == ("kari", "declined", 0, 0, "web", "På kurs")
    client.post(path, data={"version": "0", "answer": "accepted"})  # the last one counts
    assert answers(site)[1] == ("kari", "accepted", 0, 0, "web", None)


@pytest.mark.usefixtures("rita")
def test_a_form_from_elsewhere_answers_nothing(site: Pages) -> None:
    client = TestClient(site.app, headers={"Sec-Fetch-Site": "cross-site"})
    assert (
        client.post(path_of(site, "kari"), data={"version": "0", "answer": "accepted"}).status_code
        == 403
    )
    assert answers(site)[1][1] is None


def test_a_wrong_address_and_one_of_somebody_taken_off_are_the_same_page(
    site: Pages, rita: TestClient
) -> None:
    path, client = path_of(site, "kari"), nobody(site)
    rita.post("/moter/1/ta-av", data={"person": "kari"})
    wrong = [path, path[:-1] + ("0" if path[-1] != "0" else "1"), "/svar/" + "0" * 96, "/svar/x"]
    wrong.append(f"/svar/{token_of(path[6:38], 't' * 32)}")
    pages = {
        (answer.status_code, answer.text.replace(one, ""))
        for one in wrong
        for answer in (client.get(one), client.post(one, data={"answer": "accepted"}))
    }
    assert [status for status, _text in pages] == [404]


def test_what_has_changed_or_is_over_is_said_where_one_would_answer(
    site: Pages, rita: TestClient
) -> None:
    path, client = path_of(site, "kari"), nobody(site)
    client.post(path, data={"version": "0", "answer": "accepted"})
    moved = NEW | {"day": "2.12.26", "place": "Møterom 2"}
    assert rita.post("/moter/1/flytt", data=moved).status_code == 303
    assert "svar på nytt" in client.get(path).text
    assert "Svarte «kommer» til den gamle tiden" in rita.get("/moter/1").text
    # A page that was open while it was moved showed another time than the one answered to.
    late = client.post(path, data={"version": "0", "answer": "declined"})
    assert (late.status_code, "endret siden du åpnet siden" in late.text) == (422, True)
    assert [row[1:3] for row in answers(site) if row[0] == "kari"] == [("accepted", 0)]
    site.now = NOW.replace(month=12, day=2, hour=14)
    assert "Møtet har begynt" in client.get(path).text
    assert client.post(path, data={"version": "0", "answer": "declined"}).status_code == 422
    site.now = NOW
    rita.post("/moter/1/avlys")
    assert "Møtet er avlyst." in client.get(path).text
    assert client.post(path, data={"version": "0", "answer": "declined"}).status_code == 422
    assert answers(site)[1] == ("kari", "accepted", 0, 2, "web", None)


def test_what_is_typed_wrong_is_said_and_kept(site: Pages, rita: TestClient) -> None:
    path, client = path_of(site, "kari"), nobody(site)
    long = client.post(path, data={"version": "0", "answer": "accepted", "comment": "x" * 201})
    assert (long.status_code, "x" * 201 in long.text) == (422, True)
    assert client.post(path, data={"version": "0", "answer": "perhaps"}).status_code == 422
    for wrong, says in (
        ({"day": "snart"}, "ingen dato"),
        ({"clock": "25.00"}, "ikke et klokkeslett"),
        ({"clock": "10.00", "day": "26.11.26"}, "som er passert"),
        ({"place": "y" * 61}, "Stedet kan ha inntil 60 tegn"),
    ):
        refused = rita.post("/moter", data=NEW | {"place": "Kantina"} | wrong)
        assert (refused.status_code, says in refused.text) == (422, True)
        assert all(f'value="{one}"' in refused.text for one in wrong.values())
    empty = rita.post("/moter/1/inviter", data={})
    assert (empty.status_code, "kryss av minst én" in empty.text) == (422, True)


def test_a_leader_enters_an_answer_and_sees_who_comes(site: Pages, rita: TestClient) -> None:
    rita.post("/moter/1/svar", data={"person": "heidi", "answer": "tentative"})
    assert answers(site)[0] == ("heidi", "tentative", 0, 0, "entered", None)
    page = rita.get("/moter/1").text
    assert "ført av en kollega" in page
    assert re.findall(r'name="person" value="(\w+)"> ', page) == ["olav", "per", "rita"]
    assert "1 har ikke svart, 1 kanskje" in rita.get("/moter").text


def test_a_place_is_shown_as_it_was_typed(rita: TestClient) -> None:
    rita.post("/moter", data=NEW | {"place": "<script>alert(1)</script>"})
    for path in ("/moter", "/moter/2"):
        assert "<script>alert" not in rita.get(path).text
