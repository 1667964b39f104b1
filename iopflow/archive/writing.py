"""Rows as text, and files as a zip whose bytes depend on nothing but what is in it."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from hashlib import sha256
from typing import Any

from iopflow.archive.tables import CHECKSUMS, Table

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can hold
_ARMED = ("=", "+", "-", "@", "\t", "\r", "'")


def cell(value: Any) -> str:
    """A value as a cell. Text that a sheet would run as a formula gets an apostrophe before it, and
    so does text that begins with one: whoever reads takes away one apostrophe, and has the text.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case datetime():
            return moment(value)
        case date():
            return value.isoformat()
        case str() if value.startswith(_ARMED):
            return "'" + value
    return str(value)


def moment(value: datetime) -> str:
    """A moment in UTC; one that says no zone is UTC already."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat()


def csv_of(table: Table, rows: Iterable[list[str]]) -> bytes:
    """Cells as RFC 4180 has it: commas, CR LF, UTF-8 without a mark; sorted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(table.header)
    writer.writerows(sorted(rows))
    return _bytes(text.getvalue())


def json_of(value: Any) -> bytes:
    """One JSON value, readable."""
    return _bytes(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def lines_of(values: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON lines: one object a line."""
    return _bytes("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in values))


def _bytes(text: str) -> bytes:
    # A lone surrogate is no text; what the databases took in is written as it can be.
    return text.encode("utf-8", "replace")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files with their checksums, sorted by name."""
    sums = "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as book:
        for name, content in sorted({**files, CHECKSUMS: sums.encode()}.items()):
            about = zipfile.ZipInfo(name, EPOCH)
            about.compress_type = zipfile.ZIP_DEFLATED
            about.create_system = 3
            about.external_attr = 0o600 << 16
            book.writestr(about, content)
    return whole.getvalue()
