"""The outbox: mails decided once, read and sent, then marked; running it twice does no harm."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from iopflow import db
from iopflow.clock import local, local_date
from iopflow.models import Delivery, MailKind, metadata
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.reminders.content import Content, contents
from iopflow.reminders.days import AT
from iopflow.reminders.due import due
from iopflow.texts import N_

JOB = "mails"
A_WEEK = 2  # mails to one person in any seven days, at most (ux 4, rule 1)
REST = timedelta(days=28)  # how long a list of overdue steps that has not changed may rest
JUST = timedelta(days=3)  # from a Friday to the Monday: what was said then is not said again
TRIES = 5
LEASE = timedelta(minutes=10)  # how long whoever claimed a mail has to send it
_BATCH = 100

NOTHING_OPEN = N_("ingenting står åpent")
UNCHANGED = N_("listen over det som er over frist, er den samme som sist")
JUST_SAID = N_("det samme ble sagt siste skoledag")
NO_ADDRESS = N_("personen har ingen e-postadresse")

Send = Callable[[Content, str], None]


class NotSent(Exception):
    """The mail server did not take the mail; the message says why, without addresses."""


@dataclass(slots=True)
class Ticked:
    """What one pass did."""

    decided: int = 0
    sent: int = 0
    dropped: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What a person has been told: what was overdue last, the dates, and whether just now."""

    late: str
    said: frozenset[str]
    just: bool


def tick(engine: Engine, rules: Rules, *, now: datetime, send: Send, sender: str) -> Ticked:
    """One pass of everything due. `sender` is the domain that Message-IDs end in.

    Deciding is one transaction. Sending goes mail by mail: send, then mark, so that a crash
    between the two sends again with the same Message-ID and never loses one.
    """
    done = Ticked()
    with db.session(engine) as session:
        done.decided = decide(session, rules, now=now, sender=sender)
    deliver(engine, rules, done, now=now, send=send)
    return done


def decide(session: Session, rules: Rules, *, now: datetime, sender: str) -> int:
    """Writes the mails that are due today, once a day for each owner. Returns how many."""
    today = local_date(now)
    if local(now).time() < AT:
        return 0
    owners = claim(session, JOB, today.isoformat(), now)
    if not owners:
        return 0
    missed = {owner: _missed(session, owner, today) for owner in owners}
    people = due(session, rules, owners, today=today, missed=missed)
    enough = _had_enough(session, today)
    rows = _addressed(session, [person for person in people if person not in enough])
    mails = [
        {
            "owner_id": row.owner_id,
            "send_on": today,
            "person_id": row.id,
            "kind": people[row.id],
            "delivery": Delivery.DUE,
            "message_id": message_id(row.owner, row.key, today, people[row.id], sender),
            "decided_at": now,
            "tries": 0,
        }
        for row in rows
    ]
    if not mails:
        return 0
    statement = _insert(session, "mail").on_conflict_do_nothing()
    return len(
        session.connection().execute(statement.returning(metadata.tables["mail"].c.id), mails).all()
    )


def claim(session: Session, job: str, slot: str, now: datetime) -> list[int]:
    """The owners whose pass of a job at a moment is this caller's; nobody else gets them."""
    owner, taken = metadata.tables["owner"], metadata.tables["tick_slot"]
    statement = (
        _insert(session, "tick_slot")
        .from_select(
            ["owner_id", "job", "slot", "at"],
            # (WHERE: SQLite would read ON CONFLICT as a join.)
            select(owner.c.id, literal(job), literal(slot), literal(now, taken.c.at.type)).where(
                owner.c.id > 0
            ),
        )
        .on_conflict_do_nothing()
        .returning(taken.c.owner_id)
    )
    return sorted(session.connection().execute(statement).scalars())


def message_id(owner: str, person: str, day: date, kind: MailKind, sender: str) -> str:
    """The same for every try of a mail, and saying nothing of whom it is for."""
    told = f"{owner}:{person}:{day}:{kind.value}"
    return f"<{hashlib.sha256(told.encode()).hexdigest()[:32]}@{sender}>"


def deliver(engine: Engine, rules: Rules, done: Ticked, *, now: datetime, send: Send) -> None:
    """Sends what is due, oldest first."""
    today = local_date(now)
    after = 0
    while True:
        with db.session(engine, write=False) as session:
            waiting = _waiting(session, now, after)
            people = {mail.person_id: mail.kind for mail in waiting}
            told = contents(session, rules, people, today=today) if people else {}
            before = _heard(session, people, today) if people else {}
        if not waiting:
            return
        for mail in waiting:
            after = mail.id
            _settle(engine, mail, told.get(mail.person_id), before, done, now=now, send=send)


