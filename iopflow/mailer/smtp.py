"""One conversation with a mail server, step by step, so that it is known what it has got.

Up to the dot that ends a mail the server certainly has not got it; after the dot, until it answers,
nobody knows. Whatever it does, a mail takes no longer than its budget, and what is said of it holds
no address: two codes, or the name of a fault.
"""

import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from enum import StrEnum

from iopflow.mailer.composing import ascii_address, sender_domain
from iopflow.mailer.wire import Budget, Reply, Unwelcome, Wire
from iopflow.reminders.states import BUDGET, Answer, Verdict
from iopflow.settings import Settings

_GOODBYE = 2.0  # seconds for the last word: nothing depends on it
_ADDRESS_CODES = {550, 551, 553}  # of answers that have no code but the old one
_ABOUT_US = {"5.1.7", "5.1.8"}  # the sender's address, said when the recipient is named (Postfix)
_LOG_IN = {530, 534, 535, 538}  # it wants a log-in first, or a better one
_CLOSING = 421
_FULL = 552  # a recipient's mailbox: temporary, whatever its first digit (RFC 5321, 4.5.3.1.10)
# What may stand between the brackets of a command: nothing that ends it or begins another.
_PLAIN = re.compile(r"[!-;=?-~]+")


class Step(StrEnum):
    """What has gone well, in the order in which it does."""

    CONNECTED = "connected"
    SECURED = "secured"
    LOGGED_IN = "logged_in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    TAKEN = "taken"


class Conversation:
    """A mail server, as a `Post`: one connection for as long as it lasts, one recipient a mail."""

    def __init__(
        self,
        settings: Settings,
        *,
        stopping: Callable[[], bool] = lambda: False,
        secure: ssl.SSLContext | None = None,
        budget: timedelta = BUDGET,
        passed: Callable[[Step, str], object] = lambda _step, _what: None,
    ) -> None:
        """`secure` is what a connection must meet; the system's own certificates, unless given.

        `passed` is told each step that went well, and of the second which version of TLS it is.
        """
        self._settings = settings
        self._budget = Budget(stopping)
        self._seconds = budget.total_seconds()
        self._secure = secure
        self._passed = passed
        self._wire: Wire | None = None

    def send(self, message: EmailMessage) -> Answer:
        """Tries one mail. Never raises for what the mail server does."""
        self._budget.start(self._seconds)
        try:
            to, body = message["To"].addresses[0].addr_spec, _stuffed(bytes(message))
        except Exception as error:  # writing it out is where the library's own faults show
            return Answer(Verdict.BROKEN, type(error).__name__)
        if not _PLAIN.fullmatch(to):
            return Answer(Verdict.BROKEN, "ValueError")
        kept = self._wire is not None
        answer = self._try(to, body)
        if kept and answer.down:
            # It had ended a connection that was open between two mails: a new one, once. Only what
            # it certainly has not got is `down`.
            answer = self._try(to, body)
        return answer

    def close(self) -> None:
        """Says goodbye, if it still listens."""
        wire, self._wire = self._wire, None
        if wire is None:
            return
        self._budget.start(min(_GOODBYE, self._seconds))
        with suppress(OSError):
            wire.ask("QUIT")
        wire.close()

    def reach(self) -> Answer:
        """Connects and logs in, and sends nothing."""
        self._budget.start(self._seconds)
        try:
            self._connected()
        except OSError as error:
            return self._down(error)
        return Answer(Verdict.TAKEN)

    def _try(self, to: str, body: bytes) -> Answer:
        try:
            wire = self._connected()
            refused = self._until_the_dot(wire, to, body)
        except OSError as error:  # the dot is not sent: certainly not delivered
            return self._down(error)
        if refused is not None:
            return self._ready_again(wire, refused)
        try:
            wire.send(b".\r\n")
            reply = wire.answer()
        except OSError as error:
            self._drop()
            return Answer(Verdict.UNKNOWN, _named(error))
        if reply.is_yes:
            self._passed(Step.TAKEN, "")
            return Answer(Verdict.TAKEN, reply.said)
        if reply.code < 400:  # neither yes nor no
            self._drop()
            return Answer(Verdict.UNKNOWN, reply.said)
        return self._ready_again(wire, _of_mail(reply))

    def _until_the_dot(self, wire: Wire, to: str, body: bytes) -> Answer | None:
        """The steps of one mail but the last. Returns why it goes no further, if it does not."""
        reply = wire.ask(f"MAIL FROM:<{ascii_address(self._settings.mail_from or '')}>")
        if not reply.is_yes:
            return _of_sender(reply)
        self._passed(Step.SENDER, "")
        reply = wire.ask(f"RCPT TO:<{to}>")
        if not reply.is_yes:
            return _of_recipient(reply)
        self._passed(Step.RECIPIENT, "")
        reply = wire.ask("DATA", 3)
        if reply.code >= 400:
            return _of_mail(reply)
        wire.send(body)
        wire.in_step()  # one that has gone meanwhile is noticed while it is certain what that means
        return None

    def _ready_again(self, wire: Wire, answer: Answer) -> Answer:
        """Makes the connection ready for the next mail, or ends it."""
        try:
            if answer.down or not wire.ask("RSET").is_yes:
                self._drop()
        except OSError:
            self._drop()
        return answer

    def _connected(self) -> Wire:
        """The connection: made, secured and logged in on where that is not done. Raises OSError."""
        if self._wire is not None:
            return self._wire
        mail = self._settings.mail
        wire = self._wire = Wire(mail.host, mail.port, self._budget)
        if mail.kind == "smtps":
            wire.secure(self._tls())
        wire.welcome()
        self._passed(Step.CONNECTED, "")
        # Our own name is the sender's domain: that of the machine is nobody's business.
        wire.introduce(sender_domain(self._settings))
        if mail.starttls:
            wire.start_tls(self._tls())
            wire.introduce(sender_domain(self._settings))
        if wire.tls:
            self._passed(Step.SECURED, wire.tls)
        if mail.user:
            wire.log_in(mail.user, self._settings.mail_password or "")
            self._passed(Step.LOGGED_IN, "")
        return wire

    def _tls(self) -> ssl.SSLContext:
        """Read when it is needed: most passes of the clock send nothing."""
        if self._secure is None:
            self._secure = ssl.create_default_context()
        return self._secure

    def _down(self, error: OSError) -> Answer:
        self._drop()
        return Answer(Verdict.LATER, _named(error), down=True)

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()


