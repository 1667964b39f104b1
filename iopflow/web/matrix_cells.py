"""What the matrix is made of: who is in a row, which steps are columns, what is left of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from iopflow.models import Scope
from iopflow.queries.names import names_of
from iopflow.queries.standing import TaskRow
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _, sort_key
from iopflow.web.bulk import classes_of
from iopflow.web.page import Page

NO_CLASS, SCHOOL = "uten", "skole"
_DONE = frozenset({Status.DONE, Status.DONE_LATE})
# What is settled without having been done: counted in no cell, and a click away.
_ASIDE = frozenset({Status.NOT_APPLICABLE, Status.DECLINED})
_NO_LIMITS: Mapping[tuple[int | None, Year, str], date] = {}
OUTSIDE = frozenset({Status.CANCELLED, Status.BEFORE_START})


@dataclass(slots=True)
class Cell:
    """The tasks of a step in a class: done, left, and those that are settled another way."""

    done: list[TaskRow] = field(default_factory=list)
    left: list[TaskRow] = field(default_factory=list)
    aside: list[TaskRow] = field(default_factory=list)
    is_late: bool = False  # whether something left is overdue

    @property
    def of(self) -> int:
        """How many are done or to be done."""
        return len(self.done) + len(self.left)

    @property
    def share(self) -> str:
        """3/6."""
        return f"{len(self.done)}/{self.of}"

    @property
    def sign(self) -> str:
        """✓ nothing left, ! something overdue, ◐ some done, ○ none."""
        if not self.left:
            return "✓"
        if self.is_late:
            return "!"
        return "◐" if self.done else "○"

    def add(self, row: TaskRow) -> None:
        """One more task."""
        of_kind = self.done if row.status in _DONE else self.left
        (self.aside if row.status in _ASIDE else of_kind).append(row)
        self.is_late = self.is_late or row.status is Status.OVERDUE


@dataclass(frozen=True, slots=True)
class Column:
    """A step of a year with its date."""

    key: str
    title: str
    due: date
    counted: date | None = None  # until which day it is on time, where the wheel says another


@dataclass(frozen=True, slots=True)
class Group:
    """Whose tasks stand in one row: a class with its pupils, an avdeling, a school."""

    key: str
    name: str
    pupils: Mapping[int, bool]
    others: frozenset[tuple[Scope, int]] = frozenset()

    def holds(self, row: TaskRow) -> bool:
        """Whether a task is of this row."""
        if row.scope is Scope.PUPIL:
            return row.subject_id in self.pupils
        return (row.scope, row.subject_id) in self.others


def step_of(row: TaskRow) -> str:
    """The step and the year served, as addresses name them."""
    return f"{row.year.start}:{row.step.key}"


def counted(rows: Iterable[TaskRow]) -> list[TaskRow]:
    """The tasks that a matrix shows: those with a day that are done at some time."""
    return [
        row
        for row in rows
        if row.step.ticked
        and row.scope is not Scope.NETWORK
        and row.facts.due is not None
        and row.status not in OUTSIDE
    ]


def groups(page: Page, rows: Sequence[TaskRow]) -> list[Group]:
    """The classes of today, then pupils who have none yet, avdelinger and schools."""
    classes = classes_of(page, [row for row in rows if row.scope is Scope.PUPIL])
    others = {(row.scope, row.subject_id) for row in rows if row.scope is not Scope.PUPIL}
    names = names_of(page.session, others)
    found = {key: Group(key, name, pupils) for key, (name, pupils) in classes.items()}
    for scope, number in others:
        key = f"{SCHOOL}-{number}" if scope is Scope.SCHOOL else str(number)
        there = found.get(key) or Group(key, names[scope, number], {})
        found[key] = Group(key, there.name, there.pupils, frozenset({(scope, number)}))
    placed = {pupil for _name, pupils in classes.values() for pupil in pupils}
    left_over = {
        row.subject_id: True
        for row in rows
        if row.scope is Scope.PUPIL and row.subject_id not in placed
    }
    if left_over:  # those who begin next year have steps of that year already
        found[NO_CLASS] = Group(NO_CLASS, _("Uten klasse nå"), left_over)
    return sorted(found.values(), key=lambda one: (not one.pupils, one.key == NO_CLASS, one.name))


def columns(
    rows: Sequence[TaskRow], limits: Mapping[tuple[int | None, Year, str], date] = _NO_LIMITS
) -> list[Column]:
    """By date; a step that is due on several dates stands at its first.

    `limits` are until when the figures count a step as on time (`last_days`).
    """
    found: dict[str, Column] = {}
    for row in rows:
        due, key = row.facts.due, step_of(row)
        if due is not None and (key not in found or due < found[key].due):
            last = limits.get((row.school_id, row.year, row.step.key))
            counted = last if last != due else None
            found[key] = Column(key, row.step.title.get(), due, counted)
    return sorted(found.values(), key=lambda one: (one.due, one.title))


def cells(rows: Iterable[TaskRow], groups: Sequence[Group]) -> list[dict[str, Cell]]:
    """The cells of each group, by step."""
    found: list[dict[str, Cell]] = [{} for _one in groups]
    places: dict[tuple[Scope, int], list[int]] = {}
    for place, group in enumerate(groups):
        for subject in (*((Scope.PUPIL, pupil) for pupil in group.pupils), *group.others):
            places.setdefault(subject, []).append(place)
    for row in rows:
        for place in places.get((row.scope, row.subject_id), ()):
            found[place].setdefault(step_of(row), Cell()).add(row)
    return found


def by_name(names: Mapping[int, str]) -> list[int]:
    """Pupils in the order of their names."""
    return sorted(names, key=lambda pupil: (sort_key(names[pupil]), pupil))
