"""Who has read of which pupil. No part of the ledger: a reading changes nothing."""

from datetime import datetime, timedelta

from sqlalchemy import Index
from sqlmodel import Field

from iopflow.models.base import Row

# Two school years: a question from a parent is asked within the next one. The database itself
# refuses to delete what is younger (`db.upgrade`), so it is a rule and no setting.
KEPT = timedelta(days=730)


class Reading(Row, table=True):
    """Somebody opened what stands of a pupil, or took out a list of `n` pupils of a school.

    Who is a person, an integration, or neither: the administrator of an embedded database. The
    pupil is kept by the id of the import tables, since a number may be given anew when an import is
    undone; of a list no pupil is named. `what` is the route or the command, never an address.
    Append-only: UPDATE is refused by the database, and DELETE of all that is younger than `KEPT`.
    """

    __table_args__ = (
        Index(None, "owner_id", "pupil_key", "at"),
        Index(None, "school_id", "at"),
        Index(None, "at"),
    )
    at: datetime
    person_id: int | None = Field(default=None, foreign_key="person.id")
    token_id: int | None = Field(default=None, foreign_key="api_token.id")
    pupil_key: str | None = None
    school_id: int | None = Field(default=None, foreign_key="school.id")
    what: str
    n: int = 1


# Which rows are old enough to go is told by the newest of them: a trigger knows no clock but the
# machine's, and the moment is an argument everywhere.
_YOUNG_SQLITE = f"(SELECT strftime('%Y-%m-%d %H:%M:%f', max(at), '-{KEPT.days} days') FROM reading)"  # noqa: S608 - a number of ours
_YOUNG = f"(SELECT max(at) FROM reading) - interval '{KEPT.days} days'"  # noqa: S608 - as above
TRIGGERS = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS reading_unchanged",
        """CREATE TRIGGER reading_unchanged BEFORE UPDATE ON reading
        BEGIN SELECT RAISE(ABORT, 'reading is append-only'); END""",
        "DROP TRIGGER IF EXISTS reading_kept",
        f"""CREATE TRIGGER reading_kept BEFORE DELETE ON reading WHEN OLD.at >= {_YOUNG_SQLITE}
        BEGIN SELECT RAISE(ABORT, 'reading is append-only'); END""",
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION reading_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'DELETE' THEN IF OLD.at < {_YOUNG} THEN RETURN OLD; END IF; END IF;
        RAISE EXCEPTION 'reading is append-only'; END $$""",
        "DROP TRIGGER IF EXISTS reading_kept ON reading",
        """CREATE TRIGGER reading_kept BEFORE UPDATE OR DELETE ON reading
        FOR EACH ROW EXECUTE FUNCTION reading_kept()""",
        "DROP TRIGGER IF EXISTS reading_whole ON reading",
        """CREATE TRIGGER reading_whole BEFORE TRUNCATE ON reading
        FOR EACH STATEMENT EXECUTE FUNCTION reading_kept()""",
    ),
}
