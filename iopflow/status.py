"""From facts and today to the status of a task: derived on every reading, never stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """The statuses of the contract, in the words of the JSON."""

    PLANNED = "planned"
    WAITING = "waiting"
    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"
    DONE_LATE = "done_late"
    DECLINED = "declined"
    NOT_APPLICABLE = "not_applicable"
    SUSPENDED = "suspended"
    BEFORE_START = "before_start"
    CANCELLED = "cancelled"


SETTLED = frozenset({Status.DONE, Status.DONE_LATE, Status.NOT_APPLICABLE})


class TaskFacts(NamedTuple):
    """All that the status of one task depends on. A tuple, since lists are of thousands of them.

    `limit` is the last day on time where it differs from `due`; `live_from` the day from which the
    school answers for its duties in iopflow; `waits_for` the legal predecessors not yet there.
    """

    opens: date | None = None
    due: date | None = None
    limit: date | None = None
    happened_on: date | None = None
    not_applicable: bool = False
    declined: bool = False
    left: bool = False
    waits_for: tuple[str, ...] = ()
    suspended: bool = False
    live_from: date | None = None

    @property
    def last_on_time(self) -> date | None:
        """The last day that counts as on time."""
        return self.limit or self.due


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the life of a task: the status, and when a task has it."""

    status: Status
    when: str
    holds: Callable[[TaskFacts, date], bool]


def _after(day: date | None, limit: date | None) -> bool:
    return day is not None and limit is not None and day > limit


# The first rule that holds decides. What happened comes before all else, so that a fact once
# recorded is never hidden by what came after (a pupil who left, a vedtak that ran out).
RULES: tuple[Rule, ...] = (
    Rule(
        Status.DONE_LATE,
        "happened after the limit",
        lambda facts, _: _after(facts.happened_on, facts.last_on_time),
    ),
    Rule(Status.DONE, "happened", lambda facts, _: facts.happened_on is not None),
    Rule(
        Status.NOT_APPLICABLE,
        "somebody said, with a reason, that it does not apply",
        lambda facts, _: facts.not_applicable,
    ),
    Rule(Status.CANCELLED, "the pupil has left the school", lambda facts, _: facts.left),
    Rule(Status.DECLINED, "the guardians declined", lambda facts, _: facts.declined),
    Rule(
        Status.BEFORE_START,
        "was due before the school began with iopflow",
        lambda facts, _: _after(facts.live_from, facts.due),
    ),
    Rule(Status.PLANNED, "has not opened", lambda facts, today: _after(facts.opens, today)),
    Rule(
        Status.WAITING,
        "the law demands something first",
        lambda facts, _: bool(facts.waits_for),
    ),
    Rule(Status.SUSPENDED, "no vedtak is valid", lambda facts, _: facts.suspended),
    Rule(Status.OVERDUE, "the due day has passed", lambda facts, today: _after(today, facts.due)),
    Rule(Status.OPEN, "otherwise", lambda _facts, _today: True),
)


def status(facts: TaskFacts, *, today: date) -> Status:
    """The status of a task on a day: exactly one, whatever the facts."""
    for rule in RULES:
        if rule.holds(facts, today):
            return rule.status
    raise AssertionError("the last rule always holds")


def late_days(facts: TaskFacts, stands: Status, *, today: date) -> int:
    """Calendar days after the limit: of the happening, or of today while it has not happened.

    `stands` is the status of the facts on that day.
    """
    limit = facts.last_on_time
    if limit is None or stands in _NEVER_LATE:
        return 0
    return max(0, ((facts.happened_on or today) - limit).days)


_NEVER_LATE = frozenset(
    {
        Status.DONE,
        Status.NOT_APPLICABLE,
        Status.CANCELLED,
        Status.DECLINED,
        Status.BEFORE_START,
        Status.PLANNED,
        Status.SUSPENDED,
    }
)


def mermaid() -> str:
    """The usual life of a task as a Mermaid state diagram; what decides is RULES, not this."""
    return "\n".join(
        [
            "stateDiagram-v2",
            "    [*] --> planned: the year is opened",
            "    planned --> open: opens",
            "    planned --> waiting: opens, but the law demands something first",
            "    waiting --> open: what the law demands is there",
            "    open --> overdue: due passes",
            *(f"    {source} --> done: complete" for source in ("open", "overdue")),
            "    overdue --> done_late: complete, after the limit",
            *(
                f"    {source} --> declined: the guardians decline a talk"
                for source in ("open", "overdue")
            ),
            "    declined --> done: the talk is held after all",
            *(f"    {source} --> not_applicable: with a reason" for source in ("open", "overdue")),
            *(
                f"    {source} --> open: reopen, with a reason"
                for source in ("done", "done_late", "not_applicable")
            ),
            "    open --> suspended: no vedtak is valid",
            "    suspended --> open: a vedtak is valid again",
            "    open --> cancelled: the pupil leaves",
            "    overdue --> cancelled: the pupil leaves",
            "    planned --> before_start: go-live after the due day",
        ]
    )
