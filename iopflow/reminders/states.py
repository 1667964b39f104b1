"""The states of a mail, and what may follow each: one table, from which the diagram is drawn."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from iopflow.models import Delivery, MailKind
from iopflow.reminders.content import Content
from iopflow.reminders.entering import Entrance
from iopflow.reminders.inquiries import Inquiry
from iopflow.reminders.notices import Notice

AGAIN = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60))  # after each try; then every hour
DOUBT = timedelta(hours=1)  # until a mail of unknown fate is tried once more
DOUBTS = 2  # tries of unknown fate, before a person must look
BUDGET = timedelta(seconds=60)  # for one mail, whatever the mail server does

# What is posted: a reminder, what somebody invited is to know, a colleague's question, or an
# address to log in by.
Letter = Content | Notice | Entrance | Inquiry


class Verdict(StrEnum):
    """What the mail server's side of a try came to."""

    TAKEN = "taken"  # it said yes
    LATER = "later"  # it certainly has not got it, and may take it later
    UNKNOWN = "unknown"  # the whole mail was sent and no answer came: it may have it
    REFUSED = "refused"  # it never will take it
    BROKEN = "broken"  # it cannot be written as a mail at all


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one try. `said` holds no address.

    `down`: the server could not be used at all, so that the mails after this one need not be tried
    now. `address`: it is the address that is refused, not the mail.
    """

    verdict: Verdict
    said: str = ""
    down: bool = False
    address: bool = False


class Post(Protocol):
    """Where mails are handed over: a mail server or a folder."""

    def send(self, content: Letter, message_id: str) -> Answer:
        """Tries one mail; never raises for what the other side does."""

    def close(self) -> None:
        """Ends the conversation."""


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that may happen to a mail."""

    why: str
    sources: tuple[Delivery, ...]
    target: Delivery


WAITING = (Delivery.DUE, Delivery.RETRY, Delivery.UNKNOWN)
SETTLED = (
    *(Delivery.SENT, Delivery.DROPPED, Delivery.EXPIRED),
    *(Delivery.REJECTED, Delivery.QUARANTINED),
)
MOVES: tuple[Move, ...] = (
    Move("claimed by a worker, which counts the try", WAITING, Delivery.SENDING),
    Move("the lease ran out: claimed again", (Delivery.SENDING,), Delivery.SENDING),
    Move("the worker stops before its turn", (Delivery.SENDING,), Delivery.DUE),
    Move("a day off at the school", (Delivery.SENDING,), Delivery.RETRY),
    Move("the mail server said yes", (Delivery.SENDING,), Delivery.SENT),
    Move("certainly not delivered, for now", (Delivery.SENDING,), Delivery.RETRY),
    Move("all was sent, no answer came", (Delivery.SENDING,), Delivery.UNKNOWN),
    Move("the mail server said never", (Delivery.SENDING,), Delivery.REJECTED),
    Move("cannot be written as a mail", (Delivery.SENDING,), Delivery.QUARANTINED),
    Move("nothing left to say", (Delivery.SENDING,), Delivery.DROPPED),
    Move("a newer one says the same", WAITING, Delivery.DROPPED),
    Move("too old to be sent as new", (*WAITING, Delivery.SENDING), Delivery.EXPIRED),
)


def after(mail: Any, answer: Answer, content: Letter, *, now: datetime) -> dict[str, Any]:
    """What a mail's row holds after a try that was answered so."""
    said = {"error": answer.said or None, "settled_at": now, "why": None}
    match answer.verdict:
        case Verdict.TAKEN:
            # A nudge says nothing of what is overdue: the next digest must not take it for told.
            late = content.late if content.kind is MailKind.DIGEST else ""
            listed = " ".join([late, *sorted(content.said)])
            return said | {"delivery": Delivery.SENT, "ready_at": None, "listed": listed}
        case Verdict.LATER:
            wait = AGAIN[min(mail.tries, len(AGAIN)) - 1]
            return said | {"delivery": Delivery.RETRY, "ready_at": now + wait}
        case Verdict.UNKNOWN:
            doubts = mail.doubts + 1
            again = None if doubts >= DOUBTS else now + DOUBT
            return said | {"delivery": Delivery.UNKNOWN, "ready_at": again, "doubts": doubts}
        case Verdict.REFUSED:
            return said | {"delivery": Delivery.REJECTED, "ready_at": None}
        case Verdict.BROKEN:
            return said | {"delivery": Delivery.QUARANTINED, "ready_at": None}


def mermaid() -> str:
    """The states of a mail as a Mermaid state diagram, drawn from `MOVES`."""
    lines = ["stateDiagram-v2", "    [*] --> due: decided, in one transaction for all"]
    for move in MOVES:
        lines += [f"    {source} --> {move.target}: {move.why}" for source in move.sources]
    lines += [f"    {state} --> [*]" for state in SETTLED]
    return "\n".join(lines)
