"""PPT's queue: the assessments that are needed, whose turn it is, what is missing, and by when.

Read as sets for those whom the viewer sees in PPT's roles, and of them only the road to the
assessment. Where each case stands is derived by `lifecycle`, as on the page of the case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, bindparam, or_, select, true
from sqlmodel import Session

from iopflow.facts import AssessmentFact
from iopflow.lifecycle import Course, State
from iopflow.models import Scope, What, metadata
from iopflow.queries.access import Viewer, sees_pupil
from iopflow.queries.advisers import Adviser, advisers_of
from iopflow.queries.courses import Histories
from iopflow.queries.holders import Stay, stays_of
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.queries.referrals import Lacking, Report, lacking
from iopflow.queries.rules import Rules
from iopflow.roles import Action, Sight
from iopflow.schoolyear import SchoolYear, Year
from iopflow.wheel import Step
from iopflow.wheel.wheel import declared_dates

RECEIVED = "assessment.received_on"
REPORT = "iop.pedagogisk_rapport"
GUIDING = "case.ppt_frist"  # a norm, not law: counted from the day the referral was complete
# Cases that nobody works on any more though no assessment came.
_OVER = frozenset({State.CLOSED, State.NOT_NEEDED, State.MOVED})


@dataclass(frozen=True, slots=True)
class QueueCase:
    """An assessment in the queue. `number` is its own, `days` how long it has been that turn,
    today counted with.
    """

    number: int
    pupil_id: int
    pupil: str
    name: str
    reference: str | None
    ppt_id: int | None
    school_id: int
    school: str
    school_name: str
    class_id: int | None
    grade: int | None
    fact: AssessmentFact
    report: Report
    report_on: date | None
    consent: bool | None
    course: Course
    lacking: tuple[Lacking, ...]
    due: date
    guide: date | None
    advisers: tuple[Adviser, ...]

    @property
    def year(self) -> Year:
        """The school year the assessment is for."""
        return Year(self.fact.year)

    @property
    def case_number(self) -> str:
        """PPT's own number of the case, else the pupil's code."""
        return self.reference or self.pupil

    @property
    def delivered(self) -> bool:
        """Whether the assessment is there."""
        return self.fact.received_on is not None

    @property
    def rests(self) -> bool:
        """Whether nobody is waited for, though no assessment came: consent was refused."""
        return not self.delivered and self.course.turn is None

    @property
    def days(self) -> int | None:
        """How long it has been that one's turn."""
        return self.course.days or None


def queue(
    session: Session,
    rules: Rules,
    viewer: Viewer,
    *,
    today: date,
    delivered: bool = False,
    sight: Sight | None = Sight.ASSESSMENT,
) -> list[QueueCase]:
    """The assessments needed for this school year or the next: by deadline, the longest waits
    first. `delivered` adds those that came this school year; `sight` None asks for every role.
    """
    year = Year.of(today)
    rows = [
        row
        for row in read(session, _needed().where(seen(viewer, sight)), **_between(today))
        if delivered or row.received_on is None or row.received_on > today
    ]
    rows = [row for row in rows if row.received_on is None or row.received_on >= year.on(8, 1)]
    pupils = sorted({row.pupil_id for row in rows})
    reading = _Reading(session, rules, pupils, today)
    found = [case for row in rows if (case := reading.case(row)) is not None]
    return sorted(found, key=lambda one: (one.delivered, one.due, -(one.days or 0), one.number))


def _between(today: date) -> dict[str, Any]:
    return {"year": Year.of(today).start, "today": today}


def seen(viewer: Viewer, sight: Sight | None) -> ColumnElement[bool]:
    """SQL over `pupil`: those whom the viewer sees, by the roles that see so much."""
    if viewer.is_everyone:
        return true()
    pupil = metadata.tables["pupil"]
    return sees_pupil(viewer, pupil.c.id, action=Action.SEE, sight=sight)


@cache
def _needed() -> Select[Any]:
    assessment, pupil = metadata.tables["assessment"], metadata.tables["pupil"]
    year = bindparam("year", type_=Integer)
    return (
        select(
            assessment.c.id,
            assessment.c.pupil_id,
            assessment.c.year,
            assessment.c.received_on,
            pupil.c.key,
            pupil.c.name,
            pupil.c.ppt_reference,
            pupil.c.ppt_id,
        )
        .join(pupil, pupil.c.id == assessment.c.pupil_id)
        .where(
            or_(assessment.c.year == year, assessment.c.year == year + 1),
            assessment.c.needed_since <= bindparam("today", type_=Date),
        )
    )


