"""On which of some subjects a person may act, and which tasks belong to the same subjects."""

from collections.abc import Collection, Iterable

from sqlalchemy import literal, or_, select
from sqlmodel import Session, col

from iopflow.models import Pupil, Scope, Task, Unit
from iopflow.queries.access import Viewer, sees_pupil
from iopflow.queries.places import find, not_found
from iopflow.queries.prepared import among, read
from iopflow.queries.standing import TaskRow
from iopflow.roles import Action, Place

Subject = tuple[Scope, int, int | None]


def known_pupil(session: Session, viewer: Viewer, key: str) -> None:
    """Raises NotFound unless the viewer sees, or has seen, something of the pupil.

    Weaker than `access.pupil`: a school still sees its own tasks for a pupil who has left it.
    """
    pupil = find(session, "pupil", key, owner_id=viewer.owner_id)
    where = [col(Pupil.id) == pupil.id, sees_pupil(viewer, col(Pupil.id))]
    if session.execute(select(col(Pupil.id)).where(*where)).first() is None:
        raise not_found(session, "pupil", key, owner_id=viewer.owner_id)


def pupils_seen(
    session: Session, viewer: Viewer, pupils: Collection[int], action: Action
) -> set[int]:
    """Those of the pupils (by number) on whom a role of the viewer allows the action."""
    seen = sees_pupil(viewer, col(Pupil.id), action=action)
    statement = select(col(Pupil.id)).where(among(col(Pupil.id), "pupils"), seen)
    return set(read(session, statement, pupils=sorted(pupils)).scalars())


def subject_of(row: TaskRow) -> Subject:
    """Whom a task is about: scope, number, and the school whose task it is."""
    return row.scope, row.subject_id, row.school_id


def permitted(
    session: Session, viewer: Viewer, subjects: Collection[Subject], action: Action
) -> set[Subject]:
    """Those of the subjects on which a role of the viewer allows the action.

    A pupil by the rules of `sees_pupil`; a class or avdeling by roles at it, at its parent or
    at its school; a school by roles at it; a network by its coordinator.
    """
    if viewer.is_everyone:
        return set(subjects)
    allowed: set[Subject] = set()
    for school_id in {school for _scope, _id, school in subjects}:
        pupils = sorted(n for scope, n, at in subjects if scope is Scope.PUPIL and at == school_id)
        seen = sees_pupil(viewer, col(Pupil.id), school_id=literal(school_id), action=action)
        rows = read(
            session,
            select(col(Pupil.id)).where(among(col(Pupil.id), "pupils"), seen),
            pupils=pupils,
        )
        allowed |= {(Scope.PUPIL, pupil_id, school_id) for (pupil_id,) in rows}
    allowed |= _units(session, viewer, subjects, action)
    schools = viewer.at(Place.SCHOOL, action)
    networks = viewer.at(Place.NETWORK, Action.FIGURES)
    allowed |= {
        one
        for one in subjects
        if (one[0] is Scope.SCHOOL and one[1] in schools)
        or (one[0] is Scope.NETWORK and one[1] in networks)
    }
    return allowed


def _units(
    session: Session, viewer: Viewer, subjects: Collection[Subject], action: Action
) -> set[Subject]:
    asked = {n: one for one in subjects if (n := one[1]) and one[0] is Scope.UNIT}
    if not asked:
        return set()
    units = viewer.at(Place.UNIT, action)
    rows = session.execute(
        select(col(Unit.id)).where(
            col(Unit.id).in_(list(asked)),
            or_(
                col(Unit.id).in_(units),
                col(Unit.parent_id).in_(units),
                col(Unit.school_id).in_(viewer.at(Place.SCHOOL, action)),
            ),
        )
    )
    return {asked[unit_id] for (unit_id,) in rows}


def ids_around(session: Session, rows: Iterable[TaskRow]) -> list[int]:
    """The numbers of the same subjects' tasks of the year and the one before: the predecessors."""
    wanted: dict[Scope, set[int]] = {}
    years: set[int] = set()
    for row in rows:
        wanted.setdefault(row.scope, set()).add(row.subject_id)
        years |= {row.year.start, row.year.previous.start}
    found: list[int] = []
    for scope, ids in wanted.items():
        found += read(
            session,
            select(col(Task.id)).where(
                col(Task.scope) == scope,
                among(col(Task.subject_id), "subjects"),
                among(col(Task.year), "years"),
            ),
            subjects=ids,
            years=years,
        ).scalars()
    return found
