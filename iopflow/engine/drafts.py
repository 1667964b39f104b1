"""Files that were uploaded and are not imported yet: no facts, kept for a day, seen by one person.

They leave no event: nothing has become so. What is imported of them does, in the ledger.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session, col

from iopflow.models import ImportDraft, metadata
from iopflow.queries.access import Viewer
from iopflow.queries.places import NotFound
from iopflow.texts import _

KEPT = timedelta(hours=24)


@dataclass(slots=True)
class Draft:
    """One upload: see `ImportDraft`."""

    id: int
    name: str
    content: bytes
    mending: str
    leaving: str
    batch_id: int | None


def keep(session: Session, viewer: Viewer, name: str, content: bytes, *, now: datetime) -> int:
    """Keeps an upload, and takes away those of yesterday. Returns its number."""
    forget_old(session, now=now)
    values = {
        "owner_id": viewer.owner_id,
        "person_id": viewer.person_id,
        "created_at": now,
        "name": name,
        "content": content,
        "mending": "",
        "leaving": "{}",
    }
    table = metadata.tables["import_draft"]
    return int(session.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def find(
    session: Session, viewer: Viewer, number: int, *, now: datetime, to_change: bool = False
) -> Draft:
    """The person's own upload of that number. Raises NotFound.

    `to_change` holds it until the transaction is over, so that two clicks import it once.
    """
    statement = select(ImportDraft).where(
        col(ImportDraft.id) == number,
        col(ImportDraft.person_id) == viewer.person_id,
        col(ImportDraft.owner_id) == viewer.owner_id,
        col(ImportDraft.created_at) > now - KEPT,
    )
    row = session.execute(statement.with_for_update() if to_change else statement).scalar()
    if row is None or row.id is None:
        raise NotFound(_("Fant ikke opplastingen: last opp filen på nytt."))
    return Draft(row.id, row.name, row.content, row.mending, row.leaving, row.batch_id)


def waiting(session: Session, viewer: Viewer, *, now: datetime) -> list[tuple[int, str, datetime]]:
    """The person's uploads that are not imported: number, name and when, the newest first."""
    rows = session.execute(
        select(col(ImportDraft.id), col(ImportDraft.name), col(ImportDraft.created_at))
        .where(
            col(ImportDraft.person_id) == viewer.person_id,
            col(ImportDraft.batch_id).is_(None),
            col(ImportDraft.created_at) > now - KEPT,
        )
        .order_by(col(ImportDraft.id).desc())
    )
    return [(number, name, at) for number, name, at in rows]


def refused_rows(session: Session, viewer: Viewer, batch_id: int) -> bytes | None:
    """The file of the rows refused in an import of one's own, for as long as it is kept."""
    return session.execute(
        select(col(ImportDraft.content)).where(
            col(ImportDraft.batch_id) == batch_id,
            col(ImportDraft.person_id) == viewer.person_id,
        )
    ).scalar()


def change(session: Session, draft: Draft) -> None:
    """Writes what was said of an upload, or what it has become."""
    table = metadata.tables["import_draft"]
    session.execute(
        update(table)
        .where(table.c.id == draft.id)
        .values(
            content=draft.content,
            mending=draft.mending,
            leaving=draft.leaving,
            batch_id=draft.batch_id,
        )
    )


def drop(session: Session, draft: Draft) -> None:
    """Takes an upload away."""
    table = metadata.tables["import_draft"]
    session.execute(delete(table).where(table.c.id == draft.id))


def are_old(session: Session, *, now: datetime) -> bool:
    """Whether there is any upload to take away."""
    old = select(col(ImportDraft.id)).where(col(ImportDraft.created_at) <= now - KEPT).limit(1)
    return session.execute(old).first() is not None


def forget_old(session: Session, *, now: datetime) -> None:
    """Takes away the uploads that are a day old."""
    table = metadata.tables["import_draft"]
    session.execute(delete(table).where(table.c.created_at <= now - KEPT))
