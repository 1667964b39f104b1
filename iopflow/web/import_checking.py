"""Import: which columns they are, what would happen, and doing it (ux S8a, steps 2 and 3).

What is corrected here goes the same road as what stands in the file: the whole upload is read and
compared again each time, and nothing is stored of it before somebody says «Importer».
"""

from dataclasses import replace
from datetime import date

from starlette.responses import Response

from iopflow import importing
from iopflow.engine import drafts
from iopflow.engine.drafts import Draft
from iopflow.engine.enrolments import end_enrolments, refuse_last_day
from iopflow.importing import BadFile
from iopflow.importing.headings import Unknown
from iopflow.importing.mending import Mending
from iopflow.importing.refused import refused_csv
from iopflow.importing.sheets import known_headers
from iopflow.importing.tables import BY_FILE, PUPIL_LIST, READ_AS
from iopflow.queries import imports
from iopflow.queries.imports import Leaver
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.import_rows import MOST, changes, doubts, mended, problems
from iopflow.web.imports import CSV, attachment
from iopflow.web.page import Page, back_to
from iopflow.web.uploads import (
    Checked,
    check,
    leaving_of,
    leaving_text,
    mending_of,
    questions,
    read_through,
)

A_SECOND = 2_000  # rows that are read, compared and written in a second
LONG = 5_000  # rows of which it is said that it takes time


def show(page: Page) -> Response:
    """The step that the upload has come to."""
    draft = _draft(page, imported=True)
    if draft.batch_id is not None:
        return back_to(f"/import/gjort/{draft.batch_id}")
    mending = mending_of(draft)
    asks = questions(draft, mending)
    return _columns(page, draft, asks) if asks else _control(page, draft, mending)


# -------------------------------------------------------------------- step 2


def columns(page: Page) -> Response:
    """Says which table and column is meant, or begins that anew."""
    draft = _draft(page, to_change=True)
    mending = mending_of(draft)
    if page.form.get("om"):
        mending = Mending()
    else:
        asks = questions(draft, mending)
        _say(page, asks, mending)
        try:
            read_through(page, draft, mending)
        except BadFile as bad:
            return _columns(page, draft, asks, why=str(bad), status=422)
    draft.mending = mending.to_json()
    drafts.change(page.session, draft)
    return back_to(f"/import/{draft.id}")


def _say(page: Page, asks: list[Unknown], mending: Mending) -> None:
    """Reads the answers into the mending. Raises Unclear for one that was not offered."""
    for place, one in enumerate(asks):
        if one.table is None:
            said = page.form.get(f"t{place}", "")
            if said and said not in READ_AS:
                raise forms.Unclear(
                    _("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen.")
                )
            mending.tables[one.file] = said
            continue
        offered = {column.name for column in one.table.columns}
        meant = mending.columns.setdefault(one.table.file, {})
        for number, heading in enumerate(one.headings):
            said = page.form.get(f"k{place}-{number}", "")
            if said and said not in offered:
                raise forms.Unclear(
                    _("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen.")
                )
            meant[heading.word] = said


def _columns(
    page: Page, draft: Draft, asks: list[Unknown], *, why: str = "", status: int = 200
) -> Response:
    return page.show(
        "import_columns.html",
        status=status,
        draft=draft,
        asks=asks,
        tables=READ_AS.values(),
        known={
            one.file: sorted(set(known_headers(one.table).values()))
            for one in asks
            if one.table is not None
        },
        typed=page.form,
        why=why,
    )


# -------------------------------------------------------------------- step 3


def correct(page: Page) -> Response:
    """Takes the corrections, and checks again. Nothing is imported."""
    draft = _draft(page, to_change=True)
    if page.form.get("fjern"):
        kept = mending_of(draft)
        draft.mending = Mending(kept.tables, kept.columns).to_json()
        drafts.change(page.session, draft)
        return back_to(f"/import/{draft.id}?kontrollert=ja")
    wrong = _take(page, draft)
    if wrong:
        return _control(page, draft, mending_of(draft), wrong=wrong, status=422)
    return back_to(f"/import/{draft.id}?kontrollert=ja")


def do(page: Page) -> Response:
    """Imports what was shown, once. What has been typed or has changed since is shown first."""
    try:
        draft = _draft(page, to_change=True, imported=True)
    except NotFound:
        return back_to("/import?borte=ja")
    if draft.batch_id is not None:
        return back_to(f"/import/gjort/{draft.batch_id}")
    before = (mending_of(draft), draft.leaving)
    wrong = _take(page, draft)
    mending = mending_of(draft)
    if wrong:
        return _control(page, draft, mending, wrong=wrong, status=422)
    if (mending, draft.leaving) != before:
        return back_to(f"/import/{draft.id}?rettet=ja")
    checked = check(page, draft, mending)
    if page.form.get("sett") != checked.stamp:
        return _control(page, draft, mending, moved=True, status=422)
    if not (checked.plan.changes_something or leaving_of(draft)):
        return back_to(f"/import/{draft.id}")
    act = page.act("import")
    applied = importing.apply(page.session, checked.plan, page.rules, act=act)
    left = replace(page.act("end enrolment"), batch_id=applied.batch_id)
    end_enrolments(page.session, leaving_of(draft), left)
    draft.batch_id = applied.batch_id
    draft.content = refused_csv(checked.plan) if checked.plan.refused else b""
    draft.mending, draft.leaving = "", "{}"
    drafts.change(page.session, draft)
    return back_to(f"/import/gjort/{applied.batch_id}")


