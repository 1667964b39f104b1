"""Log-ins: their cookie, their end, the way back, and what was typed when one was over."""

import html
import re
from datetime import timedelta

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from iopflow.engine import logins
from iopflow.engine.ledger import Act
from iopflow.queries.places import find
from iopflow.web import sessions, ways
from iopflow.web.page import Site
from tests.web.conftest import NOW, Pages
from tests.web.login_kit import PLAIN, browser, served, who
from tests.web.test_login_link import KARI

HTTPS = PLAIN | {"IOPFLOW_BASE_URL": "https://iop.example.no"}


def handed(site: Site, key: str = "kari") -> str:
    """The path of an address that the administrator hands over."""
    with Session(site.engine) as session:
        person = find(session, "person", key)
        token = logins.new_link(session, person, act=Act("user link", site.clock()))
        session.commit()
    return f"/logg-inn/{token}"


def entered(site: Site, key: str = "kari") -> TestClient:
    """A browser that somebody has logged in with."""
    client = browser(site)
    assert client.post(handed(site, key)).status_code == 303
    return client


@pytest.mark.parametrize(
    ("given", "name", "flags"),
    [
        (HTTPS, "__Host-iopflow", {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}),
        (PLAIN, "iopflow", {"HttpOnly", "Path=/", "SameSite=lax"}),
    ],
    ids=["https", "this machine"],
)
def test_the_cookie_is_safe_and_ends_with_the_browser(
    pages: Pages, given: dict[str, str], name: str, flags: set[str]
) -> None:
    site = served(pages, given)
    client = browser(site)
    set_cookie = client.post(handed(site)).headers["set-cookie"]
    value, *rest = set_cookie.split("; ")
    assert re.fullmatch(rf"{name}=[\w-]{{43}}", value) is not None
    assert set(rest) == flags
    assert who(client) == "kari"
    gone = client.post("/logg-ut").headers["set-cookie"]
    assert gone.startswith(f'{name}=""; ')
    assert {"Max-Age=0", *flags} <= set(gone.split("; "))
    assert who(client) == ""


def test_a_cookie_that_was_planted_is_never_taken_over(pages: Pages) -> None:
    site = served(pages, PLAIN)
    client = browser(site, cookies={"iopflow": "planted-by-somebody-else-0123456789abcdefgh"})
    client.post(handed(site))
    thief = browser(site, cookies={"iopflow": "planted-by-somebody-else-0123456789abcdefgh"})
    assert (who(client), who(thief)) == ("kari", "")


def test_logging_in_again_gives_a_new_cookie_and_ends_the_old(pages: Pages) -> None:
    site = served(pages, PLAIN)
    client = entered(site)
    old = client.cookies["iopflow"]
    client.post(handed(site, "rita"))
    assert (who(client), who(browser(site, cookies={"iopflow": old}))) == ("rita", "")


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/%0d%0aLocation:%20//evil\r\n",
        "/logg-ut",
        "/logg-inn/oidc",
        "/" + "a" * 600,
        "",
    ],
)
def test_nobody_is_led_to_another_place(path: str) -> None:
    assert ways.own(path) == "/"


def test_a_page_of_ours_is_found_again_after_logging_in(pages: Pages) -> None:
    site = served(pages, PLAIN)
    away = browser(site).get("/masse?steg=2026:iop.elevsamtale_host").headers["location"]
    assert away == "/logg-inn?neste=/masse%3Fsteg%3D2026%3Aiop.elevsamtale_host"
    page = browser(site).get(away).text
    assert 'name="neste" value="/masse?steg=2026:iop.elevsamtale_host"' in page
    assert 'name="neste" value="/"' in browser(site).get("/logg-inn?neste=//evil.example").text


