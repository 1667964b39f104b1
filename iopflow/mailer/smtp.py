"""One conversation with a mail server, step by step, so that it is known what it has got.

smtplib tells "accepted, then dropped" and "never delivered" by the same exception. Here each step
is its own: up to the dot that ends a mail it certainly has not got it; after the dot, until it
answers, nobody knows. Whatever it does, a mail takes no longer than its budget (RFC 5321, 3848).
"""

import email.policy
import smtplib
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from functools import cached_property
from typing import Any

from iopflow import clock
from iopflow.reminders.delivery import BUDGET, Answer, Verdict
from iopflow.settings import Settings

_LONGEST = 64 * 1024  # bytes of one answer: no mail server needs more, a broken one has no end
_POLL = 1.0  # seconds between looks at whether the worker is to stop
_HASTE = 15.0  # seconds that are left of a mail when the worker is told to stop
_ADDRESS_CODES = {501, 550, 551, 553}
_NOT_NOW = {552}  # "mailbox full" to a recipient: temporary, whatever its first digit (RFC 5321)


class _TooMuch(OSError):
    """An answer without end."""


class _Budget:
    """How long the mail at hand may still take."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._until = 0.0
        self.start()

    def start(self) -> None:
        """Begins a mail."""
        self._until = clock.elapsed() + BUDGET.total_seconds()

    def left(self) -> float:
        """Seconds. Raises TimeoutError when there are none."""
        if self._stopping():
            self._until = min(self._until, clock.elapsed() + _HASTE)
        seconds = self._until - clock.elapsed()
        if seconds <= 0:
            raise TimeoutError("the mail server took too long")
        return seconds


class _Answers:
    """The lines that a mail server answers, within the budget and never without end."""

    def __init__(self, sock: socket.socket, budget: _Budget) -> None:
        self._sock, self._budget = sock, budget
        self._held = bytearray()
        self.taken = 0

    def readline(self, _limit: int = -1) -> bytes:
        """The next line, or what there is when the other side has ended."""
        while b"\n" not in self._held:
            self._sock.settimeout(min(self._budget.left(), _POLL))
            try:
                more = self._sock.recv(4096)
            except TimeoutError:
                continue  # a look at the budget, and on
            if not more:
                return self._take(len(self._held))
            self._held += more
            if self.taken + len(self._held) > _LONGEST:
                raise _TooMuch("an answer without end")
        return self._take(self._held.index(b"\n") + 1)

    def _take(self, count: int) -> bytes:
        line = bytes(self._held[:count])
        del self._held[:count]
        self.taken += count
        return line

    def close(self) -> None:
        """Nothing of its own."""


class _Server(smtplib.SMTP):
    """smtplib's commands, with every wait inside the budget."""

    def __init__(self, settings: Settings, budget: _Budget, secure: ssl.SSLContext | None) -> None:
        self._budget, self._secure = budget, secure
        # Our own name is the sender's domain: that of the machine is nobody's business.
        name = (settings.mail_from or "iopflow.invalid").rpartition("@")[2]
        super().__init__(local_hostname=name)
        self._host = settings.mail.host

    def _get_socket(self, host: str, port: int, _timeout: float) -> socket.socket:
        sock = socket.create_connection((host, port), self._budget.left())
        # The dot after a mail is small and goes at once: else it waits 40 ms for the other side.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._secure is not None:
            sock.settimeout(self._budget.left())
            return self._secure.wrap_socket(sock, server_hostname=host)
        return sock

    def getreply(self) -> tuple[int, bytes]:
        """The next answer: its code, -1 where it has none, and what it says."""
        if self.file is None:
            self.file: Any = _Answers(self.sock, self._budget)  # type: ignore[arg-type]
        self.file.taken = 0
        return super().getreply()

    def send(self, s: Any) -> None:
        """Sends within the budget."""
        if self.sock is not None:
            self.sock.settimeout(self._budget.left())
        super().send(s)


