"""Finding schools, pupils, units and people by the ids of the import tables."""

from collections.abc import Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, func, select
from sqlmodel import Session, SQLModel, col

from iopflow.models import Network, Owner, Person, PptOffice, Pupil, School, Scope, Unit, metadata
from iopflow.queries.prepared import among, read
from iopflow.refusals import Refused
from iopflow.schoolyear import SchoolYear, Year
from iopflow.texts import _


class NotFound(Refused):
    """Nothing of that id is there, or nothing that the asker may see: the two look the same."""


_SUBJECTS = {
    Scope.PUPIL: "pupil",
    Scope.UNIT: "unit",
    Scope.SCHOOL: "school",
    Scope.NETWORK: "network",
}
KINDS: dict[str, type[SQLModel]] = {
    "pupil": Pupil,
    "unit": Unit,
    "school": School,
    "network": Network,
    "person": Person,
    "ppt": PptOffice,
    "owner": Owner,
}


def names(kind: str) -> str:
    """The word for a kind of thing in a sentence."""
    return {
        "pupil": _("eleven"),
        "unit": _("klassen eller avdelingen"),
        "school": _("skolen"),
        "network": _("nettverket"),
        "person": _("personen"),
        "ppt": _("PPT-kontoret"),
        "owner": _("skoleeieren"),
    }[kind]


def all_owners(session: Session) -> list[int]:
    """The numbers of all owners."""
    return list(session.connection().execute(select(metadata.tables["owner"].c.id)).scalars())


def find(session: Session, kind: str, key: str, *, owner_id: int | None = None) -> Any:
    """The row of that id. Raises NotFound, or Refused where two owners have it.

    Two owners may use the same id: `owner:id` says whose is meant (an id holds no colon).
    """
    table: Any = KINDS[kind]
    of_owner, own = split(session, key)
    statement = select(table).where(table.key == own)
    if of_owner is not None and kind != "owner":
        statement = statement.where(table.owner_id == of_owner)
    if owner_id is not None and kind != "owner":
        statement = statement.where(table.owner_id == owner_id)
    rows = session.execute(statement).scalars().all()
    if len(rows) > 1:
        raise Refused(
            _(
                "{what} «{key}» finnes hos flere skoleeiere: skriv skoleeieren foran, "
                "som {owner}:{key}."
            ).format(what=names(kind).capitalize(), key=key, owner=_owner_of(session, rows[0]))
        )
    if not rows:
        raise not_found(session, kind, key, owner_id=owner_id)
    return rows[0]


def split(session: Session, key: str) -> tuple[int | None, str]:
    """An id as `owner:id` in its parts: the owner's number, or None where none is named.

    Raises NotFound for an unknown owner.
    """
    owner, colon, own = key.rpartition(":")
    return (find(session, "owner", owner).id if colon else None), own


def _owner_of(session: Session, row: Any) -> str:
    return session.get_one(Owner, row.owner_id).key


def subjects(
    session: Session, keys: Sequence[str], *, owner_id: int | None = None
) -> list[tuple[Scope, int]]:
    """What the ids of a command's subjects stand for: pupils, units, schools and networks.

    An id that nothing has is left out. Raises Refused where two owners have it.
    """
    found = []
    for key in keys:
        for scope, kind in _SUBJECTS.items():
            try:
                found.append((scope, find(session, kind, key, owner_id=owner_id).number))
            except NotFound:
                continue
    return found


def not_found(session: Session, kind: str, key: str, *, owner_id: int | None = None) -> NotFound:
    """The refusal for an unknown id. Ids of pupils and people are never suggested."""
    hint = ""
    if kind in {"school", "unit", "network", "owner", "ppt"}:
        table: Any = KINDS[kind]
        statement = select(table.key)
        if owner_id is not None and kind != "owner":
            statement = statement.where(table.owner_id == owner_id)
        near = get_close_matches(key, session.execute(statement).scalars().all(), n=3, cutoff=0.5)
        if near:
            hint = " " + _("Mente du {near}?").format(near=", ".join(near))
    return NotFound(
        _("Fant ikke {what} «{key}»: sjekk id-en.").format(what=names(kind), key=key) + hint
    )


def schools(
    session: Session, *, owner_id: int | None = None, network: str | None = None
) -> list[School]:
    """Schools in the order of their ids, of one owner or one network where asked."""
    statement = select(School).order_by(col(School.key))
    if owner_id is not None:
        statement = statement.where(col(School.owner_id) == owner_id)
    if network is not None:
        ids = session.execute(select(col(Network.id)).where(col(Network.key) == network)).scalars()
        statement = statement.where(col(School.network_id).in_(list(ids)))
    return list(session.execute(statement).scalars())


@cache
def _skoleruter(*, some: bool, dated: bool) -> tuple[Select[Any], Select[Any]]:
    """The school years and the days off: of the schools given or all, of years given or all."""
    year, off = metadata.tables["school_year"], metadata.tables["day_off"]
    years = select(
        year.c.school_id,
        year.c.year,
        year.c.first_day,
        year.c.last_day,
        year.c.planning_day,
        year.c.autumn_end,
    )
    days = select(off.c.school_id, off.c.starts, off.c.ends)
    if some:
        years = years.where(among(year.c.school_id, "schools"))
        days = days.where(among(off.c.school_id, "schools"))
    if dated:
        years = years.where(among(year.c.year, "years"))
        first, last = bindparam("first", type_=Date), bindparam("last", type_=Date)
        days = days.where(off.c.starts <= last, func.coalesce(off.c.ends, off.c.starts) >= first)
    return years, days


def calendars(
    session: Session,
    school_ids: Sequence[int] | None = None,
    *,
    only: Sequence[Year] | None = None,
) -> dict[int, dict[Year, SchoolYear]]:
    """The skoleruter of schools: school → year → school year with its days off.

    `only` narrows it to some years, which matters where there are many schools.
    """
    known: dict[str, Any] = {} if school_ids is None else {"schools": school_ids}
    if only:
        known |= {"years": [year.start for year in only]}
        known |= {"first": min(only).on(8, 1), "last": max(only).on(7, 31)}
    years, off = _skoleruter(some=school_ids is not None, dated=bool(only))
    closed: dict[int, set[date]] = {}
    for school_id, starts, ends in read(session, off, **known):
        days = ((ends or starts) - starts).days
        closed.setdefault(school_id, set()).update(
            starts + timedelta(days=n) for n in range(days + 1)
        )
    found: dict[int, dict[Year, SchoolYear]] = {}
    for row in read(session, years, **known):
        year = Year(row.year)
        found.setdefault(row.school_id, {})[year] = SchoolYear(
            year=year,
            first_day=row.first_day,
            last_day=row.last_day,
            planning_day=row.planning_day,
            autumn_end=row.autumn_end,
            days_off=frozenset(closed.get(row.school_id, ())),
        )
    return found
