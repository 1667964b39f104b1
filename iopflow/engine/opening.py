"""Opening a school year: the wheel's steps become tasks, in sets, and nothing is ever taken away.

The road: skolerute + wheel → one plan row per kind of school, step and variant (dates are never
computed per pupil) → one INSERT .. SELECT of members x plan. Running it again adds what is missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from iopflow.engine import ledger
from iopflow.engine.cohorts import members
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.plan import Uncovered, plan_rows
from iopflow.engine.wanted import COLUMNS, member, place, plan, same_task, temporary, wanted_tasks
from iopflow.models import (
    School,
    SchoolYearRow,
    Scope,
    another,
    metadata,
)
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules, called
from iopflow.schoolyear import Year
from iopflow.wheel import WheelError

Progress = Callable[[str, int, int], None]
_DAYS = ("opens", "due", "limit_day")


@dataclass(slots=True)
class Opened:
    """What opening a year did, or would do, for one school."""

    school_id: int
    school: str
    year: Year
    added: int = 0
    existing: int = 0
    redated: int = 0
    pupils: int = 0
    uncovered: list[Uncovered] = field(default_factory=list)


def open_year(
    session: Session,
    rules: Rules,
    year: Year,
    schools: Sequence[School],
    *,
    act: Act,
    apply: bool = True,
    pupil_ids: list[int] | None = None,
    progress: Progress | None = None,
    close: bool = False,
) -> list[Opened]:
    """Opens `year` (the year served) for schools; `pupil_ids` narrows it to those pupils.

    With `close` the tasks of those pupils that are no longer wanted, and on which nothing has
    happened, are taken away: for a fact that was withdrawn. With `apply` false nothing is written,
    and the answer says what would be. Raises nothing for a school that cannot be opened: what is
    missing stands in its `uncovered`.
    """
    _prepare(session)
    try:
        return _open(session, rules, year, schools, act, apply, pupil_ids, progress, close)
    finally:
        temporary.drop_all(session.connection())


def _open(
    session: Session,
    rules: Rules,
    year: Year,
    schools: Sequence[School],
    act: Act,
    apply: bool,
    pupil_ids: list[int] | None,
    progress: Progress | None,
    close: bool,
) -> list[Opened]:
    ids = [school.number for school in schools]
    answers = {one.number: Opened(one.number, one.key, year) for one in schools}
    for chunk in ledger.chunks(ids):
        session.execute(
            insert(member).from_select(
                [column.name for column in member.c], members(year, chunk, pupil_ids)
            )
        )
    _plan(session, rules, year, schools, answers, progress)
    wanted = wanted_tasks(year, pupil_ids, act)
    new = apply and pupil_ids is None and _is_new(session, year, ids)
    for statement in wanted:
        if new:  # nothing is there to be counted or to be dated anew
            session.execute(_insert(session, statement))
            continue
        lacking, differing = _count(session, statement, answers)
        if differing:
            _redate(session, statement, answers, act, apply)
        if lacking and apply:
            session.execute(_insert(session, statement))
    if new:
        _count_new(session, year, answers)
    _count_pupils(session, answers)
    if apply:
        _mark_opened(session, year, answers, act, whole=pupil_ids is None)
    if pupil_ids is None:
        _list_uncovered(session, answers)
    elif close and apply:
        _close(session, wanted[0], year, pupil_ids, act)
    return [answers[school.number] for school in schools]


def open_needed(
    session: Session,
    rules: Rules,
    *,
    owner_id: int,
    years: Iterable[Year],
    act: Act,
    pupil_ids: list[int] | None = None,
    close: bool = False,
) -> list[Opened]:
    """Opens the years that facts speak of, and adds tasks in the years already open.

    Called after an import or a fact of the case. Schools without a skolerute for a year are left:
    the facts stand, the tasks come when the skolerute does.
    """
    spoken = set(years)
    opened = {
        Year(start)
        for (start,) in session.execute(
            select(col(SchoolYearRow.year))
            .where(
                col(SchoolYearRow.owner_id) == owner_id, col(SchoolYearRow.opened_at).is_not(None)
            )
            .distinct()
        )
    }
    answers: list[Opened] = []
    for year in sorted(spoken | opened):
        with_rute = (
            select(School)
            .join(SchoolYearRow, col(SchoolYearRow.school_id) == col(School.id))
            .where(col(School.owner_id) == owner_id, col(SchoolYearRow.year) == year.start)
            .order_by(col(School.key))
        )
        if year not in spoken:
            with_rute = with_rute.where(col(SchoolYearRow.opened_at).is_not(None))
        schools = list(session.execute(with_rute).scalars())
        if schools:
            answers += open_year(
                session, rules, year, schools, act=act, pupil_ids=pupil_ids, close=close
            )
    return answers


def _close(
    session: Session, wanted: Select[Any], year: Year, pupil_ids: list[int], act: Act
) -> None:
    task = metadata.tables["task"]
    rows = wanted.subquery("wanted")
    unwanted = session.execute(
        select(task).where(
            task.c.year == year.start,
            task.c.scope == Scope.PUPIL,
            task.c.subject_id.in_(pupil_ids),
            not_(task.c.moved),
            untouched(task),
            not_(exists(select(rows.c.step).where(same_task(rows)).correlate_except(rows))),
        )
    ).all()
    gone = [Gone(row.id, row._asdict()) for row in unwanted]
    ledger.delete_rows(session, "task", gone, act)


def untouched(task: Any) -> Any:
    """SQL: nothing has happened on the task's step for its subject."""
    happening = another("happening")
    return not_(
        exists(
            select(happening.c.id)
            .where(
                happening.c.year == task.c.year,
                happening.c.subject_id == task.c.subject_id,
                happening.c.step == task.c.step,
                happening.c.scope == task.c.scope,
            )
            .correlate_except(happening)
        )
    )


