"""Who holds a duty: the people with the step's role nearest the subject."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, or_, select
from sqlmodel import Session, col

from iopflow.models import Enrolment, Scope, metadata
from iopflow.queries.prepared import among, read
from iopflow.roles import Place

_At = tuple[str, Place, int]  # a role at a place


@dataclass(frozen=True, slots=True)
class Stay:
    """One enrolment."""

    school_id: int
    class_id: int | None
    starts: date
    ends: date | None
    grade: int

    def covers(self, day: date) -> bool:
        """Whether the pupil is enrolled on a day."""
        return self.starts <= day and (self.ends is None or day <= self.ends)

    def not_over(self, day: date) -> bool:
        """Whether the stay lasts to a day or longer, or has not begun."""
        return self.ends is None or self.ends >= day


def pupils_in(units: Select[Any], today: date) -> Select[Any]:
    """SQL: the pupils whose class of today is among the units."""
    return select(col(Enrolment.pupil_id)).where(
        col(Enrolment.class_id).in_(units),
        or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= today),
    )


@cache
def _stays() -> Select[Any]:
    stay = metadata.tables["enrolment"]
    return (
        select(
            stay.c.pupil_id,
            stay.c.school_id,
            stay.c.class_id,
            stay.c.starts,
            stay.c.ends,
            stay.c.grade,
        )
        .where(among(stay.c.pupil_id, "pupils"))
        .order_by(stay.c.starts)
    )


@cache
def _classes() -> Select[Any]:
    unit = metadata.tables["unit"]
    return select(unit.c.id, unit.c.parent_id).where(among(unit.c.school_id, "schools"))


@cache
def _grants() -> Select[Any]:
    """The roles that hold on a day, by owner; in the order of the people's ids.

    Those at schools and units only of the schools asked for: they are the many.
    """
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    unit = metadata.tables["unit"]
    units = select(unit.c.id).where(among(unit.c.school_id, "schools"))
    today = bindparam("today", type_=Date)
    return (
        select(
            grant.c.role,
            grant.c.at_kind,
            grant.c.at_id,
            person.c.id,
            person.c.key,
            grant.c.for_id,
            and_(
                person.c.email.is_not(None),
                or_(person.c.refused_email.is_(None), person.c.refused_email != person.c.email),
            ).label("reached"),
        )
        .join(person, person.c.id == grant.c.person_id)
        .where(
            among(grant.c.owner_id, "owners"),
            grant.c.starts <= today,
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
            or_(
                grant.c.at_kind.not_in((Place.SCHOOL, Place.UNIT)),
                and_(grant.c.at_kind == Place.SCHOOL, among(grant.c.at_id, "schools")),
                and_(grant.c.at_kind == Place.UNIT, grant.c.at_id.in_(units)),
            ),
        )
        .order_by(person.c.key)
    )


def stays_of(session: Session, pupil_ids: Sequence[int]) -> dict[int, list[Stay]]:
    """The enrolments of pupils, oldest first."""
    found: dict[int, list[Stay]] = {}
    for row in read(session, _stays(), pupils=pupil_ids).all():
        found.setdefault(row.pupil_id, []).append(
            Stay(row.school_id, row.class_id, row.starts, row.ends, row.grade)
        )
    return found


def class_on(stays: Sequence[Stay], school_id: int, today: date) -> int | None:
    """The class at a school on a day: today's, else the next one, else the last one."""
    here = [stay for stay in stays if stay.school_id == school_id]
    if not here:
        return None
    now = next((stay for stay in here if stay.covers(today)), None)
    coming = next((stay for stay in here if stay.starts > today), None)
    return (now or coming or here[-1]).class_id


@dataclass(frozen=True, slots=True)
class Duty:
    """Where a duty lies, by numbers: what it is about, and what that belongs to."""

    school_id: int | None
    pupil_id: int | None = None
    ppt_id: int | None = None
    unit_id: int | None = None  # the class, or the avdeling itself
    network_id: int | None = None


@dataclass(frozen=True, slots=True)
class _AtSchool:
    """How a pupil is enrolled at a school today, and so where duties about the pupil lie."""

    stays: bool
    last_day: date | None
    duty: Duty


