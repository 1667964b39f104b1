"""Drift: whether everything goes out, for whoever looks after the machine (ux S12). No pupils."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from iopflow import __version__, doctor
from iopflow.clock import local
from iopflow.doctor.running import moment
from iopflow.models import Delivery, School
from iopflow.queries import deliveries
from iopflow.queries.places import calendars
from iopflow.queries.pulses import BACKUP, CLOCK, pulses
from iopflow.reminders.days import AT, is_sending_day
from iopflow.roles import Action, Place
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date
from iopflow.web.page import Page

WEEK = timedelta(days=7)
_A_YEAR = 366  # days ahead in which a sending day is sought


@dataclass(frozen=True, slots=True)
class Lost:
    """A mail that did not arrive, or perhaps did not: whose by id, and what the server said."""

    day: date
    person: str
    what: str
    code: str


def operations(page: Page) -> Response:
    """The page, for the owners that the person administers."""
    owners = sorted(page.who.at(Place.OWNER, Action.ADMINISTER))
    schools = list(
        page.session.execute(select(School).where(col(School.owner_id).in_(owners))).scalars()
    )
    found = doctor.examine(
        doctor.examined(
            page.session,
            page.rules,
            page.site.settings,
            now=page.now,
            schools=[one.number for one in schools],
            owners=owners,
        ),
        quick=True,  # a page waits neither for the mail server nor for the whole database
    )
    mails = deliveries.counts(page.session, owners)
    return page.show(
        "operations.html",
        findings=list(found),
        passed=_last(page, CLOCK, owners),
        backed_up=_last(page, BACKUP, owners),
        next=_next(page, schools),
        waiting=sum(mails.get(state, 0) for state in deliveries.ON_THE_WAY),
        sent=deliveries.counts(page.session, owners, since=page.today - WEEK).get(Delivery.SENT, 0),
        lost=[
            Lost(row.send_on, row.person, state_word(row.delivery), deliveries.answered(row.error))
            for row in deliveries.undelivered(
                page.session, owners, since=page.today - deliveries.BACK
            )
        ],
        monitored=page.site.settings.monitor_url is not None,
        version=__version__,
    )


def state_word(state: Delivery) -> str:
    """What became of a mail that did not arrive."""
    return {
        Delivery.REJECTED: _("avvist"),
        Delivery.QUARANTINED: _("lot seg ikke skrive"),
        Delivery.UNKNOWN: _("uvisst"),
        Delivery.EXPIRED: _("ble for gammel"),
    }[state]


def _last(page: Page, job: str, owners: list[int]) -> str:
    """When a job last went well, at the owner where that is longest ago; empty where never."""
    found = pulses(page.session, job, owners)
    if not found or len(found) < len(owners):
        return ""
    return moment(min(found.values()))


def _next(page: Page, schools: Iterable[Any]) -> str:
    """The next moment at which mails are decided, at any school that is in use."""
    live = [one.number for one in schools if one.live_from is not None]
    year = Year.of(page.today)
    ruter = calendars(page.session, live, only=(year, year.next)) if live else {}
    today = local(page.now)
    first = today.date() + timedelta(days=int(today.time() >= AT))
    for number in range(_A_YEAR):
        day = first + timedelta(days=number)
        if any(is_sending_day(known, day) for known in ruter.values()):
            return _("{day} kl. {time}").format(day=short_date(day), time=f"{AT:%H.%M}")
    return ""
