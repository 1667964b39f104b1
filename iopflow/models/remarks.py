"""What a school says of its figures and does about them: comments, measures and deviations."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row

LONGEST_COMMENT = 10_000  # characters


class IndicatorComment(Row, table=True):
    """What a school says of a figure of a year: the one in force; earlier ones are in the log.

    `indicator` is the code of any figure, P1 as well as T1. An empty text is no comment.
    """

    __tablename__ = "indicator_comment"
    __table_args__ = (UniqueConstraint("school_id", "year", "indicator", "owner_id"),)
    school_id: int = Field(foreign_key="school.id")
    year: int
    indicator: str
    text: str
    by_id: int | None = Field(default=None, foreign_key="person.id")
    on_day: date


class Measure(Row, table=True):
    """A tiltak: what is done about a figure of a year, by whom and by when.

    It is done on `done_on`, or was closed without being done on `closed_on`, or is open. `follows`
    is the measure of an earlier year that it goes on with.
    """

    __table_args__ = (Index(None, "school_id", "year"), Index(None, "person_id"))
    school_id: int = Field(foreign_key="school.id")
    year: int
    indicator: str
    text: str
    person_id: int = Field(foreign_key="person.id")
    due: date
    decided_on: date
    done_on: date | None = None
    closed_on: date | None = None
    outcome: str | None = None
    # No foreign key: taking back the decision of a measure takes no other with it.
    follows: int | None = None


class Deviation(Row, table=True):
    """An avvik: limits that were missed, why, and what is put right.

    It is about an indicator or a step. `tasks` are the numbers of the tasks, as "12,15", and
    `pupils` how many: names are never kept here. `person_id` follows it up until `due` (None: the
    administrator of an embedded database, who raised it). It is closed on `closed_on`, with
    `evidence`, which says where that is written.
    """

    __table_args__ = (Index(None, "school_id", "year"), Index(None, "person_id"))
    school_id: int = Field(foreign_key="school.id")
    year: int
    indicator: str | None = None
    step: str | None = None
    tasks: str = ""
    pupils: int
    cause: str
    description: str
    correction: str
    raised_on: date
    by_id: int | None = Field(default=None, foreign_key="person.id")
    person_id: int | None = Field(default=None, foreign_key="person.id")
    due: date
    closed_on: date | None = None
    evidence: str | None = None
