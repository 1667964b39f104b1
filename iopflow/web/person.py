"""One person: what is held, given, ended and mended, each shown in words before it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.responses import Response

from iopflow.engine import granting, staffing
from iopflow.engine.granting import Wrong
from iopflow.engine.people import Plan
from iopflow.models import Person
from iopflow.queries import giving, staff
from iopflow.queries.access import NotAllowed
from iopflow.queries.giving import At, Spot
from iopflow.queries.handing import tasks_held
from iopflow.queries.places import NotFound
from iopflow.queries.remarks import deviations_for, measures_for
from iopflow.queries.staff import Member
from iopflow.refusals import Refused
from iopflow.roles import ROLES, Place, Sight
from iopflow.texts import _, counted, short_date
from iopflow.web import forms
from iopflow.web.page import Page, back_to
from iopflow.web.undone import events_since, next_event, whole_acts


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that could not be saved: what was typed, and what is wrong where."""

    form: str
    values: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a form would do, in words, before it is done."""

    form: str
    values: Mapping[str, str]
    lines: list[str]


def one(page: Page) -> Response:
    """One person: what is held now, what comes, and the forms."""
    return _show(page, _member(page))


def _member(page: Page) -> Member:
    number = str(page.request.path_params["number"])
    ids = forms.known_numbers([number])
    found = staff.members(page.session, page.who, today=page.today, only=ids[0]) if ids else []
    if not found:
        raise NotFound(_("Fant ikke personen: åpne siden på nytt."))
    return found[0]


def _known(page: Page) -> dict[At, Spot]:
    return giving.spots(page.session, page.who, today=page.today)


def _show(
    page: Page,
    member: Member,
    *,
    typed: Typed | None = None,
    preview: Preview | None = None,
    status: int = 200,
) -> Response:
    known = _known(page)
    now, coming, past = staff.standing(member.roles, page.today)
    events = page.request.query_params.get("hva", "") if typed is None and preview is None else ""
    if forms.events(events) is None:
        events = ""
    able = giving.giveable(page.who)
    return page.show(
        "person.html",
        status=status,
        one=member,
        now=now,
        coming=coming,
        past=past,
        may_end=lambda held: granting.may_end(page.who, known, held),
        may_change=staff.may_change(page.who, member, known),
        may_change_login=staffing.may_change_login(page.who, member),
        roles=[(key, ROLES[key].title.get()) for key in able],
        groups=_groups(known),
        takers=_takers(page, member),
        typed=typed,
        preview=preview,
        seen=staff.stamp(page.session, member.id),
        said=_said(page.request.query_params.get("lagret", "")) if preview is None else "",
        events=events,
        value=lambda form, name, usual="": (
            typed.values.get(name, usual) if typed is not None and typed.form == form else usual
        ),
        wrong=lambda form, name: (
            typed.wrong.get(name, "") if typed is not None and typed.form == form else ""
        ),
    )


def _said(word: str) -> str:
    return {
        "ny": _("Personen er lagt til. Uten rolle ser personen ingen elever: gi en rolle her."),
        "endret": _("Opplysningene er lagret."),
        "gitt": _("Rollen er lagret: rettigheter og oppgaver følger dagene."),
        "slutt": _("Lagret: rettigheter og oppgaver følger den siste dagen."),
        "angret": _("Angret: det står som før."),
    }.get(word, "")


def _groups(known: Mapping[At, Spot]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The places to choose among, by kind; the school beside where there are several."""
    titles = {
        Place.UNIT: _("Klasser og avdelinger"),
        Place.SCHOOL: _("Skoler"),
        Place.PPT: _("PPT-kontor"),
        Place.OWNER: _("Skoleeier"),
        Place.NETWORK: _("Nettverk"),
        Place.PUPIL: _("Elever"),
    }
    several = len({one.within for one in known.values() if one.within}) > 1
    return [
        (
            title,
            [
                (one.word, f"{one.title}, {one.within}" if several and one.within else one.title)
                for one in known.values()
                if one.place is place
            ],
        )
        for place, title in titles.items()
        if any(one.place is place for one in known.values())
    ]


def _takers(page: Page, member: Member) -> list[Member]:
    everyone = staff.members(page.session, page.who, today=page.today)
    return [one for one in everyone if one.id != member.id]


def change(page: Page) -> Response:
    """Name, address, name to log in with, language."""
    member = _member(page)

    def do() -> str:
        act = page.act(granting.CHANGE)
        staffing.change(page.session, page.who, _known(page), member, page.form, act=act)
        return "endret"

    return _saved(page, member, "endre", do)


