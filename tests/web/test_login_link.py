"""Logging in by an address in a mail: the same for all who ask, and it works once."""

import email
import email.policy
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from iopflow.cli.mails import pass_once
from iopflow.clock import OSLO
from iopflow.texts import LANGUAGES
from iopflow.web.app import create_app
from iopflow.web.page import Site
from tests.loops import to_its_end
from tests.web.conftest import NOW, Pages
from tests.web.login_kit import PLAIN, browser, served, who

KARI = "kari@lia.example.no"
LINK = re.compile(r"http://localhost(/logg-inn/[0-9a-f]{64})\b")


@pytest.fixture
def site(pages: Pages, tmp_path: Path) -> Site:
    """The pages, with mails in a folder and an address for Kari."""
    pages.run(f"UPDATE person SET email = '{KARI}' WHERE key = 'kari'")  # noqa: S608 - of ours
    return served(pages, PLAIN | {"IOPFLOW_MAIL": f"dir:{tmp_path / 'out'}"})


def ask(site: Site, address: str = KARI, **more: str) -> Any:
    """Asks for a mail."""
    return browser(site).post("/logg-inn/e-post", data={"epost": address, **more})


def mails(site: Site) -> list[Any]:
    """Lets the clock pass once, and returns all mails there are, the newest last."""
    pass_once(site.engine, site.settings, site.clock)
    folder = site.settings.mail.folder
    assert folder is not None
    files = sorted(folder.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns)
    return [
        email.message_from_bytes(one.read_bytes(), policy=email.policy.default) for one in files
    ]


def link_in(mail: Any) -> str:
    """The path of the address in a mail, which is the same in text and HTML."""
    found = [LINK.findall(mail.get_body((kind,)).get_content()) for kind in ("plain", "html")]
    assert found[0] == found[1]
    ((path,),) = {tuple(one) for one in found}
    return str(path)


def test_a_mail_logs_in_once_however_often_it_was_looked_at(pages: Pages, site: Site) -> None:
    answer = ask(site, address=f" {KARI.upper()} ", neste="/kalender")
    assert answer.headers["location"] == "/logg-inn?sendt=ja"
    (mail,) = mails(site)
    path = link_in(mail)
    scanner, client = browser(site), browser(site)
    before = pages.rows("SELECT * FROM login_link")
    for _time in range(10):
        assert scanner.get(path).status_code == 200
        assert scanner.head(path).status_code == 200
    assert pages.rows("SELECT * FROM login_link") == before
    entered = client.post(path)
    assert (entered.status_code, entered.headers["location"]) == (303, "/kalender")
    assert who(client) == "kari"
    again = (client.post(path), client.get(path), client.get("/logg-inn/" + "0" * 64))
    assert [one.status_code for one in again] == [404] * 3
    assert len({one.text.partition("<main")[2].partition("</main>")[0] for one in again}) == 1


