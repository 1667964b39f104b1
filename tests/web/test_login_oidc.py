"""Logging in at a provider: who comes in, and every way in which what it says can be untrue."""

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from iopflow.web.page import Site
from tests.web.conftest import NOW, Pages
from tests.web.liar import NEWER, OTHER, Liar, lying, signed, signed_with_what_is_public, unsigned
from tests.web.login_kit import browser, query, served, who

GIVEN = {
    "IOPFLOW_BASE_URL": "http://localhost",
    "IOPFLOW_OIDC_CLIENT_ID": "iopflow",
    "IOPFLOW_OIDC_CLIENT_SECRET": "ord",
}
LOG_INS = "SELECT count(*) FROM web_session"
ACCOUNTS = "SELECT p.key, i.subject FROM person_identity i JOIN person p ON p.id = i.person_id"


@pytest.fixture
def liar() -> Iterator[Liar]:
    """The provider."""
    with lying() as made:
        yield made


@pytest.fixture
def site(pages: Pages, liar: Liar) -> Site:
    """The pages, with Kari's user name in people.csv."""
    pages.run("UPDATE person SET login = 'Kari@Lia.example.no' WHERE key = 'kari'")
    return served(pages, GIVEN | {"IOPFLOW_OIDC_ISSUER": liar.url})


def claims(liar: Liar, asked: str, **more: Any) -> dict[str, Any]:
    """Those of a token that holds, for Kari."""
    at = int(NOW.timestamp())
    return {
        "iss": liar.url,
        "aud": "iopflow",
        "sub": "7f0c",
        "iat": at,
        "exp": at + 300,
        "nonce": asked,
        "preferred_username": "kari@lia.example.no",
    } | more


def there(client: TestClient, liar: Liar, path: str = "/logg-inn/oidc", **more: Any) -> str:
    """Out to the provider, which will say what it is told to. Returns the attempt's state."""
    asked = query(client.get(path).headers["location"])
    liar.challenge = asked["code_challenge"]
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://localhost/logg-inn/tilbake"
    liar.claims = {
        name: value
        for name, value in claims(liar, asked["nonce"], **more).items()
        if value is not None
    }
    return asked["state"]


def enter(client: TestClient, liar: Liar, path: str = "/logg-inn/oidc", **more: Any) -> Any:
    """There and back."""
    state = there(client, liar, path, **more)
    return client.get("/logg-inn/tilbake", params={"code": "c", "state": state})


def test_a_real_provider_lets_somebody_in_once_known_by_the_user_name(pages: Pages) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it builds on a part of authlib that is on its way out
        from oidc_provider_mock import User, run_server_in_thread  # noqa: PLC0415 - warns

        pages.run("UPDATE person SET login = 'KARI@lia.example.no' WHERE key = 'kari'")
        pages.now = NOW.fromtimestamp(time.time(), NOW.tzinfo)  # noqa: TID251 - its clock is real
        pages.run("UPDATE role_grant SET ends = NULL, starts = '2020-08-01'")
        told = User(sub="7f0c", claims={"preferred_username": "kari@lia.example.no"})
        with run_server_in_thread(user_claims=[told]) as provider:
            issuer = f"http://localhost:{provider.server_port}"
            site = served(pages, GIVEN | {"IOPFLOW_OIDC_ISSUER": issuer})
            client = browser(site)
            out = client.get("/logg-inn/oidc?neste=/kalender").headers["location"]
            back = httpx2.post(out, data={"sub": "7f0c"}).headers["location"]
            answer = client.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/kalender")
    assert who(client) == "kari"
    assert pages.rows(ACCOUNTS) == [("kari", "7f0c")]


def test_the_account_stays_the_persons_when_the_user_name_changes(
    pages: Pages, site: Site, liar: Liar
) -> None:
    assert enter(browser(site), liar).status_code == 303
    client = browser(site)
    assert enter(client, liar, preferred_username="kari.nordli@lia.example.no").status_code == 303
    assert who(client) == "kari"
    acts = "SELECT act FROM event WHERE table_name = 'person_identity'"
    assert pages.rows(acts) == [("account connect",)]


