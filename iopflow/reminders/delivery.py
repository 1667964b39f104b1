"""How a mail is delivered: claimed, read, sent, then marked, so that none is lost or sent twice.

The states of a mail and what may follow each stand in `MOVES`, the one table. A mail is claimed by
counting the try and setting until when it is whose; only that try may mark it, so that a worker
that was frozen and wakes marks nothing. Between the mail server's yes and our commit lies the one
moment in which a crash sends a second copy, with the same Message-ID (docs: the guarantees).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Engine, and_, bindparam, func, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from iopflow import clock, db
from iopflow.clock import local, local_date
from iopflow.models import Delivery, MailKind, Wish, metadata
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.reminders.content import Content, contents
from iopflow.reminders.days import AT, JUNE
from iopflow.texts import N_

LEASE = timedelta(minutes=10)  # how long whoever claimed a mail has to send it
BUDGET = timedelta(seconds=60)  # for one mail, whatever the mail server does
FRESH = timedelta(days=3)  # a mail that is older is not sent as if it were new
AGAIN = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60))  # after each try; then every hour
DOUBT = timedelta(hours=1)  # until a mail of unknown fate is tried once more
REST = timedelta(days=28)  # how long a list of overdue steps that has not changed may rest
JUST = timedelta(days=3)  # from a Friday to the Monday: what was said then is not said again
BATCH = 100
PATIENCE = 30  # seconds that a mark waits for a database that is away

NOTHING_OPEN = N_("ingenting står åpent")
UNCHANGED = N_("listen over det som er over frist, er den samme som sist")
JUST_SAID = N_("det samme ble sagt siste skoledag")
NO_ADDRESS = N_("personen har ingen e-postadresse")
REFUSED_ADDRESS = N_("e-posttjeneren kjenner ikke adressen")
DAY_OFF = N_("det er fridag ved skolen")
TOO_OLD = N_("for gammel: det den skulle si, står i den neste")

IN_DOUBT_TRIES = 2  # tries of unknown fate, before a person must look


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

    def send(self, content: Content, message_id: str) -> Answer:
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
    Move("the mail server said yes", (Delivery.SENDING,), Delivery.SENT),
    Move("certainly not delivered, for now", (Delivery.SENDING,), Delivery.RETRY),
    Move("all was sent, no answer came", (Delivery.SENDING,), Delivery.UNKNOWN),
    Move("the mail server said never", (Delivery.SENDING,), Delivery.REJECTED),
    Move("cannot be written as a mail", (Delivery.SENDING,), Delivery.QUARANTINED),
    Move("nothing left to say", (Delivery.SENDING,), Delivery.DROPPED),
    Move("a newer one says the same", WAITING, Delivery.DROPPED),
    Move("too old to be sent as new", WAITING, Delivery.EXPIRED),
)


@dataclass(slots=True)
class Ticked:
    """What one pass did. `down` says that the mail server could not be used."""

    decided: int = 0
    sent: int = 0
    dropped: int = 0
    failed: int = 0
    down: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person has been told: what was overdue last, the dates, and whether just now."""

    late: str
    said: frozenset[str]
    just: bool


@dataclass(frozen=True, slots=True)
class Worker:
    """Who delivers: the database, the rules, the time, the post, and when to stop."""

    engine: Engine
    rules: Rules
    clock: Callable[[], datetime]
    post: Post
    rate: int = 600  # mails a minute to one domain
    stopping: Callable[[], bool] = lambda: False
    patience: float = PATIENCE


def deliver(worker: Worker, done: Ticked) -> None:
    """Sends what is ready, oldest first, until nothing is or the worker is told to stop."""
    if local(worker.clock()).time() < AT:
        return
    while not worker.stopping():
        mails = claim(worker.engine, worker.clock(), rate=worker.rate)
        if not mails:
            return
        left = _send_all(worker, mails, done)
        if left:
            _release(worker, left)
            return


def _send_all(worker: Worker, mails: Sequence[Any], done: Ticked) -> Sequence[Any]:
    """Sends a batch. Returns those that were not begun: the server is down, or time is up."""
    today = local_date(worker.clock())
    told, broken = _read(worker, mails, today)
    with db.session(worker.engine, write=False) as session:
        before = _heard(session, [mail.person_id for mail in mails], today)
    for number, mail in enumerate(mails):
        out_of_time = worker.clock() + BUDGET > mail.ready_at
        if worker.stopping() or out_of_time or done.down:
            return mails[number:]
        if mail.person_id in broken:
            _quarantine(worker, mail, broken[mail.person_id], done)
            continue
        content = told.get(mail.person_id)
        _settle(worker, mail, _dated(content, mail, today), before.get(mail.person_id), done)
    return ()


