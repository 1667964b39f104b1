"""Every way a mail server goes wrong, and what a mail comes to then: read it as a table."""

from dataclasses import dataclass, field
from typing import Any, Literal

from iopflow.reminders.states import Verdict
from tests.mailer.server import DROP, HANG, RESET, STALL, Drip, Flood, Kept, Pause, Play

TAKEN, LATER, UNKNOWN, REFUSED = Verdict.TAKEN, Verdict.LATER, Verdict.UNKNOWN, Verdict.REFUSED


@dataclass(frozen=True)
class Mode:
    """What the server does, and then: the verdict, what is said of it, and whether it has the mail.

    `down`: no other mail need be tried now. `address`: the address is at fault. `waits`: only the
    budget ends it. `kept`: a mail has gone over the same connection before. `refuses`: nobody
    answers at the port. `certificate`: which one a server with TLS shows.
    """

    name: str
    play: Play
    verdict: Verdict
    said: str
    down: bool = False
    address: bool = False
    got: bool = False
    waits: bool = False
    kept: bool = False
    large: bool = False
    refuses: bool = False
    kind: Literal["plain", "starttls", "smtps"] = "plain"
    certificate: Literal["right", "unknown", "another"] = "right"
    user: str = ""
    offers: Play = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


def down(name: str, play: Play, said: str, **more: object) -> Mode:
    """It has not got it, and nothing more need be tried now."""
    return Mode(name, play, LATER, said, down=True, **more)  # type: ignore[arg-type]


def unknown(name: str, play: Play, said: str, **more: object) -> Mode:
    """All but the answer went well."""
    return Mode(name, play, UNKNOWN, said, **more)  # type: ignore[arg-type]


def taken(name: str, play: Play, **more: object) -> Mode:
    """Odd, but the mail is delivered."""
    return Mode(name, play, TAKEN, r"250( 2\.0\.0)?", got=True, **more)  # type: ignore[arg-type]


def at(moment: str, answer: str) -> dict[str, Any]:
    """One answer, and the rest as it should be."""
    return {moment: answer.encode() + b"\r\n"}


LONG = b"".join(b"250-word %d\r\n" % number for number in range(200)) + b"250 2.0.0 end\r\n"
SLOW_YES = Drip(b"250 2.0.0 queued\r\n")
GONE = "Disconnected|(BrokenPipe|ConnectionReset)Error"  # which of them depends on who is first
OCTETS = b"\x00\xff\xfe\r\n"

BEFORE_A_WORD = (
    down("refuses the connection", {}, "ConnectionRefusedError", refuses=True),
    down("accepts and resets", {"accept": RESET}, "ConnectionResetError"),
    down("accepts and ends", {"accept": DROP}, "Disconnected"),
    down("never greets", {"accept": HANG}, "TimeoutError", waits=True),
    down("greets a byte at a time", {"greeting": Drip(b"220 x" * 99)}, "TimeoutError", waits=True),
    down("is another kind of server", at("greeting", "SSH-2.0-OpenSSH_9.2"), "GarbledAnswer"),
    down("greets with octets", {"greeting": OCTETS}, "GarbledAnswer"),
    down("greets with 10 MB in a line", {"greeting": Flood(b"x")}, "(Garbled|Endless)Answer"),
    down("greets with 10 MB of lines", {"greeting": Flood(b"220-hello\r\n")}, "EndlessAnswer"),
    down("is closed", at("greeting", "421 4.3.2 kari@example.no: later"), "421 4.3.2"),
    down("wants nobody's mails", at("greeting", "554 no"), "554"),
    down("greets and ends", {"greeting": (b"220 hello\r\n", DROP)}, GONE),
    down("does not know EHLO or HELO", at("EHLO", "500 what?") | at("HELO", "502 no"), "502"),
    taken("knows HELO only", at("EHLO", "500 what?")),
    down("introduces itself by drops", {"EHLO": Drip(LONG)}, "TimeoutError", waits=True),
    taken("says everything in many lines", {"EHLO": LONG, "MAIL": LONG, "RCPT": LONG, "dot": LONG}),
)

