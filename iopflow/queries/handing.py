"""Who may give a role on to somebody else, and who stands in for whom."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.models import Person, another, metadata
from iopflow.queries.access import Known, Viewer, counting, sees_pupil, viewer_of
from iopflow.queries.holders import stays_of
from iopflow.queries.places import KINDS
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import at_work
from iopflow.roles import ROLES, Action, Place, Sight
from iopflow.status import Status
from iopflow.texts import sort_key


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


def led(viewer: Viewer, grant: Any, *, today: date) -> ColumnElement[bool]:
    """SQL over roles (`grant` is role_grant): whether the viewer leads there, by a role of today.

    A head leads the roles at the unit, its classes and their pupils, rektor those of the school, an
    administrator those of the owner. PPT's roles are led by PPT, which leads no others.
    """
    of_ppt = grant.c.role.in_(
        [role.key for role in ROLES.values() if role.sight is Sight.ASSESSMENT]
    )
    conditions: list[ColumnElement[bool]] = [false()]
    for one in viewer.grants:
        if Action.HAND_OVER not in ROLES[one.role].may:
            continue
        if one.place is Place.OWNER:
            conditions.append(grant.c.owner_id == one.at_id)
        elif one.place is Place.PPT:
            conditions.append(and_(of_ppt, held_at(grant, Place.PPT, one.at_id, today)))
        else:
            conditions.append(and_(~of_ppt, held_at(grant, one.place, one.at_id, today)))
    return and_(grant.c.owner_id == viewer.owner_id, or_(*conditions))


def held_at(grant: Any, place: Place, at_id: int, today: date) -> ColumnElement[bool]:
    """SQL over roles: whether a role is held at the place, or at what belongs to it."""
    unit, stay, pupil = another("unit"), another("enrolment"), another("pupil")
    there = and_(grant.c.at_kind == place.value, grant.c.at_id == at_id)
    if place is Place.PPT:
        pupils = select(pupil.c.id).where(pupil.c.ppt_id == at_id)
        return or_(there, and_(grant.c.at_kind == Place.PUPIL.value, grant.c.at_id.in_(pupils)))
    if place is Place.SCHOOL:
        units = select(unit.c.id).where(unit.c.school_id == at_id)
        here = stay.c.school_id == at_id
    else:
        units = select(unit.c.id).where(or_(unit.c.id == at_id, unit.c.parent_id == at_id))
        here = stay.c.class_id.in_(units)
    pupils = select(stay.c.pupil_id).where(here, or_(stay.c.ends.is_(None), stay.c.ends >= today))
    return or_(
        there,
        and_(grant.c.at_kind == Place.UNIT.value, grant.c.at_id.in_(units)),
        and_(grant.c.at_kind == Place.PUPIL.value, grant.c.at_id.in_(pupils)),
    )


def led_roles(session: Session, viewer: Viewer, person_id: int, *, today: date) -> set[int]:
    """The numbers of somebody's roles, and of those others have in their place, that the viewer may
    give on because of leading there.
    """
    grant = metadata.tables["role_grant"]
    rows = session.execute(
        select(grant.c.id).where(
            or_(grant.c.person_id == person_id, grant.c.for_id == person_id),
            led(viewer, grant, today=today),
        )
    )
    return set(rows.scalars())


def people_led(session: Session, viewer: Viewer, *, today: date) -> set[int]:
    """The people (by number) whose roles the viewer may give on: one's own, and those one leads."""
    own = {viewer.person_id} if viewer.person_id is not None else set()
    grant = metadata.tables["role_grant"]
    rows = session.execute(
        select(grant.c.person_id)
        .where(
            led(viewer, grant, today=today),
            grant.c.for_id.is_(None),
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
        )
        .distinct()
    )
    return own | set(rows.scalars())


def seen_from_class(session: Session, pupils: Sequence[int]) -> Callable[[int, str], bool]:
    """Whether a role at a class reaches each of these pupils: not every role does so for those
    with a protected address.
    """
    pupil = metadata.tables["pupil"]
    hidden = set(
        session.execute(
            select(pupil.c.id).where(pupil.c.id.in_(pupils), pupil.c.protected.is_(True))
        ).scalars()
    )
    return lambda number, role: number not in hidden or Place.UNIT in ROLES[role].sees_protected


def places_of_pupils(
    session: Session, pupils: Mapping[int, int | None]
) -> dict[int, set[tuple[Place, int]]]:
    """Where a role over each pupil may be held, by all the pupil's enrolments.

    `pupils` are numbers, each with that of the PPT office.
    """
    stays = stays_of(session, list(pupils))
    unit = metadata.tables["unit"]
    classes = {stay.class_id for some in stays.values() for stay in some}
    parents = {
        row.id: row.parent_id
        for row in read(
            session,
            select(unit.c.id, unit.c.parent_id).where(among(unit.c.id, "units")),
            units=sorted(one for one in classes if one is not None),
        )
    }
    found: dict[int, set[tuple[Place, int]]] = {}
    for pupil_id, ppt_id in pupils.items():
        places = {(Place.PUPIL, pupil_id)}
        if ppt_id is not None:
            places.add((Place.PPT, ppt_id))
        for stay in stays.get(pupil_id, ()):
            places.add((Place.SCHOOL, stay.school_id))
            around = (stay.class_id, parents.get(stay.class_id) if stay.class_id else None)
            places |= {(Place.UNIT, one) for one in around if one is not None}
        found[pupil_id] = places
    return found


