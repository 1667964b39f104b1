"""A pupil's case on one page: whose turn, since when, why late, what next; and what happened."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from iopflow.engine import cases, casework
from iopflow.engine.cases import Case
from iopflow.engine.casework import MAY
from iopflow.engine.happenings import Done
from iopflow.lifecycle import HAPPENED, TABLE, Course, Happened, Irregular, spent_words
from iopflow.models import Answer, Consenter, ConsentKind, MoveKind, Outcome, Pupil
from iopflow.queries import access
from iopflow.queries.access import NotAllowed
from iopflow.queries.casefile import CaseFile, YearCase, case_file
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted, short_date
from iopflow.web import forms
from iopflow.web.page import Page, back_to
from iopflow.web.seen import seen_pupil
from iopflow.words import basis_word, cause_word, lane_state_word, lane_word, timer_word

# What may be registered on the page: all that happens in a case.
KINDS = tuple(kind for kind in Happened if kind in MAY)


@dataclass(frozen=True, slots=True)
class Told:
    """A thing that happened, as a line of the page."""

    on: date
    title: str
    note: str
    wrong: Sequence[Irregular]
    kind: str = ""  # what a form takes back, and the day of its row
    row: date | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the picture of who had the ball, in thousandths of its width."""

    court: str
    x: int
    width: int
    title: str


def show(page: Page) -> Response:
    """The page."""
    return _show(page, _pupil(page))


def register(page: Page) -> Response:
    """Something happened in the case: registered, or refused with what was typed still there."""
    pupil = _pupil(page)
    typed = {name: page.form.get(name, "") for name in _TYPED}
    try:
        year = _year(typed["year"])
        kind = _kind(typed["what"])
        access.pupil(page.session, page.who, pupil.key, MAY[kind])
        on = forms.day(typed["on"], page.today)
        road_only = access.sees_road_only(page.session, page.who, pupil)
        case = cases.case_of(page.session, page.rules, pupil, year, road_only=road_only)
        done = _register(page, case, kind, on, typed)
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        page.session.rollback()
        return _show(page, pupil, typed, why=str(refused), status=422)
    said = "ny" if done.changed else "sto"
    return back_to(f"/sak/{pupil.number}?fort={said}&ar={year}")


def withdraw(page: Page) -> Response:
    """Takes a wrong registration back, with a reason; the log keeps it."""
    pupil = _pupil(page)
    year, kind = _year(page.form.get("year", "")), _kind(page.form.get("what", ""))
    access.pupil(page.session, page.who, pupil.key, MAY[kind])
    case = cases.case_of(page.session, page.rules, pupil, year)
    on = forms.day(page.form.get("on", ""), page.today)
    reason, act = page.form.get("reason", ""), page.act(f"withdraw {kind.value}")
    if kind in _DELIVERED:
        cases.withdraw_assessment(page.session, case, reason=reason, act=act)
    else:
        table, key = _row_of(kind, on)
        cases.withdraw(page.session, table, case, key, reason=reason, act=act)
    return back_to(f"/sak/{pupil.number}?fort=trukket&ar={year}")


_DELIVERED = (Happened.REFERRED, Happened.COMPLETE, Happened.RECEIVED)
_OF_ASSESSMENT = (Happened.NEEDED, *_DELIVERED)
_DECIDED = (Happened.GRANTED, Happened.PARTLY, Happened.REFUSED)
# What a form may take back: the others follow from a row that has a line of its own.
WITHDRAWN = tuple(kind for kind in KINDS if kind not in (Happened.NOTIFIED, Happened.ARRIVED))


def _row_of(kind: Happened, on: date) -> tuple[str, dict[str, Any]]:
    """The table and key of what happened on a day."""
    if kind is Happened.NEEDED:
        return "assessment", {}
    if kind in _DECIDED:
        return "vedtak", {"decided_on": on}
    if kind.value in set(MoveKind):
        return "case_move", {"kind": MoveKind(kind.value), "on_day": on}
    return "consent", {"kind": ConsentKind(kind.value.rpartition("_")[2]), "on_day": on}


_TYPED = ("year", "what", "on", "note", "by", "valid_from", "valid_to")


def _pupil(page: Page) -> Pupil:
    """The pupil of the address, if the person sees the pupil; all else looks the same."""
    return seen_pupil(page, str(page.request.path_params["number"]), _gone())


def _gone() -> str:
    return _("Fant ikke saken: den finnes ikke, eller rollene dine viser den ikke.")


def _year(typed: str) -> Year:
    try:
        return Year.parse(typed)
    except ValueError:
        raise forms.Unclear(_("Velg skoleåret saken gjelder.")) from None


