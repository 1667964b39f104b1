"""Undoing a whole import: every row it touched goes back to what it was, or nothing does."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.opening import close_unneeded
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
    batch, event = metadata.tables["import_batch"], metadata.tables["event"]
    found = session.execute(select(batch).where(batch.c.id == batch_id)).first()
    if found is None:
        raise Refused(
            _("Fant ingen import nr. {n}: se «iopflow import --list».").format(n=batch_id)
        )
    if found.undone_at is not None:
        raise Refused(_("Import nr. {n} er alt angret.").format(n=batch_id))
    _refuse_if_touched(session, batch_id)
    done = Undone()
    # Tasks first: they are nobody's parent, and hang on the years and subjects that go.
    done.tasks = close_unneeded(session, batch_id)
    rows = session.execute(
        select(event)
        .where(event.c.batch_id == batch_id, event.c.row_id.is_not(None))
        .order_by(event.c.id.desc())
    ).all()
    act = Act(act.kind, act.at, act.actor_id, act.reason)
    try:
        for table, same in _runs(rows):
            done.rows += _back(session, table, same, act)
        session.flush()
    except IntegrityError as error:
        raise Refused(
            _("Import nr. {n} kan ikke angres: noe som er registrert siden bygger på den.").format(
                n=batch_id
            )
        ) from error
    session.execute(update(batch).where(batch.c.id == batch_id).values(undone_at=act.at))
    return done


def _refuse_if_touched(session: Session, batch_id: int) -> None:
    """Refuses where a row of the batch was changed again later, naming the first."""
    event = metadata.tables["event"]
    last = (
        select(
            event.c.table_name,
            event.c.row_id,
            func.max(event.c.id).label("last"),
        )
        .where(event.c.batch_id == batch_id, event.c.row_id.is_not(None))
        .group_by(event.c.table_name, event.c.row_id)
        .subquery()
    )
    later = session.execute(
        select(event.c.table_name, event.c.row_id)
        .join(
            last,
            (event.c.table_name == last.c.table_name) & (event.c.row_id == last.c.row_id),
        )
        .where(event.c.id > last.c.last, event.c.table_name != "school_year")
        .limit(1)
    ).first()
    if later is not None:
        raise Refused(
            _(
                "Import nr. {n} kan ikke angres: rad {row} i {table} er endret siden; "
                "ta den tilbake først."
            ).format(n=batch_id, row=later.row_id, table=later.table_name)
        )
    happening, task = metadata.tables["happening"], metadata.tables["task"]
    inserted = select(event.c.row_id).where(
        event.c.batch_id == batch_id,
        event.c.table_name == "pupil",
        event.c.before.is_(None),
        event.c.after.is_(None),
    )
    mine = select(event.c.row_id).where(
        event.c.batch_id == batch_id, event.c.table_name == "happening"
    )
    built = session.execute(
        select(happening.c.id)
        .where(
            happening.c.scope == "pupil",
            happening.c.subject_id.in_(inserted),
            happening.c.id.not_in(mine),
        )
        .limit(1)
    ).first()
    if built is not None:
        raise Refused(
            _("Import nr. {n} kan ikke angres: det er registrert noe på elevene siden.").format(
                n=batch_id
            )
        )
    # A task of the batch that somebody has moved is no longer only the batch's.
    moved = session.execute(
        select(task.c.id).where(
            task.c.batch_id == batch_id,
            exists(
                select(event.c.id).where(event.c.table_name == "task", event.c.row_id == task.c.id)
            ),
        )
    ).first()
    if moved is not None:
        raise Refused(
            _("Import nr. {n} kan ikke angres: en frist er flyttet siden.").format(n=batch_id)
        )


def _runs(events: Any) -> Any:
    """Events cut into runs of the same table and kind, latest first."""
    run: list[Any] = []
    for event in events:
        kind = (event.table_name, event.before is None and event.after is None)
        if run and kind != (run[0].table_name, run[0].before is None and run[0].after is None):
            yield run[0].table_name, run
            run = []
        run.append(event)
    if run:
        yield run[0].table_name, run


def _back(session: Session, table: str, events: list[Any], act: Act) -> int:
    stored = metadata.tables[table]
    if events[0].before is None and events[0].after is None:  # inserted: take it away
        ids = [event.row_id for event in events]
        gone = [
            Gone(row.id, dict(row._mapping))
            for part in ledger.chunks(ids)
            for row in session.execute(select(stored).where(stored.c.id.in_(part)))
        ]
        return ledger.delete_rows(session, table, gone, act)
    changes = [
        Change(
            event.row_id,
            ledger.decode(table, event.after),
            ledger.decode(table, event.before),
            event.owner_id,
            event.pupil_id,
        )
        for event in events
        if event.after is not None
    ]
    return ledger.update_rows(session, table, changes, act)
