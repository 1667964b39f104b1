"""Open duties as a set: what decides who answers for them, far fewer rows than tasks."""

from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, case, exists, func, or_, select

from iopflow.models import Scope, What, another, metadata
from iopflow.queries.holders import Duty
from iopflow.queries.prepared import among
from iopflow.roles import Place

OVER = (What.DONE, What.HELD, What.NOT_APPLICABLE)


def open_duties(*columns: str, over: tuple[What, ...] = OVER) -> Select[Any]:
    """SQL: tasks of schools with nothing done on them, by school, scope, step and what holds them.

    The pupil is told apart only where somebody holds a role for that pupil alone. `columns` are
    more of the task's own, `over` the words that end a duty. Asks for `schools`, `years`, `first`
    and `last` (due from one day to another) and `today`.
    """
    task, school = metadata.tables["task"], metadata.tables["school"]
    stay, pupil = another("enrolment"), another("pupil")
    grant = another("role_grant")
    first, last, today = (bindparam(name, type_=Date) for name in ("first", "last", "today"))
    of_pupil = task.c.scope == Scope.PUPIL
    held_for_pupil = exists(
        select(grant.c.id).where(
            grant.c.at_kind == Place.PUPIL.value,
            grant.c.at_id == task.c.subject_id,
            grant.c.starts <= today,
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
        )
    )
    return (
        select(
            task.c.school_id,
            task.c.scope,
            task.c.step,
            *(task.c[name] for name in columns),
            case((and_(of_pupil, held_for_pupil), task.c.subject_id)).label("pupil_id"),
            case((task.c.scope == Scope.UNIT, task.c.subject_id)).label("unit_id"),
            stay.c.class_id,
            pupil.c.ppt_id,
        )
        .select_from(task)
        .join(school, school.c.id == task.c.school_id)
        .outerjoin(
            stay,
            and_(
                of_pupil,
                stay.c.school_id == task.c.school_id,
                stay.c.pupil_id == task.c.subject_id,
                or_(stay.c.ends.is_(None), stay.c.ends >= today),
            ),
        )
        .outerjoin(pupil, and_(of_pupil, pupil.c.id == task.c.subject_id))
        .where(
            among(task.c.school_id, "schools"),
            among(task.c.year, "years"),
            task.c.due >= first,
            task.c.due <= last,
            task.c.due >= func.coalesce(school.c.live_from, today),
            or_(task.c.scope != Scope.PUPIL, stay.c.id.is_not(None)),
            ~_happened(task, over),
        )
    )


def open_of_networks() -> Select[Any]:
    """SQL: the meetings of `networks` that are due from `first` to `last` and not held."""
    task = metadata.tables["task"]
    first, last = (bindparam(name, type_=Date) for name in ("first", "last"))
    return select(task.c.subject_id.label("network_id"), task.c.step).where(
        task.c.scope == Scope.NETWORK,
        among(task.c.subject_id, "networks"),
        task.c.due >= first,
        task.c.due <= last,
        ~_happened(task, OVER),
    )


def duty_of(row: Any) -> Duty:
    """Where a duty of `open_duties` lies."""
    if row.scope is Scope.PUPIL:
        return Duty(row.school_id, row.pupil_id, row.ppt_id, row.class_id)
    if row.scope is Scope.UNIT:
        return Duty(row.school_id, unit_id=row.unit_id)
    return Duty(row.school_id)


def _happened(task: Any, over: tuple[What, ...]) -> Any:
    done = another("happening")
    return exists(
        select(done.c.id).where(
            done.c.year == task.c.year,
            done.c.subject_id == task.c.subject_id,
            done.c.step == task.c.step,
            or_(*(done.c.what == one for one in over)),
            done.c.scope == task.c.scope,
        )
    )
