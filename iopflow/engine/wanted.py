"""Which tasks an opened year wants: members x plan, as one SELECT for each kind of subject.

Members, schools and plan stand in temporary tables while a year is opened; `opening.py` fills them.
Schools with the same wheels and the same skoleruter are of one kind and share its plan.
"""

from typing import Any

from sqlalchemy import (
    Column,
    Date,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlmodel import col

from iopflow.engine.cohorts import COHORTS
from iopflow.engine.ledger import Act
from iopflow.models import Enrolment, School, Scope, Unit, UnitKind, metadata
from iopflow.schoolyear import Year

temporary = MetaData()
plan = Table(
    "opening_plan",
    temporary,
    Column("kind", Integer, index=True),
    Column("step", String),
    Column("scope", String),
    Column("cohort", String),
    Column("grade_from", Integer),
    Column("grade_to", Integer),
    Column("late", Integer),  # 0 any member, 1 only those there on the first day, 2 this arrival
    Column("arrival", Date),
    Column("early", Integer),  # 1 where a day before the pupil came counts too (facts of the case)
    Column("opens", Date),
    Column("due", Date),
    Column("limit_day", Date),
    prefixes=["TEMPORARY"],
)
place = Table(
    "opening_school",
    temporary,
    Column("school_id", Integer, primary_key=True),
    Column("owner_id", Integer),
    Column("kind", Integer, index=True),
    prefixes=["TEMPORARY"],
)
member = Table(
    "opening_member",
    temporary,
    Column("school_id", Integer),
    Column("pupil_id", Integer),
    Column("arrival", Date),
    Column("first_here", Date),
    Column("grade", Integer),
    Column("continuing", Integer),
    Column("granted", Integer),
    Column("need", Integer),
    Column("concerned", Integer),
    prefixes=["TEMPORARY"],
)
COLUMNS = (
    "owner_id",
    "year",
    "subject_id",
    "step",
    "scope",
    "school_id",
    "opens",
    "due",
    "limit_day",
    "moved",
    "batch_id",
)


def wanted_tasks(year: Year, pupil_ids: list[int] | None, act: Act) -> list[Select[Any]]:
    """One SELECT per scope, each giving the columns of COLUMNS for every task the plan wants."""
    wanted = [_pupil_tasks(year, act)]
    if pupil_ids is None:
        wanted += [_unit_tasks(year, act), _school_tasks(year, act), _network_tasks(year, act)]
    return wanted


def _columns(year: Year, act: Act, subject: Any, scope: Scope, school_id: Any) -> list[Any]:
    return [
        place.c.owner_id,
        literal(year.start).label("year"),
        subject.label("subject_id"),
        plan.c.step,
        literal(scope.value, String).label("scope"),
        school_id.label("school_id"),
        plan.c.opens,
        plan.c.due,
        plan.c.limit_day,
        literal(False).label("moved"),
        literal(act.batch_id, Integer).label("batch_id"),
    ]


def _pupil_tasks(year: Year, act: Act) -> Select[Any]:
    in_cohort = or_(
        *(and_(plan.c.cohort == name, holds(member)) for name, holds in COHORTS.items())
    )
    return (
        select(*_columns(year, act, member.c.pupil_id, Scope.PUPIL, member.c.school_id))
        .select_from(member)
        .join(place, place.c.school_id == member.c.school_id)
        .join(plan, plan.c.kind == place.c.kind)
        .where(
            plan.c.scope == Scope.PUPIL.value,
            in_cohort,
            member.c.grade.between(plan.c.grade_from, plan.c.grade_to),
            or_(
                plan.c.late == 0,
                and_(plan.c.late == 1, member.c.arrival.is_(None)),
                and_(plan.c.late == 2, member.c.arrival == plan.c.arrival),
            ),
            # A duty that fell before the pupil came is not this school's.
            or_(
                plan.c.early == 1,
                plan.c.due.is_(None),
                plan.c.due >= func.coalesce(member.c.arrival, member.c.first_here),
            ),
        )
    )


def _unit_tasks(year: Year, act: Act) -> Select[Any]:
    in_use = exists(
        select(col(Enrolment.id))
        .join(member, member.c.pupil_id == col(Enrolment.pupil_id))
        .where(
            col(Enrolment.class_id) == col(Unit.id),
            member.c.school_id == col(Unit.school_id),
            or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= year.on(8, 1)),
            col(Enrolment.starts) <= year.on(7, 31),
        )
    )
    return (
        select(*_columns(year, act, col(Unit.id), Scope.UNIT, place.c.school_id))
        .select_from(plan)
        .join(place, place.c.kind == plan.c.kind)
        .join(Unit, col(Unit.school_id) == place.c.school_id)
        .where(
            # A unit that has closed gets what fell before it did, and nothing after.
            or_(col(Unit.closed_on).is_(None), plan.c.due < col(Unit.closed_on)),
            # What fell before a split was done, or not, by the class that was split.
            or_(
                col(Unit.formed_on).is_(None),
                plan.c.due.is_(None),
                plan.c.due >= col(Unit.formed_on),
            ),
            or_(
                and_(plan.c.scope == "class", col(Unit.kind) == UnitKind.KLASSE, in_use),
                and_(plan.c.scope == "unit", col(Unit.kind) == UnitKind.AVDELING),
            ),
        )
    )


def _school_tasks(year: Year, act: Act) -> Select[Any]:
    school_id = place.c.school_id
    return (
        select(*_columns(year, act, school_id, Scope.SCHOOL, school_id))
        .select_from(plan)
        .join(place, place.c.kind == plan.c.kind)
        .where(plan.c.scope == "school")
    )


def _network_tasks(year: Year, act: Act) -> Select[Any]:
    """A network's step is the same whichever school's plan names it: the earliest due stands."""
    network = metadata.tables["school"].c.network_id
    return (
        select(
            func.min(place.c.owner_id).label("owner_id"),
            literal(year.start).label("year"),
            network.label("subject_id"),
            plan.c.step,
            literal(Scope.NETWORK.value, String).label("scope"),
            literal(None, Integer).label("school_id"),
            func.min(plan.c.opens).label("opens"),
            func.min(plan.c.due).label("due"),
            func.min(plan.c.limit_day).label("limit_day"),
            literal(False).label("moved"),
            literal(act.batch_id, Integer).label("batch_id"),
        )
        .select_from(plan)
        .join(place, place.c.kind == plan.c.kind)
        .join(School, col(School.id) == place.c.school_id)
        .where(plan.c.scope == "network", network.is_not(None))
        .group_by(network, plan.c.step)
    )


def same_task(wanted: Any) -> Any:
    """The task that stands for a wanted row; a network's task has no school."""
    task = metadata.tables["task"]
    return and_(
        task.c.year == wanted.c.year,
        task.c.subject_id == wanted.c.subject_id,
        task.c.step == wanted.c.step,
        task.c.scope == wanted.c.scope,
        # One comparison for both, which SQLite finds by index: an OR would make it try every task.
        task.c.school_id.is_not_distinct_from(wanted.c.school_id),
    )
