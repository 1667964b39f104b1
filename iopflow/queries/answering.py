"""Which tasks a person may answer for, said to the database: so that a school is not read for one.

It is more than what the person does answer for: who holds a role nearest decides (holders.py), and
the steps before one's own are among them, because they decide how one's own stand.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlmodel import Session, col

from iopflow.models import Enrolment, Pupil, RoleGrant, Scope, Task, Unit
from iopflow.roles import Place
from iopflow.wheel import Step


def may_answer(
    session: Session, steps: Iterable[Step], person_id: int, *, today: date
) -> ColumnElement[bool]:
    """SQL over task: the tasks within a role of the person's, or of a substitute's for them.

    `steps` are all versions of them: a school may have given a step to another role.
    """
    grants = session.execute(
        select(col(RoleGrant.role), col(RoleGrant.at_kind), col(RoleGrant.at_id))
        .where(
            or_(col(RoleGrant.person_id) == person_id, col(RoleGrant.for_id) == person_id),
            col(RoleGrant.starts) <= today,
            or_(col(RoleGrant.ends).is_(None), col(RoleGrant.ends) >= today),
        )
        .distinct()
    )
    places: dict[str, list[ColumnElement[bool]]] = {}
    for role, kind, at_id in grants:
        places.setdefault(role, []).append(_within(Place(kind), at_id))
    of_role: dict[str, set[str]] = {}
    for step in steps:
        of_role.setdefault(step.responsible, set()).update((step.key, *step.hard))
    return or_(
        false(),
        *(
            and_(col(Task.step).in_(sorted(of_role[role])), or_(*at))
            for role, at in places.items()
            if role in of_role
        ),
    )


def _within(place: Place, at_id: int) -> ColumnElement[bool]:
    subject, of_pupil = col(Task.subject_id), col(Task.scope) == Scope.PUPIL
    match place:
        case Place.PUPIL:
            return and_(of_pupil, subject == at_id)
        case Place.PPT:
            return and_(of_pupil, subject.in_(_of(Pupil, col(Pupil.ppt_id) == at_id)))
        case Place.UNIT:
            units = _of(Unit, or_(col(Unit.id) == at_id, col(Unit.parent_id) == at_id))
            pupils = select(col(Enrolment.pupil_id)).where(col(Enrolment.class_id).in_(units))
            return or_(
                and_(col(Task.scope) == Scope.UNIT, subject.in_(units)),
                and_(of_pupil, subject.in_(pupils)),
            )
        case Place.SCHOOL:
            return col(Task.school_id) == at_id
        case Place.NETWORK:
            return and_(col(Task.scope) == Scope.NETWORK, subject == at_id)
        case Place.OWNER:
            return col(Task.owner_id) == at_id


def _of(model: Any, where: ColumnElement[bool]) -> Any:
    return select(model.id).where(where)
