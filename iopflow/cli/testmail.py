"""`test-mail`: tries the way of the mails, step by step, and says where it ends and what to do."""

import re
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli.command import command
from iopflow.cli.edge import moment, settings, work
from iopflow.cli.options import by_option, now_option
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.texts import N_, _, counted

if TYPE_CHECKING:
    from email.message import EmailMessage

    from iopflow.reminders.states import Answer
    from iopflow.settings import Settings

# Each step: what is said when it went well, and what it is called when it did not.
STEPS = {
    "connected": (N_("Koblet til {host}, port {port}."), N_("koble til {host}, port {port}")),
    "secured": (N_("Sikret med {what}."), N_("sikre forbindelsen med TLS")),
    "logged_in": (N_("Logget inn som {user}."), N_("logge inn som {user}")),
    "sender": (N_("Avsenderen {sender} er godtatt."), N_("få avsenderen {sender} godtatt")),
    "recipient": (N_("Mottakeren er godtatt."), N_("få mottakeren godtatt")),
    "taken": (N_("E-posten er tatt imot: se i innboksen."), N_("levere e-posten")),
}
_LATER = N_("Prøv igjen om noen minutter; varer det, spør dem som driver e-posttjeneren.")
_ASK = N_("Spør dem som driver e-posttjeneren, og vis dem koden.")
_CLOSED = N_("Sjekk verten og porten i IOPFLOW_MAIL, og at brannmuren slipper deg ut dit.")
# What to do: the first row whose step (any, where empty) and whose words (a pattern) fit.
ADVICE = (
    ("connected", "gaierror", N_("Vertsnavnet finnes ikke: rett det i IOPFLOW_MAIL.")),
    (
        *("connected", "GarbledAnswer|EndlessAnswer|OutOfStep"),
        N_("Der svarer noe annet enn en e-posttjener: sjekk verten og porten i IOPFLOW_MAIL."),
    ),
    ("connected", r"4\d\d.*", _LATER),
    ("connected", r"5\d\d.*", _ASK),
    ("connected", ".*", _CLOSED),
    (
        *("secured", "NoTls"),
        N_(
            "Tjeneren tilbyr ikke TLS, og uten sendes ingenting: prøv smtps:// og port 465 i "
            "IOPFLOW_MAIL."
        ),
    ),
    (
        *("secured", "TLS: .*(certificate|match|expired).*"),
        N_(
            "Sertifikatet kan ikke godtas: skriv navnet som står i det, i IOPFLOW_MAIL, eller be "
            "dem som driver e-posttjeneren om et nytt."
        ),
    ),
    (
        *("secured", "TLS: .*"),
        N_("Tjeneren svarer uten TLS der: bytt mellom smtp:// og smtps:// i IOPFLOW_MAIL."),
    ),
    (
        *("logged_in", "NoLogin"),
        N_("Tjeneren tar ingen innlogging der: ta brukeren ut av IOPFLOW_MAIL, eller bytt port."),
    ),
    (
        *("logged_in", r"5\d\d.*"),
        N_("Sjekk brukeren i IOPFLOW_MAIL og passordet i IOPFLOW_MAIL_PASSWORD."),
    ),
    (
        *("", r"53[0458].*"),
        N_("Tjeneren krever innlogging: skriv brukeren i IOPFLOW_MAIL, som smtp://bruker@vert."),
    ),
    (
        *("sender", r"5\d\d.*"),
        N_("Tjeneren sender ikke for denne avsenderen: rett IOPFLOW_MAIL_FROM."),
    ),
    ("recipient", r"55[013]( 5\.1.*)?", N_("Tjeneren kjenner ikke adressen: sjekk skrivemåten.")),
    ("", r"5\d\d.*", _ASK),
    ("", ".*", _LATER),
)


