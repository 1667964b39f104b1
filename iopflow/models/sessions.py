"""Who is logged in on the pages, and by what somebody is known when logging in."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row


class WebSession(Row, table=True):
    """One log-in, ended by its hour or by the person; only a hash of the cookie is kept."""

    __tablename__ = "web_session"
    __table_args__ = (UniqueConstraint("token_hash", "owner_id"), Index(None, "person_id"))
    token_hash: str
    person_id: int = Field(foreign_key="person.id")
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    language: str | None = None


class PersonIdentity(Row, table=True):
    """An account at a log-in provider that is a person's: issuer and subject, never an e-mail.

    That nobody else has the same, at any owner, is seen to by `engine/logins.py`.
    """

    __tablename__ = "person_identity"
    __table_args__ = (
        UniqueConstraint("issuer", "subject", "owner_id"),
        UniqueConstraint("person_id", "issuer", "owner_id"),
    )
    person_id: int = Field(foreign_key="person.id")
    issuer: str
    subject: str
    connected_at: datetime


class LoginLink(Row, table=True):
    """An address that logs a person in once. Only a hash of its secret is kept.

    `nonce` is what the secret of a mailed one is derived from with IOPFLOW_SECRET, when the mail
    is written; None for one that was shown to the administrator. `leads_to` is the page wanted.
    """

    __tablename__ = "login_link"
    __table_args__ = (
        UniqueConstraint("token_hash", "owner_id"),
        Index(None, "person_id", "created_at"),
    )
    token_hash: str
    person_id: int = Field(foreign_key="person.id")
    created_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    nonce: str | None = None
    leads_to: str = "/"
