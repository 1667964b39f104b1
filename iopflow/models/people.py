"""Staff and their roles, pupils and where they are enrolled."""

from datetime import date
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row, choice


class Wish(StrEnum):
    """How often a person wants to be reminded (ux 4, rule 7). What is overdue is never muted."""

    WEEKLY = "weekly"
    NUDGE = "nudge"
    JUNE = "june"
    CALENDAR = "calendar"


class Person(Row, table=True):
    """A member of staff or of PPT.

    `refused_email` is the address that a mail server said it does not know: nothing is sent to it
    until another stands in `email`, or a test mail to it is taken.
    """

    __table_args__ = (UniqueConstraint("owner_id", "key"),)
    key: str
    name: str
    email: str | None = None
    login: str | None = None
    language: str | None = None
    wish: Wish = Field(default=Wish.NUDGE, sa_type=choice(Wish))
    refused_email: str | None = None


class RoleGrant(Row, table=True):
    """A role at a place, from a day and perhaps to a day. `at_kind` is one of roles.Place.

    `for_id` is the person whose place is taken for a time: a substitute's role, never imported.
    """

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint("owner_id", "person_id", "role", "at_kind", "at_id", "starts"),
        Index(None, "at_kind", "at_id", "role"),
        Index(None, "person_id"),
    )
    person_id: int = Field(foreign_key="person.id")
    role: str
    at_kind: str
    at_id: int
    starts: date
    ends: date | None = None
    for_id: int | None = Field(default=None, foreign_key="person.id")


class Pupil(Row, table=True):
    """A pupil. `birth_month` is "2014-03"; a national identity number has no place here.

    One who turned out to be another's second row is empty, and says in `merged_into` whose.
    """

    __table_args__ = (UniqueConstraint("owner_id", "key"), Index(None, "ppt_id"))
    key: str
    name: str
    birth_month: str | None = None
    protected: bool = False
    ppt_id: int | None = Field(default=None, foreign_key="ppt_office.id")
    home_municipality: str | None = None
    ppt_reference: str | None = None
    merged_into: int | None = Field(default=None, foreign_key="pupil.id")


class Enrolment(Row, table=True):
    """A pupil at a school from a day; `grade` is that of `starts`, plus one each 1 August."""

    __table_args__ = (
        UniqueConstraint("owner_id", "pupil_id", "school_id", "starts"),
        Index(None, "school_id", "pupil_id", "starts", "ends", "class_id"),
        Index(None, "class_id"),
        Index(None, "pupil_id"),
    )
    pupil_id: int = Field(foreign_key="pupil.id")
    school_id: int = Field(foreign_key="school.id")
    starts: date
    ends: date | None = None
    class_id: int | None = Field(default=None, foreign_key="unit.id")
    grade: int


class NotSame(Row, table=True):
    """Two pupils who are alike and are not one: somebody has said so, and is asked no more.

    `one_id` is the lower number.
    """

    __tablename__ = "not_same"
    __table_args__ = (UniqueConstraint("owner_id", "one_id", "other_id"),)
    one_id: int = Field(foreign_key="pupil.id")
    other_id: int = Field(foreign_key="pupil.id")
