"""Why somebody gets mails, and which ones went out: where the link in every mail leads."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from iopflow.clock import local
from iopflow.engine.wishes import set_wish
from iopflow.models import MailKind, Person, Wish, metadata
from iopflow.queries.own import own_schools
from iopflow.queries.places import calendars
from iopflow.reminders.content import contents
from iopflow.reminders.days import AT, digest_day
from iopflow.reminders.reasons import of_mail, reasons
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted, short_date, weekday_name
from iopflow.web import forms
from iopflow.web.page import Page, back_to

BACK = timedelta(days=90)
AHEAD = 21  # days in which the next weekly mail is sought


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


def reminders(page: Page, *, why_not: str = "", status: int = 200) -> Response:
    """The page, about the person who asks and nobody else."""
    person: Any = page.session.get_one(Person, page.who.person_id)
    choices = [Choice(wish.value, title, person.wish is wish) for wish, title in wishes().items()]
    why = list(reasons(page.session, page.rules, person, day=page.today, today=page.today))
    return page.show(
        "reminders.html",
        status=status,
        why_not=why_not,
        chosen=page.form.get("wish", "") if why_not else person.wish.value,
        seen=person.wish.value,
        next=_next(page, person),
        leads=page.who.may(Action.EXPLAIN),
        queues=page.who.may(Action.QUEUE),
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
    if page.form.get("seen", person.wish.value) != person.wish.value:
        said = _("Valget er endret imens, til «{wish}»: velg på nytt om det skal være et annet.")
        return reminders(page, why_not=said.format(wish=wishes()[person.wish]), status=422)
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


def _next(page: Page, person: Any) -> str:
    """When the next weekly mail would go, and how much would be in it as it stands now."""
    if person.email is None or person.refused_email == person.email:
        return ""
    own = own_schools(page.session, page.who, today=page.today)
    school = metadata.tables["school"]
    live = select(school.c.id).where(school.c.id.in_(own), school.c.live_from <= page.today)
    schools = sorted(page.session.execute(live).scalars())
    year = Year.of(page.today)
    ruter = calendars(page.session, schools, only=(year, year.next)) if schools else {}
    today = local(page.now)
    first = today.date() + timedelta(days=int(today.time() >= AT))
    days = (first + timedelta(days=number) for number in range(AHEAD))
    day = next(
        (one for one in days if any(digest_day(rute, one) == one for rute in ruter.values())), None
    )
    if day is None:
        return ""
    kinds = {person.id: MailKind.DIGEST}
    content = contents(page.session, page.rules, kinds, today=day).get(person.id)
    when = _("{day} kl. {time}").format(
        day=f"{weekday_name(day)} {short_date(day)}", time=f"{AT:%H.%M}"
    )
    if content is None or content.is_empty:
        return _("{when}: ingenting haster etter det som står nå, så den går ikke.").format(
            when=when
        )
    if not content.coming + content.overdue:
        return _("{when}: ingen egne steg, bare tall for det du leder eller følger.").format(
            when=when
        )
    steps = counted(content.coming + content.overdue, _("{n} steg"), _("{n} steg"))
    return _("{when}: {steps} etter det som står nå.").format(when=when, steps=steps)


def _mails(page: Page) -> list[Sent]:
    mail = metadata.tables["mail"]
    rows = page.session.connection().execute(
        select(mail)
        .where(mail.c.person_id == page.who.person_id, mail.c.send_on > page.today - BACK)
        .order_by(mail.c.send_on.desc())
    )
    return [Sent(row.send_on, of_mail(row)) for row in rows]
