"""The list of tasks with status, responsible people and days late, for whoever may see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlmodel import Session, col

from iopflow.facts import CaseFacts, happened, refused, stands
from iopflow.models import Happening, Network, Pupil, School, Scope, Task, Unit, What
from iopflow.queries import holders
from iopflow.queries.access import Viewer, sees_step, sees_unit
from iopflow.queries.cases import cases_of
from iopflow.queries.places import calendars, find
from iopflow.queries.rules import Rules
from iopflow.roles import Action, Place
from iopflow.schoolyear import SchoolYear, Year
from iopflow.status import Status, TaskFacts, late_days, status
from iopflow.wheel import Step

TALK_WORDS = (What.DECLINED, What.NO_REPLY, What.CANCELLED, What.NOT_POSSIBLE, What.INVITED)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tasks are asked for; None is no restriction."""

    ids: Sequence[int] | None = None
    person: str | None = None
    pupil: str | None = None
    unit: str | None = None
    school: str | None = None
    step: str | None = None
    status: Status | None = None
    year: Year | None = None
    subjects: Sequence[str] | None = None


@dataclass(slots=True)
class TaskRow:
    """One task with all that is derived about it."""

    id: int
    year: Year
    step: Step
    scope: Scope
    subject_id: int
    subject: str
    school_id: int | None
    owner_id: int
    facts: TaskFacts
    status: Status
    late_days: int
    moved: bool = False
    recorded_at: Any = None
    responsible: list[str] = field(default_factory=list)

    def to_json(self, language: str | None = None) -> dict[str, Any]:
        """The entry of the contract."""
        return {
            "task": self.id,
            "year": str(self.year),
            "step": self.step.key,
            "title": self.step.title.get(language),
            "scope": self.step.scope,
            "subject": self.subject,
            "opens": _iso(self.facts.opens),
            "due": _iso(self.facts.due),
            "limit": _iso(self.facts.limit),
            "status": self.status.value,
            "happened_on": _iso(self.facts.happened_on),
            "recorded_at": self.recorded_at.isoformat() if self.recorded_at else None,
            "responsible": self.responsible,
            "late_days": self.late_days,
        }


def tasks(
    session: Session, rules: Rules, viewer: Viewer, asked: Asked, *, today: date
) -> list[TaskRow]:
    """The tasks asked for that the viewer may see, by due day, step and subject."""
    where = _conditions(session, rules, viewer, asked, today)
    # Predecessors decide the status, so every task of the subjects is read, then narrowed.
    rows = _rows(session, rules, where, today=today)
    if asked.person is not None:
        find(session, "person", asked.person, owner_id=viewer.owner_id)
    return sorted(
        (row for row in rows if _is_asked(row, asked)),
        key=lambda row: (row.facts.due or date.max, row.year, row.step.key, row.subject, row.id),
    )


def _is_asked(row: TaskRow, asked: Asked) -> bool:
    return (
        (asked.ids is None or row.id in asked.ids)
        and (asked.step is None or row.step.key == asked.step)
        and (asked.status is None or row.status is asked.status)
        and (asked.year is None or row.year == asked.year)
        and (asked.person is None or asked.person in row.responsible)
    )


def _conditions(
    session: Session, rules: Rules, viewer: Viewer, asked: Asked, today: date
) -> ColumnElement[bool]:
    """SQL over task: the subjects asked for, and those only whom the viewer sees."""
    conditions = [_visible(viewer, rules.all_steps(session))]
    if asked.ids is not None:
        same = select(col(Task.subject_id), col(Task.scope)).where(col(Task.id).in_(asked.ids))
        pairs = session.execute(same).all()
        conditions.append(_subjects(pairs))
    if asked.pupil is not None:
        pupil = find(session, "pupil", asked.pupil, owner_id=viewer.owner_id)
        conditions.append(and_(col(Task.scope) == Scope.PUPIL, col(Task.subject_id) == pupil.id))
    if asked.unit is not None:
        unit = find(session, "unit", asked.unit, owner_id=viewer.owner_id)
        conditions.append(_in_unit(unit, today))
    if asked.school is not None:
        school = find(session, "school", asked.school, owner_id=viewer.owner_id)
        conditions.append(col(Task.school_id) == school.id)
    if asked.year is not None:
        # The year before holds the predecessors named in `after_previous`.
        conditions.append(col(Task.year).in_([asked.year.start, asked.year.previous.start]))
    return and_(*conditions)


def _subjects(pairs: Iterable[Any]) -> ColumnElement[bool]:
    by_scope: dict[Scope, set[int]] = {}
    for subject_id, scope in pairs:
        by_scope.setdefault(scope, set()).add(subject_id)
    return or_(
        false(),
        *(
            and_(col(Task.scope) == scope, col(Task.subject_id).in_(ids))
            for scope, ids in by_scope.items()
        ),
    )


