"""Meetings as whoever called them sees them, who may be invited, and the address of an answer."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlmodel import Session

from iopflow.clock import local
from iopflow.models import Delivery, MailKind, MeetingKind, Reply, ReplySource, another, metadata
from iopflow.queries.access import Viewer, visible_schools
from iopflow.queries.handing import held_at
from iopflow.queries.places import NotFound
from iopflow.roles import ROLES, Action, Place, Sight
from iopflow.texts import _, long_date, short_date, sort_key

_TOKEN = re.compile(r"([0-9a-f]{32})([0-9a-f]{64})")
_BOUNCED = (Delivery.REJECTED, Delivery.QUARANTINED, Delivery.DROPPED)


class State(StrEnum):
    """How it stands with somebody who was invited. Derived, never stored."""

    INVITED = "invited"
    NOT_DELIVERED = "not_delivered"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Called:
    """A meeting. `version` is its SEQUENCE, `by` the id of who called it."""

    number: int
    owner_id: int
    uid: str
    school: str
    school_name: str
    school_id: int
    kind: MeetingKind
    place: str
    starts_at: datetime
    ends_at: datetime
    version: int
    created_at: datetime
    changed_at: datetime
    cancelled_at: datetime | None
    created_by: int | None

    def has_begun(self, now: datetime) -> bool:
        """Whether it is too late to invite, move or answer."""
        return now >= self.starts_at


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody invited. `answer` is what was said last, to whichever version; `state` is how it
    stands with the time that holds now.
    """

    number: int
    person_id: int
    person: str
    name: str
    state: State
    version: int
    answer: Reply | None
    answered_version: int | None
    answered_at: datetime | None
    source: ReplySource | None
    comment: str | None
    nonce: str
    invited_at: datetime
    removed_at: datetime | None


def called(session: Session, viewer: Viewer, *, ends_after: datetime) -> list[Called]:
    """The meetings that the viewer looks after, and that are not over: the next first."""
    meeting = metadata.tables["meeting"]
    statement = _meetings().where(meeting.c.ends_at > ends_after, _looked_after(viewer, session))
    rows = session.connection().execute(statement.order_by(meeting.c.starts_at, meeting.c.id))
    return [Called(*row) for row in rows]


def meeting_of(session: Session, viewer: Viewer, number: int) -> Called:
    """One meeting that the viewer looks after. Raises NotFound, NotAllowed."""
    viewer.require(Action.INVITE)
    meeting = metadata.tables["meeting"]
    where = _meetings().where(meeting.c.id == number, _looked_after(viewer, session))
    row = session.connection().execute(where).first()
    if row is None:
        raise NotFound(_("Fant ikke møtet {n}: sjekk nummeret i listen.").format(n=number))
    return Called(*row)


def meetings_by_number(session: Session, numbers: Sequence[int]) -> dict[int, Called]:
    """Meetings whoever asks: for mails and for the answers of those invited."""
    meeting = metadata.tables["meeting"]
    rows = session.connection().execute(_meetings().where(meeting.c.id.in_(numbers)))
    return {row.id: Called(*row) for row in rows}


def _meetings() -> Select[Any]:
    meeting, school = metadata.tables["meeting"], metadata.tables["school"]
    return select(
        *(meeting.c.id, meeting.c.owner_id, meeting.c.uid, school.c.key, school.c.name),
        *(meeting.c.school_id, meeting.c.kind, meeting.c.place, meeting.c.starts_at),
        *(meeting.c.ends_at, meeting.c.sequence, meeting.c.created_at, meeting.c.changed_at),
        *(meeting.c.cancelled_at, meeting.c.created_by),
    ).join(school, school.c.id == meeting.c.school_id)


def _looked_after(viewer: Viewer, session: Session) -> ColumnElement[bool]:
    """SQL: the meetings one has called oneself, and all at a school that one leads as a whole.

    A comment to an answer may say more than others should read, so that a head does not see those
    of another head's meeting.
    """
    if viewer.is_everyone:
        return true()
    meeting = metadata.tables["meeting"]
    here = [one.number for one in visible_schools(viewer, session, Action.INVITE)]
    whole = viewer.at(Place.SCHOOL, Action.INVITE)
    own = meeting.c.created_by == viewer.person_id
    return or_(meeting.c.school_id.in_(whole), and_(meeting.c.school_id.in_(here), own))


def invited(session: Session, meeting: Called) -> list[Invited]:
    """Who is, or was, invited to a meeting, by name."""
    return invited_to(session, [meeting.number]).get(meeting.number, [])


