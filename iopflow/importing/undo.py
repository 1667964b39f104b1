"""Undoing a whole import: every row it touched goes back to what it was, or nothing does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.opening import close_unneeded
from iopflow.importing.standing import of_subjects, refuse_if_built_on
from iopflow.models import metadata
from iopflow.refusals import Refused
from iopflow.texts import _


@dataclass(slots=True)
class Undone:
    """What was put back."""

    rows: int = 0
    tasks: int = 0


def undo(session: Session, batch_id: int, *, act: Act) -> Undone:
    """Takes back an import. Raises Refused where something has been built on it since."""
    batch = metadata.tables["import_batch"]
    found = session.execute(select(batch).where(batch.c.id == batch_id)).first()
    if found is None:
        raise Refused(
            _("Fant ingen import nr. {n}: se «iopflow import --list».").format(n=batch_id)
        )
    if found.undone_at is not None:
        raise Refused(
            _("Import nr. {n} er alt angret: les inn filene på nytt om de skal gjelde.").format(
                n=batch_id
            )
        )
    refuse_if_built_on(session, batch_id)
    act = replace(act, batch_id=batch_id)
    done = Undone()
    # What happened goes first, then the tasks on which nothing is left, then what they hang on.
    for happenings in (True, False):
        for table, events in _runs(session, batch_id, happenings=happenings):
            done.rows += _back(session, table, events, act)
        if happenings:
            done.tasks = close_unneeded(session, batch_id) + _close_of_subjects(session, batch_id)
    session.execute(update(batch).where(batch.c.id == batch_id).values(undone_at=act.at))
    if done.tasks:
        ledger.note_all(session, act, "task", [(found.owner_id, {"removed": done.tasks})])
    return done


def _close_of_subjects(session: Session, batch_id: int) -> int:
    """Takes away the tasks that others have opened since for pupils and places that go."""
    task = metadata.tables["task"]
    gone = session.execute(delete(task).where(of_subjects(batch_id)).returning(task.c.id))
    return len(gone.all())


def _runs(session: Session, batch_id: int, *, happenings: bool) -> Iterator[tuple[str, list[Any]]]:
    """The events of an import, latest first, in runs of the same table and kind."""
    event = metadata.tables["event"]
    of_happenings = event.c.table_name == "happening"
    last = session.execute(
        select(func.max(event.c.id)).where(event.c.batch_id == batch_id)
    ).scalar_one()
    while last is not None:
        page: Sequence[Any] = session.execute(
            select(event)
            .where(
                event.c.batch_id == batch_id,
                event.c.row_id.is_not(None),
                event.c.id <= last,
                of_happenings if happenings else ~of_happenings,
            )
            .order_by(event.c.id.desc())
            .limit(ledger.CHUNK)
        ).all()
        for (table, _added), run in groupby(page, key=lambda one: (one.table_name, _is_new(one))):
            yield table, list(run)
        last = page[-1].id - 1 if page else None


def _is_new(event: Any) -> bool:
    return event.before is None and event.after is None


def _back(session: Session, table: str, events: list[Any], act: Act) -> int:
    stored = metadata.tables[table]
    if _is_new(events[0]):  # added by the import: take it away
        ids = [event.row_id for event in events]
        rows = session.execute(select(stored).where(stored.c.id.in_(ids))).mappings()
        return ledger.delete_rows(session, table, [Gone(row["id"], dict(row)) for row in rows], act)
    changes = [
        Change(
            event.row_id,
            ledger.decode(table, event.after),
            ledger.decode(table, event.before),
            event.owner_id,
            event.pupil_id,
        )
        for event in events
    ]
    return ledger.update_rows(session, table, changes, act)
