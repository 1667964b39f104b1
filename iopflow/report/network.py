"""What the schools of the network have: only frozen figures, none of them named."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from sqlmodel import Session

from iopflow.models import Network, School
from iopflow.queries import places
from iopflow.report.content import Middle
from iopflow.report.figures import Entry, apart, newest, public
from iopflow.schoolyear import Year
from iopflow.tellinger import frozen

FEWEST_SCHOOLS = 3  # of two, each would know the other's figure


def middles(session: Session, school: School) -> dict[tuple[Year, str], Middle]:
    """The middle, the lowest and the highest of each year and figure, this school among them.

    Only of figures that were counted by the same definition, the one most schools have used, and
    that are not masked.
    """
    rates: dict[tuple[Year, str], list[tuple[str, float]]] = {}
    for entries in _by_school(session, school).values():
        for (year, code), entry in entries.items():
            if entry["rate"] is not None:
                one = (entry["definition"], entry["rate"])
                rates.setdefault((year, code), []).append(one)
    found = {}
    for (year, code), pairs in rates.items():
        definitions = [definition for definition, _rate in pairs]
        usual = max(sorted(set(definitions)), key=definitions.count)
        same = [rate for definition, rate in pairs if definition == usual]
        if len(same) >= FEWEST_SCHOOLS:
            found[year, code] = Middle(year, len(same), median(same), min(same), max(same))
    return found


def _by_school(session: Session, school: School) -> Mapping[Any, Mapping[tuple[Year, str], Entry]]:
    if school.network_id is None:
        return {}
    network = session.get_one(Network, school.network_id)
    members = places.schools(session, network=network.key)
    kept: dict[tuple[int, str], list[Entry]] = {}
    # Schools of two owners may have the same id, so that they are read owner by owner.
    for owner in sorted({one.owner for one in members}):
        numbers = [one.number for one in members if one.owner == owner]
        for entry in public(session, frozen(session, schools=numbers)):
            kept.setdefault((owner, entry["school"]), []).append(entry)
    return {of: _apart(newest(entries)) for of, entries in kept.items()}


def _apart(entries: Mapping[tuple[Year, str], Entry]) -> dict[tuple[Year, str], Entry]:
    shown: dict[tuple[Year, str], Entry] = {}
    for year in {year for year, _code in entries}:
        of_year = {code: entry for (one, code), entry in entries.items() if one == year}
        shown |= {(year, code): entry for code, entry in apart(of_year).items()}
    return shown
