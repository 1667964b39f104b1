"""The comparison of one owner's files with the database, table by table and without holding either.

Each table: read the rows and find their keys, go once through what the database has, ask the rules
about what would change, then the rules that look across rows.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.importing.across import ACROSS, Across, Figures
from iopflow.importing.ended import Ended
from iopflow.importing.known import KIND_OF, READ, Known
from iopflow.importing.limits import EVERYTHING, LIMITS, NOT_BEYOND
from iopflow.importing.missing import Spoken
from iopflow.importing.namesakes import Namesakes, namesakes
from iopflow.importing.reading import Source
from iopflow.importing.rows import UNREAD, BadRow, Fault, Faults, Layout, Row, Unread
from iopflow.importing.rules import CHECKS, COMPLETIONS, substituting
from iopflow.importing.sheets import Sheet
from iopflow.importing.tableplan import TablePlan
from iopflow.importing.tables import TABLES, Column, Table
from iopflow.importing.values import shielded
from iopflow.models import Owner, metadata
from iopflow.queries.imports import Importer
from iopflow.queries.rules import Rules, is_own
from iopflow.schoolyear import Year
from iopflow.texts import _

Keep = Callable[[Mapping[str, str]], bool]
Incoming = dict[tuple[Any, ...], Row]
EVERY = 5_000  # rows between two words of progress


class Planner:
    """What the rules ask, and the plan of each table."""

    def __init__(
        self,
        session: Session,
        source: Source,
        rules: Rules,
        *,
        owner: str,
        now: datetime,
        by: Importer = EVERYTHING,
        keep: Mapping[str, Keep] | None = None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.session = session
        self.source = source
        self.today = local_date(now)
        self.owner_id: int | None = session.execute(
            select(Owner.id).where(Owner.key == owner)  # type: ignore[call-overload]
        ).scalar()
        self.known = Known(session, rules, owner, self.owner_id)
        self.by = by
        self.networks: dict[str, int] = {}
        self.namesakes: list[Namesakes] = []
        self.starts: set[int] = set()  # the school years that the facts speak of
        self._following: set[int] = set()  # rows of the file at hand, of pupils by a former id
        self._ended = Ended(session, self.owner_id)
        self._keep = keep or {}
        self._progress = progress

    def plan(self) -> list[TablePlan]:
        """Reads every sheet in the order of TABLES."""
        spoken = Spoken(self.known, self.source)
        plans = [
            self._table(table, self.source.sheets[table.file], spoken)
            for table in TABLES
            if table.file in self.source.sheets
        ]
        self.namesakes = namesakes(self, plans)
        return plans

    def _table(self, table: Table, sheet: Sheet, spoken: Spoken) -> TablePlan:
        plan = TablePlan(table, sheet.file, Layout(table, sheet.columns))
        across = ACROSS[table.file](self) if table.file in ACROSS else None
        incoming = self._read(plan, sheet)
        self._refer_late(plan, incoming)
        self._compare(plan, incoming, across, spoken)
        self._check(plan, incoming)
        if across is not None:
            self._look_across(plan, incoming, across)
        if isinstance(across, Figures):
            plan.unlikely += across.unlikely(incoming)
        self._sort(plan, incoming)
        self._fetch_refused(plan, sheet)
        plan.tell(sheet)
        return plan

    @property
    def years(self) -> set[Year]:
        """The school years that the facts speak of."""
        return {Year(start) for start in self.starts}

    # ------------------------------------------------------------------ reading

    def _read(self, plan: TablePlan, sheet: Sheet) -> Incoming:
        """The rows of the file by natural key, with ids looked up."""
        table, layout = plan.table, plan.layout
        keep, completions = self._keep.get(table.file), COMPLETIONS.get(table.file, ())
        references = [
            (layout.index[str(column.stored)], column)
            for column in table.columns
            if column.ref is not None and column.name in layout.columns and not column.late
        ]
        kind = KIND_OF.get(table.file)
        incoming: Incoming = {}
        followers: list[Row] = []
        faults = Faults()
        for done, (number, cells) in enumerate(sheet.rows()):
            if self._progress is not None and done % EVERY == 0:
                self._progress(plan.file, done, max(sheet.lines, done))
            if keep is not None and not keep(dict(zip(layout.columns, cells, strict=False))):
                continue
            self.known.led.clear()
            for bad in sheet.wrong(number):
                faults.add(bad)
            row = layout.unread(number) if faults else layout.read(number, cells, faults)
            for place, column in references:
                self._look_up(row, place, column, faults)
            for complete in completions:
                faults.ask(complete, self, row)
            if not faults and self._follows(plan, row):
                followers.append(row)
                continue
            self._put(incoming, row, faults)
            if faults:
                row.row_id = self._known_number(kind, row)
                self._refuse(plan, row, faults, cells)
                faults = Faults()
            else:
                row.row_id = self._number(kind, row)
        # After the rows that name the pupils by their own ids: those decide.
        self._following = {row.number for row in followers}
        for row in followers:
            self._follow(plan, incoming, row)
        return incoming

    def _follows(self, plan: TablePlan, row: Row) -> bool:
        """Whether a row is of a pupil by the id of one who was merged into that pupil."""
        if plan.table.file == "pupils":
            row["key"] = self.known.staying(row["key"])
        for old, new in self.known.led.items():
            plan.warnings.append(
                _(
                    "Eleven «{old}» er slått sammen med «{new}»: det filen har om «{old}», gjelder "
                    "«{new}», men navn og opplysninger i pupils.csv er latt være. Rett id-en i "
                    "filen."
                ).format(old=old, new=new)
            )
        return bool(self.known.led)

    def _follow(self, plan: TablePlan, incoming: Incoming, row: Row) -> None:
        """Puts in a row that came by a former id, unless the pupil has that row already."""
        first = incoming.get(row.key)
        if first is None:
            incoming[row.key] = row
            row.row_id = self._number(KIND_OF.get(plan.table.file), row)
        elif plan.table.file == "pupils" or first.stored() == row.stored():
            if plan.table.file == "pupils" and row["protected"]:
                first["protected"] = True
            plan.unchanged += 1
        else:
            twin = BadRow(
                plan.table.columns[0].name,
                _("eleven er slått sammen med en annen, som har noe annet i rad {row}").format(
                    row=first.number
                ),
                _("behold én av radene"),
                Fault.TWIN,
            )
            plan.bad[row.number] = Faults([twin])

    def _look_up(self, row: Row, place: int, column: Column, faults: Faults) -> None:
        """Puts the number in the place of an id."""
        if row.values[place] is UNREAD:
            return
        try:
            row.values[place] = self._refer(column.name, str(column.ref), row.values[place])
        except BadRow as bad:
            faults.add(bad)
            row.values[place] = UNREAD

    def _refer(self, column: str, kind: str, key: str | None) -> int | None:
        if key is None:
            return None
        if kind == "network" and key not in self.known.ids(kind):
            self.networks[key] = self.known.ids(kind)[key] = self.known.provisional()
        return self.known.number(column, kind, key)

    def _refer_late(self, plan: TablePlan, incoming: Incoming) -> None:
        """References to rows of the same file, once all of them have numbers."""
        for column in plan.table.columns:
            if not column.late or column.name not in plan.layout.columns:
                continue
            place = plan.layout.index[str(column.stored)]
            for row in plan.broken:
                self._look_up(row, place, column, plan.bad[row.number])
            for row in list(incoming.values()):
                faults = Faults()
                self._look_up(row, place, column, faults)
                if faults:
                    self._take_out(plan, incoming, row, faults)

    def _put(self, incoming: Incoming, row: Row, faults: Faults) -> None:
        """Takes a row in, if all of it could be read; one with the key of another is refused."""
        key = row.key
        first = incoming.get(key)
        if first is not None:
            faults.add(
                BadRow(
                    next(column.name for column in row.layout.table.columns if column.key),
                    _("samme nøkkel som rad {row}").format(row=first.number),
                    _("behold én av radene"),
                    Fault.TWIN,
                )
            )
        elif not faults:
            incoming[key] = row

    def _number(self, kind: str | None, row: Row) -> int:
        """The row's number: of the database, or a provisional one that others may refer to."""
        if kind is None:
            return -1
        ids = self.known.ids(kind)
        if row["key"] not in ids:
            ids[row["key"]] = self.known.provisional()
        return ids[row["key"]]

    def _known_number(self, kind: str | None, row: Row) -> int:
        """The same of a row that is refused; 0 where nobody can tell whether it is new."""
        try:
            return 0 if kind is None else self.known.ids(kind).get(row["key"], -1)
        except Unread:
            return -1

    # ------------------------------------------------------------------ refusing

    def _refuse(self, plan: TablePlan, row: Row, faults: Faults, cells: list[str]) -> None:
        number = row.number
        plan.bad[number] = faults
        plan.broken.append(row)
        plan.cells[number] = cells
        kind = KIND_OF.get(plan.table.file)
        if kind is None:
            return
        place = plan.layout.columns.index(plan.table.columns[0].name)
        key = cells[place] if place < len(cells) else ""
        if key not in self.known.ids(kind):
            self.known.refused[kind, key] = (plan.file, number)

    def _take_out(self, plan: TablePlan, incoming: Incoming, row: Row, faults: Faults) -> None:
        """Refuses a row that was read; the cells are fetched at the end."""
        plan.bad[row.number] = faults
        del incoming[row.key]
        kind = KIND_OF.get(plan.table.file)
        if kind is not None and row.is_new:
            key = row["key"]
            del self.known.ids(kind)[key]
            self.known.refused[kind, key] = (plan.file, row.number)
            self.known.gone[row.row_id] = (plan.file, row.number)

    def _fetch_refused(self, plan: TablePlan, sheet: Sheet) -> None:
        """The cells of refused rows, where they are not kept as they stand in the file."""
        origin = sheet.origin
        wanted = plan.bad.keys() - (plan.cells.keys() if origin is sheet else ())
        if wanted:
            plan.cells.update(pair for pair in origin.rows() if pair[0] in wanted)

    # ------------------------------------------------------------------ comparing

    def _compare(
        self, plan: TablePlan, incoming: Incoming, across: Across | None, spoken: Spoken
    ) -> None:
        """Goes once through the owner's rows: what the file has of them, and what it lacks."""
        if self.owner_id is None:
            return
        stored = metadata.tables[plan.table.stored]
        names = plan.layout.stored
        # (A substitute's role is given in the product: no file speaks of it.)
        received = [name for name in ("recorded_at", "for_id") if name in stored.c]
        statement = select(*(stored.c[name] for name in ("id", *names, *received))).where(
            stored.c.owner_id == self.owner_id
        )
        keys = [names.index(name) + 1 for name in plan.table.key]
        belongs = spoken.belongs(plan.table.file)
        given = [
            (names.index(name) + 1, name, plan.layout.index[name])
            for name in names
            if name in plan.layout.given or name in plan.table.key
        ]
        absent = [
            (names.index(name) + 1, plan.layout.index[name])
            for name in names
            if name not in plan.layout.given and name not in plan.table.key
        ]
        spelled = self._spelled(plan) if plan.table.file in KIND_OF else None
        for there in self.session.execute(statement.execution_options(yield_per=READ)):
            if across is not None:
                across.stored(there)
            row = incoming.get(tuple(there[place] for place in keys))
            stands_in = "for_id" in received and there.for_id is not None
            if row is None and plan.table.file == "pupils" and there.key in self.known.merged:
                continue  # nobody's row any more
            if row is None:
                if not stands_in and (belongs is None or belongs(there)):
                    plan.missing += 1
                    if spelled is not None and there.key not in spelled:
                        plan.absent.append(there[0])
                continue
            if stands_in:
                self._take_out(plan, incoming, row, Faults([substituting()]))
                continue
            row.row_id = there[0]
            for place, index in absent:
                row.values[index] = there[place]
            self._differ(row, there, given)
            if plan.table.file == "pupils" and row.number in self._following:
                # A former id says nothing of the pupil but this, which must not be missed.
                kept = row.before.keys() & {"protected"} if row["protected"] else set()
                row.before = {name: row.before[name] for name in kept}

    @staticmethod
    def _spelled(plan: TablePlan) -> set[str]:
        """The ids in rows that could not be read: what they name is in the file all the same."""
        place = plan.layout.columns.index(plan.table.columns[0].name)
        return {cells[place] for cells in plan.cells.values() if place < len(cells)}

    def _differ(self, row: Row, there: Any, given: list[tuple[int, str, int]]) -> None:
        values = row.values
        for place, name, index in given:
            if values[index] == there[place]:
                continue
            if name == "recorded_on" and values[index] is None:
                values[index] = there[place]  # an empty day means the day of the first import
                continue
            if isinstance(there[place], str) and values[index] == shielded(there[place]):
                values[index] = there[place]  # the apostrophe is of the sheet, not of the name
                continue
            row.before = row.before or {}
            row.before[name] = there[place]
        if (
            row.before
            and row.before.keys() - row.layout.table.comments
            and ("recorded_at" in metadata.tables[row.layout.table.stored].c)
        ):
            row.before["recorded_at"] = there.recorded_at

    # ------------------------------------------------------------------ rules

    def _check(self, plan: TablePlan, incoming: Incoming) -> None:
        """The rules of one row, for the rows that would change something."""
        for row in plan.broken:
            # What can be said of the cells that were read is said at once, not after a correction.
            self._object(plan.table, row, plan.bad[row.number])
        rows: Iterable[Row] = list(incoming.values())
        if plan.table.first is not None:
            column, value = plan.table.first
            rows = sorted(rows, key=lambda row: row[column] != value)
        faults = Faults()
        for row in rows:
            if row.is_new or row.before:
                self._object(plan.table, row, faults)
                if faults:
                    self._take_out(plan, incoming, row, faults)
                    faults = Faults()
                    continue
                if plan.table.file == "roles" and self._leaves_ended(plan, incoming, row):
                    continue
            self._accept(plan.table, row)

    def _leaves_ended(self, plan: TablePlan, incoming: Incoming, row: Row) -> bool:
        """Whether the row would give back a role that somebody ended: it is left, and told."""
        warning = self._ended.warning(row)
        if warning is None:
            return False
        plan.warnings.append(warning)
        plan.unchanged += 1
        del incoming[row.key]
        return True

    def _object(self, table: Table, row: Row, faults: Faults) -> None:
        """All that the rules of one row have against it."""
        for beyond in NOT_BEYOND.get(table.file, ()):
            faults.ask(beyond, self, row)
        limit = LIMITS.get(table.file)
        if self.by.schools is not None and limit is not None:
            faults.ask(limit, self, row, self.by.schools)
        for check in CHECKS.get(table.file, ()):
            faults.ask(check, self, row)

    def _accept(self, table: Table, row: Row) -> None:
        if table.file == "units":
            self.known.units[row.row_id] = (row["kind"], row["school_id"])
        elif table.file == "schools":
            was, _network = self.known.schools.get(row.row_id, (None, None))
            wheel = was if is_own(was) else row["wheel"]  # its own changes are not in the file
            self.known.schools[row.row_id] = (wheel, row["network_id"])

    def _look_across(self, plan: TablePlan, incoming: Incoming, across: Across) -> None:
        """The rules across rows, until they have nothing more to refuse."""
        while bad_rows := dict(across.refuse(incoming)):
            for row, bad in bad_rows.items():
                self._take_out(plan, incoming, row, Faults([bad]))

    def _sort(self, plan: TablePlan, incoming: Incoming) -> None:
        year = plan.layout.index.get("year") if plan.table.opens else None
        for row in incoming.values():
            if row.is_new:
                plan.added.append(row)
            elif row.before:
                plan.changed.append(row)
            else:
                plan.unchanged += 1
            if year is not None:
                self.starts.add(row.values[year])