class Roster:
    """Who holds which role where on one day, at the schools of `owners` (school → owner)."""

    def __init__(
        self, session: Session, *, today: date, owners: Mapping[int, int], more: Iterable[int] = ()
    ) -> None:
        """`more` are owners whose roles count besides those of the schools."""
        self._owner = owners
        self._parent = {
            row.id: row.parent_id for row in read(session, _classes(), schools=list(owners))
        }
        self._grants: dict[_At, dict[int, str]] = {}
        everyone = {*owners.values(), *more}
        self._away: dict[_At, set[int]] = {}
        self._silent: dict[_At, set[int]] = {}
        own: dict[tuple[str, int], str] = {}
        for role, kind, at_id, person_id, key, for_id, reached in read(
            session, _grants(), owners=everyone, schools=list(owners), today=today
        ):
            at = (role, Place(kind), at_id)
            self._grants.setdefault(at, {})[person_id] = key
            if for_id is not None:
                self._away.setdefault(at, set()).add(for_id)
                if not reached:  # whoever is away is reminded all the same: else nobody is
                    self._silent.setdefault(at, set()).add(for_id)
            else:
                own[role, person_id] = key
        for (role, place, at_id), away in self._away.items():
            # Whoever is away from one pupil of a class holds the duty at the class, which is
            # farther than the substitute's role at the pupil, and answers for it all the same.
            held = {one: own[role, one] for one in away if (role, one) in own}
            self._grants[role, place, at_id] |= held

    def people(self, role: str, duty: Duty) -> Mapping[int, str]:
        """Numbers and ids of those who hold the role nearest the duty; several may, or nobody."""
        at = self._nearest(role, duty)
        return self._grants[at] if at is not None else {}

    def _nearest(self, role: str, duty: Duty) -> _At | None:
        """Where the role is held nearest."""
        places = ((role, place, at_id) for place, at_id in self._places(duty))
        return next((at for at in places if self._grants.get(at)), None)

    def present(self, role: str, duty: Duty) -> Mapping[int, str]:
        """Those of them whom a mail reminds: not who has a substitute today. Never nobody where
        somebody holds the duty.
        """
        at = self._nearest(role, duty)
        if at is None:
            return {}
        people = self._grants[at]
        away = self._away.get(at, set()) - self._silent.get(at, set())
        return {n: key for n, key in people.items() if n not in away} or people

    def _places(self, duty: Duty) -> Iterator[tuple[Place, int]]:
        """The places a duty may be held at, nearest first: pupil, class, unit, school, owner."""
        if duty.pupil_id is not None:
            yield Place.PUPIL, duty.pupil_id
        if duty.ppt_id is not None:
            yield Place.PPT, duty.ppt_id
        if duty.network_id is not None:
            yield Place.NETWORK, duty.network_id
        unit = duty.unit_id
        while unit is not None:
            yield Place.UNIT, unit
            unit = self._parent.get(unit)
        if duty.school_id is not None:
            yield Place.SCHOOL, duty.school_id
            yield Place.OWNER, self._owner[duty.school_id]


class Holders:
    """Resolves role and subject to people, for one list of tasks on one day."""

    def __init__(
        self,
        session: Session,
        tasks: Sequence[Any],
        *,
        today: date,
        owners: Mapping[int, int],
        ppt: Mapping[int, int | None],
    ) -> None:
        """`owners` are the owners of the tasks' schools, `ppt` the PPT office of their pupils."""
        self.today = today
        self._ppt = ppt
        self._stays = stays_of(session, list(ppt))
        self._at_schools: dict[tuple[int, int | None], _AtSchool] = {}
        everyone = {row.owner_id for row in tasks}
        self._roster = Roster(session, today=today, owners=owners, more=everyone)

    def stays(self, pupil_id: int, school_id: int | None) -> bool:
        """Whether the pupil is at the school on the day, or will be."""
        return self._at(pupil_id, school_id).stays

    def last_day(self, pupil_id: int, school_id: int | None) -> date | None:
        """The pupil's last day at a school that the pupil has left; None while enrolled there."""
        return self._at(pupil_id, school_id).last_day

    def _at(self, pupil_id: int, school_id: int | None) -> "_AtSchool":
        """What the pupil's enrolments at a school say today: asked again for each of the tasks."""
        found = self._at_schools.get((pupil_id, school_id))
        if found is None:
            here = [one for one in self._stays.get(pupil_id, ()) if one.school_id == school_id]
            stays = any(stay.not_over(self.today) for stay in here)
            ends = [stay.ends for stay in here if stay.ends is not None]
            duty = Duty(
                school_id,
                pupil_id=pupil_id,
                ppt_id=self._ppt.get(pupil_id),
                unit_id=class_on(here, school_id, self.today) if school_id is not None else None,
            )
            last_day = None if stays else max(ends, default=None)
            found = self._at_schools[pupil_id, school_id] = _AtSchool(stays, last_day, duty)
        return found

    def responsible(self, duty: Duty, role: str) -> list[str]:
        """Ids of the people who hold the role nearest the duty; several may, or nobody."""
        return list(self._roster.people(role, duty).values())

    def reminded(self, duty: Duty, role: str) -> list[str]:
        """Ids of those of them whom a mail reminds."""
        return list(self._roster.present(role, duty).values())

    def duty(self, task: Any) -> Duty:
        """Where the duty of a task lies."""
        if task.scope is Scope.PUPIL:
            return self._at(task.subject_id, task.school_id).duty
        if task.scope is Scope.UNIT:
            return Duty(task.school_id, unit_id=task.subject_id)
        if task.scope is Scope.NETWORK:
            return Duty(task.school_id, network_id=task.subject_id)
        return Duty(task.school_id)
