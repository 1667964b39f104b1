"""A mail as people get it: composed in their language, and handed to a folder or a mail server."""

import re
import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from iopflow.models import MailKind, Scope
from iopflow.reminders.content import Content, Line
from iopflow.reminders.outbox import NotSent
from iopflow.rendering import environment
from iopflow.settings import Settings
from iopflow.texts import _, counted, short_date, speaking

NOBODY = "ikke-svar@iopflow.invalid"  # where no sender is set: mails then go to a folder only
_TIMEOUT = 30  # seconds for one conversation with the mail server
# What no header may hold: it would end the header, or be refused by the one who reads it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


def compose(
    content: Content, message_id: str, settings: Settings, *, now: datetime
) -> EmailMessage:
    """The mail, as text and HTML that say the same. No pupil, class or address of a page in it."""
    with speaking(content.language):
        words = _words(content, settings)
        message = EmailMessage()
        message["Subject"] = words["subject"]
        message["From"] = Address("iopflow", addr_spec=settings.mail_from or NOBODY)
        message["To"] = Address(_clean(content.name), addr_spec=_clean(content.email))
        if settings.mail_reply_to is not None:
            message["Reply-To"] = settings.mail_reply_to
        message["Date"] = format_datetime(now.astimezone(UTC))
        message["Message-ID"] = message_id
        # So that no out-of-office answers it, and no list is offered to leave.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        templates = environment(settings.templates)
        message.set_content(templates.get_template("mail/digest.txt").render(words))
        message.add_alternative(
            templates.get_template("mail/digest.html").render(words), subtype="html"
        )
    return message


def sender_domain(settings: Settings) -> str:
    """What Message-IDs end in."""
    return (settings.mail_from or NOBODY).rpartition("@")[2]


def sender(settings: Settings, *, clock: Callable[[], datetime]) -> Callable[[Content, str], None]:
    """Hands mails to where the settings say. The function raises NotSent."""

    def send(content: Content, message_id: str) -> None:
        try:
            message = compose(content, message_id, settings, now=clock())
        except ValueError as error:  # a header that cannot be: this mail, and no other
            raise NotSent(str(error)) from error
        if settings.mail.kind == "dir":
            _write(settings.mail.folder or Path("outbox"), message)
        else:
            _hand_over(settings, message)

    return send


def _words(content: Content, settings: Settings) -> dict[str, object]:
    base = (settings.base_url or "").rstrip("/")
    digest = content.kind is MailKind.DIGEST
    return {
        "language": content.language,
        "subject": subject(content),
        "greeting": _("Hei {name}").format(name=" ".join(_clean(content.name).split()[:1])),
        "lead": _lead(content),
        "overdue": [_late(line) for line in content.behind] if digest else [],
        "lines": [_line(line) for line in content.lines],
        "open_word": _("Åpne Mine elever"),
        "link": f"{base}/mine",
        "why": _(
            "Du får den første skoledagen i uka når noe haster, og siste skoledag før en frist."
        ),
        "why_word": _("Hvorfor får jeg denne?"),
        "why_link": f"{base}/paminnelser",
    }


def subject(content: Content) -> str:
    """Number and date, and nothing that names anybody."""
    if content.lines:
        first = short_date(content.lines[0].due)
        one_date = len({line.due for line in content.lines}) == 1
        words = _("{steps} med frist {day}") if one_date else _("{steps}, første frist {day}")
        said = words.format(steps=_steps(content.coming), day=first)
        if content.overdue and content.kind is MailKind.DIGEST:
            said += _(" og {late} over frist").format(late=_steps(content.overdue))
    else:
        said = _("{steps} over frist").format(steps=_steps(content.overdue))
    return f"iopflow: {said}"


def _lead(content: Content) -> str:
    if content.kind is MailKind.NUDGE:
        return _("Dette har frist nå og står åpent:")
    if not content.lines:
        return _("Du har {late} over frist.").format(late=_steps(content.overdue))
    said = _("Du har {steps} med frist de neste 14 dagene").format(steps=_steps(content.coming))
    if content.overdue:
        said += _(" og {late} over frist").format(late=_steps(content.overdue))
    return f"{said}."


def _steps(count: int) -> str:
    return counted(count, _("ett steg"), _("{n} steg"))


def _line(line: Line) -> str:
    said = _("{step}: {subjects} innen {day}").format(
        step=line.title.get(), subjects=_subjects(line), day=short_date(line.due)
    )
    if line.last_day != line.due:
        said += _(" (siste skoledag er {day})").format(day=short_date(line.last_day))
    return said


def _late(line: Line) -> str:
    return _("Over frist: {step}, {subjects} (frist {day})").format(
        step=line.title.get(), subjects=_subjects(line), day=short_date(line.due)
    )


def _subjects(line: Line) -> str:
    one, many = {
        Scope.PUPIL: (_("{n} elev"), _("{n} elever")),
        Scope.UNIT: (_("{n} klasse"), _("{n} klasser")),
        Scope.SCHOOL: (_("{n} skole"), _("{n} skoler")),
        Scope.NETWORK: (_("{n} nettverk"), _("{n} nettverk")),
    }[line.scope]
    return counted(line.count, one, many)


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def _write(folder: Path, message: EmailMessage) -> None:
    """One file for each mail, named by its Message-ID: the same mail is the same file."""
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{name}.part"
        part.write_bytes(bytes(message))
        part.replace(folder / f"{name}.eml")
    except OSError as error:
        raise NotSent(f"{folder}: {error.strerror}") from error


def _hand_over(settings: Settings, message: EmailMessage) -> None:
    mail = settings.mail
    secure = ssl.create_default_context()
    try:
        if mail.kind == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                mail.host, mail.port, timeout=_TIMEOUT, context=secure
            )
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT)
        with server:
            if mail.starttls:  # refused where the server does not offer it: never in clear
                server.starttls(context=secure)
            if mail.user:
                server.login(mail.user, settings.mail_password or "")
            server.send_message(message)
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"{error.smtp_code}") from error
    except smtplib.SMTPRecipientsRefused as error:
        raise NotSent(", ".join(str(code) for code, _said in error.recipients.values())) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(type(error).__name__) from error
