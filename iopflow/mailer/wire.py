"""A line to a mail server: commands and answers, with every wait inside the budget of a mail.

Not smtplib, which has one exception for opposite facts, waits as long as each read may take, takes
an answer without end, and raises ValueError for a password with an «ø». Here whatever the other
side does is an OSError, and its name says what it was.
"""

import base64
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from iopflow import clock

_LONGEST = 64 * 1024  # bytes of one answer: no mail server needs more, a broken one has no end
_PIECE = 16 * 1024  # bytes sent before a look at the budget
_POLL = 1.0  # seconds of listening between looks at whether the worker is to stop
_STEP = 10.0  # seconds that one connecting, handshake or sending may take, for the same reason
_HASTE = 15.0  # seconds that are left of a mail when the worker is told to stop
_ANSWER = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?\r?\n", re.DOTALL)
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")


class Disconnected(OSError):
    """The other side has ended the connection."""


class GarbledAnswer(OSError):
    """What came is no answer that SMTP knows."""


class EndlessAnswer(OSError):
    """An answer without end."""


class OutOfStep(OSError):
    """It answers something that was not asked: what it says next may be about anything."""


class NoTls(OSError):
    """It offers no STARTTLS, and without it nothing is said: a password and a mail are secrets."""


class NoLogin(OSError):
    """It offers no way of logging in that we know."""


class Unwelcome(OSError):
    """It understood, and refuses: `reply` says how."""

    def __init__(self, reply: "Reply") -> None:
        super().__init__(reply.said)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Reply:
    """What a mail server answered: the code, and each line's words, which may hold addresses."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def is_yes(self) -> bool:
        """Whether it did what was asked: the first digit says it, whatever follows (RFC 5321)."""
        return self.code < 300

    @property
    def enhanced(self) -> str:
        """The enhanced code (RFC 3463), as 5.1.1, or nothing."""
        found = _ENHANCED.match(self.lines[-1])
        return found[0].decode("ascii") if found is not None else ""

    @property
    def said(self) -> str:
        """Both codes, and none of the words."""
        return f"{self.code} {self.enhanced}".strip()


class Budget:
    """How long the mail at hand may still take, and less when the worker is told to stop."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._until = 0.0

    def start(self, seconds: float) -> None:
        """Begins a mail."""
        self._until = clock.elapsed() + seconds

    def wait(self, most: float = _STEP) -> float:
        """Seconds that the next thing may take. Raises TimeoutError when there are none."""
        if self._stopping():
            self._until = min(self._until, clock.elapsed() + _HASTE)
        left = self._until - clock.elapsed()
        if left <= 0:
            raise TimeoutError("the mail server took too long")
        return min(left, most)


class Wire:
    """One connection. Every method raises OSError for what the other side does or does not do."""

    def __init__(self, host: str, port: int, budget: Budget) -> None:
        self._host, self._budget = host, budget
        self._sock = _dial(host, port, budget)
        self._held = bytearray()
        self._offers: dict[str, str] = {}

    def secure(self, context: ssl.SSLContext) -> None:
        """From here on all is encrypted; what was promised before may have been anybody's."""
        self._sock.settimeout(self._budget.wait())
        self._sock = context.wrap_socket(self._sock, server_hostname=self._host)
        self._offers = {}

    @property
    def tls(self) -> str:
        """The version of TLS, or nothing where there is none."""
        version = self._sock.version() if isinstance(self._sock, ssl.SSLSocket) else None
        return (version or "").replace("TLSv", "TLS ")

    def welcome(self) -> None:
        """Waits for the greeting."""
        reply = self._expected(2)
        if not reply.is_yes:
            raise Unwelcome(reply)

    def introduce(self, name: str) -> None:
        """Says who we are, and hears what it can do; nothing, for one that knows HELO only."""
        reply = self.ask(f"EHLO {name}")
        if not reply.is_yes:
            self._must(f"HELO {name}")
            return
        for line in reply.lines[1:]:
            said = line.decode("ascii", "replace").upper()
            word, _space, rest = said.replace("=", " ", 1).partition(" ")  # once it was AUTH=LOGIN
            self._offers[word] = f"{self._offers.get(word, '')} {rest}"

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Turns the connection into an encrypted one, or nothing more is said on it."""
        if "STARTTLS" not in self._offers:
            raise NoTls
        self._must("STARTTLS")
        self.in_step()
        self.secure(context)

    def log_in(self, user: str, password: str) -> None:
        """Logs in, once: a server may lock out whoever tries the wrong password in three ways."""
        ways = self._offers.get("AUTH", "").split()
        if "PLAIN" in ways:
            both = _coded(f"\0{user}\0{password}")
            self._must(f"AUTH PLAIN {both}")
        elif "LOGIN" in ways:
            self._must("AUTH LOGIN", 3)
            self._must(_coded(user), 3)
            self._must(_coded(password))
        else:
            raise NoLogin

    def ask(self, command: str, wanted: int = 2) -> Reply:
        """Sends a command; the answer begins with the digit that is wanted, or refuses."""
        self.send(f"{command}\r\n".encode("ascii"))
        return self._expected(wanted)

    def send(self, data: bytes) -> None:
        """Sends, unless something stands in the way that nobody asked for."""
        self.in_step()
        for start in range(0, len(data), _PIECE):
            self._sock.settimeout(self._budget.wait())
            self._sock.sendall(data[start : start + _PIECE])

    def in_step(self) -> None:
        """Makes sure that it still is there, and that it has not said more than it was asked."""
        if self._held:
            raise OutOfStep
        self._sock.settimeout(0)
        try:
            more = self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        raise OutOfStep if more else Disconnected

    def answer(self) -> Reply:
        """The next answer, of one line or several."""
        lines: list[bytes] = []
        size = 0
        while True:
            line = self._line(_LONGEST - size)
            size += len(line)
            found = _ANSWER.fullmatch(line)
            if found is None:
                raise GarbledAnswer
            lines.append((found[3] or b"").strip())
            if found[2] != b"-":
                return Reply(int(found[1]), tuple(lines))

    def close(self) -> None:
        """Ends it, without a word."""
        self._sock.close()

    def _must(self, command: str, wanted: int = 2) -> None:
        reply = self.ask(command, wanted)
        if reply.code >= 400:
            raise Unwelcome(reply)

    def _expected(self, wanted: int) -> Reply:
        reply = self.answer()
        if reply.code // 100 not in (wanted, 4, 5):
            raise OutOfStep
        return reply

    def _line(self, most: int) -> bytes:
        """The next line, with its end."""
        while b"\n" not in self._held:
            if len(self._held) > most:
                raise EndlessAnswer
            self._sock.settimeout(self._budget.wait(_POLL))
            try:
                more = self._sock.recv(4096)
            except TimeoutError:
                continue  # a look at the budget, and on
            if not more:
                raise Disconnected
            self._held += more
        end = self._held.index(b"\n") + 1
        line = bytes(self._held[:end])
        del self._held[:end]
        if end > most:
            raise EndlessAnswer
        return line


def _dial(host: str, port: int, budget: Budget) -> socket.socket:
    """Connects to the first of the host's addresses that answers, all within the budget."""
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror("no name of a host") from error
    refused: OSError = socket.gaierror("the host has no address")
    for family, kind, protocol, _name, place in places:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(budget.wait())
            sock.connect(place)
            # The dot goes by itself, after the mail: it need not wait for a sign of that.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            refused = error
        else:
            return sock
    raise refused


def _coded(text: str) -> str:
    """As log-ins are sent: UTF-8 (RFC 4616), in base64."""
    return base64.b64encode(text.encode()).decode("ascii")
