"""Kalender: one's own calendar feeds, made, seen, renewed and switched off (ux S7)."""

import base64
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from iopflow.clock import local_date
from iopflow.engine import feeds as acts
from iopflow.feeds.entries import code_of
from iopflow.models import FeedLevel, FeedShows, Person, PptOffice, Pupil, School, Scope, Unit
from iopflow.queries.feeds import (
    OWN,
    Feed,
    State,
    by_token,
    feed_of,
    feeds,
    imagined,
    may_show,
    state,
)
from iopflow.queries.own import own_schools
from iopflow.queries.places import NotFound
from iopflow.queries.tasks import Asked, tasks
from iopflow.roles import ROLES, Action, Place
from iopflow.texts import _
from iopflow.web import forms, sessions
from iopflow.web.page import Page, back_to

LONGEST_LABEL = 40
_TABLES: dict[Place, Any] = {Place.UNIT: Unit, Place.SCHOOL: School, Place.PPT: PptOffice}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a calendar may show: `value` is what the form sends."""

    shows: FeedShows
    at: str
    title: str

    @property
    def value(self) -> str:
        """As the form sends it."""
        return f"{self.shows.value} {self.at}"


@dataclass(frozen=True, slots=True)
class Line:
    """One of the person's feeds. `fetched` and `by` are None where nobody has fetched it."""

    number: int | None
    title: str
    level: str
    label: str
    made: date
    fetched: date | None
    by: str | None
    until: date | None
    living: bool
    coded: bool
    said: str


@dataclass(frozen=True, slots=True)
class Address:
    """A secret address, shown once: as a link to copy, and as one that a program opens."""

    link: str
    webcal: str


def subscriptions(page: Page) -> Response:
    """The feeds that there are, and the form for another."""
    return _show(page)


def make(page: Page) -> Response:
    """Another feed, or another address for one. It is in the answer, and nowhere else.

    A form that is sent twice, by an impatient finger or a reload, gives the same address again.
    """
    token = _token(page)
    known = by_token(page.session, token)
    if known is not None and known.person_id == page.who.person_id:
        return _show(page, address=_address(page, token), renewed="nr" in page.form)
    return _renew(page, token) if "nr" in page.form else _make(page, token)


def _token(page: Page) -> str:
    """Of the log-in, which only the person holds, and of a number that each form has of its own."""
    secret = page.request.cookies.get(sessions.cookie(page.site.settings), "")
    mixed = hmac.digest(secret.encode(), f"feed {page.form.get('skjema', '')}".encode(), "sha256")
    return base64.urlsafe_b64encode(mixed).decode().rstrip("=")


def _make(page: Page, token: str) -> Response:
    shows, _space, at = page.form.get("hva", "").partition(" ")
    label = page.form.get("navn", "").strip()
    if len(label) > LONGEST_LABEL or not label.isprintable():
        return _show(page, why=_("Navnet kan ha inntil {n} tegn.").format(n=LONGEST_LABEL))
    try:
        chosen = FeedShows(shows), FeedLevel(page.form.get("niva", ""))
    except ValueError as error:
        raise forms.Unclear(
            _("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen.")
        ) from error
    person = page.session.get_one(Person, page.who.person_id)
    feed = imagined(
        page.session,
        person,
        at,
        chosen[1],
        today=page.today,
        key="",
        shows=chosen[0],
        ticks=page.form.get("gjort") == "ja",
    )
    acts.new(page.session, feed, label=label, act=page.act("feed new"), token=token)
    return _show(page, address=_address(page, token))


def _renew(page: Page, token: str) -> Response:
    acts.renew(page.session, _mine(page, page.form["nr"]), act=page.act("feed renew"), token=token)
    return _show(page, address=_address(page, token), renewed=True)


def stop(page: Page) -> Response:
    """Switches a feed off."""
    acts.revoke(page.session, _mine(page, page.form.get("nr", "")), act=page.act("feed revoke"))
    return back_to("/kalender?av=ja")


def codes(page: Page) -> Response:
    """Who the codes of a feed are, for the person who sees these pupils with a name anyway."""
    feed = _mine(page, str(page.request.path_params["number"]))
    if not feed.has_codes:
        raise NotFound(_("Fant ikke kalenderen."))
    place = {feed.at_kind: feed.at.partition(":")[2]}
    asked = Asked(
        person=feed.person if feed.at_kind == OWN else None,
        unit=place.get("unit"),
        school=place.get("school"),
    )
    rows = tasks(page.session, page.rules, page.who, asked, today=page.today)
    seen = {row.subject_id for row in rows if row.scope is Scope.PUPIL}
    pupils = page.session.execute(
        select(col(Pupil.id), col(Pupil.name)).where(
            col(Pupil.id).in_(seen), col(Pupil.protected).is_(False)
        )
    )
    named = sorted((code_of(feed, number), name) for number, name in pupils)
    return page.show("codes.html", codes=named)