@command(
    "test-mail",
    _(
        "Sender en kort prøve til en adresse, og sier hvert steg på veien. Går den ikke fram, står "
        "det hvor den stoppet, hva e-posttjeneren svarte, og hva du kan gjøre. Tar tjeneren imot "
        "en adresse som den før ikke kjente, får den som har adressen, e-post igjen."
    ),
    examples=("iopflow test-mail kari@example.no",),
)
@click.argument("address", metavar=_("ADRESSE"), help=_("Hvem prøven går til."))
@now_option()
@by_option()
@click.pass_context
def test_mail_command(
    ctx: click.Context, address: str, now: datetime | None, by: str | None
) -> None:
    """One mail, told step by step."""
    from iopflow.engine.addresses import reached_again
    from iopflow.reminders.states import Verdict

    known = settings()
    with work(now=now, by=by) as at:
        at.viewer.require(Action.ADMINISTER)
    message = _composed(address, known, moment(now))
    answer = _sent(message, known)
    if answer.verdict is not Verdict.TAKEN:
        ctx.exit(3)
    with work(now=now, by=by, write=True) as at:
        owner = at.viewer.owner_id
        people = reached_again(at.session, address, owner_id=owner, act=at.act("test-mail"))
    if people:
        click.echo(
            counted(
                people,
                _("Adressen var avvist før: {n} ansatt får e-post igjen."),
                _("Adressen var avvist før: {n} ansatte får e-post igjen."),
            )
        )


def _composed(address: str, known: "Settings", now: datetime) -> "EmailMessage":
    """The mail. Raises Refused for an address that is none."""
    from iopflow import mailer
    from iopflow.importing import values

    refused = Refused(
        _("«{address}» er ingen e-postadresse: skriv som kari@example.no.").format(address=address)
    )
    message_id = f"<{secrets.token_hex(16)}@{mailer.sender_domain(known)}>"
    said = {
        "subject": _("iopflow: prøve av e-post"),
        "text": _("Dette er en prøve. Kommer den fram, gjør påminnelsene fra iopflow det også."),
    }
    try:
        values.email(address)
        message = mailer.compose_test(address, message_id, known, now=now, **said)
        bytes(message)
    except Exception as error:  # the library's own faults differ with its version
        raise refused from error
    return message


def _sent(message: "EmailMessage", known: "Settings") -> "Answer":
    """Tries it, and says each step; where it ends, what was answered and what to do."""
    from iopflow import mailer

    if known.mail.kind == "dir":
        return _written(message, known)
    if known.mail_from is None:
        note = _(
            "Merk: avsenderen er ikke satt, og få tjenere sender uten: sett IOPFLOW_MAIL_FROM."
        )
        click.echo(note, err=True)
    mail = known.mail
    places = {"host": mail.host, "port": mail.port, "user": mail.user, "sender": known.mail_from}
    left = [step for step in STEPS if _is_on_the_way(step, known)]

    def passed(step: mailer.Step, what: str) -> None:
        left.remove(step.value)
        click.echo(_(STEPS[step.value][0]).format(**places, what=what))

    conversation = mailer.Conversation(known, passed=passed)
    answer = conversation.send(message)
    conversation.close()
    if left:
        step = "secured" if re.match("TLS|NoTls", answer.said) else left[0]
        sentence = _("Fikk ikke til å {step} (svaret var {said}).").format(
            step=_(STEPS[step][1]).format(**places), said=answer.said
        )
        click.echo(f"{sentence} {advice(step, answer)}", err=True)
    return answer


def _is_on_the_way(step: str, known: "Settings") -> bool:
    """Whether these settings have the step at all."""
    if step == "secured":
        return known.mail.starttls or known.mail.kind == "smtps"
    return step != "logged_in" or bool(known.mail.user)


def _written(message: "EmailMessage", known: "Settings") -> "Answer":
    """A folder instead of a mail server: nothing leaves the machine."""
    from iopflow import mailer
    from iopflow.reminders.states import Verdict

    answer = mailer.to_folder(known, message)
    where = str(known.mail.folder)
    if answer.verdict is Verdict.TAKEN:
        said = _("Skrevet til mappen {folder}. Ingenting er sendt: IOPFLOW_MAIL er en mappe.")
        click.echo(said.format(folder=where))
    else:
        said = _("Får ikke skrevet til mappen {folder} ({said}): sjekk stien og rettighetene.")
        click.echo(said.format(folder=where, said=answer.said), err=True)
    return answer


def advice(step: str, answer: "Answer") -> str:
    """What to do about an answer at a step."""
    if answer.verdict.value == "unknown":
        return _("Alt er sendt, men svaret uteble: se i innboksen før du prøver igjen.")
    return next(
        _(words)
        for at, pattern, words in ADVICE
        if at in ("", step) and re.fullmatch(pattern, answer.said)
    )
