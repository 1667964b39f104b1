"""The rows of an import that cannot be taken, each with the field in which it is put right."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from iopflow.importing import Plan, Refusal
from iopflow.importing.mending import Mending
from iopflow.importing.rows import Fault, shortened
from iopflow.importing.tables import BY_FILE, PUPIL_LIST, READ_AS, Column
from iopflow.importing.values import choices, identity, name
from iopflow.models import Scope, metadata
from iopflow.queries import imports
from iopflow.queries.names import names_of
from iopflow.queries.places import KINDS
from iopflow.texts import _
from iopflow.web.page import Page
from iopflow.web.uploads import Checked

MOST = 100  # rows shown at a time
MOST_CHOICES = 60  # of one field; more are found by typing
# Whose ids are offered. Those of pupils are not: a file says which pupils it means.
_OFFERED = frozenset({"school", "unit", "ppt", "person", "network"})

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that is not taken, and how: by a field, by an answer, or in the file itself."""

    table: str
    title: str
    file: str
    row: int
    column: str
    heading: str
    meaning: str
    value: str
    shown: str
    reason: str
    remedy: str
    twin: bool
    can_type: bool
    choices: Choices
    formula: bool

    @property
    def key(self) -> str:
        """What its fields are called."""
        return f"{self.table}-{self.row}-{self.column}"


@dataclass(frozen=True, slots=True)
class Problems:
    """What is asked of the person: to correct, to decide, and what waits for another row."""

    shown: list[Problem]
    wrong: int  # rows
    twins: int
    count: int  # rows a person has to do something about
    errors: int  # a row may have several
    waiting: list[Refusal]
    waits: int


def problems(page: Page, checked: Checked) -> Problems:
    """The refused rows, those that a person can do something about first."""
    refused = checked.plan.refused
    waiting = [one for one in refused if one.fault is Fault.WAITS]
    asked = [one for one in refused if one.fault is not Fault.WAITS]
    offered = _Offered(page, checked.plan)
    return Problems(
        [_problem(checked, one, offered) for one in asked[:MOST]],
        _rows(one for one in asked if one.fault is Fault.WRONG),
        _rows(one for one in asked if one.fault is Fault.TWIN),
        _rows(asked),
        len(asked),
        waiting,
        _rows(waiting),
    )


def _rows(refused: Iterable[Refusal]) -> int:
    return len({(one.file, one.row) for one in refused})


def _problem(checked: Checked, one: Refusal, offered: "_Offered") -> Problem:
    table = checked.tables[one.file]
    column = next((each for each in table.columns if each.name == one.column), None)
    can_type = column is not None and one.column in checked.columns[table.file]
    return Problem(
        table.file,
        _(table.title),
        one.file,
        one.row,
        one.column,
        table.heading(one.column),
        _(column.meaning) if column is not None else "",
        one.value,
        shortened(one.value, 40),
        one.reason,
        one.remedy,
        one.fault is Fault.TWIN,
        can_type,
        offered.of(column) if column is not None and can_type else (),
        column is not None and column.parse in (name, identity) and one.value[:1] in tuple("=+@-"),
    )


class _Offered:
    """The values that a column takes, where they are few."""

    def __init__(self, page: Page, plan: Plan) -> None:
        self._page, self._plan = page, plan
        self._known: dict[str, Choices] = {}

    def of(self, column: Column) -> Choices:
        """Pairs of a value and how it is shown; none where they are many, or not to be told."""
        codes = choices(column.parse)
        if codes:
            return [(code, code) for code in codes]
        if column.ref not in _OFFERED:
            return ()
        if column.ref not in self._known:
            found = self._ids(str(column.ref))
            self._known[str(column.ref)] = found if len(found) <= MOST_CHOICES else ()
        return self._known[column.ref]

    def _ids(self, kind: str) -> Choices:
        known = self._plan.parts[0].known
        ids = dict(known.ids(kind))
        schools = imports.schools(self._page.session, self._page.who)
        if schools is not None and kind == "school":
            ids = {key: one for key, one in ids.items() if one < 0 or one in schools}
        if schools is not None and kind == "unit":
            ids = {key: one for key, one in ids.items() if known.units[one][1] in schools}
        if len(ids) > MOST_CHOICES:
            return ()
        names = self._names(kind, ids.values())
        return [
            (key, f"{key} – {names[number]}" if number in names else key)
            for key, number in sorted(ids.items())
        ]

    def _names(self, kind: str, numbers: Collection[int]) -> dict[int, str]:
        table: Any = metadata.tables[str(KINDS[kind].__tablename__)]
        if "name" not in table.c:
            return {}
        statement = select(table.c.id, table.c.name).where(table.c.id.in_(list(numbers)))
        return dict(map(tuple, self._page.session.execute(statement)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell that changes: `before` is None where it is of a pupil whom the person does not see.

    `name` is that of a pupil; empty for others, and for those who are not seen.
    """

    table: str
    title: str
    key: str
    name: str
    column: str
    heading: str
    before: str | None
    after: str


def changes(page: Page, plan: Plan) -> tuple[list[Shown], int]:
    """The first cells that change, and how many they are in all."""
    found = [
        one for table in plan.summary if table["changed"] for one in plan.changes(table["table"])
    ]
    first = found[:MOST]
    about = {one.pupil_id for one in first if one.pupil_id is not None}
    seen = imports.seen(page.session, page.who, about)
    names = names_of(page.session, ((Scope.PUPIL, one) for one in seen))
    return [
        Shown(
            one.table,
            _(BY_FILE[one.table].title),
            " ".join(one.key),
            names.get((Scope.PUPIL, one.pupil_id), "") if one.pupil_id is not None else "",
            one.column,
            BY_FILE[one.table].heading(one.column),
            one.before if one.pupil_id is None or one.pupil_id in seen else None,
            one.after,
        )
        for one in first
    ], len(found)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Pupils who may be one: what is said of them, and the rows that need not be read in."""

    said: str
    rows: list[int]


def doubts(checked: Checked) -> list[Doubt]:
    """The pupils of one name in one class. A row may be left out where all of it stands in it."""
    return [
        Doubt(
            one.sentence(),
            [
                place[1]
                for _key, place in one.pupils
                if place is not None and checked.tables[place[0]] is PUPIL_LIST
            ],
        )
        for one in checked.plan.namesakes
    ]


def mended(mending: Mending) -> list[str]:
    """What has been put right on the page, as it is told there."""
    cells = [
        _("{file} rad {row}, {column}: «{value}»").format(
            file=_(READ_AS[table].title),
            row=row,
            column=READ_AS[table].heading(column),
            value=value,
        )
        for table, rows in mending.cells.items()
        for row, said in rows.items()
        for column, value in said.items()
    ]
    return cells + [
        _("{file} rad {row} leses ikke inn").format(file=_(READ_AS[table].title), row=row)
        for table, rows in mending.left_out.items()
        for row in rows
    ]
