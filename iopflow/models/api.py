"""The integrations that use the API, and the answers that they may ask for again."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row


class ApiToken(Row, table=True):
    """A secret with which a program uses the API; only a hash of it is kept. Never deleted.

    It holds a role at a place, and no person: the log names the token. The place is kept by its id
    of the import tables, since a number may be given anew when an import is undone. Pupils with a
    protected address are among what it sees only where that was chosen (`protected`).
    """

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("token_hash", "owner_id"),)
    token_hash: str
    label: str
    role: str
    at_kind: str
    at_key: str
    writes: bool = False
    protected: bool = False
    created_at: datetime
    ends: date | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None


class ApiAnswer(Row, table=True):
    """What a write answered, under the key of its caller: asked again, it is not done again."""

    __tablename__ = "api_answer"
    __table_args__ = (UniqueConstraint("token_id", "key", "owner_id"), Index(None, "kept_at"))
    token_id: int = Field(foreign_key="api_token.id")
    key: str
    asked_hash: str
    body: str
    kept_at: datetime
