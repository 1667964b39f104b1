"""What an import would do: every row added, changed, unchanged or refused, before anything is written.

New rows get provisional numbers below zero, so that rows may refer to rows of the same import; they
become real numbers when the plan is applied.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.importing.reading import BadFile, Source
from iopflow.importing.tables import TABLES, Column, Table
from iopflow.importing.values import BadCell
from iopflow.models import Owner, metadata
from iopflow.queries.places import KINDS
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.wheel import Step, WheelError

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not taken: where it stands, why, and what to write instead."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    remedy: str

    def sentence(self) -> str:
        """As a person reads it."""
        return _("{file} rad {row}, {column} «{value}»: {reason}; {remedy}.").format(
            file=self.file,
            row=self.row,
            column=self.column,
            value=self.value,
            reason=self.reason,
            remedy=self.remedy,
        )


class BadRow(Exception):
    """Raised by a rule: the column at fault, why, and the remedy."""

    def __init__(self, column: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason
        self.remedy = remedy


@dataclass(slots=True)
class Row:
    """One accepted row: its place in the file, its columns for the database, what it changes.

    `row_id` is the row of the database it matches, or a provisional number below zero.
    """

    number: int
    values: dict[str, Any]
    row_id: int = 0
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether the database lacks it."""
        return self.row_id < 0


@dataclass(slots=True)
class TablePlan:
    """What would happen to one table."""

    table: Table
    file: str
    columns: tuple[str, ...]
    added: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    unchanged: int = 0
    missing: int = 0
    refused: list[Refusal] = field(default_factory=list)
    cells: dict[int, list[str]] = field(default_factory=dict)  # of the refused rows

    def to_json(self) -> dict[str, Any]:
        """The entry of the contract."""
        return {
            "table": self.table.file,
            "added": len(self.added),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "refused": len({one.row for one in self.refused}),
            "missing": self.missing,
        }


@dataclass(slots=True)
class Plan:
    """The whole import, not yet applied."""

    source: str
    owner_key: str
    owner_id: int | None
    now: datetime
    tables: list[TablePlan]
    owner_number: int  # provisional where the owner is new
    networks: dict[str, int]  # new ones, by provisional number
    years: set[Year]

    @property
    def summary(self) -> list[dict[str, Any]]:
        """One entry per table of the import."""
        return [table.to_json() for table in self.tables]

    @property
    def refused(self) -> list[Refusal]:
        """Every refused row, in the order of the files."""
        return [one for table in self.tables for one in table.refused]

    @property
    def changes_something(self) -> bool:
        """Whether applying it would write anything."""
        return any(table.added or table.changed for table in self.tables)


