"""Files as schools save them: a workbook, or a folder or zip of CSV in any usual encoding.

Nothing is held whole: a sheet is read again each time it is gone through.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from iopflow.importing import workbook
from iopflow.importing.cells import BadFile, Opener, Text, examine
from iopflow.importing.mending import Mending, word
from iopflow.importing.sheets import Sheet, header_of, sheet_of
from iopflow.importing.tables import BY_FILE, PUPIL_LIST, READ_AS, Table
from iopflow.importing.tables.lists import is_pupil_list
from iopflow.importing.workbook import Cells
from iopflow.texts import _

LARGEST = 200 * 1024 * 1024  # bytes of one file, unpacked: more than a country's pupils
WORKBOOKS = frozenset({".xlsx", ".xls", ".xlsm", ".ods"})
OURS = "avvist"  # the file of refused rows may lie in the folder


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be imported: the name to show, and a sheet per table."""

    name: str
    sheets: dict[str, Sheet]


@dataclass(frozen=True, slots=True)
class Found:
    """A file or a sheet, before it is known which table it holds: `named` raises BadFile."""

    name: str
    named: Callable[[], Table]
    text: Callable[[], Text | Cells]

    def table(self) -> Table:
        """The table by the name, or the list of pupils by its headers. Raises BadFile."""
        try:
            return self.named()
        except BadFile:
            if self.is_workbook or not is_pupil_list(self._words()):
                raise
            return PUPIL_LIST

    def _words(self) -> set[str]:
        _number, header = header_of(self.name, self.text())
        return {word(title) for title in header}

    @property
    def is_workbook(self) -> bool:
        """Whether it is a workbook among other files, which holds no table of its own."""
        return PurePosixPath(self.name).suffix.lower() in WORKBOOKS


def read(path: Path, mending: Mending | None = None) -> Source:
    """Reads a folder, a zip, a workbook or a CSV file. Raises BadFile with place and remedy.

    `mending` is what a person has said of it since: see there.
    """
    mending = mending or Mending()
    if not path.exists():
        raise BadFile(_("{path} finnes ikke: sjekk stien.").format(path=path))
    path = path.resolve()  # «.» has no name to show
    sheets: dict[str, Sheet] = {}
    for found in texts(path):
        said = mending.tables.get(found.name)
        if said == "":
            continue
        table = found.table() if said is None else READ_AS[said]
        if table.file in sheets:
            raise BadFile(
                _("{file} finnes to ganger i {path}: behold én.").format(
                    file=found.name, path=path.name
                )
            )
        sheets[table.file] = sheet_of(found.name, table, found.text(), mending)
    if not sheets:
        raise BadFile(
            _("{path} har ingen importtabeller: legg inn filer som {files}.").format(
                path=path.name, files=", ".join(f"{name}.csv" for name in list(BY_FILE)[:3])
            )
        )
    return Source(path.name, sheets)


def texts(path: Path) -> Iterator[Found]:
    """What may be a table: the sheets of a workbook, or the files of a folder or zip."""
    if path.is_file() and path.suffix.lower() == ".xlsx":
        _refuse_size(path.name, path.stat().st_size)
        for cells in workbook.sheets(path):
            yield Found(
                cells.name,
                partial(_named, cells.name, path.name),
                partial(_itself, cells),
            )
        return
    for name, opener in _files(path):
        yield Found(name, partial(_table, name), partial(examine, name, opener))


def _itself(cells: Cells) -> Cells:
    return cells


def _named(sheet: str, book: str) -> Table:
    """The table of a sheet's name."""
    name = sheet.strip().lower()
    if name in READ_AS:
        return READ_AS[name]
    near = get_close_matches(name, BY_FILE, n=1, cutoff=0.5)
    remedy = (
        _("mente du «{word}»?").format(word=near[0])
        if near
        else _("slett arket, eller kall det en av {files}.").format(files=", ".join(BY_FILE))
    )
    raise BadFile(
        _("Arket «{sheet}» i {book} er ingen importtabell: {remedy}").format(
            sheet=sheet, book=book, remedy=remedy
        )
    )


def _files(path: Path) -> Iterator[tuple[str, Opener]]:
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.is_file() and not _ignored(file.name):
                _refuse_size(file.name, file.stat().st_size)
                yield file.name, _file_opener(file)
    elif path.suffix.lower() in WORKBOOKS:
        raise BadFile(
            _("{path} er en eldre arbeidsbok: lagre den som .xlsx.").format(path=path.name)
        )
    elif zipfile.is_zipfile(path):
        yield from _zipped(path)
    elif path.suffix.lower() == ".csv":
        _refuse_size(path.name, path.stat().st_size)
        yield path.name, _file_opener(path)
    else:
        raise _broken(path)


def _file_opener(path: Path) -> Opener:
    return lambda: path.open("rb")


def _entry_opener(path: Path, name: str) -> Opener:
    def opener() -> IO[bytes]:
        # Whole in memory while it is read: a stream inside a zip cannot outlive its archive.
        with _archive(path) as archive:
            return io.BytesIO(archive.read(name))

    return opener


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise _broken(path) from error


def _broken(path: Path) -> BadFile:
    if path.suffix.lower() == ".zip":
        return BadFile(_("{path} er ikke en hel zip-fil: lag den på nytt.").format(path=path.name))
    return BadFile(
        _("{path} er verken mappe, zip, .xlsx eller CSV: lagre tabellene som en av dem.").format(
            path=path.name
        )
    )


def _zipped(path: Path) -> Iterator[tuple[str, Opener]]:
    with _archive(path) as archive:
        entries = archive.infolist()
    for entry in entries:
        name = PurePosixPath(entry.filename.replace("\\", "/")).name
        if entry.is_dir() or _ignored(name) or "__MACOSX" in entry.filename:
            continue
        if entry.flag_bits & 1:
            raise BadFile(
                _("{file} i {path} er låst med passord: pakk uten passord.").format(
                    file=name, path=path.name
                )
            )
        _refuse_size(name, entry.file_size)
        yield name, _entry_opener(path, entry.filename)


def _ignored(name: str) -> bool:
    """Hidden files and all that is no table; a workbook is not passed by in silence."""
    path = PurePosixPath(name)
    ending = path.suffix.lower()
    return (
        name.startswith((".", "~"))
        or (ending != ".csv" and ending not in WORKBOOKS)
        or path.stem.lower() == OURS
    )


def _refuse_size(name: str, size: int) -> None:
    if size > LARGEST:
        raise BadFile(
            _("{file} er større enn {mb} MB: del den opp.").format(file=name, mb=LARGEST >> 20)
        )


def _table(name: str) -> Table:
    stem, _dot, ending = name.rpartition(".")
    if ending.lower() == "csv" and stem.lower() in READ_AS:
        return READ_AS[stem.lower()]
    if f".{ending.lower()}" in WORKBOOKS:
        raise BadFile(
            _(
                "{file} er en arbeidsbok blant CSV-filer: importer den alene, eller ta den bort."
            ).format(file=name)
        )
    near = get_close_matches(stem.lower(), BY_FILE, n=1, cutoff=0.5)
    remedy = (
        _("mente du {file}.csv?").format(file=near[0])
        if near
        else _("flytt den ut, eller kall den en av {files}.").format(
            files=", ".join(f"{one}.csv" for one in BY_FILE)
        )
    )
    raise BadFile(_("{file} er ingen importtabell: {remedy}").format(file=name, remedy=remedy))
