"""Who may give which role to whom, and where: the table of roles.GIVES meets the database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.access import Grant, NotAllowed, Viewer, sees_pupil
from iopflow.roles import GIVES, ROLES, Place
from iopflow.texts import _, sort_key

At = tuple[Place, int]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place at which the viewer may give a role: what it is called, and as holder of what."""

    place: Place
    at_id: int
    title: str
    within: str  # the school of a unit or a pupil, where there are several
    givers: tuple[str, ...]

    @property
    def word(self) -> str:
        """The place as a form sends it."""
        return f"{self.place.value}:{self.at_id}"

    def takes(self, role: str) -> bool:
        """Whether the viewer may give the role here."""
        return self.place in ROLES[role].places and any(
            role in GIVES[giver].roles for giver in self.givers
        )


def givers(viewer: Viewer) -> list[Grant]:
    """The roles of today by which the viewer gives roles to others."""
    return [grant for grant in viewer.grants if grant.role in GIVES]


def giveable(viewer: Viewer) -> list[str]:
    """The roles that the viewer may give somewhere, in the order of the table."""
    able = {role for grant in givers(viewer) for role in GIVES[grant.role].roles}
    return [key for key in ROLES if key in able]


def takeable(viewer: Viewer) -> set[str]:
    """The roles that one may take over oneself: those that show no more than one sees already. Who
    leads a school sees all that the roles below do.
    """
    return {
        role
        for grant in givers(viewer)
        for role in (
            GIVES[grant.role].roles if grant.place is Place.SCHOOL else GIVES[grant.role].oneself
        )
    }


def makes_people(viewer: Viewer) -> bool:
    """Whether the viewer may put a new person on the list."""
    return any(GIVES[grant.role].people for grant in givers(viewer))


def spots(session: Session, viewer: Viewer, *, today: date) -> dict[At, Spot]:
    """Every place at which the viewer may give a role, in a constant number of statements."""
    found: dict[At, dict[str, Any]] = {}
    for grant in givers(viewer):
        for at, title, within in _below(session, viewer, grant, today):
            there = found.setdefault(at, {"title": title, "within": within, "givers": []})
            there["givers"].append(grant.role)
    order = list(Place)
    made = [
        Spot(*at, one["title"], one["within"], tuple(dict.fromkeys(one["givers"])))
        for at, one in found.items()
    ]
    made.sort(key=lambda one: (order.index(one.place), sort_key(f"{one.within} {one.title}")))
    return {(one.place, one.at_id): one for one in made}


def require(viewer: Viewer, known: Mapping[At, Spot], role: str, at: At, person_id: int) -> None:
    """Raises NotAllowed unless the viewer may give the person the role at the place."""
    spot = known.get(at)
    if spot is None or not spot.takes(role):
        raise NotAllowed(
            _("Du kan ikke gi rollen {role} der: be en med flere rettigheter.").format(
                role=ROLES[role].title.get()
            )
        )
    if person_id == viewer.person_id and not any(
        role in GIVES[giver].oneself for giver in spot.givers
    ):
        raise NotAllowed(
            _("Ingen gir seg selv rollen {role}: be en annen om å gjøre det.").format(
                role=ROLES[role].title.get()
            )
        )


def may_give(known: Mapping[At, Spot], role: str, at: At) -> bool:
    """Whether the viewer may give the role at the place to others, and so end it too."""
    return at in known and known[at].takes(role)


def _below(
    session: Session, viewer: Viewer, grant: Grant, today: date
) -> Iterator[tuple[At, str, str]]:
    """The places at or below that of a role: place, title and the school it is in."""
    tables = metadata.tables
    school, unit, office = tables["school"], tables["unit"], tables["ppt_office"]
    if grant.place is Place.OWNER:
        yield (Place.OWNER, grant.at_id), _("skoleeieren"), ""
        networks = tables["network"]
        for table, place, title in (
            (school, Place.SCHOOL, school.c.name),
            (office, Place.PPT, office.c.name),
            (networks, Place.NETWORK, networks.c.key),
        ):
            rows = select(table.c.id, title).where(table.c.owner_id == grant.at_id)
            for number, name in session.execute(rows):
                yield (place, number), name, ""
    elif grant.place is Place.SCHOOL:
        rows = select(school.c.id, school.c.name).where(school.c.id == grant.at_id)
        for number, name in session.execute(rows):
            yield (Place.SCHOOL, number), name, ""
    of = {
        Place.OWNER: unit.c.owner_id == grant.at_id,
        Place.SCHOOL: unit.c.school_id == grant.at_id,
        Place.UNIT: or_(unit.c.id == grant.at_id, unit.c.parent_id == grant.at_id),
    }.get(grant.place)
    if of is not None:
        rows = (
            select(unit.c.id, unit.c.name, school.c.name)
            .join(school, school.c.id == unit.c.school_id)
            .where(of)
        )
        for number, name, within in session.execute(rows):
            yield (Place.UNIT, number), name, within
    if GIVES[grant.role].at_pupils:
        for number, name, within in _pupils(session, viewer, grant, today):
            yield (Place.PUPIL, number), name, within


def _pupils(session: Session, viewer: Viewer, grant: Grant, today: date) -> Sequence[Any]:
    """The pupils that the viewer sees by this role, and who are there or will be."""
    pupil, stay, school = (metadata.tables[one] for one in ("pupil", "enrolment", "school"))
    only = replace(viewer, grants=(grant,))
    return session.execute(
        select(pupil.c.id, pupil.c.name, school.c.name)
        .join(stay, stay.c.pupil_id == pupil.c.id)
        .join(school, school.c.id == stay.c.school_id)
        .where(
            or_(stay.c.ends.is_(None), stay.c.ends >= today),
            sees_pupil(only, pupil.c.id, school_id=stay.c.school_id),
        )
        .distinct()
    ).all()
