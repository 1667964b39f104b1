"""One pupil's case as it is told on its page and by its command: whose turn, since when, what next.

What is shown is what the viewer's roles see: PPT the road to the assessment, and nothing of the
decision (contract: roles).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.facts import AppealFact, CaseFacts
from iopflow.indicators import BY_CODE
from iopflow.lifecycle import HAPPENED, Course, Spent
from iopflow.models import Outcome, Pupil, School, Scope, What, metadata
from iopflow.queries.access import Viewer, sees_road_only
from iopflow.queries.courses import Histories
from iopflow.queries.places import calendars
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.queries.timers import Timer, timers
from iopflow.schoolyear import Year
from iopflow.status import Status

RECEIVED, DECIDED = "assessment.received_on", "vedtak.decided_on"
_CAUSED = {RECEIVED: "P1", DECIDED: "P2"}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a step of the case was late, as somebody has registered it."""

    indicator: str
    on: date
    cause: str | None
    evidence: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Lane:
    """Assistance or physical adaptation: sought, decided, in force; beside the case."""

    kind: str
    sought_on: date
    decided_on: date | None = None
    outcome: Outcome | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    archive_ref: str | None = None

    def state(self, today: date) -> str:
        """sought, refused, decided, in_force or lapsed."""
        if self.decided_on is None or self.outcome is None:
            return "sought"
        if self.outcome is Outcome.REFUSED:
            return "refused"
        if self.valid_from is None or today < self.valid_from:
            return "decided"
        return "lapsed" if self.valid_to is not None and self.valid_to < today else "in_force"


@dataclass(frozen=True, slots=True)
class Late:
    """The assessment or the vedtak against its limit: how late, and where the days went.

    `clock` is the time from the start of the clock until it was there, or until today.
    """

    indicator: str
    row: TaskRow
    begun: date
    clock: Spent
    after: Spent | None  # the days after the limit; None when there are none
    causes: tuple[Cause, ...]


@dataclass(slots=True)
class YearCase:
    """The case of one year served."""

    course: Course
    school: str
    tasks: Mapping[str, TaskRow]  # by the fact that the step follows
    timers: list[Timer]
    appeals: list[AppealFact]
    late: list[Late]
    archive: dict[str, str] = field(default_factory=dict)

    @property
    def next_task(self) -> TaskRow | None:
        """The task of what should happen next."""
        about = self.course.state.about
        if about.fact is None or self.course.turn is None:
            return None
        return self.tasks.get(about.fact)


@dataclass(slots=True)
class CaseFile:
    """All cases of a pupil, the latest year first, and the lane beside them."""

    pupil: Pupil
    today: date
    whole: bool  # not only the road to the assessment
    years: list[YearCase]
    lanes: list[Lane]
    names: Mapping[str, str] = field(default_factory=dict)  # of those who hold the duties

    @property
    def now(self) -> YearCase | None:
        """The case that somebody works with: the latest in which it is anybody's turn."""
        turning = [one for one in self.years if one.course.turn is not None]
        return next(iter(turning or self.years), None)


def case_file(
    session: Session, rules: Rules, viewer: Viewer, pupil: Pupil, *, today: date
) -> CaseFile:
    """What the viewer sees of the pupil's cases on a day. The viewer must see the pupil."""
    whole = not sees_road_only(session, viewer, pupil)
    histories = Histories(session, [pupil.number])
    case = histories.cases.get(pupil.number, CaseFacts())
    if not whole:
        case = case.until_assessment
    of_pupil = tasks(session, rules, viewer, Asked(pupil_id=pupil.number), today=today)
    causes = _causes(session, pupil, today)
    archive = _archive(session, pupil, today, whole=whole)
    found = []
    for one in histories.courses(pupil.number, until=today, assessment_only=not whole):
        stay = histories.stay(pupil.number, one.year, today)
        begun = histories.clock_from(pupil.number, one)
        school = session.get_one(School, stay.school_id) if stay is not None else None
        by_fact = {
            row.step.fact: row
            for row in of_pupil
            if row.year.start == one.year and row.step.fact is not None
        }
        found.append(
            YearCase(
                course=one,
                school=school.name if school is not None else "",
                tasks=by_fact,
                timers=[
                    timer
                    for timer in _timers(session, rules, case, one, pupil, school, histories)
                    if whole or timer.on_the_road
                ]
                if school is not None
                else [],
                appeals=[row for row in case.known_on(today).appeals if row.year == one.year],
                late=[
                    late
                    for fact in (RECEIVED, DECIDED)
                    if (late := _late(fact, begun, one, by_fact, causes)) is not None
                ],
                archive=archive.get(one.year, {}),
            )
        )
    lanes = _lanes(session, pupil, today) if whole else []
    return CaseFile(pupil, today, whole, found, lanes, _names(session, pupil, of_pupil))


def _names(session: Session, pupil: Pupil, rows: Sequence[TaskRow]) -> dict[str, str]:
    person = metadata.tables["person"]
    keys = sorted({key for row in rows for key in row.responsible})
    found = session.execute(
        select(person.c.key, person.c.name).where(
            person.c.owner_id == pupil.owner_id, person.c.key.in_(keys)
        )
    )
    return {row.key: row.name for row in found}


def _timers(
    session: Session,
    rules: Rules,
    case: CaseFacts,
    one: Course,
    pupil: Pupil,
    school: School,
    histories: Histories,
) -> list[Timer]:
    wheel = next(iter(rules.readable(school.wheel_in_force, in_network=False)), None)
    if wheel is None:
        return []
    calendar = calendars(session, [school.number]).get(school.number, {})
    return timers(
        wheel,
        calendar,
        case,
        one,
        birth_month=pupil.birth_month,
        grade=histories.grade(pupil.number, one.year, one.until),
    )


