"""Why somebody gets mails, and which ones went out: where the link in every mail leads."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from starlette.responses import Response

from iopflow.models import Person, metadata
from iopflow.reminders.reasons import of_mail, reasons
from iopflow.web.page import Page

BACK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail: the day, and what became of it."""

    day: date
    said: str


def reminders(page: Page) -> Response:
    """The page, about the person who asks and nobody else."""
    person: Any = page.session.get_one(Person, page.who.person_id)
    why = list(reasons(page.session, page.rules, person, day=page.today, today=page.today))
    return page.show("reminders.html", why=why, mails=_mails(page), email=person.email)


def _mails(page: Page) -> list[Sent]:
    mail = metadata.tables["mail"]
    rows = page.session.connection().execute(
        select(mail)
        .where(mail.c.person_id == page.who.person_id, mail.c.send_on > page.today - BACK)
        .order_by(mail.c.send_on.desc())
    )
    return [Sent(row.send_on, of_mail(row)) for row in rows]
