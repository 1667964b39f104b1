"""How it came to be so: imports, and every change that was made."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from iopflow.models.base import Row


class ImportBatch(Row, table=True):
    """One applied import, which can be undone as a whole."""

    __tablename__ = "import_batch"
    at: datetime
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    source: str
    undone_at: datetime | None = None


class ImportDraft(Row, table=True):
    """A file that somebody has uploaded and not yet imported, seen by nobody else.

    `mending` is what was corrected of it, and `leaving` who has left and when, both as JSON. Once
    it is imported (`batch_id`) `content` is the file of the rows that were refused. It is taken
    away within a day, whatever became of it.
    """

    __tablename__ = "import_draft"
    person_id: int = Field(foreign_key="person.id", index=True)
    created_at: datetime
    name: str
    content: bytes
    mending: str
    leaving: str = "{}"
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")


class Event(Row, table=True):
    """One changed row: who, when, why, and what stood there before and after. Append-only.

    Who is a person (`actor_id`), an integration (`token_id`), or neither: the administrator of an
    embedded database.
    """

    __table_args__ = (
        Index(None, "table_name", "row_id"),
        Index(None, "pupil_id"),
        Index(None, "batch_id"),
    )
    at: datetime
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    token_id: int | None = Field(default=None, foreign_key="api_token.id")
    act: str
    table_name: str
    row_id: int | None = None
    pupil_id: int | None = None
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
