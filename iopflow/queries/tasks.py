"""The list of tasks with status, responsible people and days late, for whoever may see them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlmodel import Session, col

from iopflow.models import Scope, Task, Unit, metadata
from iopflow.queries import holders
from iopflow.queries.access import Viewer, sees_step, sees_unit
from iopflow.queries.answering import may_answer
from iopflow.queries.places import find, subjects
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.queries.standing import Reader, TaskRow
from iopflow.roles import Action, Place
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.wheel import Step


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tasks are asked for; None is no restriction. `schools` are numbers.

    `networks` (numbers as well) adds the networks' own tasks to those of the schools.
    """

    ids: Sequence[int] | None = None
    person: str | None = None
    pupil: str | None = None
    pupil_id: int | None = None
    unit: str | None = None
    unit_id: int | None = None
    school: str | None = None
    step: str | None = None
    steps: Collection[str] | None = None
    status: Status | None = None
    year: Year | None = None
    subjects: Sequence[str] | None = None
    schools: Sequence[int] | None = None
    networks: Sequence[int] = ()
    years: Sequence[Year] | None = None
    due_from: date | None = None
    due_by: date | None = None


def tasks(
    session: Session, rules: Rules, viewer: Viewer, asked: Asked, *, today: date
) -> list[TaskRow]:
    """The tasks asked for that the viewer may see, by due day, step and subject."""
    where = _conditions(session, rules, viewer, asked, today)
    rows = _rows(session, rules, where, asked, today=today)
    return sorted(
        (row for row in rows if _is_asked(row, asked)),
        key=lambda row: (row.facts.due or date.max, row.year, row.step.key, row.subject, row.id),
    )


def at_work(
    session: Session,
    rules: Rules,
    viewer: Viewer,
    *,
    today: date,
    person: str | None = None,
    unit_id: int | None = None,
    due_by: date | None = None,
) -> list[TaskRow]:
    """What people work with: the tasks of this school year and the next, and what was left undone
    last year, which is overdue whatever the month.
    """
    year = Year.of(today)
    years = (year.previous, year, year.next)
    asked = Asked(person=person, unit_id=unit_id, years=years, due_by=due_by)
    return [
        row
        for row in tasks(session, rules, viewer, asked, today=today)
        if row.year >= year or row.status is Status.OVERDUE
    ]


def _meant(tasks: Iterable[Any], asked: Asked) -> Iterator[Any]:
    """The tasks asked for, by what is stored of them."""
    ids = None if asked.ids is None else frozenset(asked.ids)
    years = None if asked.years is None else {year.start for year in asked.years}
    for task in tasks:
        if (
            (ids is None or task.id in ids)
            and (asked.step is None or task.step == asked.step)
            and (asked.steps is None or task.step in asked.steps)
            and (asked.year is None or task.year == asked.year.start)
            and (years is None or task.year in years)
            and _is_due(task, asked)
        ):
            yield task


def _is_due(task: Any, asked: Asked) -> bool:
    """Whether it is due in the days asked for. An agreed date is counted where the wheel's was."""
    if asked.due_from is None and asked.due_by is None:
        return True
    if asked.due_from is not None and task.moved:
        return True
    first, last = asked.due_from or date.min, asked.due_by or date.max
    return task.due is not None and first <= task.due <= last


def _is_asked(row: TaskRow, asked: Asked) -> bool:
    """The same by what is derived."""
    return (asked.status is None or row.status is asked.status) and (
        asked.person is None or asked.person in row.responsible
    )


