"""What the weekly mail says of the timers of the cases: titles of steps, counts and dates.

They go to those who hold the timer's role; PPT has its queue. In summer what the law or a
regulation binds goes to rektor, and nothing to anybody else (decisions 10).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from iopflow.queries.holders import Roster
from iopflow.queries.pressing import Pressing
from iopflow.queries.timers import Running
from iopflow.reminders.days import AHEAD
from iopflow.reminders.leading import HEAD, PPT, REKTOR, Key
from iopflow.reminders.sections import ForCases, TimerLine, fingerprint
from iopflow.wheel import BINDING

TOLD = timedelta(days=28)  # how long before its day a timer is told; earlier than it sends a mail


def sections(found: Iterable[Pressing], roster: Roster, *, today: date) -> dict[Key, ForCases]:
    """The timers of those who hold their roles; rektor's where a unit has no head."""
    mine: dict[Key, list[Pressing]] = {}
    for one in found:
        role = one.timer.step.responsible
        if role in PPT:
            continue
        people = roster.present(role, one.duty)
        if role == HEAD and not people:
            people = roster.present(REKTOR, one.duty)
        _give(mine, one, people)
    return {key: _section(some, today) for key, some in mine.items()}


def in_summer(found: Iterable[Pressing], roster: Roster, *, today: date) -> dict[Key, ForCases]:
    """Rektor's, of what binds and is late or comes within a fortnight, whoever holds the role."""
    mine: dict[Key, list[Pressing]] = {}
    for one in found:
        if one.timer.step.date_basis in BINDING and one.timer.due <= today + AHEAD:
            _give(mine, one, roster.present(REKTOR, one.duty))
    return {key: _section(some, today) for key, some in mine.items()}


def over_guide(found: Iterable[Pressing]) -> set[tuple[int, int]]:
    """The cases that are past a time that PPT answers for: pupil and year served."""
    return {
        (one.pupil_id, one.timer.year.start)
        for one in found
        if one.timer.step.responsible in PPT and one.timer.running is Running.LATE
    }


def _give(mine: dict[Key, list[Pressing]], one: Pressing, people: Mapping[int, str]) -> None:
    for person in people.values():
        mine.setdefault((one.owner_id, person), []).append(one)


def _section(some: Sequence[Pressing], today: date) -> ForCases:
    by_step: dict[str, list[Pressing]] = {}
    for one in some:
        by_step.setdefault(one.timer.step.key, []).append(one)
    late = [one for one in some if one.timer.running is Running.LATE]
    near = {
        (one.timer.step.key, one.timer.due)
        for one in some
        if one.timer.running is not Running.LATE and one.timer.due <= today + AHEAD
    }
    lines = [_line(group) for group in by_step.values()]
    return ForCases(
        tuple(sorted(lines, key=lambda line: (line.day, line.title.get("nb")))),
        fingerprint(*sorted((one.timer.step.key, one.pupil_id, one.timer.due) for one in late))
        if late
        else "",
        tuple(sorted((day, key) for key, day in near)),
    )


def _line(some: Sequence[Pressing]) -> TimerLine:
    step = some[0].timer.step
    late = [one.timer.due for one in some if one.timer.running is Running.LATE]
    coming = [one.timer.due for one in some if one.timer.running is not Running.LATE]
    return TimerLine(
        step.title, len(some), len(late), min(coming or late), step.date_basis, step.law
    )