def role(page: Page) -> Response:
    """A role: shown first, then given."""
    member = _member(page)
    known = _known(page)

    def do() -> str | Preview:
        at, days = _asked(page, known)
        key = page.form["rolle"]
        granting.check_give(page.session, page.who, known, member, key, at, *days, today=page.today)
        if page.form.get("trinn") != "gi":
            lines = _previewed(page, member, key, known[at], *days)
            return Preview("rolle", _kept(page, "rolle", "sted", "fra", "til", "seen"), lines)
        act = page.act(granting.GIVE)
        granting.give(
            page.session, page.who, known, member, key, at, *days, today=page.today, act=act
        )
        return "gitt"

    return _saved(page, member, "rolle", do)


def _asked(page: Page, known: Mapping[At, Spot]) -> tuple[At, tuple[date, date | None]]:
    """The place and the days of the form. Raises Wrong, or NotFound for a place not shown."""
    key, word = page.form.get("rolle", ""), page.form.get("sted", "")
    if key not in giving.giveable(page.who):
        raise Wrong("rolle", _("Velg en rolle."))
    if not word:
        raise Wrong("sted", _("Velg hvor rollen gjelder."))
    spot = next((one for one in known.values() if one.word == word), None)
    if spot is None:
        raise NotFound(_("Fant ikke stedet: åpne siden på nytt."))
    if spot.place not in ROLES[key].places:
        raise Wrong(
            "sted",
            _("Rollen {role} gis {places}.").format(
                role=ROLES[key].title.get(),
                places=_(" eller ").join(_kinds()[place] for place in ROLES[key].places),
            ),
        )
    starts = _day(page, "fra")
    ends = _day(page, "til") if page.form.get("til", "").strip() else None
    return (spot.place, spot.at_id), (starts, ends)


def _kinds() -> dict[Place, str]:
    return {
        Place.PUPIL: _("ved en elev"),
        Place.UNIT: _("ved en klasse eller avdeling"),
        Place.SCHOOL: _("ved en skole"),
        Place.PPT: _("ved et PPT-kontor"),
        Place.OWNER: _("hos skoleeieren"),
        Place.NETWORK: _("i et nettverk"),
    }


def _day(page: Page, name: str) -> date:
    try:
        return forms.day(page.form.get(name, ""), page.today)
    except forms.Unclear as unclear:
        raise Wrong(name, str(unclear)) from None


def _kept(page: Page, *names: str) -> dict[str, str]:
    return {name: page.form.get(name, "") for name in names}


def _previewed(
    page: Page, member: Member, key: str, spot: Spot, starts: date, ends: date | None
) -> list[str]:
    """What the role will show, in words."""
    n = staff.sees(
        page.session, page.who.owner_id or 0, key, (spot.place, spot.at_id), max(starts, page.today)
    )
    until = short_date(ends) if ends is not None else ""
    days = (
        _("fra {start} til og med {end}").format(start=short_date(starts), end=until)
        if until
        else _("fra {start}, til rollen avsluttes").format(start=short_date(starts))
    )
    where = spot.title
    first = _("{person} blir {role} ({where}) {days}.").format(
        person=member.name, role=ROLES[key].title.get(), where=where, days=days
    )
    if n is None:
        return [first, _("Rollen viser ingen elever, bare tall eller drift.")]
    much = {
        Sight.ALL: _("Alt om elevene vises."),
        Sight.NO_TALKS: _("Innholdet i samtaler vises ikke."),
        Sight.ASSESSMENT: _("Bare veien fram til sakkyndig vurdering vises."),
    }[ROLES[key].sight]
    seen = _("{person} ser {n} elev {days}.") if n == 1 else _("{person} ser {n} elever {days}.")
    return [first, seen.format(person=member.name, n=n, days=days), much]


def end(page: Page) -> Response:
    """One role ends after a day."""
    member = _member(page)
    known = _known(page)
    ids = forms.known_numbers([page.form.get("rolle", "")])
    held = next((one for one in member.roles if one.id in ids), None)
    if held is None:
        raise NotFound(_("Fant ikke rollen: åpne siden på nytt."))

    def do() -> str:
        last = _day(page, "siste")
        act = page.act(granting.END)
        granting.end(page.session, page.who, known, [held], last, today=page.today, act=act)
        return "slutt"

    return _saved(page, member, f"slutt-{held.id}", do)


def leave(page: Page) -> Response:
    """Somebody leaves: all roles end after a day, and who is chosen takes over; shown first."""
    member = _member(page)
    known = _known(page)

    def do() -> str | Preview:
        if not page.form.get("siste", "").strip():
            raise Wrong("siste", _("Skriv siste arbeidsdag."))
        last = _day(page, "siste")
        taker = _taker(page, member)
        if page.form.get("trinn") == "gjor":
            act = page.act(granting.LEAVE)
            granting.leave(
                page.session, page.who, known, member, last, taker, today=page.today, act=act
            )
            return "slutt"
        return _leaving(page, member, known, last, taker)

    return _saved(page, member, "slutter", do)


