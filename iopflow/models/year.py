"""The year of the wheel: the plan, what took place, and registered figures."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from iopflow.models.base import Row, choice


class Scope(StrEnum):
    """What a step is about; class and avdeling are both stored as `unit`."""

    PUPIL = "pupil"
    UNIT = "unit"
    SCHOOL = "school"
    NETWORK = "network"


class What(StrEnum):
    """What may happen on a step."""

    DONE = "done"
    NOT_APPLICABLE = "not_applicable"
    INVITED = "invited"
    HELD = "held"
    DECLINED = "declined"
    NO_REPLY = "no_reply"
    CANCELLED = "cancelled"
    NOT_POSSIBLE = "not_possible"
    PRESENT = "present"
    DELAY = "delay"
    HELP_WANTED = "help_wanted"


# What is only ever said in the product itself, and no file brings.
NEVER_IMPORTED = frozenset({What.HELP_WANTED})


class Task(Row, table=True):
    """A step of the wheel for one subject in the year it serves: the plan, never the status.

    `limit_day` is the last day that counts as on time where it differs from `due`; `moved` says
    that a person has agreed another `due`, which re-opening the year then leaves alone. A step of
    the network has no school. `batch_id` is the import that made the task necessary, if one did.
    """

    __table_args__ = (
        UniqueConstraint("year", "subject_id", "step", "school_id", "scope", "owner_id"),
        Index(None, "school_id", "year", "step"),
        Index(None, "due", "step"),
        Index(
            "uq_task_network",
            "year",
            "subject_id",
            "step",
            "owner_id",
            unique=True,
            sqlite_where=text("school_id IS NULL"),
            postgresql_where=text("school_id IS NULL"),
        ),
    )
    year: int
    subject_id: int
    step: str
    scope: Scope = Field(sa_type=choice(Scope))
    school_id: int | None = Field(default=None, foreign_key="school.id")
    opens: date | None = None
    due: date | None = None
    limit_day: date | None = None
    moved: bool = False
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id", index=True)


class Happening(Row, table=True):
    """Something that took place on a step of the wheel, in the cycle of the year served.

    `subject_id` points at a pupil, unit, school or network as `scope` says (that of `present` is
    the pupil represented). `occasion` is empty where a thing happens once per step, year and
    subject, and the ISO day where it may happen on many days. `on_day` is the day it happened,
    `recorded_on` the day somebody wrote it down, `recorded_at` the moment iopflow received it.
    """

    __table_args__ = (
        UniqueConstraint("year", "subject_id", "step", "what", "occasion", "scope", "owner_id"),
        Index(None, "step", "year", "what", "subject_id", "scope", "on_day", "recorded_on"),
    )
    year: int
    step: str
    scope: Scope = Field(sa_type=choice(Scope))
    subject_id: int
    what: What = Field(sa_type=choice(What))
    occasion: str = ""
    on_day: date
    recorded_on: date
    recorded_at: datetime
    by_id: int | None = Field(default=None, foreign_key="person.id")
    reason: str | None = None
    cause: str | None = None
    evidence: str | None = None


class FigureValue(Row, table=True):
    """A registered or imported figure (S, T, R and ØK indicators)."""

    __tablename__ = "figure_value"
    __table_args__ = (
        UniqueConstraint(
            "owner_id", "school_id", "year", "indicator", "counted_on", "category", "unit_key"
        ),
    )
    school_id: int = Field(foreign_key="school.id")
    year: int
    indicator: str
    counted_on: date
    category: str = ""
    unit_key: str = ""
    value: str
    of: str | None = None
    source: str | None = None