def _in_unit(unit: Unit, today: date) -> ColumnElement[bool]:
    from_units = select(col(Unit.id)).where(
        or_(col(Unit.id) == unit.id, col(Unit.parent_id) == unit.id)
    )
    return or_(
        and_(col(Task.scope) == Scope.UNIT, col(Task.subject_id).in_(from_units)),
        and_(
            col(Task.scope) == Scope.PUPIL,
            col(Task.subject_id).in_(holders.pupils_in(from_units, today)),
            col(Task.school_id) == unit.school_id,
        ),
    )


def _visible(viewer: Viewer, steps: Iterable[Step]) -> ColumnElement[bool]:
    school_wide = viewer.at(Place.SCHOOL, Action.SEE)
    networks = viewer.at(Place.NETWORK, Action.FIGURES)
    return or_(
        and_(
            col(Task.scope) == Scope.PUPIL,
            sees_step(viewer, steps, col(Task.step), col(Task.subject_id), col(Task.school_id)),
        ),
        and_(col(Task.scope) == Scope.UNIT, sees_unit(viewer, col(Task.subject_id))),
        col(Task.scope) == Scope.SCHOOL
        if viewer.is_everyone
        else and_(col(Task.scope) == Scope.SCHOOL, col(Task.school_id).in_(school_wide)),
        col(Task.scope) == Scope.NETWORK
        if viewer.is_everyone
        else and_(col(Task.scope) == Scope.NETWORK, col(Task.subject_id).in_(networks)),
    )


def _rows(
    session: Session,
    rules: Rules,
    where: ColumnElement[bool],
    *,
    today: date,
) -> list[TaskRow]:
    found = session.execute(
        select(
            col(Task.id),
            col(Task.owner_id),
            col(Task.year),
            col(Task.subject_id),
            col(Task.step),
            col(Task.scope),
            col(Task.school_id),
            col(Task.opens),
            col(Task.due),
            col(Task.limit_day),
            col(Task.moved),
        ).where(where)
    ).all()
    if not found:
        return []
    school_ids = sorted({row.school_id for row in found if row.school_id is not None})
    reader = _Reader(session, rules, where, found, school_ids, today)
    return [row for one in found if (row := reader.row(one)) is not None]


