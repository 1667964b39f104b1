"""The people of an owner and what each holds, as far as the viewer administers it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.access import Grant, Viewer, sees_pupil
from iopflow.queries.giving import At, Spot, givers, makes_people, may_give
from iopflow.queries.handing import led
from iopflow.queries.permits import pupils_seen
from iopflow.roles import ROLES, Action, Place, Sight
from iopflow.texts import _, counted, sort_key

FEW = 4  # places of one role that are named in a list


@dataclass(frozen=True, slots=True)
class Held:
    """A role of somebody, as the viewer may see it. `mine`: the viewer administers it."""

    id: int
    person_id: int
    role: str
    place: Place
    at_id: int
    starts: date
    ends: date | None
    for_name: str | None  # whose place it is held in, of a substitute
    mine: bool
    where: str = ""

    @property
    def title(self) -> str:
        """The role in words."""
        return ROLES[self.role].title.get()

    def covers(self, day: date) -> bool:
        """Whether it is held on a day."""
        return self.starts <= day and self.lasts(day)

    def lasts(self, day: date) -> bool:
        """Whether it is held on a day or later."""
        return self.ends is None or self.ends >= day


@dataclass(slots=True)
class Member:
    """A person of the owner with the roles that the viewer administers."""

    id: int
    key: str
    name: str
    email: str | None
    login: str | None
    language: str | None
    refused: bool
    roles: list[Held] = field(default_factory=list)
    elsewhere: int = 0  # roles, now or coming, that others administer

    @property
    def holds_nothing(self) -> bool:
        """Whether there is no role, now or coming, anywhere."""
        return not self.roles and not self.elsewhere


def members(
    session: Session, viewer: Viewer, *, today: date, only: int | None = None
) -> list[Member]:
    """The people of the viewer's owner by name, each with roles of now and of what comes.

    With `only` (a number) that person, with what is over as well.
    """
    person = metadata.tables["person"]
    asked = select(person).where(person.c.owner_id == viewer.owner_id)
    if only is not None:
        asked = asked.where(person.c.id == only)
    found = {
        row.id: Member(
            *(row.id, row.key, row.name, row.email, row.login, row.language),
            row.email is not None and row.email == row.refused_email,
        )
        for row in session.connection().execute(asked)
    }
    for held in _held(session, viewer, today=today, only=only):
        if held.mine:
            found[held.person_id].roles.append(held)
        elif held.lasts(today):
            found[held.person_id].elsewhere += 1
    return sorted(found.values(), key=lambda one: sort_key(one.name))


def _held(session: Session, viewer: Viewer, *, today: date, only: int | None) -> list[Held]:
    grant, away = metadata.tables["role_grant"], metadata.tables["person"].alias("away")
    asked = (
        select(grant, away.c.name.label("for_name"), led(viewer, grant, today=today).label("mine"))
        .outerjoin(away, away.c.id == grant.c.for_id)
        .where(grant.c.owner_id == viewer.owner_id)
        .order_by(grant.c.starts, grant.c.id)
    )
    if only is None:
        asked = asked.where(or_(grant.c.ends.is_(None), grant.c.ends >= today))
    else:
        asked = asked.where(grant.c.person_id == only)
    rows = session.execute(asked).all()
    named = places_named(
        session, viewer, {(Place(row.at_kind), row.at_id) for row in rows if row.mine}
    )
    return [
        Held(
            *(row.id, row.person_id, row.role, Place(row.at_kind), row.at_id),
            *(row.starts, row.ends, row.for_name, bool(row.mine)),
            named.get((Place(row.at_kind), row.at_id), ""),
        )
        for row in rows
    ]


def places_named(session: Session, viewer: Viewer, places: Collection[At]) -> dict[At, str]:
    """Places in words: a class with its school, where they are of several; a pupil by name only for
    one who sees the pupil.
    """
    found: dict[At, str] = {}
    ids: dict[Place, set[int]] = {}
    for place, at_id in places:
        ids.setdefault(place, set()).add(at_id)
    tables = metadata.tables
    named = {
        Place.SCHOOL: tables["school"].c.name,
        Place.PPT: tables["ppt_office"].c.name,
        Place.NETWORK: tables["network"].c.key,
        Place.OWNER: tables["owner"].c.key,
    }
    for place, numbers in ids.items():
        if place is Place.PUPIL:
            found |= _pupils_named(session, viewer, numbers)
        elif place is Place.UNIT:
            found |= _units_named(session, numbers)
        else:
            name = named[place]
            rows = select(name.table.c.id, name).where(name.table.c.id.in_(numbers))
            found |= {(place, number): word for number, word in session.execute(rows)}
    return found


def _units_named(session: Session, numbers: Collection[int]) -> dict[At, str]:
    school, unit = metadata.tables["school"], metadata.tables["unit"]
    rows = session.execute(
        select(unit.c.id, unit.c.name, school.c.name)
        .join(school, school.c.id == unit.c.school_id)
        .where(unit.c.id.in_(numbers))
    ).all()
    several = len({within for _number, _name, within in rows}) > 1
    return {
        (Place.UNIT, number): f"{name}, {within}" if several else name
        for number, name, within in rows
    }


def _pupils_named(session: Session, viewer: Viewer, numbers: Collection[int]) -> dict[At, str]:
    seen = pupils_seen(session, viewer, numbers, Action.SEE) if viewer.sights else set()
    pupil = metadata.tables["pupil"]
    rows = session.execute(select(pupil.c.id, pupil.c.name).where(pupil.c.id.in_(seen)))
    names = {row.id: row.name for row in rows}
    return {(Place.PUPIL, one): names.get(one, _("én elev")) for one in numbers}


def may_change(viewer: Viewer, member: Member, known: Mapping[At, Spot]) -> bool:
    """Whether the viewer may change name and address of the person: where it is oneself, or where
    all that the person holds, now or later, is the viewer's to give.

    A name to log in with is worth all that the person may do.
    """
    if any(grant.place is Place.OWNER for grant in givers(viewer)):
        return True
    if member.id == viewer.person_id:
        return True
    if member.holds_nothing:
        return makes_people(viewer)
    return not member.elsewhere and all(
        may_give(known, one.role, (one.place, one.at_id)) for one in member.roles
    )


def everybody(session: Session, viewer: Viewer) -> list[Any]:
    """The people of the viewer's owner (number, id, name), whatever their roles, by name."""
    person = metadata.tables["person"]
    rows = session.execute(
        select(person.c.id, person.c.key, person.c.name).where(person.c.owner_id == viewer.owner_id)
    )
    return sorted(rows, key=lambda one: sort_key(one.name))


