"""What a person can see and do: the one place that commands, pages, feeds and the API ask.

`iopflow/roles.py` is the table; here it meets the database. What is not visible is not found.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, select, true
from sqlmodel import Session, col

from iopflow.indicators import Indicator
from iopflow.models import (
    Assessment,
    Enrolment,
    Network,
    Person,
    Pupil,
    RoleGrant,
    School,
    Unit,
    another,
)
from iopflow.queries.places import NotFound, find, names, split
from iopflow.refusals import Refused
from iopflow.roles import ROLES, Action, Place, Sight
from iopflow.texts import _
from iopflow.wheel import Step


class NotAllowed(Refused):
    """The person may see it, but not do this."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that is held today, at a place by number.

    `counting` says that pupils are only counted, not shown; `sheltering` that those with a
    protected address are not shown from here, whatever the role.
    """

    role: str
    place: Place
    at_id: int
    counting: bool = False
    sheltering: bool = False

    @property
    def sees_protected(self) -> bool:
        """Whether pupils with a protected address are met with from here: they always count."""
        if self.sheltering:
            return self.counting
        return self.counting or self.place in ROLES[self.role].sees_protected


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who asks: a person with today's roles, an integration with its one role (token_id),
    or the administrator of an embedded database.

    Both numbers are None for the last, who sees and may do everything.
    """

    person_id: int | None = None
    owner_id: int | None = None
    key: str | None = None
    grants: tuple[Grant, ...] = ()
    today: date = field(default=date.max)
    token_id: int | None = None

    @property
    def is_everyone(self) -> bool:
        """The administrator of an embedded database, who works without --by."""
        return self.person_id is None and self.token_id is None

    @property
    def sights(self) -> list[Sight]:
        """How much the roles of today see, the most first."""
        held = {ROLES[grant.role].sight for grant in self.grants}
        return [sight for sight in Sight if sight in held and sight is not Sight.NOTHING]

    def may(self, action: Action) -> bool:
        """Whether any role of today allows the action anywhere."""
        return self.is_everyone or any(action in ROLES[grant.role].may for grant in self.grants)

    def require(self, action: Action) -> None:
        """Raises NotAllowed, in words, unless some role allows the action."""
        if not self.may(action):
            raise NotAllowed(_refusal(action))

    def at(self, place: Place, action: Action) -> set[int]:
        """The places of a kind at which a role allows the action."""
        return {
            grant.at_id
            for grant in self.grants
            if grant.place is place and action in ROLES[grant.role].may
        }


EVERYONE = Viewer()


def viewer(session: Session, key: str | None, *, today: date) -> Viewer:
    """The person with that id and the roles held on a day; None is the administrator."""
    if key is None:
        return EVERYONE
    person: Person = find(session, "person", key)
    return viewer_of(session, Known(person.number, person.owner, key), today=today)


@dataclass(frozen=True, slots=True)
class Known:
    """A person who is known already, by number, owner and id."""

    person_id: int
    owner_id: int
    key: str


def viewer_of(session: Session, person: Any, *, today: date) -> Viewer:
    """The roles that a known person holds on a day (person_id, owner_id and key)."""
    rows = session.execute(
        select(col(RoleGrant.role), col(RoleGrant.at_kind), col(RoleGrant.at_id)).where(
            col(RoleGrant.person_id) == person.person_id,
            col(RoleGrant.starts) <= today,
            or_(col(RoleGrant.ends).is_(None), col(RoleGrant.ends) >= today),
        )
    )
    grants = tuple(Grant(role, Place(kind), at_id) for role, kind, at_id in rows)
    return Viewer(person.person_id, person.owner_id, person.key, grants, today)


def counting(viewer: Viewer, grants: Iterable[Grant]) -> Viewer:
    """The viewer with only these roles, for numbers: protected pupils are among those read."""
    return replace(viewer, grants=tuple(replace(grant, counting=True) for grant in grants))


