"""The list of pupils with where each stands in the year: the state machine the wheel declares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from iopflow.models import School, Scope
from iopflow.queries.access import Viewer
from iopflow.queries.places import calendars
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import SchoolYear, Year
from iopflow.status import Status
from iopflow.wheel import State


@dataclass(frozen=True, slots=True)
class PupilRow:
    """A pupil in one year served: the state reached, and the steps open, overdue and done."""

    pupil: str
    year: Year
    school: str
    state: State
    open: int
    overdue: int
    done: int
    steps: int

    def to_json(self, language: str | None = None) -> dict[str, Any]:
        """The row as the command line prints it."""
        return {
            "pupil": self.pupil,
            "year": str(self.year),
            "school": self.school,
            "state": self.state.key,
            "title": self.state.title.get(language),
            "open": self.open,
            "overdue": self.overdue,
            "done": self.done,
            "steps": self.steps,
        }


def pupils(
    session: Session, rules: Rules, viewer: Viewer, asked: Asked, *, today: date
) -> list[PupilRow]:
    """The pupils whom the viewer may see, one row for each year served that is asked for."""
    rows = tasks(session, rules, viewer, asked, today=today)
    groups: dict[tuple[str, Year, int], list[TaskRow]] = {}
    for row in rows:
        if row.scope is Scope.PUPIL and row.school_id is not None:
            groups.setdefault((row.subject, row.year, row.school_id), []).append(row)
    school_ids = sorted({school_id for _pupil, _year, school_id in groups})
    rutes = calendars(session, school_ids)
    schools = {one_id: session.get_one(School, one_id) for one_id in school_ids}
    return [
        _row(rules, schools[school_id], pupil, year, of_pupil, rute, today)
        for (pupil, year, school_id), of_pupil in sorted(groups.items())
        if (rute := rutes.get(school_id, {}).get(year)) is not None
    ]


def _row(
    rules: Rules,
    school: School,
    pupil: str,
    year: Year,
    rows: Iterable[TaskRow],
    rute: SchoolYear,
    today: date,
) -> PupilRow:
    own = list(rows)
    counts = {status: sum(row.status is status for row in own) for status in Status}
    return PupilRow(
        pupil=pupil,
        year=year,
        school=school.key,
        state=road_of(rules, school, own, rute, today=today).state,
        open=counts[Status.OPEN] + counts[Status.WAITING],
        overdue=counts[Status.OVERDUE],
        done=counts[Status.DONE] + counts[Status.DONE_LATE],
        steps=len(own),
    )


@dataclass(frozen=True, slots=True)
class Road:
    """The states that a pupil's year passes, and the one it is in: that of a rest lies beside."""

    states: tuple[State, ...]
    passed: int  # how many of them lie behind, the last one reached among them
    state: State


def road_of(
    rules: Rules, school: School, rows: Sequence[TaskRow], rute: SchoolYear, *, today: date
) -> Road:
    """Where a pupil stands in one year served, by all that is seen of the year's steps."""
    done = {row.step.key for row in rows if row.facts.happened_on is not None}
    entered_new = any(row.step.cohort == "iop_new" for row in rows)
    wheel = rules.of_school(school)[0]

    def state(*, suspended: bool) -> State:
        return wheel.state_of(
            done,
            entered_new=entered_new,
            today=today,
            school_start=rute.first_day,
            school_end=rute.last_day,
            suspended=suspended,
        )

    states = wheel.road(entered_new=entered_new)
    awake = state(suspended=False)
    rests = any(row.facts.suspended and not row.facts.left for row in rows)
    return Road(
        states,
        states.index(awake) + 1 if awake in states else 0,
        state(suspended=True) if rests else awake,
    )
