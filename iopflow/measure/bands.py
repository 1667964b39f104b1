"""What is late or missing, added up: bands of days, courts, causes, and the three rates."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from iopflow.lifecycle import Court
from iopflow.measure.delays import NOBODY, Waited, by_court
from iopflow.measure.figures import Figure
from iopflow.queries.masking import OF

# The last day of each band; None where there is none.
BANDS: Mapping[str, int | None] = {"0-7": 7, "8-30": 30, "31-90": 90, "over_90": None}
_SHOWN = (
    OF,  # taken out when it is masked
    "indicator",
    "network",
    "school",
    "unit",
    "year",
    "as_of",
    "counted_on",
    "provisional",
    "numerator",
    "denominator",
    "rate",
    "done_late",
    "open",
    "unknown",
    "justified",
    "excluded",
    "definition",
    "problem",
)


def band(days: int) -> str:
    """The band that a number of days late lies in."""
    return next(name for name, last in BANDS.items() if last is None or days <= last)


def summary(figure: Figure, pupils: Iterable[Waited]) -> dict[str, Any]:
    """A figure with its three rates, and the missed behind it added up.

    `bands` count those done late, `open_bands` those still missing, with the days so far; `least`,
    `median` and `most` are of both. A pupil with several causes is counted under each of them, and
    under one court. What was registered wrongly (`data_errors`) is in no band, court or cause.
    """
    entry = {name: value for name, value in figure.numbered().items() if name in _SHOWN}
    there = figure.problem is None
    entry["rate_justified"] = _share(figure, figure.justified) if there else None
    entry["rate_late"] = _share(figure, figure.done_late) if there else None
    everyone = list(pupils)
    missed = [one for one in everyone if one.missed]
    done = [one for one in missed if one.result == "done_late"]
    missing = [one for one in missed if one.result == "open"]
    days = sorted(one.late_days for one in missed)
    return entry | {
        "missed": len(missed),
        "still_open": len(missing),
        "bands": _counted(BANDS, (band(one.late_days) for one in done)),
        "open_bands": _counted(BANDS, (band(one.late_days) for one in missing)),
        "least": days[0] if days else None,
        "median": median(days) if days else None,
        "most": days[-1] if days else None,
        "by_court": _counted(_COURTS, (_court(one) for one in missed)),
        "late_days_by_court": _days(missed),
        "by_cause": _causes(missed),
        "without_cause": sum(not one.causes for one in missed),
        "without_evidence": sum(bool(one.causes) and not _proven(one) for one in missed),
        "announced": sum(one.announced for one in everyone),
        "data_errors": sum(one.data_error for one in everyone),
    }


_COURTS = (*(court.value for court in Court), NOBODY)


def _share(figure: Figure, more: int) -> float | None:
    """The rate with some more counted as if they were in time."""
    return (figure.numerator + more) / figure.denominator if figure.denominator else None


def _counted(names: Iterable[str], found: Iterable[str]) -> dict[str, int]:
    counts = dict.fromkeys(names, 0)
    for name in found:
        counts[name] += 1
    return counts


def _court(one: Waited) -> str:
    return one.court.value if one.court is not None else NOBODY


def _days(missed: Sequence[Waited]) -> dict[str, int] | None:
    """The days after the limit by court, where the course of the case tells them."""
    if any(one.clock is None for one in missed):
        return None
    clocks = [by_court(one.clock.late) for one in missed if one.clock is not None]
    return {name: sum(days[name] for days in clocks) for name in _COURTS}


def _causes(missed: Sequence[Waited]) -> dict[str, int]:
    """How many pupils each cause is given for, the most frequent first."""
    found: dict[str, int] = {}
    for one in missed:
        for cause in sorted({said.cause or "" for said in one.causes}):
            found[cause] = found.get(cause, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _proven(one: Waited) -> bool:
    return any(said.evidence for said in one.causes)
