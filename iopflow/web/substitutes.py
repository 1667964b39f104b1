"""Vikar: who stands in for whom, set by the person or whoever leads, shown first (ux S10)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from iopflow.engine import people
from iopflow.engine.granting import Wrong
from iopflow.engine.people import Plan, Role
from iopflow.models import Person, School, Unit, metadata
from iopflow.queries.access import NotAllowed
from iopflow.queries.handing import people_led, pupils_of, stand_ins, tasks_held
from iopflow.queries.places import NotFound
from iopflow.queries.staff import at_work_in, everybody
from iopflow.refusals import Refused
from iopflow.roles import ROLES, Action, Place
from iopflow.texts import _, counted, short_date
from iopflow.web import forms
from iopflow.web.page import Page, back_to

STAND_IN, FOR_GOOD = "vikar", "godt"
_ACTS = {STAND_IN: "substitute", FOR_GOOD: "hand_over"}


@dataclass(frozen=True, slots=True)
class Named:
    """A person to choose, with where they work."""

    key: str
    name: str
    schools: Sequence[str] = ()

    @property
    def label(self) -> str:
        """As it stands in a list to choose from."""
        return ", ".join([self.name, *self.schools])


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says."""

    away: str = ""
    taker: str = ""
    start: str = ""
    end: str = ""
    kind: str = STAND_IN
    which: str = "alle"
    pupils: tuple[int, ...] = ()


def overview(page: Page) -> Response:
    """The form, and the substitutions that stand."""
    query = page.request.query_params
    kind = FOR_GOOD if query.get("art") == FOR_GOOD else STAND_IN
    numbers = forms.known_numbers([query.get("borte", "")])
    away = page.session.get(Person, numbers[0]) if numbers else None
    theirs = away is not None and away.owner_id == page.who.owner_id
    return _show(page, Asked(away=away.key if away and theirs else page.who.key or "", kind=kind))


def preview(page: Page) -> Response:
    """What it would do, before it is done."""
    asked = _typed(page)
    try:
        plan, taker, start = _plan(page, asked)
    except Refused as refused:
        return _refused(page, asked, refused)
    before = {row.id for row in tasks_held(page.session, page.rules, taker, today=start)}
    with page.session.begin_nested() as tried:
        people.carry_out(page.session, plan, page.act(_ACTS[asked.kind]))
        rows = tasks_held(page.session, page.rules, taker, today=start)
        tried.rollback()
    return _show(page, asked, plan=plan, waiting=sum(row.id not in before for row in rows))


def do(page: Page) -> Response:
    """Sets the substitute, or hands over for good."""
    asked = _typed(page)
    try:
        plan, _taker, _start = _plan(page, asked)
    except Refused as refused:
        return _refused(page, asked, refused)
    people.carry_out(page.session, plan, page.act(_ACTS[asked.kind]))
    return back_to("/vikar?lagret=ja")


def _refused(page: Page, asked: Asked, refused: Refused) -> Response:
    """The form as it was typed, with what is wrong. Raises what no other form would mend."""
    if isinstance(refused, NotFound | NotAllowed):
        raise refused
    where = refused.field if isinstance(refused, Wrong) else "siste"
    return _show(page, asked, why=str(refused), where=where, status=422)


def stop(page: Page) -> Response:
    """Ends a substitution now."""
    away, taker = (_person(page, page.form.get(name, "")) for name in ("away", "taker"))
    plan = people.stop(page.session, page.who, away, taker, today=page.today)
    people.carry_out(page.session, plan, page.act("substitute"))
    return back_to("/vikar?lagret=ja")


def _typed(page: Page) -> Asked:
    away, taker, start, end = (
        page.form.get(name, "").strip() for name in ("away", "taker", "start", "end")
    )
    return Asked(
        away=away,
        taker=taker,
        start=start,
        end=end,
        kind=FOR_GOOD if page.form.get("kind") == FOR_GOOD else STAND_IN,
        which="velg" if page.form.get("which") == "velg" else "alle",
        pupils=tuple(forms.known_numbers(page.many("pupil"))),
    )


def _plan(page: Page, asked: Asked) -> tuple[Plan, Person, date]:
    if not asked.end and asked.kind == STAND_IN:
        raise Wrong("siste", _("Skriv siste dag: et vikariat går over av seg selv."))
    if not asked.taker:
        raise Wrong("vikar", _("Velg hvem som overtar."))
    start = _day(page, "forste", asked.start or "i dag")
    end = _day(page, "siste", asked.end) if asked.end else None
    away, taker = _person(page, asked.away), _person(page, asked.taker)
    if away.number == taker.number:
        raise Wrong("vikar", _("Velg en annen enn den som blir borte."))
    pupils = _chosen(page, asked, away)
    give = (page.session, page.who, away, taker)
    if asked.kind == FOR_GOOD or end is None:
        plan = people.hand_over(*give, start=start, end=end, pupils=pupils, today=page.today)
    else:
        plan = people.substitute(*give, start=start, end=end, pupils=pupils, today=page.today)
    _near_enough(page, away, taker)
    if not plan.changes_something:
        raise forms.Unclear(
            " ".join(
                [
                    _("Det er ingenting å overta i de dagene, eller det står slik fra før."),
                    *_chained(page, away, start, end or date.max),
                ]
            )
        )
    return plan, taker, max(start, page.today)


