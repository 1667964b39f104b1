"""What an import would do, before anything is written: the dry run, and what `apply` is given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.importing.known import Known
from iopflow.importing.limits import EVERYTHING
from iopflow.importing.namesakes import Namesakes
from iopflow.importing.owners import keepers, owner_keys
from iopflow.importing.planner import Planner
from iopflow.importing.pupillist import split
from iopflow.importing.reading import Source
from iopflow.importing.rows import Refusal, Row
from iopflow.importing.tableplan import TablePlan
from iopflow.importing.tables import TABLES
from iopflow.queries.imports import Importer
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that an import changes: the row by its ids, as in the file."""

    table: str
    key: tuple[str, ...]
    column: str
    before: str
    after: str
    pupil_id: int | None = None


@dataclass(slots=True)
class Part:
    """The import of one owner's rows."""

    owner_key: str
    owner_id: int | None
    known: Known
    tables: list[TablePlan]
    networks: dict[str, int]  # new ones, by provisional number
    years: set[Year]
    namesakes: list[Namesakes]


@dataclass(slots=True)
class Plan:
    """The whole import, not yet applied; a part per owner that the files name."""

    source: str
    now: datetime
    rules: Rules
    parts: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # how a list was read

    @property
    def owner_key(self) -> str:
        """Whose data it is."""
        return ", ".join(part.owner_key for part in self.parts)

    @property
    def owner_id(self) -> int | None:
        """The owner's number; None for a new owner, and where there are several."""
        return self.parts[0].owner_id if len(self.parts) == 1 else None

    @property
    def years(self) -> set[Year]:
        """The school years that the rows speak of."""
        return set[Year]().union(*(part.years for part in self.parts))

    @property
    def summary(self) -> list[dict[str, Any]]:
        """One entry per table of the import (contract: import)."""
        entries: dict[str, dict[str, Any]] = {}
        for table in self._tables():
            mine = table.to_json()
            entry = entries.setdefault(mine["table"], {**mine, **dict.fromkeys(_COUNTS, 0)})
            for name in _COUNTS:
                entry[name] += mine[name]
        return [entries[table.file] for table in TABLES if table.file in entries]

    @property
    def refused(self) -> list[Refusal]:
        """Every refused row, in the order of the files."""
        order = {table.file: place for place, table in enumerate(TABLES)}
        tables = sorted(self._tables(), key=lambda one: order[one.table.file])
        # A row of a list is split over tables, and what is wrong with a cell is told once.
        told: dict[tuple[str, int, str], Refusal] = {}
        for one in (one for table in tables for one in table.refused):
            told.setdefault((one.file, one.row, one.column), one)
        return list(told.values())

    @property
    def namesakes(self) -> list[Namesakes]:
        """Pupils of one name in one class: a question, that stops nothing."""
        return [one for part in self.parts for one in part.namesakes]

    @property
    def warnings(self) -> list[str]:
        """What is left as it stands though the files say otherwise, and what to do about them."""
        return list(dict.fromkeys(one for table in self._tables() for one in table.warnings))

    @property
    def unlikely(self) -> list[str]:
        """Figures that are taken though they are far from those of the year before."""
        return [one for table in self._tables() for one in table.unlikely]

    @property
    def changes_something(self) -> bool:
        """Whether applying it would write anything."""
        return any(table.added or table.changed for table in self._tables())

    def changes(self, table: str) -> list[Difference]:
        """What a table's changed rows held, and what they would hold: a line per cell."""
        return [
            one
            for part in self.parts
            for plan in part.tables
            if plan.table.file == table
            for row in plan.changed
            for one in _differences(part.known, plan, row)
        ]

    def absent(self, table: str) -> list[int]:
        """The numbers of the pupils, people or places the files speak of and lack."""
        return [one for plan in self._tables() if plan.table.file == table for one in plan.absent]

    def cells(self, file: str, row: int) -> list[str]:
        """A refused row as it stood in its file."""
        found = (one.cells[row] for one in self._tables() if one.file == file and row in one.cells)
        return next(found, [])

    def _tables(self) -> Iterator[TablePlan]:
        return (table for part in self.parts for table in part.tables)


_COUNTS = ("added", "changed", "unchanged", "refused", "missing")


def plan(
    session: Session,
    source: Source,
    rules: Rules | None = None,
    *,
    owner: str | None = None,
    now: datetime,
    by: Importer = EVERYTHING,
    progress: Progress | None = None,
) -> Plan:
    """Compares a source with the database: pure reading.

    `owner` takes only that owner's rows, and is needed where neither the files nor the database
    name one; `by` says who imports, and so which rows may be touched and which roles given.
    Raises BadFile.
    """
    made = Plan(source.name, now, rules or Rules())
    keys = owner_keys(session, source, owner)
    source, made.notes = split(session, source, owners=keys, today=local_date(now), by=by)
    keep = keepers(session, source, keys, only=owner)
    for key in keys:
        planner = Planner(
            session,
            source,
            made.rules,
            owner=key,
            now=now,
            by=by,
            keep=keep[key],
            progress=progress,
        )
        tables = planner.plan()
        made.parts.append(
            Part(
                key,
                planner.owner_id,
                planner.known,
                tables,
                planner.networks,
                planner.years,
                planner.namesakes,
            )
        )
    return made


def _differences(known: Known, plan: TablePlan, row: Row) -> Iterator[Difference]:
    columns = {column.stored: column for column in plan.table.columns if column.stored}

    def shown(name: str, value: Any) -> str:
        column = columns.get(name)
        if value is None:
            return ""
        if column is not None and column.ref is not None:
            return known.id_of(column.ref, value)
        if name == "year":
            return str(Year(value))
        if isinstance(value, bool):
            return "ja" if value else "nei"
        return str(value)

    key = tuple(shown(name, row[name]) for name in plan.table.key)
    pupil = plan.pupil_of(row)
    for name, before in row.before.items():
        if name in columns:
            yield Difference(
                plan.table.file,
                key,
                columns[name].name,
                shown(name, before),
                shown(name, row[name]),
                pupil,
            )