def close_unneeded(session: Session, batch_id: int) -> int:
    """Takes away the tasks that an undone import had opened and on which nothing has happened."""
    task = metadata.tables["task"]
    result = session.execute(
        delete(task)
        .where(
            task.c.batch_id == batch_id,
            untouched(task),
        )
        .returning(task.c.id)
    )
    return len(result.all())


def _prepare(session: Session) -> None:
    connection = session.connection()
    temporary.drop_all(connection)
    temporary.create_all(connection)


def _plan(
    session: Session,
    rules: Rules,
    year: Year,
    schools: Sequence[School],
    answers: dict[int, Opened],
    progress: Progress | None,
) -> None:
    """Fills the plan, once for each kind of school, and says of which kind each school is."""
    connection = session.connection()
    rutes = calendars(session, [school.number for school in schools])
    arrivals = _arrivals(session)
    kinds: dict[Any, list[School]] = {}
    for school in schools:
        calendar = tuple(rutes.get(school.number, {}).items())
        kinds.setdefault((school.wheel_in_force, school.network_id is None, calendar), []).append(
            school
        )
    done = 0
    for kind, alike in enumerate(kinds.values()):
        days = sorted({day for school in alike for day in arrivals.get(school.number, ())})
        calendar_of = rutes.get(alike[0].number, {})
        try:
            rows, uncovered = plan_rows(rules.of_school(alike[0]), year, calendar_of, days)
        except WheelError as error:
            rows, uncovered = [], [Uncovered.wheel(called(alike[0].wheel_in_force), str(error))]
        if rows:
            connection.execute(insert(plan), [row.values() | {"kind": kind} for row in rows])
        connection.execute(
            insert(place),
            [
                {"school_id": school.id, "owner_id": school.owner_id, "kind": kind}
                for school in alike
            ],
        )
        for school in alike:
            answers[school.number].uncovered = list(uncovered)
        done += len(alike)
        if progress is not None:
            progress("plan", done, len(schools))


def _arrivals(session: Session) -> dict[int, tuple[date, ...]]:
    found: dict[int, list[date]] = {}
    rows = session.execute(
        select(member.c.school_id, member.c.arrival).where(member.c.arrival.is_not(None)).distinct()
    )
    for school_id, arrival in rows:
        found.setdefault(school_id, []).append(arrival)
    return {school_id: tuple(sorted(days)) for school_id, days in found.items()}


def _insert(session: Session, wanted: Select[Any]) -> Any:
    dialect = postgresql if session.connection().dialect.name == "postgresql" else sqlite
    task = metadata.tables["task"]
    return dialect.insert(task).from_select(list(COLUMNS), wanted).on_conflict_do_nothing()


def _tasks_of(year: Year) -> tuple[Select[Any], Select[Any]]:
    """The tasks of the year at the schools given, and those of networks, which have no school."""
    task = metadata.tables["task"]
    of_year = select(task.c.school_id).where(task.c.year == year.start)
    return of_year.where(among(task.c.school_id, "schools")), of_year.where(
        task.c.school_id.is_(None)
    )


def _is_new(session: Session, year: Year, school_ids: list[int]) -> bool:
    """Whether there is no task of the year yet."""
    at_schools, of_networks = _tasks_of(year)
    known = {"schools": school_ids}
    return read(session, at_schools.limit(1), **known).first() is None and (
        read(session, of_networks.limit(1)).first() is None
    )


def _count_new(session: Session, year: Year, answers: dict[int, Opened]) -> None:
    """Counts the tasks of a year that had none before: all are added."""
    for tasks in _tasks_of(year):
        rows = tasks.add_columns(func.count()).group_by(tasks.selected_columns.school_id)
        for school_id, count in read(session, rows, schools=list(answers)):
            _answer(answers, school_id).added += count


