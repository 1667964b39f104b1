"""Applying a plan: set-based, in one transaction, through the ledger; then the years it needs open."""

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change
from iopflow.engine.opening import Opened, open_needed
from iopflow.importing.plan import Plan, Progress, Row, TablePlan
from iopflow.importing.tables import Table
from iopflow.models import metadata
from iopflow.queries.rules import Rules

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
    """What was written: the batch that can be undone, and the years that were opened."""

    batch_id: int
    opened: list[Opened] = field(default_factory=list)


def apply(
    session: Session, plan: Plan, rules: Rules, *, act: Act, progress: Progress | None = None
) -> Applied:
    """Writes the accepted rows of a plan. The caller commits, or does not."""
    numbers: dict[int, int] = {}
    owner_id = plan.owner_id
    if owner_id is None:
        owner = metadata.tables["owner"]
        owner_id = int(
            session.execute(
                insert(owner).values(key=plan.owner_key).returning(owner.c.id)
            ).scalar_one()
        )
    numbers[plan.owner_number] = owner_id
    batch_id = _batch(session, plan, owner_id, act)
    act = replace(act, batch_id=batch_id)
    if plan.networks:
        rows = [{"owner_id": owner_id, "key": key} for key in plan.networks]
        ids = ledger.insert_rows(session, "network", rows, act)
        numbers |= dict(zip(plan.networks.values(), ids, strict=True))
    for done, table in enumerate(plan.tables):
        _write(session, table, owner_id, numbers, act)
        if progress is not None:
            progress(table.file, done + 1, len(plan.tables))
    opened = open_needed(session, rules, owner_id=owner_id, years=plan.years, act=act)
    return Applied(batch_id, opened)


def _batch(session: Session, plan: Plan, owner_id: int, act: Act) -> int:
    table = metadata.tables["import_batch"]
    values = {
        "owner_id": owner_id,
        "at": act.at,
        "actor_id": act.actor_id,
        "source": plan.source,
    }
    number: int = session.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
    return number


def _write(
    session: Session, plan: TablePlan, owner_id: int, numbers: dict[int, int], act: Act
) -> None:
    table = plan.table
    for group in _waves(table, plan.added):
        rows = [_real(row.values, numbers) | {"owner_id": owner_id} for row in group]
        ids = ledger.insert_rows(session, table.stored, rows, act)
        numbers.update(zip((row.row_id for row in group), ids, strict=True))
    ledger.update_rows(
        session,
        table.stored,
        (
            Change(
                row.row_id,
                row.before,
                _real(row.after, numbers),
                owner_id,
                row.values.get("pupil_id"),
            )
            for row in plan.changed
        ),
        act,
    )


def _waves(table: Table, rows: list[Row]) -> list[list[Row]]:
    """Units under other units come after them; all other tables go in one wave."""
    if table.file != "units":
        return [rows]
    top = [row for row in rows if row.values.get("parent_id") is None]
    return [top, [row for row in rows if row.values.get("parent_id") is not None]]


def _real(values: dict[str, Any], numbers: dict[int, int]) -> dict[str, Any]:
    """The values with provisional numbers made real."""
    return {
        name: numbers.get(value, value) if name in REFERENCES else value
        for name, value in values.items()
    }
