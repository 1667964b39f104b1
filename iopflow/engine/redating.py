"""What a change of the dates of a school does to its tasks: done to all open years, and counted."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Gone
from iopflow.engine.opening import open_year
from iopflow.models import School, Scope, metadata
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year

Place = tuple[Year, str]  # the year served, and the step


@dataclass(frozen=True, slots=True)
class Shift:
    """Tasks of a step in a year served that get another date."""

    year: Year
    step: str
    was: date | None
    now: date | None
    count: int


@dataclass(slots=True)
class Effect:
    """What a change did, or would do: dates, new tasks, tasks taken away.

    `done` and `moved` count the tasks of the steps concerned that keep their date: something is
    recorded on them, or a date was agreed for them.
    """

    shifts: list[Shift] = field(default_factory=list)
    done: Counter[Place] = field(default_factory=Counter)
    moved: Counter[Place] = field(default_factory=Counter)
    added: Counter[Place] = field(default_factory=Counter)
    taken: Counter[Place] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def tasks(self) -> int:
        """How many tasks get another date."""
        return sum(one.count for one in self.shifts)


def follow(
    session: Session,
    rules: Rules,
    school: School,
    act: Act,
    write: Callable[[], None],
    *,
    years: Collection[Year],
    concerned: Collection[str] | None = None,
    gone: Collection[str] = (),
) -> Effect:
    """Writes a change, and brings the tasks of those of the years that are open after it.

    `concerned` are the steps that the change is about (all whose dates differ, where None), `gone`
    those that the school has no more: their tasks go, where nothing has happened on them.
    """
    before = _tasks(session, school, years)
    write()
    effect = Effect()
    for year, pupils in sorted(_opened(session, school, years).items()):
        for one in open_year(session, rules, year, [school], act=act, pupil_ids=pupils):
            effect.problems += [lack.reason for lack in one.uncovered if lack.what != "pupil"]
    effect.problems = list(dict.fromkeys(effect.problems))
    _take_away(session, school, gone, years, act)
    _compare(effect, before, _tasks(session, school, years), concerned)
    return effect


def tried(session: Session, school: School, does: Callable[[], Effect]) -> Effect:
    """What a change would do: done, counted, and taken back."""
    with session.begin_nested() as inner:
        effect = does()
        inner.rollback()
    session.refresh(school)
    return effect


def _opened(
    session: Session, school: School, years: Collection[Year]
) -> Mapping[Year, list[int] | None]:
    """The years with tasks; those opened for the case of some pupils only with their numbers."""
    row, task = metadata.tables["school_year"], metadata.tables["task"]
    starts = [year.start for year in years]
    whole = session.execute(
        select(row.c.year).where(
            row.c.school_id == school.id, row.c.year.in_(starts), row.c.opened_at.is_not(None)
        )
    ).scalars()
    found: dict[Year, list[int] | None] = {Year(start): None for start in whole}
    of_cases = session.execute(
        select(task.c.year, task.c.subject_id)
        .where(task.c.school_id == school.id, task.c.year.in_(starts), task.c.scope == Scope.PUPIL)
        .distinct()
    )
    for start, pupil_id in of_cases:
        pupils = found.setdefault(Year(start), [])
        if pupils is not None:
            pupils.append(pupil_id)
    return found


def _touched(task: Any) -> Any:
    """Whether something is recorded on the task's step for its subject."""
    done = metadata.tables["happening"]
    return exists(
        select(done.c.id).where(
            and_(
                done.c.year == task.c.year,
                done.c.subject_id == task.c.subject_id,
                done.c.step == task.c.step,
                done.c.scope == task.c.scope,
            )
        )
    )


def _tasks(session: Session, school: School, years: Collection[Year]) -> dict[int, Any]:
    task = metadata.tables["task"]
    rows = session.execute(
        select(task.c.id, task.c.year, task.c.step, task.c.due, task.c.moved)
        .add_columns(_touched(task).label("touched"))
        .where(task.c.school_id == school.id, task.c.year.in_([year.start for year in years]))
    )
    return {row.id: row for row in rows}


def _take_away(
    session: Session,
    school: School,
    steps: Collection[str],
    years: Collection[Year],
    act: Act,
) -> None:
    task = metadata.tables["task"]
    rows: Sequence[Any] = session.execute(
        select(task).where(
            task.c.school_id == school.id,
            task.c.year.in_([year.start for year in years]),
            task.c.step.in_(list(steps)),
            ~_touched(task),
        )
    ).all()
    ledger.delete_rows(session, "task", [Gone(row.id, row._asdict()) for row in rows], act)


def _compare(
    effect: Effect,
    before: Mapping[int, Any],
    after: Mapping[int, Any],
    concerned: Collection[str] | None,
) -> None:
    shifts: Counter[tuple[Year, str, date | None, date | None]] = Counter()
    for number, row in after.items():
        place = (Year(row.year), row.step)
        if number not in before:
            effect.added[place] += 1
        elif before[number].due != row.due:
            shifts[(*place, before[number].due, row.due)] += 1
    for number, row in before.items():
        if number not in after:
            effect.taken[Year(row.year), row.step] += 1
    effect.shifts = [Shift(*key, count) for key, count in sorted(shifts.items(), key=_order)]
    about = {one.step for one in effect.shifts} if concerned is None else set(concerned)
    for row in _kept(before, after):
        if row.step in about:
            kept = effect.moved if row.moved else effect.done if row.touched else None
            if kept is not None:
                kept[Year(row.year), row.step] += 1


def _kept(before: Mapping[int, Any], after: Mapping[int, Any]) -> Iterable[Any]:
    return (row for number, row in after.items() if number in before)


def _order(item: tuple[tuple[Year, str, date | None, date | None], int]) -> Any:
    (year, step, was, now), _count = item
    return (year, now or date.max, step, was or date.max)
