"""A row on its way from a file to the database, and what is said of one that is not taken."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import Any, ParamSpec

from iopflow.importing.tables import Column, Table
from iopflow.importing.values import BadCell
from iopflow.texts import _

CACHED = 5_000  # cells remembered per column: most columns hold the same few over and over


_P = ParamSpec("_P")


class Fault(StrEnum):
    """What is asked of a person by a row that is not taken."""

    WRONG = "wrong"  # to be corrected
    TWIN = "twin"  # to be decided: it has the key of a row above
    WAITS = "waits"  # nothing: it is taken when the row it refers to is


class BadRow(Exception):
    """Raised by a rule: the column at fault, why, and the remedy."""

    def __init__(self, column: str, reason: str, remedy: str, fault: Fault = Fault.WRONG) -> None:
        super().__init__(reason)
        self.fault = fault
        self.column = column
        self.reason = reason
        self.remedy = remedy


class Unread(Exception):
    """Raised where a rule asks for a value that could not be read: it has nothing to say then."""


class Faults:
    """All that is wrong with a row, one thing of each column."""

    __slots__ = ("_bad",)

    def __init__(self, bad: Iterable[BadRow] = ()) -> None:
        self._bad = {one.column: one for one in bad}

    def __iter__(self) -> Iterator[BadRow]:
        return iter(self._bad.values())

    def __len__(self) -> int:
        return len(self._bad)

    def __contains__(self, column: str) -> bool:
        return column in self._bad

    def add(self, bad: BadRow) -> None:
        """One thing more, unless something is said of its column already."""
        self._bad.setdefault(bad.column, bad)

    def ask(self, rule: Callable[_P, None], *args: _P.args, **more: _P.kwargs) -> None:
        """Adds what a rule has against a row."""
        try:
            rule(*args, **more)
        except BadRow as bad:
            self.add(bad)
        except Unread:
            pass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row is not taken: where it stands, what is wrong, and what to write instead."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    remedy: str
    fault: Fault = Fault.WRONG

    def sentence(self) -> str:
        """As a person reads it."""
        return _("{file} rad {row}, {column} «{value}»: {reason}; {remedy}.").format(
            file=self.file,
            row=self.row,
            column=self.column,
            value=shortened(self.value),
            reason=self.reason,
            remedy=self.remedy,
        )


def shortened(cell: str, most: int = 60) -> str:
    """A cell as it fits in a sentence; the file of refused rows has it whole."""
    return cell if len(cell) <= most else f"{cell[:most]}…"


class Layout:
    """The database columns of a table, in the order in which a row holds them.

    Rows are held by the hundred thousand: each is one list, and the names stand here once. Columns
    that no database column has (`at` of roles, `subject` of happenings) stand under ":name".
    """

    def __init__(self, table: Table, columns: tuple[str, ...]) -> None:
        self.table = table
        self.columns = columns
        names = [column.stored or f":{column.name}" for column in table.columns]
        names += [name for name in table.key if name not in names]
        self.names = tuple(names)
        self.index: Mapping[str, int] = {name: place for place, name in enumerate(names)}
        places = [self.index[name] for name in table.key]
        self.key_of: Callable[[list[Any]], tuple[Any, ...]] = (
            itemgetter(*places) if len(places) > 1 else lambda values: (values[places[0]],)
        )
        self.given = frozenset(
            column.stored or f":{column.name}" for column in table.columns if column.name in columns
        )
        self.stored = tuple(
            name for name in names if name[0] != ":" and name not in table.not_stored
        )
        self._readers = [_Reader(table.column(name), self.index) for name in columns]
        self._empty = [column.empty for column in table.columns]
        self._empty += [UNREAD] * (len(names) - len(self._empty))  # a rule fills these in

    def read(self, number: int, cells: list[str], faults: Faults) -> "Row":
        """A row from its cells, ids not yet looked up; what cannot be read goes to the faults."""
        if len(cells) > len(self._readers) and any(cells[len(self._readers) :]):
            faults.add(
                BadRow(
                    "-",
                    _("raden har {n} celler, overskriften {m}").format(
                        n=len(cells), m=len(self._readers)
                    ),
                    _("fjern skilletegnet for mye, eller sett verdien i anførselstegn"),
                )
            )
            # Which cell is which is not known, so that nothing more can be said.
            return self.unread(number)
        values = self._empty.copy()
        missing = len(self._readers) - len(cells)
        for reader, cell in zip(self._readers, cells + [""] * missing, strict=False):
            try:
                values[reader.place] = reader.read(cell)
            except BadRow as bad:
                faults.add(bad)
                values[reader.place] = UNREAD
        return Row(self, number, values)

    def unread(self, number: int) -> "Row":
        """A row of which nothing could be read."""
        return Row(self, number, [UNREAD] * len(self.names))


class _Reader:
    """Reads the cells of one column, each different one once."""

    __slots__ = ("_column", "_known", "place")

    def __init__(self, column: Column, index: Mapping[str, int]) -> None:
        self._column = column
        self._known: dict[str, Any] = {}
        self.place = index[column.stored or f":{column.name}"]

    def read(self, cell: str) -> Any:
        try:
            return self._known[cell]
        except KeyError:
            value = read_cell(self._column, cell)
            if len(self._known) < CACHED:
                self._known[cell] = value
            return value


def read_cell(column: Column, cell: str) -> Any:
    """What a cell of a column says. Raises BadRow."""
    if not cell:
        if column.required:
            raise BadRow(
                column.name, _("er tom"), _("skriv {meaning}").format(meaning=_(column.meaning))
            )
        return column.empty
    try:
        return column.parse(cell)
    except BadCell as bad:
        raise BadRow(column.name, bad.reason, bad.remedy) from bad


class Row:
    """One row: its place in the file, its values by database column, and what it changes.

    `row_id` is the row of the database it matches, or a provisional number below zero; `before`
    what the columns that change held (empty for an unchanged row).
    """

    __slots__ = ("before", "layout", "number", "row_id", "values")

    def __init__(self, layout: Layout, number: int, values: list[Any]) -> None:
        self.layout = layout
        self.number = number
        self.values = values
        self.row_id = 0
        self.before: dict[str, Any] = _NOTHING

    def __getitem__(self, name: str) -> Any:
        value = self.values[self.layout.index[name]]
        if value is UNREAD:
            raise Unread
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self.values[self.layout.index[name]] = value

    @property
    def is_new(self) -> bool:
        """Whether the database lacks it."""
        return self.row_id < 0

    @property
    def key(self) -> tuple[Any, ...]:
        """Its natural key."""
        return self.layout.key_of(self.values)

    def stored(self) -> dict[str, Any]:
        """The values by database column."""
        return {name: self.values[self.layout.index[name]] for name in self.layout.stored}


_NOTHING: dict[str, Any] = {}
UNREAD: Any = object()  # stands where a value should, in a row that is refused