def test_what_was_typed_when_the_log_in_was_over_is_sent_again(pages: Pages) -> None:
    site = served(pages, PLAIN)
    client = entered(site)
    number = pages.task("iop.halvarsevaluering", "e1")
    pages.now += sessions.IDLE
    typed = {"task": str(number), "on": "25.11.2026", "note": '<b>"to\nlinjer"</b>'}
    kept = client.post("/oppgaver/gjort?fra=mine", data=typed)
    assert kept.status_code == 403
    assert pages.rows("SELECT count(*) FROM happening") == [(0,)]
    assert 'action="/oppgaver/gjort?fra=mine"' in kept.text
    assert 'target="_blank" rel="noopener"' in kept.text
    fields = re.findall(
        r'<textarea name="(\w+)" hidden readonly>\n(.*?)</textarea>', kept.text, re.DOTALL
    )
    assert {name: html.unescape(value) for name, value in fields} == typed
    again = browser(site)
    away = again.get("/logg-inn?neste=/logg-inn/ferdig").text
    assert 'name="neste" value="/logg-inn/ferdig"' in away
    again.post(handed(site))
    assert "Send på nytt" in again.get("/logg-inn/ferdig").text
    assert again.post("/oppgaver/gjort", data=typed).status_code == 303
    assert pages.rows("SELECT count(*) FROM happening") == [(1,)]


def test_the_log_ins_are_seen_and_ended_on_ones_own_page(pages: Pages) -> None:
    site = served(pages, PLAIN)
    first, second, third, ritas = (entered(site, one) for one in ("kari", "kari", "kari", "rita"))
    page = first.get("/konto").text
    numbers = [int(one) for one in re.findall(r'name="nr" value="(\d+)"', page)]
    assert (len(numbers), page.count("· denne")) == (2, 1)
    ((theirs,),) = pages.rows(
        "SELECT s.id FROM web_session s JOIN person p ON p.id = s.person_id WHERE p.key = 'rita'"
    )
    assert first.post("/konto/logg-ut", data={"nr": theirs}).status_code == 404
    ended = first.post("/konto/logg-ut", data={"nr": min(numbers)})
    assert ended.headers["location"] == "/konto?lagret=en"
    assert [who(one) for one in (first, second, third)] == ["kari", "", "kari"]
    first.post("/konto/logg-ut", data={"andre": "ja"})
    assert [who(one) for one in (first, third, ritas)] == ["kari", "", "rita"]
    acts = "SELECT act, count(*) FROM event WHERE table_name = 'web_session' GROUP BY act"
    assert sorted(pages.rows(acts)) == [("log in", 4), ("log out", 2)]


def test_ones_own_page_says_who_one_is(pages: Pages) -> None:
    pages.run(f"UPDATE person SET email = '{KARI}' WHERE key = 'kari'")  # noqa: S608 - of ours
    client = entered(served(pages, PLAIN))
    page = client.get("/konto").text
    for word in ("kontaktlærer: ", KARI, 'href="/paminnelser"', 'href="/kalender"', "Nynorsk"):
        assert word in page, word
    assert '<a class="ds-link" href="/konto"' in client.get("/mine").text


def test_a_log_in_lives_on_while_it_is_used_and_no_longer_than_eight_hours(pages: Pages) -> None:
    site = served(pages, PLAIN)
    client = entered(site)
    pages.now += timedelta(minutes=29)
    assert who(client) == "kari"
    pages.now += timedelta(minutes=29)
    assert who(client) == "kari"
    pages.now += timedelta(minutes=30)
    assert who(client) == ""
    client = entered(site)
    began = pages.now
    while pages.now < began + timedelta(hours=8):
        assert who(client) == "kari"
        pages.now += timedelta(minutes=20)
    assert (who(client), pages.now - began) == ("", timedelta(hours=8))


def test_a_role_that_ends_closes_the_pages_at_once_and_the_door_behind(pages: Pages) -> None:
    site = served(pages, PLAIN)
    client, path = entered(site), handed(site)
    pages.run("UPDATE role_grant SET ends = '2026-11-25'")
    assert client.get("/mine").status_code == 403
    assert browser(site).post(path).status_code == 404


def test_a_person_taken_from_one_is_logged_out_at_the_next_request(pages: Pages) -> None:
    site = served(pages, PLAIN)
    client = entered(site)
    with Session(site.engine) as session:
        person = find(session, "person", "kari")
        assert logins.end(session, person.id, act=Act("user log-out", NOW)) == 1
        session.commit()
    assert client.get("/mine").status_code == 303
