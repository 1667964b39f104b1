"""When what a feed's event says last changed, and how often: from what is recorded.

The history of each task is gone through again, so that what does not alter the number of those
left leaves the bytes alone.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlmodel import Session

from iopflow.clock import aware
from iopflow.models import Scope, What, metadata
from iopflow.queries.prepared import among, read
from iopflow.queries.standing import TaskRow, ends_declined, what_happened
from iopflow.status import Status

# Tasks that are not left for another reason than a word on them: no word of theirs counts.
_APART = frozenset({Status.SUSPENDED, Status.BEFORE_START, Status.CANCELLED})
_FACTS = ("assessment", "consent", "vedtak", "enrolment")
_Key = tuple[Scope, int, int, str]  # scope and number of the subject, year, step


@dataclass(frozen=True, slots=True)
class Group:
    """The tasks that share an event: one step of one year with one deadline."""

    step: str
    year: int
    scope: Scope
    due: date


@dataclass(frozen=True, slots=True)
class Change:
    """The moment of the last change, and how many there were."""

    at: datetime
    times: int = 1

    def and_(self, other: "Change | None") -> "Change":
        """Both together."""
        if other is None:
            return self
        return Change(max(self.at, other.at), self.times + other.times)


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed the number of each event, and the day of each task (by its number)."""

    of_group: dict[Group, Change] = field(default_factory=dict)
    of_task: dict[int, Change] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Word:
    """A happening, from when it was recorded until it was taken back."""

    id: int
    what: What
    on_day: date
    since: datetime
    until: datetime | None = None

    def stands(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class _Move:
    """Another deadline was agreed."""

    at: datetime
    before: date
    after: date


def group_of(row: TaskRow) -> Group:
    """The event a task belongs to. Raises ValueError for a task without a deadline."""
    if row.facts.due is None:
        raise ValueError("a task without a deadline is in no calendar")
    return Group(row.step.key, row.year.start, row.scope, row.facts.due)


def changes_of(session: Session, rows: Sequence[TaskRow]) -> Changes:
    """What has changed since the tasks were there. `rows` are all of the place, also settled."""
    words, moves = _words(session, rows), _moves(session, rows)
    found = Changes()
    for row in rows:
        if row.status in _APART:
            continue
        key = (row.scope, row.subject_id, row.year.start, row.step.key)
        for change, groups in _turns(row, words.get(key, ()), moves.get(row.id, ())):
            found.of_task[row.id] = change.and_(found.of_task.get(row.id))
            for group in groups:
                found.of_group[group] = change.and_(found.of_group.get(group))
    for group, change in _from_facts(session, rows):
        found.of_group[group] = change.and_(found.of_group.get(group))
    return found


def _turns(
    row: TaskRow, words: Sequence[_Word], moves: Sequence[_Move]
) -> Iterator[tuple[Change, list[Group]]]:
    """Each time the task came to an event or left one, with these events."""
    moments = {word.since for word in words} | {word.until for word in words if word.until}
    due = moves[0].before if moves else row.facts.due
    stood = _group(row, due)
    for at in sorted(moments | {move.at for move in moves}):
        due = next((move.after for move in reversed(moves) if move.at <= at), due)
        stands = (
            _group(row, due) if _is_left(row, [one for one in words if one.stands(at)]) else None
        )
        if stands != stood:
            yield Change(at), [group for group in (stood, stands) if group is not None]
        stood = stands


def _group(row: TaskRow, due: date | None) -> Group | None:
    return Group(row.step.key, row.year.start, row.scope, due) if due is not None else None


def _is_left(row: TaskRow, words: Sequence[_Word]) -> bool:
    if any(word.what in (row.step.happening, What.NOT_APPLICABLE) for word in words):
        return False
    return not ends_declined(words)


def _words(session: Session, rows: Sequence[TaskRow]) -> Mapping[_Key, list[_Word]]:
    """What was recorded on the steps; the log alone still knows of what was taken back."""
    found: dict[_Key, list[_Word]] = defaultdict(list)
    years = sorted({row.year.start for row in rows})
    for scope in Scope:
        subjects = sorted({row.subject_id for row in rows if row.scope is scope})
        if subjects:
            for one in read(session, what_happened(), subjects=subjects, years=years, scope=scope):
                word = _Word(one.id, one.what, one.on_day, aware(one.recorded_at))
                found[scope, one.subject_id, one.year, one.step].append(word)
    pupils = sorted({row.subject_id for row in rows if row.scope is Scope.PUPIL})
    owners = sorted({row.owner_id for row in rows})
    for event in read(session, _deletions(), pupils=pupils, owners=owners):
        was = json.loads(event.before)
        found[Scope(was["scope"]), was["subject_id"], was["year"], was["step"]].append(
            _Word(
                event.row_id,
                What(was["what"]),
                date.fromisoformat(was["on_day"]),
                aware(datetime.fromisoformat(was["recorded_at"])),
                aware(event.at),
            )
        )
    return found


def _moves(session: Session, rows: Sequence[TaskRow]) -> Mapping[int, list[_Move]]:
    found: dict[int, list[_Move]] = defaultdict(list)
    for event in read(session, _task_events(), tasks=[row.id for row in rows]):
        before, after = json.loads(event.before).get("due"), json.loads(event.after).get("due")
        if before and after:
            days = date.fromisoformat(before), date.fromisoformat(after)
            found[event.row_id].append(_Move(aware(event.at), *days))
    return found


def _from_facts(session: Session, rows: Sequence[TaskRow]) -> Iterator[tuple[Group, Change]]:
    """Steps that follow from the case, and pupils who have left: here every change counts."""
    wanted: dict[tuple[str, int], set[Group]] = {}
    for row in rows:
        if row.scope is not Scope.PUPIL:
            continue
        if row.status is Status.CANCELLED:
            wanted.setdefault(("enrolment", row.subject_id), set()).add(group_of(row))
        elif row.step.fact is not None:
            table = row.step.fact.partition(".")[0]
            wanted.setdefault((table, row.subject_id), set()).add(group_of(row))
    pupils = sorted({pupil_id for _table, pupil_id in wanted})
    for one in read(session, _fact_events(), pupils=pupils):
        for group in wanted.get((one.table_name, one.pupil_id), ()):
            yield group, Change(aware(one.at), one.times)


@cache
def _deletions() -> Select[Any]:
    event = metadata.tables["event"]
    return select(event.c.row_id, event.c.at, event.c.before).where(
        event.c.table_name == "happening",
        event.c.before.is_not(None),
        event.c.after.is_(None),
        among(event.c.owner_id, "owners"),
        or_(event.c.pupil_id.is_(None), among(event.c.pupil_id, "pupils")),
    )


@cache
def _fact_events() -> Select[Any]:
    event = metadata.tables["event"]
    return (
        select(
            event.c.table_name,
            event.c.pupil_id,
            func.max(event.c.at).label("at"),
            func.count().label("times"),
        )
        .where(event.c.table_name.in_(_FACTS), among(event.c.pupil_id, "pupils"))
        .group_by(event.c.table_name, event.c.pupil_id)
    )


@cache
def _task_events() -> Select[Any]:
    event = metadata.tables["event"]
    return (
        select(event.c.row_id, event.c.at, event.c.before, event.c.after)
        .where(
            event.c.table_name == "task",
            event.c.before.is_not(None),
            event.c.after.is_not(None),
            among(event.c.row_id, "tasks"),
        )
        .order_by(event.c.id)
    )
