"""Whether mails get out: settings, server, folder, and what became of the last ones."""

import socket
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from iopflow import db, settings
from iopflow.doctor.post import reachable
from iopflow.models import Delivery, MailKind, metadata
from tests.doctor.conftest import Schools
from tests.factories import NOW, TODAY


def mail(
    healthy: Schools,
    delivery: Delivery,
    *,
    send_on: date = TODAY,
    decided_at: datetime = NOW - timedelta(hours=2),
    error: str | None = None,
    person: str = "kari",
) -> None:
    """A mail in the outbox."""
    known, table = metadata.tables["person"], metadata.tables["mail"]
    with db.session(healthy.engine) as session:
        connection = session.connection()
        one: Any = connection.execute(known.select().where(known.c.key == person)).one()
        connection.execute(
            table.insert().values(
                owner_id=one.owner_id,
                person_id=one.id,
                send_on=send_on,
                kind=MailKind.DIGEST,
                delivery=delivery,
                message_id=f"<{person}{send_on}@example.no>",
                decided_at=decided_at,
                ready_at=None,
                domain="example.no",
                tries=1,
                error=error,
            )
        )


def test_mails_to_a_folder_reach_nobody(healthy: Schools, tmp_path: Path) -> None:
    healthy.known["mail"] = f"dir:{tmp_path / 'post'}"
    assert healthy.said() == [f"E-post skrives bare til mappen {tmp_path / 'post'}: ingen får den."]
    assert list(tmp_path.iterdir()) == []


def test_a_server_needs_a_sender_and_mails_need_a_link(healthy: Schools) -> None:
    healthy.known.pop("mail_from")
    healthy.known.pop("base_url")
    assert [one.check for one in healthy.found()] == ["mail-settings", "mail-settings"]


def test_a_folder_that_cannot_be_written_to(healthy: Schools, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    healthy.known["mail"] = f"dir:{tmp_path / 'taken' / 'post'}"
    (found,) = healthy.found("mail-folder")
    assert found.severity.value == "problem"


class Server:
    """A mail server that says a few lines of its own, and hangs up."""

    def __init__(self, *lines: bytes) -> None:
        self._lines = lines
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        taken, _address = self._socket.accept()
        with taken, self._socket:
            for line in self._lines:
                taken.sendall(line)
                if not taken.recv(1024):
                    return


@pytest.fixture
def saying() -> Callable[..., settings.Settings]:
    return lambda *lines: settings.load({}, mail=f"smtp://iop@localhost:{Server(*lines).port}")


HELLO = (b"220 hello\r\n", b"250-here\r\n250 AUTH LOGIN PLAIN\r\n")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((b"554 go away\r\n",), "den svarte 554"),
        ((*HELLO, b"535 no\r\n", b"535 no\r\n"), "innloggingen ble avvist (535)"),
        (
            (b"220 hello\r\n", b"250 here\r\n"),
            "den tilbyr ingen innlogging som iopflow kan",
        ),
    ],
)
def test_why_a_server_cannot_be_used(saying: Any, lines: tuple[bytes, ...], why: str) -> None:
    assert reachable(saying(*lines)) == why


def test_a_server_that_is_not_there(healthy: Schools) -> None:
    healthy.known["mail"] = "smtp://127.0.0.1:9"
    (found,) = healthy.found("mail-server")
    assert found.wrong == (
        "E-posttjeneren 127.0.0.1:9 kan ikke brukes: ingen svarer på den porten."
    )


def test_a_server_that_speaks_no_tls() -> None:
    """`smtps` towards a port that greets in clear: refused before any log-in."""
    server = Server(b"220 hello\r\n")
    why = reachable(settings.load({}, mail=f"smtps://iop@localhost:{server.port}"))
    assert why is not None
    assert why.startswith("forbindelsen er ikke trygg")


@pytest.mark.parametrize(
    "state", [Delivery.REJECTED, Delivery.QUARANTINED, Delivery.UNKNOWN, Delivery.EXPIRED]
)
def test_a_mail_that_did_not_arrive(healthy: Schools, state: Delivery) -> None:
    mail(healthy, state, error="550 5.1.1 no kari@example.no here")
    (found,) = healthy.found("undelivered")
    assert "kari (550)" in found.wrong
    assert "@" not in found.wrong


def test_a_mail_that_did_not_arrive_is_told_of_for_a_month(healthy: Schools) -> None:
    mail(healthy, Delivery.REJECTED, send_on=TODAY - timedelta(days=30))
    assert healthy.found("undelivered") == []


def test_a_school_hears_of_the_mails_of_its_own(healthy: Schools) -> None:
    mail(healthy, Delivery.REJECTED, error="ConnectionRefusedError: siri@example.no", person="siri")
    assert healthy.found("undelivered", school="lia") == []
    (found,) = healthy.found("undelivered", school="fjell")
    assert found.wrong == ("E-posttjeneren avviste e-post til siri (ConnectionRefusedError: …).")


@pytest.mark.parametrize("state", [Delivery.DUE, Delivery.RETRY, Delivery.SENDING])
def test_a_mail_that_waits_too_long(healthy: Schools, state: Delivery) -> None:
    mail(healthy, state, decided_at=NOW - timedelta(minutes=16))
    assert healthy.said("waiting") == ["1 e-post har ventet mer enn et kvarter på å bli sendt."]


def test_a_mail_waits_well_for_a_quarter_and_four_hours_where_the_server_asks(
    healthy: Schools,
) -> None:
    mail(healthy, Delivery.RETRY, decided_at=NOW - timedelta(minutes=14))
    asked = NOW - timedelta(hours=3, minutes=59)
    mail(healthy, Delivery.RETRY, decided_at=asked, error="451 4.7.1", person="heidi")
    mail(healthy, Delivery.SENT, person="siri")
    assert healthy.found("waiting", "undelivered") == []


def test_a_server_that_asks_us_to_wait_for_ever_is_told_of(healthy: Schools) -> None:
    asked = NOW - timedelta(hours=4, minutes=1)
    mail(healthy, Delivery.RETRY, decided_at=asked, error="451 4.7.1")
    assert len(healthy.found("waiting")) == 1