def _settle(
    engine: Engine,
    mail: Any,
    content: Content | None,
    before: Mapping[int, Heard],
    done: Ticked,
    *,
    now: datetime,
    send: Send,
) -> None:
    why = _nothing_to_say(content, before.get(mail.person_id))
    if content is None or why is not None:
        _mark(engine, mail.id, now, delivery=Delivery.DROPPED, why=why)
        done.dropped += 1
        return
    if not _claimed(engine, mail, now):
        return  # another clock has it
    try:
        send(content, mail.message_id)
    except NotSent as error:
        over = Delivery.REJECTED if mail.tries + 1 >= TRIES else Delivery.DUE
        _mark(engine, mail.id, None, delivery=over, error=str(error))
        done.failed += 1
        return
    _mark(
        engine,
        mail.id,
        now,
        delivery=Delivery.SENT,
        listed=" ".join([content.late, *sorted(content.said)]),
        error=None,
    )
    done.sent += 1


def _nothing_to_say(content: Content | None, before: Heard | None) -> str | None:
    """Why a mail is dropped, if it is."""
    if content is None:
        return NO_ADDRESS
    if content.is_empty:
        return NOTHING_OPEN
    if before is None or (content.overdue and content.late != before.late):
        return None
    if not content.lines:
        return UNCHANGED
    # What comes later than a week from now is said in the next digest as well.
    again = content.kind is MailKind.DIGEST and before.just and content.pressing <= before.said
    return JUST_SAID if again else None


def _claimed(engine: Engine, mail: Any, now: datetime) -> bool:
    """Whether this clock may send the mail: the one that counts the try, and while it lasts."""
    table = metadata.tables["mail"]
    with db.session(engine) as session:
        taken = session.connection().execute(
            update(table)
            .where(
                table.c.id == mail.id,
                table.c.delivery == Delivery.DUE,
                table.c.tries == mail.tries,
                _is_free(table, now),
            )
            .values(tries=mail.tries + 1, settled_at=now)
            .returning(table.c.id)
        )
        return taken.first() is not None


def _is_free(mail: Any, now: datetime) -> Any:
    """No clock has it, or one took it and never came back."""
    return or_(mail.c.settled_at.is_(None), mail.c.settled_at < now - LEASE)


def _mark(engine: Engine, mail_id: int, now: datetime | None, **values: Any) -> None:
    mail = metadata.tables["mail"]
    with db.session(engine) as session:
        session.connection().execute(
            update(mail).where(mail.c.id == mail_id).values(settled_at=now, **values)
        )


def _waiting(session: Session, now: datetime, after: int) -> Sequence[Any]:
    mail, today = metadata.tables["mail"], local_date(now)
    return (
        session.connection()
        .execute(
            select(mail)
            .where(
                mail.c.delivery == Delivery.DUE,
                mail.c.send_on <= today,
                mail.c.id > after,
                _is_free(mail, now),
            )
            .order_by(mail.c.id)
            .limit(_BATCH)
        )
        .all()
    )


def _heard(session: Session, people: Iterable[int], today: date) -> dict[int, Heard]:
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
        people=list(people),
    )
    found: dict[int, Heard] = {}
    for row in rows:
        late, *said = (row.listed or "").split()
        heard = found.get(row.person_id)
        found[row.person_id] = Heard(
            late,
            frozenset(said) | (heard.said if heard is not None else frozenset()),
            today - row.send_on <= JUST,
        )
    return found


def _missed(session: Session, owner: int, today: date) -> frozenset[date]:
    """The days of this week on which nothing ran, at an owner for whom it has run before."""
    slot = metadata.tables["tick_slot"]
    monday = today - timedelta(days=today.weekday())
    ran = set(
        session.connection()
        .execute(
            select(slot.c.slot).where(
                slot.c.owner_id == owner, slot.c.job == JOB, slot.c.slot < today.isoformat()
            )
        )
        .scalars()
    )
    days = (monday + timedelta(days=n) for n in range(today.weekday()))
    return frozenset(day for day in days if ran and day.isoformat() not in ran)


def _had_enough(session: Session, today: date) -> set[int]:
    """Those who have had as many mails in the last seven days as anybody gets."""
    mail = metadata.tables["mail"]
    week_ago = today - timedelta(days=7)
    return set(
        session.connection()
        .execute(
            select(mail.c.person_id)
            .where(
                mail.c.send_on > week_ago,
                or_(mail.c.delivery == Delivery.SENT, mail.c.delivery == Delivery.DUE),
            )
            .group_by(mail.c.person_id)
            .having(func.count() >= A_WEEK)
        )
        .scalars()
    )


def _addressed(session: Session, people: Sequence[int]) -> Sequence[Any]:
    """The people who have an address, with the ids of their owners."""
    person, owner = metadata.tables["person"], metadata.tables["owner"]
    return read(  # type: ignore[no-any-return]
        session,
        select(person.c.id, person.c.owner_id, person.c.key, owner.c.key.label("owner"))
        .join(owner, owner.c.id == person.c.owner_id)
        .where(among(person.c.id, "people"), person.c.email.is_not(None))
        .order_by(person.c.id),
        people=people,
    ).all()


def _insert(session: Session, table: str) -> Any:
    """An INSERT that may pass over a row that is there."""
    postgres = session.connection().dialect.name == "postgresql"
    return (postgresql if postgres else sqlite).insert(metadata.tables[table])