def refused(page: Page) -> Response:
    """The rows that cannot be taken as they stand, to put right elsewhere."""
    draft = _draft(page)
    return attachment(refused_csv(check(page, draft, mending_of(draft)).plan), CSV, "avvist.csv")


def drop(page: Page) -> Response:
    """The upload is thrown away."""
    drafts.drop(page.session, _draft(page, to_change=True))
    return back_to("/import?avbrutt=ja")


def _draft(page: Page, *, to_change: bool = False, imported: bool = False) -> Draft:
    """The person's own upload of the path, also when it is `imported`. Raises NotFound."""
    numbers = forms.known_numbers([str(page.request.path_params["number"])])
    number = numbers[0] if numbers else 0
    found = drafts.find(page.session, page.who, number, now=page.now, to_change=to_change)
    if found.batch_id is not None and not imported:
        raise NotFound(_("Opplastingen er alt importert: last opp filen på nytt."))
    return found


def _take(page: Page, draft: Draft) -> dict[str, str]:
    """Takes what was typed into the draft. Returns what could not be read, by field."""
    mending = mending_of(draft)
    for field, value in page.form.items():
        kind, _bar, rest = field.partition("|")
        table, _bar, place = rest.partition("|")
        row, _bar, column = place.partition("|")
        if kind not in {"rett", "tekst", "lik"} or table not in READ_AS:
            continue
        known = {one.name for one in READ_AS[table].columns}
        for number in forms.known_numbers([row]):
            if kind == "lik":
                if value == "samme":
                    mending.leave_out(table, number)
            elif column in known:
                was = page.form.get(f"var|{rest}")
                if kind == "tekst":
                    mending.correct(table, number, column, f"'{was or ''}")
                elif was is not None and value.strip() != was.strip():
                    mending.correct(table, number, column, value)
    wrong: dict[str, str] = {}
    if "elever" in page.form:
        draft.leaving = leaving_text(_leaving(page, draft, wrong))
    draft.mending = mending.to_json()
    drafts.change(page.session, draft)
    return wrong


def _leaving(page: Page, draft: Draft, wrong: dict[str, str]) -> dict[int, date]:
    """Who is ticked as having left, with the last day; of whom the day is wrong, as it was."""
    ticked = forms.known_numbers(page.many("slutt"))
    if not ticked:
        return {}
    checked = check(page, draft, mending_of(draft))
    there = {one.enrolment: one for one in _leavers(page, checked)}
    found: dict[int, date] = {}
    for number in ticked:
        if number not in there:
            continue
        try:
            day = forms.day(page.form.get(f"dag|{number}", ""), page.today)
            refuse_last_day(there[number].starts, day)
            found[number] = day
        except Refused as bad:
            wrong[f"dag-{number}"] = str(bad)
    return found


def _leavers(page: Page, checked: Checked) -> list[Leaver]:
    """The pupils of whom it is asked whether they have left."""
    return imports.leavers(page.session, page.who, checked.plan.absent("pupils"))


def _control(
    page: Page,
    draft: Draft,
    mending: Mending,
    *,
    wrong: dict[str, str] | None = None,
    moved: bool = False,
    status: int = 200,
) -> Response:
    checked = check(page, draft, mending)
    plan = checked.plan
    summary = plan.summary
    totals = {
        name: sum(table[name] for table in summary)
        for name in ("added", "changed", "unchanged", "refused", "missing")
    }
    ready = totals["added"] + totals["changed"] + totals["unchanged"]
    cells, count = changes(page, plan)
    rows = ready + totals["refused"]
    leavers = _leavers(page, checked)
    leaving = leaving_of(draft)
    return page.show(
        "import_check.html",
        status=status,
        draft=draft,
        tables=[(BY_FILE[one["table"]], one) for one in summary],
        totals=totals,
        ready=ready,
        asked=problems(page, checked),
        most=MOST,
        changes=cells,
        changed=count,
        mended=mended(mending),
        notes=plan.notes,
        doubts=doubts(checked),
        is_list=PUPIL_LIST in checked.tables.values(),
        renamed=bool(mending.tables or mending.columns),
        leavers=leavers[:MOST],
        more_leavers=max(0, len(leavers) - MOST),
        leaving=leaving,
        something=plan.changes_something or bool(leaving),
        unlikely=plan.unlikely[:MOST],
        more_unlikely=max(0, len(plan.unlikely) - MOST),
        warnings=plan.warnings[:MOST],
        more_warnings=max(0, len(plan.warnings) - MOST),
        seconds=max(1, rows // A_SECOND) if rows >= LONG else 0,
        about=checked.about,
        whole=imports.schools(page.session, page.who) is None,
        stamp=checked.stamp,
        wrong=wrong or {},
        typed=page.form,
        ticked=page.many("slutt"),
        moved=moved,
        checked="kontrollert" in page.request.query_params,
        corrected="rettet" in page.request.query_params,
    )
