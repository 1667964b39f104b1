"""One table as it stands in a file: which column each header is, and its rows, mended or not."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from iopflow.importing.cells import BadFile, Text
from iopflow.importing.mending import Mending, word
from iopflow.importing.rows import BadRow
from iopflow.importing.tables import Column, Table
from iopflow.importing.workbook import Cells
from iopflow.texts import _


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table as it stands in a file: `columns` in the order of the file, `header` its row.

    `places` says where in the file the columns are, where some are left out of `width`; `corrected`
    and `left_out` are cells and rows by number that a person has mended.
    """

    file: str
    table: Table
    columns: tuple[str, ...]
    header: int
    text: Text | Cells
    places: tuple[int, ...] | None = None
    width: int = 0
    corrected: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()

    @property
    def lines(self) -> int:
        """About how many rows there are."""
        return self.text.lines

    @property
    def origin(self) -> "Sheet":
        """What stands in the file: this, unless its rows were made of those of another."""
        return self

    def title(self, column: str) -> str:
        """What a column is called where the row stands."""
        return column

    def wrong(self, _number: int) -> Iterable[BadRow]:
        """What is known to be wrong with a row before it is read."""
        return ()

    def schools(self) -> set[str]:
        """The ids of the schools that the rows name."""
        if "school" not in self.columns:
            return set()
        place = self.columns.index("school")
        return {cells[place] for _number, cells in self.rows() if place < len(cells)}

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that says something, with its number as a spreadsheet shows it."""
        for number, cells in self.text.records():
            if number > self.header and any(cells) and number not in self.left_out:
                yield number, self._mended(number, cells)

    def _mended(self, number: int, cells: list[str]) -> list[str]:
        if self.places is not None:
            full = cells + [""] * (self.width - len(cells))
            cells = [full[place] for place in self.places] + cells[self.width :]
        corrected = self.corrected.get(number)
        if corrected is not None:
            cells = cells + [""] * (len(self.columns) - len(cells))
            for column, cell in corrected.items():
                if column in self.columns:
                    cells[self.columns.index(column)] = cell
        return cells


def sheet_of(name: str, table: Table, text: Text | Cells, mending: Mending) -> Sheet:
    """A file as the table that it is. Raises BadFile for a header that nobody knows, or lacks."""
    number, header = header_of(name, text)
    columns = _columns(name, number, table, header, mending.columns.get(table.file, {}))
    kept = tuple(place for place, column in enumerate(columns) if column)
    return Sheet(
        name,
        table,
        tuple(column for column in columns if column),
        number,
        text,
        places=kept if len(kept) < len(columns) else None,
        width=len(columns),
        corrected=mending.cells.get(table.file, {}),
        left_out=frozenset(mending.left_out.get(table.file, ())),
    )


def header_of(name: str, text: Text | Cells) -> tuple[int, list[str]]:
    """The row of the headers, and its number. Raises BadFile where there is none."""
    for number, cells in text.records():
        # Excel's own line that names the separator is no header.
        if any(cells) and not cells[0].lower().startswith("sep="):
            while not cells[-1]:
                cells.pop()
            return number, cells
    raise BadFile(_("{file} er tom: skriv minst overskriftene.").format(file=name))


def known_headers(table: Table) -> dict[str, str]:
    """Each header that a table knows, with the column it is."""
    known = {column.name: column.name for column in table.columns}
    for column in table.columns:
        known |= {alias: column.name for alias in column.aliases if alias not in known}
    return known


def lacking(table: Table, columns: Collection[str]) -> list[Column]:
    """The columns that a file of a table must have, and has not."""
    lacks = [one for one in table.columns if one.required and one.name not in columns]
    if table.either and not any(set(one).issubset(columns) for one in table.either):
        lacks.append(table.column(table.either[0][0]))
    return lacks


def _columns(
    name: str, row: int, table: Table, header: list[str], said: Mapping[str, str]
) -> tuple[str, ...]:
    """The column of each header; "" is one that a person leaves out."""
    known = {**dict.fromkeys(table.left_out, ""), **known_headers(table), **said}
    found: list[str] = []
    for place, title in enumerate(header, start=1):
        named = word(title)
        if named not in known:
            raise BadFile(
                _(
                    "{file} rad {row}, kolonne {place}: overskriften «{title}» er ukjent; {remedy}"
                ).format(
                    file=name,
                    row=row,
                    place=place,
                    title=title,
                    remedy=_advice(named, known, table),
                )
            )
        if known[named] and known[named] in found:
            raise BadFile(
                _("{file} rad {row}: kolonnen «{title}» står to ganger; behold én.").format(
                    file=name, row=row, title=known[named]
                )
            )
        found.append(known[named])
    missing = lacking(table, found)
    if missing:
        raise BadFile(
            _("{file} rad {row}: kolonnen «{title}» mangler; legg den til ({meaning}).").format(
                file=name, row=row, title=missing[0].name, meaning=_(missing[0].meaning)
            )
        )
    return tuple(found)


def _advice(named: str, known: Mapping[str, str], table: Table) -> str:
    near = get_close_matches(named, known, n=1, cutoff=0.6)
    if near:
        return _("mente du «{word}»?").format(word=known[near[0]] or near[0])
    return _("skriv en av {words}.").format(words=", ".join(one.name for one in table.columns))