class Conversation:
    """A mail server, as a `Post`: one connection for as long as it lasts, one recipient a mail."""

    def __init__(
        self,
        settings: Settings,
        *,
        stopping: Callable[[], bool] = lambda: False,
        secure: ssl.SSLContext | None = None,
    ) -> None:
        """`secure` is what a connection must meet; the system's own certificates, unless given."""
        self._settings = settings
        self._budget = _Budget(stopping)
        self._given = secure
        self._server: _Server | None = None

    @cached_property
    def _secure(self) -> ssl.SSLContext:
        """Read when a connection needs it: the system's certificates take longer than a pass."""
        return self._given or ssl.create_default_context()

    def send(self, message: EmailMessage) -> Answer:
        """Tries one mail. Never raises for what the mail server does."""
        self._budget.start()
        kept = self._server is not None
        answer = self._try(message)
        if answer.down and kept:
            # It had ended a connection that was open between two mails: a new one, once.
            answer = self._try(message)
        return answer

    def close(self) -> None:
        """Says goodbye, if it still listens."""
        server, self._server = self._server, None
        if server is None:
            return
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()

    def reach(self) -> Answer:
        """Connects and logs in, and sends nothing."""
        self._budget.start()
        return self._connected() or Answer(Verdict.TAKEN)

    def _try(self, message: EmailMessage) -> Answer:
        refused = self._connected()
        server = self._server
        if refused is not None or server is None:
            return refused or Answer(Verdict.LATER, down=True)
        to = message["To"].addresses[0].addr_spec
        plain = to.isascii()
        if not plain and not server.has_extn("smtputf8"):
            return Answer(Verdict.REFUSED, "SMTPUTF8", address=True)
        policy = email.policy.SMTP.clone(cte_type="7bit", utf8=not plain)
        body = message.as_bytes(policy=policy)
        try:
            return self._hand_over(server, to, body, international=not plain)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(Verdict.LATER, _named(error), down=True)

    def _hand_over(self, server: _Server, to: str, body: bytes, *, international: bool) -> Answer:
        """The steps of one mail. Raises only before the dot: then it certainly is not delivered."""
        options = ["SMTPUTF8", "BODY=8BITMIME"] if international else []
        code, said = server.mail(self._settings.mail_from or "", options)
        if code != 250:  # what it has against the sender it has against every mail
            return self._reset(server, Answer(Verdict.LATER, _told(code, said), down=True))
        code, said = server.rcpt(to)
        if code not in (250, 251):
            return self._reset(server, _of_recipient(code, said))
        code, said = server.docmd("DATA")
        if code != 354:
            return self._reset(server, _of_mail(code, said))
        server.send(_stuffed(body))
        try:
            server.send(b".\r\n")
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(Verdict.UNKNOWN, _named(error))
        if code == 250:
            return Answer(Verdict.TAKEN, "250")
        if not 400 <= code < 600:  # no answer that anybody understands
            self._drop()
            return Answer(Verdict.UNKNOWN, _told(code, said))
        return self._reset(server, _of_mail(code, said))

    def _reset(self, server: _Server, answer: Answer) -> Answer:
        """Makes the connection ready for the next mail, or ends it."""
        try:
            if answer.said.startswith("421") or server.rset()[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()
        return answer

    def _connected(self) -> Answer | None:
        """Connects, secures and logs in where that is not done. Returns why it cannot be."""
        if self._server is not None:
            return None
        mail = self._settings.mail
        try:
            secure = self._secure if mail.kind == "smtps" else None
            server = _Server(self._settings, self._budget, secure)
            self._server = server
            code, said = server.connect(mail.host, mail.port)
            if code != 220:
                self._drop()
                return Answer(Verdict.LATER, _told(code, said), down=True)
            server.ehlo_or_helo_if_needed()
            if mail.starttls:  # refused where the server does not offer it: never in clear
                server.starttls(context=self._secure)
                server.ehlo_or_helo_if_needed()
            if mail.user:
                server.login(mail.user, self._settings.mail_password or "")
        except smtplib.SMTPResponseException as error:
            self._drop()
            return Answer(Verdict.LATER, str(error.smtp_code), down=True)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(Verdict.LATER, _named(error), down=True)
        return None

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()


def _of_recipient(code: int, said: bytes) -> Answer:
    """An answer to the recipient: what it says of the address, or of mails from us."""
    enhanced = said.decode("ascii", "replace").split(" ")[0]
    if not 500 <= code < 600 or code in _NOT_NOW:
        return Answer(Verdict.LATER, _told(code, said))
    known = enhanced.count(".") == 2 and enhanced[0] == "5"
    address = enhanced.startswith("5.1.") if known else code in _ADDRESS_CODES
    return Answer(Verdict.REFUSED, _told(code, said), address=address)


def _of_mail(code: int, said: bytes) -> Answer:
    verdict = Verdict.REFUSED if 500 <= code < 600 else Verdict.LATER
    return Answer(verdict, _told(code, said))


def _told(code: int, said: bytes) -> str:
    """The code and the enhanced code (RFC 3463): the rest may hold an address."""
    enhanced = said.decode("ascii", "replace").split(" ")[0]
    short = enhanced if enhanced.replace(".", "").isdigit() and enhanced.count(".") == 2 else ""
    return f"{code} {short}".strip()


def _named(error: Exception) -> str:
    """The kind of failure: its words may hold an address."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"[:80]
    return type(error).__name__


def _stuffed(body: bytes) -> bytes:
    """The mail with dots doubled where they begin a line, up to the dot that ends it."""
    text = body.replace(b"\r\n.", b"\r\n..")
    text = b"." + text if text.startswith(b".") else text
    return text if text.endswith(b"\r\n") else text + b"\r\n"
