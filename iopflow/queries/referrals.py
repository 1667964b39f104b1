"""What a referral to PPT lacks, and from whom: consent, the referral, the school's report."""

from dataclasses import dataclass
from enum import StrEnum

from iopflow.facts import CaseFacts, MoveFact
from iopflow.lifecycle import Course, Court, State


class Report(StrEnum):
    """The pedagogisk rapport of a case."""

    DONE = "done"
    NOT_APPLICABLE = "not_applicable"
    MISSING = "missing"


class Lack(StrEnum):
    """What a referral lacks."""

    CONSENT = "consent"
    REFERRAL = "referral"
    REPORT = "report"
    NOTED = "noted"  # what PPT wrote when it sent the case back


@dataclass(frozen=True, slots=True)
class Lacking:
    """One thing that is missing, from whom, and what PPT noted of it."""

    what: Lack
    court: Court
    note: str | None = None


def lacking(case: CaseFacts, course: Course, report: Report) -> list[Lacking]:
    """What a referral lacks. Nothing but consent once PPT has said that it is complete."""
    year, found = course.year, []
    answer, fact = case.answer("utredning", year), case.assessment(year)
    if fact is None or fact.received_on is not None:
        return []
    if answer is None or not answer.given:
        asked = any(row.kind == "asked_utredning" and row.year == year for row in case.moves)
        court = Court.FORESATTE if asked or answer is not None else Court.SKOLE
        found.append(Lacking(Lack.CONSENT, court))
    if course.state in (State.SV_WORK, State.NO_CONSENT):
        return found
    if fact.referred_on is None:
        found.append(Lacking(Lack.REFERRAL, Court.SKOLE))
    if report is Report.MISSING:
        found.append(Lacking(Lack.REPORT, Court.SKOLE))
    if course.state is State.INCOMPLETE:
        found.append(Lacking(Lack.NOTED, Court.SKOLE, _noted(case, year)))
    return found


def _noted(case: CaseFacts, year: int) -> str | None:
    """What PPT wrote when it last sent the case back."""
    back: list[MoveFact] = [
        row for row in case.moves if (row.kind, row.year) == ("sent_back", year)
    ]
    last = max(back, key=lambda row: row.on_day, default=None)
    return last.note if last is not None else None