LIES: dict[str, tuple[Callable[[dict[str, Any]], str], dict[str, Any]]] = {
    "another issuer": (signed, {"iss": "https://annen.example.no"}),
    "another service": (signed, {"aud": "annen"}),
    "several services": (signed, {"aud": ["iopflow", "annen"]}),
    "asked for by another": (signed, {"azp": "annen"}),
    "another attempt": (signed, {"nonce": "0" * 64}),
    "no nonce": (signed, {"nonce": None}),
    "expired": (signed, {"exp": int(NOW.timestamp()) - 60}),
    "no end": (signed, {"exp": None}),
    "from the future": (signed, {"iat": int(NOW.timestamp()) + 90}),
    "no subject": (signed, {"sub": None}),
    "no signature": (unsigned, {}),
    "signed with what is public": (signed_with_what_is_public, {}),
    "signed by another": (lambda told: signed(told, OTHER), {}),
    "no token": (lambda _told: "kari", {}),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_lets_nobody_in(pages: Pages, site: Site, liar: Liar, lie: str) -> None:
    client = browser(site)
    liar.sign, more = LIES[lie]
    answer = enter(client, liar, **more)
    assert (answer.status_code, "prøv en gang til" in answer.text) == (403, True)
    assert pages.rows(LOG_INS) == [(0,)]
    liar.sign = signed
    assert enter(client, liar).status_code == 303  # and without the lie the same comes in


def test_an_answer_belongs_to_one_attempt_of_one_browser(
    pages: Pages, site: Site, liar: Liar
) -> None:
    mine, other = browser(site), browser(site)
    state = there(mine, liar)
    back = "/logg-inn/tilbake"
    refused = [
        mine.get(back, params={"code": "c", "state": "0" * 64}),  # takes the attempt away
        mine.get(back, params={"code": "c", "state": state}),
        other.get(back, params={"code": "c", "state": state}),
    ]
    there(other, liar)
    refused.append(other.get(back, params={"code": "c", "state": state}))
    state = there(mine, liar)
    refused.append(mine.get(back, params={"error": "access_denied", "state": state}))
    state = there(mine, liar)
    pages.now = NOW.replace(minute=11)
    refused.append(mine.get(back, params={"code": "c", "state": state}))
    assert [one.status_code for one in refused] == [403] * 6
    assert pages.rows(LOG_INS) == [(0,)]


def test_a_stolen_code_is_worth_nothing_without_the_browser_that_began(
    site: Site, liar: Liar
) -> None:
    client = browser(site)
    state = there(client, liar)
    liar.challenge = "the challenge of another browser"
    answer = client.get("/logg-inn/tilbake", params={"code": "c", "state": state})
    assert answer.status_code == 403


def test_only_the_user_name_makes_somebody_known_and_never_an_email(
    pages: Pages, site: Site, liar: Liar
) -> None:
    pages.run("UPDATE person SET email = 'rita@lia.example.no' WHERE key = 'rita'")
    answer = enter(
        browser(site),
        liar,
        sub="b2",
        preferred_username=None,
        email="rita@lia.example.no",
        email_verified=True,
    )
    assert answer.status_code == 403
    assert "iopflow kjenner ikke brukeren" in answer.text
    assert pages.rows(ACCOUNTS) == []


@pytest.mark.parametrize(
    ("change", "more", "said"),
    [
        ("", {"preferred_username": "ola@annen.example.no"}, "kjenner ikke brukeren «ola@annen"),
        (
            "UPDATE person SET login = 'kari@lia.example.no' WHERE key = 'rita'",
            {},
            "står på flere personer",
        ),
        ("UPDATE role_grant SET ends = '2026-11-25'", {}, "ingen rolle i iopflow i dag"),
    ],
    ids=["unknown", "twice", "no role"],
)
def test_who_is_not_known_is_told_whom_to_ask(
    pages: Pages, site: Site, liar: Liar, change: str, more: dict[str, Any], said: str
) -> None:
    if change:
        pages.run(change)
    answer = enter(browser(site), liar, **more)
    assert (answer.status_code, said in answer.text) == (403, True)
    assert (pages.rows(LOG_INS), pages.rows(ACCOUNTS)) == ([(0,)], [])


def test_a_user_name_of_two_owners_is_nobodys(pages: Pages, site: Site, liar: Liar) -> None:
    pages.run("INSERT INTO owner (key) VALUES ('annen')")
    pages.run(
        "INSERT INTO person (owner_id, key, name, wish, login)"
        " SELECT id, 'kari', 'Kari', 'nudge', 'kari@lia.example.no' FROM owner WHERE key = 'annen'"
    )
    answer = enter(browser(site), liar)
    assert (answer.status_code, "står på flere personer" in answer.text) == (403, True)


def test_a_user_name_given_to_somebody_else_opens_nothing(
    pages: Pages, site: Site, liar: Liar
) -> None:
    enter(browser(site), liar)
    answer = enter(browser(site), liar, sub="the next Kari")
    assert (answer.status_code, "alt koblet til en annen konto" in answer.text) == (403, True)
    assert pages.rows(ACCOUNTS) == [("kari", "7f0c")]


def test_the_user_name_is_asked_for_where_the_token_lacks_it(site: Site, liar: Liar) -> None:
    liar.userinfo = {"sub": "another", "preferred_username": "kari@lia.example.no"}
    assert enter(browser(site), liar, preferred_username=None).status_code == 403
    liar.userinfo["sub"] = "7f0c"
    client = browser(site)
    assert enter(client, liar, preferred_username=None).status_code == 303
    assert who(client) == "kari"


@pytest.mark.parametrize("status", [302, 500])
def test_a_provider_that_is_down_or_sends_us_elsewhere_is_told_in_words(
    site: Site, liar: Liar, status: int
) -> None:
    liar.status = status
    answer = browser(site).get("/logg-inn/oidc")
    assert (answer.status_code, "svarer ikke akkurat nå" in answer.text) == (503, True)
    assert liar.asked == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://annen.example.no"},
        {"jwks_uri": "http://192.0.2.1/keys"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
    ids=["issuer", "http", "file", "missing"],
)
def test_a_document_that_leads_elsewhere_is_not_followed(
    site: Site, liar: Liar, document: dict[str, Any]
) -> None:
    liar.document = document
    assert browser(site).get("/logg-inn/oidc").status_code == 503
    assert liar.asked == ["/.well-known/openid-configuration"]


def test_the_document_and_the_keys_are_read_once_and_new_keys_when_needed(
    site: Site, liar: Liar
) -> None:
    passed = [0.0]
    provider = site.logging_in.provider(site.settings)
    assert provider is not None
    provider.elapsed = lambda: passed[0]
    enter(browser(site), liar)
    liar.keys, liar.sign = [NEWER], lambda told: signed(told, NEWER)
    assert enter(browser(site), liar).status_code == 403  # not at everybody's wish
    passed[0] = 61
    assert enter(browser(site), liar).status_code == 303
    read = [one for one in liar.asked if one in ("/keys", "/.well-known/openid-configuration")]
    assert read == ["/.well-known/openid-configuration", "/keys", "/keys"]


def test_who_is_logged_in_connects_an_account_that_has_no_user_name(
    pages: Pages, site: Site, liar: Liar
) -> None:
    client = browser(site)
    enter(client, liar)
    (number,) = pages.rows("SELECT id FROM person_identity")[0]
    away = client.post("/konto/koble-fra", data={"nr": number})
    assert (away.headers["location"], pages.rows(ACCOUNTS)) == ("/konto?lagret=fra", [])
    page = enter(client, liar, "/logg-inn/oidc?koble=ja", sub="pairwise", preferred_username=None)
    assert (page.status_code, pages.rows(ACCOUNTS)) == (200, [])  # nothing without the button
    fields = {
        name: page.text.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("subject", "made", "proof")
    }
    for wrong in ({"subject": "another"}, {"proof": "0" * 64}, {"made": "1"}):
        assert client.post("/konto/koble", data=fields | wrong).status_code == 422
    other = browser(site)
    enter(other, liar)
    assert other.post("/konto/koble", data=fields).status_code == 422  # proved by another log-in
    pages.run("DELETE FROM person_identity")
    assert client.post("/konto/koble", data=fields).headers["location"] == "/konto?lagret=koblet"
    assert pages.rows(ACCOUNTS) == [("kari", "pairwise")]
    again = browser(site)
    assert enter(again, liar, sub="pairwise", preferred_username=None).status_code == 303
    assert who(again) == "kari"


def test_an_account_is_one_persons(pages: Pages, site: Site, liar: Liar) -> None:
    pages.run("UPDATE person SET login = 'rita@lia.example.no' WHERE key = 'rita'")
    enter(browser(site), liar, sub="ritas", preferred_username="rita@lia.example.no")
    pages.run("UPDATE person SET login = NULL WHERE key = 'rita'")
    client = browser(site)
    enter(client, liar, sub="ritas")  # whatever user name it has now
    assert who(client) == "rita"
    assert pages.rows(ACCOUNTS) == [("rita", "ritas")]
