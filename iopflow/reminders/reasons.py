"""Why a person got a mail on a day, or none: the words behind `why`."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.clock import local
from iopflow.models import Delivery, MailKind, metadata
from iopflow.queries.places import calendars
from iopflow.queries.rules import Rules
from iopflow.reminders.content import contents
from iopflow.reminders.days import digest_day, is_sending_day, is_summer_day
from iopflow.reminders.deciding import last_run
from iopflow.reminders.due import due
from iopflow.texts import _, short_date


def reasons(
    session: Session, rules: Rules, person: Any, *, day: date, today: date
) -> Iterator[str]:
    """Sentences about one person (a row of `person`) and one day, the deciding one first."""
    rows = _mails(session, person.id, day)
    for row in rows:
        yield of_mail(row)
    if rows:
        return
    if person.email is None:
        yield _("{person} har ingen e-postadresse: legg den inn i people.csv.").format(
            person=person.key
        )
        return
    yield from _of_day(session, rules, person, day, today)


def _of_day(session: Session, rules: Rules, person: Any, day: date, today: date) -> Iterator[str]:
    school = metadata.tables["school"]
    schools = (
        session.connection()
        .execute(
            select(school.c.id, school.c.key, school.c.live_from).where(
                school.c.owner_id == person.owner_id
            )
        )
        .all()
    )
    live = [one for one in schools if one.live_from is not None and one.live_from <= day]
    if not live:
        yield _("Ingen skole er i gang ennå: skriv «iopflow go-live --from DATO».")
        return
    ruter = calendars(session, [one.id for one in live])
    sending = [one for one in live if is_sending_day(ruter.get(one.id, {}), day)]
    if not sending and any(is_summer_day(ruter.get(one.id, {}), day) for one in live):
        yield from _of_summer(session, rules, person, day, today)
        return
    if not sending:
        yield _("{day} er ingen skoledag: da sendes ingenting.").format(day=short_date(day))
        return
    if not _has_a_role(session, person.id, day):
        yield _("{person} har ingen rolle denne dagen, og dermed ingen oppgaver.").format(
            person=person.key
        )
        return
    people = due(session, rules, [person.owner_id], today=day)
    if person.id not in people:
        first = digest_day(ruter.get(sending[0].id, {}), day)
        if first == day:
            yield _("Ingenting har frist de neste 14 dagene, og ingenting er over frist.")
        else:
            yield _("Ukens oversikt går {first}, og ingen frist kommer før neste skoledag.").format(
                first=short_date(first or day)
            )
        return
    yield from _of_content(session, rules, person, people[person.id].kind, day, today)


def _of_summer(
    session: Session,
    rules: Rules,
    person: Any,
    day: date,
    today: date,
) -> Iterator[str]:
    """Only what binds in the cases, on the week's first working day, to rektor (decisions 10)."""
    yield _("Skolen har sommerferie: da går bare frister som loven setter i sakene, til rektor.")
    people = due(session, rules, [person.owner_id], today=day)
    if person.id in people:
        yield from _of_content(session, rules, person, people[person.id].kind, day, today)


def _of_content(
    session: Session, rules: Rules, person: Any, kind: MailKind, day: date, today: date
) -> Iterator[str]:
    content = contents(session, rules, {person.id: kind}, today=day).get(person.id)
    if content is None or content.is_empty:
        yield _("Alt som har frist nå, er gjort.")
    elif day > today:
        yield _("Etter det som står nå, sendes det en e-post denne dagen.")
    elif last_run(session, person.owner_id, day + timedelta(days=1)) == day:
        yield _(
            "Ingen e-post: etter personens eget valg, fordi det var sendt to den uken, fordi "
            "adressen ikke virker, eller fordi ansvaret kom etter klokken sju."
        )
    else:
        yield _("En e-post skulle vært sendt, men klokken gikk ikke: se «iopflow tick».")


def _has_a_role(session: Session, person_id: int, day: date) -> bool:
    grant = metadata.tables["role_grant"]
    standing = select(grant.c.id).where(
        grant.c.person_id == person_id,
        grant.c.starts <= day,
        (grant.c.ends.is_(None)) | (grant.c.ends >= day),
    )
    return session.execute(standing.limit(1)).first() is not None


def _mails(session: Session, person_id: int, day: date) -> list[Any]:
    mail = metadata.tables["mail"]
    found = session.connection().execute(
        select(mail).where(mail.c.person_id == person_id, mail.c.send_on == day)
    )
    return list(found)


def of_mail(row: Any) -> str:
    """What became of a mail (a row of `mail`), as a sentence."""
    kind = {
        MailKind.DIGEST: _("ukens oversikt"),
        MailKind.NUDGE: _("siste skoledag før frist"),
        MailKind.INVITATION: _("innkalling til et møte"),
        MailKind.LOG_IN: _("lenke til innlogging"),
        MailKind.QUESTION: _("spørsmål fra en kollega"),
    }[row.kind]
    said = {
        Delivery.DUE: _("Venter på å bli sendt: {kind}."),
        Delivery.SENDING: _("Sendes nå: {kind}."),
        Delivery.RETRY: _("Prøves igjen {again} ({kind}): e-posttjeneren sa {error}."),
        Delivery.UNKNOWN: _(
            "Usikkert om den kom fram ({kind}): e-posttjeneren svarte ikke etter at alt var sendt."
        ),
        Delivery.SENT: _("Sendt: {kind}."),
        Delivery.DROPPED: _("Ikke sendt ({kind}): {why}."),
        Delivery.EXPIRED: _("Ikke sendt ({kind}): {why}."),
        Delivery.REJECTED: _("Ikke sendt ({kind}): e-posttjeneren sa {error}."),
        Delivery.QUARANTINED: _("Ikke sendt ({kind}): den lot seg ikke skrive ({error})."),
    }[row.delivery]
    return said.format(
        kind=kind,
        why=_(row.why) if row.why else "",
        error=row.error or "",
        again=f"{local(row.ready_at):%H.%M}" if row.ready_at is not None else "",
    )
