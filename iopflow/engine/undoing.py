"""Taking back one act as a whole: what it added goes, what it changed becomes what it was.

Of what an act took away only roles and figures come back; all else is corrected, with a reason.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.happenings import Done, NotNow
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.models import metadata
from iopflow.queries.standing import TaskRow
from iopflow.texts import _

_UNDONE = ("happening", "task")  # what took place, and a date that was moved
UNDOABLE = timedelta(days=30)  # what is older is corrected, with a reason, not undone
NEAR = 5_000  # events: the rest of an act stands no farther from those that are asked for
# What an act took away and an undo gives back, with what makes two rows of it the same.
_COMES_BACK = {
    "role_grant": ("owner_id", "person_id", "role", "at_kind", "at_id", "starts"),
    "figure_value": (
        *("owner_id", "school_id", "year", "indicator"),
        *("counted_on", "category", "unit_key"),
    ),
}
Subject = tuple[int, str, int, str]


def last_event(session: Session) -> int:
    """The number of the newest event: what an act does afterwards has higher ones."""
    event = metadata.tables["event"]
    return int(session.execute(select(func.coalesce(func.max(event.c.id), 0))).scalar_one())


def cuts_an_act(session: Session, events: range, actor_id: int | None) -> bool:
    """Whether events take some of an act of somebody's, and leave the rest of it.

    An act has no number of its own in the log. It is what one hand did at one moment, of one kind:
    a request signs all that it changes with the same moment.
    """
    event = metadata.tables["event"]
    near = session.execute(
        select(event.c.id, event.c.token_id, event.c.at, event.c.act).where(
            event.c.id.between(events.start - NEAR, events.stop + NEAR),
            event.c.actor_id == actor_id,
        )
    ).all()
    taken = {tuple(row[1:]) for row in near if row.id in events}
    left = {tuple(row[1:]) for row in near if row.id not in events}
    return bool(taken & left)


def undo(session: Session, tasks: Sequence[TaskRow], events: Collection[int], act: Act) -> Done:
    """Takes back what one's own events did to happenings of the tasks, the last one first.

    Raises NotNow where somebody has changed the same since, or has taken it back already.
    """
    subjects = {subject_of(one) for one in tasks}
    return taken_back(session, events, _UNDONE, act, lambda row: _subject(row) in subjects)


def taken_back(
    session: Session,
    events: Collection[int],
    tables: Collection[str],
    act: Act,
    meant: Callable[[dict[str, Any]], bool],
    acts: Collection[str] = (),
) -> Done:
    """Takes back what one's own events did to rows of some tables, the last one first.

    `meant` says of a row whether it belongs to what is to be taken back; `acts` are the kinds of
    act that may be, where not all. Raises NotNow.
    """
    done = Done()
    for event in _own(session, events, tables, act, acts):
        if event.after is None and event.before is not None:
            done.changed += _given_back(session, event, act, meant)
            continue
        row = _row(session, event)
        if row is None or _later(session, event) or not meant(row):
            raise _changed()
        if event.before is None:
            gone = [Gone(event.row_id, row)]
            done.changed += ledger.delete_rows(session, event.table_name, gone, act)
        else:
            before = ledger.decode(event.table_name, event.before)
            now = {name: row[name] for name in before}
            change = Change(event.row_id, now, before, row["owner_id"], event.pupil_id)
            done.changed += ledger.update_rows(session, event.table_name, [change], act)
    if not done.changed:
        raise _changed()
    return done


def _given_back(
    session: Session, event: Any, act: Act, meant: Callable[[dict[str, Any]], bool]
) -> int:
    """A role or a figure that was taken away stands again, as a new row with its old number where
    that is free. Nothing else comes back here.
    """
    table, was = metadata.tables[event.table_name], ledger.decode(event.table_name, event.before)
    key = _COMES_BACK.get(event.table_name)
    if key is None or not meant(was):
        raise _changed()
    same = select(table.c.id).where(*(table.c[name] == was[name] for name in key))
    if session.execute(same).first() is not None:
        raise _changed()
    taken = session.execute(select(table.c.id).where(table.c.id == was["id"])).first()
    row = {name: value for name, value in was.items() if name != "id" or taken is None}
    return len(ledger.insert_rows(session, event.table_name, [row], act))


def _subject(row: dict[str, Any]) -> Subject:
    return row["year"], row["step"], row["subject_id"], row["scope"].value


def subject_of(row: TaskRow) -> Subject:
    """What a task is about, as happenings name it."""
    return (row.year.start, row.step.key, row.subject_id, row.scope.value)


def touched(session: Session, events: Collection[int], act: Act) -> set[Subject]:
    """What one's own events were about, where it stands as they left it."""
    return {_subject(row) for row in rows_of(session, events, _UNDONE, act)}


def rows_of(
    session: Session,
    events: Collection[int],
    tables: Collection[str],
    act: Act,
    acts: Collection[str] = (),
) -> list[dict[str, Any]]:
    """The rows of some tables that one's own events were about, as they stand."""
    rows = (_row(session, event) for event in _own(session, events, tables, act, acts))
    return [row for row in rows if row is not None]


def _own(
    session: Session,
    events: Collection[int],
    tables: Collection[str],
    act: Act,
    acts: Collection[str],
) -> Sequence[Any]:
    event = metadata.tables["event"]
    kinds = [event.c.act.in_(acts)] if acts else []
    return session.execute(
        select(event)
        .where(
            *kinds,
            event.c.id.in_(list(events)),
            event.c.actor_id == act.actor_id,
            event.c.at > act.at - UNDOABLE,
            event.c.table_name.in_(tables),
            # What only says something of a row did nothing to it: an event that added one is empty.
            or_(event.c.before.is_not(None), event.c.after.is_(None)),
        )
        .order_by(event.c.id.desc())
    ).all()


def _row(session: Session, event: Any) -> dict[str, Any] | None:
    table = metadata.tables[event.table_name]
    found = session.execute(select(table).where(table.c.id == event.row_id)).first()
    return found._asdict() if found is not None else None


def _later(session: Session, event: Any) -> bool:
    """Whether the row has been changed since."""
    table = metadata.tables["event"]
    later = select(table.c.id).where(
        table.c.table_name == event.table_name,
        table.c.row_id == event.row_id,
        table.c.id > event.id,
    )
    return session.execute(later.limit(1)).first() is not None


def _changed() -> NotNow:
    return NotNow(_("Dette er endret siden, og kan ikke angres: se hva som står der nå."))
