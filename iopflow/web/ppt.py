"""PPT-køen: the assessments by deadline, whose turn it is, what is missing (ux S6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from iopflow.engine import ppt as acts
from iopflow.lifecycle import Court
from iopflow.models import metadata
from iopflow.queries.access import sees_pupil
from iopflow.queries.advisers import candidates
from iopflow.queries.ppt import QueueCase, queue
from iopflow.queries.ppt_figures import NOBODY, Share, Wanted, shares, summary
from iopflow.queries.referrals import Lacking, Report
from iopflow.roles import Action
from iopflow.texts import _, counted, percent
from iopflow.web import forms
from iopflow.web.page import Page
from iopflow.words import lack_word

FILTERS = ("skole", "radgiver", "venter", "levert")
FIELDS = ("on", "valid_to", "note", "adviser", "other", "instead", "rad")
FEW = 3  # cases that are named where something is confirmed
TURNS = (Court.PPT, Court.SKOLE, Court.FORESATTE)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody sent that was refused: shown again, so that nothing is lost."""

    why: str
    cases: frozenset[int] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)


def show(page: Page, *, typed: Typed | None = None, status: int = 200) -> Response:
    """The page."""
    asked = page.request.query_params if typed is None else page.form
    kept = {name: asked[name] for name in FILTERS if asked.get(name)}
    everything = queue(page.session, page.rules, page.who, today=page.today, delivered=True)
    wanted = _wanted(kept)
    shown = [
        one for one in everything if wanted.holds(one) and (not one.delivered or kept.get("levert"))
    ]
    of_school = [one for one in everything if wanted.school in ("", one.school)]
    told = summary(of_school, today=page.today)
    now, before = shares(page.session, page.who, today=page.today, school=wanted.school or None)
    return page.show(
        "ppt.html",
        status=status,
        rows=[_row(one) for one in shown],
        told=told,
        now=_share(now),
        before=_share(before),
        schools=sorted({(one.school, one.school_name) for one in everything}),
        advisers=sorted({(a.name, a.key) for one in everything for a in one.advisers}),
        turns=[(one.value, one.text.get()) for one in TURNS],
        nobody=NOBODY,
        kept=kept,
        typed=typed,
        values=dict.fromkeys(FIELDS, "") | dict(typed.values if typed is not None else {}),
        sought=dict.fromkeys(FILTERS, "") | kept,
        ticked=typed.cases if typed is not None else frozenset(),
        candidates=_candidates(page, everything),
        assigns=page.who.may(Action.ASSIGN),
        done=_done(page, everything),
        longest=acts.LONGEST_NUMBER,
    )


def _wanted(kept: Mapping[str, str]) -> Wanted:
    turn = next((one for one in TURNS if one.value == kept.get("venter")), None)
    return Wanted(kept.get("skole", ""), kept.get("radgiver", ""), turn)


def _row(case: QueueCase) -> dict[str, Any]:
    turn = case.course.turn
    return {
        "case": case,
        "report": _report(case),
        "consent": {True: _("ja"), False: _("nei"), None: _("mangler")}[case.consent],
        "state": case.course.state.about.title.get(),
        "turn": _turn(case, turn),
        "lacking": [_lacking(one) for one in case.lacking],
        "advisers": [
            _("{name} (for {away})").format(name=one.name, away=one.away) if one.away else one.name
            for one in case.advisers
        ],
    }


def _turn(case: QueueCase, turn: Court | None) -> str:
    if case.delivered or turn is None or case.days is None:
        return ""
    days = counted(case.days, _("{n} dag"), _("{n} dager"))
    return _("venter på {who}, {days}").format(who=turn.text.get(), days=days)


def _report(case: QueueCase) -> str:
    return {
        Report.DONE: _("mottatt"),
        Report.NOT_APPLICABLE: _("ikke aktuelt"),
        Report.MISSING: _("mangler"),
    }[case.report]


def _lacking(one: Lacking) -> str:
    what = one.note or lack_word(one.what.value)
    return _("{what} (fra {who})").format(what=what, who=one.court.text.get())


def _share(share: Share) -> str:
    if share.rate is None:
        return _("ingen meldt")
    return _("{rate} ({n} av {of})").format(
        rate=percent(share.rate, 0), n=share.delivered, of=share.of
    )


def _candidates(page: Page, cases: Sequence[QueueCase]) -> list[Any]:
    """Whom the head of PPT may choose from; nobody for others."""
    if not page.who.may(Action.ASSIGN):
        return []
    offices = sorted({one.ppt_id for one in cases if one.ppt_id is not None})
    return candidates(page.session, offices, today=page.today)


def _done(page: Page, cases: Sequence[QueueCase]) -> dict[str, str] | None:
    """What was recorded just now, by the log; and the word that takes it back."""
    asked = page.request.query_params
    if asked.get("ord") == "angret":
        return {"word": "", "said": _("Angret: det står som før.")}
    word = asked.get("hva", "")
    events = forms.events(word)
    if events is None:
        return None
    about = acts.touched(page.session, events, page.act("see"))
    if not about:
        return None
    numbers = sorted({one.case_number for one in cases if one.pupil_id in about})
    which = ", ".join(numbers)
    if not 0 < len(numbers) <= FEW:
        which = counted(len(about), _("{n} sak"), _("{n} saker"))
    return {"word": word, "said": f"{which}: {_what(asked.get('ord', ''))}."}


def _what(word: str) -> str:
    return {
        "foreligger": _("vurderingen foreligger"),
        "mangler": _("sendt tilbake til skolen, noe mangler"),
        "fullstendig": _("henvisningen er fullstendig"),
        "nummer": _("saksnummeret er lagret"),
        "fordel": _("fordelt"),
    }.get(word, _("ført"))


def assignable(page: Page, cases: Sequence[QueueCase]) -> set[int]:
    """The pupils of some cases whom the viewer may give an adviser."""
    pupil = metadata.tables["pupil"]
    ids = [one.pupil_id for one in cases]
    may = sees_pupil(page.who, pupil.c.id, action=Action.ASSIGN)
    return set(page.session.execute(select(pupil.c.id).where(pupil.c.id.in_(ids), may)).scalars())
