"""The log of pupils: every event about each, oldest first, as far as the asker sees."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.facts import ON_THE_ROAD
from iopflow.models import ConsentKind, Pupil, metadata
from iopflow.queries.access import Viewer, shows, sights_of_pupil
from iopflow.queries.handing import OverPlace, places_of_pupils, stood_in_for
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.roles import Place, Sight
from iopflow.wheel import Step

# What says nothing to a reader: numbers of rows, and what the event itself dates.
_SILENT = frozenset(
    {
        "id",
        "owner_id",
        "pupil_id",
        "subject_id",
        "scope",
        "occasion",
        "recorded_at",
        "by_id",
        "moved",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: the columns that changed; `after` is None of a row that was taken away."""

    at: datetime
    by: str | None
    stands_in_for: (
        str | None
    )  # whose place the actor had as a substitute, where that gave the right
    act: str
    table: str
    what: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str | None
    integration: str | None = None  # the label of the API's token, where a program did it
    number: int = 0  # of the event, in the order in which they were written
    year: int | None = None  # the year served, where the row belongs to one
    row: int | None = None  # the number of the row: what came of it later has the same

    def to_json(self) -> dict[str, Any]:
        """The entry as the command line prints it."""
        return {
            "at": self.at.isoformat(),
            "by": self.by,
            "for": self.stands_in_for,
            "act": self.act,
            "table": self.table,
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
            "integration": self.integration,
        }


def log_of(session: Session, rules: Rules, viewer: Viewer, pupil: Pupil) -> list[Entry]:
    """All events about a pupil, oldest first, save what the viewer's roles do not see."""
    sights = sights_of_pupil(session, viewer, pupil)
    return logs_of(session, rules, {pupil.number: pupil.ppt_id}, sights)[pupil.number]


def logs_of(
    session: Session, rules: Rules, pupils: Mapping[int, int | None], sights: set[Sight]
) -> dict[int, list[Entry]]:
    """The same for many pupils (numbers, each with that of the PPT office) in a few statements.

    `sights` is what the asker sees of every one of them.
    """
    events = read(session, _events(), pupils=list(pupils)).all()
    steps = {step.key: step for step in rules.all_steps(session)}
    places = places_of_pupils(session, pupils)
    roles = _roles_over(session, places, events)
    entries: dict[int, list[Entry]] = {pupil_id: [] for pupil_id in pupils}
    for event, before, after, whole in _unwound(session, events):
        entry = _entry(event, before, after, whole, steps, sights)
        if entry is not None:
            over = [
                one for one in roles.get(event.actor_id, ()) if one.at in places[event.pupil_id]
            ]
            away = _in_whose_place(over, entry.at)
            entries[event.pupil_id].append(replace(entry, stands_in_for=away))
    return {pupil_id: found[::-1] for pupil_id, found in entries.items()}


@cache
def _events() -> Select[Any]:
    event, person = metadata.tables["event"], metadata.tables["person"]
    token = metadata.tables["api_token"]
    return (
        select(
            event.c.id,
            event.c.pupil_id,
            event.c.at,
            person.c.key.label("by"),
            event.c.actor_id,
            token.c.label.label("integration"),
            event.c.act,
            event.c.table_name,
            event.c.row_id,
            event.c.before,
            event.c.after,
            event.c.reason,
        )
        .outerjoin(person, person.c.id == event.c.actor_id)
        .outerjoin(token, token.c.id == event.c.token_id)
        .where(among(event.c.pupil_id, "pupils"))
        .order_by(event.c.id)
    )


def _roles_over(
    session: Session, places: Mapping[int, set[tuple[Place, int]]], events: Sequence[Any]
) -> dict[int, list[OverPlace]]:
    """The roles that each of those who did something has had over the pupils."""
    actors = sorted({event.actor_id for event in events if event.actor_id is not None})
    found: dict[int, list[OverPlace]] = {}
    if actors:
        for one in stood_in_for(session, actors, {at for some in places.values() for at in some}):
            found.setdefault(one.person_id, []).append(one)
    return found


def _in_whose_place(roles: Sequence[OverPlace], at: datetime) -> str | None:
    """For whom somebody did it: told only where no role of their own gave the right."""
    day = local_date(at)
    held = [one for one in roles if one.starts <= day <= one.ends]
    if not held or any(one.away is None for one in held):
        return None
    return held[0].away


def _unwound(session: Session, events: Sequence[Any]) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Newest first: each event with what changed, and the whole row as it was right after.

    An event of a new row holds nothing, since the row itself does: its content is today's row with
    all later changes taken back.
    """
    rows = _rows(session, events)
    for event in reversed(events):
        place = (event.table_name, event.row_id)
        row = rows.setdefault(place, {})
        before, after = _decoded(event.before), _decoded(event.after)
        if before is None and after is None:
            yield event, None, dict(row), dict(row)
        elif after is None:
            rows[place] = dict(before or {})
            yield event, before, None, before
        else:
            yield event, before, after, dict(row)
            rows[place] = row | (before or {})


def _rows(session: Session, events: Sequence[Any]) -> dict[tuple[str, int | None], dict[str, Any]]:
    ids: dict[str, set[int]] = {}
    for event in events:
        if event.row_id is not None:
            ids.setdefault(event.table_name, set()).add(event.row_id)
    found: dict[tuple[str, int | None], dict[str, Any]] = {}
    for name, numbers in ids.items():
        table = metadata.tables[name]
        some = select(table).where(among(table.c.id, "rows"))
        for row in read(session, some, rows=sorted(numbers)):
            values = {key: _plain(value) for key, value in row._asdict().items()}
            found[name, row.id] = values
    return found


def _decoded(text: str | None) -> dict[str, Any] | None:
    return json.loads(text) if text is not None else None


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _entry(
    event: Any,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    whole: Mapping[str, Any] | None,
    steps: Mapping[str, Step],
    sights: set[Sight],
) -> Entry | None:
    """The event as it is shown, or None where the viewer does not see what it is about."""
    key = (whole or {}).get("step")
    step = steps.get(key) if key is not None else None
    if not _seen(sights, event.table_name, step, whole or {}):
        return None
    moment = event.at if event.at.tzinfo else event.at.replace(tzinfo=UTC)
    return Entry(
        at=moment,
        by=event.by,
        stands_in_for=None,
        act=event.act,
        table=event.table_name,
        what=step.title.get() if step is not None else key or event.table_name,
        before=_told(before),
        after=_told(after),
        reason=event.reason,
        integration=event.integration,
        number=event.id,
        year=(whole or {}).get("year"),
        row=event.row_id,
    )


def _seen(sights: set[Sight], table: str, step: Step | None, whole: Mapping[str, Any]) -> bool:
    if step is not None:
        return any(shows(sight, step) for sight in sights)
    if Sight.ALL in sights or Sight.NO_TALKS in sights:
        return table != "happening" or Sight.ALL in sights
    if Sight.ASSESSMENT not in sights:
        return False
    # As `facts.CaseFacts.until_assessment`: the road to an assessment, and nothing after it.
    if table == "case_move":
        return whole.get("kind") in ON_THE_ROAD
    if table == "consent":
        return whole.get("kind") == ConsentKind.UTREDNING
    # A pause may be of the decision: those of the road stand in the case itself.
    return table == "assessment"


def _told(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {key: value for key, value in values.items() if key not in _SILENT and value is not None}