def sees_pupil(
    viewer: Viewer,
    pupil_id: Any,
    *,
    school_id: Any = None,
    action: Action = Action.SEE,
    sight: Sight | None = None,
) -> ColumnElement[bool]:
    """SQL: whether the viewer may do `action` on a pupil (seeing is the least of them).

    `pupil_id` and `school_id` are columns; with a school, roles at units and schools count only for
    that school, so that a former school does not see what comes after. `sight` narrows it to the
    roles that see so much.
    """
    if viewer.is_everyone:
        return true()
    return or_(
        false(),
        *(
            _from_grant(grant, viewer.today, pupil_id, school_id)
            for grant in viewer.grants
            if action in ROLES[grant.role].may
            and ROLES[grant.role].sight is not Sight.NOTHING
            and sight in (None, ROLES[grant.role].sight)
        ),
    )


def sees_behind(viewer: Viewer, indicator: Indicator, pupil_id: Any) -> ColumnElement[bool]:
    """SQL: whether the viewer may see a pupil behind a figure; those of talks by who sees talks."""
    sight = Sight.ALL if indicator.of_talks else None
    return sees_pupil(viewer, pupil_id, action=Action.EXPLAIN, sight=sight)


def explains_talks(viewer: Viewer) -> bool:
    """Whether a role of the viewer explains figures and sees talks."""
    return viewer.is_everyone or any(
        Action.EXPLAIN in ROLES[one.role].may and ROLES[one.role].sight is Sight.ALL
        for one in viewer.grants
    )


def _from_grant(grant: Grant, today: date, pupil_id: Any, school_id: Any) -> ColumnElement[bool]:
    pupil = another("pupil")
    open_to = true() if grant.sees_protected else pupil.c.protected.is_(False)
    if grant.place is Place.PUPIL:
        if not grant.sheltering:
            return and_(pupil_id == grant.at_id)
        the_one = (pupil.c.id == pupil_id, pupil.c.id == grant.at_id, open_to)
        return exists(select(pupil.c.id).where(*the_one))
    if grant.place is Place.PPT:
        referred = exists(
            select(col(Assessment.id)).where(
                col(Assessment.pupil_id) == pupil.c.id, col(Assessment.referred_on).is_not(None)
            )
        )
        return exists(
            select(pupil.c.id).where(
                pupil.c.id == pupil_id, pupil.c.ppt_id == grant.at_id, open_to, referred
            )
        )
    enrolment = another("enrolment")
    here = [enrolment.c.pupil_id == pupil_id]
    if school_id is not None:
        here.append(enrolment.c.school_id == school_id)
    if grant.place is Place.SCHOOL:
        here.append(enrolment.c.school_id == grant.at_id)
    else:
        unit = another("unit")
        here += [
            or_(enrolment.c.ends.is_(None), enrolment.c.ends >= today),
            enrolment.c.class_id.in_(
                select(unit.c.id).where(
                    or_(unit.c.id == grant.at_id, unit.c.parent_id == grant.at_id)
                )
            ),
        ]
    return exists(
        select(enrolment.c.id).join(pupil, pupil.c.id == enrolment.c.pupil_id).where(*here, open_to)
    )


def sees_unit(viewer: Viewer, unit_id: Any) -> ColumnElement[bool]:
    """SQL: whether the viewer sees a unit's own steps: roles at it, its parent, or its school."""
    if viewer.is_everyone:
        return true()
    units = viewer.at(Place.UNIT, Action.SEE)
    schools = viewer.at(Place.SCHOOL, Action.SEE)
    pupils = viewer.at(Place.PUPIL, Action.COMPLETE)
    sheltered = {grant.at_id for grant in viewer.grants if grant.sheltering}
    open_ones = select(col(Pupil.id)).where(
        col(Pupil.id).in_(pupils & sheltered), col(Pupil.protected).is_(False)
    )
    unit = another("unit")
    return exists(
        select(unit.c.id).where(
            unit.c.id == unit_id,
            or_(
                unit.c.id.in_(units),
                unit.c.parent_id.in_(units),
                unit.c.school_id.in_(schools),
                unit.c.id.in_(
                    select(col(Enrolment.class_id)).where(
                        or_(
                            col(Enrolment.pupil_id).in_(pupils - sheltered),
                            col(Enrolment.pupil_id).in_(open_ones),
                        ),
                        or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= viewer.today),
                    )
                ),
            ),
        )
    )