def words_of(session: Session, places: Iterable[tuple[Place, int]]) -> dict[tuple[Place, int], str]:
    """Places in the words of roles.csv, as unit:3a."""
    found: dict[tuple[Place, int], str] = {}
    numbers: dict[Place, set[int]] = {}
    for place, at_id in places:
        numbers.setdefault(place, set()).add(at_id)
    for place, ids in numbers.items():
        table: Any = KINDS[place.value]
        for number, key in session.execute(select(table.id, table.key).where(table.id.in_(ids))):
            found[place, number] = f"{place.value}:{key}"
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


def pupils_of(
    session: Session, viewer: Viewer, away: Person, *, today: date
) -> list[tuple[int, str]]:
    """The pupils (number, name) whom both the viewer and whoever is to be away see, by name."""
    pupil, stay = metadata.tables["pupil"], metadata.tables["enrolment"]
    theirs = viewer_of(session, Known(away.number, away.owner, away.key), today=today)
    rows = session.execute(
        select(pupil.c.id, pupil.c.name)
        .join(stay, stay.c.pupil_id == pupil.c.id)
        .where(
            or_(stay.c.ends.is_(None), stay.c.ends >= today),
            sees_pupil(theirs, pupil.c.id, school_id=stay.c.school_id),
            sees_pupil(viewer, pupil.c.id, school_id=stay.c.school_id),
        )
        .distinct()
    )
    return sorted(((row.id, row.name) for row in rows), key=lambda one: sort_key(one[1]))


def tasks_held(session: Session, rules: Rules, person: Person, *, today: date) -> list[TaskRow]:
    """The tasks that somebody answers for and that are open or overdue on a day, by the roles of
    that day; pupils with a protected address are among them.
    """
    known = Known(person.number, person.owner, person.key)
    reader = viewer_of(session, known, today=today)
    return [
        row
        for row in at_work(
            session, rules, counting(reader, reader.grants), today=today, person=person.key
        )
        if row.status in (Status.OPEN, Status.OVERDUE)
    ]


def living_feeds(session: Session, people: Sequence[Person]) -> dict[str, int]:
    """How many calendar feeds that are not revoked each of some people has, by id."""
    feed, person = metadata.tables["feed_token"], metadata.tables["person"]
    rows = session.execute(
        select(person.c.key, func.count().label("n"))
        .join(feed, feed.c.person_id == person.c.id)
        .where(person.c.id.in_([one.id for one in people]), feed.c.revoked_at.is_(None))
        .group_by(person.c.key)
    )
    return {row.key: row.n for row in rows}


@dataclass(frozen=True, slots=True)
class OverPlace:
    """A role that somebody has or had at a place, and in whose place (None: their own)."""

    person_id: int
    starts: date
    ends: date
    away: str | None
    at: tuple[Place, int]


def stood_in_for(
    session: Session, actors: Sequence[int], places: set[tuple[Place, int]]
) -> list[OverPlace]:
    """The roles of people at some places, of all days; also a substitute's that were cut short,
    until the day they were.
    """
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    rows = session.execute(
        select(grant, person.c.key.label("away"))
        .outerjoin(person, person.c.id == grant.c.for_id)
        .where(grant.c.person_id.in_(actors))
    ).all()
    found = [
        OverPlace(row.person_id, row.starts, row.ends or date.max, row.away, at)
        for row in rows
        if (at := (Place(row.at_kind), row.at_id)) in places
    ]
    return found + list(_cut_short(session, actors, places, {row.id: row for row in rows}))


def _cut_short(
    session: Session,
    actors: Sequence[int],
    places: set[tuple[Place, int]],
    there: Mapping[int, Any],
) -> Iterator[OverPlace]:
    """A substitution that is ended during a day was held that day, which its role no longer says.

    `there` are the actors' roles as they stand, by number.
    """
    event, person = metadata.tables["event"], metadata.tables["person"]
    cut = []
    for row in session.execute(
        select(event.c.row_id, event.c.at, event.c.before).where(
            event.c.table_name == "role_grant", event.c.before.is_not(None)
        )
    ):
        now = there[row.row_id]._asdict() if row.row_id in there else {}
        was = now | json.loads(row.before)
        if was.get("person_id") not in actors or was.get("for_id") is None or was["ends"] is None:
            continue
        if (Place(was["at_kind"]), was["at_id"]) in places:
            cut.append((was, min(_day(was["ends"]), local_date(row.at))))
    names = select(person.c.id, person.c.key).where(
        person.c.id.in_({was["for_id"] for was, _until in cut})
    )
    keys = {row.id: row.key for row in session.execute(names)}
    for was, until in cut:
        at = (Place(was["at_kind"]), was["at_id"])
        yield OverPlace(was["person_id"], _day(was["starts"]), until, keys[was["for_id"]], at)


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