def _mine(page: Page, given: str) -> Feed:
    """The feed of that number, if it is the person's own. Raises NotFound, in the same words for
    one of somebody else and for one that is not there.
    """
    gone = NotFound(_("Fant ikke kalenderen."))
    try:
        (number,) = forms.known_numbers([given])
        found = feed_of(page.session, page.who, number)
    except (ValueError, NotFound):
        raise gone from None
    if found.person_id != page.who.person_id:
        raise gone
    return found


def _show(
    page: Page, *, address: Address | None = None, renewed: bool = False, why: str = ""
) -> Response:
    return page.show(
        "subscriptions.html",
        status=422 if why else 200,
        address=address,
        renewed=renewed,
        why=why,
        lines=list(_lines(page)),
        offers=list(_offers(page)),
        levels=_levels(),
        stopped=page.request.query_params.get("av") == "ja",
        longest=LONGEST_LABEL,
        fresh=lambda: secrets.token_hex(16),
    )


def _lines(page: Page) -> Iterator[Line]:
    """The newest first."""
    said = {
        State.LIVING: _("Virker"),
        State.REVOKED: _("Slått av"),
        State.ENDED: _("Avsluttet, ikke i bruk"),
        State.REPLACED: _("Byttet ut"),
        State.WITHDRAWN: _("Rollen er avsluttet"),
    }
    for feed in reversed(feeds(page.session, page.who, page.who.key)):
        standing = state(page.session, page.who, feed, today=page.today)
        yield Line(
            number=feed.id,
            title=_title(page, feed.shows, *_place(feed)),
            level=_levels()[feed.level] if feed.shows is FeedShows.DEADLINES else "",
            label=feed.label,
            made=local_date(feed.created_at),
            fetched=local_date(feed.fetched_at) if feed.fetched_at is not None else None,
            by=feed.fetched_by,
            until=feed.valid_to,
            living=standing is State.LIVING,
            coded=feed.has_codes,
            said=said[standing],
        )


def _place(feed: Feed) -> tuple[Place | None, int]:
    return (None if feed.at_kind == OWN else Place(feed.at_kind)), feed.at_id


def _offers(page: Page) -> Iterator[Offer]:
    """What the person's roles of today allow, the narrowest first."""
    who = page.who
    if may_show(who, FeedShows.DEADLINES):
        yield Offer(FeedShows.DEADLINES, OWN, _title(page, FeedShows.DEADLINES, None, 0))
    places = {
        (grant.place, grant.at_id)
        for grant in who.grants
        if grant.place in _TABLES and Action.SEE in ROLES[grant.role].may
    }
    for place, number in sorted(places, key=lambda one: (list(_TABLES).index(one[0]), one[1])):
        row = page.session.get_one(_TABLES[place], number)
        title = _title(page, FeedShows.DEADLINES, place, number)
        yield Offer(FeedShows.DEADLINES, f"{place.value}:{row.key}", title)
    if own_schools(page.session, who, today=page.today):
        yield Offer(FeedShows.WHEEL, OWN, _title(page, FeedShows.WHEEL, None, 0))
        if may_show(who, FeedShows.DATES):
            yield Offer(FeedShows.DATES, OWN, _title(page, FeedShows.DATES, None, 0))


def _title(page: Page, shows: FeedShows, place: Place | None, number: int) -> str:
    """What a calendar shows, in words."""
    row = page.session.get(_TABLES[place], number) if place is not None else None
    if shows is FeedShows.WHEEL:
        return _("Årshjulet: alle datoene, uten tall") + (f" ({row.name})" if row else "")
    if shows is FeedShows.DATES:
        return _("Telledatoer og samlinger") + (f" ({row.name})" if row else "")
    if place is None:
        return _("Mine egne frister")
    if place is Place.PPT:
        return _("Køen til PPT: {name}").format(name=row.name if row else "–")
    return _("Fristene i {name}").format(name=row.name if row else "–")


def _levels() -> dict[FeedLevel, str]:
    return {
        FeedLevel.COUNTS: _("Steget og hvor mange elever som er igjen"),
        FeedLevel.CODES: _("En hendelse per elev, med en kode i stedet for navn"),
        FeedLevel.STEPS: _("Bare steget"),
    }


def _address(page: Page, token: str) -> Address:
    url = page.request.url
    base = page.site.settings.base_url or f"{url.scheme}://{url.netloc}"
    link = base + acts.path_of(token)
    return Address(link, f"webcal://{link.removeprefix(urlsplit(link).scheme + '://')}")