def _count(session: Session, wanted: Select[Any], answers: dict[int, Opened]) -> tuple[bool, bool]:
    """Counts what is there and what is not; whether any is not, and whether any has other dates."""
    task = metadata.tables["task"]
    rows = wanted.subquery("wanted")
    there = case((task.c.id.is_not(None), 1), else_=0)
    other = case((and_(task.c.id.is_not(None), not_(task.c.moved), _differs(rows)), 1), else_=0)
    counts = session.execute(
        select(rows.c.school_id, func.count(), func.sum(there), func.sum(other))
        .select_from(rows.outerjoin(task, same_task(rows)))
        .group_by(rows.c.school_id)
    )
    lacking = differing = False
    for school_id, total, existing, others in counts:
        answer = _answer(answers, school_id)
        answer.added += total - existing
        answer.existing += existing
        lacking = lacking or total > existing
        differing = differing or others > 0
    return lacking, differing


def _answer(answers: dict[int, Opened], school_id: int | None) -> Opened:
    """What is said of a school; what belongs to none (the network) is said of the first."""
    if school_id is None:
        return next(iter(answers.values()))
    return answers[school_id]


def _count_pupils(session: Session, answers: dict[int, Opened]) -> None:
    pupils = session.execute(select(member.c.school_id, func.count()).group_by(member.c.school_id))
    for school_id, count in pupils:
        answers[school_id].pupils = count


def _differs(wanted: Any) -> Any:
    """Whether a task has other days than those wanted."""
    task = metadata.tables["task"]
    return or_(*(task.c[name].is_distinct_from(wanted.c[name]) for name in _DAYS))


def _mark_opened(
    session: Session, year: Year, answers: dict[int, Opened], act: Act, *, whole: bool
) -> None:
    """Says since when the year is open, and leaves one event per school that got tasks.

    A year opened for one pupil's case only is not open for the school.
    """
    rows = session.execute(
        select(
            col(SchoolYearRow.id),
            col(SchoolYearRow.owner_id),
            col(SchoolYearRow.school_id),
            col(SchoolYearRow.opened_at),
        ).where(
            col(SchoolYearRow.school_id).in_(list(answers)), col(SchoolYearRow.year) == year.start
        )
    ).all()
    ledger.update_rows(
        session,
        "school_year",
        [
            Change(row_id, {"opened_at": None}, {"opened_at": act.at}, owner_id)
            for row_id, owner_id, _school, opened_at in rows
            if opened_at is None and whole
        ],
        act,
    )
    ledger.note_all(
        session,
        act,
        "task",
        [
            (owner_id, {"school": answers[school_id].school, "year": str(year), "added": added})
            for _row, owner_id, school_id, _opened in rows
            if (added := answers[school_id].added)
        ],
    )


def _redate(
    session: Session,
    wanted: Select[Any],
    answers: dict[int, Opened],
    act: Act,
    apply: bool,
) -> None:
    """Follows a changed skolerute or wheel where nobody moved the date and nothing happened."""
    task = metadata.tables["task"]
    rows = wanted.subquery("wanted")
    found = session.execute(
        select(
            task.c.id,
            task.c.owner_id,
            task.c.school_id,
            task.c.scope,
            task.c.subject_id,
            *(task.c[name] for name in _DAYS),
            *(rows.c[name].label(f"new_{name}") for name in _DAYS),
        )
        # From what is wanted to its task, never from every task there is: with statistics a plain
        # join begins at the tasks. The outer join forbids it, coalesce keeps it outer.
        .select_from(
            rows.outerjoin(task, and_(same_task(rows), not_(task.c.moved), untouched(task)))
        )
        .where(func.coalesce(task.c.id, 0) > 0, _differs(rows))
    ).all()
    changes = []
    for row in found:
        pupil_id = row.subject_id if row.scope == Scope.PUPIL else None
        before = {name: getattr(row, name) for name in _DAYS}
        after = {name: getattr(row, f"new_{name}") for name in _DAYS}
        changes.append(Change(row.id, before, after, row.owner_id, pupil_id))
        _answer(answers, row.school_id).redated += 1
    if apply:
        ledger.update_rows(session, "task", changes, act)


def _list_uncovered(session: Session, answers: dict[int, Opened]) -> None:
    """Who gets no IOP tasks and why; the steps that cannot be opened are there already."""
    pupil = metadata.tables["pupil"]
    rows = session.execute(
        select(
            member.c.school_id,
            pupil.c.key,
            case((member.c.concerned == 1, 1), else_=0),
        )
        .join(pupil, pupil.c.id == member.c.pupil_id)
        .where(member.c.granted == 0, member.c.need == 0)
        .order_by(member.c.school_id, pupil.c.key)
    )
    for school_id, key, concerned in rows:
        answers[school_id].uncovered.append(Uncovered.pupil(key, concerned=bool(concerned)))
