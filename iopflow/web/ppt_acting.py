"""What PPT does on its page: delivered, sent back, complete, numbered, assigned; and taken back."""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from iopflow.engine import ppt as acts
from iopflow.engine.happenings import Done
from iopflow.models import Pupil
from iopflow.queries.access import NotAllowed
from iopflow.queries.places import NotFound, find
from iopflow.queries.ppt import QueueCase, queue
from iopflow.refusals import Refused
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.page import Page, back_to
from iopflow.web.ppt import FILTERS, Typed, assignable, show
from iopflow.web.undone import events_since, next_event, whole_acts

Do = Callable[[Page, Sequence[QueueCase]], Done]


def deliver(page: Page) -> Response:
    """The assessments of the cases that were ticked are there."""
    return _act(page, _deliver, "foreligger")


def send_back(page: Page) -> Response:
    """Something is lacking in them."""
    return _act(page, _send_back, "mangler")


def complete(page: Page) -> Response:
    """Nothing is lacking any more."""
    return _act(page, _complete, "fullstendig")


def number(page: Page) -> Response:
    """PPT's own number of one case."""
    return _act(page, _number, "nummer")


def assign(page: Page) -> Response:
    """An adviser has them."""
    return _act(page, _assign, "fordel")


def undo(page: Page) -> Response:
    """Takes back what was just recorded."""
    events = whole_acts(page, "what")
    mine = {one.pupil_id for one in _all(page)}
    act = page.act("ppt undo", _("angret"))
    acts.undo(page.session, events, mine, today=page.today, act=act)
    return back_to(_back(page, {"ord": "angret"}))


def _act(page: Page, do: Do, word: str) -> Response:
    ids = forms.numbers(page.many("case"))
    cases = [one for one in _all(page) if one.number in ids]
    if len(cases) != len(ids):
        raise NotFound(_("Fant ikke saken: åpne siden på nytt."))
    first = next_event(page)
    try:
        if not cases:
            raise forms.Unclear(_("Ingen er valgt: kryss av minst én."))
        with page.session.begin_nested():
            done = do(page, cases)
    except NotAllowed:
        raise
    except Refused as refused:
        typed = Typed(str(refused), frozenset(ids), dict(page.form))
        return show(page, typed=typed, status=422)
    events = events_since(page, first) if done.changed else ""
    return back_to(_back(page, {"hva": events, "ord": word} if events else {}))


def _all(page: Page) -> list[QueueCase]:
    return queue(page.session, page.rules, page.who, today=page.today, delivered=True)


def _back(page: Page, more: dict[str, str]) -> str:
    kept = {name: page.form[name] for name in FILTERS if page.form.get(name)} | more
    return f"/ppt?{urlencode(kept)}" if kept else "/ppt"


def _called(pupil: Pupil) -> str:
    return pupil.name


def _deliver(page: Page, cases: Sequence[QueueCase]) -> Done:
    on = forms.day(page.form.get("on", ""), page.today)
    until = page.form.get("valid_to", "").strip()
    valid_to = forms.day(until, page.today) if until else None
    act = page.act("ppt deliver")
    return acts.deliver(
        page.session,
        page.rules,
        cases,
        on=on,
        valid_to=valid_to,
        called=_called,
        today=page.today,
        act=act,
    )


def _send_back(page: Page, cases: Sequence[QueueCase]) -> Done:
    on = forms.day(page.form.get("on", ""), page.today)
    note = page.form.get("note", "")
    if not note.strip():
        raise forms.Unclear(_("Skriv hva som mangler, så skolen kan sende det."))
    act = page.act("ppt send-back")
    return acts.send_back(
        page.session,
        page.rules,
        cases,
        on=on,
        note=note,
        called=_called,
        today=page.today,
        act=act,
    )


def _complete(page: Page, cases: Sequence[QueueCase]) -> Done:
    on = forms.day(page.form.get("on", ""), page.today)
    act = page.act("ppt complete")
    return acts.complete(
        page.session, page.rules, cases, on=on, called=_called, today=page.today, act=act
    )


def _number(page: Page, cases: Sequence[QueueCase]) -> Done:
    if len(cases) > 1:
        raise forms.Unclear(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))
    pupil = page.session.get_one(Pupil, cases[0].pupil_id)
    reference = page.form.get("reference", "")
    return acts.number(page.session, pupil, reference, act=page.act("ppt number"))


def _assign(page: Page, cases: Sequence[QueueCase]) -> Done:
    pupils = {one.pupil_id for one in cases}
    if pupils - assignable(page, cases):
        raise NotAllowed(_("Du kan se saken, men ikke fordele den."))
    key = page.form.get("other", "").strip() or page.form.get("adviser", "")
    if not key:
        raise forms.Unclear(_("Velg en rådgiver, eller skriv id-en personen har i iopflow."))
    adviser = find(page.session, "person", key, owner_id=page.who.owner_id)
    return acts.assign(
        page.session,
        pupils,
        adviser,
        starts=forms.day(page.form.get("on", ""), page.today),
        instead=page.form.get("instead") == "ja",
        today=page.today,
        act=page.act("ppt assign"),
    )
