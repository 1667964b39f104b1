"""The facts of a pupil's case, and what they say on a day (opplæringslova §§ 11-6, 11-7)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class AssessmentFact:
    """A need for a sakkyndig vurdering for the year `year` (its first calendar year)."""

    year: int
    needed_since: date
    referred_on: date | None = None
    complete_on: date | None = None
    received_on: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class VedtakFact:
    """A decision; `grants` is true of granted and partly granted ones, `partly` of the latter."""

    year: int
    decided_on: date
    grants: bool
    valid_from: date | None = None
    valid_to: date | None = None
    notified_on: date | None = None
    arrived_on: date | None = None
    partly: bool = False
    departs: bool = False
    reason: str | None = None

    def covers(self, day: date) -> bool:
        """Whether it grants on a day. One that lacks a date of validity grants on no day."""
        return (
            self.grants
            and self.valid_from is not None
            and self.valid_to is not None
            and self.valid_from <= day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class ConsentFact:
    """An answer: `given` is false of refused and withdrawn. `by`: foresatte, elev or not known."""

    kind: str
    year: int
    on_day: date
    given: bool
    by: str | None = None


@dataclass(frozen=True, slots=True)
class MoveFact:
    """What happened in a case that no other table holds: sent back, asked for consent, closed.

    `note` says what is missing or why.
    """

    kind: str
    year: int
    on_day: date
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PauseFact:
    """A stretch, both days included, in which a case waits for a court for a cause of its own."""

    year: int
    starts: date
    court: str
    ends: date | None = None
    cause: str | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class AppealFact:
    """An appeal, and how far it has come."""

    year: int
    registered_on: date
    kind: str | None = None
    reviewed_on: date | None = None
    forwarded_on: date | None = None
    closed_on: date | None = None
    result: str | None = None


# The moves on the road to an assessment, which PPT sees as well.
ON_THE_ROAD = frozenset({"measures", "asked_utredning", "sent_back", "supplied"})


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known of one pupil's case. Lists of many pupils read the first three only."""

    assessments: tuple[AssessmentFact, ...] = ()
    vedtak: tuple[VedtakFact, ...] = ()
    consents: tuple[ConsentFact, ...] = ()
    moves: tuple[MoveFact, ...] = ()
    pauses: tuple[PauseFact, ...] = ()
    appeals: tuple[AppealFact, ...] = ()

    def assessment(self, year: int) -> AssessmentFact | None:
        """The need for a year, with what became of it."""
        return next((row for row in self.assessments if row.year == year), None)

    @property
    def years(self) -> tuple[int, ...]:
        """The years served that something is known of, the earliest first."""
        return tuple(
            sorted(
                {row.year for row in self.assessments}
                | {row.year for row in self.vedtak}
                | {row.year for row in self.consents}
                | {row.year for row in self.moves}
                | {row.year for row in self.appeals}
            )
        )

    @property
    def until_assessment(self) -> "CaseFacts":
        """The road to an assessment alone: all that PPT sees (contract: roles)."""
        return CaseFacts(
            self.assessments,
            (),
            tuple(row for row in self.consents if row.kind == "utredning"),
            tuple(row for row in self.moves if row.kind in ON_THE_ROAD),
            tuple(row for row in self.pauses if self._on_the_road(row)),
        )

    def _on_the_road(self, pause: PauseFact) -> bool:
        """Whether a pause began before the assessment was there."""
        row = self.assessment(pause.year)
        return row is not None and (row.received_on is None or pause.starts <= row.received_on)

    def known_on(self, day: date) -> "CaseFacts":
        """The case as it stands on a day: what is dated later has not happened yet.

        Periods of validity are plans, and stand with the document that says them.
        """
        return CaseFacts(
            tuple(_by(row, day, _ASSESSED) for row in self.assessments if row.needed_since <= day),
            tuple(_by(row, day, _TOLD) for row in self.vedtak if row.decided_on <= day),
            tuple(row for row in self.consents if row.on_day <= day),
            tuple(row for row in self.moves if row.on_day <= day),
            tuple(row for row in self.pauses if row.starts <= day),
            tuple(_by(row, day, _APPEALED) for row in self.appeals if row.registered_on <= day),
        )

    def granted(self, day: date) -> bool:
        """Whether a vedtak grants on a day. One that lacks a date of validity grants on no day."""
        return any(row.covers(day) for row in self.vedtak)

    def answer(self, kind: str, year: int) -> ConsentFact | None:
        """The latest answer of a kind for a year."""
        answers = [row for row in self.consents if (row.kind, row.year) == (kind, year)]
        return max(answers, key=lambda row: row.on_day, default=None)

    def assessed(self, year: int, first_day: date | None) -> bool:
        """Whether an assessment is there that a decision for the year can rest on (§ 11-7)."""
        return any(
            row.received_on is not None
            and (
                row.year == year
                or (
                    first_day is not None and row.valid_to is not None and row.valid_to >= first_day
                )
            )
            for row in self.assessments
        )


Dated = TypeVar("Dated", AssessmentFact, VedtakFact, AppealFact)

