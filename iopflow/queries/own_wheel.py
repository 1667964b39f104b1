"""The revisions of a school's own changes of its wheel: who changed what, and when."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.models import School, metadata

OWN_WHEEL = "own_wheel"  # the act that changes it


@dataclass(frozen=True, slots=True)
class Revision:
    """One change: the number of its event, by whom, and the text before and after."""

    number: int
    at: datetime
    by: str
    before: str | None
    after: str | None


def revisions(session: Session, school: School) -> list[Revision]:
    """All changes of a school's wheel, the newest first."""
    event, person = metadata.tables["event"], metadata.tables["person"]
    rows = session.execute(
        select(event.c.id, event.c.at, event.c.before, event.c.after, person.c.name)
        .select_from(event.outerjoin(person, person.c.id == event.c.actor_id))
        .where(
            event.c.table_name == "school",
            event.c.row_id == school.id,
            event.c.act == OWN_WHEEL,
            event.c.before.is_not(None),
        )
        .order_by(event.c.id.desc())
    )
    return [
        Revision(row.id, row.at, row.name or "", _text(row.before), _text(row.after))
        for row in rows
    ]


def _text(values: str) -> Any:
    return json.loads(values)[OWN_WHEEL]
