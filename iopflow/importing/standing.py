"""Whether an import can be undone: what has been changed since, and what has been built on it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import Session

from iopflow.importing.tables import TABLES
from iopflow.models import metadata
from iopflow.refusals import Refused
from iopflow.texts import _

# Columns that hold the number of a row of the table that another column names.
_POINTERS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (
        "happening",
        "scope",
        "subject_id",
        {"pupil": "pupil", "unit": "unit", "school": "school", "network": "network"},
    ),
    (
        "role_grant",
        "at_kind",
        "at_id",
        {
            "pupil": "pupil",
            "unit": "unit",
            "school": "school",
            "network": "network",
            "ppt": "ppt_office",
        },
    ),
)
_FILES = {table.stored: f"{table.file}.csv" for table in TABLES}
# Tasks go with their subject; the log and the list of imports stand whatever is undone.
_NOT_BUILT = frozenset({"task", "event", "import_batch"})
# A frozen figure is never taken back, so that what it names stays.
_FROZEN = frozenset({"telling", "telling_figure", "telling_pupil"})


def inserted(batch_id: int, table: str) -> Select[Any]:
    """The numbers of the rows that an import added to a table."""
    event = metadata.tables["event"]
    return select(event.c.row_id).where(
        event.c.batch_id == batch_id,
        event.c.table_name == table,
        event.c.row_id.is_not(None),
        event.c.before.is_(None),
        event.c.after.is_(None),
    )


def _touched(batch_id: int, table: str) -> Select[Any]:
    event = metadata.tables["event"]
    return select(event.c.row_id).where(
        event.c.batch_id == batch_id,
        event.c.table_name == table,
        event.c.row_id.is_not(None),
    )


def refuse_if_built_on(session: Session, batch_id: int) -> None:
    """Raises Refused, naming what stands in the way, unless the import is as it was left."""
    for table, row_id in (*_changed_since(session, batch_id), *_refer_to(session, batch_id)):
        if table in _FROZEN:
            raise Refused(
                _(
                    "Import nr. {n} kan ikke angres: den la inn noe som en frosset telling bygger "
                    "på; rett det som er feil, og frys tellingen på nytt."
                ).format(n=batch_id)
            )
        raise Refused(
            _(
                "Import nr. {n} kan ikke angres: {file} {row} er endret eller lagt til siden; "
                "ta det tilbake først."
            ).format(n=batch_id, file=_FILES.get(table, table), row=_name(session, table, row_id))
        )
    if _has_worked_on_tasks(session, batch_id):
        raise Refused(
            _(
                "Import nr. {n} kan ikke angres: noen har arbeidet med oppgavene den åpnet; ta det "
                "tilbake først."
            ).format(n=batch_id)
        )


def _changed_since(session: Session, batch_id: int) -> Iterator[tuple[str, int]]:
    """The first row of the import that was changed after it, other than by an import undone."""
    event = metadata.tables["event"]
    last = (
        select(event.c.table_name, event.c.row_id, func.max(event.c.id).label("last"))
        .where(event.c.batch_id == batch_id, event.c.row_id.is_not(None))
        .group_by(event.c.table_name, event.c.row_id)
        .subquery()
    )
    later = session.execute(
        select(event.c.table_name, event.c.row_id, event.c.after)
        .join(last, and_(event.c.table_name == last.c.table_name, event.c.row_id == last.c.row_id))
        .where(
            event.c.id > last.c.last,
            _stands(),
        )
        .order_by(event.c.id)
    )
    for table, row_id, after in later:
        # That a year was opened is seen on its tasks.
        if table != "school_year" or not (after or "").startswith('{"opened_at"'):
            yield table, row_id
            return


def _refer_to(session: Session, batch_id: int) -> Iterator[tuple[str, int]]:
    """The first row that is not of the import and refers to one that is."""
    for table, column, target, extra in _references():
        stored = metadata.tables[table]
        found = session.execute(
            select(stored.c.id)
            .where(
                stored.c[column].in_(inserted(batch_id, target)),
                stored.c.id.not_in(_touched(batch_id, table)),
                *extra,
            )
            .limit(1)
        ).scalar()
        if found is not None:
            yield table, found


def _references() -> Iterator[tuple[str, str, str, list[ColumnElement[bool]]]]:
    """Each column that refers to a table: by a foreign key, or by what a column beside says."""
    for name, table in metadata.tables.items():
        if name in _NOT_BUILT:
            continue
        for column in table.c:
            for key in column.foreign_keys:
                if key.column.table.name != "owner":
                    yield name, column.name, key.column.table.name, []
    for name, kind, column_name, targets in _POINTERS:
        for value, target in targets.items():
            yield name, column_name, target, [metadata.tables[name].c[kind] == value]


def _stands() -> ColumnElement[bool]:
    """SQL: the event is not that of an import undone."""
    event, batch = metadata.tables["event"], metadata.tables["import_batch"]
    undone = select(batch.c.id).where(batch.c.undone_at.is_not(None))
    return or_(event.c.batch_id.is_(None), event.c.batch_id.not_in(undone))


def _has_worked_on_tasks(session: Session, batch_id: int) -> bool:
    """Whether a task of the import has been moved, or a year it brought been opened on purpose."""
    event, task = metadata.tables["event"], metadata.tables["task"]
    touched = select(event.c.row_id).where(
        event.c.table_name == "task", event.c.row_id.is_not(None), _stands()
    )
    statement = select(task.c.id).where(
        task.c.id.in_(touched),
        or_(task.c.batch_id == batch_id, of_subjects(batch_id)),
    )
    return session.execute(statement.limit(1)).first() is not None


def of_subjects(batch_id: int) -> ColumnElement[bool]:
    """SQL: the tasks of pupils and places that the import added."""
    task = metadata.tables["task"]
    return or_(
        task.c.school_id.in_(inserted(batch_id, "school")),
        *(
            and_(task.c.scope == scope, task.c.subject_id.in_(inserted(batch_id, scope)))
            for scope in ("pupil", "unit", "school", "network")
        ),
    )


def _name(session: Session, table: str, row_id: int) -> str:
    """A row by the ids people know."""
    stored = metadata.tables[table]
    row = session.execute(select(stored).where(stored.c.id == row_id)).mappings().first()
    if row is None:
        return _("nr. {n}").format(n=row_id)
    if "key" in row:
        return str(row["key"])
    for column, target in (("pupil_id", "pupil"), ("person_id", "person"), ("school_id", "school")):
        if row.get(column) is not None:
            return _name(session, target, row[column])
    if table == "happening":
        return f"{row['step']} {_name(session, str(row['scope']), row['subject_id'])}"
    return _("nr. {n}").format(n=row_id)
