"""What the parts of a mail hold: numbers and titles of steps, and never whom they are about."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from iopflow.indicators import INDICATORS
from iopflow.models import Scope
from iopflow.queries.standing import TaskRow
from iopflow.reminders.days import Skoleruter, last_school_day
from iopflow.texts import Text


@dataclass(frozen=True, slots=True)
class Line:
    """A step with a date: how many subjects, and the last school day for it.

    Of what is over its date, `seen_from` is the day from which whoever leads has it in a list;
    `helped` how many of them help is wanted for, which the leader hears at once. `counts_in` are
    the indicators that the step decides.
    """

    title: Text
    scope: Scope
    count: int
    due: date
    last_day: date
    seen_from: date | None = None
    helped: int = 0
    counts_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """A step and how many subjects."""

    title: Text
    scope: Scope
    count: int


@dataclass(frozen=True, slots=True)
class ForHead:
    """A head's weekly list: by step and counts, of what those at the unit know that the head sees.

    `quiet` are pupils with something over its date and nothing recorded for a long time,
    `unreached` people at the unit whom mails do not reach. Neither is told to anybody else.
    """

    late: tuple[Count, ...]
    helped: tuple[Count, ...]
    quiet: int
    unreached: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.late or self.helped or self.quiet or self.unreached)


@dataclass(frozen=True, slots=True)
class ForRektor:
    """Counts for the whole school: what is long over its date, and what nobody has the duty of."""

    late: int
    of_steps: int
    unheld: tuple[Count, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.late or self.unheld)


@dataclass(frozen=True, slots=True)
class ForPpt:
    """The queue of assessments: how many are left, with whom, and the next date (ux S6)."""

    waiting_for_school: int
    at_work: int
    late: int
    due: date | None
    waiting_for_guardians: int = 0
    over_guide: int = 0  # of those at work: longer there than the guiding time

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not self.left

    @property
    def left(self) -> int:
        """How many somebody is waited for in."""
        return self.waiting_for_school + self.waiting_for_guardians + self.at_work


@dataclass(frozen=True, slots=True)
class Share:
    """A figure as it stands."""

    code: str
    title: Text
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class ForCounting:
    """A counting date that comes, or has come and is not frozen, and its figures as they stand."""

    counted: str
    day: date
    shares: tuple[Share, ...]
    school: str | None = None  # where the reader answers for several

    @property
    def is_empty(self) -> bool:
        """Never: the date itself is what it says."""
        return False


@dataclass(frozen=True, slots=True)
class TimerLine:
    """A timer of the cases: how many count, how many of them are over their day, and `day`, the
    nearest that comes, or the oldest where all are over. `date_basis` and `law` say what it rests
    on.
    """

    title: Text
    count: int
    late: int
    day: date
    date_basis: str
    law: str | None = None


@dataclass(frozen=True, slots=True)
class ForCases:
    """The timers of the cases that come or are late.

    `late` is a hash of those that are late, empty where none is; `near` are the days of the coming
    fortnight, each with its step.
    """

    lines: tuple[TimerLine, ...]
    late: str
    near: tuple[tuple[date, str], ...]

    @property
    def presses(self) -> bool:
        """Whether it is worth a mail of its own."""
        return bool(self.late or self.near)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not self.lines


@dataclass(frozen=True, slots=True)
class ForMeasures:
    """How many measures the reader is to do: what comes within a fortnight, and what is late.

    `days` are the dates that come, each once; never a word of what the measures are.
    """

    coming: int
    late: int
    days: tuple[date, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.coming or self.late)


Section = ForHead | ForRektor | ForPpt | ForCases | ForCounting | ForMeasures


def lines(
    rows: Iterable[TaskRow], ruter: Mapping[int, Skoleruter], seen: Mapping[int, date | None]
) -> tuple[Line, ...]:
    """By date, then by name: one line for each step, kind of subject and date.

    `seen` says from when the head has a task in a list, by the task's number.
    """
    groups: dict[tuple[date, str, Scope, Text, date, date | None], list[TaskRow]] = {}
    for row in rows:
        if row.facts.due is not None:
            last = last_school_day(ruter.get(row.school_id or 0, {}), row.facts.due)
            key = (
                *(row.facts.due, row.step.title.get("nb"), row.scope, row.step.title, last),
                seen.get(row.id),
            )
            groups.setdefault(key, []).append(row)
    return tuple(
        Line(
            *(title, scope, len(found), due, last, seen_from),
            sum(row.help_wanted_on is not None for row in found),
            _decides(found[0].step.key),
        )
        for (due, _name, scope, title, last, seen_from), found in sorted(
            groups.items(), key=lambda one: (*one[0][:3], one[0][5] or date.max)
        )
    )


@cache
def _decides(step: str) -> tuple[str, ...]:
    """The indicators that a step decides: P3, and not its halves or sums."""
    return tuple(one.code for one in INDICATORS if step in one.steps and "_" not in one.code)


def counts(rows: Sequence[TaskRow]) -> tuple[Count, ...]:
    """By name: one line for each step and kind of subject."""
    found: dict[tuple[str, Scope, Text], int] = {}
    for row in rows:
        key = (row.step.title.get("nb"), row.scope, row.step.title)
        found[key] = found.get(key, 0) + 1
    return tuple(
        Count(title, scope, count)
        for (_name, scope, title), count in sorted(found.items(), key=lambda one: one[0][:2])
    )


def fingerprint(*words: object) -> str:
    """A short hash of what was said, so that the next mail need not say the same."""
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()[:12]
