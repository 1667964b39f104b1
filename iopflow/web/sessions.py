"""Log-ins: a random cookie whose hash stands in the database, with two limits and an end."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.models import metadata
from iopflow.queries.hashes import hashed

COOKIE = "iopflow"
IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=10)
_SEEN = timedelta(minutes=5)  # how often a session in use is written


def begin(session: Session, person: Any, *, now: datetime) -> str:
    """Logs a person in (a row with id and owner_id) and returns what the cookie holds."""
    token = secrets.token_urlsafe(32)
    act = ledger.Act("log in", now, actor_id=person.id)
    row = {
        "owner_id": person.owner_id,
        "token_hash": hashed(token),
        "person_id": person.id,
        "created_at": now,
        "seen_at": now,
        "ends_at": now + ABSOLUTE,
    }
    ledger.insert_rows(session, "web_session", [row], act)
    return token


def find(session: Session, token: str | None, *, now: datetime) -> Any:
    """The session of a cookie, with the person's id and language; None where it is over."""
    if not token:
        return None
    table, person = metadata.tables["web_session"], metadata.tables["person"]
    row = (
        session.connection()
        .execute(
            select(
                table.c.id,
                table.c.person_id,
                table.c.seen_at,
                table.c.ends_at,
                table.c.ended_at,
                table.c.language.label("chosen"),
                person.c.key,
                person.c.name,
                person.c.owner_id,
                person.c.language,
            )
            .join(person, person.c.id == table.c.person_id)
            .where(table.c.token_hash == hashed(token))
        )
        .first()
    )
    if row is None or row.ended_at is not None:
        return None
    over = now >= row.ends_at or now - row.seen_at >= IDLE
    return None if over else row


def wants_writing(row: Any, *, now: datetime) -> bool:
    """Whether it is time to write that the session is in use."""
    return bool(now - row.seen_at >= _SEEN)


def note(session: Session, row_id: int, **values: Any) -> None:
    """Writes when a session was seen, ended, or which language was chosen; no event says so."""
    table = metadata.tables["web_session"]
    session.connection().execute(update(table).where(table.c.id == row_id).values(**values))
