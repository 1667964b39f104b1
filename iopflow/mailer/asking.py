"""The mail of a colleague's question: who asks, the step, how many, and where to answer."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage

from iopflow.mailer.composing import LONGEST_NAME, POLICY, ascii_address, clean, head, unquoted
from iopflow.reminders.inquiries import Inquiry
from iopflow.rendering import environment
from iopflow.settings import Settings
from iopflow.texts import _, counted, speaking


def compose_inquiry(
    inquiry: Inquiry, message_id: str, settings: Settings, *, now: datetime
) -> EmailMessage:
    """The mail, signed by whoever asks. Raises ValueError for one that cannot be."""
    with speaking(inquiry.language):
        name = unquoted(clean(inquiry.name)[:LONGEST_NAME])
        asker = clean(inquiry.asker)[:LONGEST_NAME]
        message = EmailMessage(policy=POLICY)
        # No name in the subject: it pops up on the projector.
        subject = _("iopflow: du har fått et spørsmål")
        message["Subject"] = subject
        message["To"] = Address(name, addr_spec=ascii_address(clean(inquiry.email)))
        head(message, message_id, settings, now, answers_to=inquiry.answers_to)
        base = settings.base_url
        told = {
            "language": inquiry.language,
            "subject": subject,
            "greeting": _("Hei, {name}.").format(name=name) if name else _("Hei."),
            "opening": _("{asker} har spurt deg om dette i iopflow:").format(asker=asker),
            "title": f"{inquiry.title.get()} {inquiry.year}",
            "left": counted(inquiry.tasks, _("ett steg gjenstår"), _("{n} steg gjenstår")),
            "link": f"{base}/mine" if base else None,
            "asker": asker,
        }
        templates = environment(settings.templates)
        message.set_content(templates.get_template("mail/question.txt").render(told))
        message.add_alternative(
            templates.get_template("mail/question.html").render(told), subtype="html"
        )
    return message
