"""Import: the file, what has been imported, and taking an import back (ux S8a, steps 1 and 4)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from iopflow import importing
from iopflow.clock import local
from iopflow.engine import drafts
from iopflow.importing import BadFile
from iopflow.importing.extract import Reach, extract, reach
from iopflow.importing.tables import TABLES
from iopflow.importing.takeout import ALL, CHOICES
from iopflow.importing.takeout import book as filled_book
from iopflow.importing.template import template
from iopflow.models import Owner, Person
from iopflow.queries import imports
from iopflow.queries.places import NotFound
from iopflow.queries.readings import pupils_by_school
from iopflow.refusals import Refused
from iopflow.texts import _, short_date
from iopflow.web import forms
from iopflow.web.page import Page, back_to
from iopflow.web.uploads import taken

LISTED = 50  # imports on the page; the command lists all
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"


def start(page: Page) -> Response:
    """Step 1, and the imports that were made."""
    return _start(page)


def book(_page: Page) -> Response:
    """The workbook to fill in."""
    return attachment(template(), _EXCEL, "iopflow-import.xlsx")


def takeout(page: Page) -> Response:
    """What stands in iopflow, as a workbook to put right and upload again."""
    asked = page.request.query_params.get("tabeller", ALL)
    reaching = reach(page.session, page.who)
    if asked not in _choices(reaching):
        raise NotFound(_("Fant ikke det du ville hente ut: velg på siden Import."))
    person = page.session.execute(
        select(col(Person.name), col(Owner.key))
        .join(Owner, col(Owner.id) == col(Person.owner_id))
        .where(col(Person.id) == page.who.person_id)
    ).one()
    made = extract(
        page.session,
        page.rules,
        reaching,
        owner=(page.who.owner_id or 0, person.key),
        now=page.now,
        tables=CHOICES[asked][1],
    )
    page.listed |= pupils_by_school(page.session, made.pupils, today=page.today)
    content = filled_book(made, by=person.name, now=page.now)
    return attachment(content, _EXCEL, f"iopflow-{asked}-{page.today.isoformat()}.xlsx")


def _choices(reaching: Reach) -> dict[str, str]:
    """What the person may take out, in words."""
    there = {table.file for table in reaching.tables}
    return {key: _(words) for key, (words, files) in CHOICES.items() if there.issuperset(files)} | {
        ALL: _(CHOICES[ALL][0])
    }


def upload(page: Page) -> Response:
    """A file is kept for its uploader alone, if it can be read; nothing is imported."""
    try:
        name, content = taken(page, page.uploads.get("fil") or page.uploads.get(""))
    except BadFile as bad:
        return _start(page, why=str(bad), status=422)
    number = drafts.keep(page.session, page.who, name, content, now=page.now)
    return back_to(f"/import/{number}")


def _start(page: Page, *, why: str = "", status: int = 200) -> Response:
    batches = imports.batches(page.session, page.who)
    reaching = reach(page.session, page.who)
    return page.show(
        "imports.html",
        status=status,
        why=why,
        gone="borte" in page.request.query_params,
        dropped="avbrutt" in page.request.query_params,
        waiting=drafts.waiting(page.session, page.who, now=page.now),
        batches=batches[: -LISTED - 1 : -1],
        more=max(0, len(batches) - LISTED),
        when=when,
        choices=_choices(reaching),
        gives_pupils=reaching.gives_pupils,
    )


def done(page: Page) -> Response:
    """Step 4: what an import wrote."""
    return _done(page, _batch(page))


def undo(page: Page) -> Response:
    """Takes an import back as a whole, with a reason."""
    batch = _batch(page)
    reason = page.form.get("reason", "").strip()
    if not reason:
        return _done(page, batch, why=_("Skriv hvorfor importen angres."), status=422)
    try:
        with page.session.begin_nested():
            act = page.act("undo import", reason)
            importing.undo(page.session, batch["batch"], act=act)
    except Refused as refused:
        return _done(page, batch, why=str(refused), reason=reason, status=422)
    return back_to(f"/import/gjort/{batch['batch']}")


def refused_rows(page: Page) -> Response:
    """The rows that an import did not take, for as long as they are kept."""
    batch = _batch(page)
    content = drafts.refused_rows(page.session, page.who, batch["batch"])
    if not content:
        raise NotFound(_("Fant ingen avviste rader: de tas bort etter et døgn."))
    return attachment(content, CSV, "avvist.csv")


def _done(
    page: Page, batch: dict[str, Any], *, why: str = "", reason: str = "", status: int = 200
) -> Response:
    wrote = imports.written(page.session, batch["batch"])
    return page.show(
        "import_done.html",
        status=status,
        batch=batch,
        when=when,
        tables=[(table, *wrote[table.stored]) for table in TABLES if table.stored in wrote],
        refused=bool(drafts.refused_rows(page.session, page.who, batch["batch"])),
        why=why,
        reason=reason,
    )


def _batch(page: Page) -> dict[str, Any]:
    """The import of the path. Raises NotFound for one that the person may not see."""
    numbers = forms.known_numbers([str(page.request.path_params["number"])])
    found = [one for one in imports.batches(page.session, page.who) if one["batch"] in numbers]
    if not found:
        raise NotFound(_("Fant ikke importen."))
    return found[0]


def attachment(content: bytes, kind: str, name: str) -> Response:
    """A file of ours to keep: a browser never shows it as a page."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)


def when(moment: datetime) -> str:
    """A moment of the past, as the pages say it."""
    here = local(moment)
    return _("{day} kl. {time}").format(day=short_date(here.date()), time=f"{here:%H.%M}")
