"""What the mail of an invitation says, read when it is sent: the version that holds then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.models import Delivery, MailKind, metadata
from iopflow.queries.meetings import Called, meetings_by_number
from iopflow.texts import N_

OUTDATED = N_("en nyere sier hva som gjelder")
BEGUN = N_("møtet har begynt")
NEVER_TOLD = N_("innkallingen ble aldri sendt, så det er ingenting å avlyse")

# What the mail server has, or may have: all others it certainly has not got.
_PERHAPS_THERE = (Delivery.SENT, Delivery.UNKNOWN, Delivery.SENDING)
_NOT_TRIED = (Delivery.DUE, Delivery.RETRY)


@dataclass(frozen=True, slots=True)
class Notice:
    """All that the mail of an invitation says.

    `is_off` says that the meeting, or the person's part in it, is cancelled; `is_removed` that only
    the latter is. `is_update`: the person may have had an earlier version. `changed_at` is when
    this version came to be. `why` is why there is nothing to say, if there is not.
    """

    name: str
    email: str
    language: str
    meeting: Called
    version: int
    nonce: str
    changed_at: datetime
    is_removed: bool
    is_update: bool
    is_refused: bool = False
    why: str | None = None
    kind: MailKind = MailKind.INVITATION
    late: str = ""  # nothing of it is told in a digest
    said: frozenset[str] = frozenset()

    @property
    def is_off(self) -> bool:
        """Whether it is a cancellation."""
        return self.is_removed or self.meeting.cancelled_at is not None


def notices(session: Session, mails: Sequence[Any], *, now: datetime) -> dict[int, Notice]:
    """What each of the claimed mails about an invitation says, by the mail's number.

    Those of people without an address have none.
    """
    rows = _invitations(session, [mail.about_id for mail in mails])
    meetings = meetings_by_number(session, [row.meeting_id for row in rows.values()])
    told = _told(session, mails)
    return {
        mail.id: _notice(mail, row, meetings[row.meeting_id], told.get(row.id, -1), now)
        for mail in mails
        if (row := rows.get(mail.about_id)) is not None and row.email
    }


def _notice(mail: Any, row: Any, meeting: Called, told: int, now: datetime) -> Notice:
    """`told` is the newest earlier version that the person may have; below 0 for none."""
    is_off = row.removed_at is not None or meeting.cancelled_at is not None
    why = None
    if row.version != mail.version:
        why = OUTDATED
    elif now >= meeting.ends_at if is_off else meeting.has_begun(now):
        why = BEGUN
    elif is_off and told < 0 and mail.was in _NOT_TRIED:
        why = NEVER_TOLD
    return Notice(
        *(row.name, row.email, row.language or "nb", meeting, row.version, row.nonce),
        changed_at=max(filter(None, (meeting.changed_at, row.invited_at, row.removed_at))),
        is_removed=row.removed_at is not None,
        is_update=told >= 0,
        is_refused=row.refused_email == row.email,
        why=why,
    )


def _invitations(session: Session, numbers: Sequence[int]) -> dict[int, Any]:
    invitation, person = metadata.tables["invitation"], metadata.tables["person"]
    rows = session.connection().execute(
        select(
            *(invitation.c.id, invitation.c.meeting_id, invitation.c.version, invitation.c.nonce),
            *(invitation.c.invited_at, invitation.c.removed_at),
            *(person.c.name, person.c.email, person.c.language, person.c.refused_email),
        )
        .join(person, person.c.id == invitation.c.person_id)
        .where(invitation.c.id.in_(numbers))
    )
    return {row.id: row for row in rows}


def _told(session: Session, mails: Sequence[Any]) -> Mapping[int, int]:
    """The newest version of each invitation that may have arrived before the mail at hand.

    What this worker has claimed in the same batch and never tried has not arrived; what another
    has in its hand may have.
    """
    mail = metadata.tables["mail"]
    newest = {one.about_id: one.version for one in mails}
    untried = {one.id for one in mails if one.was in _NOT_TRIED and not one.doubts}
    rows = session.connection().execute(
        select(mail.c.id, mail.c.about_id, mail.c.version).where(
            # (By the person: that is the index there is.)
            mail.c.person_id.in_([one.person_id for one in mails]),
            mail.c.kind == MailKind.INVITATION,
            mail.c.about_id.in_(list(newest)),
            (mail.c.delivery.in_(_PERHAPS_THERE)) | (mail.c.doubts > 0),
        )
    )
    found: dict[int, int] = {}
    for row in rows:
        if row.id not in untried and row.version < newest[row.about_id]:
            found[row.about_id] = max(found.get(row.about_id, -1), row.version)
    return found
