"""Two pupils who are one: all that is known of one moves to the other, through the ledger.

The row of the one that goes stays as an empty one: the log and the frozen figures name it, and it
says into whom it went, so that a file with its id still finds the pupil. What
both have is kept once; where facts of the case contradict each other, nothing is merged.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Table, UniqueConstraint, func, select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.opening import open_needed
from iopflow.models import Pupil, metadata
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from iopflow.texts import _

ACT, NOT_SAME = "pupil_merge", "pupil_not_same"
# What the law speaks of: a contradiction is never settled by a rule.
LAW = frozenset({"appeal", "assessment", "case_move", "consent", "pause", "support", "vedtak"})
# Never moved: frozen figures and the log stand, and what is said of two is of two.
_STANDS = frozenset({"event", "not_same", "telling_pupil"})
_RECEIVED = frozenset({"id", "recorded_on", "recorded_at", "batch_id"})
_BLANKS = ("birth_month", "ppt_id", "home_municipality", "ppt_reference")
_DAY = timedelta(days=1)


class Contradiction(Refused):
    """Facts of the two cases that cannot both be true of one pupil."""


@dataclass(slots=True)
class Merger:
    """What a merger does. Nothing is written before `merge`."""

    stays: Pupil
    goes: Pupil
    moves: dict[str, int] = field(default_factory=dict)  # rows by table
    twice: dict[str, int] = field(default_factory=dict)  # kept once
    clashes: list[tuple[str, Any]] = field(
        default_factory=list
    )  # table, a row of the one that goes
    gone: dict[str, list[Gone]] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=dict)


def planned(session: Session, stays: Pupil, goes: Pupil) -> Merger:
    """What would move, what both have, and what stands in the way. Raises Refused for one pupil."""
    if stays.id == goes.id or stays.owner_id != goes.owner_id:
        raise Refused(_("Velg to elever hos samme skoleeier."))
    if stays.merged_into is not None or goes.merged_into is not None:
        raise Refused(_("En av de to er alt slått sammen med en annen: velg den som står igjen."))
    plan = Merger(stays, goes)
    for table, column, where in _belongings():
        ours = _rows(session, table, column, where, stays.number)
        theirs = _rows(session, table, column, where, goes.number)
        if theirs:
            _plan(plan, table, column, ours, theirs)
    filled = {
        name: getattr(goes, name)
        for name in _BLANKS
        if getattr(stays, name) is None and getattr(goes, name) is not None
    }
    if goes.protected and not stays.protected:
        filled["protected"] = True
    if filled:
        before = {name: getattr(stays, name) for name in filled}
        change = Change(stays.number, before, filled, stays.owner, stays.number)
        plan.changes.setdefault("pupil", []).append(change)
    gone = Change(
        goes.number, {"merged_into": None}, {"merged_into": stays.number}, goes.owner, goes.number
    )
    plan.changes.setdefault("pupil", []).append(gone)
    return plan


def merge(session: Session, rules: Rules, plan: Merger, act: Act) -> None:
    """Carries a plan out. Raises Contradiction where facts of the cases stand in the way."""
    if plan.clashes:
        raise Contradiction(
            _("Sakene til de to sier imot hverandre: rett det som er feil i en av dem først.")
        )
    for table, gone in plan.gone.items():
        ledger.delete_rows(session, table, gone, act)
    for table, changes in plan.changes.items():
        ledger.update_rows(session, table, changes, act)
    said = [(plan.stays.owner, {"merged": plan.goes.key, "into": plan.stays.key})]
    ledger.note_all(session, act, "pupil", said)
    _open(session, rules, plan.stays, act)


def say_not_same(session: Session, one: Pupil, other: Pupil, act: Act) -> None:
    """Remembers that the two are not one."""
    first, second = sorted((one.number, other.number))
    row = {"owner_id": one.owner, "one_id": first, "other_id": second}
    table = metadata.tables["not_same"]
    same = select(table.c.id).where(*(table.c[name] == value for name, value in row.items()))
    if session.execute(same).first() is None:
        ledger.insert_rows(session, "not_same", [row], act)


def _belongings() -> Iterator[tuple[Table, str, tuple[str, str] | None]]:
    """Each column that says whose a row is, with the column and word that make it a pupil's."""
    for table in metadata.sorted_tables:
        if table.name in _STANDS:
            continue
        for column in table.c:
            if any(key.column.table.name == "pupil" for key in column.foreign_keys):
                yield table, column.name, None
        if {"scope", "subject_id"} <= set(table.c.keys()):
            yield table, "subject_id", ("scope", "pupil")
        if {"at_kind", "at_id"} <= set(table.c.keys()):
            yield table, "at_id", ("at_kind", "pupil")


def _rows(
    session: Session, table: Table, column: str, where: tuple[str, str] | None, pupil_id: int
) -> list[dict[str, Any]]:
    asked = select(table).where(table.c[column] == pupil_id)
    if where is not None:
        asked = asked.where(table.c[where[0]] == where[1])
    return [dict(row) for row in session.execute(asked.order_by(table.c.id)).mappings()]