def _kind(typed: str) -> Happened:
    if typed not in {kind.value for kind in KINDS}:
        raise forms.Unclear(_("Velg hva som skjedde."))
    return Happened(typed)


def _register(page: Page, case: Case, kind: Happened, on: date, typed: Mapping[str, str]) -> Done:
    session, rules, today = page.session, page.rules, page.today
    note = typed["note"].strip() or None
    _not_over_another(case, kind, on)
    if kind.value in set(MoveKind):
        act = page.act("case-event")
        return casework.move(
            session, case, MoveKind(kind.value), on=on, note=note, today=today, act=act
        )
    match kind:
        case Happened.NEEDED:
            return cases.need(session, rules, case, since=on, today=today, act=page.act("need"))
        case Happened.REFERRED | Happened.COMPLETE | Happened.RECEIVED:
            column = f"{kind.value}_on"
            values: dict[str, Any] = {column: on, "valid_to": _maybe(page, typed["valid_to"])}
            act = page.act("assessment")
            return cases.assessment(session, rules, case, values, today=today, act=act)
        case Happened.GRANTED | Happened.PARTLY | Happened.REFUSED:
            values = {
                "valid_from": _maybe(page, typed["valid_from"]),
                "valid_to": _maybe(page, typed["valid_to"]),
                "reason": note,
            }
            return cases.vedtak(
                session,
                rules,
                case,
                values,
                decided=on,
                outcome=Outcome(kind.value),
                today=today,
                act=page.act("vedtak"),
            )
        case Happened.NOTIFIED | Happened.ARRIVED:
            return _of_last_vedtak(page, case, f"{kind.value}_on", on)
        case _:
            return _consent(page, case, kind, on, typed["by"])


def _not_over_another(case: Case, kind: Happened, on: date) -> None:
    """Raises Refused where another has stood there: a form never corrects what it has not seen."""
    row = case.facts.assessment(case.year.start)
    column = "needed_since" if kind is Happened.NEEDED else f"{kind.value}_on"
    stored = getattr(row, column, None) if row is not None and kind in _OF_ASSESSMENT else None
    same = next(
        (
            one
            for one in case.facts.vedtak
            if (one.year, one.decided_on) == (case.year.start, on) and kind in _DECIDED
        ),
        None,
    )
    if (stored is not None and stored != on) or same is not None:
        raise Refused(
            _(
                "Det er registrert {day} fra før: trekk den registreringen først hvis den er feil."
            ).format(day=short_date(stored or on))
        )


def _consent(page: Page, case: Case, kind: Happened, on: date, by: str) -> Done:
    about = ConsentKind(kind.value.rpartition("_")[2])
    given = kind in (Happened.CONSENT_UTREDNING, Happened.CONSENT_VEDTAK)
    before = case.facts.answer(about.value, case.year.start)
    no = Answer.WITHDRAWN if before is not None and before.given else Answer.REFUSED
    return cases.consent(
        page.session,
        page.rules,
        case,
        kind=about,
        answer=Answer.GIVEN if given else no,
        on=on,
        today=page.today,
        act=page.act("consent"),
        answered_by=Consenter(by) if by in set(Consenter) else None,
    )


def _of_last_vedtak(page: Page, case: Case, column: str, on: date) -> Done:
    mine = [row for row in case.facts.vedtak if row.year == case.year.start]
    if not mine:
        raise Refused(_("Det er ikke registrert noe vedtak for {year}.").format(year=case.year))
    last = max(mine, key=lambda row: row.decided_on)
    granted = Outcome.PARTLY if last.partly else Outcome.GRANTED
    return cases.vedtak(
        page.session,
        page.rules,
        case,
        {column: on, "departs": last.departs or None, "reason": last.reason},
        decided=last.decided_on,
        outcome=granted if last.grants else Outcome.REFUSED,
        today=page.today,
        act=page.act("vedtak"),
    )


def _maybe(page: Page, typed: str) -> date | None:
    return forms.day(typed, page.today) if typed.strip() else None


# ---------------------------------------------------------------- what the page shows


