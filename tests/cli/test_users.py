"""`user`: an address to log in by, log-ins that end, and accounts that are somebody's."""

import re

import pytest

from iopflow import db
from iopflow.clock import parse_moment
from iopflow.engine import logins
from iopflow.queries.places import find
from tests.cli.conftest import Ask, rows_of

ADDRESS = re.compile(r"http://127\.0\.0\.1:8765/logg-inn/[0-9a-f]{64}\n")
ISSUER = "https://konto.example.no"


@pytest.fixture
def provided(school: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Lia skole with a log-in provider."""
    monkeypatch.setenv("IOPFLOW_OIDC_ISSUER", ISSUER)
    monkeypatch.setenv("IOPFLOW_OIDC_CLIENT_ID", "iopflow")
    monkeypatch.setenv("IOPFLOW_OIDC_CLIENT_SECRET", "ord")
    monkeypatch.setenv("IOPFLOW_BASE_URL", "https://iop.example.no")
    return school


def test_link_shows_an_address_once_and_keeps_its_hash(school: Ask) -> None:
    answer = school("user link ada", by="ada")
    assert (answer.code, ADDRESS.fullmatch(answer.out) is not None) == (0, True)
    assert "IOPFLOW_BASE_URL er ikke satt" in answer.err
    assert answer.out.strip().rpartition("/")[2] not in str(
        rows_of(school.url, "SELECT * FROM login_link")
    )


def test_sessions_and_log_out(school: Ask) -> None:
    engine = db.create_engine(school.url)
    with db.session(engine) as session:
        person = find(session, "person", "kari")
        logins.begin(session, person, now=parse_moment("2026-11-26T09:50"))
    engine.dispose()
    listed = school("user sessions kari", by="ada")
    assert (listed.code, "26.11.2026 09.50" in listed.out) == (0, True)
    assert school("user log-out kari", by="ada").out == "1 innlogging er avsluttet.\n"
    assert school("user log-out kari", by="ada").out == "0 innlogginger er avsluttet.\n"


def test_connect_and_disconnect(provided: Ask) -> None:
    assert provided("user connect kari 7f0c", by="ada").out == "Kontoen er koblet til kari.\n"
    again = provided("user connect kari 7f0c", by="ada")
    assert again.out == "Kontoen var koblet til kari fra før.\n"
    for words in ("user connect rita 7f0c", "user connect kari annen"):
        assert provided(words, by="ada").code == 1
    assert rows_of(provided.url, "SELECT issuer, subject FROM person_identity") == [
        (ISSUER, "7f0c")
    ]
    assert provided("user disconnect kari", by="ada").out == "1 konto er koblet fra.\n"
    assert rows_of(provided.url, "SELECT * FROM person_identity") == []


@pytest.mark.parametrize(
    ("words", "by", "said"),
    [
        ("user link kari", "rita", "Rollene dine gir ikke lov til å administrere"),
        ("user sessions ada", "kari", "Rollene dine gir ikke lov til å administrere"),
        ("user link finnesikke", "ada", "Fant ikke personen «finnesikke»"),
        ("user connect kari 7f0c", "ada", "Ingen leverandør er satt opp"),
    ],
)
def test_refused(still: Ask, words: str, by: str, said: str) -> None:
    answer = still(words, by=by)
    assert (answer.code, said in answer.err) == (1, True)
