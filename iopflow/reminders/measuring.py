"""The measures that a mail tells of: those that a person is to do soon, or should have done."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, select
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.prepared import among, read
from iopflow.reminders.days import AHEAD
from iopflow.reminders.sections import ForMeasures


def measuring(
    session: Session, places: Mapping[int, Sequence[int]], today: date
) -> dict[int, ForMeasures]:
    """What people (with their schools of today, by number) have to do within a fortnight."""
    due: dict[int, list[date]] = {}
    schools = sorted({number for some in places.values() for number in some})
    for row in read(session, _open(), schools=schools, until=today + AHEAD):
        if row.school_id in places.get(row.person_id, ()):
            due.setdefault(row.person_id, []).append(row.due)
    found = {}
    for person, days in due.items():
        coming = [day for day in days if day >= today]
        late = len(days) - len(coming)
        found[person] = ForMeasures(len(coming), late, tuple(sorted(set(coming))))
    return found


def with_measures(session: Session, schools: Sequence[int], today: date) -> set[tuple[int, int]]:
    """Who has a measure to do within a fortnight: person and school, with a role there or not."""
    rows = read(session, _open(), schools=schools, until=today + AHEAD)
    return {(row.person_id, row.school_id) for row in rows}


@cache
def _open() -> Select[Any]:
    measure = metadata.tables["measure"]
    return select(measure.c.person_id, measure.c.school_id, measure.c.due).where(
        among(measure.c.school_id, "schools"),
        measure.c.done_on.is_(None),
        measure.c.closed_on.is_(None),
        measure.c.due <= bindparam("until", type_=Date),
    )
