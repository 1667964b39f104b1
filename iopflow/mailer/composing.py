"""A mail as a message: headers that stop loops, and text and HTML that say the same."""

import email.policy
import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from iopflow.clock import local_date
from iopflow.mailer.words import words
from iopflow.reminders.content import Content
from iopflow.rendering import environment
from iopflow.settings import Settings
from iopflow.texts import speaking

NOBODY = "ikke-svar@iopflow.invalid"  # where no sender is set: mails then go to a folder only
# What no header may hold: it would end the header, or be refused by the one who reads it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
# Seven bits: what a mail server that knows nothing newer may pass on unharmed.
_POLICY = email.policy.SMTP.clone(cte_type="7bit")


def compose(
    content: Content, message_id: str, settings: Settings, *, now: datetime
) -> EmailMessage:
    """The mail: no pupil and no class in it. Raises ValueError for one that cannot be."""
    with speaking(content.language):
        said = words(content, settings, name=_clean(content.name), today=local_date(now))
        message = EmailMessage(policy=_POLICY)
        message["Subject"] = _clean(str(said["subject"]))
        message["To"] = Address(_clean(content.name), addr_spec=_clean(content.email))
        _head(message, message_id, settings, now)
        templates = environment(settings.templates)
        message.set_content(templates.get_template("mail/digest.txt").render(said))
        message.add_alternative(
            templates.get_template("mail/digest.html").render(said), subtype="html"
        )
    return message


def compose_test(
    address: str, message_id: str, settings: Settings, *, now: datetime, subject: str, text: str
) -> EmailMessage:
    """A mail that only tries the way. Raises ValueError for an address that is none."""
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = subject
    message["To"] = Address(addr_spec=address)
    _head(message, message_id, settings, now)
    message.set_content(text)
    return message


def _head(message: EmailMessage, message_id: str, settings: Settings, now: datetime) -> None:
    message["From"] = Address("iopflow", addr_spec=settings.mail_from or NOBODY)
    if settings.mail_reply_to is not None:
        message["Reply-To"] = settings.mail_reply_to
    message["Date"] = format_datetime(now.astimezone(UTC))
    message["Message-ID"] = message_id
    # So that no out-of-office answers it (RFC 3834), and no list is offered to leave.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Precedence"] = "bulk"


def sender_domain(settings: Settings) -> str:
    """What Message-IDs end in."""
    return (settings.mail_from or NOBODY).rpartition("@")[2]


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()
