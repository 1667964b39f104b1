"""The talks of a school year: who was invited and how, what came of it, and who holds them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from iopflow.models import Scope, What, metadata
from iopflow.queries.access import Viewer
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from iopflow.status import Status


class Came(StrEnum):
    """How far a talk has come. Derived, never stored."""

    HELD = "held"
    DECLINED = "declined"
    NO_REPLY = "no_reply"
    CANCELLED = "cancelled"
    NOT_POSSIBLE = "not_possible"
    INVITED = "invited"
    NOT_INVITED = "not_invited"


_SAID = {
    What.NO_REPLY: Came.NO_REPLY,
    What.CANCELLED: Came.CANCELLED,
    What.NOT_POSSIBLE: Came.NOT_POSSIBLE,
    What.INVITED: Came.INVITED,
}


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk with, or about, a pupil. `invited_on` is the last invitation, `how` how it was sent.

    `said_on` and `reason` are of the last answer to it.
    """

    row: TaskRow
    came: Came
    invited_on: date | None
    how: str
    said_on: date | None
    reason: str

    @property
    def waits(self) -> bool:
        """Whether something is still to be done about it."""
        return self.came not in {Came.HELD, Came.DECLINED}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many talks there are, have been invited to, and what came of them."""

    all: int
    invited: int
    came: Counter[Came]

    @property
    def but_declined(self) -> int:
        """All but those that were declined: the other denominator of P8 and P9."""
        return self.all - self.came[Came.DECLINED]


def talks_of(
    session: Session, rules: Rules, viewer: Viewer, year: Year, *, today: date
) -> list[Talk]:
    """The talks of the pupils whose talks the viewer sees, by date; not of those who have left."""
    kept = {step.key for step in rules.all_versions(session) if step.kind == "conversation"}
    found = tasks(session, rules, viewer, Asked(year=year, steps=kept), today=today)
    rows = [
        row
        for row in found
        if row.step.kind == "conversation"
        and row.scope is Scope.PUPIL
        and row.status is not Status.CANCELLED
    ]
    words: dict[tuple[int, str], list[Any]] = {}
    pupils = sorted({row.subject_id for row in rows})
    for one in read(session, _words(), year=year.start, pupils=pupils).all():
        words.setdefault((one.subject_id, one.step), []).append(one)
    return [_talk(row, words.get((row.subject_id, row.step.key), ())) for row in rows]


def counts(talks: Iterable[Talk]) -> Counts:
    """The numbers above the list."""
    found = list(talks)
    invited = sum(one.invited_on is not None for one in found)
    return Counts(len(found), invited, Counter(one.came for one in found))


def _talk(row: TaskRow, words: Sequence[Any]) -> Talk:
    invited = [one for one in words if one.what is What.INVITED]
    # An answer before the last invitation is an answer to an earlier one.
    since = invited[-1].on_day if invited else date.min
    said = [one for one in words if one.what in _SAID or one.what is What.DECLINED]
    answers = [one for one in said if one.what is not What.INVITED and one.on_day >= since]
    if row.facts.happened_on is not None:
        came = Came.HELD
    elif row.status is Status.DECLINED:
        came = Came.DECLINED
    else:
        came = Came.NOT_INVITED if row.said is None else _SAID.get(row.said, Came.NOT_INVITED)
    return Talk(
        row,
        came,
        invited[-1].on_day if invited else None,
        (invited[-1].reason or "") if invited else "",
        answers[-1].on_day if answers else None,
        (answers[-1].reason or "") if answers else "",
    )


@cache
def _words() -> Select[Any]:
    happening = metadata.tables["happening"]
    return (
        select(
            happening.c.subject_id,
            happening.c.step,
            happening.c.what,
            happening.c.on_day,
            happening.c.reason,
        )
        .where(
            happening.c.year == bindparam("year"),
            happening.c.scope == Scope.PUPIL,
            among(happening.c.subject_id, "pupils"),
        )
        .order_by(happening.c.on_day, happening.c.id)
    )
