"""What opening a year would do at one school, and how its wheel differs from last year's."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from iopflow.engine.ledger import Act, day_of
from iopflow.engine.opening import open_year
from iopflow.engine.plan import PlanRow, plan_rows
from iopflow.models import FeedToken, School, Scope, Telling
from iopflow.queries.access import EVERYONE
from iopflow.queries.places import calendars
from iopflow.queries.rules import Rules
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.wheel import WheelError

LEFT = (Status.PLANNED, Status.WAITING, Status.OPEN, Status.OVERDUE)
FIRST = 8  # of what is due, shown first


@dataclass(frozen=True, slots=True)
class Differs:
    """A step that is due on another day of the year than last year; None: not in that year."""

    title: str
    before: date | None
    now: date | None


@dataclass(slots=True)
class Plan:
    """A year by the school's wheels."""

    wheels: list[str] = field(default_factory=list)
    first: list[tuple[date, str]] = field(default_factory=list)
    differs: list[Differs] = field(default_factory=list)
    lacking: list[tuple[str, str]] = field(default_factory=list)  # a step, and why it has no date
    why: str = ""  # the wheel cannot be read


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would be, if the year were opened now. Nothing is stored."""

    added: int
    existing: int
    redated: int
    pupils: int
    uncovered: dict[str, int]  # pupils by the reason why they get no steps of the IOP
    lacking: dict[str, int]  # steps by the reason why they are not opened
    left_open: int  # steps of the old year that nobody has done
    left_of_leaving: int  # those of them that are of pupils who leave
    first_due: date | None
    feeds: int
    frozen: int


def plan_of(session: Session, rules: Rules, school: School, year: Year) -> Plan:
    """When what is due in the year, and what has another day than in the year before."""
    rute = calendars(session, [school.number]).get(school.number, {})
    try:
        wheels, steps = rules.of_school(school), rules.steps(school)
        rows, uncovered = plan_rows(wheels, year, rute, [])
        before, _none = plan_rows(wheels, year.previous, rute, [])
    except WheelError as error:
        return Plan(why=str(error))
    now, then = _due(rows), _due(before)
    found = Plan([wheel.title.get() for wheel in wheels])
    found.lacking = [
        (steps[one.id].title.get() if one.id in steps else one.id, one.reason) for one in uncovered
    ]
    found.first = sorted((day, steps[key].title.get()) for key, day in now.items())[:FIRST]
    if then:
        found.differs = [
            Differs(steps[key].title.get(), then.get(key), now.get(key))
            for key in steps
            if _day(then.get(key)) != _day(now.get(key))
        ]
    return found


def foresee(
    session: Session, rules: Rules, school: School, year: Year, leaving: set[int], act: Act
) -> Foreseen:
    """Tries the opening without writing anything, and counts. `leaving` are numbers of pupils."""
    opened = open_year(session, rules, year, [school], act=act, apply=False)[0]
    today = day_of(act)
    left = [
        row
        for row in tasks(
            session,
            rules,
            EVERYONE,
            Asked(schools=[school.number], year=year.previous),
            today=today,
        )
        if row.status in LEFT
    ]
    plan = plan_of(session, rules, school, year)
    feeds = select(func.count()).where(
        col(FeedToken.owner_id) == school.owner, col(FeedToken.revoked_at).is_(None)
    )
    frozen = select(func.count()).where(col(Telling.school_id) == school.id)
    return Foreseen(
        opened.added,
        opened.existing,
        opened.redated,
        opened.pupils,
        dict(Counter(one.reason for one in opened.uncovered if one.what == "pupil")),
        dict(Counter(one.reason for one in opened.uncovered if one.what != "pupil")),
        len(left),
        sum(row.scope is Scope.PUPIL and row.subject_id in leaving for row in left),
        plan.first[0][0] if plan.first else None,
        session.execute(feeds).scalar_one(),
        session.execute(frozen).scalar_one(),
    )


def _due(rows: list[PlanRow]) -> dict[str, date]:
    found: dict[str, date] = {}
    for row in rows:
        if row.due is not None:
            found[row.step] = min(row.due, found.get(row.step, date.max))
    return found


def _day(day: date | None) -> tuple[int, int] | None:
    return (day.month, day.day) if day is not None else None
