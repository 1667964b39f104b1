"""Min konto: who one is here, which roles one has, and where one is logged in."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from iopflow.clock import local
from iopflow.engine import logins
from iopflow.models import Person
from iopflow.queries.logins import identities, open_log_ins
from iopflow.queries.places import KINDS, NotFound
from iopflow.roles import ROLES, Place
from iopflow.texts import _, counted, short_date
from iopflow.web import forms
from iopflow.web.page import Page, back_to
from iopflow.web.provider import name_of


@dataclass(frozen=True, slots=True)
class Open:
    """A log-in that has not ended."""

    number: int
    since: str
    seen: str
    is_this: bool


def account(page: Page) -> Response:
    """The page."""
    person = page.session.get_one(Person, page.who.person_id)
    settings = page.site.settings
    provider = settings.logs_in_by_provider and not page.site.demo
    issuer = settings.oidc_issuer
    connected = identities(page.session, person.number)
    return page.show(
        "account.html",
        name=person.name,
        key=person.key,
        email=person.email or "",
        roles=_roles(page),
        log_ins=[
            Open(one.id, _moment(one.created_at), _moment(one.seen_at), one.id == page.log_in.id)
            for one in open_log_ins(page.session, person.number, now=page.now)
        ],
        provider=name_of(settings) if provider else "",
        connected=[
            {
                "number": one.id,
                "name": name_of(settings) if one.issuer == issuer else one.issuer,
                "since": short_date(local(one.connected_at).date()),
            }
            for one in connected
        ],
        may_connect=provider and all(one.issuer != issuer for one in connected),
        saved=page.request.query_params.get("lagret", ""),
    )


def end(page: Page) -> Response:
    """Ends the other log-ins, or one of them."""
    act, me = page.act("log out"), page.log_in.person_id
    if "andre" in page.form:
        logins.end(page.session, me, act=act, but=page.log_in.id)
        return back_to("/konto?lagret=andre")
    (number,) = forms.known_numbers([page.form.get("nr", "")]) or [0]
    if not logins.end(page.session, me, act=act, only=number):
        raise NotFound(_("Fant ikke innloggingen: den er kanskje avsluttet."))
    return back_to("/konto?lagret=en")


def disconnect(page: Page) -> Response:
    """Takes an account away."""
    (number,) = forms.known_numbers([page.form.get("nr", "")]) or [0]
    act = page.act("account disconnect")
    if not logins.disconnect(page.session, page.log_in.person_id, act=act, number=number):
        raise NotFound(_("Fant ikke kontoen: den er kanskje koblet fra."))
    return back_to("/konto?lagret=fra")


def _roles(page: Page) -> list[str]:
    """The roles of today: at a place by name, at pupils by how many."""
    named: dict[tuple[Place, int], str] = {}
    for place in {grant.place for grant in page.who.grants} - {Place.PUPIL}:
        table: Any = KINDS[place.value]
        ids = {grant.at_id for grant in page.who.grants if grant.place is place}
        called = getattr(table, "name", table.key)  # owners and networks have an id alone
        rows = page.session.execute(select(table.id, called).where(table.id.in_(ids)))
        named |= {(place, number): name for number, name in rows}
    lines: Counter[tuple[str, str]] = Counter()
    for grant in page.who.grants:
        title = ROLES[grant.role].title.get()
        lines[title, named.get((grant.place, grant.at_id), "")] += 1
    return sorted(
        f"{title}: {where or counted(n, _('{n} elev'), _('{n} elever'))}"
        for (title, where), n in lines.items()
    )


def _moment(at: datetime) -> str:
    there = local(at)
    return _("{day} kl. {time}").format(day=short_date(there.date()), time=f"{there:%H.%M}")