def sees_step(
    viewer: Viewer, steps: Iterable[Step], step_key: Any, pupil_id: Any, school_id: Any
) -> ColumnElement[bool]:
    """SQL: whether the viewer sees a step of a pupil: each role shows its own kinds of steps.

    Somebody may be rektor of one school and PPT adviser of a pupil at another, and sees of that
    pupil what the adviser sees. `steps` are those that the columns may name.
    """
    if viewer.is_everyone:
        return true()
    known = list(steps)
    return or_(
        false(),
        *(
            and_(
                sees_pupil(viewer, pupil_id, school_id=school_id, sight=sight),
                step_key.in_([step.key for step in known if shows(sight, step)]),
            )
            for sight in viewer.sights
        ),
    )


def sights_of_pupil(session: Session, viewer: Viewer, pupil: Pupil) -> set[Sight]:
    """How much of one pupil the viewer sees, by each of the roles that reach the pupil today."""
    if viewer.is_everyone:
        return {Sight.ALL}
    schools = _schools_of(session, pupil, viewer.today)
    return {
        sight
        for sight in viewer.sights
        if session.execute(
            select(col(Pupil.id)).where(
                col(Pupil.id) == pupil.id,
                or_(
                    *(
                        sees_pupil(viewer, col(Pupil.id), school_id=literal(one), sight=sight)
                        for one in schools
                    )
                ),
            )
        ).first()
        is not None
    }


def sees_road_only(session: Session, viewer: Viewer, pupil: Pupil) -> bool:
    """Whether the viewer sees the road to the assessment, and nothing of what is decided."""
    return not sights_of_pupil(session, viewer, pupil) & {Sight.ALL, Sight.NO_TALKS}


def shows(sight: Sight, step: Step) -> bool:
    """Whether a step is of a kind that a sight shows."""
    match sight:
        case Sight.ALL:
            return True
        case Sight.NO_TALKS:
            return step.kind != "conversation"
        case Sight.ASSESSMENT:
            # The steps on the road to an assessment are those that P1 is fed by.
            return "P1" in step.indicators
        case Sight.NOTHING:
            return False


def visible_schools(viewer: Viewer, session: Session, action: Action) -> list[School]:
    """The schools for which the viewer may do something: figures, imports, roll-overs."""
    statement = select(School).order_by(col(School.key))
    if not viewer.is_everyone:
        units = viewer.at(Place.UNIT, action)
        networks = viewer.at(Place.NETWORK, action)
        keys = select(col(Network.key)).where(col(Network.id).in_(networks))
        statement = statement.where(
            or_(
                col(School.id).in_(viewer.at(Place.SCHOOL, action)),
                col(School.owner_id).in_(viewer.at(Place.OWNER, action)),
                col(School.id).in_(select(col(Unit.school_id)).where(col(Unit.id).in_(units))),
                col(School.network_id).in_(
                    select(col(Network.id)).where(col(Network.key).in_(keys))
                ),
            )
        )
    return list(session.execute(statement).scalars())


def school(session: Session, viewer: Viewer, key: str, action: Action) -> School:
    """A school by id, if the viewer may do the action there. Raises NotFound or NotAllowed."""
    owner_id, own = split(session, key)
    allowed = [
        one
        for one in visible_schools(viewer, session, action)
        if one.key == own and owner_id in (None, one.owner_id)
    ]
    if not allowed:
        if viewer.is_everyone:
            find(session, "school", key)
        viewer.require(action)
        raise NotFound(
            _("Fant ikke {what} «{key}»: sjekk id-en.").format(what=names("school"), key=key)
        )
    if len(allowed) > 1:
        find(session, "school", key)
    return allowed[0]


