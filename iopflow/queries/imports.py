"""The imports that were made, what each wrote, and whom somebody may import for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlmodel import Session, col

from iopflow.models import (
    Enrolment,
    Event,
    ImportBatch,
    Owner,
    Person,
    Pupil,
    School,
    Task,
)
from iopflow.queries.access import Viewer, sees_pupil, visible_schools
from iopflow.roles import GIVEN_BY_SCHOOL, ROLES, Action, Place

BATCH = ("batch", "at", "owner", "by", "by_name", "source", "rows", "tasks", "undone_at")


@dataclass(frozen=True, slots=True)
class Importer:
    """Whoever imports, as far as the rows may say nothing more than the pages would let them say.

    `schools` are those whose rows may be touched (None: all of the owner's), `gives` the roles that
    may be given (None: all), `person_id` who gets none by one's own file, `sees_protected` whether
    pupils with a protected address may be changed, and `sees_names` whether one may be told of
    pupils who are not in the file.
    """

    schools: frozenset[int] | None = None
    person_id: int | None = None
    gives: frozenset[str] | None = None
    sees_protected: bool = True
    sees_names: bool = True


def importer(session: Session, viewer: Viewer) -> Importer:
    """What the viewer may import."""
    allowed = schools(session, viewer)
    sees = viewer.is_everyone or viewer.may(Action.SEE)
    if allowed is None:
        return Importer(person_id=viewer.person_id, sees_names=sees)
    protected = all(
        ROLES[one.role].sees_protected
        for one in viewer.grants
        if one.place is Place.SCHOOL and Action.IMPORT in ROLES[one.role].may
    )
    return Importer(frozenset(allowed), viewer.person_id, GIVEN_BY_SCHOOL, protected, sees)


def schools(session: Session, viewer: Viewer) -> set[int] | None:
    """The schools whose rows the viewer may touch; None is all of the owner's."""
    if viewer.is_everyone or viewer.at(Place.OWNER, Action.IMPORT):
        return None
    found = visible_schools(viewer, session, Action.IMPORT)
    return {one.id for one in found if one.id is not None}


def batches(session: Session, viewer: Viewer) -> list[dict[str, Any]]:
    """The imports that the viewer may see and undo: all of the owner's, or one's own."""

    def of(table: Any) -> Any:
        """How many rows of a table came with the import."""
        count = select(func.count(table.id)).where(col(table.batch_id) == col(ImportBatch.id))
        return count.scalar_subquery()

    statement = (
        select(
            col(ImportBatch.id),
            col(ImportBatch.at),
            col(Owner.key),
            col(Person.key),
            col(Person.name),
            col(ImportBatch.source),
            of(Event),
            of(Task),
            col(ImportBatch.undone_at),
        )
        .join(Owner, col(Owner.id) == col(ImportBatch.owner_id))
        .outerjoin(Person, col(Person.id) == col(ImportBatch.actor_id))
        .order_by(col(ImportBatch.id))
    )
    if not viewer.is_everyone:
        statement = statement.where(col(ImportBatch.owner_id) == viewer.owner_id)
        if not viewer.at(Place.OWNER, Action.IMPORT):
            statement = statement.where(col(ImportBatch.actor_id) == viewer.person_id)
    return [dict(zip(BATCH, row, strict=True)) for row in session.execute(statement)]


def written(session: Session, batch_id: int) -> dict[str, tuple[int, int]]:
    """How many rows of each table of the database an import added and changed, in that order."""
    added = func.sum(case((col(Event.before).is_(None), 1), else_=0))
    changed = func.sum(case((col(Event.before).is_(None), 0), else_=1))
    statement = (
        select(col(Event.table_name), added, changed)
        .where(
            col(Event.batch_id) == batch_id,
            col(Event.row_id).is_not(None),
            col(Event.act) != "undo import",
        )
        .group_by(col(Event.table_name))
    )
    return {table: (int(new), int(old)) for table, new, old in session.execute(statement)}


@dataclass(frozen=True, slots=True)
class Leaver:
    """A pupil who is enrolled and not in a file; `name` is None for who may not read it."""

    enrolment: int
    key: str
    name: str | None
    school: str
    starts: date


def leavers(session: Session, viewer: Viewer, pupils: Collection[int]) -> list[Leaver]:
    """Those of the pupils who are enrolled today where the viewer may import.

    Of a pupil whom the viewer does not see, who imports for all schools gets the id alone, and who
    imports for some gets nothing.
    """
    here = {one.id for one in visible_schools(viewer, session, Action.IMPORT)}
    all_ids = schools(session, viewer) is None
    found: list[Leaver] = []
    numbers = sorted(pupils)
    for first in range(0, len(numbers), _AT_ONCE):
        statement = (
            select(
                col(Enrolment.id),
                col(Pupil.key),
                col(Pupil.name),
                col(School.name),
                col(Enrolment.starts),
                case((sees_pupil(viewer, col(Pupil.id), school_id=col(School.id)), 1), else_=0),
            )
            .join(Pupil, col(Pupil.id) == col(Enrolment.pupil_id))
            .join(School, col(School.id) == col(Enrolment.school_id))
            .where(
                col(Pupil.id).in_(numbers[first : first + _AT_ONCE]),
                col(School.id).in_(here),
                col(Enrolment.starts) <= viewer.today,
                or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) > viewer.today),
            )
            .order_by(col(School.name), col(Pupil.key))
        )
        found += [
            Leaver(number, key, name if sees else None, school, starts)
            for number, key, name, school, starts, sees in session.execute(statement)
            if sees or all_ids
        ]
    return found


def seen(session: Session, viewer: Viewer, pupils: Collection[int]) -> set[int]:
    """Those of the pupils of whom the viewer may read what stands in the database."""
    if not viewer.may(Action.SEE):
        return set()
    numbers = sorted(pupils)
    found: set[int] = set()
    for first in range(0, len(numbers), _AT_ONCE):
        statement = (
            select(col(Pupil.id))
            .join(Enrolment, col(Enrolment.pupil_id) == col(Pupil.id))
            .where(
                col(Pupil.id).in_(numbers[first : first + _AT_ONCE]),
                sees_pupil(viewer, col(Pupil.id), school_id=col(Enrolment.school_id)),
            )
        )
        found |= set(session.execute(statement).scalars())
    return found


_AT_ONCE = 2_000  # numbers in one statement
