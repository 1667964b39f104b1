"""Whatever stands in a name, a subject or an address: one recipient, and no header but our own."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow import mailer
from iopflow.mailer import Conversation
from iopflow.reminders.states import Post, Verdict
from tests.mailer.server import Got, Server
from tests.mailer.test_composing import CONTENT, NOW
from tests.mailer.test_smtp import FROM, LONG, told

HEADERS = [
    *("Subject", "To", "From", "Date", "Message-ID", "Auto-Submitted"),
    *("X-Auto-Response-Suppress", "Precedence", "MIME-Version", "Content-Type"),
]
SHARP = st.sampled_from("\r\n\v\f\0\x1b\x7f\x85\u2028\u2029\u202e\u2066<>@,;:\"'\\()[]=?_ .ø")
TEXT = st.text(st.one_of(SHARP, st.characters(exclude_categories=["Cs"])), max_size=60)
UNSEEN = re.compile("[\x00-\x1f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
ATTACKS = (
    "Kari\r\nBcc: ola@evil.example.no",
    "=?utf-8?q?Kari=0D=0ABcc:_ola@evil.example.no?=",
    "=?utf-8?b?DQpCY2M6IG9sYUBldmlsLmV4YW1wbGUubm8=?=",
    "=\0?utf-8?q?=0D=0ABcc:_ola@evil.example.no?=",
    'Kari" <ola@evil.example.no>, "x',
    "Kari\u2028Bcc: ola@evil.example.no\u202e",
    "[" + "x" * 2_000,
    "Nordli, Kari " * 20,
)
ADDRESSES = (
    "kari@example.no>\r\nRCPT TO:<ola@evil.example.no",
    "kari@example.no,ola@evil.example.no",
    "kari@example.no> <ola@evil.example.no",
    '"kari@example.no> NOTIFY=NEVER"@evil.example.no',
    '"kari\r\nBcc: x"@example.no',
    "kari@example.no\0",
    "kari(ola@evil.example.no)@example.no",
    f"{'x' * 2_000}@example.no",
    "kåri@example.no",
    "kari@",
    "",
)
NAMES = st.tuples(TEXT, st.sampled_from(("", *ATTACKS)), TEXT).map("".join)
MAILBOXES = st.one_of(
    st.sampled_from(ADDRESSES),
    st.tuples(TEXT, st.sampled_from(("@", *ADDRESSES)), TEXT).map("".join),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that does what it should."""
    with Server() as opened:
        yield opened


@pytest.fixture(scope="module")
def post(server: Server) -> Iterator[Post]:
    """The way of every mail."""
    opened = mailer.post_of(told(server), clock=lambda: NOW, budget=LONG)
    yield opened
    opened.close()


def got(server: Server) -> Got | None:
    """What the server has got since the last look; never more than one."""
    assert len(server.got) <= 1
    return server.got.pop() if server.got else None


def head(mail: Got) -> dict[str, str]:
    """The headers, read as plainly as can be: a line that does not begin with a space is one."""
    before, _empty, _body = mail.content.partition(b"\r\n\r\n")
    assert before.isascii()
    assert not re.search(rb"[\x00-\x08\x0b-\x0c\x0e-\x1f]|\r(?!\n)|(?<!\r)\n", mail.content)
    lines = re.split(rb"\r\n(?![ \t])", before)
    found = [line.decode().partition(":") for line in lines]
    assert len(found) == len({name for name, _colon, _said in found})
    return {name: said.strip() for name, _colon, said in found}


def read(mail: Got) -> EmailMessage:
    """The mail as a reader's program sees it."""
    return email.message_from_bytes(mail.content, policy=email.policy.default)


@given(NAMES)
def test_a_name_adds_no_header_and_no_recipient(post: Post, server: Server, name: str) -> None:
    assert post.send(replace(CONTENT, name=name), "<a@example.no>").verdict is Verdict.TAKEN
    mail = got(server)
    assert mail is not None
    assert mail.recipients == ["kari@example.no"]
    assert list(head(mail)) == HEADERS
    (reader,) = read(mail)["To"].addresses
    assert reader.addr_spec == "kari@example.no"
    assert not UNSEEN.search(reader.display_name)


@given(NAMES)
def test_a_subject_adds_no_header(server: Server, subject: str) -> None:
    message = mailer.compose_test(
        "kari@example.no", "<a@example.no>", FROM, now=NOW, subject=subject, text="x"
    )
    post = Conversation(told(server), budget=LONG)
    assert post.send(message).verdict is Verdict.TAKEN
    post.close()
    mail = got(server)
    assert mail is not None
    assert set(head(mail)) == {*HEADERS, "Content-Transfer-Encoding"}


@given(MAILBOXES)
def test_an_address_is_one_recipient_or_none(post: Post, server: Server, address: str) -> None:
    """What is no address is set aside, and says so; what is one gets its mail."""
    answer = post.send(replace(CONTENT, email=address), "<a@example.no>")
    mail = got(server)
    if mail is None:
        assert answer.verdict is Verdict.BROKEN
        return
    assert answer.verdict is Verdict.TAKEN
    assert len(mail.recipients) == 1
    assert list(head(mail)) == HEADERS
    assert [to.addr_spec for to in read(mail)["To"].addresses] == mail.recipients


def test_an_address_in_the_letters_of_the_country_is_written_for_any_server(
    post: Post, server: Server
) -> None:
    assert post.send(replace(CONTENT, email="kari@bø.example.no"), "<a@example.no>").verdict is (
        Verdict.TAKEN
    )
    mail = got(server)
    assert mail is not None
    assert mail.recipients == ["kari@xn--b-5ga.example.no"]


def test_no_program_answers_a_mail(post: Post, server: Server) -> None:
    """Out-of-office answers, and answers to those, never begin (RFC 3834)."""
    post.send(CONTENT, "<a@example.no>")
    mail = got(server)
    assert mail is not None
    said = head(mail)
    assert said["Auto-Submitted"] == "auto-generated"
    assert said["X-Auto-Response-Suppress"] == "All"
    assert said["Precedence"] == "bulk"
    assert (mail.sender, said["Message-ID"]) == ("iop@example.no", "<a@example.no>")
