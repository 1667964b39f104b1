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
from iopflow.engine.people import Plan, Role
from iopflow.models import Person, School, Unit, metadata
from iopflow.queries.access import NotAllowed
from iopflow.queries.handing import people_led, stand_ins, tasks_held
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.roles import ROLES, Place
from iopflow.texts import _, counted, sort_key
from iopflow.web import forms
from iopflow.web.page import Page, back_to


@dataclass(frozen=True, slots=True)
class Named:
    """A person to choose."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says."""

    away: str = ""
    taker: str = ""
    start: str = ""
    end: str = ""


def substitutes(page: Page) -> Response:
    """The form, and the substitutions that stand."""
    return _show(page, Asked(away=page.who.key or "", start=""))


def preview(page: Page) -> Response:
    """What it would do, before it is done."""
    asked = _typed(page)
    try:
        plan, taker, start = _plan(page, asked)
    except Refused as refused:
        return _refused(page, asked, refused)
    before = {row.id for row in tasks_held(page.session, page.rules, taker, today=start)}
    with page.session.begin_nested() as tried:
        people.carry_out(page.session, plan, page.act("substitute"))
        rows = tasks_held(page.session, page.rules, taker, today=start)
        tried.rollback()
    return _show(page, asked, plan=plan, waiting=sum(row.id not in before for row in rows))


def do(page: Page) -> Response:
    """Sets the substitute."""
    asked = _typed(page)
    try:
        plan, _taker, _start = _plan(page, asked)
    except Refused as refused:
        return _refused(page, asked, refused)
    people.carry_out(page.session, plan, page.act("substitute"))
    return back_to("/vikar?lagret=ja")


def _refused(page: Page, asked: Asked, refused: Refused) -> Response:
    """The form as it was typed, with what is wrong. Raises what no other form would mend."""
    if isinstance(refused, NotFound | NotAllowed):
        raise refused
    return _show(page, asked, why=str(refused), status=422)


def stop(page: Page) -> Response:
    """Ends a substitution now."""
    away, taker = (_person(page, page.form.get(name, "")) for name in ("away", "taker"))
    plan = people.stop(page.session, page.who, away, taker, today=page.today)
    people.carry_out(page.session, plan, page.act("substitute"))
    return back_to("/vikar?lagret=ja")


def _typed(page: Page) -> Asked:
    return Asked(*(page.form.get(name, "").strip() for name in ("away", "taker", "start", "end")))


def _plan(page: Page, asked: Asked) -> tuple[Plan, Person, date]:
    if not asked.end:
        raise forms.Unclear(_("Skriv siste dag: et vikariat går over av seg selv."))
    start, end = forms.day(asked.start or "i dag", page.today), forms.day(asked.end, page.today)
    away, taker = _person(page, asked.away), _person(page, asked.taker)
    plan = people.substitute(
        page.session, page.who, away, taker, start=start, end=end, today=page.today
    )
    if not plan.changes_something:
        raise forms.Unclear(
            _("Det er ingenting å overta i de dagene, eller det står slik fra før.")
        )
    return plan, taker, max(start, page.today)


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
    plan: Plan | None = None,
    waiting: int = 0,
    status: int = 200,
) -> Response:
    led = people_led(page.session, page.who, today=page.today)
    staff = _staff(page)
    roles = _said(page, plan.roles) if plan is not None else []
    return page.show(
        "substitutes.html",
        status=status,
        asked=asked,
        away=[Named(one.key, one.name) for one in staff if one.id in led],
        staff=[Named(one.key, one.name) for one in staff],
        standing=stand_ins(page.session, sorted(led), today=page.today),
        why=why,
        roles=roles,
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


def _staff(page: Page) -> list[Any]:
    """The people of the owner, by name: a substitute may come from another school."""
    person = metadata.tables["person"]
    rows = page.session.execute(
        select(person.c.id, person.c.key, person.c.name).where(
            person.c.owner_id == page.who.owner_id
        )
    )
    return sorted(rows, key=lambda one: sort_key(one.name))
