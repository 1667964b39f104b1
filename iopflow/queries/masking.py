"""Small numbers are not shown outside those who know the pupils: their school or avdeling."""

from collections.abc import Container, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from iopflow.indicators import INDICATORS
from iopflow.models import School, Unit
from iopflow.queries.access import Viewer
from iopflow.roles import Action, Place
from iopflow.texts import _

# Udir and Skoleporten hide results that rest on so few pupils that they may be recognised.
FEWEST = 5
# The sum that each half is in, and each sum itself.
SUMMED = {code: one.code for one in INDICATORS for code in (*one.parts, one.code) if one.parts}
NUMBERS = frozenset(
    {
        "numerator",
        "denominator",
        "rate",
        "done_late",
        "open",
        "unknown",
        "justified",
        "recorded_after",
        "invited",
        "declined",
        "no_reply",
        "cancelled",
        "not_invited",
        "mangler_sv",
        "not_possible",
    }
)


def is_few(n: float | Decimal) -> bool:
    """Whether they are so few that they are recognised: one to four. Nobody is not few."""
    return 0 < n < FEWEST


def mask(
    session: Session, viewer: Viewer, entries: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The entries of figures as the viewer may see them.

    One that rests on one to four pupils loses its numbers, says so in `problem` and has `masked`
    true, unless the viewer leads the school or the unit it is about. So do those of the same answer
    from which it could be told.
    """
    shown = [dict(entry) for entry in entries]
    if viewer.is_everyone:
        return shown
    schools = _keys(session, School, col(School.id).in_(viewer.at(Place.SCHOOL, Action.FIGURES)))
    at = viewer.at(Place.UNIT, Action.FIGURES)
    units = _keys(session, Unit, or_(col(Unit.id).in_(at), col(Unit.parent_id).in_(at)))
    others = [
        entry
        for entry in shown
        if entry["school"] not in schools
        and entry["unit"] not in units
        and entry["denominator"] is not None
    ]
    divided = {_place(entry) for entry in others if entry["unit"] is not None}
    small = [entry for entry in others if _small(entry)]
    tied = {key for entry in small for key in _ties(entry, divided)}
    for entry in small:
        _hide(entry, _("under {n} elever: tallet vises ikke").format(n=FEWEST))
    left = [entry for entry in others if not entry.get("masked")]
    while found := [entry for entry in left if not tied.isdisjoint(_ties(entry, divided))]:
        for entry in found:  # what is hidden for another's sake is told by its own ties as well
            tied |= _ties(entry, divided)
            _hide(entry, _("ville vist et tall på under {n} elever").format(n=FEWEST))
        left = [entry for entry in left if not entry.get("masked")]
    return shown


def mask_network(
    session: Session,
    viewer: Viewer,
    totals: Iterable[Mapping[str, Any]],
    by_school: Iterable[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The sums of a network as the viewer may see them; `by_school` is what they are the sums of.

    Whoever sees a sum may ask school by school too: a sum is shown where each of its schools is.
    """
    shown = [dict(total) for total in totals]
    hidden = {one["indicator"] for one in mask(session, viewer, by_school) if one.get("masked")}
    for total in shown:
        if total["indicator"] in hidden and total["denominator"] is not None:
            _hide(total, _("en skole har under {n} elever: summen vises ikke").format(n=FEWEST))
    return shown


def _hide(entry: dict[str, Any], why: str) -> None:
    entry |= {name: None for name in entry if name in NUMBERS}
    entry["excluded"] = {}
    entry["problem"] = why
    entry["masked"] = True


def _ties(entry: Mapping[str, Any], divided: Container[Any]) -> set[tuple[Any, ...]]:
    """With which others of an answer it adds up: one that is left out could be told from the rest.

    A sum with its halves, and the classes or units of a school, with those who have none.
    """
    found: set[tuple[Any, ...]] = set()
    if entry["indicator"] in SUMMED:
        found.add(("sum", SUMMED[entry["indicator"]], entry["unit"], *_place(entry)))
    if _place(entry) in divided:
        found.add(("units", entry["indicator"], *_place(entry)))
    return found


def _place(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(entry.get(name) for name in ("network", "school", "year", "revision"))


# What a summary of delays divides the pupils by: shown whole, or not at all.
TABLES = ("bands", "open_bands", "by_court", "late_days_by_court", "by_cause", "chain")
ALONE = (
    "missed",
    "still_open",
    "without_cause",
    "without_evidence",
    "announced",
    "data_errors",
    "rate_justified",
    "rate_late",
)
ONE_PUPIL = ("least", "median", "most")  # the number of one pupil


def mask_delays(
    session: Session, viewer: Viewer, entries: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The summaries of delays as the viewer may see them: where the figure is masked, nothing.

    Where it is not, those who do not lead the school see a table only when every part of it is of
    five pupils or of none: a part that is left out could be told from the rest.
    """
    plain = [dict(entry) for entry in entries]
    if viewer.is_everyone:
        return plain
    schools = _keys(session, School, col(School.id).in_(viewer.at(Place.SCHOOL, Action.FIGURES)))
    shown = mask(session, viewer, plain)
    for entry in shown:
        if entry["school"] in schools:
            continue
        if entry.get("masked"):
            entry |= dict.fromkeys((*TABLES, *ALONE, *ONE_PUPIL))
            continue
        hidden = [*ONE_PUPIL, "late_days_by_court", *_parted(entry), *_left(entry)]
        entry |= dict.fromkeys(name for name in hidden if name in entry)
    return shown


# What a forecast adds to the numbers of a figure.
FORESEEN = ("lost", "worst", "low", "expected", "high", "best", "followed", "own", "days_left")


def mask_forecasts(
    session: Session, viewer: Viewer, entries: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The forecasts as the viewer may see them: where the figure would be masked, nothing."""
    shown = mask(session, viewer, entries)
    for entry in shown:
        if entry.get("masked"):
            entry |= dict.fromkeys(FORESEEN)
            entry["few"] = False
    return shown


def _parted(entry: Mapping[str, Any]) -> Iterator[str]:
    """The tables that have a part of one to four pupils."""
    for name in TABLES:
        if any(is_few(n or 0) for n in (entry.get(name) or {}).values()):
            yield name


def _left(entry: Mapping[str, Any]) -> Iterator[str]:
    """The numbers of one to four pupils, or that leave one to four when taken from the missed."""
    missed: int = entry["missed"]
    for name in ("without_cause", "without_evidence", "still_open"):
        if is_few(entry[name]) or is_few(missed - entry[name]):
            yield name
    if is_few(entry["announced"]):
        yield "announced"
    if is_few(entry["data_errors"]):  # the rest of those done late or open
        yield from ("data_errors", "missed", "still_open")


def _small(entry: Mapping[str, Any]) -> bool:
    """Whether one to four pupils are counted, or are all that there are with those left out."""
    counted: int = entry["denominator"]
    everyone: int = counted + sum(entry["excluded"].values())
    return is_few(counted) or is_few(everyone)


def _keys(session: Session, table: Any, where: Any) -> set[str]:
    return set(session.execute(select(table.key).where(where)).scalars())
