"""An Excel book to fill in: a sheet for each import table, with help, drop-downs and formats."""

import datetime
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import xlsxwriter

from iopflow.bounds import FIRST_DAY, LAST_DAY
from iopflow.importing import values
from iopflow.importing.tables import PUPIL_LIST, TABLES, Column, Table
from iopflow.refusals import Refused
from iopflow.texts import _

ROWS = 2_000  # below the header, with drop-downs and formats
WIDEST = 40
_LINE, _ACROSS = 15, 125  # points of a line of the help, and the letters that go on it
_MOST_FROZEN = 10  # lines above what one scrolls
_LAST = "XFD1048576"  # the last cell of any sheet

Rows = Mapping[str, Sequence[Sequence[values.Cell]]]
# An empty cell takes away what stood there: columns that few fill in are not in the book.
_FEW = frozenset({"fornavn", "etternavn", "fødselsmåned", "fortrolig", "hjemkommune", "til"})
SHEETS = (
    replace(PUPIL_LIST, columns=tuple(one for one in PUPIL_LIST.columns if one.name not in _FEW)),
    *TABLES,
)


def write_template(path: Path, rows: Rows | None = None) -> int:
    """Writes the book, empty or with rows by the name of a table; returns how many tables it has.

    Raises Refused where the path is none to write to.
    """
    refuse_path(path, "--template mal.xlsx")
    write_book(path, template(rows))
    return len(SHEETS)


def refuse_path(path: Path, example: str) -> None:
    """Raises Refused unless a book can be written there; the example is of an option."""
    if path.suffix.lower() != ".xlsx":
        raise Refused(
            _("{path} må hete noe på .xlsx: skriv {example}.").format(path=path, example=example)
        )
    if path.exists():
        raise Refused(
            _("{path} finnes allerede: velg et annet navn, så ingenting blir skrevet over.").format(
                path=path
            )
        )


