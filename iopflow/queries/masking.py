"""Small numbers are not shown outside those who know the pupils: their school or avdeling."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from iopflow.models import School, Unit
from iopflow.queries.access import Viewer
from iopflow.roles import Action, Place
from iopflow.texts import _

# Udir and Skoleporten hide results that rest on so few pupils that they may be recognised.
FEWEST = 5
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


def mask(
    session: Session, viewer: Viewer, entries: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The entries of figures as the viewer may see them.

    One that rests on one to four pupils loses its numbers, says so in `problem` and has `masked`
    true, unless the viewer leads the school or the unit it is about.
    """
    shown = [dict(entry) for entry in entries]
    if viewer.is_everyone:
        return shown
    schools = _keys(session, School, col(School.id).in_(viewer.at(Place.SCHOOL, Action.FIGURES)))
    at = viewer.at(Place.UNIT, Action.FIGURES)
    units = _keys(session, Unit, or_(col(Unit.id).in_(at), col(Unit.parent_id).in_(at)))
    for entry in shown:
        own = entry["school"] in schools or entry["unit"] in units
        if own or entry["denominator"] is None or not _small(entry):
            continue
        entry |= {name: None for name in entry if name in NUMBERS}
        entry["excluded"] = {}
        entry["problem"] = _("under {n} elever: tallet vises ikke").format(n=FEWEST)
        entry["masked"] = True
    return shown


def _small(entry: Mapping[str, Any]) -> bool:
    """Whether one to four pupils are counted, or are all that there are with those left out."""
    counted: int = entry["denominator"]
    everyone: int = counted + sum(entry["excluded"].values())
    return 0 < counted < FEWEST or 0 < everyone < FEWEST


def _keys(session: Session, table: Any, where: Any) -> set[str]:
    return set(session.execute(select(table.key).where(where)).scalars())
