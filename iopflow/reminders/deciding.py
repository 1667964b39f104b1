"""Which mails are due today: written once, in one transaction, whatever rings and how often."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, literal, or_, select, update
from sqlmodel import Session

from iopflow.clock import local, local_date
from iopflow.models import REMINDERS, Delivery, MailKind, Wish, metadata
from iopflow.queries.prepared import among, read, upsert
from iopflow.queries.rules import Rules
from iopflow.reminders.days import AT, JUNE
from iopflow.reminders.due import Due, due
from iopflow.reminders.states import WAITING
from iopflow.texts import N_

JOB = "mails"
A_WEEK = 2  # mails to one person in a week, at most (ux 4, rule 1)
OVERTAKEN = N_("en nyere sier det samme")

_COUNTED = (Delivery.SENT, Delivery.SENDING, *WAITING)


def decide(session: Session, rules: Rules, *, now: datetime, sender: str) -> int:
    """Writes the mails that are due today, once a day for each owner. Returns how many.

    `sender` is the domain that Message-IDs end in.
    """
    today = local_date(now)
    if local(now).time() < AT:
        return 0
    owners = claim(session, JOB, today.isoformat(), now)
    if not owners:
        return 0
    ran = {owner: last_run(session, owner, today) for owner in owners}
    people = due(session, rules, owners, today=today, ran=ran)
    order = {person: number for number, person in enumerate(people)}
    enough = _had_enough(session, today)
    mails = [
        {
            "owner_id": row.owner_id,
            "send_on": today,
            "person_id": row.id,
            "kind": found.kind,
            "delivery": Delivery.DUE,
            "message_id": message_id(row.owner, row.key, found.day, found.kind, sender),
            "domain": row.email.rpartition("@")[2].lower(),
            "decided_at": now,
            "ready_at": now,
            "meant_for": found.since,
            "tries": 0,
        }
        # Mails are sent in the order they are written, and a batch reads the tasks of its schools.
        for row in sorted(_addressed(session, list(people)), key=lambda one: order[one.id])
        if (found := people[row.id]) and _is_wanted(found, row, row.id in enough, today)
    ]
    mails = _overtaking(session, mails, today, now)
    if not mails:
        return 0
    statement = upsert(session, "mail").on_conflict_do_nothing()
    return len(
        session.connection().execute(statement.returning(metadata.tables["mail"].c.id), mails).all()
    )


def _is_wanted(found: Due, person: Any, had_enough: bool, today: date) -> bool:
    """Whether the person wants it (ux 4, rule 7); what is overdue comes in the digest anyway.

    The week's digest always goes; it is a nudge that is left out where the week has had enough.
    """
    if found.kind is MailKind.DIGEST:
        return True
    if person.wish in (Wish.WEEKLY, Wish.CALENDAR):
        return False
    # (Every day in June is a wish of one's own, and exempt from two a week: decisions 12.)
    return not had_enough or (person.wish is Wish.JUNE and today.month == JUNE)


def claim(session: Session, job: str, slot: str, now: datetime) -> list[int]:
    """The owners whose pass of a job at a moment is this caller's; nobody else gets them."""
    owner, taken = metadata.tables["owner"], metadata.tables["tick_slot"]
    statement = (
        upsert(session, "tick_slot")
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
    """The same for every try of a mail, and saying nothing of whom it is for.

    `day` is the day the mail belongs to: one that is caught up has the id it would have had, so
    that a database restored from a copy knows what has gone out (`mailer/witness.py`).
    """
    told = f"{owner}:{person}:{day}:{kind.value}"
    return f"<{hashlib.sha256(told.encode()).hexdigest()[:32]}@{sender}>"


def last_run(session: Session, owner: int, today: date) -> date | None:
    """The last day before today on which mails were decided for an owner; None if never."""
    slot = metadata.tables["tick_slot"]
    found = session.connection().execute(
        select(func.max(slot.c.slot)).where(
            slot.c.owner_id == owner, slot.c.job == JOB, slot.c.slot < today.isoformat()
        )
    )
    newest = found.scalar()
    return None if newest is None else date.fromisoformat(newest)


def _had_enough(session: Session, today: date) -> set[int]:
    """Those who have had as many mails this week, from its Monday, as anybody gets."""
    mail = metadata.tables["mail"]
    monday = today - timedelta(days=today.weekday())
    return set(
        session.connection()
        .execute(
            select(mail.c.person_id)
            .where(
                mail.c.send_on >= monday,
                mail.c.delivery.in_(_COUNTED),
                mail.c.kind.in_(REMINDERS),
            )
            .group_by(mail.c.person_id)
            .having(func.count() >= A_WEEK)
        )
        .scalars()
    )


def _addressed(session: Session, people: Sequence[int]) -> Sequence[Any]:
    """The people who have an address that mails reach, with the ids of their owners."""
    person, owner = metadata.tables["person"], metadata.tables["owner"]
    return read(  # type: ignore[no-any-return]
        session,
        select(
            person.c.id,
            person.c.owner_id,
            person.c.key,
            person.c.email,
            person.c.wish,
            owner.c.key.label("owner"),
        )
        .join(owner, owner.c.id == person.c.owner_id)
        .where(
            among(person.c.id, "people"),
            person.c.email.is_not(None),
            or_(person.c.refused_email.is_(None), person.c.refused_email != person.c.email),
        ),
        people=people,
    ).all()


def _overtaking(
    session: Session, mails: list[dict[str, Any]], today: date, now: datetime
) -> list[dict[str, Any]]:
    """Settles what still waits for the same people: one mail a day, and nothing said twice.

    A new digest says all that an older mail would; an older digest all that a new nudge would.
    """
    mail = metadata.tables["mail"]
    waiting = read(
        session,
        select(mail.c.id, mail.c.person_id, mail.c.kind, mail.c.delivery).where(
            among(mail.c.person_id, "people"),
            mail.c.send_on < today,
            mail.c.kind.in_(REMINDERS),
            or_(
                and_(mail.c.ready_at.is_not(None), mail.c.delivery.in_(WAITING)),
                # One whose worker is gone; what another has in hand is left to it.
                and_(mail.c.ready_at <= now, mail.c.delivery == Delivery.SENDING),
            ),
        ),
        people=[one["person_id"] for one in mails],
    ).all()
    kept = {
        row.person_id
        for row in waiting
        if row.kind is MailKind.DIGEST and row.delivery is not Delivery.UNKNOWN
    }
    new = [one for one in mails if one["kind"] is MailKind.DIGEST or one["person_id"] not in kept]
    saying = {one["person_id"] for one in new}
    gone = [row.id for row in waiting if row.person_id in saying]
    if gone:
        over = {"delivery": Delivery.DROPPED, "ready_at": None, "settled_at": now, "why": OVERTAKEN}
        session.connection().execute(update(mail).where(mail.c.id.in_(gone)).values(**over))
    return new
