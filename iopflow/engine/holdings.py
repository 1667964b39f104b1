"""Who holds one role at one place on which days: what a change of people reckons with.

Days are taken from one and given to another in memory, and the rows of `role_grant` follow at the
end. So whatever stood there before (a substitute, a second teacher, roles that overlap), no day is
lost, and no two rows of one person begin on the same day, which the table forbids.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlmodel import Session

from iopflow.engine.ledger import Change, Gone
from iopflow.models import another, metadata
from iopflow.roles import Place

Where = tuple[str, Place, int]  # a role, and the place by number
Days = tuple[date, date]  # the first and the last, both included; date.max: without an end
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Held:
    """Days on which somebody holds the role. `row` is the row of `role_grant`, if there is one."""

    person_id: int
    for_id: int | None
    starts: date
    ends: date
    row: Any = None


class Holding:
    """One role at one place: the days of everybody who holds it, whatever has been done to them."""

    def __init__(self, rows: Iterable[Any]) -> None:
        """`rows` are all rows of `role_grant` of the role and place."""
        self._rows = list(rows)
        self._held = [
            Held(row.person_id, row.for_id, row.starts, row.ends or date.max, row)
            for row in self._rows
        ]

    def held(self) -> list[Held]:
        """Everybody's days, as they are now."""
        return list(self._held)

    def days(self, person_id: int, for_id: int | None, within: Days) -> list[Days]:
        """The days on which somebody holds it, without overlaps, in order."""
        return merged(
            clipped
            for one in self._of(person_id, for_id)
            if (clipped := common((one.starts, one.ends), within)) is not None
        )

    def stand_ins(self, away_id: int) -> set[int]:
        """Who stands in for somebody here, on any day."""
        return {one.person_id for one in self._held if one.for_id == away_id}

    def others(self, person_id: int, within: Days) -> set[tuple[int, int | None]]:
        """Who else holds it on any of the days, each with the one in whose place."""
        return {
            (one.person_id, one.for_id)
            for one in self._held
            if one.person_id != person_id and common((one.starts, one.ends), within) is not None
        }

    def take(self, person_id: int, for_id: int | None, days: Days) -> None:
        """From then on the person does not hold it on these days."""
        first, last = days
        for one in self._of(person_id, for_id):
            if common((one.starts, one.ends), days) is None:
                continue
            if one.ends > last:
                self._held.append(Held(person_id, for_id, last + _DAY, one.ends))
            if one.starts < first:
                one.ends = first - _DAY
            else:
                self._held.remove(one)

    def give(self, person_id: int, for_id: int | None, days: Days) -> bool:
        """The person holds it on these days. Returns whether that is new for any of them.

        What somebody holds already stays as it is: a role of roles.csv is never made longer, since
        the file would shorten it again.
        """
        gaps = without(days, self.days(person_id, for_id, days))
        for first, last in gaps:
            before = next(
                (
                    one
                    for one in self._of(person_id, for_id)
                    if for_id is not None and one.ends == first - _DAY
                ),
                None,
            )
            if before is not None:
                before.ends = last
            else:
                self._held.append(Held(person_id, for_id, first, last))
        return bool(gaps)

    def settle(self) -> None:
        """Lets no two of one person begin on the same day.

        A role of one's own keeps the day; that of a substitute begins on the next, and the absent
        one is reminded once more: a lost day would be worse.
        """
        seen: dict[tuple[int, date], Held] = {}
        waiting = sorted(self._held, key=_standing)
        self._held = []
        while waiting:
            one = waiting.pop(0)
            there = seen.setdefault((one.person_id, one.starts), one)
            if there is one:
                self._held.append(one)
            elif there.for_id == one.for_id:
                there.ends = max(there.ends, one.ends)
            elif one.starts < one.ends:
                later = Held(one.person_id, one.for_id, one.starts + _DAY, one.ends)
                waiting.append(later)

    def goes(self) -> list[Gone]:
        """The rows that are no more."""
        kept = {one.row.id for one in self._held if one.row is not None}
        return [Gone(row.id, row._asdict()) for row in self._rows if row.id not in kept]

    def changes(self) -> list[Change]:
        """The rows that end on another day."""
        return [
            Change(one.row.id, {"ends": one.row.ends}, {"ends": last(one)}, one.row.owner_id)
            for one in self._held
            if one.row is not None and one.row.ends != last(one)
        ]

    def begins(self) -> list[Held]:
        """What has no row yet."""
        return [one for one in self._held if one.row is None]

    def grows(self) -> list[Held]:
        """What begins, and what lasts longer than before."""
        return [
            one for one in self._held if one.row is None or one.ends > (one.row.ends or date.max)
        ]

    def _of(self, person_id: int, for_id: int | None) -> list[Held]:
        return [one for one in self._held if (one.person_id, one.for_id) == (person_id, for_id)]


