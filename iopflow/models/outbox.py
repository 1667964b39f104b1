"""Mails that are due, and the passes that decided them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row, choice


class MailKind(StrEnum):
    """What a mail is for: the week's digest, the nudge on the last school day before a date, what
    somebody invited to a meeting is to know of it now, that a colleague has asked something, or an
    address to log in by.
    """

    DIGEST = "digest"
    NUDGE = "nudge"
    INVITATION = "invitation"
    LOG_IN = "log_in"
    QUESTION = "question"


REMINDERS = (MailKind.DIGEST, MailKind.NUDGE)  # what the rules of how few and when are for


class Delivery(StrEnum):
    """How far a mail has come. What each means, and what may follow, is `reminders/states.py`."""

    DUE = "due"
    SENDING = "sending"
    RETRY = "retry"
    UNKNOWN = "unknown"
    SENT = "sent"
    DROPPED = "dropped"
    EXPIRED = "expired"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"


class Slot(Row, table=True):
    """One pass of a job at one moment, claimed by whoever came first."""

    __tablename__ = "tick_slot"
    __table_args__ = (UniqueConstraint("job", "slot", "owner_id"),)
    job: str
    slot: str
    at: datetime


class Pulse(Row, table=True):
    """When something last went well: a pass of the clock, a backup, a mail that was taken."""

    __table_args__ = (UniqueConstraint("job", "owner_id"),)
    job: str
    at: datetime


class Mail(Row, table=True):
    """A mail that a person is due on a day: the outbox.

    What it says is read when it is sent, never when it is decided. `message_id` is the same at
    every try. `ready_at` is when it may be tried (again), None once it is settled; whoever claims
    it counts the try, and only the one whose try it is may mark it. `meant_for` is the day it
    should have gone, where nothing ran then. `listed` is a hash of what it said, so that an
    unchanged list can rest; `doubts` counts tries of unknown fate; `error` is what the last try
    met, in words without addresses.

    `about_id` is the invitation or question that a mail is about and `version` which version of it,
    or the address to log in by; both 0 in reminders, of which there is one of a kind a day.
    """

    __table_args__ = (
        UniqueConstraint("send_on", "person_id", "kind", "about_id", "version", "owner_id"),
        Index(None, "ready_at"),
        Index(None, "settled_at"),
        Index(None, "person_id", "send_on"),
    )
    send_on: date
    person_id: int = Field(foreign_key="person.id")
    kind: MailKind = Field(sa_type=choice(MailKind))
    about_id: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    delivery: Delivery = Field(default=Delivery.DUE, sa_type=choice(Delivery))
    message_id: str
    domain: str = ""
    decided_at: datetime
    ready_at: datetime | None = None
    meant_for: date | None = None
    settled_at: datetime | None = None
    tries: int = 0
    doubts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    why: str | None = None
    listed: str | None = None
    error: str | None = None


class SchoolText(Row, table=True):
    """A sentence of the mails as a school wants it, in one language, instead of the usual one."""

    __tablename__ = "school_text"
    __table_args__ = (UniqueConstraint("owner_id", "school_id", "part", "language"),)
    school_id: int = Field(foreign_key="school.id")
    part: str
    language: str
    text: str
