"""Figures as they were frozen at a counting date; a correction is a new revision."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row


class Telling(Row, table=True):
    """One freezing of a counting date of a school's year. Revisions count from 1.

    `counted` is 0103, 0106, skoleslutt or 0110; `wheel` is a hash of the wheel that applied.
    """

    __table_args__ = (UniqueConstraint("owner_id", "school_id", "year", "counted", "revision"),)
    school_id: int = Field(foreign_key="school.id")
    year: int
    counted: str
    revision: int
    frozen_at: datetime
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    reason: str | None = None
    wheel: str


class TellingFigure(Row, table=True):
    """One frozen figure: the whole entry of the contract, as JSON."""

    __tablename__ = "telling_figure"
    __table_args__ = (UniqueConstraint("owner_id", "telling_id", "indicator"),)
    telling_id: int = Field(foreign_key="telling.id")
    indicator: str
    entry: str


class TellingPupil(Row, table=True):
    """What a frozen figure says of one pupil (P10: of one pupil at one meeting), and why."""

    __tablename__ = "telling_pupil"
    __table_args__ = (
        UniqueConstraint("owner_id", "telling_id", "indicator", "pupil_id", "part", "on_day"),
    )
    telling_id: int = Field(foreign_key="telling.id", index=True)
    indicator: str
    part: str
    pupil_id: int = Field(foreign_key="pupil.id")
    result: str
    reason: str | None = None
    on_day: date | None = None
    recorded_on: date | None = None
