"""What has happened to the registered figures of an indicator: from the log, the newest first."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.models import School, metadata
from iopflow.queries.figure_values import Value
from iopflow.schoolyear import Year

MOST = 50  # lines that are shown
_ASKED = ("school_id", "year", "indicator")


@dataclass(frozen=True, slots=True)
class Line:
    """One change: what the figure was before and after, None where there was none."""

    at: datetime
    by: str | None  # None: the administrator, or a program
    act: str
    reason: str | None
    before: Value | None
    after: Value | None

    @property
    def about(self) -> Value:
        """The figure that it is about, as it was left or was."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change without a figure")
        return found


def saved_by(session: Session, school: School, events: Collection[int]) -> set[int]:
    """The numbers of the figures that some events are about."""
    event = metadata.tables["event"]
    rows = session.execute(
        select(event.c.row_id).where(
            event.c.id.in_(list(events)),
            event.c.table_name == "figure_value",
            event.c.owner_id == school.owner,
        )
    )
    return set(rows.scalars())


def history(session: Session, school: School, year: Year, code: str) -> list[Line]:
    """The changes of an indicator's figures at a school in a year."""
    asked = {"school_id": school.number, "year": year.start, "indicator": code}
    last = _as_they_are_or_were(session, school, asked)
    if not last:
        return []
    event, person = metadata.tables["event"], metadata.tables["person"]
    rows = session.execute(
        select(event, person.c.name.label("by_name"))
        .outerjoin(person, person.c.id == event.c.actor_id)
        .where(event.c.table_name == "figure_value", event.c.row_id.in_(last))
        .order_by(event.c.id.desc())
    )
    found = []
    for row in rows:
        state = last[row.row_id]
        if row.before is not None and row.after is None:
            now, was = None, state
        elif row.before is None:
            now, was = state, None
        else:
            now, was = state, state | json.loads(row.before)
        last[row.row_id] = was or {}
        found.append(
            Line(
                row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC),
                row.by_name,
                row.act,
                row.reason,
                _value(row.row_id, was),
                _value(row.row_id, now),
            )
        )
    return found[:MOST]


def _as_they_are_or_were(
    session: Session, school: School, asked: Mapping[str, Any]
) -> dict[int, dict[str, Any]]:
    """The rows by number: as they stand, or as they stood when they were taken away."""
    table, event = metadata.tables["figure_value"], metadata.tables["event"]
    rows = session.execute(select(table).where(*(table.c[name] == asked[name] for name in _ASKED)))
    found = {row.id: row._asdict() for row in rows}
    gone = session.execute(
        select(event.c.row_id, event.c.before).where(
            event.c.table_name == "figure_value",
            event.c.owner_id == school.owner,
            event.c.before.is_not(None),
            event.c.after.is_(None),
        )
    )
    for row_id, before in gone:
        values = json.loads(before)
        if all(values.get(name) == asked[name] for name in _ASKED):
            found[row_id] = values
    return found


def _value(row_id: int, values: Mapping[str, Any] | None) -> Value | None:
    if not values:
        return None
    day = values["counted_on"]
    return Value(
        row_id,
        Year(values["year"]),
        values["indicator"],
        day if isinstance(day, date) else date.fromisoformat(day),
        values["category"],
        values["unit_key"],
        values["value"],
        values["of"],
        values["source"],
    )


def shown(lines: Sequence[Line], visible: set[str], known: set[str]) -> list[Line]:
    """Without the lines of classes that the asker does not see."""
    return [one for one in lines if one.about.unit not in known or one.about.unit in visible]
