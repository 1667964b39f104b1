"""Facts of a case for the year 2026-27, as the tests of its course put them together."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from iopflow.facts import AssessmentFact, CaseFacts, ConsentFact, MoveFact, PauseFact, VedtakFact
from iopflow.lifecycle import Circumstances, Course, course

YEAR = 2026
PUPIL = Circumstances(birth_month="2014-03", first_day=date(2026, 8, 17))


def day(text: str) -> date:
    """ "26-02-10" is 10 February 2026."""
    return date.fromisoformat(f"20{text}")


def days(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, with each short day as a date."""
    return {
        name: day(value) if isinstance(value, str) and value[:1] == "2" else value
        for name, value in values.items()
    }


def assessment(needed: str, year: int = YEAR, **more: str) -> AssessmentFact:
    return AssessmentFact(year, day(needed), **days(more))


def consent(
    kind: str, when: str, year: int = YEAR, *, given: bool = True, by: str | None = None
) -> ConsentFact:
    return ConsentFact(kind, year, day(when), given, by)


def granted(
    decided: str, first: str | None, last: str | None, year: int = YEAR, **more: Any
) -> VedtakFact:
    starts, ends = (day(one) if one else None for one in (first, last))
    return VedtakFact(year, day(decided), True, starts, ends, **days(more))


def refused(decided: str, year: int = YEAR, **more: Any) -> VedtakFact:
    return VedtakFact(year, day(decided), False, **days(more))


def move(kind: str, when: str, note: str | None = None, year: int = YEAR) -> MoveFact:
    return MoveFact(kind, year, day(when), note)


def pause(starts: str, court: str, ends: str | None = None, year: int = YEAR) -> PauseFact:
    return PauseFact(year, day(starts), court, day(ends) if ends else None, "syk")


def case(*rows: Any) -> CaseFacts:
    """The rows, each in its place."""
    kinds = (AssessmentFact, VedtakFact, ConsentFact, MoveFact, PauseFact)
    found: list[Any] = [tuple(row for row in rows if isinstance(row, kind)) for kind in kinds]
    return CaseFacts(*found)


ROAD = (
    assessment(
        "26-01-12",
        referred_on="26-02-10",
        complete_on="26-02-20",
        received_on="26-05-20",
        valid_to="29-07-31",
    ),
    consent("utredning", "26-02-02"),
    consent("vedtak", "26-05-28"),
)
GRANTED = granted("26-06-10", "26-08-01", "27-07-31", notified_on="26-06-12")


def on(when: str, *rows: Any, about: Circumstances = PUPIL, year: int = YEAR) -> Course:
    """The course of the case as it stood on a day."""
    return course(case(*rows), year, about, until=day(when))


def states(found: Course) -> list[tuple[str, str]]:
    """Each stretch: its first day and its state."""
    return [(one.starts.isoformat()[2:], one.state.value) for one in found.stretches]
