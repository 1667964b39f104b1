"""Applying a plan: in sets, in one transaction, through the ledger; then the years it needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change
from iopflow.engine.opening import Opened, open_needed
from iopflow.importing.known import KIND_OF
from iopflow.importing.plan import Part, Plan, Progress
from iopflow.importing.rows import Row
from iopflow.importing.tableplan import TablePlan
from iopflow.models import metadata
from iopflow.queries.rules import Rules

# Columns that hold the number of another row.
REFERENCES = (
    "school_id",
    "unit_id",
    "parent_id",
    "class_id",
    "pupil_id",
    "person_id",
    "ppt_id",
    "network_id",
    "by_id",
    "at_id",
    "subject_id",
)


@dataclass(slots=True)
class Applied:
    """What was written: the batches that can be undone (one per owner), and the years opened."""

    batch_ids: list[int] = field(default_factory=list)
    opened: list[Opened] = field(default_factory=list)

    @property
    def batch_id(self) -> int:
        """The batch, where the files are of one owner."""
        return self.batch_ids[0]


def apply(
    session: Session,
    plan: Plan,
    rules: Rules | None = None,
    *,
    act: Act,
    progress: Progress | None = None,
) -> Applied:
    """Writes the accepted rows of a plan. The caller commits, or does not."""
    applied = Applied()
    for part in plan.parts:
        _apply(session, plan.source, part, rules or plan.rules, act, applied, progress)
    return applied


def _apply(
    session: Session,
    source: str,
    part: Part,
    rules: Rules,
    act: Act,
    applied: Applied,
    progress: Progress | None,
) -> None:
    numbers: dict[int, int] = {}
    owner_id = part.owner_id if part.owner_id is not None else _owner(session, part.owner_key)
    numbers[part.known.ids("owner")[part.owner_key]] = owner_id
    act = replace(act, batch_id=_batch(session, source, owner_id, act))
    applied.batch_ids.append(act.batch_id or 0)
    _networks(session, part, owner_id, numbers, act)
    for done, table in enumerate(part.tables):
        _write(session, table, owner_id, numbers, act)
        if progress is not None:
            progress(table.file, done + 1, len(part.tables))
    # Where nothing changed, nothing new has to be opened.
    if any(table.added or table.changed for table in part.tables):
        applied.opened += open_needed(session, rules, owner_id=owner_id, years=part.years, act=act)


def _owner(session: Session, key: str) -> int:
    owner = metadata.tables["owner"]
    return int(session.execute(insert(owner).values(key=key).returning(owner.c.id)).scalar_one())


def _batch(session: Session, source: str, owner_id: int, act: Act) -> int:
    table = metadata.tables["import_batch"]
    values = {"owner_id": owner_id, "at": act.at, "actor_id": act.actor_id, "source": source}
    return int(session.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def _networks(
    session: Session, part: Part, owner_id: int, numbers: dict[int, int], act: Act
) -> None:
    """The new networks that an accepted row names."""
    used = {
        row["network_id"]
        for table in part.tables
        if table.table.file == "schools"
        for row in (*table.added, *table.changed)
    }
    new = {key: number for key, number in part.networks.items() if number in used}
    rows = [{"owner_id": owner_id, "key": key} for key in new]
    ids = ledger.insert_rows(session, "network", rows, act)
    numbers.update(zip(new.values(), ids, strict=True))


def _write(
    session: Session, plan: TablePlan, owner_id: int, numbers: dict[int, int], act: Act
) -> None:
    received = "recorded_at" in metadata.tables[plan.table.stored].c
    references = [name for name in plan.layout.stored if name in REFERENCES]

    def real(values: dict[str, Any]) -> dict[str, Any]:
        for name in references:
            number = values.get(name)
            if number is not None and number < 0:
                values[name] = numbers[number]
        return values

    def new(rows: Sequence[Row], ids: Sequence[int]) -> Iterator[dict[str, Any]]:
        for row, row_id in zip(rows, ids, strict=True):
            values = real(row.stored())
            values["id"] = row_id
            values["owner_id"] = owner_id
            if received:
                values["recorded_at"] = act.at
                values["recorded_on"] = values["recorded_on"] or ledger.day_of(act)
            yield values

    def changes() -> Iterator[Change]:
        for row in plan.changed:
            values = {name: row[name] for name in row.before if name != "recorded_at"}
            if "recorded_at" in row.before:
                values["recorded_at"] = act.at
            yield Change(row.row_id, row.before, real(values), owner_id, plan.pupil_of(row))

    for rows in _waves(plan):
        ids = new_ids(session, plan.table.stored, len(rows))
        if plan.table.file in KIND_OF:
            numbers.update(zip((row.row_id for row in rows), ids, strict=True))
        ledger.insert_rows(session, plan.table.stored, new(rows, ids), act)
    ledger.update_rows(session, plan.table.stored, changes(), act)


def new_ids(session: Session, table: str, count: int) -> Sequence[int]:
    """Numbers for new rows, so that many go in with one statement.

    SQLite would use the numbers of rows taken away again, and the log of an undone import would
    then speak of somebody else; there is one writer at a time, so counting on is safe.
    """
    if count == 0:
        return ()
    if session.connection().dialect.name == "postgresql":
        numbers = text(
            "SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"
        )
        return [number for (number,) in session.execute(numbers, {"name": table, "count": count})]
    event, target = metadata.tables["event"], metadata.tables[table]
    last = select(func.coalesce(func.max(target.c.id), 0))
    logged = select(func.coalesce(func.max(event.c.row_id), 0)).where(event.c.table_name == table)
    first = 1 + max(session.execute(query).scalar_one() for query in (last, logged))
    return range(first, first + count)


def _waves(plan: TablePlan) -> list[list[Row]]:
    """The new rows, those that others of the same file refer to before the others."""
    if plan.table.first is None:
        return [plan.added]
    column, value = plan.table.first
    return [
        [row for row in plan.added if row[column] == value],
        [row for row in plan.added if row[column] != value],
    ]
