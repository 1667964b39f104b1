"""The files, sheets and headers that are not known by name, each with the nearest that is."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from iopflow.importing.cells import BadFile, Text
from iopflow.importing.mending import Mending, word
from iopflow.importing.reading import Found, texts
from iopflow.importing.sheets import header_of, known_headers, lacking
from iopflow.importing.tables import BY_FILE, READ_AS, Column, Table
from iopflow.importing.workbook import Cells

ALIKE = 0.6  # how near a header must be to a known one to be suggested
SAMPLES = 3  # cells shown of a column that nobody knows


@dataclass(frozen=True, slots=True)
class Heading:
    """An unknown header: as it stands, as it is compared, the column it may be, and some cells."""

    title: str
    word: str
    guess: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A file or sheet of which something must be said.

    `table` is None where the table itself is not known, and `guess` the most likely one; `lacks`
    are the columns that every row needs and no header is.
    """

    file: str
    table: Table | None
    guess: str
    headings: tuple[Heading, ...] = ()
    lacks: tuple[Column, ...] = ()


def unknown(path: Path, mending: Mending) -> list[Unknown]:
    """What must be said before the files can be read. Raises BadFile for what cannot be mended."""
    return [one for found in texts(path) for one in _unknown(found, mending)]


def _unknown(found: Found, mending: Mending) -> Iterator[Unknown]:
    said = mending.tables.get(found.name)
    if said == "":
        return
    try:
        table = found.table() if said is None else READ_AS[said]
    except BadFile:
        if found.is_workbook:
            raise
        _number, header = header_of(found.name, found.text())
        yield Unknown(found.name, None, _likely(found.name, header))
        return
    text = found.text()
    number, header = header_of(found.name, text)
    known = known_headers(table)
    columns = mending.columns.get(table.file, {})
    there = {(known | columns).get(word(title), "") for title in header}
    free = {name: column for name, column in known.items() if column not in there}
    strange = [title for title in header if word(title) not in known | columns]
    lacks = tuple(lacking(table, there))
    if not strange:
        return
    yield Unknown(
        found.name,
        table,
        table.file,
        tuple(
            Heading(
                title,
                word(title),
                "" if word(title) in table.left_out else _near(word(title), free),
                _cells(text, number, place),
            )
            for place, title in enumerate(header)
            if title in strange
        ),
        lacks,
    )


def _near(named: str, free: dict[str, str]) -> str:
    near = get_close_matches(named, free, n=1, cutoff=ALIKE)
    return free[near[0]] if near else ""


def _likely(name: str, header: list[str]) -> str:
    """The table that knows most of the headers, else the one with the nearest name."""
    titles = {word(title) for title in header}
    best = max(READ_AS.values(), key=lambda table: len(titles & known_headers(table).keys()))
    if titles & known_headers(best).keys():
        return best.file
    near = get_close_matches(name.rpartition(".")[0].lower() or name.lower(), BY_FILE, n=1)
    return near[0] if near else ""


def _cells(text: Text | Cells, header: int, place: int) -> tuple[str, ...]:
    """The first cells of a column that say something."""
    found: list[str] = []
    for number, cells in text.records():
        if number > header and place < len(cells) and cells[place]:
            found.append(cells[place])
        if len(found) == SAMPLES or number > header + 100:
            break
    return tuple(found)
