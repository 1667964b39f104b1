"""An uploaded file as an import: read in a folder that goes at once, and never given back."""

import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlmodel import col

from iopflow import importing
from iopflow.engine.drafts import Draft
from iopflow.importing import BadFile, Plan, Source
from iopflow.importing.cells import Text
from iopflow.importing.headings import Unknown, unknown
from iopflow.importing.mending import Mending
from iopflow.importing.owners import named_owners
from iopflow.importing.pupillist import is_empty_list, split
from iopflow.importing.tables import Table
from iopflow.models import Owner
from iopflow.queries import imports
from iopflow.texts import _
from iopflow.web.page import LARGEST_UPLOAD, Page, Upload

MOST_UNPACKED = 100 * 1024 * 1024  # bytes of all that is in a zip or a workbook
MOST_FILES = 1_000  # in a zip or a workbook
_LONGEST_NAME = 60
_ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
_STRANGE = re.compile(r"[^\w .()-]")


@dataclass(frozen=True, slots=True)
class Checked:
    """What an import of an upload would do, and which table each file or sheet is."""

    plan: Plan
    tables: dict[str, Table]
    columns: dict[str, tuple[str, ...]]  # those that the file of a table has
    about: list[str]  # how a file of text was read
    stamp: str  # another when the import would do anything else


def taken(page: Page, upload: Upload | None) -> tuple[str, bytes]:
    """The name and content of an uploaded file that can be read. Raises BadFile."""
    if upload is None or (upload.content == b"" and not upload.name):
        raise BadFile(_("Velg en fil først."))
    if upload.content is None:
        raise BadFile(
            _("Filen er større enn {mb} MB: del den opp.").format(mb=LARGEST_UPLOAD >> 20)
        )
    name = safe_name(upload.name)
    with unpacked(name, upload.content) as path:
        if not unknown(path, Mending()):
            _read_through(page, path, Mending())
    return name, upload.content


def safe_name(name: str) -> str:
    """The last part of a file's name, without signs that a folder or a page could take for more."""
    clean = _STRANGE.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .")
    stem, dot, ending = clean.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{ending[:8]}" if dot else clean[:_LONGEST_NAME] or "fil"


@contextmanager
def unpacked(name: str, content: bytes) -> Iterator[Path]:
    """The file, for as long as it is read. Raises BadFile for one that would fill the machine."""
    with TemporaryDirectory(prefix="iopflow-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        _refuse_bomb(path)
        yield path


def _refuse_bomb(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        return  # said by whoever reads it, in its own words
    if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > MOST_UNPACKED:
        raise BadFile(
            _("{file} blir større enn {mb} MB når den pakkes ut: del den opp.").format(
                file=path.name, mb=MOST_UNPACKED >> 20
            )
        )


def mending_of(draft: Draft) -> Mending:
    """What has been said of an upload."""
    return Mending.from_json(draft.mending) if draft.mending else Mending()


def leaving_of(draft: Draft) -> dict[int, date]:
    """Who is to leave, by enrolment, and the last day."""
    return {int(one): date.fromisoformat(day) for one, day in json.loads(draft.leaving).items()}


def leaving_text(leaving: dict[int, date]) -> str:
    """The same, as a draft keeps it."""
    return json.dumps({one: day.isoformat() for one, day in leaving.items()})


def questions(draft: Draft, mending: Mending) -> list[Unknown]:
    """The files and columns of which something must be said first. Raises BadFile."""
    with unpacked(draft.name, draft.content) as path:
        return unknown(path, mending)


def read_through(page: Page, draft: Draft, mending: Mending) -> None:
    """Raises BadFile unless an upload can be read from end to end."""
    with unpacked(draft.name, draft.content) as path:
        if not unknown(path, mending):
            _read_through(page, path, mending)


def _read_through(page: Page, path: Path, mending: Mending) -> None:
    source = importing.read(path, mending)
    for sheet in source.sheets.values():
        for _row in sheet.rows():
            pass
    owner = _owner(page)
    _refuse_others(owner, source)
    by = imports.importer(page.session, page.who)
    split(page.session, source, owners=[owner], today=page.today, by=by)


def check(page: Page, draft: Draft, mending: Mending) -> Checked:
    """Compares an upload with the database: pure reading. Raises BadFile."""
    owner = _owner(page)
    with unpacked(draft.name, draft.content) as path:
        source = importing.read(path, mending)
        _refuse_others(owner, source)
        plan = importing.plan(
            page.session,
            source,
            page.rules,
            owner=owner,
            now=page.now,
            by=imports.importer(page.session, page.who),
        )
        sheets = [one for one in source.sheets.values() if not is_empty_list(one)]
        tables = {sheet.file: sheet.table for sheet in sheets}
        columns = {sheet.table.file: sheet.columns for sheet in sheets}
        about = _about(source)
    return Checked(plan, tables, columns, about, _stamp(plan))


def _about(source: Source) -> list[str]:
    """How a single file of text was read, so that whoever sees strange letters knows why."""
    texts = [one.text for one in source.sheets.values() if isinstance(one.text, Text)]
    if len(source.sheets) != 1 or not texts:
        return []
    separators = {";": _("semikolon"), ",": _("komma"), "\t": _("tabulator")}
    return [_ENCODINGS[texts[0].encoding], separators[texts[0].separator]]


def _owner(page: Page) -> str:
    """The id of the owner whose data the person works with."""
    statement = select(col(Owner.key)).where(col(Owner.id) == page.who.owner_id)
    return str(page.session.execute(statement).scalar_one())


def _refuse_others(owner: str, source: Source) -> None:
    """Raises BadFile where the files name another owner than the person's own."""
    others = sorted(named_owners(source) - {owner})
    if others:
        raise BadFile(
            _("Filene tilhører skoleeieren «{owner}», og rollene dine gjelder en annen.").format(
                owner=", ".join(others)
            )
        )


def _stamp(plan: Plan) -> str:
    changes = [plan.changes(table["table"]) for table in plan.summary if table["changed"]]
    return sha256(repr((plan.summary, plan.refused, plan.warnings, changes)).encode()).hexdigest()[
        :32
    ]
