"""What is proposed for a pupil and a year, what a rule of it looks at, and what is decided."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from iopflow.facts import CaseFacts, VedtakFact
from iopflow.lifecycle.law import Basis
from iopflow.schoolyear import Year
from iopflow.texts import Text

OPENS = (11, 1)  # in the autumn before, when a year is opened


class Proposed(StrEnum):
    """What a rule says may be needed."""

    ASSESSMENT = "assessment"
    VEDTAK = "vedtak"

    @property
    def text(self) -> Text:
        """The words in the three languages."""
        return _PROPOSED[self]


_PROPOSED = {
    Proposed.ASSESSMENT: Text(
        "ny sakkyndig vurdering", "ny sakkunnig vurdering", "new expert assessment"
    ),
    Proposed.VEDTAK: Text("nytt vedtak", "nytt vedtak", "new decision"),
}


class Decision(StrEnum):
    """How a pupil stands for a year. Undecided is never done."""

    NONE = "none"
    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"

    @property
    def text(self) -> Text:
        """The words in the three languages."""
        return _DECISIONS[self]


_DECISIONS = {
    Decision.NONE: Text("ikke foreslått", "ikkje foreslått", "not proposed"),
    Decision.YES: Text("meldt", "meldt", "registered"),
    Decision.NO: Text("trengs ikke", "trengst ikkje", "not needed"),
    Decision.UNDECIDED: Text("ikke avklart", "ikkje avklart", "undecided"),
}


@dataclass(frozen=True, slots=True)
class Coming:
    """What the rules ask of a pupil beside the case.

    `day` is the first school day of the year, or that of arrival for who comes later; `grade` that
    of the year; `new_from` the first day at the school of a pupil who was not there the year
    before; `special` whether the school is a spesialskole; `concern_on` the day on which a doubt
    was reported for the year (§ 11-2).
    """

    day: date
    grade: int
    new_from: date | None = None
    special: bool = False
    concern_on: date | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule proposes something for a pupil, and since when it could have been decided."""

    rule: "NeedRule"
    why: str
    since: date


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pupil for a year: the reasons, and what somebody has decided.

    `since` is when an undecided one could first have been decided; `by` what the decision was
    registered as, `note` the reason of a no.
    """

    decision: Decision
    reasons: tuple[Reason, ...] = ()
    since: date | None = None
    decided_on: date | None = None
    by: tuple[str, ...] = ()
    note: str | None = None

    @property
    def proposes(self) -> tuple[Proposed, ...]:
        """What the rules say may be needed, together."""
        named = {one for reason in self.reasons for one in reason.rule.proposes}
        return tuple(one for one in Proposed if one in named)


@dataclass(frozen=True, slots=True)
class Look:
    """What a rule looks at: the case as known today, the year, and the pupil."""

    case: CaseFacts
    year: int
    about: Coming

    @property
    def opens(self) -> date:
        """The day from which the year can be prepared."""
        return Year(self.year).previous.on(*OPENS)

    @property
    def standing(self) -> list[VedtakFact]:
        """What a new vedtak would follow: those that grant now, or did the year before.

        None where the last word was a refusal, or the case has been closed since. One without a
        last day is among them, for nobody has said when it ends.
        """
        earlier = [row for row in self.case.vedtak if row.year < self.year]
        last = max(earlier, key=lambda row: row.decided_on, default=None)
        if last is None or not last.grants:
            return []
        if any(
            row.kind == "closed" and row.year < self.year and row.on_day >= last.decided_on
            for row in self.case.moves
        ):
            return []
        before = Year(self.year).previous
        return [row for row in earlier if row.grants and _reaches(row, before)]

    @property
    def covered(self) -> bool:
        """Whether a vedtak of an earlier year grants on the day."""
        return any(row.covers(self.about.day) for row in self.standing)


def _reaches(row: VedtakFact, before: Year) -> bool:
    if row.valid_from is None or row.valid_to is None:
        return row.year >= before.start
    return row.valid_to >= before.on(8, 1)


# What a rule finds: the sentence, and since when it could have been decided.
Found = tuple[str, date]


@dataclass(frozen=True, slots=True)
class NeedRule:
    """A rule that proposes: what it is called, what it rests on, and how it finds its pupils."""

    key: str
    title: Text
    basis: Basis
    paragraph: str
    proposes: tuple[Proposed, ...]
    finds: Callable[[Look], Found | None]
