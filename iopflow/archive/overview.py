"""The overview of a year: each step of each pupil, when, how late, why, and who had the ball."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from iopflow.archive.writing import cell
from iopflow.lifecycle import Course, Happened
from iopflow.models import What
from iopflow.queries.standing import TaskRow
from iopflow.texts import _

# What in a case each step that follows from its facts is about.
HAPPENS: Mapping[str, frozenset[Happened]] = {
    "assessment.referred_on": frozenset({Happened.REFERRED}),
    "assessment.received_on": frozenset({Happened.RECEIVED}),
    "consent.utredning": frozenset({Happened.CONSENT_UTREDNING, Happened.NO_UTREDNING}),
    "consent.vedtak": frozenset({Happened.CONSENT_VEDTAK, Happened.NO_VEDTAK}),
    "vedtak.decided_on": frozenset({Happened.GRANTED, Happened.PARTLY, Happened.REFUSED}),
    "vedtak.notified_on": frozenset({Happened.NOTIFIED}),
}


def lines(
    code: str,
    rows: Sequence[TaskRow],
    course: Course,
    happenings: Sequence[Any],
    facts: Mapping[str, Sequence[Any]],
    *,
    as_of: date,
) -> Iterator[list[str]]:
    """The lines of one pupil. What is irregular of no step stands on a line of its own."""
    told: set[int] = set()
    for row in rows:
        kinds = HAPPENS.get(row.step.fact or "", frozenset())
        wrong = [place for place, one in enumerate(course.irregular) if one.event.kind in kinds]
        told.update(wrong)
        limit = row.facts.limit or row.facts.due
        cause, evidence = _cause(row, course, happenings, limit)
        case_step = bool(kinds) and row.late_days > 0 and limit is not None
        yield _cells(
            code,
            row.step.key,
            row.step.title.get(),
            row.facts.due,
            row.facts.limit,
            row.status,
            row.facts.happened_on,
            _recorded(row, happenings, facts),
            row.late_days,
            cause,
            evidence,
            _court(course, limit) if case_step and limit is not None else None,
            _days(course, limit, row.facts.happened_on or as_of) if case_step and limit else None,
            " ".join(course.irregular[place].words for place in wrong),
        )
    rest = [one.words for place, one in enumerate(course.irregular) if place not in told]
    if rest:
        empty = (None,) * 10
        yield _cells(code, None, _("saken"), *empty, " ".join(rest))


def _cells(*values: Any) -> list[str]:
    return [cell(value) for value in values]


def _cause(
    row: TaskRow, course: Course, happenings: Sequence[Any], limit: date | None
) -> tuple[str | None, str | None]:
    """Why it was late: what somebody said of it, else a pause that lay over the limit."""
    said = [one for one in happenings if one.step == row.step.key and one.what is What.DELAY]
    if said:
        last = max(said, key=lambda one: (one.on_day, one.id))
        return last.cause, last.evidence
    if row.late_days and limit is not None and row.step.fact is not None:
        for pause in course.pauses:
            if pause.starts <= limit < pause.ends:
                return pause.cause, pause.evidence
    return None, None


def _court(course: Course, limit: date) -> str | None:
    holder = course.holder(limit)
    return holder.value if holder is not None else None


def _days(course: Course, limit: date, before: date) -> str:
    spent = course.spent(limit, before)
    counted = {court.value: days for court, days in spent.by_court.items()}
    counted["resting"] = spent.resting  # nobody was waited for
    return " ".join(f"{who}:{days}" for who, days in counted.items() if days)


def _recorded(
    row: TaskRow, happenings: Sequence[Any], facts: Mapping[str, Sequence[Any]]
) -> date | None:
    """The day on which it was written down that the step was done."""
    on = row.facts.happened_on
    if on is None:
        return None
    if row.step.fact is None:
        days = [
            one.recorded_on
            for one in happenings
            if (one.step, one.what, one.on_day) == (row.step.key, row.step.happening, on)
        ]
        return min(days, default=None)
    table, _dot, column = row.step.fact.partition(".")
    column = column if table != "consent" else "on_day"
    days = [one.recorded_on for one in facts[table] if getattr(one, column) == on]
    return min(days, default=None)
