"""What a head asks of a colleague about steps that are not done, and what is answered."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from iopflow.models.base import Row, choice
from iopflow.texts import Text


class Asking(StrEnum):
    """What is asked: a choice of kind sentences, because a typed one would soon name a pupil."""

    HOW = "how"
    HELP = "help"
    WHEN = "when"
    RECORD = "record"

    @property
    def text(self) -> Text:
        """The sentence in the three languages."""
        return _ASKED[self]


class Answering(StrEnum):
    """What is answered."""

    DONE = "done"
    UNDER_WAY = "under_way"
    WAITS = "waits"
    HELP = "help"

    @property
    def text(self) -> Text:
        """The sentence in the three languages."""
        return _ANSWERED[self]


_ASKED = {
    Asking.HOW: Text(
        "Hvordan går det med dette?", "Korleis går det med dette?", "How is this going?"
    ),
    Asking.HELP: Text(
        "Er det noe jeg kan hjelpe med?",
        "Er det noko eg kan hjelpe med?",
        "Is there anything I can help with?",
    ),
    Asking.WHEN: Text(
        "Når tror du at dette er på plass?",
        "Når trur du at dette er på plass?",
        "When do you think this will be in place?",
    ),
    Asking.RECORD: Text(
        "Er dette gjort, men ikke ført ennå?",
        "Er dette gjort, men ikkje ført enno?",
        "Is this done, but not recorded yet?",
    ),
}
_ANSWERED = {
    Answering.DONE: Text("Det er ført nå", "Det er ført no", "It is recorded now"),
    Answering.UNDER_WAY: Text("Jeg er i gang", "Eg er i gang", "I am working on it"),
    Answering.WAITS: Text("Det venter på andre", "Det ventar på andre", "It waits for others"),
    Answering.HELP: Text("Jeg trenger hjelp", "Eg treng hjelp", "I need help"),
}


class Question(Row, table=True):
    """A question of `asker_id` to `person_id` about a step of a year, in a week at most one.

    `unit_id` is the class it was asked of, None where it was no class. `week` is the ISO week, as
    2026-W48. `tasks` is how many were not done then. The notes are read in iopflow alone and never
    go in a mail.
    """

    __table_args__ = (
        UniqueConstraint("person_id", "year", "step", "week", "owner_id"),
        Index(None, "asker_id"),
    )
    asker_id: int = Field(foreign_key="person.id")
    person_id: int = Field(foreign_key="person.id")
    year: int
    step: str
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    week: str
    asking: Asking = Field(sa_type=choice(Asking))
    tasks: int
    note: str | None = None
    asked_at: datetime
    answer: Answering | None = Field(default=None, sa_type=choice(Answering), nullable=True)
    answer_note: str | None = None
    answered_at: datetime | None = None