def _late(
    fact: str,
    begun: date | None,
    one: Course,
    by_fact: Mapping[str, TaskRow],
    causes: Mapping[tuple[int, str], Sequence[Cause]],
) -> Late | None:
    """The assessment or the vedtak of a case against its limit; None where neither is a duty."""
    row = by_fact.get(fact)
    if row is None or begun is None or row.status in (Status.NOT_APPLICABLE, Status.CANCELLED):
        return None
    before = row.facts.happened_on or one.until + timedelta(days=1)
    limit, late = row.facts.last_on_time, timedelta(days=row.late_days)
    after = one.spent(limit, limit + late) if limit is not None and late else None
    mine = causes.get((one.year, row.step.key), ())
    return Late(_CAUSED[fact], row, begun, one.spent(begun, max(begun, before)), after, tuple(mine))


def _causes(session: Session, pupil: Pupil, today: date) -> dict[tuple[int, str], list[Cause]]:
    happening = metadata.tables["happening"]
    named = {step: code for code in _CAUSED.values() for step in BY_CODE[code].steps}
    rows = session.execute(
        select(happening)
        .where(
            happening.c.scope == Scope.PUPIL,
            happening.c.subject_id == pupil.id,
            happening.c.what == What.DELAY,
            happening.c.on_day <= today,
            happening.c.step.in_(named),
        )
        .order_by(happening.c.on_day, happening.c.id)
    )
    found: dict[tuple[int, str], list[Cause]] = {}
    for row in rows:
        cause = Cause(named[row.step], row.on_day, row.cause, row.evidence, row.reason)
        found.setdefault((row.year, row.step), []).append(cause)
    return found


def _archive(
    session: Session, pupil: Pupil, today: date, *, whole: bool
) -> dict[int, dict[str, str]]:
    """Where the documents themselves lie: references, by year and kind."""
    found: dict[int, dict[str, str]] = {}
    dated = {"assessment": "received_on", "vedtak": "decided_on"}
    for name, column in dated.items() if whole else [("assessment", "received_on")]:
        table = metadata.tables[name]
        rows = session.execute(
            select(table.c.year, table.c.archive_ref).where(
                table.c.pupil_id == pupil.id,
                table.c.archive_ref.is_not(None),
                table.c[column] <= today,
            )
        )
        for year, reference in rows:
            found.setdefault(year, {})[name] = reference
    return found


def _lanes(session: Session, pupil: Pupil, today: date) -> list[Lane]:
    support = metadata.tables["support"]
    rows = session.execute(
        select(support)
        .where(support.c.pupil_id == pupil.id, support.c.sought_on <= today)
        .order_by(support.c.sought_on)
    )
    found = []
    for row in rows:
        lane = Lane(row.kind.value, row.sought_on)
        if row.decided_on is not None and row.decided_on <= today:
            lane = Lane(
                row.kind.value,
                row.sought_on,
                row.decided_on,
                row.outcome,
                row.valid_from,
                row.valid_to,
                row.archive_ref,
            )
        found.append(lane)
    return found


def to_json(found: CaseFile) -> list[dict[str, Any]]:
    """The cases as the command line prints them, the latest year first."""
    return [_year_json(found, one) for one in found.years]


def _year_json(found: CaseFile, one: YearCase) -> dict[str, Any]:
    course, about, row = one.course, one.course.state.about, one.next_task
    return {
        "pupil": found.pupil.key,
        "year": str(Year(course.year)),
        "school": one.school,
        "state": course.state.value,
        "title": about.title.get(),
        "phase": about.phase.value,
        "turn": course.turn.value if course.turn is not None else None,
        "since": course.since.isoformat() if course.since and course.turn else None,
        "days": course.days or None,
        "next": course.next.get() if course.next is not None else None,
        "responsible": row.responsible if row is not None else [],
        "due": row.facts.due.isoformat() if row is not None and row.facts.due else None,
        "late": [_late_json(late) for late in one.late],
        "timers": [timer.to_json() for timer in one.timers],
        "irregular": [entry.words for entry in course.irregular],
        "events": [
            {
                "on": event.on.isoformat(),
                "what": event.kind.value,
                "title": HAPPENED[event.kind].get(),
            }
            for event in course.events
        ],
        "pauses": [
            {
                "from": pause.starts.isoformat(),
                "before": pause.ends.isoformat(),
                "court": pause.court.value,
                "cause": pause.cause,
                "evidence": pause.evidence,
            }
            for pause in course.pauses
        ],
        "appeals": [
            {
                "registered_on": appeal.registered_on.isoformat(),
                "kind": appeal.kind,
                "result": appeal.result,
                "closed_on": appeal.closed_on.isoformat() if appeal.closed_on else None,
            }
            for appeal in one.appeals
        ],
        "archive": one.archive,
    }


def _late_json(late: Late) -> dict[str, Any]:
    happened = late.row.facts.happened_on
    limit = late.row.facts.last_on_time
    return {
        "indicator": late.indicator,
        "limit": limit.isoformat() if limit is not None else None,
        "happened_on": happened.isoformat() if happened is not None else None,
        "late_days": late.row.late_days,
        "clock_from": late.begun.isoformat(),
        "days": {court.value: days for court, days in late.clock.by_court.items()},
        "paused": late.clock.paused,
        "net_days": late.clock.net,
        "late_by_court": {court.value: days for court, days in late.after.by_court.items()}
        if late.after is not None
        else {},
        "causes": [
            {"cause": cause.cause, "evidence": cause.evidence, "on": cause.on.isoformat()}
            for cause in late.causes
        ],
    }
