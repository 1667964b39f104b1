"""What became of the mails, for whoever looks after them: people by id, never an address."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session

from iopflow.models import Delivery, metadata
from iopflow.queries.prepared import among, read

ON_THE_WAY = (Delivery.DUE, Delivery.SENDING, Delivery.RETRY)
UNDELIVERED = (
    Delivery.UNKNOWN,
    Delivery.EXPIRED,
    Delivery.REJECTED,
    Delivery.QUARANTINED,
)
BACK = timedelta(days=30)  # how long a mail that did not arrive is told of
PATIENCE = timedelta(minutes=15)
ASKED = timedelta(hours=4)
_CODE = re.compile(r"\b[245]\d\d\b")
_ADDRESS = re.compile(r"\S*@\S*")


def counts(
    session: Session, owners: Sequence[int], *, since: date | None = None
) -> dict[Delivery, int]:
    """How many mails are in each state: all of them, or those of the days since."""
    mail = metadata.tables["mail"]
    statement = (
        select(mail.c.delivery, func.count().label("n"))
        .where(among(mail.c.owner_id, "owners"))
        .group_by(mail.c.delivery)
    )
    if since is not None:
        statement = statement.where(mail.c.send_on > since)
    return {row.delivery: row.n for row in read(session, statement, owners=owners)}


def undelivered(session: Session, owners: Sequence[int], *, since: date) -> list[Any]:
    """The mails of the days since that did not arrive, or perhaps did not: the newest first."""
    mail = metadata.tables["mail"]
    return _mails(session, owners, mail.c.delivery.in_(UNDELIVERED), mail.c.send_on > since)


def waiting(session: Session, owners: Sequence[int], *, now: datetime) -> list[Any]:
    """The mails that should have gone and have not for a quarter of an hour (G1), or four hours
    where the mail server has asked us to wait, as servers do with senders they do not know.

    One that rests by intent (on a day off) says why, and is none of them.
    """
    mail = metadata.tables["mail"]
    asked = and_(mail.c.delivery == Delivery.RETRY, mail.c.error.like("4%"))
    late = mail.c.decided_at < now - PATIENCE
    return _mails(
        session,
        owners,
        mail.c.delivery.in_(ON_THE_WAY),
        mail.c.why.is_(None),
        or_(and_(late, or_(mail.c.error.is_(None), ~asked)), mail.c.decided_at < now - ASKED),
    )


def oldest_ready(session: Session, *, now: datetime) -> datetime | None:
    """Since when the mail that has waited longest might have been tried; None where none waits."""
    mail = metadata.tables["mail"]
    oldest = func.min(mail.c.ready_at, type_=mail.c.ready_at.type)
    found: datetime | None = session.execute(select(oldest).where(mail.c.ready_at <= now)).scalar()
    return found


def _mails(session: Session, owners: Sequence[int], *where: ColumnElement[bool]) -> list[Any]:
    mail, person = metadata.tables["mail"], metadata.tables["person"]
    return list(
        read(
            session,
            select(
                mail.c.id,
                mail.c.send_on,
                mail.c.person_id,
                person.c.key.label("person"),
                mail.c.delivery,
                mail.c.error,
            )
            .join(person, person.c.id == mail.c.person_id)
            .where(among(mail.c.owner_id, "owners"), *where)
            .order_by(mail.c.send_on.desc(), person.c.key, mail.c.id),
            owners=owners,
        )
    )


def answered(error: str | None) -> str:
    """What the mail server said: its code, else what went wrong; never an address."""
    said = error or ""
    code = _CODE.search(said)
    return code[0] if code else _ADDRESS.sub("…", said)
