"""Who is logged in on the pages."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row


class WebSession(Row, table=True):
    """One log-in, ended by its hour or by the person; only a hash of the cookie is kept."""

    __tablename__ = "web_session"
    __table_args__ = (UniqueConstraint("token_hash", "owner_id"),)
    token_hash: str
    person_id: int = Field(foreign_key="person.id")
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    language: str | None = None
