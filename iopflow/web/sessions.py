"""The cookie of a log-in: its name, how it is set, and the log-in it stands for."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session
from starlette.responses import Response

from iopflow.models import metadata
from iopflow.queries.hashes import hashed
from iopflow.queries.logins import ABSOLUTE, IDLE
from iopflow.settings import Settings

__all__ = ["ABSOLUTE", "IDLE", "cookie", "find", "forget", "give", "note", "wants_writing"]

_SEEN = timedelta(minutes=1)  # how often a session in use is written


def cookie(settings: Settings, name: str = "iopflow") -> str:
    """The name of our cookie. With https it is one that no other host can set (`__Host-`)."""
    return f"__Host-{name}" if is_safe(settings) else name


def is_safe(settings: Settings) -> bool:
    """Whether the pages are reached by https."""
    return (settings.base_url or "").startswith("https://")


def give(response: Response, settings: Settings, token: str) -> None:
    """Sets the cookie of a log-in, which ends with the browser, or before it."""
    secure = is_safe(settings)
    response.set_cookie(
        cookie(settings), token, path="/", httponly=True, samesite="lax", secure=secure
    )


def forget(response: Response, settings: Settings, name: str = "iopflow") -> None:
    """Takes the cookie away again."""
    response.delete_cookie(
        cookie(settings, name), path="/", httponly=True, samesite="lax", secure=is_safe(settings)
    )


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
    """Writes when a session was seen, or which language was chosen; no event says so."""
    table = metadata.tables["web_session"]
    session.connection().execute(update(table).where(table.c.id == row_id).values(**values))
