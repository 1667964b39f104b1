"""Meetings with colleagues and PPT, and who was invited to each; never a pupil or a guardian."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row, choice
from iopflow.texts import Text


class MeetingKind(StrEnum):
    """What a meeting is called: a choice, because a typed title would soon hold a pupil's name."""

    SAMARBEID = "samarbeid"
    PPT = "ppt"
    TEAM = "team"
    OVERGANG = "overgang"
    EVALUERING = "evaluering"

    @property
    def text(self) -> Text:
        """The title in the three languages."""
        return _TITLES[self]


_TITLES = {
    MeetingKind.SAMARBEID: Text("Samarbeidsmøte", "Samarbeidsmøte", "Cooperation meeting"),
    MeetingKind.PPT: Text("Møte med PPT", "Møte med PPT", "Meeting with PPT"),
    MeetingKind.TEAM: Text("Teammøte", "Teammøte", "Team meeting"),
    MeetingKind.OVERGANG: Text("Overgangsmøte", "Overgangsmøte", "Transition meeting"),
    MeetingKind.EVALUERING: Text("Evalueringsmøte", "Evalueringsmøte", "Evaluation meeting"),
}


class Reply(StrEnum):
    """What somebody who is invited answers, in the words of iCalendar."""

    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class ReplySource(StrEnum):
    """How an answer came: from the page in the mail, or entered by whoever called the meeting."""

    WEB = "web"
    ENTERED = "entered"


class Meeting(Row, table=True):
    """A meeting at a school. `uid` is random and never changes: calendars know the meeting by it.

    `sequence` counts the changes of time, place or whether it is held.
    """

    __table_args__ = (UniqueConstraint("uid", "owner_id"), Index(None, "school_id", "starts_at"))
    uid: str
    school_id: int = Field(foreign_key="school.id")
    kind: MeetingKind = Field(sa_type=choice(MeetingKind))
    place: str = ""
    starts_at: datetime
    ends_at: datetime
    sequence: int = 0
    created_at: datetime
    changed_at: datetime
    cancelled_at: datetime | None = None
    created_by: int | None = Field(default=None, foreign_key="person.id")


class Invitation(Row, table=True):
    """A person invited to a meeting.

    `version` is the SEQUENCE of the person's own copy: what was last written to that person.
    `nonce` is what the address of the answer page is derived from (`queries/meetings.py`).
    `answered_version` is the version that was answered: an answer to an older one is none.
    """

    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id", "owner_id"),
        UniqueConstraint("nonce", "owner_id"),
        Index(None, "person_id"),
    )
    meeting_id: int = Field(foreign_key="meeting.id")
    person_id: int = Field(foreign_key="person.id")
    nonce: str
    version: int = 0
    invited_at: datetime
    removed_at: datetime | None = None
    answer: Reply | None = Field(default=None, sa_type=choice(Reply), nullable=True)
    answered_at: datetime | None = None
    answered_version: int | None = None
    source: ReplySource | None = Field(default=None, sa_type=choice(ReplySource), nullable=True)
    comment: str | None = None
