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
# What no header may hold: it would end the header, be refused by the one who reads it, or make
# the text after it read backwards.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_QUOTED = re.compile(r"[()<>@,:;.\"\[\]\\]+")  # what a name holds only within quotes (RFC 5322)
LONGEST_NAME = 100  # characters of a name in a mail; folding a longer one takes its time
# Seven bits: what a mail server that knows nothing newer may pass on unharmed.
POLICY = email.policy.SMTP.clone(cte_type="7bit")


def compose(
    content: Content, message_id: str, settings: Settings, *, now: datetime
) -> EmailMessage:
    """The mail: no pupil and no class in it. Raises ValueError for one that cannot be."""
    with speaking(content.language):
        name = clean(content.name)[:LONGEST_NAME]
        said = words(content, settings, name=name, today=local_date(now))
        message = EmailMessage(policy=POLICY)
        message["Subject"] = clean(str(said["subject"]))
        message["To"] = Address(unquoted(name), addr_spec=ascii_address(clean(content.email)))
        head(message, message_id, settings, now)
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
    message = EmailMessage(policy=POLICY)
    message["Subject"] = clean(subject)
    message["To"] = Address(addr_spec=ascii_address(address))
    head(message, message_id, settings, now)
    message.set_content(text)
    return message


def head(
    message: EmailMessage,
    message_id: str,
    settings: Settings,
    now: datetime,
    *,
    answers_to: str | None = None,
) -> None:
    """The headers of every mail. `answers_to` is where answers go, unless the settings say."""
    message["From"] = Address("iopflow", addr_spec=ascii_address(settings.mail_from or NOBODY))
    answered_at = answers_to or settings.mail_reply_to
    if answered_at is not None:
        message["Reply-To"] = Address(addr_spec=ascii_address(answered_at))
    message["Date"] = format_datetime(now.astimezone(UTC))
    message["Message-ID"] = message_id
    # So that no out-of-office answers it (RFC 3834), and no list is offered to leave.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Precedence"] = "bulk"


def sender_domain(settings: Settings) -> str:
    """What Message-IDs end in."""
    return ascii_address(settings.mail_from or NOBODY).rpartition("@")[2]


def ascii_address(address: str) -> str:
    """An address whose domain every mail server understands: «bø.no» is «xn--b-5ga.no» there.

    Raises ValueError for a domain that is none.
    """
    local, at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}{at}{domain.encode('idna').decode('ascii')}"


def unquoted(name: str) -> str:
    """A name that needs no quotes: Python forgets them where it folds a line, and what stood within
    («Nordli, Kari») is then read as another recipient.
    """
    return " ".join(_QUOTED.sub(" ", name).split())


def clean(text: str) -> str:
    """A text without what no header may hold."""
    # «=?» would be read as the beginning of an encoded word, which may hold what we took away.
    return _CONTROL.sub(" ", text).replace("=?", "= ?").strip()
