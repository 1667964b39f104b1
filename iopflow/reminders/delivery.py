"""How a mail is delivered: claimed, read, sent, then marked, so that none is lost or sent twice.

The states of a mail and what may follow each stand in `states.py`, the one table. A mail is claimed
by counting the try and setting until when it is whose; only that try may mark it, so that a worker
that was frozen and wakes marks nothing. Between the mail server's yes and our commit lies the one
moment in which a crash sends a second copy, with the same Message-ID (docs: the guarantees).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Engine, bindparam, select, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from iopflow import clock, db
from iopflow.clock import local, local_date
from iopflow.models import REMINDERS, Delivery, MailKind, Wish, metadata
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.reminders.claiming import Claimed, claim
from iopflow.reminders.content import Content, contents
from iopflow.reminders.days import AT, JUNE
from iopflow.reminders.entering import Entrance, entrances
from iopflow.reminders.inquiries import Inquiry, inquiries
from iopflow.reminders.notices import Notice, notices
from iopflow.reminders.states import AGAIN, BUDGET, Letter, Post, Verdict, after
from iopflow.texts import N_

REST = timedelta(days=28)  # how long a list of overdue steps that has not changed may rest
JUST = timedelta(days=3)  # from a Friday to the Monday: what was said then is not said again
PATIENCE = 30  # seconds that a mark waits for a database that is away

NOTHING_OPEN = N_("ingenting står åpent")
UNCHANGED = N_("listen over det som er over frist, er den samme som sist")
JUST_SAID = N_("det samme ble sagt siste skoledag")
NO_ADDRESS = N_("personen har ingen e-postadresse")
REFUSED_ADDRESS = N_("e-posttjeneren kjenner ikke adressen")
DAY_OFF = N_("det er fridag ved skolen")

T = TypeVar("T")


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
    """Sends what is ready, oldest first, until nothing is or the worker is told to stop.

    What a person has just written, an invitation or a question, goes at any hour, as does what is
    waited for.
    """
    early = tuple(kind for kind in MailKind if kind not in REMINDERS)
    kinds = early if local(worker.clock()).time() < AT else tuple(MailKind)
    while not worker.stopping() and db.has_room(worker.engine):
        mails = _patiently(worker, lambda: _claim(worker, kinds))
        if not mails:
            return
        left = _send_all(worker, mails, done)
        if left:
            _release(worker, left)
            return


def _claim(worker: Worker, kinds: Sequence[MailKind]) -> list[Claimed]:
    return claim(worker.engine, worker.clock(), rate=worker.rate, kinds=kinds)


def _send_all(worker: Worker, mails: Sequence[Any], done: Ticked) -> Sequence[Any]:
    """Sends a batch. Returns those not begun: the server is down, time is up, the disk is full."""
    today = local_date(worker.clock())
    told, broken = _patiently(worker, lambda: _read(worker, mails, worker.clock()))
    if len(mails) > 1 and len(broken) == len(mails):
        # Not the rows but we are at fault: nothing is given up, and the lease brings them back.
        raise RuntimeError(f"no mail can be read: {', '.join(sorted(set(broken.values())))}")
    before = _patiently(worker, lambda: _heard_by(worker, mails, today))
    for number, mail in enumerate(mails):
        out_of_time = worker.clock() + BUDGET > mail.ready_at
        # A mail whose mark finds no room would be sent again with each lease.
        no_room = not db.has_room(worker.engine)
        if worker.stopping() or out_of_time or done.down or no_room:
            return mails[number:]
        if mail.id in broken:
            _quarantine(worker, mail, broken[mail.id], done)
            continue
        content = told.get(mail.id)
        _settle(worker, mail, _dated(content, mail, today), before.get(mail.person_id), done)
    return ()


def _patiently(worker: Worker, do: Callable[[], T]) -> T:
    """Does something with the database, again where it is away or taken, until patience ends.

    What the mail server has taken must not be forgotten because PostgreSQL is starting again.
    """
    began = clock.elapsed()
    while True:
        try:
            return do()
        except DBAPIError:
            if clock.elapsed() - began > worker.patience:
                raise
            clock.pause(0.2)


def _read(
    worker: Worker, mails: Sequence[Any], now: datetime
) -> tuple[dict[int, Letter], dict[int, str]]:
    """What each mail says, by its number; and which cannot be read, with the kind of fault.

    All at once; where that fails in halves, so that one bad row never stops a batch.
    """
    reminders = [mail for mail in mails if mail.kind in REMINDERS]
    people = {mail.person_id: mail.kind for mail in reminders}
    invited = [mail for mail in mails if mail.kind is MailKind.INVITATION]
    entering = [mail for mail in mails if mail.kind is MailKind.LOG_IN]
    asked = [mail for mail in mails if mail.kind is MailKind.QUESTION]
    try:
        with db.session(worker.engine, write=False) as session:
            told: dict[int, Letter] = dict(notices(session, invited, now=now) if invited else {})
            told |= entrances(session, entering, now=now) if entering else {}
            if asked:
                told |= inquiries(session, worker.rules, asked)
            if reminders:
                said = contents(session, worker.rules, people, today=local_date(now))
                found = ((mail.id, said.get(mail.person_id)) for mail in reminders)
                told |= {number: content for number, content in found if content is not None}
            return told, {}
    except DBAPIError:
        raise
    except Exception as error:
        if len(mails) == 1:
            return {}, {mails[0].id: type(error).__name__}
        half = len(mails) // 2
        told, broken = _read(worker, mails[:half], now)
        rest, more = _read(worker, mails[half:], now)
        return told | rest, broken | more


def _quarantine(worker: Worker, mail: Any, fault: str, done: Ticked) -> None:
    done.failed += 1
    gone = {"ready_at": None, "settled_at": worker.clock(), "error": fault}
    _mark(worker, mail, delivery=Delivery.QUARANTINED, **gone)


def _dated(content: Letter | None, mail: Any, today: date) -> Letter | None:
    """The content, with the day a reminder should have come where that has passed."""
    meant = min(mail.meant_for or mail.send_on, mail.send_on)
    if not isinstance(content, Content) or meant >= today:
        return content
    return replace(content, delayed=meant)


def _settle(
    worker: Worker, mail: Any, content: Letter | None, before: Heard | None, done: Ticked
) -> None:
    now = worker.clock()
    if isinstance(content, Notice):
        # A meeting may have been moved or called off since the batch was read: what is old by now
        # must not arrive after what is new.
        content = _patiently(worker, lambda: _read(worker, [mail], now)[0].get(mail.id))
    why = _nothing_to_say(content, before, mail.send_on)
    if content is None or why is not None:
        # One that was in the hand of a worker that is gone may have arrived all the same.
        perhaps = {"doubts": mail.doubts + 1} if mail.was is Delivery.SENDING else {}
        over = {"delivery": Delivery.DROPPED, "ready_at": None, "settled_at": now, "why": why}
        _mark(worker, mail, **over, **perhaps)
        done.dropped += 1
        return
    if isinstance(content, Content) and content.rests:
        # A day off at all their schools: the next day is early enough.
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


def _nothing_to_say(content: Letter | None, before: Heard | None, day: date) -> str | None:
    """Why a mail is dropped, if it is."""
    if content is None:
        return NO_ADDRESS
    if content.is_refused:
        return REFUSED_ADDRESS
    if isinstance(content, Notice | Entrance | Inquiry):
        return content.why
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
    """Writes what became of a mail, if it still is this try's."""
    known = {"mail": mail.id, "try": mail.tries, **values}

    def write() -> bool:
        with db.session(worker.engine, alone=False) as session:
            return read(session, _marking(), **known).first() is not None

    return _patiently(worker, write)


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


def _heard_by(worker: Worker, mails: Sequence[Claimed], today: date) -> dict[int, Heard]:
    with db.session(worker.engine, write=False) as session:
        return _heard(session, [mail.person_id for mail in mails], today)


def _heard(session: Session, people: Sequence[int], today: date) -> dict[int, Heard]:
    """What each person has heard in mails that were sent within the rest."""
    mail = metadata.tables["mail"]
    rows = read(
        session,
        select(mail.c.person_id, mail.c.listed, mail.c.send_on, mail.c.kind)
        .where(
            among(mail.c.person_id, "people"),
            mail.c.delivery == Delivery.SENT,
            mail.c.kind.in_(REMINDERS),
            mail.c.send_on > today - REST,
        )
        .order_by(mail.c.send_on),
        people=people,
    )
    found: dict[int, Heard] = {}
    for row in rows:
        late, *said = (row.listed or "").split(" ")
        heard = found.get(row.person_id)
        if row.kind is MailKind.NUDGE and heard is not None:
            late = heard.late
        found[row.person_id] = Heard(
            late,
            frozenset(said) | (heard.said if heard is not None else frozenset()),
            today - row.send_on <= JUST,
        )
    return found
