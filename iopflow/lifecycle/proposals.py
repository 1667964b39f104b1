"""Who needs something new for a year: proposed by rules, decided by a person, listed until it is.

A rule proposes; it decides nothing and makes nothing done. Decided is only what somebody has
registered for the year itself: a need, a vedtak, consent to one asked for, or that nothing is
needed, with the reason.
"""

from collections.abc import Iterator
from datetime import date

from iopflow.facts import CaseFacts
from iopflow.lifecycle.need_rules import NEED_RULES, SAYS_NO
from iopflow.lifecycle.needs import OPENS, Coming, Decision, Look, Proposal, Reason
from iopflow.schoolyear import Year

DUE = (1, 15)  # before the year served, when the first duties that serve it fall due


def proposal(case: CaseFacts, year: int, about: Coming) -> Proposal:
    """How a pupil stands for a year, by what is known of the case."""
    look = Look(case, year, about)
    reasons = tuple(_reasons(look))
    begun = sorted(_begun(case, year))
    no = max(
        (row for row in case.moves if row.year == year and row.kind in SAYS_NO),
        key=lambda row: row.on_day,
        default=None,
    )
    has_vedtak = any(row.year == year for row in case.vedtak)
    if begun and (has_vedtak or no is None or no.on_day <= begun[-1][0]):
        by = tuple(dict.fromkeys(kind for _day, kind in begun))
        return Proposal(Decision.YES, reasons, decided_on=begun[0][0], by=by)
    since = min((reason.since for reason in reasons), default=None)
    if no is not None:
        if about.concern_on is None or about.concern_on <= no.on_day:
            return Proposal(Decision.NO, reasons, decided_on=no.on_day, by=(no.kind,), note=no.note)
        since = about.concern_on  # a doubt reported after the no asks anew
    return Proposal(Decision.UNDECIDED if reasons else Decision.NONE, reasons, since=since)


def _reasons(look: Look) -> Iterator[Reason]:
    for rule in NEED_RULES:
        found = rule.finds(look)
        if found is not None:
            yield Reason(rule, *found)


def _begun(case: CaseFacts, year: int) -> Iterator[tuple[date, str]]:
    """The days on which the case of the year was taken up, and by what."""
    yield from ((row.needed_since, "need") for row in case.assessments if row.year == year)
    yield from ((row.decided_on, "vedtak") for row in case.vedtak if row.year == year)
    for move in case.moves:
        if (move.kind, move.year) == ("asked_vedtak", year):
            yield move.on_day, "asked_vedtak"
    for answer in case.consents:
        if (answer.kind, answer.year) == ("vedtak", year):
            yield answer.on_day, "consent"


def year_to_prepare(today: date) -> Year:
    """The year whose needs are asked for: from November the next one (decisions 4)."""
    this = Year.of(today)
    return this.next if today >= this.on(*OPENS) else this


def year_due(today: date) -> Year:
    """The latest year whose first duties have fallen due: from 15 January the next one."""
    this = Year.of(today)
    return this.next if today >= this.on(*DUE) else this
