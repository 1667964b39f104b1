"""Whether mails get out: the settings, the server or the folder, and what became of the last."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from iopflow.doctor.duties import listed, people_of
from iopflow.doctor.findings import Examined, Finding, Severity
from iopflow.mailer import Conversation
from iopflow.models import Delivery
from iopflow.queries import deliveries
from iopflow.reminders.states import Verdict
from iopflow.settings import Settings
from iopflow.texts import _, counted

_PATIENCE = timedelta(seconds=10)  # with a mail server that is only asked whether it is there


def settled(on: Examined) -> Iterator[Finding]:
    """Mails go to a server, from an address that may be answered, with a link to the pages."""
    if on.settings.mail.kind == "dir":
        yield Finding(
            "mail-settings",
            Severity.WARNING,
            _("E-post skrives bare til mappen {folder}: ingen får den.").format(
                folder=on.settings.mail.folder
            ),
            _("Sett IOPFLOW_MAIL til e-posttjeneren, som smtp://bruker@vert:587."),
        )
    elif on.settings.mail_from is None:
        yield Finding(
            "mail-settings",
            Severity.PROBLEM,
            _("E-posten har ingen avsender, og mange tjenere tar den ikke imot."),
            _("Sett IOPFLOW_MAIL_FROM til en adresse som kommunen eier."),
        )
    if on.settings.base_url is None:
        yield Finding(
            "mail-settings",
            Severity.WARNING,
            _("E-posten har ingen lenke til sidene."),
            _("Sett IOPFLOW_BASE_URL til adressen til sidene, med https:// foran."),
        )


def server(on: Examined) -> Iterator[Finding]:
    """The mail server answers and lets iopflow in. Nothing is sent."""
    if on.settings.mail.kind == "dir":
        return
    why = reachable(on.settings)
    if why is not None:
        yield Finding(
            "mail-server",
            Severity.PROBLEM,
            _("E-posttjeneren {host}:{port} kan ikke brukes: {why}.").format(
                host=on.settings.mail.host, port=on.settings.mail.port, why=why
            ),
            _("Sjekk IOPFLOW_MAIL, IOPFLOW_MAIL_PASSWORD og brannmuren."),
        )


def reachable(settings: Settings) -> str | None:
    """Why mails cannot be handed to the server, or None: connects, greets, encrypts, logs in."""
    conversation = Conversation(settings, budget=_PATIENCE)
    answer = conversation.reach()
    conversation.close()
    if answer.verdict is Verdict.TAKEN:
        return None
    said = answer.said
    words = {
        "NoTls": _("den tilbyr ikke STARTTLS, og uten det sies ingenting"),
        "NoLogin": _("den tilbyr ingen innlogging som iopflow kan"),
        "TimeoutError": _("den svarer ikke"),
        "ConnectionRefusedError": _("ingen svarer på den porten"),
        "gaierror": _("ingen maskin har det navnet"),
    }
    if said.startswith("53"):
        return _("innloggingen ble avvist ({code})").format(code=said)
    if said.startswith("TLS"):
        return _("forbindelsen er ikke trygg ({why})").format(why=said.removeprefix("TLS: "))
    return words.get(said) or _("den svarte {code}").format(code=said)


def folder(on: Examined) -> Iterator[Finding]:
    """The folder of mails can be written to, or made."""
    mail = on.settings.mail
    if mail.kind != "dir" or mail.folder is None:
        return
    try:
        with tempfile.TemporaryFile(dir=standing(mail.folder)):
            pass
    except OSError as error:
        yield Finding(
            "mail-folder",
            Severity.PROBLEM,
            _("Mappen {folder} kan ikke skrives til: {why}.").format(
                folder=mail.folder, why=error.strerror
            ),
            _("Sjekk stien i IOPFLOW_MAIL og rettighetene til mappen."),
        )


def standing(place: Path) -> Path:
    """The place itself, or what is there of the folders above it."""
    return next((one for one in (place, *place.absolute().parents) if one.exists()), place)


def undelivered(on: Examined) -> Iterator[Finding]:
    """No mail of the last month was lost on the way, to anybody who answers for something here."""
    people = None if on.whole else people_of(on)
    found: dict[Delivery, dict[str, str]] = {}
    for row in deliveries.undelivered(on.session, on.owners, since=on.today - deliveries.BACK):
        if people is None or row.person_id in people:
            found.setdefault(row.delivery, {}).setdefault(
                row.person, deliveries.answered(row.error)
            )
    for state, who in found.items():
        said = listed(f"{person} ({code})" if code else person for person, code in who.items())
        wrong, remedy = _undelivered(state)
        yield Finding("undelivered", Severity.PROBLEM, wrong.format(people=said), remedy)


def _undelivered(state: Delivery) -> tuple[str, str]:
    address = _("Rett adressen i people.csv, eller prøv den med «iopflow test-mail ADRESSE».")
    look = _("Se hva som skjedde, med «iopflow why PERSON DATO».")
    return {
        Delivery.REJECTED: (_("E-posttjeneren avviste e-post til {people}."), address),
        Delivery.EXPIRED: (_("E-post ble for gammel før den kom fram, til {people}."), look),
        Delivery.UNKNOWN: (_("Det er uvisst om e-posten kom fram, til {people}."), look),
        Delivery.QUARANTINED: (_("E-post lot seg ikke skrive, til {people}."), look),
    }[state]


def waiting(on: Examined) -> Iterator[Finding]:
    """No mail waits longer than a quarter of an hour after it should have been tried."""
    late = deliveries.waiting(on.session, on.owners, now=on.now)
    if late:
        yield Finding(
            "waiting",
            Severity.PROBLEM,
            _("{mails} har ventet mer enn et kvarter på å bli sendt.").format(
                mails=counted(len(late), _("{n} e-post"), _("{n} e-poster"))
            ),
            _("Se om klokken går og om e-posttjeneren svarer."),
        )
