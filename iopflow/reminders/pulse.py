"""When the clock last rang, as it stands in the database: so that silence and jumps are seen."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, literal, select
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.prepared import read, upsert
from iopflow.queries.pulses import CLOCK

RESUMED = "resumed"  # somebody said that the clock is right
BACK = timedelta(minutes=5)  # a clock that goes back by more than this has been set wrong


def last(session: Session, job: str) -> datetime | None:
    """When a job last went well, at any owner; None if it never has."""
    found: datetime | None = read(session, _last(), job=job).scalar()
    return found


@cache
def _last() -> Any:
    pulse = metadata.tables["pulse"]
    newest = func.max(pulse.c.at, type_=pulse.c.at.type)
    return select(newest).where(pulse.c.job == bindparam("job"))


def is_set_back(session: Session, now: datetime) -> bool:
    """Whether the clock has rung later than now: it stands wrong, or it did."""
    rang = last(session, CLOCK)
    return rang is not None and now < rang - BACK


def beat(session: Session, now: datetime, job: str = CLOCK) -> None:
    """Notes that a job went well now, for every owner."""
    owner, pulse = metadata.tables["owner"], metadata.tables["pulse"]
    rows: Any = select(owner.c.id, literal(job), literal(now, pulse.c.at.type)).where(
        owner.c.id > 0  # (WHERE: SQLite would read ON CONFLICT as a join)
    )
    statement = upsert(session, "pulse").from_select(["owner_id", "job", "at"], rows)
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=[pulse.c.job, pulse.c.owner_id], set_={"at": now}
        )
    )
