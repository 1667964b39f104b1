"""Addresses that a mail server said it does not know, and that turned out to be right after all."""

from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from iopflow.engine.ledger import Act, Change, update_rows
from iopflow.models import metadata


def reached_again(session: Session, address: str, *, owner_id: int | None, act: Act) -> int:
    """Lets mails go to an address again where it was refused. Returns to how many people.

    `owner_id` is whose people, or None for all.
    """
    person = metadata.tables["person"]
    asked: Any = select(person.c.id, person.c.owner_id, person.c.refused_email).where(
        func.lower(person.c.refused_email) == address.lower()
    )
    if owner_id is not None:
        asked = asked.where(person.c.owner_id == owner_id)
    changes = [
        Change(row.id, {"refused_email": row.refused_email}, {"refused_email": None}, row.owner_id)
        for row in session.connection().execute(asked)
    ]
    return update_rows(session, "person", changes, act)