def _taker(page: Page, member: Member) -> Person | None:
    word = page.form.get("overtar", "")
    if not word:
        return None
    found = next((one for one in _takers(page, member) if str(one.id) == word), None)
    if found is None:
        raise NotFound(_("Fant ikke personen: åpne siden på nytt."))
    return page.session.get_one(Person, found.id)


def _leaving(
    page: Page, member: Member, known: Mapping[At, Spot], last: date, taker: Person | None
) -> Preview:
    """What ends, what is taken over, and what nobody has afterwards."""
    ending = [
        one
        for one in member.roles
        if granting.may_end(page.who, known, one) and (one.ends is None or one.ends > last)
    ]
    leaver = page.session.get_one(Person, member.id)
    waiting = len(tasks_held(page.session, page.rules, leaver, today=page.today))
    with page.session.begin_nested() as tried:
        plan = granting.leave(
            page.session,
            page.who,
            known,
            member,
            last,
            taker,
            today=page.today,
            act=page.act(granting.LEAVE),
        )
        tried.rollback()
    lines = [
        _("{role} slutter {day}.").format(role=role, day=short_date(last))
        for role in staff.summed(ending)
    ]
    lines.append(
        (
            _("{person} har {n} åpen oppgave i dag.")
            if waiting == 1
            else _("{person} har {n} åpne oppgaver i dag.")
        ).format(person=member.name, n=waiting)
    )
    if taker is None:
        lines.append(
            _("Ingen overtar: det som bare {person} har, står uten ansvarlig.").format(
                person=member.name
            )
        )
    elif plan is not None:
        lines.append(
            (
                _("{person} overtar {n} rolle fra dagen etter.")
                if len(plan.roles) == 1
                else _("{person} overtar {n} roller fra dagen etter.")
            ).format(person=taker.name, n=len(plan.roles))
        )
    lines += _answered_for(page, member, taker, plan)
    others = len([one for one in member.roles if one.lasts(last)]) - len(ending)
    left = max(0, others) + member.elsewhere
    if left:
        lines.append(
            counted(
                left,
                _("{n} rolle er ikke med: den administrerer du ikke."),
                _("{n} roller er ikke med: dem administrerer du ikke."),
            )
        )
    return Preview("slutter", _kept(page, "siste", "overtar", "seen"), lines)


def _answered_for(page: Page, member: Member, taker: Person | None, plan: Plan | None) -> list[str]:
    """What becomes of the open measures and deviations of somebody who leaves."""
    numbers = [member.id]
    there = len(measures_for(page.session, numbers)) + len(deviations_for(page.session, numbers))
    moved = len(plan.duties) if plan is not None else 0
    lines = []
    if taker is not None and moved:
        words = counted(moved, _("{n} åpent tiltak eller avvik"), _("{n} åpne tiltak og avvik"))
        lines.append(_("{person} overtar {what}.").format(person=taker.name, what=words))
    if there > moved:
        words = counted(
            there - moved, _("{n} åpent tiltak eller avvik"), _("{n} åpne tiltak og avvik")
        )
        lines.append(
            _("{what} står fortsatt på {person}: rektor kan velge en ny ansvarlig.").format(
                what=words, person=member.name
            )
        )
    return lines


def undo(page: Page) -> Response:
    """Takes back what was just done to the person."""
    member = _member(page)
    events = whole_acts(page, "what")
    act = page.act(granting.UNDO, _("angret"))
    granting.undo(page.session, page.who, _known(page), events, member=member, act=act)
    return back_to(f"/personer/{member.id}?lagret=angret")


def _saved(page: Page, member: Member, form: str, do: Any) -> Response:
    """Does what a form asks, or shows it first, or the form again with what is wrong."""
    first = next_event(page)
    try:
        if page.form.get("seen", "") != staff.stamp(page.session, member.id):
            raise Wrong(
                "",
                _("Noen andre har endret dette imens: se hva som står der nå, og lagre på nytt."),
            )
        with page.session.begin_nested():
            done = do()
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        where = refused.field if isinstance(refused, Wrong) else ""
        typed = Typed(form, page.form, {where: str(refused)})
        return _show(page, _member(page), typed=typed, status=422)
    if isinstance(done, Preview):
        return _show(page, member, preview=done, typed=Typed(form, page.form))
    events = events_since(page, first)
    told = f"&hva={events}" if events else ""
    return back_to(f"/personer/{member.id}?lagret={done}{told}")
