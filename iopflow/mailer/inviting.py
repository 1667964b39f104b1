"""The mail of an invitation: text, HTML, and the calendar part that Outlook and others act on.

One mail a person, who is the only ATTENDEE in it. The shape is that of RFC 6047 2.4: the calendar
part is an alternative, with METHOD in its header as in the file, and the same bytes once more as a
file for programs that want one. The file is a function of the data alone.
"""

import unicodedata
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage

from icalendar import Calendar, Event, vCalAddress, vText

from iopflow.mailer.composing import (
    LONGEST_NAME,
    NOBODY,
    POLICY,
    ascii_address,
    clean,
    head,
    unquoted,
)
from iopflow.queries.meetings import token_of, told_when
from iopflow.reminders.notices import Notice
from iopflow.rendering import environment
from iopflow.settings import Settings
from iopflow.texts import _, speaking

PRODUCT = "-//iopflow//meeting 1//NO"
FILE = "innkalling.ics"
LONGEST = 200  # signs of a title or a place: more than any screen shows
_TAG = 12  # letters of the meeting's uid in the organizer's address
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn"})


def compose_notice(
    notice: Notice, message_id: str, settings: Settings, *, now: datetime
) -> EmailMessage:
    """The mail. Raises ValueError for one that cannot be, or where settings.secret is not set."""
    if settings.secret is None:
        raise ValueError("an invitation needs IOPFLOW_SECRET")
    with speaking(notice.language):
        name = unquoted(clean(notice.name)[:LONGEST_NAME])
        address = ascii_address(clean(notice.email))
        organizer = organizer_of(notice, settings)
        message = EmailMessage(policy=POLICY)
        title, when = notice.meeting.kind.text.get(), told_when(notice.meeting)
        subject = f"{_kind_of(notice)}: {title}, {when}"
        message["Subject"] = clean(subject)
        message["To"] = Address(name, addr_spec=address)
        head(message, message_id, settings, now, answers_to=organizer)
        told = {
            "language": notice.language,
            "subject": subject,
            "greeting": _("Hei, {name}.").format(name=name) if name else _("Hei."),
            "opening": _opening(notice),
            "title": title,
            "when": when,
            "where": _where(notice),
            "link": None if notice.is_off else _link(notice, settings.base_url, settings.secret),
        }
        templates = environment(settings.templates)
        written = calendar_of(notice, organizer, name, address)
        message.set_content(templates.get_template("mail/invitation.txt").render(told))
        message.add_alternative(
            templates.get_template("mail/invitation.html").render(told), subtype="html"
        )
        message.add_alternative(
            written.decode(),
            subtype="calendar",
            charset="utf-8",
            cte="base64",
            params={"method": _method(notice)},
        )
        message.add_attachment(
            written, maintype="application", subtype="ics", filename=FILE, params={"name": FILE}
        )
    return message


def organizer_of(notice: Notice, settings: Settings) -> str:
    """The mailbox that calendars answer to, with a tag for the meeting: never a person's own.

    Outlook shows no buttons to somebody who is the organizer, and whoever called the meeting is to
    answer like the others.
    """
    mailbox = ascii_address(settings.mail_reply_to or settings.mail_from or NOBODY)
    local, _at, domain = mailbox.rpartition("@")
    return f"{local}+{notice.meeting.uid[:_TAG]}@{domain}"


def calendar_of(notice: Notice, organizer: str, name: str, address: str) -> bytes:
    """The .ics file for one person: the same bytes for the same version."""
    meeting = notice.meeting
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", _method(notice))
    event = Event()
    event.add("uid", f"{meeting.uid}@iopflow")
    event.add("dtstamp", _moment(notice.changed_at))
    event.add("created", _moment(meeting.created_at))
    event.add("last-modified", _moment(notice.changed_at))
    event.add("sequence", notice.version)
    # UTC, without a VTIMEZONE: what every program reads alike.
    event.add("dtstart", _moment(meeting.starts_at))
    event.add("dtend", _moment(meeting.ends_at))
    event.add("summary", vText(_plain(meeting.kind.text.get())))
    event.add("location", vText(_plain(_where(notice))))
    event.add("transp", "OPAQUE")
    event.add("status", "CANCELLED" if notice.is_off else "CONFIRMED")
    by = vCalAddress(f"mailto:{organizer}")
    by.params["CN"] = "iopflow"
    event.add("organizer", by)
    who = vCalAddress(f"mailto:{address}")
    who.params |= {
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "FALSE" if notice.is_off else "TRUE",
        "CN": _plain(name) or address,
    }
    event.add("attendee", who)
    calendar.add_component(event)
    written: bytes = calendar.to_ical(sorted=False)
    return written


def _method(notice: Notice) -> str:
    return "CANCEL" if notice.is_off else "REQUEST"


def _kind_of(notice: Notice) -> str:
    if notice.is_off:
        return _("Avlyst")
    return _("Endret") if notice.is_update else _("Innkalling")


def _opening(notice: Notice) -> str:
    if notice.meeting.cancelled_at is not None:
        return _("Møtet er avlyst.")
    if notice.is_removed:
        return _("Du er ikke lenger innkalt til dette møtet.")
    if notice.is_update:
        return _("Møtet er endret. Svar på nytt, også om du har svart før.")
    return _("Du er innkalt til et møte.")


def _where(notice: Notice) -> str:
    meeting = notice.meeting
    return ", ".join(part for part in (meeting.place, clean(meeting.school_name)) if part)


def _link(notice: Notice, base_url: str | None, secret: str) -> str:
    return f"{base_url or ''}/svar/{token_of(notice.nonce, secret)}"


def _moment(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _plain(text: str) -> str:
    """One line without signs that calendar programs misread, such as an escaped backslash."""
    kept = "".join(" " if unicodedata.category(one) in _UNSEEN else one for one in text)
    return " ".join(kept.replace("\\", "/").split())[:LONGEST]