BEFORE_THE_DOT = (
    down("puts the sender off", at("MAIL", "451 4.3.0 later"), "451 4.3.0"),
    down("has no room for the sender", at("MAIL", "452 4.3.1 full"), "452 4.3.1"),
    down("does not want the sender", at("MAIL", "550 5.7.1 <iop@example.no> no"), "550 5.7.1"),
    down("wants a log-in first", at("MAIL", "530 5.7.0 log in"), "530 5.7.0"),
    down("answers the sender with garbage", at("MAIL", "oh"), "GarbledAnswer"),
    down("answers twice", {"MAIL": b"250 fine\r\n250 fine\r\n"}, "OutOfStep"),
    down("is silent at the sender", {"MAIL": HANG}, "TimeoutError", waits=True),
    Mode("greylists", at("RCPT", "451 4.7.1 try later"), LATER, "451 4.7.1"),
    Mode("is busy with the mailbox", at("RCPT", "450 kari@example.no busy"), LATER, "450"),
    Mode("has no room", at("RCPT", "452 4.2.2 full"), LATER, "452 4.2.2"),
    Mode("has a full mailbox, in old words", at("RCPT", "552 5.2.2 full"), LATER, "552 5.2.2"),
    Mode(
        *("does not know the address", at("RCPT", "550 5.1.1 <kari@example.no> unknown")),
        *(REFUSED, "550 5.1.1"),
        address=True,
    ),
    Mode("says 550 and no more", at("RCPT", "550"), REFUSED, "550", address=True),
    Mode("finds no mailbox in it", at("RCPT", "553 no such"), REFUSED, "553", address=True),
    Mode(
        *("says no in many lines", {"RCPT": b"550-5.1.1 kari@example.no\r\n550 5.1.1 no\r\n"}),
        *(REFUSED, "550 5.1.1"),
        address=True,
    ),
    Mode("does not like the mail", at("RCPT", "550 5.7.1 policy"), REFUSED, "550 5.7.1"),
    Mode("passes on no mails", at("RCPT", "554 5.7.1 relay denied"), REFUSED, "554 5.7.1"),
    down("means the sender after all", at("RCPT", "550 5.1.8 no such domain"), "550 5.1.8"),
    down("closes at the recipient", {"RCPT": (b"421 4.3.2 bye\r\n", DROP)}, "421 4.3.2"),
    down("ends at the recipient", {"RCPT": DROP}, "Disconnected"),
    down("answers by drops", {"RCPT": Drip(b"250 " + b"x" * 99)}, "TimeoutError", waits=True),
    Mode("puts off the mail", at("DATA", "451 4.3.0 later"), LATER, "451 4.3.0"),
    Mode("refuses the mail", at("DATA", "554 5.5.1 no"), REFUSED, "554 5.5.1"),
    down("says yes instead of go on", at("DATA", "250 fine"), "OutOfStep"),
    down("says yes before the mail", {"DATA": b"354 go\r\n250 2.0.0 got it\r\n"}, "OutOfStep"),
    down("ends in the middle", {"body": DROP}, GONE, large=True),
    down("resets in the middle", {"body": RESET}, GONE, large=True),
    down("reads no more", {"body": STALL}, "TimeoutError", large=True, waits=True),
)

AFTER_THE_DOT = (
    Mode("puts off a whole mail", at("dot", "451 4.3.0 later"), LATER, "451 4.3.0"),
    Mode("has no room for it", at("dot", "452 4.3.1 disk"), LATER, "452 4.3.1"),
    Mode("refuses a whole mail", at("dot", "554 5.7.1 kari@example.no"), REFUSED, "554 5.7.1"),
    Mode("finds it too large", at("dot", "552 5.3.4 too big"), REFUSED, "552 5.3.4"),
    down("closes instead of taking", {"dot": (b"421 4.3.2 bye\r\n", DROP)}, "421 4.3.2"),
    unknown("falls silent in the middle", {"body": HANG}, "TimeoutError", waits=True),
    unknown("never answers", {"dot": HANG}, "TimeoutError", waits=True),
    unknown(
        "takes it and never answers", {"dot": Kept(HANG)}, "TimeoutError", waits=True, got=True
    ),
    unknown("ends without an answer", {"dot": DROP}, "Disconnected"),
    unknown("takes it and ends", {"dot": Kept(DROP)}, "Disconnected", got=True),
    unknown("takes it and resets", {"dot": Kept(RESET)}, "ConnectionResetError", got=True),
    unknown("takes it with garbage", {"dot": Kept(b"done!\r\n")}, "GarbledAnswer", got=True),
    unknown("says yes by halves", {"dot": Kept((b"250 ok", DROP))}, "Disconnected", got=True),
    unknown("says yes by drops", {"dot": Kept(SLOW_YES)}, "TimeoutError", waits=True, got=True),
    unknown("says yes without end", {"dot": Kept(Flood(b"250-x\r\n"))}, "EndlessAnswer", got=True),
    unknown("says neither yes nor no", at("dot", "354 go on"), "354"),
)