def _of_sender(reply: Reply) -> Answer:
    """What it has against the sender it has against every mail."""
    return Answer(Verdict.LATER, reply.said, down=True)


def _of_recipient(reply: Reply) -> Answer:
    """An answer to the recipient: of the address, of mails from us, or of the sender after all."""
    if reply.enhanced in _ABOUT_US:
        return _of_sender(reply)
    if reply.code == _FULL:
        return Answer(Verdict.LATER, reply.said)
    answer = _of_mail(reply)
    if answer.verdict is not Verdict.REFUSED:
        return answer
    of_address = reply.enhanced.startswith("5.1.")
    known = of_address if reply.enhanced else reply.code in _ADDRESS_CODES
    return replace(answer, address=known)


def _of_mail(reply: Reply) -> Answer:
    """An answer that would be the same for another recipient."""
    if reply.code == _CLOSING or reply.code in _LOG_IN:
        return Answer(Verdict.LATER, reply.said, down=True)
    return Answer(Verdict.REFUSED if reply.code >= 500 else Verdict.LATER, reply.said)


def _named(error: OSError) -> str:
    """The codes, or the kind of fault: its words may hold an address."""
    match error:
        case Unwelcome():
            return error.reply.said
        case ssl.SSLCertVerificationError():
            return f"TLS: {error.verify_message}"[:80]
        case ssl.SSLError() if error.reason:
            return f"TLS: {error.reason}"
    return type(error).__name__


def _stuffed(body: bytes) -> bytes:
    """The mail with dots doubled where they begin a line, up to the dot that ends it."""
    text = body.replace(b"\r\n.", b"\r\n..")
    text = b"." + text if text.startswith(b".") else text
    return text if text.endswith(b"\r\n") else text + b"\r\n"
