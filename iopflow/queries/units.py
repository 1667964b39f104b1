"""The classes and avdelinger of a school: who is in them from a day, and who has the class."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from iopflow.models import Enrolment, Person, Pupil, RoleGrant, School, Unit, UnitKind
from iopflow.queries.access import Viewer, sees_pupil, visible_schools
from iopflow.queries.places import NotFound
from iopflow.roles import Action, Place
from iopflow.schoolyear import Year
from iopflow.texts import _, sort_key

TEACHER = "kontaktlaerer"


@dataclass(slots=True)
class UnitRow:
    """A class or an avdeling on a day."""

    id: int
    key: str
    name: str
    kind: UnitKind
    parent_id: int | None
    parent: str
    closed_on: date | None
    pupils: int = 0
    teachers: list[str] = field(default_factory=list)

    @property
    def is_class(self) -> bool:
        """Whether pupils are enrolled in it."""
        return self.kind is UnitKind.KLASSE


@dataclass(frozen=True, slots=True)
class InClass:
    """A pupil of a class whom the viewer sees, in the grade of the day."""

    pupil_id: int
    name: str
    class_id: int | None
    grade: int
    starts: date
    ends: date | None


def school_by_number(
    session: Session, viewer: Viewer, number: str | None, action: Action
) -> tuple[School, list[School]]:
    """The school asked for, or the first, and all where the viewer may do it. Raises NotFound."""
    schools = visible_schools(viewer, session, action)
    school = next((one for one in schools if number in (None, "", str(one.id))), None)
    if school is None:
        raise NotFound(_("Fant ikke skolen."))
    return school, schools


def units_of(session: Session, school: School, day: date) -> list[UnitRow]:
    """All units, avdelinger first, with the pupils of a day and who is contact teacher then."""
    units = session.execute(select(Unit).where(col(Unit.school_id) == school.id)).scalars().all()
    names = {one.id: one.name for one in units}
    counted = session.execute(
        select(col(Enrolment.class_id), func.count(func.distinct(col(Enrolment.pupil_id))))
        .where(col(Enrolment.school_id) == school.id, *_on(Enrolment, day))
        .group_by(col(Enrolment.class_id))
    )
    counts: dict[int | None, int] = {row[0]: row[1] for row in counted}
    teachers: dict[int, list[str]] = {}
    held = session.execute(
        select(col(RoleGrant.at_id), col(Person.name))
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(
            col(RoleGrant.role) == TEACHER,
            col(RoleGrant.at_kind) == Place.UNIT.value,
            col(RoleGrant.at_id).in_(list(names)),
            col(RoleGrant.for_id).is_(None),
            *_on(RoleGrant, day),
        )
        .distinct()
    )
    for unit_id, name in held:
        teachers.setdefault(unit_id, []).append(name)
    rows = [
        UnitRow(
            one.number,
            one.key,
            one.name,
            one.kind,
            one.parent_id,
            names.get(one.parent_id, ""),
            one.closed_on,
            counts.get(one.id, 0),
            sorted(teachers.get(one.number, ()), key=sort_key),
        )
        for one in units
    ]
    return sorted(rows, key=lambda one: (one.is_class, sort_key(one.parent), sort_key(one.name)))


def pupils_of(
    session: Session, viewer: Viewer, school: School, day: date, *, class_id: int | None = None
) -> list[InClass]:
    """The pupils of a school on a day whom the viewer sees there, by class and name."""
    asked = (
        select(
            col(Pupil.id),
            col(Pupil.name),
            col(Enrolment.class_id),
            col(Enrolment.grade),
            col(Enrolment.starts),
            col(Enrolment.ends),
        )
        .join(Enrolment, col(Enrolment.pupil_id) == col(Pupil.id))
        .where(
            col(Enrolment.school_id) == school.id,
            *_on(Enrolment, day),
            sees_pupil(viewer, col(Pupil.id), school_id=col(Enrolment.school_id)),
        )
    )
    if class_id is not None:
        asked = asked.where(col(Enrolment.class_id) == class_id)
    found = {
        row.id: InClass(
            row.id,
            row.name,
            row.class_id,
            row.grade + Year.of(day).start - Year.of(row.starts).start,
            row.starts,
            row.ends,
        )
        for row in session.execute(asked.order_by(col(Enrolment.starts)))
    }
    return sorted(found.values(), key=lambda one: sort_key(one.name))


def unit_at(session: Session, viewer: Viewer, number: int, action: Action) -> tuple[School, Unit]:
    """A unit by number at a school where the viewer may do something. Raises NotFound."""
    unit = session.get(Unit, number)
    schools = visible_schools(viewer, session, action)
    school = next((one for one in schools if unit is not None and one.id == unit.school_id), None)
    if unit is None or school is None:
        raise NotFound(_("Fant ikke klassen eller avdelingen."))
    return school, unit


def _on(table: Any, day: date) -> list[Any]:
    return [col(table.starts) <= day, or_(col(table.ends).is_(None), col(table.ends) >= day)]