def _show(
    page: Page,
    pupil: Pupil,
    typed: Mapping[str, str] | None = None,
    *,
    why: str = "",
    status: int = 200,
) -> Response:
    page.opened.append(pupil.number)
    found = case_file(page.session, page.rules, page.who, pupil, today=page.today)
    now = found.now
    others = [one for one in found.years if one is not now]
    year = Year(now.course.year) if now is not None else Year.of(page.today).next
    allowed = [action for action in set(MAY.values()) if _may(page, pupil, action)]
    return page.show(
        "case.html",
        status=status,
        pupil=pupil,
        now=_told(found, now, allowed) if now is not None else None,
        others=[_told(found, one, allowed) for one in others],
        lanes=[
            (lane_word(one.kind), lane_state_word(one.state(page.today)), one)
            for one in found.lanes
        ],
        whole=found.whole,
        able=_able(now.course if now is not None else None, allowed),
        years=sorted(
            {year, Year.of(page.today).next, *(Year(one.course.year) for one in found.years)},
            reverse=True,
        ),
        year=(typed or {}).get("year") or str(year),
        typed=typed or dict.fromkeys(_TYPED, ""),
        why=why,
        saved=page.request.query_params.get("fort", ""),
        audits=_may(page, pupil, Action.AUDIT),
    )


def _told(found: CaseFile, one: YearCase, allowed: Collection[Action]) -> dict[str, Any]:
    course, about, row = one.course, one.course.state.about, one.next_task
    return {
        "year": str(Year(course.year)),
        "school": one.school,
        "state": about.title.get(),
        "phase": about.phase.text.get(),
        "turn": course.turn.text.get() if course.turn is not None else "",
        "since": course.since if course.turn is not None else None,
        "how_long": counted(course.days, _("{n} dag"), _("{n} dager")),
        "next": course.next.get() if course.next is not None else "",
        "due": row.facts.due if row is not None else None,
        "overdue": row.late_days if row is not None and row.facts.happened_on is None else 0,
        "who": ", ".join(found.names[key] for key in row.responsible) if row is not None else "",
        "late": [
            {
                "code": late.indicator,
                "title": late.row.step.title.get(),
                "limit": late.row.facts.last_on_time,
                "happened": late.row.facts.happened_on,
                "late_days": late.row.late_days,
                "where": spent_words(late.clock, late.after),
                "net": late.clock.net if late.clock.paused else None,
                "causes": [
                    (cause_word(cause.cause), cause.evidence)
                    for cause in late.causes
                    if cause.cause is not None
                ],
            }
            for late in one.late
        ],
        "timers": [
            {
                "title": timer.step.title.get(),
                "due": timer.due,
                "state": timer_word(timer.running),
                "running": timer.running.value,
                "stopped": timer.stopped_on,
                "basis": basis_word(timer.step.date_basis),
                "law": timer.step.law or "",
            }
            for timer in one.timers
        ],
        "events": [
            Told(
                event.on,
                HAPPENED[event.kind].get(),
                getattr(event.fact, "note", None) or "",
                [entry for entry in course.irregular if entry.event == event],
                event.kind.value if MAY.get(event.kind) in allowed else "",
                getattr(event.fact, "on_day", event.on) if event.kind in WITHDRAWN else None,
            )
            for event in course.events
        ],
        "bars": _bars(course),
        "pauses": [
            (pause, pause.court.text.get(), cause_word(pause.cause or ""))
            for pause in course.pauses
        ],
        "appeals": one.appeals,
        "archive": [
            (_("Sakkyndig vurdering") if name == "assessment" else _("Vedtak"), reference)
            for name, reference in one.archive.items()
        ],
        "irregular": [entry.words for entry in course.irregular],
    }


def _bars(course: Course) -> list[Bar]:
    """Who had the ball from the first day until now, or until nobody was waited for any more."""
    working = [one for one in course.stretches if one.turn is not None]
    if not working:
        return []
    first, last = working[0].starts, working[-1].ends
    whole = max(1, (last - first).days)
    bars = []
    for one in course.stretches:
        if first <= one.starts < last:
            x = round(1000 * (one.starts - first).days / whole)
            end = round(1000 * (min(one.ends, last) - first).days / whole)
            title = one.turn.text.get() if one.turn is not None else _("ingen")
            bars.append(Bar(one.turn.value if one.turn else "ingen", x, max(1, end - x), title))
    return bars


def _able(course: Course | None, allowed: Collection[Action]) -> list[tuple[str, str]]:
    """What may be registered: what some move allows from the state, and the roles allow.

    A case of another year may stand elsewhere, so nothing that begins a case is left out.
    """
    state = course.state if course is not None else None
    return [
        (kind.value, HAPPENED[kind].get())
        for kind in KINDS
        if MAY[kind] in allowed and (state is None or kind in _BEGINS or (state, kind) in TABLE)
    ]


_BEGINS = (Happened.NEEDED, Happened.NO_NEED, Happened.ASKED_VEDTAK, Happened.CONSENT_UTREDNING)


def _may(page: Page, pupil: Pupil, action: Action) -> bool:
    try:
        access.pupil(page.session, page.who, pupil.key, action)
    except (NotAllowed, NotFound):
        return False
    return True
