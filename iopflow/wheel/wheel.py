"""A whole wheel: its steps and states, the real days of a year, and the state a pupil reached."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256

from iopflow.days import Calendar, Days, MissingSkolerute, Moment
from iopflow.schoolyear import SchoolYear, Year, next_statutory_day
from iopflow.texts import Text
from iopflow.wheel.step import Dates, State, Step

# A wheel without states (a network's) has nothing to say of a pupil's year.
_STATELESS = State("", Text("–", "–", "–"))


@dataclass(frozen=True)
class Wheel:
    """The rules of a year, as read from one file (and the one it extends)."""

    name: str
    title: Text
    source: str
    steps: tuple[Step, ...]
    states: tuple[State, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, Step]:
        """The steps by key."""
        return {step.key: step for step in self.steps}

    @cached_property
    def version(self) -> str:
        """A hash of all that the rules say: a frozen figure tells which rules it was counted by."""
        rows: tuple[Step | State, ...] = (*self.steps, *self.states)
        words = [
            (field.name, str(value) if isinstance(value, Days) else repr(value))
            for row in rows
            for field in fields(row)
            if (value := getattr(row, field.name)) is not None
        ]
        return sha256(repr(words).encode()).hexdigest()[:12]

    def __getitem__(self, key: str) -> Step:
        return self.by_key[key]

    def __contains__(self, key: str) -> bool:
        return key in self.by_key

    def dates(
        self,
        step: Step,
        served: Year,
        calendar: Calendar,
        *,
        grade: int | None = None,
        arrival: date | None = None,
        facts: Mapping[str, date] | None = None,
    ) -> Dates:
        """The real days of a step for the year served, in order: opens, due, limit.

        `grade` is the grade in the year served; `arrival` the first day of a pupil who came after
        school start. Where a short skolerute would put the school's own date after the limit, the
        limit is the date. Raises MissingSkolerute where a day counts from a skolerute that is not
        there.
        """
        return dates_of(step, served, calendar, grade=grade, arrival=arrival, facts=facts)

    def reminder_day(self, step: Step, due: date, rute: SchoolYear) -> date:
        """The day to aim at: the working day before, for the school's own dates (`internal`)."""
        return rute.previous_working_day(due) if step.weekend == "internal" else due

    def road(self, *, entered_new: bool) -> tuple[State, ...]:
        """The states that a pupil passes, in order, the initial one first."""
        other = "current" if entered_new else "new"
        initial = tuple(state for state in self.states if state.role == "initial")
        return initial + tuple(
            state for state in self.states if state.role is None and state.enters != other
        )

    def state_of(
        self,
        done: Collection[str],
        *,
        entered_new: bool,
        today: date,
        school_start: date,
        school_end: date,
        suspended: bool,
    ) -> State:
        """The state a pupil's year has reached: the last one of the road that is fulfilled.

        Steps done out of order are no fault: schools work in parallel and correct afterwards. A
        year that is over is over, also for a pupil without a valid vedtak.
        """
        days = {"school_start": school_start, "school_end": school_end + timedelta(days=1)}
        reached = _STATELESS
        for state in self.road(entered_new=entered_new):
            come = state.day is None or today >= days[state.day]
            if come and state.fulfilled_by(done):
                reached = state
        if suspended and reached.day != "school_end":
            return next((state for state in self.states if state.role == "suspended"), reached)
        return reached


def dates_of(
    step: Step,
    served: Year,
    calendar: Calendar,
    *,
    grade: int | None = None,
    arrival: date | None = None,
    facts: Mapping[str, date] | None = None,
) -> Dates:
    """The real days of a step, as `Wheel.dates` says; a change from a later year does not count."""
    found = declared_dates(
        step.of_year(served), served, calendar, grade=grade, arrival=arrival, facts=facts
    )
    opens, due, limit = found.opens, found.due, found.limit
    if due is not None and limit is not None:
        due = min(due, limit)
    if opens is not None and due is not None:
        opens = min(opens, due)
    return Dates(opens, due, limit)


def declared_dates(
    step: Step,
    served: Year,
    calendar: Calendar,
    *,
    grade: int | None = None,
    arrival: date | None = None,
    facts: Mapping[str, date] | None = None,
) -> Dates:
    """The days of a step as its row declares them, whatever order they fall in."""
    done_in = served.previous if step.serves == "next" else served
    late = arrival is not None

    def day(days: Days | None, due: date | None = None) -> date | None:
        if days is None:
            return None
        moment = Moment(done_in, calendar, arrival=arrival, due=due, facts=facts)
        return days.choose(grade=grade, late=late).resolve(moment)

    due = day(step.due)
    if due is not None and step.weekend == "statutory":
        due = next_statutory_day(due)
    if arrival is not None and step.has_late and not (step.opens and step.opens.has_late):
        # What is due in a late pupil's own time cannot open before the pupil came.
        opens: date | None = arrival
    else:
        opens = day(step.opens, due)
    return Dates(opens, due, day(step.limit, due))


def due_within(
    wheels: Iterable[Wheel], calendar: Calendar, first: date, last: date
) -> Iterator[tuple[Step, Year, Dates]]:
    """The steps due from one day to another, both included, with the year served and their days.

    A spring holds the last steps of its own year and the first ones of the year after. What counts
    from a skolerute that is not there is left out.
    """
    years = range(Year.of(first).start, Year.of(last).start + 2)
    for wheel in wheels:
        for served in map(Year, years):
            for step in (one.of_year(served) for one in wheel.steps):
                if step.off or not step.lives_in(served):
                    continue
                try:
                    days = wheel.dates(step, served, calendar)
                except MissingSkolerute:
                    continue
                if days.due is not None and first <= days.due <= last:
                    yield step, served, days
