"""What a mail says, read when it is sent: step names with counts, and never whom they are about."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, select
from sqlmodel import Session

from iopflow.models import MailKind, Scope, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.reminders.days import AHEAD, Skoleruter, last_school_day, nudged_until
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import Text

WEEK = timedelta(days=7)
_WAITING_FOR_SOMEBODY = frozenset({Status.OPEN, Status.OVERDUE})


@dataclass(frozen=True, slots=True)
class Line:
    """A step with a date that comes: how many subjects, and the last school day for it."""

    title: Text
    scope: Scope
    count: int
    due: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Content:
    """All that a mail to one person says.

    `late` is a hash of the tasks that are overdue, `said` one of each step and date that comes:
    stored of a mail, so that the next one need not say the same again. `pressing` are those of
    `said` that come before the next digest; `behind` are the steps that are overdue.
    """

    kind: MailKind
    name: str
    email: str
    language: str
    overdue: int
    lines: tuple[Line, ...]
    behind: tuple[Line, ...]
    late: str
    said: frozenset[str]
    pressing: frozenset[str]

    @property
    def coming(self) -> int:
        """How many steps have a date that comes."""
        return sum(line.count for line in self.lines)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not self.lines and (self.kind is MailKind.NUDGE or not self.overdue)


def contents(
    session: Session, rules: Rules, people: Mapping[int, MailKind], *, today: date
) -> dict[int, Content]:
    """What each person's mail says today, by number; people without an address have none."""
    persons = {one.id: one for one in read(session, _persons(), people=list(people)).all()}
    schools = _schools_of(session, persons, today)
    rows = tasks(
        session,
        rules,
        EVERYONE,
        Asked(schools=schools, years=_years(today), due_by=today + AHEAD),
        today=today,
    )
    ruter = calendars(session, schools)
    mine: dict[tuple[int, str], list[TaskRow]] = {}
    for row in rows:
        if row.status in _WAITING_FOR_SOMEBODY and row.school_id is not None:
            for key in row.responsible:
                mine.setdefault((row.owner_id, key), []).append(row)
    return {
        number: _content(people[number], one, mine.get((one.owner_id, one.key), ()), ruter, today)
        for number, one in persons.items()
        if one.email
    }


def _content(
    kind: MailKind,
    person: Any,
    rows: Sequence[TaskRow],
    ruter: Mapping[int, Skoleruter],
    today: date,
) -> Content:
    late = [row for row in rows if row.status is Status.OVERDUE]
    coming = [
        row
        for row in rows
        if row.status is Status.OPEN
        and row.facts.due is not None
        and (kind is MailKind.DIGEST or row.facts.due <= _until(ruter, row, today))
    ]
    if kind is MailKind.NUDGE:
        coming = [row for row in coming if row.facts.due is not None and row.facts.due > today]
    return Content(
        kind,
        person.name,
        person.email,
        person.language or "nb",
        len(late),
        _lines(coming, ruter),
        _lines(late, ruter),
        _hash(*sorted(str(row.id) for row in late)),
        frozenset(map(_date_of, coming)),
        frozenset(
            _date_of(row) for row in coming if row.facts.due and row.facts.due < today + WEEK
        ),
    )


def _until(ruter: Mapping[int, Skoleruter], row: TaskRow, today: date) -> date:
    return nudged_until(ruter.get(row.school_id or 0, {}), today) or today


def _lines(rows: Iterable[TaskRow], ruter: Mapping[int, Skoleruter]) -> tuple[Line, ...]:
    """By date, then by name: one line for each step, kind of subject and date."""
    counts: dict[tuple[date, str, Scope, Text, date], int] = {}
    for row in rows:
        due = row.facts.due
        if due is not None:
            last = last_school_day(ruter.get(row.school_id or 0, {}), due)
            key = (due, row.step.title.get("nb"), row.scope, row.step.title, last)
            counts[key] = counts.get(key, 0) + 1
    return tuple(
        Line(title, scope, count, due, last)
        for (due, _name, scope, title, last), count in sorted(
            counts.items(), key=lambda one: one[0][:3]
        )
    )


def _date_of(row: TaskRow) -> str:
    return _hash(row.step.key, str(row.facts.due))


def _hash(*words: str) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:12]


def _years(today: date) -> tuple[Year, Year, Year]:
    """Last year as well: what was left undone there is overdue, whatever the month."""
    year = Year.of(today)
    return year.previous, year, year.next


def _schools_of(session: Session, persons: Mapping[int, Any], today: date) -> list[int]:
    """The live schools of the people's owners."""
    owners = {one.owner_id for one in persons.values()}
    return [row.id for row in read(session, _schools(), owners=owners, today=today)]


@cache
def _persons() -> Select[Any]:
    person = metadata.tables["person"]
    return select(
        person.c.id,
        person.c.owner_id,
        person.c.key,
        person.c.name,
        person.c.email,
        person.c.language,
    ).where(among(person.c.id, "people"))


@cache
def _schools() -> Select[Any]:
    school = metadata.tables["school"]
    return select(school.c.id).where(
        among(school.c.owner_id, "owners"), school.c.live_from <= bindparam("today", type_=Date)
    )