class _Reading:
    """What the cases of one queue share, read in a handful of statements."""

    def __init__(self, session: Session, rules: Rules, pupils: Sequence[int], today: date) -> None:
        self.today = today
        self.histories = Histories(session, pupils)
        self.stays = stays_of(session, pupils)
        at = sorted({stay.school_id for some in self.stays.values() for stay in some})
        self.schools = {row.id: row for row in read(session, _schools(), schools=at)}
        self.steps = rules.by_school(session, at)
        self.rutes = calendars(session, at)
        self.due = {
            (row.subject_id, row.year, row.school_id, row.step): row.due
            for row in read(session, _dues(), pupils=pupils)
        }
        self.reports = _reports(session, pupils, today)
        self.advisers = advisers_of(session, pupils, today=today)

    def case(self, row: Any) -> QueueCase | None:
        """A row of the queue; None where the case is over without an assessment."""
        histories, year = self.histories, int(row.year)
        stay = self._stay(row.pupil_id, year)
        if stay is None:
            return None
        whole = histories.course(row.pupil_id, year, until=self.today)
        known = histories.cases[row.pupil_id].until_assessment.known_on(self.today)
        fact = known.assessment(year)
        if fact is None or (fact.received_on is None and _is_over(whole.state, fact)):
            return None
        course = histories.course(row.pupil_id, year, until=self.today, assessment_only=True)
        report, report_on = self.reports.get((row.pupil_id, year), (Report.MISSING, None))
        answer = known.answer("utredning", year)
        school, steps = self.schools[stay.school_id], self.steps.get(stay.school_id, {})
        return QueueCase(
            number=row.id,
            pupil_id=row.pupil_id,
            pupil=row.key,
            name=row.name,
            reference=row.ppt_reference or None,
            ppt_id=row.ppt_id,
            school_id=stay.school_id,
            school=school.key,
            school_name=school.name,
            class_id=stay.class_id,
            grade=stay.grade + year - Year.of(stay.starts).start,
            fact=fact,
            report=report,
            report_on=report_on,
            consent=answer.given if answer is not None else None,
            course=course,
            lacking=tuple(lacking(known, course, report)),
            due=self._due(row.pupil_id, year, stay.school_id, steps),
            guide=_guide(fact, year, steps, self.rutes.get(stay.school_id, {})),
            advisers=self.advisers.get(row.pupil_id, ()),
        )

    def _stay(self, pupil_id: int, year: int) -> Stay | None:
        """The enrolment that the case belongs to, as `Histories.stay` has it."""
        known = self.histories.stay(pupil_id, year, self.today)
        if known is None:
            return None
        return next(
            stay
            for stay in reversed(self.stays[pupil_id])
            if (stay.school_id, stay.starts) == (known.school_id, known.starts)
        )

    def _due(self, pupil_id: int, year: int, school_id: int, steps: Mapping[str, Step]) -> date:
        """The date of the task; before a task is there, the last day of May before the year."""
        step = next((one.key for one in steps.values() if one.fact == RECEIVED), "")
        due: date | None = self.due.get((pupil_id, year, school_id, step))
        return due or Year(year).previous.on(5, 31)


def _is_over(state: State, fact: AssessmentFact) -> bool:
    """Whether nobody works on it any more. A no before the referral was never PPT's; one after it
    is shown, so that PPT stops.
    """
    return state in _OVER or (state is State.NO_CONSENT and fact.referred_on is None)


def _guide(
    fact: AssessmentFact, year: int, steps: Mapping[str, Step], rutes: Mapping[Year, SchoolYear]
) -> date | None:
    """Until when PPT's guiding time runs, while it runs: as the school's wheel has it."""
    step = steps.get(GUIDING)
    if step is None or step.off or fact.complete_on is None or fact.received_on is not None:
        return None
    facts = {"assessment.complete_on": fact.complete_on}
    return declared_dates(step, Year(year), rutes.get, facts=facts).due


def _reports(
    session: Session, pupils: Sequence[int], today: date
) -> dict[tuple[int, int], tuple[Report, date]]:
    """The pedagogisk rapport by pupil and year served."""
    found: dict[tuple[int, int], tuple[Report, date]] = {}
    for row in read(session, _told(), pupils=pupils, today=today):
        one = Report.DONE if row.what is What.DONE else Report.NOT_APPLICABLE
        key = (row.subject_id, row.year)
        if key not in found or one is Report.DONE:
            found[key] = (one, row.on_day)
    return found


@cache
def _schools() -> Select[Any]:
    school = metadata.tables["school"]
    return select(school.c.id, school.c.key, school.c.name).where(among(school.c.id, "schools"))


@cache
def _dues() -> Select[Any]:
    task = metadata.tables["task"]
    return select(task.c.subject_id, task.c.year, task.c.school_id, task.c.step, task.c.due).where(
        task.c.scope == Scope.PUPIL, among(task.c.subject_id, "pupils")
    )


@cache
def _told() -> Select[Any]:
    happening = metadata.tables["happening"]
    return select(
        happening.c.subject_id, happening.c.year, happening.c.what, happening.c.on_day
    ).where(
        happening.c.step == REPORT,
        happening.c.scope == Scope.PUPIL,
        happening.c.what.in_((What.DONE, What.NOT_APPLICABLE)),
        happening.c.on_day <= bindparam("today", type_=Date),
        among(happening.c.subject_id, "pupils"),
    )