def invited_to(session: Session, numbers: Sequence[int]) -> dict[int, list[Invited]]:
    """Who is, or was, invited to each of some meetings, by name."""
    invitation, person = metadata.tables["invitation"], metadata.tables["person"]
    mail = metadata.tables["mail"]
    rows = session.connection().execute(
        select(invitation, person.c.key, person.c.name, mail.c.delivery)
        .join(person, person.c.id == invitation.c.person_id)
        .outerjoin(
            mail,
            and_(
                mail.c.person_id == invitation.c.person_id,
                mail.c.kind == MailKind.INVITATION,
                mail.c.about_id == invitation.c.id,
                mail.c.version == invitation.c.version,
            ),
        )
        .where(invitation.c.meeting_id.in_(numbers))
    )
    found: dict[int, list[Invited]] = {}
    for row in sorted(rows, key=lambda one: (sort_key(one.name), one.key)):
        one = Invited(
            *(row.id, row.person_id, row.key, row.name),
            state_of(row, row.delivery),
            *(row.version, row.answer, row.answered_version, row.answered_at, row.source),
            *(row.comment, row.nonce, row.invited_at, row.removed_at),
        )
        found.setdefault(row.meeting_id, []).append(one)
    return found


def state_of(invitation: Any, delivery: Delivery | None) -> State:
    """How an invitation stands, by its row and what became of the mail with its version.

    An answer to an older time counts as not yet answered.
    """
    if invitation.removed_at is not None:
        return State.REMOVED
    if invitation.answer is not None and invitation.answered_version == invitation.version:
        return State(invitation.answer.value)
    return State.NOT_DELIVERED if delivery in _BOUNCED else State.INVITED


def invitable(session: Session, school_id: int, *, today: date) -> list[Any]:
    """Who may be invited to a meeting at a school: people with an address who have a role today at
    the school, its units or its pupils, or at the PPT office of one of its pupils.

    (id, owner_id, key, name and email of each, by name.)
    """
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    stay, pupil = another("enrolment"), another("pupil")
    offices = (
        select(pupil.c.ppt_id)
        .join(stay, stay.c.pupil_id == pupil.c.id)
        .where(stay.c.school_id == school_id, or_(stay.c.ends.is_(None), stay.c.ends >= today))
    )
    there = select(grant.c.person_id).where(
        grant.c.starts <= today,
        or_(grant.c.ends.is_(None), grant.c.ends >= today),
        or_(
            held_at(grant, Place.SCHOOL, school_id, today),
            and_(grant.c.at_kind == Place.PPT.value, grant.c.at_id.in_(offices)),
        ),
    )
    rows = session.connection().execute(
        select(person.c.id, person.c.owner_id, person.c.key, person.c.name, person.c.email).where(
            person.c.id.in_(there),
            person.c.email.is_not(None),
            or_(person.c.refused_email.is_(None), person.c.refused_email != person.c.email),
        )
    )
    return sorted(rows, key=lambda one: (sort_key(one.name), one.key))


def told_when(meeting: Called) -> str:
    """«torsdag 15. januar 2026 kl. 13.00–14.00» in Norwegian time, in the language in use."""
    first, last = local(meeting.starts_at), local(meeting.ends_at)
    until = f"{last:%H.%M}"
    if last.date() != first.date():
        until = f"{short_date(last.date())} {until}"
    return _("{day} kl. {first}–{last}").format(
        day=long_date(first.date()), first=f"{first:%H.%M}", last=until
    )


def of_ppt(session: Session, people: Sequence[int], *, today: date) -> set[int]:
    """Those of some people who have a role of PPT today."""
    grant = metadata.tables["role_grant"]
    roles = [role.key for role in ROLES.values() if role.sight is Sight.ASSESSMENT]
    rows = session.connection().execute(
        select(grant.c.person_id).where(
            grant.c.person_id.in_(people),
            grant.c.role.in_(roles),
            grant.c.starts <= today,
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
        )
    )
    return set(rows.scalars())


def token_of(nonce: str, secret: str) -> str:
    """What stands in the address of an answer page. Nothing of it but the nonce is stored, so that
    a copy of the database answers for nobody; it is the same in every mail of an invitation.
    """
    return nonce + _mac(nonce, secret)


def by_token(session: Session, token: str, secret: str | None) -> Any:
    """The invitation of an answer page's address, or None; a person taken off has none."""
    found = _TOKEN.fullmatch(token)
    if found is None or secret is None:
        return None
    if not hmac.compare_digest(found[2], _mac(found[1], secret)):
        return None
    invitation = metadata.tables["invitation"]
    return (
        session.connection()
        .execute(
            select(invitation).where(
                invitation.c.nonce == found[1], invitation.c.removed_at.is_(None)
            )
        )
        .first()
    )


def _mac(nonce: str, secret: str) -> str:
    told = f"iopflow invitation {nonce}".encode()
    return hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()
