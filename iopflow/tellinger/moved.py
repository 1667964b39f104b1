"""What came of a measure, in numbers: its figure in the year it was decided for, and in the next.

Frozen where it is, else as it stands. Nothing is said where either is hidden from the viewer.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow import measure
from iopflow.indicators import BY_CODE, Indicator
from iopflow.models import metadata
from iopflow.queries.access import Viewer
from iopflow.queries.masking import SUMMED, mask
from iopflow.queries.remarks import MeasureRow
from iopflow.schoolyear import Year
from iopflow.tellinger.reading import frozen, is_blank
from iopflow.texts import _, percent

_Place = tuple[str, Year, str]  # school, year, indicator
_Entries = Mapping[_Place, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """A share in the year of a measure, and in the year after; None: not counted yet."""

    name: str
    year: Year
    before: float
    after: float | None

    @property
    def words(self) -> str:
        """As people read it: «P3: 17 % → 94 %»."""
        return f"{self.name}: {arrow(self.before, self.after)}"


def arrow(before: float, after: float | None) -> str:
    """A share and what it became, as people read it: «17 % → 94 %»."""
    now = percent(after, 0) if after is not None else _("ikke telt ennå")
    return f"{percent(before, 0)} → {now}"


def before_after(
    session: Session, viewer: Viewer, rows: Iterable[MeasureRow], *, today: date
) -> dict[int, BeforeAfter]:
    """What came of measures of earlier years, by their number, as the viewer may see it.

    Only those about P1–P10; one is left out where there is no share in either of the years, or
    where the viewer may not see it, or a part of it.
    """
    now = Year.of(today)
    asked = [row for row in rows if row.indicator in BY_CODE and row.year < now]
    found: dict[int, BeforeAfter] = {}
    for owner in sorted({row.owner_id for row in asked}):  # two owners may use the same school id
        found |= _of_owner(session, viewer, [row for row in asked if row.owner_id == owner], today)
    return found


def _of_owner(
    session: Session, viewer: Viewer, rows: Collection[MeasureRow], today: date
) -> dict[int, BeforeAfter]:
    keys = _keys(session, {row.school_id for row in rows})
    entries = _entries(session, viewer, rows, keys, today)
    found = {}
    for row in rows:
        of = keys[row.school_id]
        before = _share(entries, (of, row.year, row.indicator))
        after = _share(entries, (of, row.year.next, row.indicator))
        if before is not None and before.rate is not None and after is not None:
            name = BY_CODE[row.indicator].number
            found[row.id] = BeforeAfter(name, row.year, before.rate, after.rate)
    return found


@dataclass(frozen=True, slots=True)
class _Share:
    """What may be said of a figure: its rate, or (None) that it is not counted yet."""

    rate: float | None


def _share(entries: _Entries, place: _Place) -> _Share | None:
    """The share at a place; None where there is none to say."""
    school, year, code = place
    family = [entries.get((school, year, one.code)) for one in _family(code)]
    entry = entries.get(place)
    # A half could be told from the sum and the other half: hidden is one for all of them.
    if entry is None or any(one is None or one.get("masked") for one in family):
        return None
    if entry["provisional"]:
        return _Share(None)
    if entry["problem"] or not entry["denominator"]:
        return None
    return None if is_blank(entry) else _Share(entry["rate"])


def _family(code: str) -> list[Indicator]:
    """A figure with its sum and the halves of that."""
    whole = SUMMED.get(code, code)
    return [BY_CODE[one] for one in dict.fromkeys((code, whole, *BY_CODE[whole].parts))]


def _entries(
    session: Session,
    viewer: Viewer,
    rows: Collection[MeasureRow],
    keys: Mapping[int, str],
    today: date,
) -> _Entries:
    """The entries of the years of the rows and of the years after, as the viewer may see them."""
    found = {_place(one): one for one in frozen(session, schools=sorted(keys), numbered=True)}
    asked: set[_Place] = set()
    for year in sorted({year for row in rows for year in (row.year, row.year.next)}):
        of = [row for row in rows if year in (row.year, row.year.next)]
        schools = sorted({row.school_id for row in of})
        wanted = {one.code: one for row in of for one in _family(row.indicator)}
        places = {(keys[school], year, code) for school in schools for code in wanted}
        asked |= places
        if places <= found.keys():
            continue  # a year that is frozen whole is not counted again
        live = measure.figures(
            session, schools=schools, year=year, today=today, indicators=list(wanted.values())
        )
        for entry in (one.numbered() for one in live):
            found.setdefault(_place(entry), entry)
    shown = mask(session, viewer, [one for place, one in found.items() if place in asked])
    return {_place(one): one for one in shown}


def _place(entry: Mapping[str, Any]) -> _Place:
    return entry["school"], Year.parse(entry["year"]), entry["indicator"]


def _keys(session: Session, schools: Collection[int]) -> dict[int, str]:
    school = metadata.tables["school"]
    rows = session.execute(select(school.c.id, school.c.key).where(school.c.id.in_(schools)))
    return {row.id: row.key for row in rows}
