"""Weeks with many deadlines, and for whom they are too many."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from iopflow.models import Scope
from iopflow.queries.standing import TaskRow
from iopflow.status import Status

TOO_MANY = 10  # deadlines of one person in one week
TIMES_USUAL = 2  # or more than so many times what the person has in other weeks with deadlines
FROM = 4  # but then no fewer than these
_LEFT = frozenset({Status.OPEN, Status.OVERDUE, Status.PLANNED, Status.WAITING})
_NOT_WORK = frozenset({Status.CANCELLED, Status.BEFORE_START, Status.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class Share:
    """What one person (by id; None: nobody is responsible) has due in a week, by step."""

    person: str | None
    due: int
    usual: float
    steps: tuple[tuple[str, int], ...]

    @property
    def too_many(self) -> bool:
        """Whether it is more than the fixed limit, or far more than the person's usual."""
        much = self.due >= FROM and self.due > TIMES_USUAL * self.usual
        return self.person is not None and (self.due > TOO_MANY or much)


@dataclass(frozen=True, slots=True)
class Week:
    """A week by its Monday: how many deadlines are left in it, and whose. Those of the most first.

    A task that two people answer for is counted for both of them, and once in `due`.
    """

    monday: date
    due: int
    shares: tuple[Share, ...]

    @property
    def number(self) -> int:
        """The number of the week in the calendar."""
        return self.monday.isocalendar().week

    @property
    def too_many(self) -> tuple[Share, ...]:
        """Those who have too many."""
        return tuple(share for share in self.shares if share.too_many)


def weeks(rows: Iterable[TaskRow], *, today: date, until: date) -> list[Week]:
    """The weeks from this one to a day that have deadlines left; what fell due earlier this week
    is of it. `rows` are the tasks of a whole year or more, also those done: from them a person's
    usual is known.
    """
    if today > until:
        return []
    since = monday_of(today)
    work = [row for row in rows if _is_work(row)]
    usual = _usual(work)
    left: dict[date, list[TaskRow]] = {}
    for row in work:
        due = row.facts.due
        if row.status in _LEFT and due is not None and since <= due <= until:
            left.setdefault(monday_of(due), []).append(row)
    return [Week(monday, len(some), _shares(some, usual)) for monday, some in sorted(left.items())]


def _is_work(row: TaskRow) -> bool:
    return (
        row.step.ticked
        and row.scope is not Scope.NETWORK
        and row.facts.due is not None
        and row.status not in _NOT_WORK
    )


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def people(row: TaskRow) -> Sequence[str]:
    """Who is to do it: those with a substitute today have none of it."""
    return row.reminded or row.responsible


def _usual(work: Iterable[TaskRow]) -> dict[str, float]:
    """How many deadlines each person has in the middle one of the weeks with any."""
    by_week: Counter[tuple[str, date]] = Counter()
    for row in work:
        if row.facts.due is not None:
            by_week.update((person, monday_of(row.facts.due)) for person in people(row))
    found: dict[str, list[int]] = {}
    for (person, _week), count in by_week.items():
        found.setdefault(person, []).append(count)
    return {person: median(counts) for person, counts in found.items()}


def _shares(some: Sequence[TaskRow], usual: dict[str, float]) -> tuple[Share, ...]:
    steps: dict[str | None, Counter[str]] = {}
    for row in some:
        for person in people(row) or (None,):
            steps.setdefault(person, Counter())[row.step.title.get()] += 1
    shares = [
        Share(person, counts.total(), usual.get(person or "", 0), tuple(counts.most_common()))
        for person, counts in steps.items()
    ]
    return tuple(sorted(shares, key=lambda one: (one.person is None, -one.due, one.person or "")))
