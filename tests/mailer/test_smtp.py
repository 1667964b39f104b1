"""What iopflow does when a mail server misbehaves: the table is `modes.py`, each row is run."""

import base64
import re
import ssl
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from iopflow import clock, mailer, settings
from iopflow.mailer import Conversation
from iopflow.mailer.wire import Budget
from iopflow.reminders.states import Verdict
from iopflow.settings import Settings
from tests.mailer.modes import MODES, Mode
from tests.mailer.server import Server, certificate

NOW = datetime(2026, 5, 18, 5, 0, tzinfo=UTC)
HERE, AWAY = "127.0.0.1", "127.0.0.2"  # the second counts as another machine: TLS is required
SHORT, LONG = timedelta(seconds=0.5), timedelta(seconds=20)
MEMORY = 1_000_000  # bytes, of the server in the test as well
LARGE = 8_000_000  # bytes of a mail that no buffer between us and the server holds
FROM = settings.load({}, mail_from="iop@example.no")


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A certificate for where the server is, and where clients find that they may trust it."""
    return certificate(tmp_path_factory.mktemp("right"), AWAY)


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[ssl.SSLContext, Path]]:
    """One that nobody has vouched for, and one of another server."""
    unknown = certificate(tmp_path_factory.mktemp("unknown"), AWAY)
    return {
        "unknown": unknown,
        "another": certificate(tmp_path_factory.mktemp("another"), "127.0.0.3"),
    }


@pytest.fixture
def server(mode: Mode, right: Any, others: Any) -> Iterator[Server]:
    """The mail server, with the certificate of the mode."""
    shown = others.get(mode.certificate, right)[0]
    host = HERE if mode.kind == "plain" else AWAY
    with Server(host=host, kind=mode.kind, tls=shown) as opened:
        yield opened


@pytest.fixture
def conversation(mode: Mode, server: Server, right: Any, others: Any) -> Iterator[Conversation]:
    """With somebody who trusts the right certificate, and knows of the other server."""
    trust = ssl.create_default_context(cafile=right[1])
    trust.load_verify_locations(others["another"][1])
    known = told(server, user=mode.user, kind="smtps" if mode.kind == "smtps" else "smtp")
    opened = Conversation(known, secure=trust, budget=SHORT if mode.waits else LONG)
    yield opened
    opened.close()


def told(server: Server, *, user: str = "", kind: str = "smtp") -> Settings:
    """The settings that lead to a server."""
    place = f"{user}@{server.host}" if user else server.host
    return settings.load(
        {},
        mail=f"{kind}://{place}:{server.port}",
        mail_from="iop@example.no",
        mail_password="blåbær",  # noqa: S106 - the test server takes any
        database="sqlite://",
    )


def mail(name: str, *, large: bool = False) -> EmailMessage:
    """A mail to Kari."""
    text = ("x" * 70 + "\n") * (LARGE // 71 if large else 20) + ".\n..\n.x\n"
    return mailer.compose_test(
        "kari@example.no", f"<{name}@example.no>", FROM, now=NOW, subject="x", text=text
    )


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_what_a_mail_comes_to(
    mode: Mode, server: Server, conversation: Conversation, right: Any
) -> None:
    """And the next one, when the server is well again."""
    message = mail("tried", large=mode.large)
    server.play = mode.play
    if mode.kept:
        assert conversation.send(mail("before")).verdict is Verdict.TAKEN
        server.play = {}  # it was that connection
    if mode.refuses:
        server.refuse()

    tracemalloc.start()
    began = clock.elapsed()
    answer = conversation.send(message)
    took, (_now, peak) = clock.elapsed() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (answer.verdict, answer.down, answer.address) == (mode.verdict, mode.down, mode.address)
    assert re.fullmatch(mode.said, answer.said), answer.said
    assert "@" not in answer.said
    assert took < (SHORT.total_seconds() + 1.5 if mode.waits else 5)
    assert peak < MEMORY or mode.large

    server.behave()
    server.tls = right[0]
    if mode.refuses:
        server.listen()
    assert conversation.send(mail("next")).verdict is Verdict.TAKEN
    assert (server.copies["<tried@example.no>"], server.copies["<next@example.no>"]) == (
        mode.got,
        1,
    )
    assert {tuple(one.recipients) for one in server.got} == {("kari@example.no",)}
    assert mode.kind == "plain" or server.clear == 0


def test_the_table_holds_together() -> None:
    """Yes means that it is there, later that it is not; only what is not there is sent at once."""
    assert len(MODES) == len({mode.name for mode in MODES}) >= 25
    for mode in MODES:
        assert mode.got or mode.verdict is not Verdict.TAKEN, mode
        assert not mode.got or mode.verdict in (Verdict.TAKEN, Verdict.UNKNOWN), mode
        assert not mode.down or mode.verdict is Verdict.LATER, mode
        assert not mode.address or mode.verdict is Verdict.REFUSED, mode


def test_the_log_in_is_as_it_is_written_and_only_under_tls(right: Any) -> None:
    with Server(host=AWAY, kind="starttls", tls=right[0]) as server:
        trust = ssl.create_default_context(cafile=right[1])
        post = Conversation(told(server, user="iøp"), secure=trust, budget=LONG)
        post.send(mail("a"))
        post.close()
    (login,) = server.logins
    assert base64.b64decode(login).decode() == "\0iøp\0blåbær"
    assert server.got[0].tls
    assert server.clear == 0


def test_dots_and_line_ends_come_through_as_they_are() -> None:
    with Server() as server:
        post = Conversation(told(server), budget=LONG)
        post.send(mail("a"))
        post.close()
    (got,) = server.got
    assert got.content.endswith(b"x\r\n.\r\n..\r\n.x\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", got.content)


def test_many_mails_are_one_connection() -> None:
    with Server() as server:
        post = Conversation(told(server), budget=LONG)
        for number in range(20):
            assert post.send(mail(f"m{number}")).verdict is Verdict.TAKEN
        post.close()
    assert (server.connections, set(server.copies.values())) == (1, {1})


def test_a_worker_that_is_told_to_stop_does_not_wait_out_the_budget() -> None:
    stop: list[bool] = []
    budget = Budget(lambda: bool(stop))
    budget.start(60)
    assert budget.wait(60) > 59
    assert budget.wait() <= 10  # no single step is longer, so that a stop is seen
    stop.append(True)
    assert budget.wait(60) <= 15
