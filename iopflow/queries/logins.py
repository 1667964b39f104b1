"""Who somebody is that logs in, which log-ins are open, and the secret of a mailed address."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.hashes import hashed

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)


def open_log_ins(session: Session, person_id: int, *, now: datetime) -> Sequence[Any]:
    """A person's log-ins that have not ended, the one last used first."""
    table = metadata.tables["web_session"]
    return (
        session.connection()
        .execute(
            select(table.c.id, table.c.owner_id, table.c.created_at, table.c.seen_at)
            .where(
                table.c.person_id == person_id,
                table.c.ended_at.is_(None),
                table.c.ends_at > now,
                table.c.seen_at > now - IDLE,
            )
            .order_by(table.c.seen_at.desc(), table.c.id.desc())
        )
        .all()
    )


def person_of(session: Session, issuer: str, subject: str) -> Any:
    """The person (a row) whose account at a provider it is; None for nobody's."""
    person, identity = metadata.tables["person"], metadata.tables["person_identity"]
    return (
        session.connection()
        .execute(
            select(person)
            .join(identity, identity.c.person_id == person.c.id)
            .where(identity.c.issuer == issuer, identity.c.subject == subject)
        )
        .first()
    )


def people_by_login(session: Session, login: str) -> Sequence[Any]:
    """The people whose `login` in people.csv it is, whatever its capitals."""
    person = metadata.tables["person"]
    # (The first for the databases' own idea of capitals, which SQLite has for a to z alone.)
    same = or_(func.lower(person.c.login) == login.lower(), person.c.login == login)
    found = session.connection().execute(select(person).where(same).order_by(person.c.id))
    return found.all()


def people_by_email(session: Session, email: str, *, today: date) -> Sequence[Any]:
    """The people with a role today whose mails go to an address."""
    person = metadata.tables["person"]
    found = session.connection().execute(
        select(person)
        .where(func.lower(person.c.email) == email.lower(), _holds_a_role(person, today))
        .order_by(person.c.id)
    )
    return found.all()


def holds_a_role(session: Session, person_id: int, *, today: date) -> bool:
    """Whether a person has any role on a day: who has none does not come in."""
    person = metadata.tables["person"]
    found = select(person.c.id).where(person.c.id == person_id, _holds_a_role(person, today))
    return session.execute(found).first() is not None


def _holds_a_role(person: Any, today: date) -> Any:
    grant = metadata.tables["role_grant"]
    return exists(
        select(grant.c.id).where(
            grant.c.person_id == person.c.id,
            grant.c.starts <= today,
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
        )
    )


def identities(session: Session, person_id: int) -> Sequence[Any]:
    """The accounts that are connected to a person."""
    table = metadata.tables["person_identity"]
    found = session.connection().execute(
        select(table).where(table.c.person_id == person_id).order_by(table.c.issuer)
    )
    return found.all()


def secret_of(nonce: str, secret: str) -> str:
    """The secret of a mailed address: of a random number and IOPFLOW_SECRET, so that whoever reads
    the database cannot make it.
    """
    return hmac.new(secret.encode(), f"log-in {nonce}".encode(), hashlib.sha256).hexdigest()


def usable_link(session: Session, token: str, *, now: datetime) -> Any:
    """The row of an address that logs in, with its person; None for used, old and unknown alike."""
    link, person = metadata.tables["login_link"], metadata.tables["person"]
    return (
        session.connection()
        .execute(
            select(link, person.c.name)
            .join(person, person.c.id == link.c.person_id)
            .where(
                link.c.token_hash == hashed(token), link.c.used_at.is_(None), link.c.ends_at > now
            )
        )
        .first()
    )
