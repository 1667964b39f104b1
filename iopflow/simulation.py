"""A school year played through in advance: the mails it would bring, and what is wrong with it.

Always on data that may be spoilt: a copy, or a database made for it. Everything goes the way it
really goes, through the clock's own pass; only the people are made up, who do all that is due some
days after each date.
"""

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, and_, case, cast, delete, exists, insert, literal, not_, or_, select
from sqlalchemy import String as Text
from sqlmodel import Session

from iopflow import db
from iopflow.clock import OSLO
from iopflow.models import Scope, What, another, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.places import calendars
from iopflow.queries.rules import Rules
from iopflow.queries.tasks import Asked, tasks
from iopflow.refusals import Refused
from iopflow.reminders import outbox
from iopflow.reminders.content import Content
from iopflow.reminders.days import AT, last_school_day
from iopflow.reminders.states import Answer, Letter, Verdict
from iopflow.schoolyear import Year
from iopflow.texts import _

WEEK = 7  # days after each date: how late the made-up people are
FULL = 30  # duties of one person that fall due in one week: more is too much
UNLIMITED = 1_000_000  # mails a minute: nobody waits in a year that is played
_DAY = timedelta(days=1)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that would go out: when, to whom, and what it would say."""

    at: datetime
    person: str
    content: Content
    message_id: str


@dataclass(frozen=True, slots=True)
class FullWeek:
    """A week with more dates than one person can be asked to meet: whose, and what fills it."""

    monday: date
    people: dict[str, int]  # how many dates each has, by id
    steps: tuple[str, ...]  # the titles of those that are most of it


@dataclass(slots=True)
class Findings:
    """What a school should mend before the year begins. No pupil is named."""

    full_weeks: list[FullWeek] = field(default_factory=list)
    days_off: list[tuple[str, date, date, int]] = field(default_factory=list)
    unheld: list[tuple[str, str, int]] = field(default_factory=list)
    people: frozenset[str] = frozenset()  # the ids of all who are responsible for something


@contextmanager
def copied(engine: Engine) -> Iterator[Engine]:
    """A copy of a SQLite database that may be spoilt. Raises Refused for another database."""
    if engine.dialect.name != "sqlite":
        raise Refused(
            _("Et år prøves på en kopi: gjenopprett en sikkerhetskopi, og pek --database dit.")
        )
    with tempfile.TemporaryDirectory(prefix="iopflow-simulate-") as folder:
        path = Path(folder) / "copy.db"
        target = sqlite3.connect(path)
        with engine.connect() as connection:
            source: Any = connection.connection.driver_connection
            source.backup(target)
        target.close()
        made = db.create_engine(f"sqlite:///{path}")
        try:
            yield made
        finally:
            made.dispose()


def play(
    engine: Engine,
    rules: Rules,
    year: Year,
    *,
    delay: int = WEEK,
    hourly: bool = False,
    progress: Progress | None = None,
) -> list[Sent]:
    """Plays a school year and returns its mails. Changes the database.

    `delay` is how many days after each date the work is done. `hourly` rings the clock every hour
    of every day, which gives the same mails as once a morning.
    """
    sent: list[Sent] = []
    first, last = year.on(8, 1), year.on(7, 31)
    hours = [time(hour) for hour in range(24)] if hourly else [AT]
    with db.session(engine) as session:  # the year may lie before the clock's last pass
        session.connection().execute(delete(metadata.tables["pulse"]))
    for number in range((last - first).days + 1):
        day = first + number * _DAY
        for at in hours:
            _ring(engine, rules, datetime.combine(day, at, OSLO).astimezone(UTC), sent)
        with db.session(engine) as session:
            past = day - timedelta(days=delay)
            # Whatever was due before the year began is done as it begins.
            _do(session, rules, day, date.min if number == 0 else past, past)
        if progress is not None:
            progress(number + 1, (last - first).days + 1)
    return sent


@dataclass(frozen=True, slots=True)
class _Kept:
    """A post that keeps what it is given."""

    now: datetime
    sent: list[Sent]

    def send(self, content: Letter, message_id: str) -> Answer:
        """Always takes the mail. What somebody has been invited to is no part of a year ahead."""
        if isinstance(content, Content):
            self.sent.append(Sent(self.now, content.email, content, message_id))
        return Answer(Verdict.TAKEN)

    def close(self) -> None:
        """Nothing to end."""


def _ring(engine: Engine, rules: Rules, now: datetime, sent: list[Sent]) -> None:
    worker = outbox.Worker(engine, rules, lambda: now, _Kept(now, sent), rate=UNLIMITED)
    outbox.tick(worker, sender="iopflow.invalid")


def _do(session: Session, rules: Rules, today: date, first: date, last: date) -> None:
    """Records all that was due in some days, as done today."""
    task, done = metadata.tables["task"], another("happening")
    steps = rules.all_steps(session)
    held = [step.key for step in steps if step.happening == "held"]
    many = [step.key for step in steps if step.many]
    by_hand = [step.key for step in steps if step.recordable]
    already = exists(
        select(done.c.id).where(
            done.c.year == task.c.year,
            done.c.subject_id == task.c.subject_id,
            done.c.step == task.c.step,
            done.c.scope == task.c.scope,
            or_(done.c.what == What.DONE, done.c.what == What.HELD),
        )
    )
    columns = metadata.tables["happening"].c
    rows = select(
        task.c.owner_id,
        task.c.year,
        task.c.step,
        task.c.scope,
        task.c.subject_id,
        case((task.c.step.in_(held), What.HELD.value), else_=What.DONE.value),
        case((task.c.step.in_(many), today.isoformat()), else_=cast(literal(""), Text)),
        literal(today, columns.on_day.type),
        literal(today, columns.recorded_on.type),
        literal(datetime.combine(today, time(15), OSLO), columns.recorded_at.type),
    ).where(and_(task.c.due.between(first, last), task.c.step.in_(by_hand), not_(already)))
    names = [
        *("owner_id", "year", "step", "scope", "subject_id", "what", "occasion"),
        *("on_day", "recorded_on", "recorded_at"),
    ]
    session.connection().execute(
        insert(metadata.tables["happening"]).from_select(names, rows.distinct())
    )


def findings(session: Session, rules: Rules, year: Year, *, schools: Sequence[int]) -> Findings:
    """What the plan of a year shows before it begins."""
    rows = tasks(
        session,
        rules,
        EVERYONE,
        Asked(schools=schools, years=(year, year.next)),
        today=year.on(8, 1),
    )
    first, last = year.on(8, 1), year.on(7, 31)
    rows = [row for row in rows if row.facts.due and first <= row.facts.due <= last]
    ruter = calendars(session, schools)
    weeks: dict[date, Counter[str]] = {}
    filling: dict[date, Counter[str]] = {}
    off: Counter[tuple[str, date, date]] = Counter()
    unheld: Counter[tuple[str, str]] = Counter()
    for row in rows:
        due = row.facts.due or first
        monday = due - timedelta(days=due.weekday())
        weeks.setdefault(monday, Counter()).update(row.responsible)
        filling.setdefault(monday, Counter())[row.step.title.get()] += 1
        if not row.responsible:
            unheld[row.step.title.get(), row.step.responsible] += 1
        day = last_school_day(ruter.get(row.school_id or 0, {}), due)
        if day != due and row.scope is not Scope.NETWORK:
            off[row.step.title.get(), due, day] += 1
    return Findings(
        list(_full(weeks, filling)),
        [(*one, n) for one, n in sorted(off.items(), key=lambda pair: pair[0][1])],
        [(*one, n) for one, n in sorted(unheld.items())],
        frozenset(person for row in rows for person in row.responsible),
    )


def _full(
    weeks: Mapping[date, Counter[str]], filling: Mapping[date, Counter[str]]
) -> Iterator[FullWeek]:
    for monday, counts in sorted(weeks.items()):
        people = {who: n for who, n in sorted(counts.items()) if n > FULL}
        if people:
            steps = tuple(step for step, _n in filling[monday].most_common(3))
            yield FullWeek(monday, people, steps)
