"""Making and revoking the tokens of the API, and keeping the answers of its writes."""

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change
from iopflow.models import metadata
from iopflow.queries.hashes import hashed
from iopflow.queries.integrations import Integration, Where
from iopflow.refusals import Refused
from iopflow.texts import _

PREFIX = "iop_"  # so that a scanner of secrets knows one that has been left in a file
KEPT = timedelta(days=7)


class AnotherRequest(Refused):
    """The key stands for another request."""


def new(
    session: Session,
    where: Where,
    *,
    label: str,
    writes: bool,
    protected: bool,
    ends: date | None,
    act: Act,
) -> tuple[int, str]:
    """Stores a token. Returns its number and the secret: 256 random bits that are nowhere else."""
    if not label:
        raise Refused(_("Tokenet trenger et navn: skriv hva det er for, så loggen kan si det."))
    token = PREFIX + secrets.token_urlsafe(32)
    row = {
        "owner_id": where.owner_id,
        "token_hash": hashed(token),
        "label": label,
        "role": where.role,
        "at_kind": where.place.value,
        "at_key": where.at_key,
        "writes": writes,
        "protected": protected,
        "created_at": act.at,
        "ends": ends,
    }
    (number,) = ledger.insert_rows(session, "api_token", [row], act)
    return number, token


def revoke(session: Session, one: Integration, *, act: Act) -> bool:
    """Ends a token at once. Returns whether it was not revoked before."""
    if one.revoked_at is not None:
        return False
    change = Change(one.id, {"revoked_at": None}, {"revoked_at": act.at}, one.owner_id)
    return ledger.update_rows(session, "api_token", [change], act) == 1


def note_used(session: Session, one: Integration, now: datetime) -> None:
    """Writes that a token is in use; no event says so."""
    table = metadata.tables["api_token"]
    session.connection().execute(update(table).where(table.c.id == one.id).values(used_at=now))


def kept_answer(session: Session, one: Integration, key: str, asked: str) -> str | None:
    """What the same request answered before under that key; None where it is new.

    Raises AnotherRequest where the key stands for another. Those who write take turns
    (`db.session`), so of two at once the second finds the answer of the first.
    """
    table = metadata.tables["api_answer"]
    row = session.execute(
        select(table.c.asked_hash, table.c.body).where(
            table.c.token_id == one.id, table.c.key == key
        )
    ).first()
    if row is None:
        return None
    if row.asked_hash != hashed(asked):
        raise AnotherRequest(
            _("Nøkkelen i Idempotency-Key er brukt til noe annet: lag en ny nøkkel.")
        )
    return str(row.body)


def keep_answer(
    session: Session, one: Integration, key: str, asked: str, body: str, now: datetime
) -> None:
    """Keeps what a write answered, in the transaction of the write."""
    session.connection().execute(
        insert(metadata.tables["api_answer"]),
        [
            {
                "owner_id": one.owner_id,
                "token_id": one.id,
                "key": key,
                "asked_hash": hashed(asked),
                "body": body,
                "kept_at": now,
            }
        ],
    )


def forget_answers(session: Session, now: datetime) -> None:
    """Takes away the answers that nobody may ask for again."""
    table = metadata.tables["api_answer"]
    session.connection().execute(delete(table).where(table.c.kept_at < now - KEPT))
