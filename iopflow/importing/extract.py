"""What stands in the database as the cells of the import tables: to be put right, and read again.

The columns are those that an import reads, and the import is the judge: before anything is given
out it is read as a file would be, and a row that would not come back as it stands stays out. So
what is taken out and read again untouched changes nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow import importing
from iopflow.clock import local_date
from iopflow.importing import values as v
from iopflow.importing.known import READ, Known
from iopflow.importing.mending import Mending
from iopflow.importing.reading import Source
from iopflow.importing.rows import BadRow, Layout
from iopflow.importing.sheets import sheet_of
from iopflow.importing.tables import BY_FILE, TABLES, Column, Table
from iopflow.importing.workbook import Cells
from iopflow.models import NEVER_IMPORTED, Scope, metadata
from iopflow.queries.access import Viewer, visible_schools
from iopflow.queries.imports import Importer, importer
from iopflow.queries.rules import Rules
from iopflow.roles import ROLES, Action, Place, Sight

Row = list[v.Cell]
Numbers = frozenset[int]
# Tables of what is about pupils, and of what happened: whoever sees no pupils gets none of them.
OF_PUPILS = frozenset(
    {
        *("pupils", "enrolments", "assessments", "vedtak", "consents", "happenings"),
        *("appeals", "pauses", "moves", "supports"),
    }
)
# What the schools share: changed by those who import for all of them, and else only looked up in.
SHARED = frozenset({"people", "ppt_offices"})


@dataclass(frozen=True, slots=True)
class Left:
    """A row that a file could not bring back: its table and id, the column at fault, and why."""

    table: str
    key: str
    column: str = ""
    reason: str = ""


@dataclass(slots=True)
class Extract:
    """Rows by table, in the order of TABLES; `shared` are those of them only to look up in."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    schools: list[str] = field(default_factory=list)
    pupils: set[int] = field(default_factory=set)
    shared: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far somebody sees and imports; None is all of the owner's.

    `schools` are those whose places and roles go out, `homes` those whose pupils do, `figures`
    those whose registered figures do; `talks` is whether talks do, and `protected` whether pupils
    with a protected address do.
    """

    by: Importer
    schools: Numbers | None
    homes: Numbers | None
    figures: Numbers | None
    protected: bool
    talks: bool

    @property
    def gives_pupils(self) -> bool:
        """Whether anything of pupils goes out."""
        return self.homes is None or bool(self.homes)

    @property
    def tables(self) -> list[Table]:
        """Those of which somebody who reaches so far can have anything."""
        without = set() if self.gives_pupils else set(OF_PUPILS)
        if self.figures is not None and not self.figures:
            without.add("values")
        return [table for table in TABLES if table.file not in without]


def reach(session: Session, viewer: Viewer, *, school: int | None = None) -> Reach:
    """How far the viewer sees and imports, perhaps at one school alone.

    Whoever administers imports everything and sees no pupils: only a role at the school shows them.
    """
    by = importer(session, viewer)
    if viewer.is_everyone:
        only = None if school is None else frozenset({school})
        return Reach(by, only, only, only, protected=True, talks=True)
    there = [
        grant
        for grant in viewer.grants
        if grant.place is Place.SCHOOL and Action.IMPORT in ROLES[grant.role].may
    ]
    figures = {one.number for one in visible_schools(viewer, session, Action.FIGURES)}

    def kept(numbers: Collection[int]) -> Numbers:
        return frozenset(numbers if school is None else {school} & set(numbers))

    if by.schools is None:
        schools = None if school is None else frozenset({school})
    else:
        schools = kept(by.schools)
        figures &= by.schools
    return Reach(
        by,
        schools,
        kept({grant.at_id for grant in there}),
        kept(figures),
        protected=all(grant.sees_protected for grant in there),
        talks=all(ROLES[grant.role].sight is Sight.ALL for grant in there),
    )


def extract(
    session: Session,
    rules: Rules,
    reaching: Reach,
    *,
    owner: tuple[int, str],
    now: datetime,
    tables: Collection[str] = tuple(BY_FILE),
) -> Extract:
    """The rows of an owner (number and id) that go out, as an import reads them back unchanged."""
    wanted = [one for one in reaching.tables if one.file in tables]
    reader = _Reader(session, rules, reaching, owner, now)
    found = {table.file: reader.rows(table) for table in wanted}
    made = Extract(schools=reader.school_names())
    if reaching.by.schools is not None:
        made.shared = [file for file in found if file in SHARED]
    made.left = _try(session, rules, reaching.by, owner[1], now, found, made)
    made.pupils = {
        pupil for file, rows in found.items() for pupil in reader.pupils_in(file, made.rows[file])
    }
    return made


def _try(
    session: Session,
    rules: Rules,
    by: Importer,
    owner: str,
    now: datetime,
    found: Mapping[str, Sequence[Row]],
    made: Extract,
) -> list[Left]:
    """Reads the rows as an import would; keeps those that it would leave as they are."""
    sheets = {}
    for file, rows in found.items():
        table = BY_FILE[file]
        header = [column.name for column in table.columns]
        sheets[file] = sheet_of(file, table, Cells(file, [header, *rows]), Mending())
    if not sheets:
        return []
    plan = importing.plan(session, Source("", sheets), rules, owner=owner, now=now, by=by)
    wrong: dict[str, set[int]] = {file: set() for file in found}
    for refused in plan.refused:
        wrong[refused.file].add(refused.row)
    for table_plan in plan.parts[0].tables:
        changed = (*table_plan.added, *table_plan.changed)
        wrong[table_plan.file] |= {row.number for row in changed}
    for file, rows in found.items():
        kept = (row for number, row in enumerate(rows, start=2) if number not in wrong[file])
        made.rows[file] = list(kept)
    why = {(one.file, one.row): (one.column, one.reason) for one in reversed(plan.refused)}
    return [
        Left(file, _key_of(BY_FILE[file], found[file][number - 2]), *why.get((file, number), ()))
        for file, numbers in wrong.items()
        for number in sorted(numbers)
    ]


def _key_of(table: Table, row: Row) -> str:
    return " ".join(
        str(cell) for column, cell in zip(table.columns, row, strict=True) if column.key and cell
    )


class _Reader:
    """Reads the rows of one owner that go out."""

    def __init__(
        self,
        session: Session,
        rules: Rules,
        reaching: Reach,
        owner: tuple[int, str],
        now: datetime,
    ) -> None:
        self._session = session
        self._reach = reaching
        self._owner_id, self._owner = owner
        self._today = local_date(now)
        self._known = Known(session, rules, self._owner, self._owner_id)
        self._named: dict[str, dict[int, str]] = {}
        self._goes: Mapping[str, Callable[[Any], bool]] = {
            "schools": lambda row: self._at(row.id),
            "people": lambda row: self._reach.schools is None or row.id in self._holders,
            "ppt_offices": lambda _row: True,
            "pupils": lambda row: row.id in self._pupils,
            "roles": self._role,
            "enrolments": self._enrolment,
            "happenings": self._happening,
            "values": lambda row: _is_in(row.school_id, self._reach.figures),
        }

    def school_names(self) -> list[str]:
        """Whose rows they are, by name."""
        school = metadata.tables["school"]
        named = select(school.c.id, school.c.name).where(school.c.owner_id == self._owner_id)
        return sorted(name for number, name in self._session.execute(named) if self._at(number))

    def rows(self, table: Table) -> list[Row]:
        """The rows of a table that go out, in the order of their keys."""
        goes = self._goes.get(table.file, self._usual)
        writers = [self._writer(column) for column in table.columns]
        keys = [place for place, column in enumerate(table.columns) if column.key]
        found = [[write(row) for write in writers] for row in self._stored(table) if goes(row)]
        return sorted(found, key=lambda cells: [str(cells[place]) for place in keys])

    def pupils_in(self, file: str, rows: Sequence[Row]) -> set[int]:
        """The numbers of the pupils that the rows speak of."""
        ids = self._known.ids("pupil")
        place = next(
            (
                place
                for place, column in enumerate(BY_FILE[file].columns)
                if column.name in {"pupil", "subject", "at"}
            ),
            None,
        )
        if place is None:
            return set()
        keys = (str(row[place]).removeprefix("pupil:") for row in rows)
        return {ids[key] for key in keys if key in ids}

    def _stored(self, table: Table) -> Any:
        stored = metadata.tables[table.stored]
        layout = Layout(table, tuple(column.name for column in table.columns))
        names = dict.fromkeys(
            ("id", *layout.stored, *(name for name in ("for_id",) if name in stored.c))
        )
        asked = select(*(stored.c[name] for name in names)).where(
            stored.c.owner_id == self._owner_id
        )
        # Rows of one key, as two delays of a step, stand in the order in which they came.
        asked = asked.order_by(stored.c.id).execution_options(yield_per=READ)
        return self._session.execute(asked)

    # ------------------------------------------------------------------ cells

    def _writer(self, column: Column) -> Callable[[Any], v.Cell]:
        """How a column is written of a row."""
        stored, ref = column.stored, column.ref
        if column.name == "at":
            return lambda row: f"{row.at_kind}:{self._key(row.at_kind, row.at_id)}"
        if column.name == "subject":
            return lambda row: self._key(str(row.scope), row.subject_id)
        if stored == "owner_key":
            return lambda _row: self._owner
        if ref is not None:
            return lambda row: self._key(ref, getattr(row, str(stored)))
        return lambda row: v.written(column.parse, getattr(row, str(stored)))

    def _key(self, kind: str, number: int | None) -> str:
        if kind not in self._named:
            self._named[kind] = {number: key for key, number in self._known.ids(kind).items()}
        return "" if number is None else self._named[kind].get(number, str(number))

    # ------------------------------------------------------------------ what goes out

    @cached_property
    def _pupils(self) -> set[int]:
        """Those of whom the rows go out: not who is somebody else's row, nor who is elsewhere."""
        pupil = metadata.tables["pupil"]
        asked = select(pupil.c.id, pupil.c.protected).where(
            pupil.c.owner_id == self._owner_id, pupil.c.merged_into.is_(None)
        )
        homes = self._reach.homes
        return {
            number
            for number, protected in self._session.execute(asked)
            if (self._reach.protected or not protected)
            and (homes is None or self._known.is_here(number, homes, self._today))
        }

    @cached_property
    def _holders(self) -> set[int]:
        """Whose roles go out."""
        rows = self._stored(BY_FILE["roles"])
        return {row.person_id for row in rows if self._role(row)}

    def _at(self, school: int) -> bool:
        return _is_in(school, self._reach.schools)

    def _usual(self, row: Any) -> bool:
        """A row of a pupil, or of a school."""
        return row.pupil_id in self._pupils if hasattr(row, "pupil_id") else self._at(row.school_id)

    def _enrolment(self, row: Any) -> bool:
        return row.pupil_id in self._pupils and _is_in(row.school_id, self._reach.homes)

    def _role(self, row: Any) -> bool:
        """A role that the importer may give; a substitute's is given in the product alone."""
        by = self._reach.by
        if row.for_id is not None or (by.gives is not None and row.role not in by.gives):
            return False
        if by.person_id is not None and row.person_id == by.person_id:
            return False
        if row.at_kind == Place.PUPIL:
            return row.at_id in self._pupils
        if row.at_kind == Place.UNIT:
            return self._at(self._known.units[row.at_id][1])
        return self._at(row.at_id) if row.at_kind == Place.SCHOOL else self._reach.schools is None

    def _happening(self, row: Any) -> bool:
        if row.what in NEVER_IMPORTED or not self._shows(row.step):
            return False
        homes = self._reach.homes
        if row.scope is Scope.PUPIL:
            return row.subject_id in self._pupils
        if row.scope is Scope.UNIT:
            return _is_in(self._known.units[row.subject_id][1], homes)
        return _is_in(row.subject_id, homes) if row.scope is Scope.SCHOOL else homes is None

    def _shows(self, step: str) -> bool:
        """Whether what happened on a step may be seen; of one that no wheel has, only by all."""
        if self._reach.talks:
            return True
        try:
            return self._known.step(step).kind != "conversation"
        except BadRow:
            return False


def _is_in(number: int, some: Numbers | None) -> bool:
    return some is None or number in some