def pupil(session: Session, viewer: Viewer, key: str, action: Action = Action.SEE) -> Pupil:
    """A pupil by id, if the viewer may do the action on the pupil.

    Raises NotFound where the viewer does not see the pupil, NotAllowed where the act is barred.
    """
    found: Pupil = find(session, "pupil", key, owner_id=viewer.owner_id)
    schools = _schools_of(session, found, viewer.today)
    for asked in (Action.SEE, action):
        seen = [
            sees_pupil(viewer, col(Pupil.id), school_id=literal(school_id), action=asked)
            for school_id in schools
        ]
        allowed = session.execute(
            select(col(Pupil.id)).where(col(Pupil.id) == found.id, or_(*seen))
        ).first()
        if allowed is None:
            if asked is Action.SEE:
                raise NotFound(
                    _("Fant ikke {what} «{key}»: sjekk id-en.").format(what=names("pupil"), key=key)
                )
            raise NotAllowed(_refusal(action))
    return found


def _schools_of(session: Session, pupil: Pupil, today: date) -> list[int]:
    """Where the pupil is enrolled, or will be; else where the pupil was last.

    A school that the pupil has left neither sees nor changes what comes after.
    """
    stays = session.execute(
        select(col(Enrolment.school_id), col(Enrolment.ends))
        .where(col(Enrolment.pupil_id) == pupil.id)
        .order_by(col(Enrolment.starts).desc())
    ).all()
    here = {school_id for school_id, ends in stays if ends is None or ends >= today}
    return sorted(here) or [school_id for school_id, _ends in stays[:1]] or [0]


def _refusal(action: Action) -> str:
    titles: Mapping[Action, str] = {
        Action.SEE: _("se elever og oppgaver"),
        Action.COMPLETE: _("registrere at noe er gjort"),
        Action.DECIDE: _("si at noe ikke er aktuelt, eller flytte en frist"),
        Action.REGISTER_CASE: _("registrere behov, samtykke og vedtak"),
        Action.REGISTER_ASSESSMENT: _("registrere sakkyndig vurdering"),
        Action.IMPORT: _("importere"),
        Action.ROLLOVER: _("åpne et skoleår"),
        Action.GO_LIVE: _("sette oppstartsdato"),
        Action.FIGURES: _("se indikatorene"),
        Action.NETWORK: _("se tallene til nettverket"),
        Action.EXPLAIN: _("se elevene bak indikatorene"),
        Action.VALUES: _("se de registrerte tallene"),
        Action.REGISTER_VALUES: _("registrere tall for skolen"),
        Action.FREEZE: _("fryse en telling"),
        Action.REMARKS: _("se kommentarer og tiltak"),
        Action.MEASURE: _("kommentere tall, vedta tiltak og melde avvik"),
        Action.REPORT: _("lage kvalitetsrapporten"),
        Action.EXPORT: _("eksportere saker"),
        Action.HAND_OVER: _("gi andres oppgaver videre"),
        Action.INVITE: _("innkalle til møter"),
        Action.AUDIT: _("se hvem som har åpnet sidene om elevene"),
        Action.QUEUE: _("se PPT-køen"),
        Action.ASSIGN: _("fordele PPTs saker"),
        Action.MEET_PPT: _("føre møtene med PPT"),
        Action.WHEEL: _("endre skolens årshjul"),
        Action.ADMINISTER: _("administrere"),
    }
    able = [role.title.get() for role in ROLES.values() if action in role.may]
    return _("Rollene dine gir ikke lov til å {what}: det kan {who}.").format(
        what=titles[action], who=", ".join(able)
    )
