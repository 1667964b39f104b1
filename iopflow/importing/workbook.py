"""An Excel workbook as tables: cells as the text that a CSV of the same sheet would hold."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from iopflow.importing.cells import BadFile
from iopflow.importing.values import looks_like_national_id
from iopflow.texts import _

HELP = frozenset({"hjelp", "help"})  # the sheet of the template that holds no rows
_UNPACKED = 400 * 1024 * 1024  # bytes of all the parts of a workbook together
_SHEET, _RELATION = re.compile(r"<sheet [^>]*>"), re.compile(r"<Relationship [^>]*>")
_WRONG = re.compile(r'<c r="([A-Z]+\d+)"[^>]*\bt="e"[^>]*>.*?<v>([^<]*)</v>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cells:
    """The rows of one sheet."""

    name: str
    rows: Sequence[Sequence[Any]]

    @property
    def lines(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with its number in Excel."""
        for number, row in enumerate(self.rows, start=1):
            cells = [_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            yield number, cells


def sheets(path: Path) -> Iterator[Cells]:
    """The sheets of a workbook that hold anything, in order, without the help. Raises BadFile."""
    wrong = _errors(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if name in wrong:
                raise BadFile(
                    _("{file} celle {cell}: formelen gir {error}; rett den.").format(
                        file=name, cell=wrong[name][0], error=wrong[name][1]
                    )
                )
            if name.strip().lower() not in HELP and any(
                _text(cell) for row in rows for cell in row
            ):
                yield Cells(name, rows)
    except (CalamineError, OSError, ValueError) as error:
        raise _broken(path) from error


def _errors(path: Path) -> dict[str, tuple[str, str]]:
    """The first cell of each sheet whose formula gives an error, and the error.

    The reader of the cells passes them off as empty, and an empty cell may mean something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(path, archive)
            parts = {
                name: archive.read(name).decode("utf-8", "replace")
                for name in archive.namelist()
                if name.startswith("xl/") and name.endswith((".xml", ".rels"))
            }
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise _broken(path) from error
    files = {
        _attribute(one, "Id"): _attribute(one, "Target").removeprefix("/xl/")
        for one in _RELATION.findall(parts.get("xl/_rels/workbook.xml.rels", ""))
    }
    found = {}
    for one in _SHEET.findall(parts.get("xl/workbook.xml", "")):
        text = parts.get(f"xl/{files.get(_attribute(one, 'r:id'), '')}", "")
        cell = _WRONG.search(text)
        if cell is not None:
            found[unescape(_attribute(one, "name"))] = (cell[1], cell[2])
    return found


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found is not None else ""


def _refuse_bomb(path: Path, archive: zipfile.ZipFile) -> None:
    if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED:
        raise BadFile(
            _("{file} er større enn {mb} MB: del den opp.").format(
                file=path.name, mb=_UNPACKED >> 20
            )
        )


def _broken(path: Path) -> BadFile:
    return BadFile(
        _("{path} kan ikke leses: lagre den på nytt som .xlsx, uten passord.").format(
            path=path.name
        )
    )


def _text(cell: Any) -> str:
    """What the cell says, as a CSV would hold it."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "ja" if cell else "nei"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return str(cell)


def _number(cell: float) -> str:
    """A number without Excel's «.0»; one that lost its leading zero gets it back to be refused."""
    if isinstance(cell, float) and not cell.is_integer():
        return f"{cell:.10g}"
    digits = str(int(cell))
    padded = digits.zfill(11)
    return padded if len(digits) == 10 and looks_like_national_id(padded) else digits
