"""What has happened in a case, in order of days: read from the facts, and from time itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from iopflow.days import add_months
from iopflow.facts import AssessmentFact, CaseFacts, ConsentFact, MoveFact, VedtakFact
from iopflow.lifecycle.states import Court
from iopflow.schoolyear import Year

RENEWAL_MONTHS = 6  # before the last day (Sivilombudet, Porsgrunn: in good time; ours)
_DAY = timedelta(days=1)


class Happened(StrEnum):
    """What may happen in a case. The order is that in which things of one day are taken."""

    CONCERN = "concern"
    MEASURES = "measures"
    NO_NEED = "no_need"
    NEEDED = "needed"
    ASKED_UTREDNING = "asked_utredning"
    CONSENT_UTREDNING = "consent_utredning"
    NO_UTREDNING = "no_utredning"
    REFERRED = "referred"
    SENT_BACK = "sent_back"
    SUPPLIED = "supplied"
    COMPLETE = "complete"
    RECEIVED = "received"
    ASKED_VEDTAK = "asked_vedtak"
    CONSENT_VEDTAK = "consent_vedtak"
    NO_VEDTAK = "no_vedtak"
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    NOTIFIED = "notified"
    ARRIVED = "arrived"
    INTERIM_REPLY = "interim_reply"
    BEGINS = "begins"
    RENEWAL = "renewal"
    RENEWING = "renewing"
    ENDS = "ends"
    ENDS_CLOSED = "ends_closed"
    SUCCEEDED = "succeeded"
    CLOSED = "closed"
    LEFT = "left"


ORDER = {kind: place for place, kind in enumerate(Happened)}
# What the calendar does by itself; all else somebody has registered.
BY_TIME = frozenset(
    {
        Happened.BEGINS,
        Happened.RENEWAL,
        Happened.RENEWING,
        Happened.ENDS,
        Happened.ENDS_CLOSED,
        Happened.SUCCEEDED,
        Happened.LEFT,
    }
)

Fact = AssessmentFact | VedtakFact | ConsentFact | MoveFact | None
Served = TypeVar("Served", AssessmentFact, VedtakFact, ConsentFact, MoveFact)


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One thing that happened on a day; `fact` is the row that says so."""

    on: date
    kind: Happened
    fact: Fact = None

    @property
    def key(self) -> tuple[date, Happened]:
        """What makes two events the same."""
        return self.on, self.kind


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a case asks of the pupil: never a fact of the case itself.

    `birth_month` is "2014-03"; `decider` whoever decides, the school or the home municipality;
    `first_day` the first school day of the year served; `left_on` the last day at any school;
    `concern_on` the day a doubt was reported to rektor (§ 11-2). `ends_with_assessment` is said for
    those who see no further: to them the case rests when the assessment is there.
    """

    birth_month: str | None = None
    decider: Court = Court.SKOLE
    first_day: date | None = None
    left_on: date | None = None
    concern_on: date | None = None
    ends_with_assessment: bool = False


def events(case: CaseFacts, year: int, about: Circumstances, *, until: date) -> list[CaseEvent]:
    """All that happened in the case for a year served up to and including a day, in order."""
    found = [
        event
        for event in (
            *_of_assessment(case, year),
            *_of_consents(case, year),
            *_of_moves(case, year),
            *_of_vedtak(case, year),
            *_of_circumstances(about),
        )
        if event.on <= until
    ]
    return sorted(found, key=lambda event: (event.on, ORDER[event.kind]))


def _of_circumstances(about: Circumstances) -> Iterator[CaseEvent]:
    if about.concern_on is not None:
        yield CaseEvent(about.concern_on, Happened.CONCERN)
    if about.left_on is not None:
        yield CaseEvent(about.left_on + _DAY, Happened.LEFT)


def _of_assessment(case: CaseFacts, year: int) -> Iterator[CaseEvent]:
    row = case.assessment(year)
    if row is None:
        return
    yield CaseEvent(row.needed_since, Happened.NEEDED, row)
    for day, kind in (
        (row.referred_on, Happened.REFERRED),
        (row.complete_on, Happened.COMPLETE),
        (row.received_on, Happened.RECEIVED),
    ):
        if day is not None:
            yield CaseEvent(day, kind, row)


def _of_consents(case: CaseFacts, year: int) -> Iterator[CaseEvent]:
    kinds = {
        ("utredning", True): Happened.CONSENT_UTREDNING,
        ("utredning", False): Happened.NO_UTREDNING,
        ("vedtak", True): Happened.CONSENT_VEDTAK,
        ("vedtak", False): Happened.NO_VEDTAK,
    }
    assessment = case.assessment(year)
    received = assessment.received_on if assessment is not None else None
    for row in case.consents:
        if row.year == year:
            kind, on = kinds[row.kind, row.given], row.on_day
            if kind is Happened.CONSENT_VEDTAK and received is not None and on < received:
                # A yes in advance works from when the assessment is there, if it stands by then
                # and no vedtak has been made on it.
                used = any(
                    one.year == year and row.on_day <= one.decided_on < received
                    for one in case.vedtak
                )
                stands = case.known_on(received).answer("vedtak", year) == row
                on = received if stands and not used else on
            yield CaseEvent(on, kind, row)


def _of_moves(case: CaseFacts, year: int) -> Iterator[CaseEvent]:
    for row in case.moves:
        if row.year == year:
            yield CaseEvent(row.on_day, Happened(row.kind), row)


def _of_vedtak(case: CaseFacts, year: int) -> Iterator[CaseEvent]:
    mine = [row for row in case.vedtak if row.year == year]
    for row in mine:
        outcome = Happened.PARTLY if row.partly else Happened.GRANTED
        yield CaseEvent(row.decided_on, outcome if row.grants else Happened.REFUSED, row)
        if row.notified_on is not None:
            yield CaseEvent(row.notified_on, Happened.NOTIFIED, row)
        if row.arrived_on is not None:
            yield CaseEvent(row.arrived_on, Happened.ARRIVED, row)
        if row.grants and row.valid_from is not None and row.valid_to is not None:
            begins = max(row.valid_from, row.decided_on)
            yield CaseEvent(begins, Happened.BEGINS, row)
            for again in _again(case, year, row):
                if begins < again <= row.valid_to:
                    yield CaseEvent(again, Happened.BEGINS, row)
            yield from _ends(case, year, row, row.valid_to)
            yield from _renewal(case, year, row, row.valid_to)


def _again(case: CaseFacts, year: int, vedtak: VedtakFact) -> list[date]:
    """The days on which a vedtak stands alone again: a consent that was withdrawn after it was
    given anew, or there was a no to a new assessment for its year.
    """
    answers = sorted(
        (row for row in case.consents if (row.kind, row.year) == ("vedtak", year)),
        key=lambda row: row.on_day,
    )
    anew = [
        later.on_day
        for earlier, later in pairwise(answers)
        if later.given and not earlier.given and earlier.on_day >= vedtak.decided_on
    ]
    refused = [
        row.on_day
        for row in case.consents
        if (row.kind, row.year, row.given) == ("utredning", year, False)
        and row.on_day >= vedtak.decided_on
    ]
    return [*anew, *refused]


def _ends(case: CaseFacts, year: int, vedtak: VedtakFact, last: date) -> Iterator[CaseEvent]:
    """What becomes of the case after the last day of one of its vedtak."""
    after = max(last + _DAY, vedtak.decided_on)  # it may have been decided when it was over
    later = [
        (max(row.valid_from, row.decided_on, after), row.year)
        for row in case.vedtak
        if row.grants and row.valid_from and row.valid_to and row.valid_to >= after
    ]
    following = min((day for day, served in later if served > year), default=None)
    if not any(day == after for day, _year in later):
        dropped = min(
            (row.on_day for row in _later(case.moves, year, last) if row.kind == "no_need"),
            default=None,
        )
        if dropped is None or dropped > after:
            yield CaseEvent(after, Happened.ENDS)
        if dropped is not None:
            yield CaseEvent(max(dropped, after), Happened.ENDS_CLOSED)
    if following is not None:
        yield CaseEvent(following, Happened.SUCCEEDED)


def _renewal(case: CaseFacts, year: int, vedtak: VedtakFact, last: date) -> Iterator[CaseEvent]:
    """When the need must be judged anew, and when that began."""
    due = max(add_months(last, -RENEWAL_MONTHS), vedtak.decided_on)
    extended = any(
        row.year == year and row.grants and row.decided_on <= due and (row.valid_to or last) > last
        for row in case.vedtak
    )
    begun = _renewing(case, year, last)
    if extended or (begun is not None and begun <= due):
        return
    yield CaseEvent(due, Happened.RENEWAL)
    for again in _again(case, year, vedtak):
        if due < again <= last and (begun is None or again < begun):
            yield CaseEvent(again, Happened.RENEWAL)
    if begun is not None:
        yield CaseEvent(begun, Happened.RENEWING)


def _renewing(case: CaseFacts, year: int, last: date) -> date | None:
    """The day on which the case of the time after a vedtak began: the need is being judged."""
    days = [
        *(row.needed_since for row in _later(case.assessments, year, last)),
        *(row.decided_on for row in _later(case.vedtak, year, last)),
        *(row.on_day for row in _later(case.moves, year, last)),
        *(row.on_day for row in _later(case.consents, year, last)),
    ]
    return min(days, default=None)


def _later(rows: Iterable[Served], year: int, last: date) -> list[Served]:
    """What serves the time after a last day: years that a vedtak of several years covers do not."""
    first = Year.of(last + _DAY).start
    return [row for row in rows if row.year > year and row.year >= first]
