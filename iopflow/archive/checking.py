"""Whether an export is whole: checksums, columns, and counts."""

import csv
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from iopflow.archive.tables import (
    CHECKSUMS,
    COURSES,
    FACTS,
    FORMAT,
    LOG,
    LOG_KEYS,
    METADATA,
    NAMES,
    NAMES_TABLE,
    OVERVIEW,
    OVERVIEW_TABLE,
    README,
    SCHEMA,
    TELLINGER,
    VERSION,
    Table,
)
from iopflow.refusals import Refused
from iopflow.texts import _, counted

LARGEST = 2**32  # bytes of an export when it is unpacked; a school's year is a thousandth of it


@dataclass(frozen=True, slots=True)
class Wrong:
    """A file of the export, and what is wrong with it."""

    file: str
    why: str


def check(path: Path) -> tuple[dict[str, Any], list[Wrong]]:
    """What the export says of itself, and what is wrong. Raises Refused for what is no export."""
    files = _read(path)
    wrong = list(_checksums(files))
    about = _metadata(files)
    if about is None:
        return {}, [
            *wrong,
            Wrong(METADATA, _("er ikke metadata for {format}").format(format=FORMAT)),
        ]
    if about["format_version"] != VERSION:
        why = _("har formatversjon {version}, som denne iopflow ikke kjenner").format(
            version=about["format_version"]
        )
        return about, [*wrong, Wrong(METADATA, why)]
    expected = dict(_expected(about))
    for name, (test, count) in sorted(expected.items()):
        if name not in files:
            wrong.append(Wrong(name, _("mangler")))
            continue
        found = test(files[name])
        if isinstance(found, str):
            wrong.append(Wrong(name, found))
        elif found != count:
            why = _("har {rows}, og metadata sier {n}").format(
                rows=counted(found, _("{n} rad"), _("{n} rader")), n=count
            )
            wrong.append(Wrong(name, why))
    known = {*expected, METADATA, SCHEMA, README, CHECKSUMS}
    wrong += [Wrong(name, _("hører ikke til")) for name in sorted(set(files) - known)]
    return about, list(dict.fromkeys(wrong))


_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def _read(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as book:
            if sum(one.file_size for one in book.infolist()) > LARGEST:
                raise Refused(_("{path} er for stor til å være et uttrekk.").format(path=path))
            twice = [name for name, n in Counter(book.namelist()).items() if n > 1]
            if twice:  # one reader would show the one, another the other
                raise Refused(
                    _("{path} har to filer med navnet {name}: hent uttrekket på nytt.").format(
                        path=path, name=twice[0]
                    )
                )
            return {one.filename: book.read(one) for one in book.infolist()}
    except OSError as error:
        raise Refused(
            _("Får ikke lest {path}: {why}.").format(path=path, why=error.strerror or error)
        ) from error
    except _BROKEN as error:
        raise Refused(
            _("{path} er ikke en hel zip-fil ({why}): hent uttrekket på nytt.").format(
                path=path, why=error
            )
        ) from error


def _checksums(files: Mapping[str, bytes]) -> Iterator[Wrong]:
    if CHECKSUMS not in files:
        yield Wrong(CHECKSUMS, _("mangler"))
        return
    sums: dict[str, str] = {}
    for line in files[CHECKSUMS].decode("utf-8", "replace").splitlines():
        digest, _blank, name = line.partition("  ")
        sums[name] = digest
    for name in sorted({*sums, *files} - {CHECKSUMS}):
        if name not in files:
            yield Wrong(name, _("mangler"))
        elif name not in sums:
            yield Wrong(name, _("har ingen sjekksum"))
        elif sha256(files[name]).hexdigest() != sums[name]:
            yield Wrong(name, _("er endret: sjekksummen stemmer ikke"))


def _metadata(files: Mapping[str, bytes]) -> dict[str, Any] | None:
    """The metadata, as far as the rest can be checked by them."""
    try:
        about = json.loads(files.get(METADATA, b""))
        counts = {**about["counts"]}
        folders = [(one["folder"] + "", {**one["counts"]}) for one in about["pupils"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    plain = type(about.get("format_version")) is int and bool(counts or folders)
    return about if about.get("format") == FORMAT and plain else None


Test = Callable[[bytes], int | str]


def _expected(about: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Test, Any]]]:
    """Every file that the metadata speak of: how its rows are counted, and how many there are."""
    for pupil in about["pupils"]:
        for table in FACTS:
            count = pupil["counts"].get(table.file)
            yield pupil["folder"] + table.file, (_rows(table), count)
        yield pupil["folder"] + LOG, (_lines(LOG_KEYS), pupil["counts"].get(LOG))
        yield pupil["folder"] + COURSES, (_items, pupil["counts"].get(COURSES))
    counts = about["counts"]
    if about.get("kind") == "school_year":
        yield OVERVIEW, (_rows(OVERVIEW_TABLE), counts.get(OVERVIEW))
        yield TELLINGER, (_lines(("indicator",)), counts.get(TELLINGER))
    if about.get("names"):
        yield NAMES, (_rows(NAMES_TABLE), counts.get(NAMES))


def _rows(table: Table) -> Test:
    def count(content: bytes) -> int | str:
        try:
            rows = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
        except (csv.Error, UnicodeDecodeError):
            return _("er ikke CSV i UTF-8")
        if not rows or rows[0] != table.header:
            return _("har andre kolonner enn {columns}").format(columns=", ".join(table.header))
        for line, row in enumerate(rows[1:], start=1):
            if len(row) != len(table.header):
                return _("rad {n} har {cells} celler").format(n=line, cells=len(row))
        return len(rows) - 1

    return count


def _lines(keys: tuple[str, ...]) -> Test:
    def count(content: bytes) -> int | str:
        # Only a line feed ends a line: a text may hold other signs that look like one.
        lines = [line for line in content.split(b"\n") if line]
        for n, line in enumerate(lines, start=1):
            try:
                one = json.loads(line)
            except ValueError:
                return _("linje {n} er ikke JSON").format(n=n)
            if not isinstance(one, dict) or not set(keys) <= set(one):
                return _("linje {n} mangler noe").format(n=n)
        return len(lines)

    return count


def _items(content: bytes) -> int | str:
    try:
        found = json.loads(content)
    except ValueError:
        return _("er ikke JSON")
    return len(found) if isinstance(found, list) else _("er ikke en liste")
