"""A mail server that goes wrong as it is told, and knows what it really got.

A play says what it does at a moment of the conversation instead of what a server should do:
`accept`, `greeting`, `EHLO`, `STARTTLS`, `handshake`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `body` (in
the middle of the mail), `dot` (after the mail), `after` (between two mails), `RSET`, `QUIT`.
"""

import contextlib
import re
import socket
import ssl
import struct
import subprocess
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

HANG, STALL = "says nothing more", "reads nothing more"
DROP, RESET = "ends the connection", "resets the connection"


@dataclass(frozen=True)
class Drip:
    """An answer, a byte at a time."""

    said: bytes
    every: float = 0.1


@dataclass(frozen=True)
class Pause:
    """Thinks for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Flood:
    """Ten megabytes of the same."""

    said: bytes


@dataclass(frozen=True)
class Kept:
    """Takes the mail, whatever it does then."""

    act: Any


Play = Mapping[str, Any]  # what is done at a moment: bytes, one of the above, or several in a tuple


@dataclass
class Got:
    """A whole mail, as it came: the envelope, and what stood before the dot."""

    sender: str
    recipients: list[str]
    content: bytes
    tls: bool

    @property
    def message_id(self) -> str:
        """Which mail it is."""
        found = re.search(rb"^Message-ID: (\S+)", self.content, re.MULTILINE | re.IGNORECASE)
        return found[1].decode() if found is not None else ""


@dataclass
class Server:
    """Listens until it is closed. `play` is how each connection goes; empty is as it should be."""

    play: Play = field(default_factory=dict)
    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    kind: Literal["plain", "starttls", "smtps"] = "plain"
    got: list[Got] = field(default_factory=list)
    clear: int = 0  # bytes of log-ins and envelopes that anybody could have read
    logins: list[str] = field(default_factory=list)
    port: int = 0
    connections: int = 0

    def __post_init__(self) -> None:
        self.over = threading.Event()
        self._open: set[socket.socket] = set()
        self._plays: list[dict[str, Any]] = []
        self._threads: list[threading.Thread] = []
        self.listen()

    def listen(self) -> None:
        """Answers at its port (again)."""
        self._door = socket.create_server((self.host, self.port))
        self._door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        self.port = self._door.getsockname()[1]
        self._start(self._accept, self._door)

    def refuse(self) -> None:
        """Nobody answers at the port."""
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def behave(self) -> None:
        """From here on all goes well, on open connections too."""
        self.play = {}
        for play in self._plays:
            play.clear()

    def close(self) -> None:
        """Ends everything."""
        self.over.set()
        self.refuse()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def copies(self) -> Counter[str]:
        """How often each mail was got."""
        return Counter(one.message_id for one in list(self.got))

    def _start(self, what: Any, *given: Any) -> None:
        thread = threading.Thread(target=what, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _address = door.accept()
                self.connections += 1
                self._plays.append(dict(self.play))
                self._start(self._serve, sock, self._plays[-1])

    def _serve(self, sock: socket.socket, play: dict[str, Any]) -> None:
        talk = _Talk(self, sock, play)
        self._open.add(sock)
        try:
            talk.run()
        except (OSError, _End):
            pass
        finally:
            self._open.discard(sock)
            talk.file.close()
            talk.sock.close()
            sock.close()


class _End(Exception):
    """The connection is over."""


class _Talk:
    def __init__(self, server: Server, sock: socket.socket, play: dict[str, Any]) -> None:
        self.server, self.sock, self.play = server, sock, play
        self.file = sock.makefile("rb")
        self.sender, self.recipients = "", list[str]()

    def run(self) -> None:
        self.act("accept", b"")
        if self.server.kind == "smtps":
            self.secure()
        self.act("greeting", b"220 mail.example.no ready\r\n")
        while line := self.file.readline():
            word = line[:4].decode("latin-1").upper().strip()
            self.answer({"STAR": "STARTTLS"}.get(word, word), line)

    def answer(self, word: str, line: bytes) -> None:
        if word in {"AUTH", "MAIL", "RCPT", "DATA"} and not self.is_secure:
            self.server.clear += len(line)
        match word:
            case "EHLO":
                offered = (
                    b"" if self.is_secure or self.server.kind == "plain" else b"250-STARTTLS\r\n"
                )
                self.act(word, b"250-mail.example.no\r\n" + offered + b"250 AUTH PLAIN LOGIN\r\n")
            case "STARTTLS":
                self.act(word, b"220 go ahead\r\n")
                self.secure()
            case "AUTH":
                self.log_in(line)
                self.act(word, b"235 2.7.0 welcome\r\n")
            case "MAIL" | "RCPT":
                address = line.partition(b"<")[2].rpartition(b">")[0].decode("latin-1")
                self.sender, self.recipients = (
                    (address, []) if word == "MAIL" else (self.sender, [*self.recipients, address])
                )
                self.act(word, b"250 2.1.0 fine\r\n")
            case "DATA":
                if self.act(word, b"354 go ahead\r\n").startswith(b"354"):
                    self.take()
            case "QUIT":
                self.act(word, b"221 bye\r\n")
                raise _End
            case _:
                self.act(word, b"250 fine\r\n")

    def take(self) -> None:
        lines: list[bytes] = []
        while (line := self.file.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise _End
            self.act("body", b"") if not lines else None
            lines.append(line.removeprefix(b"."))
        act = self.play.get("dot", b"250 2.0.0 queued\r\n")
        if isinstance(act, Kept) or (isinstance(act, bytes) and act.startswith(b"250")):
            content = b"".join(lines)
            mail = Got(self.sender, self.recipients, content, self.is_secure)
            self.server.got.append(mail)
        self.do(act)
        self.act("after", b"")

    def log_in(self, line: bytes) -> None:
        said = line.split()[2:]
        if line.split()[1] == b"LOGIN":
            for prompt in (b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n"):
                self.sock.sendall(prompt)
                said.append(self.file.readline().strip())
        self.server.logins.append(b" ".join(said).decode())

    @property
    def is_secure(self) -> bool:
        return isinstance(self.sock, ssl.SSLSocket)

    def secure(self) -> None:
        self.act("handshake", b"")
        assert self.server.tls is not None
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)
        self.file.close()
        self.file = self.sock.makefile("rb")

    def act(self, moment: str, usual: bytes) -> bytes:
        act = self.play.get(moment, usual)
        self.do(act)
        return act if isinstance(act, bytes) else b""

    def do(self, act: Any) -> None:
        match act:
            case bytes():
                self.sock.sendall(act)
            case tuple():
                for one in act:
                    self.do(one)
            case Kept():
                self.do(act.act)
            case Drip():
                for byte in act.said:
                    self.sock.sendall(bytes([byte]))
                    self.server.over.wait(act.every)
            case Pause():
                self.server.over.wait(act.seconds)
            case Flood():
                for _number in range(160):
                    self.sock.sendall(act.said * (64 * 1024 // len(act.said)))
            case _:
                while act == HANG and self.sock.recv(4096):
                    pass
                if act == STALL:
                    self.server.over.wait(5)
                if act == RESET:
                    linger = struct.pack("ii", 1, 0)
                    self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                raise _End


def certificate(folder: Path, address: str) -> tuple[ssl.SSLContext, Path]:
    """A server's context and its certificate for an address, made anew: no key is ever kept."""
    key, made = folder / f"{address}.key", folder / f"{address}.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", f"/CN={address}"),
            *("-addext", f"subjectAltName=IP:{address}", "-keyout", key, "-out", made),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return context, made
