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


class Consenter(StrEnum):
    """Who answered: the parents, or from 15 years the pupil (opplæringslova § 24-5)."""

    FORESATTE = "foresatte"
    ELEV = "elev"


class MoveKind(StrEnum):
    """What happens in a case that no other table holds; the words of moves.csv."""

    MEASURES = "measures"  # tried within ordinary teaching (§ 11-2)
    NO_NEED = "no_need"  # somebody has decided that nothing new is needed for the year
    ASKED_UTREDNING = "asked_utredning"  # consent to the assessment asked for
    SENT_BACK = "sent_back"  # PPT lacks something of the referral
    SUPPLIED = "supplied"  # the school has sent what was lacking
    ASKED_VEDTAK = "asked_vedtak"  # consent to the decision asked for
    INTERIM_REPLY = "interim_reply"  # foreløpig svar (forvaltningsloven § 11 a)
    CLOSED = "closed"  # no further need, or the case rests


class SupportKind(StrEnum):
    """What may be granted beside, or without, adapted education."""

    ASSISTANSE = "assistanse"  # personlig assistanse, § 11-4
    FYSISK = "fysisk"  # fysisk tilrettelegging og tekniske hjelpemidler, § 11-5


class AppealKind(StrEnum):
    """What is complained of: the vedtak, or that it is not carried out (Udir 8.4)."""

    VEDTAK = "vedtak"
    GJENNOMFORING = "gjennomforing"


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
    archive_ref: str | None = None
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
    archive_ref: str | None = None
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
    answered_by: Consenter | None = Field(default=None, sa_type=choice(Consenter), nullable=True)
    recorded_on: date
    recorded_at: datetime


class CaseMove(Row, table=True):
    """Something that happened in a case, on a day, that has no table of its own.

    `note` says what was lacking, or why; `evidence` is a reference to the archive or the log.
    """

    __tablename__ = "case_move"
    __table_args__ = (
        UniqueConstraint("owner_id", "pupil_id", "year", "kind", "on_day"),
        Index(None, "pupil_id", "year"),
    )
    pupil_id: int = Field(foreign_key="pupil.id")
    year: int
    kind: MoveKind = Field(sa_type=choice(MoveKind))
    on_day: date
    note: str | None = None
    evidence: str | None = None
    recorded_on: date
    recorded_at: datetime


class Support(Row, table=True):
    """Assistance or physical adaptation (§§ 11-4, 11-5): a lane of its own, without assessment."""

    __table_args__ = (
        UniqueConstraint("owner_id", "pupil_id", "kind", "sought_on"),
        Index(None, "pupil_id"),
    )
    pupil_id: int = Field(foreign_key="pupil.id")
    kind: SupportKind = Field(sa_type=choice(SupportKind))
    sought_on: date
    decided_on: date | None = None
    outcome: Outcome | None = Field(default=None, sa_type=choice(Outcome), nullable=True)
    valid_from: date | None = None
    valid_to: date | None = None
    notified_on: date | None = None
    archive_ref: str | None = None
    recorded_on: date
    recorded_at: datetime


class Appeal(Row, table=True):
    """An appeal (klage), a case of its own: first looked at by whoever decided, then sent on."""

    __table_args__ = (UniqueConstraint("owner_id", "pupil_id", "year", "registered_on"),)
    pupil_id: int = Field(foreign_key="pupil.id")
    year: int
    registered_on: date
    kind: AppealKind | None = Field(default=None, sa_type=choice(AppealKind), nullable=True)
    reviewed_on: date | None = None
    forwarded_on: date | None = None
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
