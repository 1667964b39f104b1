"""`test-mail`: each step as it goes, where it ends, what to do, and an address that works again."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iopflow import db
from iopflow.cli.testmail import ADVICE, STEPS, advice
from iopflow.reminders.states import Answer, Verdict
from tests.cli.conftest import Ask, rows_of
from tests.mailer.modes import MODES, at
from tests.mailer.server import DROP, Kept, Server, certificate
from tests.mailer.test_smtp import AWAY

WHOLE_WAY = """\
Koblet til {host}, port {port}.
Sikret med TLS 1.3.
Logget inn som iop.
Avsenderen iop@example.no er godtatt.
Mottakeren er godtatt.
E-posten er tatt imot: se i innboksen.
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The certificate of the mail mails."""
    return certificate(tmp_path_factory.mktemp("certificate"), AWAY)


@pytest.fixture
def mails(shown: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A mail server on another machine, as the settings know it, and the system its certificate."""
    with Server(host=AWAY, kind="starttls", tls=shown[0]) as opened:
        monkeypatch.setenv("SSL_CERT_FILE", str(shown[1]))
        monkeypatch.setenv("IOPFLOW_MAIL", f"smtp://iop@{AWAY}:{opened.port}")
        monkeypatch.setenv("IOPFLOW_MAIL_PASSWORD", "blåbær")
        monkeypatch.setenv("IOPFLOW_MAIL_FROM", "iop@example.no")
        yield opened


def test_a_mail_that_is_taken_tells_each_step(still: Ask, mails: Server) -> None:
    answer = still("test-mail kari@example.no", by="ada")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == WHOLE_WAY.format(host=AWAY, port=mails.port)
    (got,) = mails.got
    assert got.recipients == ["kari@example.no"]
    assert b"Subject: iopflow: =?utf-8?q?pr=C3=B8ve?= av e-post\r\n" in got.content
    assert b"Auto-Submitted: auto-generated\r\n" in got.content
    assert (got.tls, mails.clear) == (True, 0)


@pytest.mark.parametrize(
    ("play", "steps", "said"),
    [
        (
            at("greeting", "421 4.3.2 bye"),
            0,
            r"koble til .* \(svaret var 421 4\.3\.2\)\. Prøv igjen",
        ),
        (at("greeting", "SSH-2.0"), 0, r"koble til .* Der svarer noe annet enn en e-posttjener"),
        ({"accept": DROP}, 0, r"koble til .* Sjekk verten og porten i IOPFLOW_MAIL"),
        (at("EHLO", "250 x"), 1, r"sikre forbindelsen med TLS .* Tjeneren tilbyr ikke TLS"),
        (
            at("AUTH", "535 5.7.8 no"),
            2,
            r"logge inn som iop .*535 5\.7\.8\)\. .*IOPFLOW_MAIL_PASSWORD",
        ),
        (at("MAIL", "550 5.7.1 no"), 3, r"få avsenderen iop@example.no .* rett IOPFLOW_MAIL_FROM"),
        (
            at("RCPT", "550 5.1.1 <kari@example.no>"),
            4,
            r"få mottakeren godtatt .* sjekk skrivemåten",
        ),
        (at("RCPT", "550 5.7.1 no"), 4, r"få mottakeren godtatt .* Spør dem som driver"),
        (at("RCPT", "451 4.7.1 later"), 4, r"få mottakeren godtatt .* Prøv igjen om noen minutter"),
        (at("dot", "554 5.7.1 spam"), 5, r"levere e-posten .* Spør dem som driver"),
        ({"dot": Kept(DROP)}, 5, r"levere e-posten .* se i innboksen før du prøver igjen"),
    ],
)
def test_where_it_ends_and_what_to_do(
    still: Ask, mails: Server, play: Any, steps: int, said: str
) -> None:
    mails.play = play
    answer = still("test-mail kari@example.no", by="ada")
    assert answer.code == 3
    assert len(answer.out.splitlines()) == steps
    assert re.search(said, answer.err), answer.err
    assert "kari@" not in answer.err


def test_a_certificate_that_nobody_vouches_for(
    still: Ask, mails: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    answer = still("test-mail kari@example.no", by="ada")
    assert (answer.code, len(answer.out.splitlines())) == (3, 1)
    assert "Sertifikatet kan ikke godtas" in answer.err
    assert mails.clear == 0


@pytest.mark.parametrize("address", ["kari", "kari@example.no,ola@example.no", "kåri@example.no"])
def test_what_is_no_address_is_refused(still: Ask, mails: Server, address: str) -> None:
    answer = still(f"test-mail {address}", by="ada")
    assert answer.code == 1
    assert answer.err == f"«{address}» er ingen e-postadresse: skriv som kari@example.no.\n"
    assert mails.connections == 0


def test_it_is_for_whoever_runs_iopflow(still: Ask, mails: Server) -> None:
    assert still("test-mail kari@example.no", by="kari").code == 1
    assert mails.connections == 0


def test_an_address_that_is_taken_gets_mails_again(school: Ask, mails: Server) -> None:
    engine = db.create_engine(school.url)
    with db.session(engine) as session:
        session.connection().exec_driver_sql(
            "UPDATE person SET email = key || '@example.no', refused_email = key || '@example.no'"
            " WHERE key IN ('kari', 'rita')"
        )
    engine.dispose()
    refused = "SELECT key FROM person WHERE refused_email IS NOT NULL ORDER BY key"

    mails.play = at("RCPT", "550 5.1.1 unknown")
    assert school("test-mail kari@example.no", by="ada").code == 3
    assert rows_of(school.url, refused) == [("kari",), ("rita",)]

    mails.play = {}
    answer = school("test-mail Kari@example.no", by="ada")
    assert answer.out.endswith("Adressen var avvist før: 1 ansatt får e-post igjen.\n")
    assert rows_of(school.url, refused) == [("rita",)]
    assert rows_of(school.url, "SELECT act FROM event ORDER BY id DESC LIMIT 1") == [("test-mail",)]


def test_a_folder_is_told_of_as_one(
    still: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOPFLOW_MAIL", f"dir:{tmp_path / 'post'}")
    answer = still("test-mail kari@example.no", by="ada")
    assert answer.code == 0
    assert "Ingenting er sendt: IOPFLOW_MAIL er en mappe." in answer.out
    assert len(list((tmp_path / "post").glob("*.eml"))) == 1
    monkeypatch.setenv("IOPFLOW_MAIL", f"dir:{next((tmp_path / 'post').iterdir())}")
    assert still("test-mail kari@example.no", by="ada").code == 3


def test_every_step_and_every_answer_has_something_to_do() -> None:
    assert {step for step, _pattern, _words in ADVICE} - {""} <= set(STEPS)
    for step in STEPS:
        for mode in MODES:
            said = re.sub(r"\\|\.\*|[()?].*|\|.*", "", mode.said)
            assert advice(step, Answer(Verdict.LATER, said))