def _read(
    worker: Worker, mails: Sequence[Any], today: date
) -> tuple[dict[int, Content], dict[int, str]]:
    """What each mail says; and whose cannot be read, with the kind of fault.

    All at once; where that fails one by one, so that one bad row never stops a batch.
    """
    people = {mail.person_id: mail.kind for mail in mails}
    try:
        with db.session(worker.engine, write=False) as session:
            return contents(session, worker.rules, people, today=today), {}
    except DBAPIError:
        raise
    except Exception as error:
        if len(people) == 1:
            return {}, dict.fromkeys(people, type(error).__name__)
        told: dict[int, Content] = {}
        broken: dict[int, str] = {}
        for mail in mails:
            one, fault = _read(worker, [mail], today)
            told |= one
            broken |= fault
        if len(broken) == len(people):  # not the rows but we are at fault: nothing is given up
            raise
        return told, broken


def _quarantine(worker: Worker, mail: Any, fault: str, done: Ticked) -> None:
    done.failed += 1
    gone = {"ready_at": None, "settled_at": worker.clock(), "error": fault}
    _mark(worker, mail, delivery=Delivery.QUARANTINED, **gone)


def _dated(content: Content | None, mail: Any, today: date) -> Content | None:
    """The content, with the day it should have come where that has passed."""
    meant = min(mail.meant_for or mail.send_on, mail.send_on)
    if content is None or meant >= today:
        return content
    return replace(content, delayed=meant)


def _settle(
    worker: Worker, mail: Any, content: Content | None, before: Heard | None, done: Ticked
) -> None:
    why = _nothing_to_say(content, before, mail.send_on)
    now = worker.clock()
    if content is None or why is not None:
        _mark(worker, mail, delivery=Delivery.DROPPED, ready_at=None, settled_at=now, why=why)
        done.dropped += 1
        return
    if content.rests:  # a day off at all their schools: the next day is early enough
        later = {"delivery": Delivery.RETRY, "ready_at": now + AGAIN[-1], "why": DAY_OFF}
        _mark(worker, mail, tries=mail.tries - 1, **later)
        return
    answer = worker.post.send(content, mail.message_id)
    if answer.verdict is Verdict.TAKEN:
        done.sent += 1
    else:
        done.failed += 1
        done.down = answer.down
    # The time of the mark is read anew: sending may have taken a minute.
    _mark(worker, mail, **after(mail, answer, content, now=worker.clock()))
    if answer.address:
        _block(worker, mail.person_id, content.email)


def after(mail: Any, answer: Answer, content: Content, *, now: datetime) -> dict[str, Any]:
    """What a mail's row holds after a try that was answered so."""
    said = {"error": answer.said or None, "settled_at": now, "why": None}
    match answer.verdict:
        case Verdict.TAKEN:
            listed = " ".join([content.late, *sorted(content.said)])
            return said | {"delivery": Delivery.SENT, "ready_at": None, "listed": listed}
        case Verdict.LATER:
            wait = AGAIN[min(mail.tries, len(AGAIN)) - 1]
            return said | {"delivery": Delivery.RETRY, "ready_at": now + wait}
        case Verdict.UNKNOWN:
            again = None if mail.was is Delivery.UNKNOWN else now + DOUBT
            return said | {"delivery": Delivery.UNKNOWN, "ready_at": again}
        case Verdict.REFUSED:
            return said | {"delivery": Delivery.REJECTED, "ready_at": None}
        case Verdict.BROKEN:
            return said | {"delivery": Delivery.QUARANTINED, "ready_at": None}


def _nothing_to_say(content: Content | None, before: Heard | None, day: date) -> str | None:
    """Why a mail is dropped, if it is."""
    if content is None:
        return NO_ADDRESS
    if content.is_refused:
        return REFUSED_ADDRESS
    if content.is_empty:
        return NOTHING_OPEN
    daily = content.wish is Wish.JUNE and day.month == JUNE
    if daily or before is None or (content.late and content.late != before.late):
        return None
    if not content.said:
        return UNCHANGED
    # What comes later than a week from now is said in the next digest as well.
    again = content.kind is MailKind.DIGEST and before.just and content.pressing <= before.said
    return JUST_SAID if again else None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that is this worker's until `ready_at`; `was` is how it stood before."""

    id: int
    owner_id: int
    person_id: int
    kind: MailKind
    message_id: str
    send_on: date
    meant_for: date | None
    tries: int
    ready_at: datetime
    was: Delivery


def claim(engine: Engine, now: datetime, *, rate: int, most: int = BATCH) -> list[Claimed]:
    """Takes mails that are ready, no more to any domain than its minute has room for.

    One worker at a time reads and takes (the lock of `db.session`), so that the count is exact.
    """
    mail = metadata.tables["mail"]
    with db.session(engine) as session:
        room, full = _room(session, now, rate)
        ready = (
            session.connection()
            .execute(
                select(mail)
                .where(mail.c.ready_at <= now, mail.c.domain.not_in(full))
                .order_by(mail.c.send_on, mail.c.id)
                .limit(min(most, room))
            )
            .all()
        )
        if not ready:
            return []
        until = now + LEASE
        session.connection().execute(
            update(mail)
            .where(mail.c.id.in_([one.id for one in ready]))
            .values(delivery=Delivery.SENDING, ready_at=until, tries=mail.c.tries + 1)
        )
        return [
            Claimed(
                *(one.id, one.owner_id, one.person_id, one.kind, one.message_id),
                *(one.send_on, one.meant_for, one.tries + 1, until, one.delivery),
            )
            for one in ready
        ]


