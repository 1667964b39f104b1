"""What the buttons do: the same acts as the commands, by the same rules, for one task or many."""

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from iopflow.engine import acts, talks, undoing
from iopflow.engine.happenings import Done
from iopflow.engine.references import said
from iopflow.models import What
from iopflow.queries.access import NotAllowed
from iopflow.queries.names import names_of
from iopflow.queries.permits import permitted, subject_of
from iopflow.queries.places import NotFound
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.bulk import bulk
from iopflow.web.mine import Typed, mine
from iopflow.web.page import Page, back_to
from iopflow.web.pupil import pupils_own
from iopflow.web.rows import lines
from iopflow.web.talks import ledger
from iopflow.web.undone import events_since, next_event, whole_acts
from iopflow.words import WAYS

Do = Callable[[Page, Sequence[TaskRow]], Done]
_PUPIL = re.compile(r"/elev/([0-9]{1,10})")
_WORDS = {
    *(What.INVITED, What.HELD, What.DECLINED, What.NO_REPLY),
    *(What.CANCELLED, What.NOT_POSSIBLE),
}
_OF_MANY: Mapping[str, Callable[..., Response]] = {"/masse": bulk, "/samtaler": ledger}
_PAGES = frozenset({"/mine", "/masse", "/matrise", "/samtaler", "/telling"})
# Of the page the form was on.
_FILTERS = ("steg", "klasse", "ar", "maned", "slag", "vis", "skole", "dato")


def complete(page: Page) -> Response:
    """Done, or held."""
    return _act(page, "done", Action.COMPLETE, _complete)


def not_applicable(page: Page) -> Response:
    """Does not apply this year."""
    return _act(page, "not_applicable", Action.DECIDE, _waive)


def help_wanted(page: Page) -> Response:
    """Help is wanted."""
    return _act(page, "help_wanted", Action.COMPLETE, _help)


def move(page: Page) -> Response:
    """Another date has been agreed."""
    return _act(page, "move", Action.DECIDE, _move)


def talk(page: Page) -> Response:
    """A word of a talk."""
    word = page.form.get("word", "")
    if word not in _WORDS:
        raise forms.Unclear(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))
    return _act(page, word, Action.COMPLETE, _talk)


def undo(page: Page) -> Response:
    """Takes back what was just recorded: a new event, never a deletion of what was said."""
    events = whole_acts(page, "what")
    rows = chosen(page, Action.COMPLETE)
    undoing.undo(page.session, rows, events, page.act("reopen", _("angret")))
    return back_to(f"{_from(page)}?{urlencode(_kept(page) | {'ord': 'angret'})}")


def chosen(page: Page, action: Action) -> list[TaskRow]:
    """The tasks of the form. Raises NotFound for one that the person does not see, NotAllowed."""
    ids = forms.numbers(page.many("task"))
    if not ids:
        raise Refused(_nobody())
    rows = tasks(page.session, page.rules, page.who, Asked(ids=ids), today=page.today)
    if len(rows) != len(ids):
        raise NotFound(_("Fant ikke oppgaven: åpne siden på nytt."))
    allowed = permitted(page.session, page.who, {subject_of(row) for row in rows}, action)
    if any(subject_of(row) not in allowed for row in rows):
        raise NotAllowed(_("Du kan se dette, men ikke føre det."))
    names = names_of(page.session, {(row.scope, row.subject_id) for row in rows})
    for row in rows:  # what is refused is said with the name, which the page shows anyway
        row.subject = names[row.scope, row.subject_id]
    return rows


