"""Owners, networks, schools and their years and units, and the PPT offices."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from iopflow.models.base import Row, choice

DEFAULT_WHEEL = "spesialskole"


class UnitKind(StrEnum):
    """A part of a school."""

    AVDELING = "avdeling"
    KLASSE = "klasse"


class Owner(SQLModel, table=True):
    """A school owner (skoleeier): the municipality or body that answers for the data."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)


class Network(Row, table=True):
    """Schools that compare their figures, such as IKIT."""

    __table_args__ = (UniqueConstraint("owner_id", "key"),)
    key: str


class School(Row, table=True):
    """A school. `live_from` is set by go-live: duties due earlier are never overdue."""

    __table_args__ = (UniqueConstraint("owner_id", "key"), Index(None, "network_id"))
    key: str
    name: str
    municipality: str
    network_id: int | None = Field(default=None, foreign_key="network.id")
    language: str = "nb"
    wheel: str | None = None
    # The school's own changes of its wheel, as TOML that extends one. Not in schools.csv, so that
    # to import that again leaves them; the revisions are the events of this row.
    own_wheel: str | None = None
    live_from: date | None = None

    @property
    def wheel_in_force(self) -> str | None:
        """What Rules know the school's wheel by: its own changes as text, else the name of one."""
        return self.own_wheel or self.wheel

    @property
    def wheel_of_others(self) -> str:
        """The name of the wheel that the school shares with others."""
        return self.wheel or DEFAULT_WHEEL


class SchoolYearRow(Row, table=True):
    """A school's skolerute for one year. `year` is the calendar year it starts in."""

    __tablename__ = "school_year"
    __table_args__ = (UniqueConstraint("owner_id", "school_id", "year"),)
    school_id: int = Field(foreign_key="school.id")
    year: int
    first_day: date
    last_day: date
    planning_day: date | None = None
    autumn_end: date | None = None
    opened_at: datetime | None = None


class DayOff(Row, table=True):
    """Days inside the school year without school; both ends included."""

    __tablename__ = "day_off"
    __table_args__ = (UniqueConstraint("owner_id", "school_id", "starts"),)
    school_id: int = Field(foreign_key="school.id")
    starts: date
    ends: date | None = None
    what: str


class Unit(Row, table=True):
    """An avdeling or a class; a class may lie in an avdeling.

    From `closed_on` it is in use no more: what took place before stays with it. One that was split
    from another has `formed_on`: what was due before that day was the other's to do.
    """

    __table_args__ = (UniqueConstraint("owner_id", "key"), Index(None, "school_id"))
    key: str
    school_id: int = Field(foreign_key="school.id")
    kind: UnitKind = Field(sa_type=choice(UnitKind))
    name: str
    parent_id: int | None = Field(default=None, foreign_key="unit.id")
    closed_on: date | None = None
    formed_on: date | None = None


class PptOffice(Row, table=True):
    """An educational-psychological service; may belong to another municipality than the school."""

    __tablename__ = "ppt_office"
    __table_args__ = (UniqueConstraint("owner_id", "key"),)
    key: str
    name: str
    municipality: str
