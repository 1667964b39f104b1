"""What the acts share: the happenings of tasks read and written, and the checks all make."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change
from iopflow.models import Scope, What, metadata
from iopflow.queries.prepared import read
from iopflow.queries.standing import TaskRow
from iopflow.refusals import Refused
from iopflow.texts import _, short_date
from iopflow.wheel import Step

Word = Callable[[Step], What]


@dataclass(slots=True)
class Done:
    """What an act changed, and what it wants to tell."""

    changed: int = 0
    added: int = 0  # of those changed, the rows that were not there before
    unchanged: int = 0
    warnings: list[str] = field(default_factory=list)


class NotNow(Refused):
    """Law or logic refuses the act as things stand."""


def not_after_today(on: date, today: date) -> None:
    """Raises NotNow for a day that has not come."""
    if on > today:
        raise NotNow(
            _("{on} er etter i dag ({today}): skriv dagen det skjedde.").format(
                on=short_date(on), today=short_date(today)
            )
        )


def not_long_before(on: date, task: TaskRow) -> None:
    """Raises NotNow for a day before the school year in which the step can first be done.

    A year mistyped would count as on time. What serves a year is done in it or in the one before.
    """
    first = task.year.previous.on(8, 1)
    if on < first:
        raise NotNow(
            _("{step} for {year} kan ikke være gjort {on}: sjekk årstallet.").format(
                step=task.step.title.get(), year=task.year, on=short_date(on)
            )
        )


def by_hand(task: TaskRow) -> None:
    """Raises NotNow for a step whose facts have a table of their own."""
    if task.step.fact is not None:
        command = task.step.fact.partition(".")[0]
        raise NotNow(
            _(
                "{step} følger av sakens egne opplysninger og krysses ikke av: "
                "bruk «iopflow {command}»."
            ).format(step=task.step.title.get(), command=command)
        )


def still_here(task: TaskRow, on: date) -> None:
    """Raises NotNow for a day after the pupil left: that is the next school's to record."""
    if task.left_on is not None and on > task.left_on:
        raise NotNow(
            _(
                "{subject} sluttet {day}: det som skjer senere, registreres der eleven går nå."
            ).format(subject=task.subject, day=short_date(task.left_on))
        )


def not_waived(task: TaskRow) -> None:
    """Raises NotNow for a step that somebody has said does not apply."""
    if task.facts.not_applicable:
        raise NotNow(
            _("{step} for {subject} står som «ikke aktuelt»: bruk «reopen» først.").format(
                step=task.step.title.get(), subject=task.subject
            )
        )


def happenings_of(session: Session, task: TaskRow) -> list[dict[str, Any]]:
    """All that is recorded on a task's step for its subject, while it was at the school."""
    table = metadata.tables["happening"]
    rows = session.execute(
        select(table).where(
            table.c.on_day <= (task.left_on or date.max),
            and_(
                table.c.year == task.year.start,
                table.c.scope == task.scope,
                table.c.subject_id == task.subject_id,
                table.c.step == task.step.key,
            ),
        )
    )
    return [row._asdict() for row in rows]


def occasion(step: Step, what: What, on: date) -> str:
    """What sets happenings of one kind apart: nothing where it happens once, else the day."""
    once = what in {What.DONE, What.NOT_APPLICABLE} or (what is What.HELD and not step.many)
    return "" if once else on.isoformat()


def record(
    session: Session,
    tasks: Sequence[TaskRow],
    word: Word,
    on: date,
    act: Act,
    reason: str | None = None,
) -> Done:
    """Writes one word on the step of each task, for the task's own subject."""
    rows = [(task, task.scope, task.subject_id) for task in tasks]
    return write(session, rows, word, on, act, reason)


@cache
def _recorded() -> Select[Any]:
    """What is recorded already of a word on a step for a subject."""
    table = metadata.tables["happening"]
    same = ("year", "subject_id", "step", "what", "occasion", "scope")
    told = ("id", "on_day", "recorded_on", "recorded_at", "by_id", "reason")
    return select(*(table.c[name] for name in told)).where(
        *(table.c[name] == bindparam(name, type_=table.c[name].type) for name in same)
    )


def write(
    session: Session,
    rows: Sequence[tuple[TaskRow, Scope, int | None]],
    word: Word,
    on: date,
    act: Act,
    reason: str | None,
) -> Done:
    """Inserts what is new, changes the day of what is there, leaves what is the same."""
    done = Done()
    new: list[dict[str, Any]] = []
    changes: list[Change] = []
    day = ledger.day_of(act)
    seen: set[tuple[Any, ...]] = set()
    for task, scope, subject_id in rows:
        what = word(task.step)
        kind = occasion(task.step, what, on)
        fact = (task.year, task.step.key, subject_id, scope)
        if fact in seen:  # a pupil at two schools has a task at each, and one thing happened
            continue
        seen.add(fact)
        there = read(
            session,
            _recorded(),
            year=task.year.start,
            subject_id=subject_id,
            step=task.step.key,
            what=what,
            occasion=kind,
            scope=scope,
        ).first()
        if there is None:
            new.append(
                {
                    "owner_id": task.owner_id,
                    "year": task.year.start,
                    "step": task.step.key,
                    "scope": scope,
                    "subject_id": subject_id,
                    "what": what,
                    "occasion": kind,
                    "on_day": on,
                    "recorded_on": day,
                    "recorded_at": act.at,
                    "by_id": act.actor_id,
                    "reason": reason,
                }
            )
        elif there.on_day != on or reason not in (None, there.reason):
            after: dict[str, Any] = {} if reason is None else {"reason": reason}
            if there.on_day != on:  # a new fact has been received; another reason is none
                after |= {
                    "on_day": on,
                    "recorded_on": day,
                    "recorded_at": act.at,
                    "by_id": act.actor_id,
                }
            before = {name: getattr(there, name) for name in after}
            pupil_id = subject_id if scope is Scope.PUPIL else None
            changes.append(Change(there.id, before, after, task.owner_id, pupil_id))
        else:
            done.unchanged += 1
    ledger.insert_rows(session, "happening", new, act)
    ledger.update_rows(session, "happening", changes, act)
    done.added += len(new)
    done.changed += len(new) + len(changes)
    return done
