"""Like elever: pairs who may be one pupil, side by side; merged after a preview, or told apart."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from iopflow.engine import merging, reversing
from iopflow.engine.merging import Merger
from iopflow.models import Pupil
from iopflow.queries.access import NotAllowed
from iopflow.queries.duplicates import MOST, candidates, mergeable, side_of
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.texts import _, counted, short_date
from iopflow.web import forms
from iopflow.web.page import Page, back_to
from iopflow.web.undone import events_since, next_event, whole_acts

ACTS = (merging.ACT, merging.NOT_SAME)


@dataclass(frozen=True, slots=True)
class Shown:
    """A merger before it is done, in words."""

    stays: int
    moves: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    clashes: list[str] = field(default_factory=list)
    seen: str = ""


def overview(page: Page) -> Response:
    """The pairs that nobody has decided on."""
    pairs = candidates(page.session, page.who, today=page.today)
    return page.show(
        "duplicates.html",
        pairs=pairs[:MOST],
        more=max(0, len(pairs) - MOST),
        said=_said(page),
        events=_events(page),
    )


def pair(page: Page, *, shown: Shown | None = None, why: str = "", status: int = 200) -> Response:
    """The two side by side."""
    two = _two(page)
    page.opened += [one.number for one in two]
    return page.show(
        "duplicate.html",
        status=status,
        sides=[side_of(page.session, one) for one in two],
        path=f"/like-elever/{two[0].number}/{two[1].number}",
        shown=shown,
        why=why,
    )


def preview(page: Page) -> Response:
    """What would move, what both have, and what stands in the way; nothing is stored."""
    two = _two(page)
    try:
        stays, goes = _chosen(page, two)
        shown = _in_words(merging.planned(page.session, stays, goes))
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return pair(page, why=str(refused), status=422)
    return pair(page, shown=shown)


def merge(page: Page) -> Response:
    """The two are one, where nothing that was shown has changed since."""
    stays, goes = _chosen(page, _two(page))
    plan = merging.planned(page.session, stays, goes)
    shown = _in_words(plan)
    if page.form.get("seen") != shown.seen:
        said = _("Noe er endret imens: se over på nytt før du slår sammen.")
        return pair(page, shown=shown, why=said, status=422)
    first = next_event(page)
    reason = page.form.get("reason", "").strip() or None
    try:
        with page.session.begin_nested():
            merging.merge(page.session, page.rules, plan, page.act(merging.ACT, reason))
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        page.session.expire_all()
        return pair(page, shown=shown, why=str(refused), status=422)
    return _back(page, first, "slatt")


def not_same(page: Page) -> Response:
    """The two are two, and are proposed no more."""
    one, other = _two(page)
    first = next_event(page)
    merging.say_not_same(page.session, one, other, page.act(merging.NOT_SAME))
    return _back(page, first, "ulike")


def undo(page: Page) -> Response:
    """Takes back one's own merger, or that two were told apart."""
    events = whole_acts(page, "hva")
    reversing.take_back(page.session, events, ACTS, page.act("pupil_undo", _("angret")))
    return back_to("/like-elever?ord=angret")


def _two(page: Page) -> list[Pupil]:
    """The pupils of the address. Raises NotFound where the person may not merge both."""
    words = (page.request.path_params[name] for name in ("number", "other"))
    numbers = forms.known_numbers(words)
    if len(numbers) != 2:
        raise NotFound(_("Fant ikke eleven: åpne siden på nytt."))
    return mergeable(page.session, page.who, numbers, today=page.today)


def _chosen(page: Page, two: list[Pupil]) -> tuple[Pupil, Pupil]:
    """Which of the two stays, and which goes. Raises Unclear where none is chosen."""
    stays = next((one for one in two if str(one.id) == page.form.get("stays")), None)
    if stays is None:
        raise forms.Unclear(_("Velg hvem av de to som skal bli stående."))
    return stays, next(one for one in two if one is not stays)


def _in_words(plan: Merger) -> Shown:
    moves = [_counted(table, number) for table, number in plan.moves.items()]
    twice = [_counted(table, number) for table, number in plan.twice.items()]
    clashes = [_clash(table, row) for table, row in plan.clashes]
    changes = sum(map(len, plan.changes.values())) + sum(map(len, plan.gone.values()))
    return Shown(plan.stays.number, moves, twice, clashes, f"{changes}-{len(clashes)}")


def _counted(table: str, n: int) -> str:
    words = {
        "enrolment": (_("{n} innskriving"), _("{n} innskrivinger")),
        "assessment": (_("{n} sakkyndig vurdering"), _("{n} sakkyndige vurderinger")),
        "vedtak": (_("{n} enkeltvedtak"), _("{n} enkeltvedtak")),
        "consent": (_("{n} samtykke"), _("{n} samtykker")),
        "happening": (_("{n} ting som er ført"), _("{n} ting som er ført")),
        "task": (_("{n} oppgave"), _("{n} oppgaver")),
        "role_grant": (_("{n} ansatt med ansvar"), _("{n} ansatte med ansvar")),
        "appeal": (_("{n} klage"), _("{n} klager")),
    }
    one, many = words.get(table, (_("{n} annen opplysning"), _("{n} andre opplysninger")))
    return counted(n, one, many)


def _clash(table: str, row: dict[str, Any]) -> str:
    names = {
        "assessment": _("sakkyndig vurdering"),
        "vedtak": _("enkeltvedtak"),
        "consent": _("samtykke"),
        "appeal": _("klage"),
        "pause": _("pause i saken"),
        "support": _("assistanse eller tilrettelegging"),
        "case_move": _("hendelse i saken"),
    }
    days = ("decided_on", "on_day", "registered_on", "sought_on", "starts", "needed_since")
    day = next(row[name] for name in days if name in row)
    return _("{what} {day}: de to har ulike opplysninger om det samme").format(
        what=names[table].capitalize(), day=short_date(day)
    )


def _said(page: Page) -> str:
    words = {
        "slatt": _("De to er slått sammen til én elev."),
        "ulike": _("Lagret: de to er ikke samme elev, og foreslås ikke mer."),
        "angret": _("Angret: alt står som før."),
    }
    return words.get(page.request.query_params.get("ord", ""), "")


def _events(page: Page) -> str:
    word = page.request.query_params.get("hva", "")
    return word if forms.events(word) is not None else ""


def _back(page: Page, first: int, word: str) -> Response:
    events = events_since(page, first)
    return back_to(f"/like-elever?{urlencode({'ord': word, 'hva': events})}")
