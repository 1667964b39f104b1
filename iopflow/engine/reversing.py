"""Taking back one large act exactly: every row of it becomes what it was, or nothing does.

For acts that move many rows of many tables (a class change, a merger of classes or of pupils). Rows
that were taken away come back with their own numbers.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.undoing import UNDOABLE
from iopflow.models import Scope, metadata
from iopflow.texts import _


def take_back(session: Session, events: Collection[int], kinds: Collection[str], act: Act) -> int:
    """Takes back one's own events of some kinds of act, the last one first. Returns how many rows.

    Raises NotNow where anything of it has been changed since, or rests on what would go.
    """
    meant = _own(session, events, kinds, act)
    if not meant or _changed_since(session, meant):
        raise _refusal()
    try:
        with session.begin_nested():
            for event in meant:
                _back(session, event, act)
    except IntegrityError:  # something new refers to it, or stands in its place
        raise _refusal() from None
    return len(meant)


def _own(
    session: Session, events: Collection[int], kinds: Collection[str], act: Act
) -> Sequence[Any]:
    event = metadata.tables["event"]
    return session.execute(
        select(event)
        .where(
            event.c.id.in_(list(events)),
            event.c.act.in_(kinds),
            event.c.actor_id == act.actor_id,
            event.c.at > act.at - UNDOABLE,
            event.c.row_id.is_not(None),
        )
        .order_by(event.c.id.desc())
    ).all()


def _changed_since(session: Session, meant: Sequence[Any]) -> bool:
    """Whether any of the rows has an event after the last of these."""
    event = metadata.tables["event"]
    tables: dict[str, set[int]] = {}
    for one in meant:
        tables.setdefault(one.table_name, set()).add(one.row_id)
    for table, ids in tables.items():
        for some in ledger.chunks(sorted(ids)):
            later = select(event.c.id).where(
                event.c.table_name == table, event.c.row_id.in_(some), event.c.id > meant[0].id
            )
            if session.execute(later.limit(1)).first() is not None:
                return True
    return False


def _back(session: Session, event: Any, act: Act) -> None:
    name, table = event.table_name, metadata.tables[event.table_name]
    found = session.execute(select(table).where(table.c.id == event.row_id)).first()
    before = ledger.decode(name, event.before)
    if event.before is not None and event.after is None:  # taken away: it comes back
        if found is not None:
            raise _refusal()
        ledger.insert_rows(session, name, [before], act)
    elif found is None:
        raise _refusal()
    elif event.before is None:  # added: it goes
        row = found._asdict()
        if _is_built_on(session, name, row, event):
            raise _refusal()
        ledger.delete_rows(session, name, [Gone(event.row_id, row)], act)
    else:
        row = found._asdict()
        now = {column: row[column] for column in before}
        change = Change(event.row_id, now, before, row["owner_id"], event.pupil_id)
        ledger.update_rows(session, name, [change], act)


def _is_built_on(session: Session, table: str, row: dict[str, Any], event: Any) -> bool:
    """What no foreign key tells: something recorded on a task, a role or a duty at a new unit."""
    happening, grant = metadata.tables["happening"], metadata.tables["role_grant"]
    asked: Any
    if table == "task":
        asked = select(happening.c.id).where(
            *(happening.c[name] == row[name] for name in ("year", "subject_id", "step", "scope")),
            happening.c.recorded_at > event.at,
        )
    elif table == "unit":
        on_it = select(happening.c.id).where(
            happening.c.scope == Scope.UNIT, happening.c.subject_id == row["id"]
        )
        asked = on_it.union_all(
            select(grant.c.id).where(grant.c.at_kind == "unit", grant.c.at_id == row["id"])
        )
    else:
        return False
    found = session.execute(select(func.count()).select_from(asked.subquery()))
    return bool(found.scalar_one())


def _refusal() -> NotNow:
    return NotNow(_("Dette er endret siden, og kan ikke angres: se hva som står der nå."))
