"""What a mail with an address to log in by says, read when it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from iopflow.models import MailKind, another, metadata
from iopflow.texts import N_

TOO_LATE = N_("lenken til innlogging er brukt eller for gammel")


@dataclass(frozen=True, slots=True)
class Entrance:
    """All that the mail says. `nonce` is what its secret is derived from; `owner` is whose iopflow
    it leads into, where there are several; `why` is why there is nothing to say, if there is not.
    """

    name: str
    email: str
    language: str
    owner: str
    nonce: str
    is_refused: bool = False
    why: str | None = None
    kind: MailKind = MailKind.LOG_IN
    late: str = ""  # nothing of it is told in a digest
    said: frozenset[str] = frozenset()


def entrances(session: Session, mails: Sequence[Any], *, now: datetime) -> dict[int, Entrance]:
    """What each of the claimed mails says, by the mail's number."""
    link, person, owner = (metadata.tables[one] for one in ("login_link", "person", "owner"))
    every = another("owner")
    rows = session.connection().execute(
        select(
            *(link.c.id, link.c.nonce, link.c.ends_at, link.c.used_at, person.c.name),
            *(person.c.email, person.c.language, person.c.refused_email),
            owner.c.key.label("owner"),
            select(func.count(every.c.id)).scalar_subquery().label("owners"),
        )
        .join(person, person.c.id == link.c.person_id)
        .join(owner, owner.c.id == person.c.owner_id)
        .where(link.c.id.in_([mail.about_id for mail in mails]), link.c.nonce.is_not(None))
    )
    found = {row.id: row for row in rows if row.email}
    return {
        mail.id: Entrance(
            *(
                row.name,
                row.email,
                row.language or "nb",
                row.owner if row.owners > 1 else "",
                row.nonce,
            ),
            is_refused=row.refused_email == row.email,
            why=TOO_LATE if row.used_at is not None or now >= row.ends_at else None,
        )
        for mail in mails
        if (row := found.get(mail.about_id)) is not None
    }