def _near_enough(page: Page, away: Person, taker: Person) -> None:
    """Raises Wrong where somebody who leads nobody chooses one of another school: whoever leads
    decides who from elsewhere is to see the pupils.
    """
    if page.who.may(Action.HAND_OVER) or page.who.is_everyone:
        return
    works = at_work_in(page.session, page.who, today=page.today)
    own = set(works.get(away.number, ()))  # none for PPT, whose roles are at cases
    if own and not own & set(works.get(taker.number, ())):
        raise Wrong(
            "vikar",
            _("{person} har ingen rolle ved skolen din: be lederen din sette inn vikaren.").format(
                person=taker.name
            ),
        )


def _day(page: Page, field: str, typed: str) -> date:
    try:
        return forms.day(typed, page.today)
    except forms.Unclear as unclear:
        raise Wrong(field, str(unclear)) from None


def _chosen(page: Page, asked: Asked, away: Person) -> list[int]:
    """The pupils that were ticked, where only some are meant. Raises Wrong."""
    if asked.which != "velg":
        return []
    held = {number for number, _name in pupils_of(page.session, page.who, away, today=page.today)}
    if not set(asked.pupils) <= held:
        raise Wrong(
            "elever-velg", _("Noen av elevene hører ikke til den som blir borte: velg på nytt.")
        )
    if not asked.pupils:
        raise Wrong("elever-velg", _("Kryss av elevene det gjelder, eller velg alle."))
    return list(asked.pupils)


def _chained(page: Page, away: Person, start: date, end: date) -> list[str]:
    """What does not follow along: the places that whoever is away has as a substitute."""
    return [
        _(
            "{person} er selv vikar for {other} til {day}. Det følger ikke med: sett inn en ny "
            "vikar for {other}."
        ).format(person=away.name, other=one.away_name, day=short_date(one.ends))
        for one in stand_ins(page.session, [away.number], today=page.today)
        if one.taker == away.key and one.starts <= end and one.ends >= start
    ]


def _person(page: Page, key: str) -> Person:
    person = metadata.tables["person"]
    found = page.session.execute(
        select(person.c.id).where(person.c.key == key, person.c.owner_id == page.who.owner_id)
    ).scalar()
    if found is None:
        raise NotFound(_("Fant ikke personen: åpne siden på nytt."))
    return page.session.get_one(Person, found)


def _show(
    page: Page,
    asked: Asked,
    *,
    why: str = "",
    where: str = "",
    plan: Plan | None = None,
    waiting: int = 0,
    status: int = 200,
) -> Response:
    led = people_led(page.session, page.who, today=page.today)
    staff = everybody(page.session, page.who)
    roles = _said(page, plan.roles) if plan is not None else []
    chosen = next((one for one in staff if one.key == asked.away and one.id in led), None)
    away = page.session.get_one(Person, chosen.id) if chosen is not None else None
    works = at_work_in(page.session, page.who, today=page.today)
    named = {one.id: Named(one.key, one.name, works.get(one.id, ())) for one in staff}
    own = set(works.get(away.number if away is not None else page.who.person_id or 0, ()))
    near = [one for one in named.values() if own & set(one.schools) and one.key != asked.away]
    taker = next((one for one in named.values() if one.key == asked.taker), None)
    chained = []
    if away is not None and plan is not None:
        start = forms.day(asked.start or "i dag", page.today)
        end = forms.day(asked.end, page.today) if asked.end else date.max
        chained = _chained(page, away, start, end)
    return page.show(
        "substitutes.html",
        status=status,
        asked=asked,
        away=[named[one.id] for one in staff if one.id in led],
        near=near,
        far=[one for one in named.values() if one not in near]
        if page.who.may(Action.HAND_OVER) or not own
        else [],
        from_elsewhere=taker.name if taker is not None and own and taker not in near else "",
        pupils=pupils_of(page.session, page.who, away, today=page.today)
        if away is not None and page.who.sights
        else [],
        of=away.name if away is not None else "",
        standing=stand_ins(page.session, sorted(led), today=page.today),
        why=why,
        where=where,
        roles=roles,
        duties=[one.words for one in plan.duties] if plan is not None else [],
        chained=chained,
        not_led=plan.not_led if plan is not None else 0,
        waiting=waiting,
        saved=page.request.query_params.get("lagret") == "ja",
    )


def _said(page: Page, roles: Sequence[Role]) -> list[dict[str, Any]]:
    """Roles as one line each: classes, avdelinger and schools by name, pupils by how many."""
    named: dict[tuple[Place, int], str] = {}
    for kind, table in (("unit", Unit), ("school", School)):
        ids = {one.at_id for one in roles if one.place.value == kind}
        rows = page.session.execute(
            select(col(table.id), col(table.name)).where(col(table.id).in_(ids))
        )
        named |= {(Place(kind), number): name for number, name in rows}
    lines: Counter[tuple[str, str, date, date | None]] = Counter()
    for one in roles:
        where = named.get((one.place, one.at_id), "")
        lines[ROLES[one.role].title.get(), where, one.starts, one.ends] += 1
    pupils = {
        (ROLES[one.role].title.get(), "", one.starts, one.ends)
        for one in roles
        if one.place is Place.PUPIL
    }
    return [
        {
            "title": title,
            "where": counted(n, _("{n} elev"), _("{n} elever"))
            if (title, where, starts, ends) in pupils
            else where,
            "starts": starts,
            "ends": ends,
        }
        for (title, where, starts, ends), n in lines.items()
    ]
