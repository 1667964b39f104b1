"""The timers of a pupil's cases: what counts by itself from a fact, as the wheel declares it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from iopflow.facts import STOPS, CaseFacts, anchors
from iopflow.lifecycle import Course, State
from iopflow.schoolyear import SchoolYear, Year
from iopflow.wheel import MissingSkolerute, Step, Wheel

BIRTH = "pupil.birth_month"
ROAD = frozenset({"assessment.received_on", "renewal", "renewal.need"})
# In these nobody works with the case: what waits for work does not run.
_RESTING = frozenset({State.NO_CONSENT, State.CLOSED, State.MOVED, State.NOT_NEEDED})


class Running(StrEnum):
    """How it stands with a timer."""

    RUNNING = "running"
    LATE = "late"  # its day has passed, and what should have happened has not
    PASSED = "passed"  # its day has come, and nothing more was asked
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer of one case: what it counts to, and what ended it."""

    step: Step
    year: Year
    due: date
    stopped_on: date | None
    running: Running

    @property
    def presses(self) -> bool:
        """Whether somebody should still do something."""
        return self.running in (Running.RUNNING, Running.LATE) and bool(self.step.stops)

    @property
    def on_the_road(self) -> bool:
        """Whether all that ends it lies on the road to the assessment, which PPT sees."""
        return all(name in ROAD for name in self.step.stops)

    def to_json(self) -> dict[str, Any]:
        """The timer as the command line prints it."""
        return {
            "step": self.step.key,
            "title": self.step.title.get(),
            "due": self.due.isoformat(),
            "state": self.running.value,
            "stopped_on": self.stopped_on.isoformat() if self.stopped_on else None,
            "basis": self.step.basis,
            "date_basis": self.step.date_basis,
            "law": self.step.law,
            "responsible": self.step.responsible,
        }


def timers(
    wheel: Wheel,
    calendar: Mapping[Year, SchoolYear],
    case: CaseFacts,
    one: Course,
    *,
    birth_month: str | None = None,
    grade: int | None = None,
) -> list[Timer]:
    """Those of a case that have begun to count, by the day they count to.

    `grade` is the pupil's in the year served. What counts from a skolerute that is not there is
    left out. The case is read to the day the course was.
    """
    known = case.known_on(one.until)
    facts = anchors(known, one.year)
    if birth_month is not None:
        facts[BIRTH] = date.fromisoformat(f"{birth_month}-01")
    found = [
        _timer(step, due, known, one)
        for step in _declared(wheel, one.year)
        for due in _due(wheel, step, calendar, one.year, one.until, facts, grade)
    ]
    return sorted(found, key=lambda timer: (timer.due, timer.step.key))


def pressing(
    wheel: Wheel,
    calendar: Mapping[Year, SchoolYear],
    case: CaseFacts,
    year: int,
    *,
    until: date,
    between: tuple[date, date],
    grade: int | None,
    course: Callable[[], Course],
) -> list[Timer]:
    """Those of `timers` that press and count to a day between two, both included.

    The course is asked for only where one is found: most cases have none.
    """
    known = case.known_on(until)
    facts = anchors(known, year)
    first, last = between
    found = [
        (step, due)
        for step in _declared(wheel, year)
        if step.stops
        for due in _due(wheel, step, calendar, year, until, facts, grade)
        if first <= due <= last and _stopped(step, known, year, until) is None
    ]
    if not found:
        return []
    one = course()
    told = [_timer(step, due, known, one) for step, due in found]
    return [timer for timer in told if timer.presses]


def _declared(wheel: Wheel, year: int) -> Iterator[Step]:
    for step in wheel.steps:
        if step.kind == "timer" and not step.off and step.lives_in(Year(year)):
            yield step


def _due(
    wheel: Wheel,
    step: Step,
    calendar: Mapping[Year, SchoolYear],
    served: int,
    until: date,
    facts: Mapping[str, date],
    grade: int | None,
) -> Iterator[date]:
    if step.only_grades and grade not in step.only_grades:
        return
    year = Year(served)
    try:
        days = wheel.dates(step, year, calendar.get, grade=grade, facts=facts)
    except MissingSkolerute:
        return
    if days.due is None or (days.opens is not None and until < days.opens):
        return
    counted = {day.anchor for day in step.due.all_days} if step.due is not None else set()
    if BIRTH in counted and Year.of(days.due) not in (year.previous, year):
        return  # told in the years around it, not in every case
    yield days.due


def _timer(step: Step, due: date, case: CaseFacts, one: Course) -> Timer:
    stopped = _stopped(step, case, one.year, one.until)
    if stopped is None and step.stops and one.state in _RESTING:
        stopped = one.stretches[-1].starts
    if stopped is not None:
        running = Running.STOPPED
    elif one.until <= due:
        running = Running.RUNNING
    else:
        running = Running.LATE if step.stops else Running.PASSED
    return Timer(step, Year(one.year), due, stopped, running)


def _stopped(step: Step, case: CaseFacts, year: int, until: date) -> date | None:
    stops = [STOPS[name](case, year) for name in step.stops]
    return min((day for day in stops if day is not None and day <= until), default=None)