def _act(page: Page, word: str, action: Action, do: Do) -> Response:
    if page.form.get("fra") in _OF_MANY and not page.many("task"):
        return _OF_MANY[page.form["fra"]](page, typed=_typed(page, 0, word, _nobody()), status=422)
    rows = chosen(page, action)
    first = next_event(page)
    try:
        _unchanged(page, rows)
        with page.session.begin_nested():
            done = do(page, rows)
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        typed = _typed(page, rows[0].id, word, str(refused))
        pupil = _PUPIL.fullmatch(page.form.get("fra", ""))
        if page.form.get("fra") == "/mine" and len(rows) == 1:
            return mine(page, typed=typed, status=422)
        if pupil is not None and len(rows) == 1:
            return pupils_own(page, pupil[1], typed=typed, status=422)
        if page.form.get("fra") in _OF_MANY:
            return _OF_MANY[page.form["fra"]](page, typed=typed, status=422)
        raise
    ids = ",".join(str(row.id) for row in rows)
    events = events_since(page, first) if done.changed else ""
    told = _kept(page) | {"fort": ids, "hva": events}
    return back_to(f"{_from(page)}?{urlencode(told, safe=',')}")


def _kept(page: Page) -> dict[str, str]:
    """The filters of the page that the form was on."""
    return {name: page.form[name] for name in _FILTERS if page.form.get(name)}


def _typed(page: Page, task: int, word: str, why: str) -> Typed:
    on, reason = page.form.get("on", ""), page.form.get("reason", "")
    # (the form for all that are ticked names no task of its own)
    many = "flere" in page.form
    return Typed(task, word, on, reason, why, how=page.form.get("how", ""), many=many)


def _nobody() -> str:
    return _("Ingen er valgt: kryss av minst én.")


def _unchanged(page: Page, rows: Sequence[TaskRow]) -> None:
    """Raises Refused where somebody else has recorded it after the page was shown."""
    seen = page.form.get("seen")
    changed = [line for line in lines(page.session, rows) if seen not in (None, line.seen)]
    if changed:
        raise Refused(
            _("{name}: noen andre har ført dette imens ({status}). Se før du retter.").format(
                name=changed[0].name, status=changed[0].word
            )
        )


def _complete(page: Page, rows: Sequence[TaskRow]) -> Done:
    on = forms.day(page.form.get("on", ""), page.today)
    act = page.act("complete", page.form.get("reason", "").strip() or None)
    return acts.complete(page.session, rows, on=on, today=page.today, act=act)


def _waive(page: Page, rows: Sequence[TaskRow]) -> Done:
    on = forms.day(page.form.get("on", ""), page.today)
    reason = page.form.get("reason", "")
    if not reason.strip():
        raise forms.Unclear(_("Skriv hvorfor det ikke er aktuelt."))
    act = page.act("not_applicable", reason)
    return acts.not_applicable(page.session, rows, on=on, today=page.today, reason=reason, act=act)


def _help(page: Page, rows: Sequence[TaskRow]) -> Done:
    act = page.act("help_wanted", page.form.get("reason", "").strip() or None)
    return acts.help_wanted(page.session, rows, on=page.today, today=page.today, act=act)


def _move(page: Page, rows: Sequence[TaskRow]) -> Done:
    due = forms.day(page.form.get("on", ""), page.today)
    reason = page.form.get("reason", "")
    if due < page.today:
        raise forms.Unclear(_("Den nye datoen er passert: skriv en som kommer."))
    if not reason.strip():
        raise forms.Unclear(_("Skriv hvorfor datoen er en annen."))
    return acts.move(page.session, rows, due=due, reason=reason, act=page.act("move", reason))


def _talk(page: Page, rows: Sequence[TaskRow]) -> Done:
    """Somebody who declines has been invited: where nobody wrote that down, both are recorded."""
    on = forms.day(page.form.get("on", ""), page.today)
    what = What(page.form["word"])
    act = page.act("talk")
    # How they were invited is one of a few words; why something did not come of it, a few words.
    how, reason = page.form.get("how", ""), said(page.form.get("reason", ""), longest=200)
    why = (how if how in WAYS else "") if what is What.INVITED else reason
    if what in talks.NEEDS_INVITATION:
        first = talks.uninvited(page.session, rows, on)
        if first:
            talks.talk(page.session, first, What.INVITED, on=on, today=page.today, act=act)
    return talks.talk(
        page.session, rows, what, on=on, today=page.today, act=act, reason=why or None
    )


def _from(page: Page) -> str:
    """The page the form was on: one of ours, never an address that a form brings along."""
    path = page.form.get("fra", "")
    return path if path in _PAGES or _PUPIL.fullmatch(path) else "/mine"
