"""Whose turn it is in each case that somebody may see: the list of those who lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from iopflow.lifecycle import Course
from iopflow.models import Pupil, metadata
from iopflow.queries.access import Viewer, sees_pupil
from iopflow.queries.courses import Histories
from iopflow.queries.prepared import among, read
from iopflow.roles import Sight
from iopflow.schoolyear import Year

WHOLE = (Sight.ALL, Sight.NO_TALKS)  # further than the road to an assessment


@dataclass(frozen=True, slots=True)
class Turn:
    """One case in which somebody is waited for."""

    pupil_id: int
    pupil: str
    name: str
    school: str
    unit: str
    grade: int | None
    course: Course

    @property
    def irregular(self) -> bool:
        """Whether something went against a rule."""
        return bool(self.course.irregular)

    def to_json(self) -> dict[str, Any]:
        """The row as the command line prints it; no name."""
        turn, since, following = self.course.turn, self.course.since, self.course.next
        return {
            "pupil": self.pupil,
            "year": str(Year(self.course.year)),
            "school": self.school,
            "unit": self.unit,
            "state": self.course.state.value,
            "title": self.course.state.about.title.get(),
            "turn": turn.value if turn is not None else None,
            "since": since.isoformat() if turn is not None and since is not None else None,
            "days": self.course.days,
            "next": following.get() if following is not None else None,
            "irregular": len(self.course.irregular),
        }


def turns(session: Session, viewer: Viewer, *, today: date) -> list[Turn]:
    """The cases in which somebody is waited for, of the pupils enrolled today or later whom the
    viewer sees whole: those that have waited longest first. A constant number of statements.
    """
    pupils = _pupils(session, viewer, today)
    histories = Histories(session, sorted({row.id for row in pupils}))
    found = []
    for row in pupils:
        for one in histories.courses(row.id, until=today):
            if one.turn is not None:
                grade = histories.grade(row.id, one.year, today)
                found.append(
                    Turn(row.id, row.key, row.name, row.school, row.unit or "", grade, one)
                )
    return sorted(found, key=lambda one: (-one.course.days, one.pupil, one.course.year))


def _pupils(session: Session, viewer: Viewer, today: date) -> Sequence[Any]:
    """The pupils with something registered, once each, with the class of the first stay to come."""
    stay, school = metadata.tables["enrolment"], metadata.tables["school"]
    unit = metadata.tables["unit"]
    rows = session.execute(
        select(
            col(Pupil.id),
            col(Pupil.key),
            col(Pupil.name),
            school.c.key.label("school"),
            unit.c.name.label("unit"),
        )
        .join(stay, stay.c.pupil_id == col(Pupil.id))
        .join(school, school.c.id == stay.c.school_id)
        .outerjoin(unit, unit.c.id == stay.c.class_id)
        .where(
            (stay.c.ends.is_(None)) | (stay.c.ends >= today),
            or_(
                *(
                    sees_pupil(viewer, col(Pupil.id), school_id=stay.c.school_id, sight=one)
                    for one in WHOLE
                )
            ),
        )
        .order_by(col(Pupil.id), stay.c.starts)
    ).all()
    first: dict[int, Any] = {}
    for row in rows:
        first.setdefault(row.id, row)
    with_case = _with_case(session, sorted(first))
    return [row for row in first.values() if row.id in with_case]


def _with_case(session: Session, pupils: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for name in ("assessment", "vedtak", "consent", "case_move"):
        table = metadata.tables[name]
        query = select(table.c.pupil_id).where(among(table.c.pupil_id, "pupils")).distinct()
        found |= set(read(session, query, pupils=pupils).scalars())
    return found