def write_book(path: Path, content: bytes) -> None:
    """Writes a book. Raises Refused where the machine does not let it."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Refused(
            _("Får ikke skrevet {path}: {why}.").format(path=path, why=error.strerror)
        ) from error


def template(rows: Rows | None = None) -> bytes:
    """The book as it is sent to somebody."""
    lines = (
        _("Slik fyller du ut"),
        _("1. Ta arkene i rekkefølge: det som andre viser til, kommer først."),
        _("Er elevlisten nok, fyller du ut den, og lar pupils og enrolments stå tomme."),
        _("2. En id er en kode skolen finner på, som v-017. Bruk aldri fødselsnummer."),
        _("3. Ark du ikke trenger, lar du stå tomme. Kolonner med fet skrift må fylles ut."),
        _("4. Last opp boka på siden Import. Ingenting lagres før du har sett over og sagt ja."),
    )
    return _book(SHEETS, rows or {}, lines)


def filled(rows: Rows, lines: Sequence[str]) -> bytes:
    """A book of the tables of the rows alone, with what is said of it on the first sheet.

    A sheet without rows would say that all of its table is missing.
    """
    return _book([table for table in TABLES if table.file in rows], rows, lines)


def _book(tables: Sequence[Table], rows: Rows, lines: Sequence[str]) -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False})
    _help(book, tables, lines)
    for table in tables:
        _table(book, table, rows.get(table.file, ()))
    book.close()
    return made.getvalue()


def _help(book: Any, tables: Sequence[Table], lines: Sequence[str]) -> None:
    """The first sheet: what to do, and what each column means."""
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("Hjelp")
    sheet.set_column(0, 1, 20, wrapped)
    sheet.set_column(2, 3, 50, wrapped)
    for number, line in enumerate(lines):
        sheet.merge_range(number, 0, number, 3, line, bold if number == 0 else wrapped)
        sheet.set_row(number, _LINE * (1 + len(line) // _ACROSS))  # no sheet does it of such a cell
    row = len(lines) + 1
    for place, title in enumerate((_("Ark"), _("Kolonne"), _("Hva"), _("Slik skriver du"))):
        sheet.write_string(row, place, title, bold)
    for table in tables:
        row += 1
        sheet.write_string(row, 0, table.file, bold)
        sheet.write_string(row, 1, _(table.title), wrapped)
        sheet.write_string(row, 2, _(table.about), wrapped)
        for column in table.columns:
            row += 1
            sheet.write_string(row, 1, _header(table, column), bold if _needed(column) else wrapped)
            sheet.write_string(row, 2, _(column.meaning), wrapped)
            sheet.write_string(row, 3, _how(column), wrapped)
    if len(lines) <= _MOST_FROZEN:
        sheet.freeze_panes(len(lines) + 2, 0)


def _table(book: Any, table: Table, rows: Sequence[Sequence[values.Cell]]) -> None:
    needed = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
    optional = book.add_format({"bottom": 1, "num_format": "@"})
    # Excel would make a day of 2026-27 and a number of an id.
    text = book.add_format({"num_format": "@"})
    date = book.add_format({"num_format": "dd.mm.yyyy"})
    sheet = book.add_worksheet(table.file)
    for place, column in enumerate(table.columns):
        header = _header(table, column)
        longest = max((len(str(row[place])) for row in rows if place < len(row)), default=0)
        width = min(WIDEST, max(12, len(header) + 2, longest + 1))
        sheet.set_column(place, place, width, date if _is_day(column) else text)
        sheet.write_string(0, place, header, needed if _needed(column) else optional)
        words = f"{_(table.about)}\n\n" if place == 0 else ""
        words += _(column.meaning) + (_(" (må fylles ut)") if _needed(column) else "")
        sheet.write_comment(0, place, words)
        _guide(sheet, place, column, max(ROWS, len(rows)))
    for number, cells in enumerate(rows, start=1):
        for place, cell in enumerate(cells):
            _write(sheet, number, place, cell, date if isinstance(cell, datetime.date) else text)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(table.columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{_LAST}"})
    sheet.freeze_panes(1, 0)


def _write(sheet: Any, number: int, place: int, cell: values.Cell, form: Any) -> None:
    """A day as a day, a number as a number, and text as text whatever it looks like."""
    if isinstance(cell, datetime.date):
        sheet.write_datetime(number, place, cell, form)
    elif isinstance(cell, int):
        sheet.write_number(number, place, cell, form)
    elif cell:
        sheet.write_string(number, place, cell, form)


def _header(table: Table, column: Column) -> str:
    """The name of the contract; a list has its own words."""
    return column.name if table.stored else table.heading(column.name)


def _guide(sheet: Any, place: int, column: Column, rows: int) -> None:
    """A drop-down where the values are few, and a check where it is a day."""
    known = values.choices(column.parse)
    if known and len(",".join(known)) <= 255:  # Excel's own limit of a list
        sheet.data_validation(
            1, place, rows, place, {"validate": "list", "source": list(known), "ignore_blank": True}
        )
    elif _is_day(column):
        sheet.data_validation(
            1,
            place,
            rows,
            place,
            {
                "validate": "date",
                "criteria": "between",
                "minimum": FIRST_DAY,
                "maximum": LAST_DAY,
                "ignore_blank": True,
                "error_type": "warning",
                "error_title": _("Ingen dato"),
                "error_message": _("Skriv en dato, som 17.08.2026."),
            },
        )


def _needed(column: Column) -> bool:
    return column.required or column.key


def _is_day(column: Column) -> bool:
    return column.parse is values.day


def _how(column: Column) -> str:
    """How a value is written, by what the column takes."""
    known = values.choices(column.parse)
    if known:
        return ", ".join(known)
    words: dict[Any, str] = {
        values.day: _("dato, som 17.08.2026"),
        values.year: _("skoleår, som 2026-27"),
        values.month: _("måned, som 2014-03"),
        values.grade: _("et tall fra 0 til 13"),
        values.identity: _("en kode uten mellomrom"),
        values.email: _("en e-postadresse"),
        values.number: _("et tall, som 87,4"),
    }
    return words.get(column.parse, "")