def _plan(
    plan: Merger,
    table: Table,
    column: str,
    ours: Sequence[dict[str, Any]],
    theirs: Sequence[dict[str, Any]],
) -> None:
    """One table: what is moved, what both have, and what contradicts."""
    names = _key(table, column)
    there = {tuple(row[name] for name in names): row for row in ours} if names else {}
    after: dict[int, dict[str, Any]] = {row["id"]: dict(row) for row in (*ours, *theirs)}
    gone: list[Gone] = []
    moved = 0
    for row in theirs:
        same = there.get(tuple(row[name] for name in names)) if names else None
        if same is None:
            after[row["id"]][column] = plan.stays.number
            moved += 1
            continue
        if table.name in LAW and _contradict(same, row, column):
            plan.clashes.append((table.name, row))
            continue
        if table.name in LAW:
            blanks = {name: row[name] for name, value in same.items() if value is None}
            after[same["id"]].update(blanks)
        keep, drop = (row, same) if _ahead(table.name, row, same) else (same, row)
        after[keep["id"]][column] = plan.stays.number
        gone.append(Gone(drop["id"], drop))
        del after[drop["id"]]
        plan.twice[table.name] = plan.twice.get(table.name, 0) + 1
    rows = {row["id"]: row for row in (*ours, *theirs)}
    if table.name == "enrolment":
        gone += [Gone(number, rows[number]) for number in _straighten(after)]
    changes = [
        _difference(rows[number], values, plan.stays.number)
        for number, values in after.items()
        if values != rows[number]
    ]
    if moved:
        plan.moves[table.name] = plan.moves.get(table.name, 0) + moved
    if gone:
        plan.gone.setdefault(table.name, []).extend(gone)
    if changes:
        plan.changes.setdefault(table.name, []).extend(changes)


def _key(table: Table, column: str) -> list[str]:
    """The columns that with the pupil's number must be unique; none where nothing must."""
    for one in table.constraints:
        if isinstance(one, UniqueConstraint) and column in one.columns:
            return [found.name for found in one.columns if found.name != column]
    return []


def _contradict(same: dict[str, Any], row: dict[str, Any], column: str) -> bool:
    """Whether two facts of the same say different things: what only one says is none."""
    return any(
        value is not None and row[name] is not None and value != row[name]
        for name, value in same.items()
        if name != column and name not in _RECEIVED
    )


# Of two rows of the same, the one of the pupil that goes is kept where this says so.
_AHEAD: dict[str, Callable[[dict[str, Any], dict[str, Any]], bool]] = {
    "happening": lambda row, same: row["on_day"] < same["on_day"],  # what was done first counts
    "task": lambda row, same: row["moved"] and not same["moved"],  # a date that was agreed
    "role_grant": lambda row, same: _end(row) > _end(same),
    "enrolment": lambda row, same: _end(row) > _end(same),
    "ppt_meeting_pupil": lambda row, same: row["treated"] and not same["treated"],
}


def _ahead(table: str, row: dict[str, Any], same: dict[str, Any]) -> bool:
    return table in _AHEAD and bool(_AHEAD[table](row, same))


def _end(row: dict[str, Any]) -> date:
    found: date | None = row["ends"]
    return found or date.max


def _straighten(rows: dict[int, dict[str, Any]]) -> list[int]:
    """At one school no two enrolments overlap: the later cuts the earlier, and lasts at least as
    long; one that lies inside another in the same class goes. Returns those, and changes `rows`.
    """
    gone: list[int] = []
    for school_id in {row["school_id"] for row in rows.values()}:
        before: dict[str, Any] | None = None
        for row in sorted(
            (one for one in rows.values() if one["school_id"] == school_id),
            key=lambda one: one["starts"],
        ):
            if before is not None and _end(before) >= row["starts"]:
                if before["class_id"] == row["class_id"] and _end(before) >= _end(row):
                    gone.append(row["id"])
                    del rows[row["id"]]
                    continue
                row["ends"] = before["ends"] if _end(before) > _end(row) else row["ends"]
                before["ends"] = row["starts"] - _DAY
            before = row
    return gone


def _difference(row: dict[str, Any], values: dict[str, Any], pupil_id: int) -> Change:
    after = {name: value for name, value in values.items() if value != row[name]}
    before = {name: row[name] for name in after}
    return Change(row["id"], before, after, row["owner_id"], pupil_id)


def _open(session: Session, rules: Rules, pupil: Pupil, act: Act) -> None:
    """The tasks that the facts of both now want; each with an event, to be taken back with it."""
    task, assessment = metadata.tables["task"], metadata.tables["assessment"]
    newest = session.execute(select(func.coalesce(func.max(task.c.id), 0))).scalar_one()
    years = session.execute(
        select(assessment.c.year).where(assessment.c.pupil_id == pupil.id)
    ).scalars()
    open_needed(
        session,
        rules,
        owner_id=pupil.owner,
        years=[Year(one) for one in years],
        act=act,
        pupil_ids=[pupil.number],
    )
    rows = session.execute(select(task).where(task.c.id > newest)).mappings()
    ledger.note_rows(session, act, "task", [dict(row) for row in rows])