def at_work_in(session: Session, viewer: Viewer, *, today: date) -> dict[int, list[str]]:
    """The names of the schools at which people of the viewer's owner hold a role of today.

    A role at a pupil is held where the pupil goes to school, but for PPT's.
    """
    grant, unit = metadata.tables["role_grant"], metadata.tables["unit"]
    school, stay = metadata.tables["school"], metadata.tables["enrolment"]
    of_school = [name for name, role in ROLES.items() if Action.QUEUE not in role.may]
    goes_to = exists().where(
        grant.c.at_kind == Place.PUPIL.value,
        grant.c.role.in_(of_school),
        stay.c.pupil_id == grant.c.at_id,
        stay.c.school_id == school.c.id,
        stay.c.starts <= today,
        or_(stay.c.ends.is_(None), stay.c.ends >= today),
    )
    rows = session.execute(
        select(grant.c.person_id, school.c.name)
        .outerjoin(unit, and_(grant.c.at_kind == Place.UNIT.value, unit.c.id == grant.c.at_id))
        .join(
            school,
            or_(
                school.c.id == unit.c.school_id,
                and_(grant.c.at_kind == Place.SCHOOL.value, school.c.id == grant.c.at_id),
                goes_to,
            ),
        )
        .where(
            grant.c.owner_id == viewer.owner_id,
            grant.c.starts <= today,
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
        )
        .distinct()
        .order_by(school.c.name)
    )
    found: dict[int, list[str]] = {}
    for person_id, name in rows:
        found.setdefault(person_id, []).append(name)
    return found


def stamp(session: Session, person_id: int) -> str:
    """What a form was shown of a person: another word when anything of it has changed."""
    person, grant = metadata.tables["person"], metadata.tables["role_grant"]
    rows = [
        *session.connection().execute(select(person).where(person.c.id == person_id)),
        *session.connection().execute(
            select(grant).where(grant.c.person_id == person_id).order_by(grant.c.id)
        ),
    ]
    return sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()[:16]


def sees(session: Session, owner_id: int, role: str, at: At, day: date) -> int | None:
    """How many pupils the role at the place shows on a day; None where it shows none at all."""
    if ROLES[role].sight is Sight.NOTHING:
        return None
    pupil, stay = metadata.tables["pupil"], metadata.tables["enrolment"]
    holder = Viewer(0, owner_id, None, (Grant(role, *at),), day)
    statement = (
        select(func.count(pupil.c.id.distinct()))
        .join(stay, stay.c.pupil_id == pupil.c.id)
        .where(
            stay.c.starts <= day,
            or_(stay.c.ends.is_(None), stay.c.ends >= day),
            sees_pupil(holder, pupil.c.id, school_id=stay.c.school_id),
        )
    )
    return int(session.execute(statement).scalar_one())


def summed(roles: Iterable[Held]) -> list[str]:
    """Roles in words, a line for each kind: where, or at how many pupils."""
    at_pupils: Counter[str] = Counter()
    at: dict[str, list[str]] = {}
    for one in roles:
        if one.place is Place.PUPIL:
            at_pupils[one.title] += 1
        elif one.where not in at.setdefault(one.title, []):
            at[one.title].append(one.where)
    lines = []
    for title, places in at.items():
        rest = len(places) - FEW
        more = _(" og {n} til").format(n=rest) if rest > 0 else ""
        lines.append(f"{title} ({', '.join(places[:FEW])}{more})")
    return lines + [
        f"{title} ({counted(n, _('{n} elev'), _('{n} elever'))})" for title, n in at_pupils.items()
    ]


def standing(roles: Sequence[Held], today: date) -> tuple[list[Held], list[Held], list[Held]]:
    """Roles of now, those that come, and those that are over, the last one first."""
    return (
        [one for one in roles if one.covers(today)],
        [one for one in roles if one.starts > today],
        [one for one in roles if not one.lasts(today)][::-1],
    )
