"""Who may give a role on to somebody else, and who stands in for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.access import Viewer
from iopflow.queries.holders import stays_of
from iopflow.roles import ROLES, Action, Place


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody who stands in for somebody, from one day to another: people by id and name."""

    away: str
    away_name: str
    taker: str
    taker_name: str
    starts: date
    ends: date
    roles: int


def leads(session: Session, viewer: Viewer, row: Any, *, today: date) -> bool:
    """Whether the viewer leads the place of a role (a row of `role_grant`), by a role of today."""
    above = places_above(session, Place(row.at_kind), row.at_id, today=today)
    return any(
        (grant.place, grant.at_id) in above and Action.HAND_OVER in ROLES[grant.role].may
        for grant in viewer.grants
    )


def places_above(
    session: Session, place: Place, at_id: int, *, today: date
) -> set[tuple[Place, int]]:
    """The place itself and all that hold it: unit, school, PPT office, owner."""
    found = {(place, at_id)}
    units: set[int] = set()
    schools: set[int] = set()
    owner: Any = None
    if place is Place.PUPIL:
        pupil = metadata.tables["pupil"]
        row = session.execute(
            select(pupil.c.ppt_id, pupil.c.owner_id).where(pupil.c.id == at_id)
        ).one()
        owner = row.owner_id
        if row.ppt_id is not None:
            found.add((Place.PPT, row.ppt_id))
        for stay in stays_of(session, [at_id]).get(at_id, ()):
            if stay.not_over(today):
                schools.add(stay.school_id)
                units |= {stay.class_id} if stay.class_id is not None else set()
    elif place is Place.UNIT:
        units = {at_id}
    elif place is Place.SCHOOL:
        schools = {at_id}
    unit, school = metadata.tables["unit"], metadata.tables["school"]
    while units:
        rows = session.execute(select(unit).where(unit.c.id.in_(units))).all()
        found |= {(Place.UNIT, row.id) for row in rows}
        schools |= {row.school_id for row in rows}
        units = {row.parent_id for row in rows if row.parent_id is not None}
    for row in session.execute(
        select(school.c.id, school.c.owner_id).where(school.c.id.in_(schools))
    ):
        found |= {(Place.SCHOOL, row.id), (Place.OWNER, row.owner_id)}
    if place is Place.PPT:
        office = metadata.tables["ppt_office"]
        owner = session.execute(select(office.c.owner_id).where(office.c.id == at_id)).scalar()
    if owner is not None:
        found.add((Place.OWNER, owner))
    return found


def stand_ins(session: Session, people: Sequence[int], *, today: date) -> list[StandIn]:
    """Present and coming substitutions that these people (by number) are part of."""
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    away = person.alias("away")
    rows = session.execute(
        select(
            away.c.key.label("away"),
            away.c.name.label("away_name"),
            person.c.key.label("taker"),
            person.c.name.label("taker_name"),
            grant.c.starts,
            grant.c.ends,
        )
        .join(person, person.c.id == grant.c.person_id)
        .join(away, away.c.id == grant.c.for_id)
        .where(
            grant.c.ends >= today,
            or_(grant.c.person_id.in_(people), grant.c.for_id.in_(people)),
        )
        .order_by(grant.c.starts, away.c.key)
    ).all()
    found: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        found.setdefault((row.away, row.taker), []).append(row)
    return [
        StandIn(
            *(some[0].away, some[0].away_name, some[0].taker, some[0].taker_name),
            min(row.starts for row in some),
            max(row.ends for row in some),
            len(some),
        )
        for some in found.values()
    ]


def people_led(session: Session, viewer: Viewer, *, today: date) -> set[int]:
    """The people (by number) whose roles the viewer may give on: one's own, and those one leads."""
    own = {viewer.person_id} if viewer.person_id is not None else set()
    grant = metadata.tables["role_grant"]
    leading = [
        (one.place, one.at_id) for one in viewer.grants if Action.HAND_OVER in ROLES[one.role].may
    ]
    if not leading:
        return own
    rows = session.execute(
        select(grant.c.person_id, grant.c.at_kind, grant.c.at_id)
        .where(
            grant.c.owner_id == viewer.owner_id,
            grant.c.for_id.is_(None),
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
        )
        .distinct()
    ).all()
    known: dict[tuple[str, int], set[tuple[Place, int]]] = {}
    for row in rows:
        at = (row.at_kind, row.at_id)
        if at not in known:
            known[at] = places_above(session, Place(row.at_kind), row.at_id, today=today)
    return own | {row.person_id for row in rows if known[row.at_kind, row.at_id] & set(leading)}


@dataclass(frozen=True, slots=True)
class OverPlace:
    """A role that somebody has or had over a place, and in whose place (None: their own)."""

    person_id: int
    starts: date
    ends: date
    away: str | None


def stood_in_for(
    session: Session, actors: Sequence[int], above: set[tuple[Place, int]]
) -> list[OverPlace]:
    """The roles of people at some places, of all days."""
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    rows = session.execute(
        select(grant, person.c.key.label("away"))
        .outerjoin(person, person.c.id == grant.c.for_id)
        .where(grant.c.person_id.in_(actors))
    ).all()
    return [
        OverPlace(row.person_id, row.starts, row.ends or date.max, row.away)
        for row in rows
        if (Place(row.at_kind), row.at_id) in above
    ]