# Each day of a row, and what else is known from that day only.
_ASSESSED: Mapping[str, tuple[str, ...]] = {
    "referred_on": (),
    "complete_on": (),
    "received_on": ("valid_to",),
}
_TOLD: Mapping[str, tuple[str, ...]] = {"notified_on": (), "arrived_on": ()}
_APPEALED: Mapping[str, tuple[str, ...]] = {
    "reviewed_on": (),
    "forwarded_on": (),
    "closed_on": ("result",),
}


def _by(row: Dated, day: date, days: Mapping[str, tuple[str, ...]]) -> Dated:
    """The row without what is dated after a day."""
    said: list[tuple[str, date | None]] = [(name, getattr(row, name)) for name in days]
    later = [name for name, on in said if on is not None and on > day]
    if not later:
        return row
    gone: dict[str, Any] = dict.fromkeys(later)
    for name in later:
        gone |= dict.fromkeys(days[name])
    return replace(row, **gone)


Finder = Callable[[CaseFacts, int, date | None], date | None]


def _assessment(field: str) -> Finder:
    def find(case: CaseFacts, year: int, _first_day: date | None) -> date | None:
        return next((getattr(row, field) for row in case.assessments if row.year == year), None)

    return find


def _consent(kind: str) -> Finder:
    def find(case: CaseFacts, year: int, _first_day: date | None) -> date | None:
        latest = case.answer(kind, year)
        return latest.on_day if latest is not None and latest.given else None

    return find


def _vedtak(field: str) -> Finder:
    def find(case: CaseFacts, year: int, first_day: date | None) -> date | None:
        return _first(
            getattr(row, field)
            for row in case.vedtak
            if row.year == year or (first_day is not None and row.covers(first_day))
        )

    return find


def _first(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


# The steps of the wheel whose facts have a table of their own name one of these in `fact`.
FACTS: Mapping[str, Finder] = {
    "assessment.referred_on": _assessment("referred_on"),
    "assessment.received_on": _assessment("received_on"),
    "consent.utredning": _consent("utredning"),
    "consent.vedtak": _consent("vedtak"),
    "vedtak.decided_on": _vedtak("decided_on"),
    "vedtak.notified_on": _vedtak("notified_on"),
}


def happened(fact: str, case: CaseFacts, *, year: int, first_day: date | None) -> date | None:
    """The day on which a step that follows from the case's facts happened, for the year served.

    `first_day` is the year's first school day: a vedtak of several years that covers it counts.
    """
    return FACTS[fact](case, year, first_day)


def refused(fact: str, case: CaseFacts, *, year: int) -> bool:
    """Whether the step is a consent and the latest answer is no."""
    if not fact.startswith("consent."):
        return False
    latest = case.answer(fact.removeprefix("consent."), year)
    return latest is not None and not latest.given


def _renewed(case: CaseFacts, year: int) -> date | None:
    """The first thing known of a later year: the need is being judged, or has been."""
    return _first(
        [
            *(row.needed_since for row in case.assessments if row.year > year),
            *(row.decided_on for row in case.vedtak if row.year > year),
            *(row.on_day for row in case.moves if row.year > year),
        ]
    )


# What may end a timer, by the names that a wheel's `stops` uses.
STOPS: Mapping[str, Callable[[CaseFacts, int], date | None]] = {
    "assessment.received_on": lambda case, year: _assessment("received_on")(case, year, None),
    "vedtak.decided_on": lambda case, year: _first(
        row.decided_on for row in case.vedtak if row.year == year
    ),
    "move.interim_reply": lambda case, year: _first(
        row.on_day for row in case.moves if (row.kind, row.year) == ("interim_reply", year)
    ),
    "renewal": _renewed,
    "renewal.need": lambda case, year: _first(
        [
            *(row.needed_since for row in case.assessments if row.year > year),
            *(row.on_day for row in case.moves if row.kind == "no_need" and row.year > year),
        ]
    ),
}


def anchors(case: CaseFacts, year: int) -> dict[str, date]:
    """The days of a year's case that timers count from, by the names of the day notation.

    Of several vedtak in one year it is the one decided last.
    """
    assessment = case.assessment(year)
    decided = [row for row in case.vedtak if row.year == year]
    vedtak = max(decided, key=lambda row: row.decided_on, default=None)
    found = {
        f"assessment.{name}": getattr(assessment, name, None)
        for name in ("referred_on", "complete_on", "received_on", "valid_to")
    } | {
        f"vedtak.{name}": getattr(vedtak, name, None)
        for name in ("decided_on", "notified_on", "arrived_on", "valid_to")
    }
    if vedtak is not None and not vedtak.grants:
        found["vedtak.valid_to"] = None  # a refusal runs out on no day
    return {name: day for name, day in found.items() if day is not None}


def stands(fact: str, case: CaseFacts, *, year: int, first_day: date | None) -> bool:
    """Whether what the fact guards may go on: as `happened`, save that an assessment still valid
    on the year's first school day serves a decision as well as a new one.
    """
    if fact == "assessment.received_on":
        return case.assessed(year, first_day)
    return happened(fact, case, year=year, first_day=first_day) is not None