def _standing(one: Held) -> tuple[bool, bool, date]:
    """One's own before a substitute's, and what has a row before what has none."""
    return one.for_id is not None, one.row is None, one.starts


def last(one: Held) -> date | None:
    """The last day as the table holds it."""
    return None if one.ends == date.max else one.ends


def common(one: Days, other: Days) -> Days | None:
    """The days that two spans share."""
    first, end = max(one[0], other[0]), min(one[1], other[1])
    return (first, end) if first <= end else None


def merged(spans: Iterable[Days]) -> list[Days]:
    """The same days without overlaps, in order."""
    found: list[Days] = []
    for first, end in sorted(spans):
        if found and (found[-1][1] == date.max or first <= found[-1][1] + _DAY):
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((first, end))
    return found


def without(days: Days, spans: Sequence[Days]) -> list[Days]:
    """The days that no span (in order, without overlaps) covers."""
    found: list[Days] = []
    first, end = days
    for begins, ends in spans:
        if begins > first:
            found.append((first, begins - _DAY))
        if ends >= end:
            return found
        first = max(first, ends + _DAY)
    found.append((first, end))
    return found


def roles_of(session: Session, person_id: int, for_id: int | None, days: Days) -> Sequence[Any]:
    """The roles of somebody on any of the days: their own, or in somebody's place."""
    grant = metadata.tables["role_grant"]
    same = grant.c.for_id.is_(None) if for_id is None else grant.c.for_id == for_id
    first, final = days
    return session.execute(
        select(grant)
        .where(
            grant.c.person_id == person_id,
            same,
            grant.c.starts <= final,
            or_(grant.c.ends.is_(None), grant.c.ends >= first),
        )
        .order_by(grant.c.id)
    ).all()


def holdings_of(
    session: Session, owner_id: int, person_id: int, may: Callable[[Any], bool]
) -> dict[Where, Holding]:
    """Who holds the roles that somebody has, or others in their place: those one may give on."""
    grant, other = metadata.tables["role_grant"], another("role_grant")
    theirs = or_(grant.c.person_id == person_id, grant.c.for_id == person_id)
    places = {where_of(row) for row in session.execute(select(grant).where(theirs)) if may(row)}
    rows = session.execute(
        select(other)
        .join(
            grant,
            and_(
                grant.c.role == other.c.role,
                grant.c.at_kind == other.c.at_kind,
                grant.c.at_id == other.c.at_id,
            ),
        )
        .where(theirs, other.c.owner_id == owner_id)
        .distinct()
        .order_by(other.c.id)
    )
    return _grouped(places, rows)


def holdings_at(
    session: Session, owner_id: int, places: Sequence[Where] | dict[Where, Any]
) -> dict[Where, Holding]:
    """Who holds some roles at some pupils."""
    grant = metadata.tables["role_grant"]
    rows = session.execute(
        select(grant)
        .where(
            grant.c.owner_id == owner_id,
            grant.c.at_kind == Place.PUPIL.value,
            grant.c.at_id.in_({at_id for _role, _place, at_id in places}),
        )
        .order_by(grant.c.id)
    )
    return _grouped(places, rows)


def _grouped(places: Any, rows: Any) -> dict[Where, Holding]:
    found: dict[Where, list[Any]] = {where: [] for where in places}
    for row in rows:
        if where_of(row) in found:
            found[where_of(row)].append(row)
    return {where: Holding(some) for where, some in found.items()}


def where_of(row: Any) -> Where:
    return row.role, Place(row.at_kind), row.at_id
