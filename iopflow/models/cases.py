"""The facts of a case: assessment, vedtak, consent, appeal and pause (§ 11-7)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row, choice


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
    outcome: Outcome = Field(sa_type=choice(Outcome))
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
    kind: ConsentKind = Field(sa_type=choice(ConsentKind))
    year: int
    on_day: date
    answer: Answer = Field(sa_type=choice(Answer))
    recorded_on: date
    recorded_at: datetime


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
