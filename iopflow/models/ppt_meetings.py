"""The meetings of an avdeling with PPT (samarbeidsmøter): which pupils, and who was there."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row, choice


class Side(StrEnum):
    """Whom somebody at the meeting was there for."""

    SKOLE = "skole"
    PPT = "ppt"


class PptMeeting(Row, table=True):
    """A meeting of an avdeling with PPT on a day, serving a school year.

    `held` is false of one that is only planned; whether both sides were there follows from who was.
    """

    __tablename__ = "ppt_meeting"
    __table_args__ = (UniqueConstraint("owner_id", "unit_id", "on_day"), Index(None, "unit_id"))
    unit_id: int = Field(foreign_key="unit.id")
    year: int
    on_day: date
    held: bool = False


class PptMeetingPupil(Row, table=True):
    """A pupil on the agenda of such a meeting, and whether the pupil's case was treated."""

    __tablename__ = "ppt_meeting_pupil"
    __table_args__ = (
        UniqueConstraint("owner_id", "meeting_id", "pupil_id"),
        Index(None, "pupil_id"),
    )
    meeting_id: int = Field(foreign_key="ppt_meeting.id")
    pupil_id: int = Field(foreign_key="pupil.id")
    treated: bool = False


class PptMeetingPerson(Row, table=True):
    """Somebody who was at such a meeting, and for which side."""

    __tablename__ = "ppt_meeting_person"
    __table_args__ = (UniqueConstraint("owner_id", "meeting_id", "person_id"),)
    meeting_id: int = Field(foreign_key="ppt_meeting.id")
    person_id: int = Field(foreign_key="person.id")
    side: Side = Field(sa_type=choice(Side))
