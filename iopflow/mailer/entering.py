"""The mail with an address that logs in once. Its secret is made here, and stored nowhere."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage

from iopflow.mailer.composing import LONGEST_NAME, POLICY, ascii_address, clean, head, unquoted
from iopflow.queries.logins import secret_of
from iopflow.reminders.entering import Entrance
from iopflow.rendering import environment
from iopflow.settings import Settings
from iopflow.texts import _, speaking


def compose_entrance(
    entrance: Entrance, message_id: str, settings: Settings, *, now: datetime
) -> EmailMessage:
    """The mail. Raises ValueError for one that cannot be, or where settings.secret is not set."""
    if settings.secret is None:
        raise ValueError("an address to log in by needs IOPFLOW_SECRET")
    with speaking(entrance.language):
        name = unquoted(clean(entrance.name)[:LONGEST_NAME])
        subject = _("Logg inn i iopflow")
        message = EmailMessage(policy=POLICY)
        message["Subject"] = clean(subject)
        message["To"] = Address(name, addr_spec=ascii_address(clean(entrance.email)))
        head(message, message_id, settings, now)
        told = {
            "language": entrance.language,
            "subject": subject,
            "greeting": _("Hei, {name}.").format(name=name) if name else _("Hei."),
            "into": f"iopflow ({clean(entrance.owner)})" if entrance.owner else "iopflow",
            "link": f"{settings.base_url}/logg-inn/{secret_of(entrance.nonce, settings.secret)}",
        }
        templates = environment(settings.templates)
        message.set_content(templates.get_template("mail/log-in.txt").render(told))
        message.add_alternative(
            templates.get_template("mail/log-in.html").render(told), subtype="html"
        )
    return message
