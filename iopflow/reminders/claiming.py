"""Which mails are whose: claimed for a time by counting the try, and given up when too old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Engine, and_, bindparam, exists, func, not_, or_, select, update
from sqlmodel import Session

from iopflow import db
from iopflow.clock import local_date
from iopflow.models import REMINDERS, Delivery, MailKind, another, metadata
from iopflow.queries.prepared import read
from iopflow.reminders.states import WAITING
from iopflow.texts import N_

LEASE = timedelta(minutes=10)  # how long whoever claimed a mail has to send it
FRESH = timedelta(days=3)  # a mail that is older is not sent as if it were new
BATCH = 100

TOO_OLD = N_("for gammel: det den skulle si, står i den neste")


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
    doubts: int
    about_id: int
    version: int


def claim(
    engine: Engine,
    now: datetime,
    *,
    rate: int,
    most: int = BATCH,
    kinds: Sequence[MailKind] = tuple(MailKind),
) -> list[Claimed]:
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
                .where(
                    mail.c.ready_at <= now,
                    mail.c.domain.not_in(full),
                    mail.c.kind.in_(kinds),
                    not_(_follows_one_in_hand(mail, now)),
                )
                # (date: else SQLite reads every mail there is in this order, not what is ready.)
                .order_by(func.date(mail.c.send_on), mail.c.id)
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
                *(one.send_on, one.meant_for, one.tries + 1, until),
                *(one.delivery, one.doubts, one.about_id, one.version),
            )
            for one in ready
        ]


def _follows_one_in_hand(mail: Any, now: datetime) -> Any:
    """Another worker is sending an earlier version of the same invitation: the later one waits."""
    earlier = another("mail")
    return exists(
        select(earlier.c.id).where(
            mail.c.kind == MailKind.INVITATION,
            # (By the person: that is the index there is.)
            earlier.c.person_id == mail.c.person_id,
            earlier.c.kind == MailKind.INVITATION,
            earlier.c.about_id == mail.c.about_id,
            earlier.c.version < mail.c.version,
            earlier.c.delivery == Delivery.SENDING,
            earlier.c.ready_at > now,
        )
    )


def _room(session: Session, now: datetime, rate: int) -> tuple[int, list[str]]:
    """How many may be claimed at once, and the domains whose minute is full."""
    rows = read(session, _used(), now=now, since=now - timedelta(minutes=1))
    used = {row.domain: row.mails for row in rows}
    full = [domain for domain, count in used.items() if count >= rate]
    most = max((count for count in used.values() if count < rate), default=0)
    return rate - most, full


@cache
def _used() -> Any:
    """How many mails to each domain the last minute has had, those in somebody's hand included."""
    mail = metadata.tables["mail"]
    lately = and_(mail.c.settled_at > bindparam("since"), mail.c.tries > 0)
    in_hand = and_(mail.c.delivery == Delivery.SENDING, mail.c.ready_at > bindparam("now"))
    return (
        select(mail.c.domain, func.count().label("mails"))
        .where(
            or_(lately, in_hand),
            mail.c.delivery.not_in((Delivery.DROPPED, Delivery.EXPIRED)),
        )
        .group_by(mail.c.domain)
    )


def expire(session: Session, now: datetime) -> None:
    """Gives up what has waited so long that it is no news: the next mail says it."""
    read(session, _expiring(), now=now, oldest=local_date(now) - FRESH)


@cache
def _expiring() -> Any:
    mail = metadata.tables["mail"]
    now = bindparam("now", type_=mail.c.ready_at.type)
    gone = {"delivery": Delivery.EXPIRED, "ready_at": None, "settled_at": now, "why": TOO_OLD}
    return (
        update(mail)
        .where(
            mail.c.ready_at <= now,
            # A worker that is gone left some in its hand.
            mail.c.delivery.in_((*WAITING, Delivery.SENDING)),
            mail.c.send_on < bindparam("oldest"),
            mail.c.kind.in_(REMINDERS),  # an invitation is news until the meeting begins
        )
        .values(**gone)
    )
