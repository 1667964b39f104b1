"""What has happened to the registered figures of an indicator: from the log, the newest first."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlmodel import Session

from iopflow.models import School, metadata
from iopflow.queries.access import Viewer
from iopflow.queries.figure_values import Value
from iopflow.queries.told import UNDOING
from iopflow.registered import BY_CODE
from iopflow.roles import Action, Place
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date

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
    found = [
        Line(
            row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC),
            row.by_name,
            row.act,
            row.reason,
            was,
            now,
        )
        for row, was, now in _changes(session, _that_are_or_were(session, school, asked))
        # (SQLite gives the number of a row that is gone to the next: its events are not ours)
        if _is_asked(was or now, asked)
    ]
    return found[:MOST]


def told_by_event(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, str]:
    """What happened to some figures, by their numbers, in words by event: which figure, and what
    it was and became. For those only who see the figures of the school.
    """
    schools = viewer.at(Place.SCHOOL, Action.VALUES)
    kept, undone = {}, set()
    for row, was, now in _changes(session, ids):
        about = now or was
        if about is not None and about.school in schools:
            kept[row.id] = (was, now)
            undone |= {row.id} if row.act in UNDOING else set()
    keys = {one.unit for pair in kept.values() for one in pair if one is not None and one.unit}
    names = _units_named(session, viewer, keys) if keys else {}
    return {
        number: _words(*pair, names, is_undone=number in undone) for number, pair in kept.items()
    }


def _units_named(session: Session, viewer: Viewer, keys: Collection[str]) -> dict[str, str]:
    unit = metadata.tables["unit"]
    mine = and_(unit.c.owner_id == viewer.owner_id, unit.c.key.in_(keys))
    rows = session.execute(select(unit.c.key, unit.c.name).where(mine))
    return {row.key: row.name for row in rows}


def _words(
    was: Value | None, now: Value | None, units: Mapping[str, str], *, is_undone: bool
) -> str:
    """«ØK2 1:1, 01.10.2026: 31 % 4/13 → 38 % 5/13»; of what is undone, what it was put back to."""
    about = now or was
    if about is None:
        return ""
    one = BY_CODE.get(about.indicator)
    name = one.name if one is not None else about.indicator
    category = one.category(about.category) if one is not None and about.category else ""
    of = [category, units.get(about.unit, about.unit), short_date(about.counted_on)]
    words = [f"{each.word} {each.of_word}".strip() for each in (was, now) if each is not None]
    told = " → ".join(words)
    if is_undone and was is None:
        told = _("{now} er satt tilbake").format(now=words[0])
    elif is_undone and now is None:
        told = _("{was} er tatt bort igjen").format(was=words[0])
    elif is_undone:
        told = _("{was} er satt tilbake til {now}").format(was=words[0], now=words[1])
    return f"{name} {', '.join(part for part in of if part)}: {told}"


def _is_asked(value: Value | None, asked: Mapping[str, Any]) -> bool:
    return value is not None and asked == {
        "school_id": value.school,
        "year": value.year.start,
        "indicator": value.indicator,
    }


def _changes(
    session: Session, ids: Collection[int]
) -> Iterator[tuple[Any, Value | None, Value | None]]:
    """The events about some figures, with what each was before and after."""
    if not ids:
        return iter(())
    table, event, person = (metadata.tables[name] for name in ("figure_value", "event", "person"))
    there = session.execute(select(table).where(table.c.id.in_(ids)))
    last: dict[int, dict[str, Any]] = {row.id: row._asdict() for row in there}
    rows = session.execute(
        select(event, person.c.name.label("by_name"))
        .outerjoin(person, person.c.id == event.c.actor_id)
        .where(event.c.table_name == "figure_value", event.c.row_id.in_(ids))
        .order_by(event.c.id.desc())
    )
    return _walked(rows, last)


def _walked(
    rows: Iterable[Any], last: dict[int, dict[str, Any]]
) -> Iterator[tuple[Any, Value | None, Value | None]]:
    """Each event, newest first, with the figure before and after: `last` is how they stand now, and
    is walked back.
    """
    for row in rows:
        if row.before is not None and row.after is None:
            now, was = None, json.loads(row.before)
        else:
            now = last.get(row.row_id) or {}
            was = None if row.before is None else now | json.loads(row.before)
        last[row.row_id] = was or {}
        yield row, _value(row.row_id, was), _value(row.row_id, now)


def _that_are_or_were(session: Session, school: School, asked: Mapping[str, Any]) -> set[int]:
    """The numbers of the figures: those that stand, and those that were taken away."""
    table, event = metadata.tables["figure_value"], metadata.tables["event"]
    rows = session.execute(
        select(table.c.id).where(*(table.c[name] == asked[name] for name in _ASKED))
    )
    found = set(rows.scalars())
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
            found.add(row_id)
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
        school=values["school_id"],
    )


def shown(lines: Sequence[Line], visible: set[str], known: set[str]) -> list[Line]:
    """Without the lines of classes that the asker does not see."""
    return [one for one in lines if one.about.unit not in known or one.about.unit in visible]
