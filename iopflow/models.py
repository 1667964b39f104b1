"""The tables: what is stored, and nothing that can be derived.

Facts live here once. `happening` is what took place on a step of the wheel, `task` is the plan for
it, and a status is never a column. Every table carries `owner_id` and every unique key contains it,
so that a school owner can be moved to a database of its own.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum as SqlEnum
from sqlalchemy import Index, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
metadata: MetaData = SQLModel.metadata


def another(name: str) -> Any:
    """A table under a name of its own, so that one statement may read it many times.

    Any, because the columns of a table are known by name only.
    """
    return metadata.tables[name].alias()


class Scope(StrEnum):
    """What a step is about; class and avdeling are both stored as `unit`."""

    PUPIL = "pupil"
    UNIT = "unit"
    SCHOOL = "school"
    NETWORK = "network"


class UnitKind(StrEnum):
    """A part of a school."""

    AVDELING = "avdeling"
    KLASSE = "klasse"


class Outcome(StrEnum):
    """What a vedtak decided (opplæringslova § 11-7)."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class ConsentKind(StrEnum):
    """The two consents of § 11-7 third paragraph, never one field."""

    UTREDNING = "utredning"
    VEDTAK = "vedtak"


class Answer(StrEnum):
    """An answer to a request for consent."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


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


def _choice(kind: type[StrEnum]) -> Any:
    """Stores the value, not the member's name, and leaves no CHECK that a migration would miss.

    Any, because sqlmodel types `sa_type` as a class while SQLAlchemy takes an instance as well.
    """
    return SqlEnum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=40,
    )


class Row(SQLModel):
    """What every table has: its own number, and the owner whose data it is."""

    id: int | None = Field(default=None, primary_key=True)
    owner_id: int | None = Field(default=None, foreign_key="owner.id", nullable=False)

    @property
    def number(self) -> int:
        """The row's number. Raises ValueError for a row that was never stored."""
        if self.id is None:
            raise ValueError("a row that is not stored has no number")
        return self.id

    @property
    def owner(self) -> int:
        """The number of the owner. Raises ValueError for a row that was never stored."""
        if self.owner_id is None:
            raise ValueError("a row that is not stored has no owner")
        return self.owner_id


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
    live_from: date | None = None


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
    """An avdeling or a class; a class may lie in an avdeling."""

    __table_args__ = (UniqueConstraint("owner_id", "key"), Index(None, "school_id"))
    key: str
    school_id: int = Field(foreign_key="school.id")
    kind: UnitKind = Field(sa_type=_choice(UnitKind))
    name: str
    parent_id: int | None = Field(default=None, foreign_key="unit.id")


class PptOffice(Row, table=True):
    """An educational-psychological service; may belong to another municipality than the school."""

    __tablename__ = "ppt_office"
    __table_args__ = (UniqueConstraint("owner_id", "key"),)
    key: str
    name: str
    municipality: str


class Person(Row, table=True):
    """A member of staff or of PPT."""

    __table_args__ = (UniqueConstraint("owner_id", "key"),)
    key: str
    name: str
    email: str | None = None
    login: str | None = None
    language: str | None = None


class RoleGrant(Row, table=True):
    """A role at a place, from a day and perhaps to a day. `at_kind` is one of roles.Place."""

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


class Pupil(Row, table=True):
    """A pupil. `birth_month` is "2014-03"; a national identity number has no place here."""

    __table_args__ = (UniqueConstraint("owner_id", "key"), Index(None, "ppt_id"))
    key: str
    name: str
    birth_month: str | None = None
    protected: bool = False
    ppt_id: int | None = Field(default=None, foreign_key="ppt_office.id")
    home_municipality: str | None = None
    ppt_reference: str | None = None


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


class Assessment(Row, table=True):
    """The need for, and the life of, a sakkyndig vurdering for one year (§ 11-7)."""

    __table_args__ = (
        UniqueConstraint("owner_id", "pupil_id", "year"),
        Index(None, "pupil_id", "year"),
        Index(None, "year", "pupil_id"),
    )
    pupil_id: int = Field(foreign_key="pupil.id")
    year: int
    needed_since: date
    referred_on: date | None = None
    complete_on: date | None = None
    received_on: date | None = None
    valid_to: date | None = None
    recorded_on: date
    recorded_at: datetime


class Vedtak(Row, table=True):
    """An enkeltvedtak on individually adapted education (§ 11-7)."""

    __table_args__ = (
        UniqueConstraint("owner_id", "pupil_id", "year", "decided_on"),
        Index(None, "pupil_id", "valid_to", "valid_from", "outcome", "decided_on"),
    )
    pupil_id: int = Field(foreign_key="pupil.id")
    year: int
    decided_on: date
    outcome: Outcome = Field(sa_type=_choice(Outcome))
    valid_from: date | None = None
    valid_to: date | None = None
    notified_on: date | None = None
    arrived_on: date | None = None
    decided_by: str | None = None
    departs: bool = False
    reason: str | None = None
    recorded_on: date
    recorded_at: datetime


class Consent(Row, table=True):
    """An answer to one of the two requests for consent."""

    __table_args__ = (
        UniqueConstraint("owner_id", "pupil_id", "kind", "year", "on_day"),
        Index(None, "pupil_id", "year"),
    )
    pupil_id: int = Field(foreign_key="pupil.id")
    kind: ConsentKind = Field(sa_type=_choice(ConsentKind))
    year: int
    on_day: date
    answer: Answer = Field(sa_type=_choice(Answer))
    recorded_on: date
    recorded_at: datetime


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
    scope: Scope = Field(sa_type=_choice(Scope))
    subject_id: int
    what: What = Field(sa_type=_choice(What))
    occasion: str = ""
    on_day: date
    recorded_on: date
    recorded_at: datetime
    by_id: int | None = Field(default=None, foreign_key="person.id")
    reason: str | None = None
    cause: str | None = None
    evidence: str | None = None


class Appeal(Row, table=True):
    """An appeal (klage), a case of its own."""

    __table_args__ = (UniqueConstraint("owner_id", "pupil_id", "year", "registered_on"),)
    pupil_id: int = Field(foreign_key="pupil.id")
    year: int
    registered_on: date
    kind: str | None = None
    result: str | None = None
    closed_on: date | None = None


class Pause(Row, table=True):
    """A stretch in which a case waits for somebody, with the cause."""

    __table_args__ = (UniqueConstraint("owner_id", "pupil_id", "year", "starts"),)
    pupil_id: int = Field(foreign_key="pupil.id")
    year: int
    starts: date
    court: str
    ends: date | None = None
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
    scope: Scope = Field(sa_type=_choice(Scope))
    school_id: int | None = Field(default=None, foreign_key="school.id")
    opens: date | None = None
    due: date | None = None
    limit_day: date | None = None
    moved: bool = False
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id", index=True)


class ImportBatch(Row, table=True):
    """One applied import, which can be undone as a whole."""

    __tablename__ = "import_batch"
    at: datetime
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    source: str
    undone_at: datetime | None = None


class Event(Row, table=True):
    """One changed row: who, when, why, and what stood there before and after. Append-only."""

    __table_args__ = (
        Index(None, "table_name", "row_id"),
        Index(None, "pupil_id"),
        Index(None, "batch_id"),
    )
    at: datetime
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    act: str
    table_name: str
    row_id: int | None = None
    pupil_id: int | None = None
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