BETWEEN_MAILS = (
    taken("ends between two mails", {"after": DROP}, kept=True),
    taken("resets between two mails", {"after": RESET}, kept=True),
    taken("closes between two mails", {"after": (b"421 4.4.2 idle\r\n", DROP)}, kept=True),
    taken("talks between two mails", at("after", "250 by the way"), kept=True),
    down("falls silent between two mails", {"after": HANG}, "TimeoutError", waits=True, kept=True),
    Mode(
        *("refuses one and will not begin anew", at("RCPT", "451 later") | {"RSET": DROP}),
        *(LATER, "451"),
    ),
    Mode(
        *("refuses one and falls silent", at("RCPT", "451 later") | {"RSET": HANG}),
        *(LATER, "451"),
        waits=True,
    ),
)

LOG_IN = (
    taken("lets us in", {}, user="iop"),
    taken("knows the old way only", at("EHLO", "250-x\r\n250 AUTH=LOGIN"), user="iop"),
    down(
        "does not let us in",
        at("AUTH", "535 5.7.8 no such iop@example.no"),
        "535 5.7.8",
        user="iop",
    ),
    down("cannot let us in now", at("AUTH", "454 4.7.0 later"), "454 4.7.0", user="iop"),
    down("asks on and on", at("AUTH", "334 ???"), "OutOfStep", user="iop"),
    down("does not let anybody in", at("EHLO", "250 x"), "NoLogin", user="iop"),
    down("is silent at the log-in", {"AUTH": HANG}, "TimeoutError", waits=True, user="iop"),
)

_UP = at("EHLO", "250 mail.example.no")
TLS = (
    taken("turns to TLS", {}, kind="starttls", user="iop"),
    taken("begins with TLS", {}, kind="smtps", user="iop"),
    taken("thinks before the handshake", {"handshake": Pause(1.2)}, kind="starttls"),
    taken("ends a secret talk between two mails", {"after": DROP}, kind="smtps", kept=True),
    down("falls silent under TLS", {"MAIL": HANG}, "TimeoutError", waits=True, kind="starttls"),
    unknown("takes it under TLS and ends", {"dot": Kept(DROP)}, ".+", kind="smtps", got=True),
    down("reads no more under TLS", {"body": STALL}, ".+", kind="smtps", waits=True, large=True),
    down("offers no TLS", _UP, "NoTls", kind="starttls"),
    down("refuses TLS", at("STARTTLS", "454 4.7.0 not now"), "454 4.7.0", kind="starttls"),
    down("is anybody", {}, "TLS: self-signed certificate", kind="starttls", certificate="unknown"),
    down("is another", {}, "TLS: IP address mismatch.*", kind="starttls", certificate="another"),
    down("begins as anybody", {}, "TLS: self-signed.*", kind="smtps", certificate="unknown"),
    down("begins as another", {}, "TLS: IP address.*", kind="smtps", certificate="another"),
    down(
        "hangs in the handshake", {"handshake": HANG}, "TimeoutError", waits=True, kind="starttls"
    ),
    down("ends in the handshake", {"handshake": DROP}, ".+", kind="starttls"),
    down("speaks in clear", at("handshake", "220 hello"), "TLS: .+", kind="starttls"),
    down("begins in clear", at("accept", "220 hello"), "TLS: .+", kind="smtps"),
    down(
        *("is spoken for before TLS", {"STARTTLS": b"220 go\r\n250 AUTH PLAIN\r\n"}),
        *("OutOfStep",),
        kind="starttls",
    ),
)

MODES = (*BEFORE_A_WORD, *BEFORE_THE_DOT, *AFTER_THE_DOT, *BETWEEN_MAILS, *LOG_IN, *TLS)