def _room(session: Session, now: datetime, rate: int) -> tuple[int, list[str]]:
    """How many may be claimed at once, and the domains whose minute is full."""
    mail = metadata.tables["mail"]
    lately = and_(mail.c.settled_at > now - timedelta(minutes=1), mail.c.tries > 0)
    in_hand = and_(mail.c.delivery == Delivery.SENDING, mail.c.ready_at > now)
    rows = session.connection().execute(
        select(mail.c.domain, func.count().label("mails"))
        .where(
            or_(lately, in_hand),
            mail.c.delivery.not_in((Delivery.DROPPED, Delivery.EXPIRED)),
        )
        .group_by(mail.c.domain)
    )
    used = {row.domain: row.mails for row in rows}
    full = [domain for domain, count in used.items() if count >= rate]
    most = max((count for count in used.values() if count < rate), default=0)
    return rate - most, full


def expire(session: Session, now: datetime) -> None:
    """Gives up what has waited so long that it is no news: the next mail says it."""
    mail = metadata.tables["mail"]
    session.connection().execute(
        update(mail)
        .where(
            mail.c.ready_at <= now,
            mail.c.delivery.in_(WAITING),
            mail.c.send_on < local_date(now) - FRESH,
        )
        .values(delivery=Delivery.EXPIRED, ready_at=None, settled_at=now, why=TOO_OLD)
    )


def _release(worker: Worker, mails: Sequence[Claimed]) -> None:
    """Gives back what was claimed and not begun, for anybody to take at once."""
    mail = metadata.tables["mail"]
    with db.session(worker.engine) as session:
        for one in mails:
            session.connection().execute(
                update(mail)
                .where(
                    mail.c.id == one.id,
                    mail.c.tries == one.tries,
                    mail.c.delivery == Delivery.SENDING,
                )
                .values(delivery=one.was, ready_at=worker.clock(), tries=one.tries - 1)
            )


def _mark(worker: Worker, mail: Claimed, **values: Any) -> bool:
    """Writes what became of a mail, if it still is this try's. Waits for a database that is away.

    What the mail server has taken must not be forgotten because PostgreSQL is starting again.
    """
    known = {"mail": mail.id, "try": mail.tries, **values}
    began = clock.elapsed()
    while True:
        try:
            with db.session(worker.engine, alone=False) as session:
                return read(session, _marking(), **known).first() is not None
        except DBAPIError:
            if clock.elapsed() - began > worker.patience:
                raise
            clock.pause(0.2)


@cache
def _marking() -> Any:
    """Sets the columns that it is given besides the mail and the try."""
    mail = metadata.tables["mail"]
    return (
        update(mail)
        .where(
            mail.c.id == bindparam("mail"),
            mail.c.tries == bindparam("try"),
            mail.c.delivery == Delivery.SENDING,
        )
        .returning(mail.c.id)
    )


def _block(worker: Worker, person_id: int, email: str) -> None:
    person = metadata.tables["person"]
    with db.session(worker.engine) as session:
        session.connection().execute(
            update(person)
            .where(person.c.id == person_id, person.c.email == email)
            .values(refused_email=email)
        )


def _heard(session: Session, people: Sequence[int], today: date) -> dict[int, Heard]:
    """What each person has heard in mails that were sent within the rest."""
    mail = metadata.tables["mail"]
    rows = read(
        session,
        select(mail.c.person_id, mail.c.listed, mail.c.send_on)
        .where(
            among(mail.c.person_id, "people"),
            mail.c.delivery == Delivery.SENT,
            mail.c.send_on > today - REST,
        )
        .order_by(mail.c.send_on),
        people=people,
    )
    found: dict[int, Heard] = {}
    for row in rows:
        late, *said = (row.listed or "").split(" ")
        heard = found.get(row.person_id)
        found[row.person_id] = Heard(
            late,
            frozenset(said) | (heard.said if heard is not None else frozenset()),
            today - row.send_on <= JUST,
        )
    return found


def mermaid() -> str:
    """The states of a mail as a Mermaid state diagram, drawn from `MOVES`."""
    lines = ["stateDiagram-v2", "    [*] --> due: decided, in one transaction for all"]
    for move in MOVES:
        lines += [f"    {source} --> {move.target}: {move.why}" for source in move.sources]
    lines += [f"    {state} --> [*]" for state in SETTLED]
    return "\n".join(lines)