class _Reader:
    """All that the rows of one list share, read once in a handful of statements."""

    def __init__(
        self,
        session: Session,
        rules: Rules,
        where: ColumnElement[bool],
        found: Sequence[Any],
        school_ids: list[int],
        today: date,
    ) -> None:
        self.today = today
        ids = {
            scope: sorted({row.subject_id for row in found if row.scope is scope})
            for scope in Scope
        }
        self.steps = rules.by_school(session, school_ids)
        self.network_steps = {step.key: step for step in rules.wheel("ikit").steps}
        self.rutes = calendars(session, school_ids)
        self.live_from = dict(
            session.execute(
                select(col(School.id), col(School.live_from)).where(col(School.id).in_(school_ids))
            ).all()
        )
        self.happenings = _happenings(session, where)
        self.cases = cases_of(session, ids[Scope.PUPIL])
        self.people = holders.Holders(session, found, today=today)
        self.keys = _keys(session, ids)
        self.cycle = {
            (row.year, row.scope, row.subject_id, row.school_id, row.step) for row in found
        }

    def row(self, one: Any) -> TaskRow | None:
        steps = self.network_steps if one.school_id is None else self.steps[one.school_id]
        step = steps.get(one.step)
        if step is None:  # the school has another wheel now; the facts stand
            return None
        facts = self._facts(one, step, steps)
        happening = self._deciding(one, step)
        return TaskRow(
            id=one.id,
            year=Year(one.year),
            step=step,
            scope=one.scope,
            subject_id=one.subject_id,
            subject=self.keys[one.scope][one.subject_id],
            school_id=one.school_id,
            owner_id=one.owner_id,
            facts=facts,
            status=status(facts, today=self.today),
            late_days=late_days(facts, today=self.today),
            moved=one.moved,
            recorded_at=happening.recorded_at if happening is not None else None,
            responsible=self.people.responsible(one, step.responsible),
        )

    def _facts(self, one: Any, step: Step, steps: Mapping[str, Step]) -> TaskFacts:
        case = self._case(one)
        return TaskFacts(
            opens=one.opens,
            due=one.due,
            limit=one.limit_day,
            happened_on=self._happened(one, step),
            not_applicable=self._has(one, What.NOT_APPLICABLE),
            declined=self._declined(one, step, case),
            left=one.scope is Scope.PUPIL and not self.people.stays(one.subject_id, one.school_id),
            waits_for=self.waits_for(one, step, steps),
            suspended=self._suspended(one, step, case),
            live_from=self.live_from.get(one.school_id),
        )

    def _case(self, one: Any) -> CaseFacts:
        return (
            self.cases.get(one.subject_id, CaseFacts()) if one.scope is Scope.PUPIL else CaseFacts()
        )

    def _first_day(self, one: Any) -> date | None:
        rute = self._rute(one)
        return rute.first_day if rute is not None else None

    def _rute(self, one: Any) -> SchoolYear | None:
        return self.rutes.get(one.school_id, {}).get(Year(one.year))

    def _happened(self, one: Any, step: Step) -> date | None:
        if step.fact is not None:
            return happened(
                step.fact, self._case(one), year=one.year, first_day=self._first_day(one)
            )
        row = self._deciding(one, step)
        return row.on_day if row is not None else None

    def _of(self, one: Any) -> Sequence[Any]:
        return self.happenings.get((one.year, one.scope, one.subject_id, one.step), ())

    def _deciding(self, one: Any, step: Step) -> Any:
        rows = [row for row in self._of(one) if row.what == step.happening]
        return min(rows, key=lambda row: row.on_day, default=None)

    def _has(self, one: Any, what: What) -> bool:
        return any(row.what is what for row in self._of(one))

    def _declined(self, one: Any, step: Step, case: CaseFacts) -> bool:
        """The last word on a talk was no (an invitation after it opens the talk again)."""
        if step.fact is not None:
            return refused(step.fact, case, year=one.year)
        words = [row for row in self._of(one) if row.what in TALK_WORDS]
        last = max(
            words, key=lambda row: (row.on_day, row.what is not What.INVITED, row.id), default=None
        )
        return last is not None and last.what is What.DECLINED

    def waits_for(self, one: Any, step: Step, steps: Mapping[str, Step]) -> tuple[str, ...]:
        """The legal predecessors that the subject's cycle holds and that have not happened."""
        waiting = []
        for key in step.hard:
            year = one.year if key in step.after else one.year - 1
            before = (year, one.scope, one.subject_id, one.school_id, key)
            if before not in self.cycle or key not in steps:
                continue
            if not self._stands(_Stand(*before[:4], key), steps[key]):
                waiting.append(key)
        return tuple(waiting)

    def _stands(self, one: Any, step: Step) -> bool:
        if step.fact is not None:
            first_day = self._first_day(one)
            return stands(step.fact, self._case(one), year=one.year, first_day=first_day)
        return self._deciding(one, step) is not None

    def _suspended(self, one: Any, step: Step, case: CaseFacts) -> bool:
        """An IOP step in its year while no vedtak is valid (opplæringslova § 11-10)."""
        if not step.needs_vedtak or one.scope is not Scope.PUPIL:
            return False
        rute = self._rute(one)
        if rute is None or self.today < rute.first_day:
            return False
        return not case.granted(min(self.today, rute.last_day))


@dataclass(frozen=True, slots=True)
class _Stand:
    """The key of a task, where only the key is needed."""

    year: int
    scope: Scope
    subject_id: int
    school_id: int | None
    step: str


def _happenings(
    session: Session, where: ColumnElement[bool]
) -> dict[tuple[int, Scope, int, str], list[Any]]:
    rows = session.execute(
        select(
            col(Happening.id),
            col(Happening.year),
            col(Happening.scope),
            col(Happening.subject_id),
            col(Happening.step),
            col(Happening.what),
            col(Happening.on_day),
            col(Happening.recorded_at),
        )
        .join(
            Task,
            and_(
                col(Task.year) == col(Happening.year),
                col(Task.subject_id) == col(Happening.subject_id),
                col(Task.step) == col(Happening.step),
                col(Task.scope) == col(Happening.scope),
            ),
        )
        .where(where)
        .distinct()
    )
    found: dict[tuple[int, Scope, int, str], list[Any]] = {}
    for row in rows:
        found.setdefault((row.year, row.scope, row.subject_id, row.step), []).append(row)
    return found


def _keys(session: Session, ids: Mapping[Scope, Sequence[int]]) -> dict[Scope, dict[int, str]]:
    tables: dict[Scope, Any] = {
        Scope.PUPIL: Pupil,
        Scope.UNIT: Unit,
        Scope.SCHOOL: School,
        Scope.NETWORK: Network,
    }
    return {
        scope: dict(
            session.execute(select(table.id, table.key).where(table.id.in_(ids[scope]))).all()
        )
        for scope, table in tables.items()
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