def test_the_answer_is_given_before_anybody_looks_whose_address_it_is(
    pages: Pages, site: Site
) -> None:
    app = create_app(site)

    def asked(address: str) -> tuple[list[Any], list[str], int]:
        """The whole answer, what the database was asked before it, and how many links there are."""
        said: list[Any] = []
        statements: list[str] = []
        before: list[str] = []
        body = f"epost={address}".encode()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            said.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                before.extend(statements)

        def heard(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        headers = {
            "host": "localhost",
            "sec-fetch-site": "same-origin",
            "content-type": "application/x-www-form-urlencoded",
        }
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/logg-inn/e-post",
            "raw_path": b"/logg-inn/e-post",
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "query_string": b"",
            "client": ("192.0.2.1", 1),
            "server": ("localhost", 80),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        event.listen(site.engine, "before_cursor_execute", heard)
        to_its_end(app(scope, receive, send))  # type: ignore[arg-type]
        event.remove(site.engine, "before_cursor_execute", heard)
        return said, before, len(pages.rows("SELECT id FROM login_link"))

    unknown, known = asked("ingen@lia.example.no"), asked(KARI)
    assert known[:2] == unknown[:2]
    assert (unknown[2], known[2]) == (0, 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_says_what_it_is_for_and_names_no_pupil(
    pages: Pages, site: Site, language: str
) -> None:
    pages.run(f"UPDATE person SET language = '{language}' WHERE key = 'kari'")  # noqa: S608 - of ours
    ask(site)
    (mail,) = mails(site)
    ((name,),) = pages.rows("SELECT name FROM person WHERE key = 'kari'")
    assert mail["To"].addresses[0].addr_spec == KARI
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",)).get_content()
    assert (name in text, "Elev" in text) == (True, False)
    link_in(mail)


def test_it_is_sent_at_night_and_its_secret_is_nowhere_in_the_database(
    pages: Pages, site: Site
) -> None:
    pages.now = datetime(2026, 11, 28, 2, 0, tzinfo=OSLO)  # a Saturday
    ask(site)
    (mail,) = mails(site)
    secret = link_in(mail).rpartition("/")[2]
    stored = [pages.rows(f"SELECT * FROM {one}") for one in ("login_link", "mail", "event")]  # noqa: S608 - of ours
    assert secret not in str(stored)
    assert pages.rows("SELECT delivery, kind FROM mail") == [("sent", "log_in")]


def _later(pages: Pages, _site: Site) -> None:
    pages.now += timedelta(minutes=15)


def _left(pages: Pages, _site: Site) -> None:
    pages.run("UPDATE role_grant SET ends = '2026-11-25'")


@pytest.mark.parametrize("change", [_later, _left], ids=["a quarter of an hour", "no role"])
def test_an_address_ends(pages: Pages, site: Site, change: Callable[[Pages, Site], None]) -> None:
    ask(site)
    path = link_in(mails(site)[0])
    change(pages, site)
    assert browser(site).post(path).status_code == 404
    assert pages.rows("SELECT id FROM web_session") == []


def test_a_mail_that_comes_too_late_is_not_sent(pages: Pages, site: Site) -> None:
    ask(site)
    pages.now += timedelta(minutes=16)
    assert mails(site) == []
    assert pages.rows("SELECT delivery FROM mail") == [("dropped",)]


def test_nobody_without_a_role_is_written_to(pages: Pages, site: Site) -> None:
    pages.run("UPDATE role_grant SET ends = '2026-11-25'")
    assert ask(site).status_code == 303
    assert pages.rows("SELECT id FROM mail") == []


def test_three_mails_a_quarter_to_a_person_and_ten_from_an_address(
    pages: Pages, site: Site
) -> None:
    client = browser(site)
    codes = [client.post("/logg-inn/e-post", data={"epost": KARI}).status_code for _n in range(11)]
    assert codes == [303] * 10 + [429]
    assert pages.rows("SELECT count(*) FROM login_link") == [(3,)]
    pages.now += timedelta(minutes=15)
    assert client.post("/logg-inn/e-post", data={"epost": KARI}).status_code == 303
    assert pages.rows("SELECT count(*) FROM login_link") == [(4,)]


def test_two_who_share_an_address_get_one_each(pages: Pages, site: Site) -> None:
    pages.run(f"UPDATE person SET email = '{KARI}' WHERE key = 'rita'")  # noqa: S608 - of ours
    ask(site)
    entered = set()
    for mail in mails(site):
        client = browser(site)
        client.post(link_in(mail))
        entered.add(who(client))
    assert entered == {"kari", "rita"}


@pytest.mark.parametrize(
    "typed", ["", "kari", "a@b@c", "kari @lia.example.no", "x" * 300 + "@a.no"]
)
def test_what_is_no_address_is_asked_for_again(site: Site, typed: str) -> None:
    answer = ask(site, address=typed)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{typed}"' in answer.text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, 404),
        ({"IOPFLOW_MAIL_LOGIN": "no"} | PLAIN, 404),
        (PLAIN, 303),
    ],
    ids=["no secret", "switched off", "on"],
)
def test_it_is_there_only_where_it_is_set_up(
    pages: Pages, given: dict[str, str], code: int
) -> None:
    site = served(pages, given)
    assert ask(site, address="ingen@lia.example.no").status_code == code
    offered = "/logg-inn/e-post" in browser(site).get("/logg-inn").text
    assert offered == (code == 303)


def test_the_demo_knows_only_its_own_way_in(pages: Pages) -> None:
    site = Site(pages.engine, served(pages, PLAIN).settings, lambda: NOW, demo=True)
    client = browser(site)
    assert client.post("/logg-inn/e-post", data={"epost": KARI}).status_code == 404
    assert client.get("/logg-inn/oidc").status_code == 404
