"""The one writer of facts: every change goes through here and leaves an event in its transaction.

Tasks that a year opens or an undone import closes go as sets, and one event says how many.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, delete, insert, update
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.models import metadata
from iopflow.refusals import Refused
from iopflow.texts import _

T = TypeVar("T")
LONGEST_REASON = 500
_READABLE = re.compile(rf"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{{0,{LONGEST_REASON}}}")
_EVENT = insert(metadata.tables["event"])
EXPORT = "export"  # stands where an event names its table, and is none
CHUNK = 2_000  # rows a statement; keeps memory flat whatever the size of an import


class UnreadableReason(Refused):
    """A reason that is too long, or holds what no text holds."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who changes something, when, by what act and why.

    `at` is an aware moment; `actor_id` a person, `token_id` an integration, and both None the
    administrator of an embedded database; `batch_id` the import that the change belongs to.
    """

    kind: str
    at: datetime
    actor_id: int | None = None
    reason: str | None = None
    batch_id: int | None = None
    token_id: int | None = None

    def __post_init__(self) -> None:
        if self.reason is not None and not _READABLE.fullmatch(self.reason):
            raise UnreadableReason(
                _("Begrunnelsen kan ha inntil {n} tegn, uten styretegn: skriv den kortere.").format(
                    n=LONGEST_REASON
                )
            )


@dataclass(frozen=True, slots=True)
class Change:
    """New values for some columns of one row; `before` holds what those columns held."""

    row_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    owner_id: int
    pupil_id: int | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A row taken away, with all that it held."""

    row_id: int
    before: Mapping[str, Any] = field(default_factory=dict)


def day_of(act: Act) -> date:
    """The day in Norway on which an act is recorded."""
    return local_date(act.at)


def insert_rows(
    session: Session, table: str, rows: Iterable[Mapping[str, Any]], act: Act
) -> list[int]:
    """Inserts rows (all with the same columns) and returns their ids in the same order.

    Rows may bring ids of their own, all or none.
    """
    target = metadata.tables[table]
    ids: list[int] = []
    for chunk in chunks(rows):
        new = _insert(session, target, chunk)
        ids += new
        _log(
            session,
            (
                _event(target.name, act, row_id, row["owner_id"], _pupil(target, row_id, row))
                for row_id, row in zip(new, chunk, strict=True)
            ),
        )
    return ids


