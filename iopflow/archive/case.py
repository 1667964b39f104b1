"""A pupil's cases and log as JSON: where each case stood, whose turn it was, what was irregular."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from iopflow.archive.writing import moment
from iopflow.clock import local_date
from iopflow.lifecycle import HAPPENED, Course
from iopflow.queries.log import Entry
from iopflow.schoolyear import Year

_DAY = timedelta(days=1)
# What names somebody in an event; codes stand for them.
_NAMING = frozenset({"name", "decided_by"})


def course(one: Course) -> dict[str, Any]:
    """A case for a year, as of its last day."""
    begun = one.begun or one.until
    spent = one.spent(begun, one.until + _DAY)
    return {
        "year": str(Year(one.year)),
        "as_of": one.until.isoformat(),
        "state": one.state.value,
        "title": one.state.about.title.get(),
        "turn": _word(one.turn),
        "since": _iso(one.since),
        "begun": _iso(one.begun),
        "events": [
            {
                "on": event.on.isoformat(),
                "what": event.kind.value,
                "title": HAPPENED[event.kind].get(),
            }
            for event in one.events
        ],
        "stretches": [
            {
                "state": stretch.state.value,
                "from": stretch.starts.isoformat(),
                "before": stretch.ends.isoformat(),
                "turn": _word(stretch.turn),
            }
            for stretch in one.stretches
        ],
        "pauses": [
            {
                "from": pause.starts.isoformat(),
                "before": pause.ends.isoformat(),
                "court": pause.court.value,
                "cause": pause.cause,
                "evidence": pause.evidence,
            }
            for pause in one.pauses
        ],
        "days": {
            **{court.value: days for court, days in spent.by_court.items()},
            "resting": spent.resting,
            "paused": spent.paused,
            "gross": spent.gross,
            "net": spent.net,
        },
        "irregular": [
            {
                "on": found.event.on.isoformat(),
                "what": found.event.kind.value,
                "rule": found.rule.key,
                "law": found.rule.paragraph,
                "words": found.words,
            }
            for found in one.irregular
        ],
    }


def log(
    entries: Sequence[Entry], *, year: Year | None, until: date | None, names: bool
) -> Iterator[dict[str, Any]]:
    """The events of a pupil, oldest first; of a year served, with those that belong to no year
    until it was over.
    """
    for entry in entries:
        on = local_date(entry.at)
        if until is not None and on > until:
            continue
        if year is not None:
            if entry.year is not None and entry.year != year.start:
                continue
            if entry.year is None and on > year.on(7, 31):
                continue
        yield {
            "event": entry.number,
            "at": moment(entry.at),
            "by": entry.by,
            "for": entry.stands_in_for,
            "integration": entry.integration,
            "act": entry.act,
            "table": entry.table,
            "what": entry.what,
            "year": str(Year(entry.year)) if entry.year is not None else None,
            "before": _coded(entry.before, names),
            "after": _coded(entry.after, names),
            "reason": entry.reason,
        }


def _coded(values: Any, names: bool) -> dict[str, Any] | None:
    if values is None:
        return None
    return {key: value for key, value in values.items() if names or key not in _NAMING}


def _word(court: Any) -> str | None:
    return court.value if court is not None else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
