"""Files as schools save them: a folder or zip of CSV, in any usual encoding and with any separator."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from iopflow.importing.tables import BY_FILE, Table
from iopflow.refusals import Refused
from iopflow.texts import _

SEPARATORS = ";,\t"
LARGEST = 200 * 1024 * 1024  # bytes of one file, unpacked: more than a country's pupils
IGNORED = frozenset({".txt", ".md", ".pdf", ".html", ".log", ".json"})


class BadFile(Refused):
    """A file that cannot be read at all, so that nothing of the import can be trusted."""


@dataclass(slots=True)
class Sheet:
    """One table as it stands in a file: `columns` in the order of the file, rows as cells."""

    file: str
    table: Table
    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)  # number in the file, cells


@dataclass(slots=True)
class Source:
    """What was read: the name to show, and a sheet per table."""

    name: str
    sheets: dict[str, Sheet]


def read(path: Path) -> Source:
    """Reads a folder, a zip or one CSV file. Raises BadFile with the file, the place and the remedy."""
    if not path.exists():
        raise BadFile(_("{path} finnes ikke: sjekk stien.").format(path=path))
    sheets: dict[str, Sheet] = {}
    for name, content in _files(path):
        table = _table(name)
        if table.file in sheets:
            raise BadFile(
                _("{file} finnes to ganger i {path}: behold én.").format(file=name, path=path.name)
            )
        sheets[table.file] = _sheet(name, table, content)
    if not sheets:
        raise BadFile(
            _("{path} har ingen importtabeller: legg inn filer som {files}.").format(
                path=path.name, files=", ".join(f"{name}.csv" for name in list(BY_FILE)[:3])
            )
        )
    return Source(path.name, sheets)


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.iterdir()):
            if file.is_file() and not _ignored(file.name):
                _refuse_size(file.name, file.stat().st_size)
                yield file.name, file.read_bytes()
    elif zipfile.is_zipfile(path):
        yield from _zipped(path)
    elif path.suffix.lower() == ".csv":
        _refuse_size(path.name, path.stat().st_size)
        yield path.name, path.read_bytes()
    elif path.suffix.lower() == ".zip":
        raise BadFile(_("{path} er ikke en hel zip-fil: lag den på nytt.").format(path=path.name))
    else:
        raise BadFile(
            _("{path} er verken mappe, zip eller CSV: lagre tabellene som CSV.").format(path=path.name)
        )


def _zipped(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                name = PurePosixPath(entry.filename).name
                if entry.is_dir() or _ignored(name) or "__MACOSX" in entry.filename:
                    continue
                if entry.flag_bits & 1:
                    raise BadFile(
                        _("{file} i {path} er låst med passord: pakk uten passord.").format(
                            file=name, path=path.name
                        )
                    )
                _refuse_size(name, entry.file_size)
                yield name, archive.read(entry)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise BadFile(
            _("{path} er ikke en hel zip-fil: lag den på nytt.").format(path=path.name)
        ) from error


def _ignored(name: str) -> bool:
    return name.startswith((".", "~")) or PurePosixPath(name).suffix.lower() in IGNORED


def _refuse_size(name: str, size: int) -> None:
    if size > LARGEST:
        raise BadFile(
            _("{file} er større enn {mb} MB: del den opp.").format(file=name, mb=LARGEST >> 20)
        )


def _table(name: str) -> Table:
    stem, _dot, ending = name.rpartition(".")
    if ending.lower() == "csv" and stem.lower() in BY_FILE:
        return BY_FILE[stem.lower()]
    near = get_close_matches(stem.lower(), BY_FILE, n=1, cutoff=0.5)
    remedy = (
        _("mente du {file}.csv?").format(file=near[0])
        if near
        else _("flytt den ut, eller kall den en av {files}").format(
            files=", ".join(f"{one}.csv" for one in BY_FILE)
        )
    )
    raise BadFile(_("{file} er ingen importtabell: {remedy}").format(file=name, remedy=remedy))


def decode(name: str, content: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM, or Windows-1252. Raises BadFile."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise BadFile(
        _("{file} er ikke tekst: lagre som CSV UTF-8 fra regnearket.").format(file=name)
    )


def _sheet(name: str, table: Table, content: bytes) -> Sheet:
    text = decode(name, content)
    if not text.strip():
        raise BadFile(_("{file} er tom: skriv minst overskriftene.").format(file=name))
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: tuple[str, ...] | None = None
    sheet: Sheet | None = None
    try:
        for cells in reader:
            number = reader.line_num
            stripped = [cell.strip().strip("﻿").strip() for cell in cells]
            if sheet is None:
                if not any(stripped):
                    continue
                columns = _columns(name, table, stripped)
                sheet = Sheet(name, table, columns)
            elif any(stripped):
                sheet.rows.append((number, stripped))
    except csv.Error as error:
        raise BadFile(
            _("{file} rad {row}: anførselstegn som ikke er lukket, eller en for lang celle; rett raden.")
            .format(file=name, row=reader.line_num)
        ) from error
    assert sheet is not None
    return sheet


def _separator(text: str) -> str:
    """The separator that cuts the header into most columns; a header of one column has none."""
    header = next(line for line in text.splitlines() if line.strip())
    return max(SEPARATORS, key=header.count)


def _columns(name: str, table: Table, header: list[str]) -> tuple[str, ...]:
    known = {column.name: column.name for column in table.columns}
    for column in table.columns:
        known |= {alias: column.name for alias in column.aliases if alias not in known}
    found: list[str] = []
    while header and not header[-1]:
        header.pop()
    for place, title in enumerate(header, start=1):
        word = title.lower().replace(" ", "_").rstrip("*")
        if word not in known:
            near = get_close_matches(word, known, n=1, cutoff=0.6)
            remedy = (
                _("mente du «{word}»?").format(word=known[near[0]])
                if near
                else _("skriv en av {words}").format(
                    words=", ".join(column.name for column in table.columns)
                )
            )
            raise BadFile(
                _("{file} rad 1, kolonne {place}: overskriften «{title}» er ukjent; {remedy}").format(
                    file=name, place=place, title=title, remedy=remedy
                )
            )
        if known[word] in found:
            raise BadFile(
                _("{file} rad 1: kolonnen «{title}» står to ganger; behold én.").format(
                    file=name, title=known[word]
                )
            )
        found.append(known[word])
    missing = [column.name for column in table.columns if column.required and column.name not in found]
    if missing:
        raise BadFile(
            _("{file} rad 1: kolonnen «{title}» mangler; legg den til.").format(
                file=name, title=missing[0]
            )
        )
    return tuple(found)