def _insert(session: Session, target: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Inserts rows and returns their ids. Rows that bring their own go in with one statement."""
    if "id" in rows[0]:
        session.connection().execute(insert(target), rows)
        return [row["id"] for row in rows]
    result = session.connection().execute(_inserting(target), rows)
    return [row_id for (row_id,) in result]


@cache
def _inserting(target: Table) -> ReturningInsert[Any]:
    return insert(target).returning(target.c.id, sort_by_parameter_order=True)


def update_rows(session: Session, table: str, changes: Iterable[Change], act: Act) -> int:
    """Writes only the columns that change. Returns how many rows."""
    target = metadata.tables[table]
    count = 0
    for chunk in chunks(changes):
        by_columns: dict[tuple[str, ...], list[Change]] = {}
        for change in chunk:
            by_columns.setdefault(tuple(sorted(change.after)), []).append(change)
        for columns, same in by_columns.items():
            statement = (
                update(target)
                .where(target.c.id == bindparam("row_id_"))
                .values({name: bindparam(f"new_{name}") for name in columns})
            )
            session.connection().execute(
                statement,
                [
                    {"row_id_": change.row_id}
                    | {f"new_{name}": change.after[name] for name in columns}
                    for change in same
                ],
            )
        _log(
            session,
            (
                _event(
                    target.name,
                    act,
                    change.row_id,
                    change.owner_id,
                    change.pupil_id,
                    before=change.before,
                    after=change.after,
                )
                for change in chunk
            ),
        )
        count += len(chunk)
    return count


def delete_rows(session: Session, table: str, rows: Iterable[Gone], act: Act) -> int:
    """Takes rows away; their whole content stays in the event. Returns how many rows."""
    target = metadata.tables[table]
    count = 0
    for chunk in chunks(rows):
        session.execute(delete(target).where(target.c.id.in_([gone.row_id for gone in chunk])))
        _log(
            session,
            (
                _event(
                    target.name,
                    act,
                    gone.row_id,
                    gone.before["owner_id"],
                    _pupil(target, gone.row_id, gone.before),
                    before=gone.before,
                )
                for gone in chunk
            ),
        )
        count += len(chunk)
    return count


def note_all(
    session: Session, act: Act, table: str, notes: Iterable[tuple[int, Mapping[str, Any]]]
) -> None:
    """One event for a whole batch, where an event per row would say nothing more (a roll-over).

    `notes` are pairs of the owner and what to say.
    """
    for chunk in chunks(notes):
        _log(
            session,
            (_event(table, act, None, owner_id, None, after=after) for owner_id, after in chunk),
        )


def note_rows(session: Session, act: Act, table: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """An event for each row that a set has added, so that the act can be taken back row by row."""
    target = metadata.tables[table]
    count = 0
    for chunk in chunks(rows):
        _log(
            session,
            (
                _event(target.name, act, row["id"], row["owner_id"], _pupil(target, row["id"], row))
                for row in chunk
            ),
        )
        count += len(chunk)
    return count


def note_exports(
    session: Session, act: Act, notes: Iterable[tuple[int, int | None, Mapping[str, Any]]]
) -> None:
    """Events of what was read out of iopflow: they name no row, since none was changed.

    `notes` are the owner, the pupil it is about, and what to say.
    """
    for chunk in chunks(notes):
        _log(
            session,
            (
                _event(EXPORT, act, None, owner_id, pupil_id, after=said)
                for owner_id, pupil_id, said in chunk
            ),
        )


def encode(values: Mapping[str, Any] | None) -> str | None:
    """Column values as JSON that `decode` reads back to the same Python values."""
    if values is None:
        return None
    return json.dumps({name: _plain(value) for name, value in values.items()}, ensure_ascii=False)


def decode(table: str, text: str | None) -> dict[str, Any]:
    """The column values of an event, with the Python types of the table's columns."""
    if text is None:
        return {}
    columns = metadata.tables[table].c
    return {
        name: _typed(_python_type(columns[name].type), value)
        for name, value in json.loads(text).items()
    }


def chunks(rows: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cuts any iterable into lists, so that a generator is never held whole."""
    chunk: list[T] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _log(session: Session, events: Iterable[dict[str, Any]]) -> None:
    session.connection().execute(_EVENT, list(events))


def _event(
    table: str,
    act: Act,
    row_id: int | None,
    owner_id: int,
    pupil_id: int | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "owner_id": owner_id,
        "at": act.at,
        "actor_id": act.actor_id,
        "token_id": act.token_id,
        "act": act.kind,
        "table_name": table,
        "row_id": row_id,
        "pupil_id": pupil_id,
        "before": encode(before),
        "after": encode(after),
        "reason": act.reason,
        "batch_id": act.batch_id,
    }


def _pupil(target: Table, row_id: int, row: Mapping[str, Any]) -> int | None:
    """The pupil an event is about, so that a pupil's whole log is one look-up."""
    if target.name == "pupil":
        return row_id
    if row.get("scope") == "pupil":
        return int(row["subject_id"])
    pupil_id: int | None = row.get("pupil_id")
    return pupil_id


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # datetime is a date
        return value.isoformat()
    return value


def _python_type(kind: Any) -> type[Any]:
    """What a column holds; a type that wraps another (an aware moment) says so of that one."""
    found: type[Any] = getattr(kind, "impl", kind).python_type
    return found


def _typed(kind: type[Any], value: Any) -> Any:
    if value is None:
        return None
    if issubclass(kind, datetime | date):
        return kind.fromisoformat(value)
    return kind(value)
