"""A cell of the matrix, and the questions about it: asked there, answered on «Mine elever»."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from iopflow.clock import local_date
from iopflow.engine import questions, undoing
from iopflow.engine.questions import About
from iopflow.mailer import sender_domain
from iopflow.models import Answering, Asking, Scope
from iopflow.queries.access import NotAllowed
from iopflow.queries.permits import permitted, subject_of
from iopflow.queries.places import NotFound
from iopflow.queries.questions import Asked, question_to, questions_of
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.texts import _
from iopflow.web import forms, sheet
from iopflow.web.matrix import open_cell, responsible_names, shown_lines
from iopflow.web.mine import titles
from iopflow.web.page import Page, back_to
from iopflow.web.sheet import Sheet
from iopflow.web.undone import events_since, next_event, whole_acts


def cell(
    page: Page, *, typed: Mapping[str, str] | None = None, why: str = "", status: int = 200
) -> Response:
    """The page of a cell: who lacks the step, who is responsible, and what can be done."""
    asked = page.request.query_params if typed is None else typed
    one = open_cell(page, asked.get("steg", ""), asked.get("klasse", ""))
    rows = [*one.cell.left, *one.cell.aside]
    names = responsible_names(page, rows)
    found = shown_lines(page, one.cell)
    if sheet.is_wanted(page):
        columns = [
            (_("Hvem"), lambda line: line.name),
            (_("Status"), lambda line: line.word),
            (_("Frist"), lambda line: line.due),
            (_("Ansvarlig"), lambda line: names[line.task]),
        ]
        pupils = {row.subject_id for row in rows if row.scope is Scope.PUPIL}
        return sheet.download(page, Sheet.of("mangler", columns, found, pupils))
    may_ask = bool(one.cell.left) and page.who.may(Action.INVITE)
    step = rows[0].step if rows else None
    return page.show(
        "cell.html",
        status=status,
        one=one,
        left=found[: len(one.cell.left)],
        aside=found[len(one.cell.left) :],
        responsible=names,
        asks=may_ask,
        sentences=[(asking.value, asking.text.get()) for asking in Asking],
        by_hand=step is not None and step.recordable,
        talk=step is not None and step.kind == "conversation",
        of_pupils=bool(rows) and rows[0].scope is Scope.PUPIL,
        typed=typed,
        why=why,
        sent=next(
            (held for held in one.holders if str(held.person.id) == asked.get("spurt")), None
        ),
        day_of=local_date,
        download=sheet.address(page),
    )


def ask(page: Page) -> Response:
    """Sends the question to one who is responsible for something in the cell."""
    one = open_cell(page, page.form.get("steg", ""), page.form.get("klasse", ""))
    person = page.form.get("person", "")
    held = next((held for held in one.holders if str(held.person.id) == person), None)
    if held is None or held.is_oneself:
        raise NotFound(_("Fant ikke dette i oversikten: åpne siden på nytt."))
    subjects = {subject_of(row) for row in one.cell.left}
    if not permitted(page.session, page.who, subjects, Action.INVITE):
        raise NotAllowed(_("Du kan se dette, men ikke spørre om det."))
    try:
        asking = Asking(page.form.get("asking", ""))
    except ValueError:
        raise forms.Unclear(
            _("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen.")
        ) from None
    row = one.cell.left[0]
    unit = int(one.group.key) if one.group.key.isdecimal() else None
    about = About(row.owner_id, one.year.start, one.step, unit, held.tasks)
    sender = sender_domain(page.site.settings)
    note, act = page.form.get("note", ""), page.act("ask")
    try:
        questions.ask(page.session, about, held.person, asking, note=note, sender=sender, act=act)
    except Refused as refused:
        return cell(page, typed=page.form, why=str(refused), status=422)
    told = {"steg": one.key, "klasse": one.group.key, "spurt": held.person.id}
    return back_to(f"/matrise/celle?{urlencode(told)}")


def history(page: Page) -> Response:
    """All that one has asked or been asked, the newest first."""
    number = page.who.person_id
    found = questions_of(page.session, number) if number is not None else []
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(page, found))
    return page.show(
        "questions.html",
        mine=[one for one in found if one.asker_id == number],
        to_me=[one for one in found if one.person_id == number],
        titles=titles(page, found),
        day_of=local_date,
        download=sheet.address(page),
    )


def _sheet(page: Page, found: Sequence[Asked]) -> Sheet:
    named = titles(page, found)
    columns = [
        (_("Spurt"), lambda one: local_date(one.asked_at)),
        (_("Fra"), lambda one: one.asker),
        (_("Til"), lambda one: one.person),
        (_("Steg"), lambda one: named[one.step]),
        (_("Skoleår"), lambda one: str(one.year)),
        (_("Klasse"), lambda one: one.unit),
        (_("Antall"), lambda one: one.tasks),
        (_("Spørsmål"), lambda one: one.asking.text.get()),
        (_("Svar"), lambda one: one.answer.text.get() if one.answer else None),
        (_("Svart"), lambda one: local_date(one.answered_at) if one.answered_at else None),
    ]
    return Sheet.of("sporsmal", columns, found)


def answer(page: Page) -> Response:
    """Writes the answer of the one asked."""
    one = _to_me(page)
    try:
        answering = Answering(page.form.get("answer", ""))
    except ValueError:
        raise forms.Unclear(_("Velg hva du vil svare.")) from None
    first = next_event(page)
    questions.answer(
        page.session, one, answering, note=page.form.get("note", ""), act=page.act("answer")
    )
    events = events_since(page, first)
    return back_to(f"/mine?{urlencode({'svart': one.number, 'hva': events})}")


def take_back(page: Page) -> Response:
    """Takes back one's own answer."""
    one = _to_me(page)
    events = whole_acts(page, "what")
    undoing.taken_back(
        page.session,
        events,
        ("question",),
        page.act("reopen", _("angret")),
        lambda row: bool(row["id"] == one.number),
    )
    return back_to("/mine")


def _to_me(page: Page) -> Asked:
    number = next(iter(forms.known_numbers([page.form.get("question", "")])), 0)
    return question_to(page.session, number, page.who.person_id or 0)