def _conditions(
    session: Session, rules: Rules, viewer: Viewer, asked: Asked, today: date
) -> ColumnElement[bool]:
    """SQL over task: the subjects asked for, and those only whom the viewer sees."""
    conditions = [] if viewer.is_everyone else [_visible(viewer, rules.all_steps(session))]
    if asked.person is not None:
        person = find(session, "person", asked.person, owner_id=viewer.owner_id)
        steps = rules.all_versions(session)
        conditions.append(may_answer(session, steps, person.number, today=today))
    if asked.ids is not None:
        same = read(session, _subjects_of(), tasks=asked.ids).all()
        conditions.append(_subjects((row.subject_id, row.scope) for row in same))
        conditions.append(
            col(Task.year).in_({year for row in same for year in (row.year, row.year - 1)})
        )
    if asked.subjects is not None:
        named = subjects(session, asked.subjects, owner_id=viewer.owner_id)
        conditions.append(_subjects((subject_id, scope) for scope, subject_id in named))
    if asked.pupil_id is not None:
        conditions.append(
            and_(col(Task.scope) == Scope.PUPIL, col(Task.subject_id) == asked.pupil_id)
        )
    if asked.pupil is not None:
        pupil = find(session, "pupil", asked.pupil, owner_id=viewer.owner_id)
        conditions.append(and_(col(Task.scope) == Scope.PUPIL, col(Task.subject_id) == pupil.id))
    if asked.unit is not None:
        unit = find(session, "unit", asked.unit, owner_id=viewer.owner_id)
        conditions.append(_in_unit(unit, today))
    if asked.unit_id is not None:
        conditions.append(_in_unit(session.get_one(Unit, asked.unit_id), today))
    if asked.school is not None:
        school = find(session, "school", asked.school, owner_id=viewer.owner_id)
        conditions.append(col(Task.school_id) == school.id)
    if asked.schools is not None:
        of_network = and_(
            col(Task.scope) == Scope.NETWORK, col(Task.subject_id).in_(asked.networks)
        )
        conditions.append(
            or_(col(Task.school_id).in_(asked.schools), of_network)
            if asked.networks
            else col(Task.school_id).in_(asked.schools)
        )
    if asked.years is not None:
        read_too = {one.start for year in asked.years for one in (year, year.previous)}
        conditions.append(col(Task.year).in_(read_too))
    if asked.due_from is not None or asked.due_by is not None:
        conditions.append(_due_or_before(session, rules, asked))
    if asked.year is not None:
        # The year before holds the predecessors named in `after_previous`.
        conditions.append(col(Task.year).in_([asked.year.start, asked.year.previous.start]))
    return and_(true(), *conditions)


def _due_or_before(session: Session, rules: Rules, asked: Asked) -> ColumnElement[bool]:
    """Due in the days asked for, or a step that another waits for: whether that stands decides."""
    before = {key for step in rules.all_versions(session) for key in step.hard}
    first, last = asked.due_from or date.min, asked.due_by or date.max
    moved = [col(Task.moved)] if asked.due_from is not None else []
    return or_(col(Task.due).between(first, last), col(Task.step).in_(before), *moved)


@cache
def _subjects_of() -> Select[Any]:
    task = metadata.tables["task"]
    return select(task.c.subject_id, task.c.scope, task.c.year).where(among(task.c.id, "tasks"))


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
        and_(col(Task.scope) == Scope.SCHOOL, col(Task.school_id).in_(school_wide)),
        and_(col(Task.scope) == Scope.NETWORK, col(Task.subject_id).in_(networks)),
    )


def _rows(
    session: Session,
    rules: Rules,
    where: ColumnElement[bool],
    asked: Asked,
    *,
    today: date,
) -> list[TaskRow]:
    """Predecessors decide the status: all tasks of the subjects are read, those meant given."""
    task = metadata.tables["task"]
    found = (
        session.connection()
        .execute(
            select(
                task.c.id,
                task.c.owner_id,
                task.c.year,
                task.c.subject_id,
                task.c.step,
                task.c.scope,
                task.c.school_id,
                task.c.opens,
                task.c.due,
                task.c.limit_day,
                task.c.moved,
            ).where(where)
        )
        .all()
    )
    if not found:
        return []
    reader = Reader(session, rules, found, today)
    return [row for one in _meant(found, asked) if (row := reader.row(one)) is not None]
