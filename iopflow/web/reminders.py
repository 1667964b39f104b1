"""Why somebody gets mails, and which ones went out: where the link in every mail leads."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from iopflow.engine.wishes import set_wish
from iopflow.models import Person, Wish, metadata
from iopflow.reminders.reasons import of_mail, reasons
from iopflow.texts import _
from iopflow.web import forms
from iopflow.web.page import Page, back_to

BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail: the day, and what became of it."""

    day: date
    said: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the choices of how often."""

    value: str
    title: str
    chosen: bool


def reminders(page: Page) -> Response:
    """The page, about the person who asks and nobody else."""
    person: Any = page.session.get_one(Person, page.who.person_id)
    choices = [Choice(wish.value, title, person.wish is wish) for wish, title in wishes().items()]
    why = list(reasons(page.session, page.rules, person, day=page.today, today=page.today))
    return page.show(
        "reminders.html",
        why=why,
        mails=_mails(page),
        email=person.email,
        refused=person.email is not None and person.refused_email == person.email,
        choices=choices,
        saved=page.request.query_params.get("lagret") == "ja",
    )


def choose(page: Page) -> Response:
    """The person's own choice of how often."""
    chosen = page.form.get("wish", "")
    if chosen not in {wish.value for wish in Wish}:
        raise forms.Unclear(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))
    person = page.session.get_one(Person, page.who.person_id)
    set_wish(page.session, person, Wish(chosen), act=page.act("wish"))
    return back_to("/paminnelser?lagret=ja#valg")


def wishes() -> dict[Wish, str]:
    """What one may choose among (ux 4, rule 7): what is overdue always comes once a week."""
    return {
        Wish.NUDGE: _("Hver uke når noe haster, og siste skoledag før en frist"),
        Wish.WEEKLY: _("Bare hver uke når noe haster"),
        Wish.JUNE: _("Som det første, og hver skoledag i juni"),
        Wish.CALENDAR: _("Bare kalenderen; e-post bare når noe er over frist"),
    }


def _mails(page: Page) -> list[Sent]:
    mail = metadata.tables["mail"]
    rows = page.session.connection().execute(
        select(mail)
        .where(mail.c.person_id == page.who.person_id, mail.c.send_on > page.today - BACK)
        .order_by(mail.c.send_on.desc())
    )
    return [Sent(row.send_on, of_mail(row)) for row in rows]