class Planner:
    """Compares a source with the database of one owner."""

    def __init__(
        self,
        session: Session,
        source: Source,
        rules: Rules,
        *,
        owner: str | None,
        now: datetime,
        schools: set[int] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.session = session
        self.source = source
        self.rules = rules
        self.now = now
        self.today = local_date(now)
        self.owner_key = owner or _only_owner(session, source)
        self.owner_id = session.execute(
            select(Owner.id).where(Owner.key == self.owner_key)  # type: ignore[call-overload]
        ).scalar()
        self.allowed_schools = schools
        self.progress = progress
        self.ids: dict[str, dict[str, int]] = {}
        self.existing: dict[str, dict[tuple[Any, ...], Any]] = {}
        self.refused_ids: dict[tuple[str, str], tuple[str, int]] = {}
        self.networks: dict[str, int] = {}
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {}
        self._accepted: dict[tuple[str, int], Row] = {}
        self._by_number: dict[str, dict[int, Any]] = {}
        self.years: set[Year] = set()
        self._next = 0
        self.owner_number = self.owner_id or self._provisional()
        self.ids["owner"] = {self.owner_key: self.owner_number}
        self._steps: dict[str, Step] | None = None

    def plan(self) -> Plan:
        """Reads every sheet in the order of TABLES."""
        from iopflow.importing.rules import SET_RULES  # noqa: PLC0415 - the rules know the planner

        plans = []
        for table in TABLES:
            self.rows[table.file] = {}
            sheet = self.source.sheets.get(table.file)
            if sheet is None:
                continue
            made = TablePlan(table, sheet.file, sheet.columns)
            self._read(made, sheet.rows)
            for rule in SET_RULES.get(table.file, ()):
                for row, bad in rule(self, list(self.rows[table.file].values())):
                    self._refuse(made, row.number, sheet.rows, bad)
                    self.rows[table.file].pop(self._key(table, row.values))
            self._compare(made)
            plans.append(made)
        return Plan(
            self.source.name,
            self.owner_key,
            self.owner_id,
            self.now,
            plans,
            self.owner_number,
            self.networks,
            self.years,
        )

    # ------------------------------------------------------------------ reading rows

    def _read(self, plan: TablePlan, rows: Sequence[tuple[int, list[str]]]) -> None:
        from iopflow.importing.rules import ORDER, ROW_RULES  # noqa: PLC0415 - see plan

        table = plan.table
        self._load(table)
        seen = self.rows[table.file]
        rule = ROW_RULES.get(table.file)
        order = ORDER.get(table.file)
        if order is not None:
            rows = sorted(rows, key=lambda row: order(dict(zip(plan.columns, row[1], strict=False))))
        first: dict[tuple[Any, ...], int] = {}
        for done, (number, cells) in enumerate(rows):
            try:
                row = self._row(plan, number, cells)
                if rule is not None:
                    rule(self, row)
                key = self._key(table, row.values)
                if key in first:
                    raise BadRow(
                        next(column.name for column in table.columns if column.key),
                        _("samme nøkkel som rad {row}").format(row=first[key]),
                        _("behold én av radene"),
                    )
            except BadRow as bad:
                self._refuse(plan, number, rows, bad, cells)
                continue
            first[key] = number
            row.row_id = self._number(table, key)
            seen[key] = row
            self._accepted[table.file, row.row_id] = row
            self._remember(table, row)
            if self.progress is not None and done % 5000 == 0:
                self.progress(plan.file, done, len(rows))

    def _row(self, plan: TablePlan, number: int, cells: list[str]) -> Row:
        if len(cells) > len(plan.columns) and any(cells[len(plan.columns) :]):
            raise BadRow(
                "-",
                _("raden har {n} celler, overskriften {m}").format(
                    n=len(cells), m=len(plan.columns)
                ),
                _("fjern skilletegnet for mye, eller sett verdien i anførselstegn"),
            )
        values: dict[str, Any] = {}
        for place, name in enumerate(plan.columns):
            column = plan.table.column(name)
            cell = cells[place] if place < len(cells) else ""
            value = self._cell(column, cell)
            if column.ref is not None and value is not None:
                value = self.resolve(column.name, column.ref, value)
            values[column.stored or f":{column.name}"] = value
        return Row(number, values)

    def _cell(self, column: Column, cell: str) -> Any:
        if not cell:
            if column.required:
                raise BadRow(
                    column.name, _("er tom"), _("skriv {meaning}").format(meaning=column.meaning)
                )
            return column.empty
        try:
            return column.parse(cell)
        except BadCell as bad:
            raise BadRow(column.name, bad.reason, bad.remedy) from bad

    def resolve(self, column: str, kind: str, key: str) -> int:
        """The number of what an id points at, in the database or in this import. Raises BadRow."""
        found = self._known(kind).get(key)
        if found is not None:
            return found
        if kind == "network" and column == "network":
            self.networks[key] = self.ids["network"][key] = self._provisional()
            return self.networks[key]
        place = self.refused_ids.get((kind, key))
        if place is not None:
            raise BadRow(
                column,
                _("raden den viser til er avvist ({file} rad {row})").format(
                    file=place[0], row=place[1]
                ),
                _("rett den raden først"),
            )
        raise BadRow(
            column,
            _("finnes ikke"),
            _("legg den til i {file}, eller rett id-en").format(file=f"{_FILES[kind]}.csv"),
        )

    def _known(self, kind: str) -> dict[str, int]:
        if kind not in self.ids:
            table: Any = metadata.tables[KINDS[kind].__tablename__]  # type: ignore[index]
            self.ids[kind] = {
                key: row_id
                for row_id, key in self.session.execute(
                    select(table.c.id, table.c.key).where(table.c.owner_id == self.owner_id)
                )
            }
        return self.ids[kind]

    def _remember(self, table: Table, row: Row) -> None:
        kind = _KINDS.get(table.file)
        if kind is not None:
            self._known(kind)[row.values["key"]] = row.row_id

    def _refuse(
        self,
        plan: TablePlan,
        number: int,
        rows: Iterable[tuple[int, list[str]]],
        bad: BadRow,
        cells: list[str] | None = None,
    ) -> None:
        if cells is None:
            cells = next(row for row_number, row in rows if row_number == number)
        place = plan.columns.index(bad.column) if bad.column in plan.columns else None
        value = cells[place] if place is not None and place < len(cells) else ""
        plan.refused.append(
            Refusal(plan.file, number, bad.column, value, bad.reason, bad.remedy)
        )
        plan.cells[number] = cells
        kind = _KINDS.get(plan.table.file)
        if kind is not None:
            key = cells[plan.columns.index(plan.table.columns[0].name)]
            if key not in self._known(kind):
                self.refused_ids[kind, key] = (plan.file, number)

    # ------------------------------------------------------------------ comparing

    def _load(self, table: Table) -> None:
        """The owner's rows of a table, by natural key."""
        stored = metadata.tables[table.stored]
        self.existing[table.file] = {
            tuple(getattr(row, name) for name in table.key): row
            for row in self.session.execute(select(stored).where(stored.c.owner_id == self.owner_id))
        }

    def _key(self, table: Table, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(values.get(name, "") for name in table.key)

    def _number(self, table: Table, key: tuple[Any, ...]) -> int:
        there = self.existing[table.file].get(key)
        return there.id if there is not None else self._provisional()

    def _provisional(self) -> int:
        self._next -= 1
        return self._next

    def _compare(self, plan: TablePlan) -> None:
        existing = self.existing[plan.table.file]
        rows = self.rows[plan.table.file]
        received = "recorded_at" in metadata.tables[plan.table.stored].c
        for key, row in rows.items():
            values = {name: value for name, value in row.values.items() if name[0] != ":"}
            values.pop("owner_key", None)
            if values.get("recorded_on", 0) is None:
                del values["recorded_on"]  # an empty day means the day of the first import
            there = existing.get(key)
            if there is None:
                if received:
                    values.setdefault("recorded_on", self.today)
                    values["recorded_at"] = self.now
                row.values = values
                plan.added.append(row)
                continue
            after = {name: value for name, value in values.items() if getattr(there, name) != value}
            if not after:
                plan.unchanged += 1
                continue
            if received:
                after["recorded_at"] = self.now
            row.after = after
            row.before = {name: getattr(there, name) for name in after}
            plan.changed.append(row)
        plan.missing = self._missing(plan.table, existing, rows)

    def _missing(
        self, table: Table, existing: Mapping[tuple[Any, ...], Any], rows: Mapping[Any, Row]
    ) -> int:
        """Rows the database has and the file lacks, at the schools that the file speaks of."""
        spoken = {row.values.get("school_id") for row in rows.values()}
        by_school = table.file != "schools" and any(
            column.stored == "school_id" for column in table.columns
        )
        return sum(
            1
            for key, there in existing.items()
            if key not in rows and (not by_school or there.school_id in spoken)
        )

    # ------------------------------------------------------------------ what the rules ask

    def step(self, key: str) -> Step:
        """A step of the wheels of the owner's schools. Raises BadRow with the nearest."""
        if self._steps is None:
            self._steps = self._all_steps()
        if key not in self._steps:
            from iopflow.wheel.fields import nearest  # noqa: PLC0415 - only for a refusal

            raise BadRow(
                "step", _("finnes ikke i årshjulet"), nearest(key, list(self._steps))
            )
        return self._steps[key]

    def _all_steps(self) -> dict[str, Step]:
        stored = metadata.tables["school"]
        names = {
            row.wheel
            for row in self.session.execute(
                select(stored.c.wheel).where(stored.c.owner_id == self.owner_id)
            )
        } | {row.values.get("wheel") for row in self.rows.get("schools", {}).values()}
        return {
            step.key: step
            for name in sorted(names, key=lambda one: one or "", reverse=True)
            for wheel in self.rules.named(name, in_network=True)
            for step in wheel.steps
        }

    def check_wheel(self, name: str) -> None:
        """Raises BadRow unless there is a wheel of that name without mistakes."""
        try:
            self.rules.wheel(name)
        except WheelError as error:
            raise BadRow("wheel", error.problems[0].rstrip("."), _("rett navnet eller hjulet")) from error

    def value_of(self, file: str, row_id: int, column: str) -> Any:
        """A column of a row by its number, as it will stand after the import."""
        row = self._accepted.get((file, row_id))
        if row is not None and column in row.values:
            return row.values[column]
        return getattr(self._stored(file)[row_id], column)

    def _stored(self, file: str) -> dict[int, Any]:
        if file not in self._by_number:
            if file not in self.existing:
                self._load(_TABLE[file])
            self._by_number[file] = {row.id: row for row in self.existing[file].values()}
        return self._by_number[file]

    def merged(self, file: str) -> Iterable[tuple[Row | None, Any]]:
        """Every row of a table as it will stand: (its row in this import or None, its values)."""
        rows = self.rows.get(file, {})
        if file not in self.existing:
            self._load(_TABLE[file])
        for key, there in self.existing[file].items():
            row = rows.get(key)
            yield row, {**there._mapping, **(row.values if row is not None else {})}
        for key, row in rows.items():
            if key not in self.existing[file]:
                yield row, row.values


_TABLE: Mapping[str, Table] = {table.file: table for table in TABLES}
_KINDS: Mapping[str, str] = {
    "schools": "school",
    "units": "unit",
    "ppt_offices": "ppt",
    "people": "person",
    "pupils": "pupil",
}
_FILES: Mapping[str, str] = {kind: file for file, kind in _KINDS.items()} | {
    "network": "schools",
    "owner": "schools",
}


def plan(
    session: Session,
    source: Source,
    rules: Rules,
    *,
    owner: str | None = None,
    now: datetime,
    schools: set[int] | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Compares a source with the database: pure reading.

    `owner` is needed where the files and the database do not name one; `schools` are the only ones
    whose rows may be touched, where the person may not import for all. Raises BadFile.
    """
    made = Planner(
        session, source, rules, owner=owner, now=now, schools=schools, progress=progress
    )
    return made.plan()


def _only_owner(session: Session, source: Source) -> str:
    sheet = source.sheets.get("schools")
    if sheet is not None:
        place = sheet.columns.index("owner")
        named = {cells[place] for _number, cells in sheet.rows if len(cells) > place and cells[place]}
        if len(named) == 1:
            return named.pop()
        if named:
            raise BadFile(
                _("{file} nevner flere skoleeiere ({owners}): importer én om gangen med --owner.").format(
                    file=sheet.file, owners=", ".join(sorted(named))
                )
            )
    keys: list[str] = list(session.execute(select(Owner.key)).scalars())  # type: ignore[call-overload]
    if len(keys) == 1:
        return keys[0]
    raise BadFile(
        _("Hvilken skoleeier gjelder filene? Skriv --owner og en av {owners}.").format(
            owners=", ".join(sorted(keys))
        )
        if keys
        else _("Databasen har ingen skoleeier ennå: legg ved schools.csv, eller skriv --owner.")
    )
