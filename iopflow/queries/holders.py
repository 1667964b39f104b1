"""Who holds a duty: the people with the step's role nearest the subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlmodel import Session, col

from iopflow.models import Enrolment, Person, Pupil, RoleGrant, School, Scope, Unit
from iopflow.queries.cases import portions
from iopflow.roles import Place


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


def stays_of(session: Session, pupil_ids: Sequence[int]) -> dict[int, list[Stay]]:
    """The enrolments of pupils, oldest first."""
    found: dict[int, list[Stay]] = {}
    for part in portions(pupil_ids):
        rows = session.execute(
            select(
                col(Enrolment.pupil_id),
                col(Enrolment.school_id),
                col(Enrolment.class_id),
                col(Enrolment.starts),
                col(Enrolment.ends),
                col(Enrolment.grade),
            )
            .where(col(Enrolment.pupil_id).in_(part))
            .order_by(col(Enrolment.starts))
        )
        for row in rows:
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


class Holders:
    """Resolves role and subject to people, for one list of tasks on one day."""

    def __init__(self, session: Session, tasks: Sequence[Any], *, today: date) -> None:
        self.today = today
        pupils = sorted({row.subject_id for row in tasks if row.scope is Scope.PUPIL})
        self._stays = stays_of(session, pupils)
        self._ppt: dict[int, int] = {}
        for part in portions(pupils):
            rows = session.execute(
                select(col(Pupil.id), col(Pupil.ppt_id)).where(
                    col(Pupil.id).in_(part), col(Pupil.ppt_id).is_not(None)
                )
            )
            self._ppt |= {row.id: row.ppt_id for row in rows}
        school_ids = {row.school_id for row in tasks if row.school_id is not None}
        units = session.execute(
            select(col(Unit.id), col(Unit.parent_id)).where(col(Unit.school_id).in_(school_ids))
        )
        self._parent = {row.id: row.parent_id for row in units}
        owner_ids = {row.owner_id for row in tasks}
        self._owner = dict(
            session.execute(
                select(col(School.id), col(School.owner_id)).where(col(School.id).in_(school_ids))
            ).all()
        )
        self._grants: dict[tuple[str, Place, int], list[str]] = {}
        grants = session.execute(
            select(
                col(RoleGrant.role), col(RoleGrant.at_kind), col(RoleGrant.at_id), col(Person.key)
            )
            .join(Person, col(Person.id) == col(RoleGrant.person_id))
            .where(
                col(RoleGrant.owner_id).in_(owner_ids),
                and_(
                    col(RoleGrant.starts) <= today,
                    or_(col(RoleGrant.ends).is_(None), col(RoleGrant.ends) >= today),
                ),
            )
            .order_by(col(Person.key))
        )
        for role, kind, at_id, person in grants:
            self._grants.setdefault((role, Place(kind), at_id), []).append(person)

    def stays(self, pupil_id: int, school_id: int | None) -> bool:
        """Whether the pupil is at the school on the day, or will be."""
        return any(
            stay.school_id == school_id and stay.not_over(self.today)
            for stay in self._stays.get(pupil_id, ())
        )

    def last_day(self, pupil_id: int, school_id: int | None) -> date | None:
        """The pupil's last day at a school that the pupil has left; None while enrolled there."""
        if self.stays(pupil_id, school_id):
            return None
        here = [stay for stay in self._stays.get(pupil_id, ()) if stay.school_id == school_id]
        return max((stay.ends for stay in here if stay.ends is not None), default=None)

    def responsible(self, task: Any, role: str) -> list[str]:
        """Ids of the people who hold the role nearest the subject; several may, or nobody."""
        for place, at_id in self._places(task):
            people = self._grants.get((role, place, at_id))
            if people:
                return list(dict.fromkeys(people))
        return []

    def _places(self, task: Any) -> list[tuple[Place, int]]:
        """The places a duty may be held at, nearest first: pupil, class, unit, school, owner."""
        places: list[tuple[Place, int]] = []
        unit: int | None = None
        if task.scope is Scope.PUPIL:
            places.append((Place.PUPIL, task.subject_id))
            if task.subject_id in self._ppt:
                places.append((Place.PPT, self._ppt[task.subject_id]))
            unit = class_on(self._stays.get(task.subject_id, ()), task.school_id, self.today)
        elif task.scope is Scope.UNIT:
            unit = task.subject_id
        elif task.scope is Scope.NETWORK:
            places.append((Place.NETWORK, task.subject_id))
        while unit is not None:
            places.append((Place.UNIT, unit))
            unit = self._parent.get(unit)
        if task.school_id is not None:
            places.append((Place.SCHOOL, task.school_id))
            places.append((Place.OWNER, self._owner[task.school_id]))
        return places
