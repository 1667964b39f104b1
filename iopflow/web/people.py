"""Vikar: who stands in for whom, set by the person or whoever leads, shown first (ux S10)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from iopflow.engine import people
from iopflow.engine.people import Plan
from iopflow.models import Person, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.handing import people_led, stand_ins
from iopflow.queries.places import NotFound
from iopflow.queries.tasks import at_work
from iopflow.refusals import Refused
from iopflow.roles import ROLES
from iopflow.texts import _, sort_key
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
        plan, _away, taker, start = _plan(page, asked)
    except (forms.Unclear, Refused) as refused:
        if isinstance(refused, NotFound):
            raise
        return _show(page, asked, why=str(refused), status=422)
    with page.session.begin_nested() as tried:
        people.carry_out(page.session, plan, page.act("substitute"))
        rows = at_work(page.session, page.rules, EVERYONE, today=start, person=taker.key)
        tried.rollback()
    waiting = [row for row in rows if row.status.value in ("open", "overdue")]
    return _show(page, asked, plan=plan, waiting=len(waiting))


def do(page: Page) -> Response:
    """Sets the substitute."""
    asked = _typed(page)
    try:
        plan, _away, _taker, _start = _plan(page, asked)
    except forms.Unclear as refused:
        return _show(page, asked, why=str(refused), status=422)
    people.carry_out(page.session, plan, page.act("substitute"))
    return back_to("/vikar?lagret=ja")


def stop(page: Page) -> Response:
    """Ends a substitution now."""
    away, taker = (_person(page, page.form.get(name, "")) for name in ("away", "taker"))
    plan = people.stop(page.session, page.who, away, taker, today=page.today)
    people.carry_out(page.session, plan, page.act("substitute"))
    return back_to("/vikar?lagret=ja")


def _typed(page: Page) -> Asked:
    return Asked(*(page.form.get(name, "").strip() for name in ("away", "taker", "start", "end")))


def _plan(page: Page, asked: Asked) -> tuple[Plan, Person, Person, date]:
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
    return plan, away, taker, max(start, page.today)


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
    roles = [
        {"title": ROLES[role.role].title.get(), "starts": role.starts, "ends": role.ends}
        for role in (plan.roles if plan is not None else ())
    ]
    return page.show(
        "substitutes.html",
        status=status,
        asked=asked,
        away=[Named(one.key, one.name) for one in staff if one.id in led],
        staff=[Named(one.key, one.name) for one in staff],
        standing=stand_ins(page.session, sorted(led), today=page.today),
        why=why,
        roles=roles,
        waiting=waiting,
        saved=page.request.query_params.get("lagret") == "ja",
    )


def _staff(page: Page) -> list[Any]:
    """The people of the owner, by name: a substitute may come from another school."""
    person = metadata.tables["person"]
    rows = page.session.execute(
        select(person.c.id, person.c.key, person.c.name).where(
            person.c.owner_id == page.who.owner_id
        )
    )
    return sorted(rows, key=lambda one: sort_key(one.name))
