"""Who gets which task: each cohort that a wheel may name, defined once, as SQL over the members.

A *member* is a pupil of a school in the year served: enrolled on its first school day, or arriving
later in the year. The wheel says `cohort = "iop"`; what that means stands here and nowhere else
(decisions: tasks go to those with a vedtak valid on the first school day, or an open need).
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlmodel import col

from iopflow.models import (
    Answer,
    Assessment,
    Consent,
    ConsentKind,
    Enrolment,
    Outcome,
    Vedtak,
    another,
)
from iopflow.schoolyear import Year

GRANTS = (Outcome.GRANTED, Outcome.PARTLY)

Cohort = Callable[[Any], ColumnElement[bool]]

# Each gives a condition on the columns of `members`.
COHORTS: Mapping[str, Cohort] = {
    "enrolled": lambda _member: true(),
    "iop": lambda member: or_(member.c.granted == 1, member.c.need == 1),
    "iop_current": lambda member: and_(
        or_(member.c.granted == 1, member.c.need == 1), member.c.continuing == 1
    ),
    "iop_new": lambda member: and_(
        or_(member.c.granted == 1, member.c.need == 1), member.c.continuing == 0
    ),
    "need": lambda member: member.c.need == 1,
    "uten_vedtak": lambda member: and_(member.c.concerned == 1, member.c.granted == 0),
}


def members(year: Year, school_ids: list[int], pupil_ids: list[int] | None = None) -> Select[Any]:
    """The members of schools in a year, with what the cohorts ask about them.

    Columns: school_id, pupil_id, arrival (None for those there on the first day), first_here, grade
    (in the year served), and 0 or 1 for continuing, granted, need and concerned.
    """
    stays = _stays(year, school_ids, pupil_ids).subquery("stays")
    day = func.coalesce(stays.c.arrival, stays.c.first_day)
    granted = exists(_granting(stays.c.pupil_id, day))
    need = and_(
        exists(
            select(col(Assessment.id)).where(
                col(Assessment.pupil_id) == stays.c.pupil_id, col(Assessment.year) == year.start
            )
        ),
        not_(
            exists(
                select(col(Vedtak.id)).where(
                    col(Vedtak.pupil_id) == stays.c.pupil_id,
                    col(Vedtak.year) == year.start,
                    col(Vedtak.outcome) == Outcome.REFUSED,
                )
            )
        ),
        not_(exists(_refusal(stays.c.pupil_id, year))),
    )
    concerned = or_(
        exists(_granting(stays.c.pupil_id, stays.c.previous_last)),
        exists(
            select(col(Assessment.id)).where(
                col(Assessment.pupil_id) == stays.c.pupil_id, col(Assessment.year) == year.start
            )
        ),
        exists(
            select(col(Vedtak.id)).where(
                col(Vedtak.pupil_id) == stays.c.pupil_id, col(Vedtak.year) == year.start
            )
        ),
    )
    return select(
        stays.c.school_id,
        stays.c.pupil_id,
        stays.c.arrival,
        stays.c.first_here,
        stays.c.grade,
        stays.c.continuing,
        _bit(granted).label("granted"),
        _bit(need).label("need"),
        _bit(concerned).label("concerned"),
    )


def _stays(year: Year, school_ids: list[int], pupil_ids: list[int] | None) -> Select[Any]:
    this = another("school_year")
    before = another("school_year")
    enrolment = Enrolment
    # Without last year's skolerute, mid-June stands for its last school day.
    previous_last = func.coalesce(before.c.last_day, year.previous.on(6, 15))
    starts, ends = col(enrolment.starts), col(enrolment.ends)

    def on(day: Any) -> ColumnElement[bool]:
        return and_(starts <= day, or_(ends.is_(None), ends >= day))

    there = func.max(_bit(on(this.c.first_day)))
    later = func.min(case((starts > this.c.first_day, starts), else_=null()))
    grade = col(enrolment.grade) + year.start - _administrative_year(starts)
    statement: Select[Any] = (
        select(
            col(enrolment.school_id).label("school_id"),
            col(enrolment.pupil_id).label("pupil_id"),
            this.c.first_day.label("first_day"),
            previous_last.label("previous_last"),
            case((there == 1, null()), else_=later).label("arrival"),
            func.min(starts).label("first_here"),
            func.max(grade).label("grade"),
            case((there == 1, func.max(_bit(on(previous_last)))), else_=0).label("continuing"),
        )
        .join(this, and_(this.c.school_id == col(enrolment.school_id), this.c.year == year.start))
        .outerjoin(
            before,
            and_(
                before.c.school_id == col(enrolment.school_id),
                before.c.year == year.previous.start,
            ),
        )
        .where(
            col(enrolment.school_id).in_(school_ids),
            starts <= this.c.last_day,
            or_(ends.is_(None), ends >= year.previous.on(1, 1)),
        )
        .group_by(
            col(enrolment.school_id),
            col(enrolment.pupil_id),
            this.c.first_day,
            before.c.last_day,
        )
        .having(or_(there == 1, later.is_not(None)))
    )
    if pupil_ids is not None:
        statement = statement.where(col(enrolment.pupil_id).in_(pupil_ids))
    return statement


def _granting(pupil: Any, day: Any) -> Select[Any]:
    return select(col(Vedtak.id)).where(
        col(Vedtak.pupil_id) == pupil,
        col(Vedtak.outcome).in_(GRANTS),
        col(Vedtak.valid_from) <= day,
        col(Vedtak.valid_to) >= day,
    )


def _refusal(pupil: Any, year: Year) -> Select[Any]:
    """A refused or withdrawn consent to the assessment that no later answer has replaced."""
    later = another("consent")
    asked = (
        col(Consent.pupil_id) == pupil,
        col(Consent.kind) == ConsentKind.UTREDNING,
        col(Consent.year) == year.start,
    )
    return select(col(Consent.id)).where(
        *asked,
        col(Consent.answer) != Answer.GIVEN,
        not_(
            exists(
                select(later.c.id)
                .where(
                    later.c.pupil_id == pupil,
                    later.c.kind == ConsentKind.UTREDNING,
                    later.c.year == year.start,
                    later.c.on_day > col(Consent.on_day),
                )
                .correlate_except(later)
            )
        ),
    )


def _administrative_year(day: Any) -> ColumnElement[int]:
    """The calendar year in which the school year of a day began (1 August)."""
    begun = case((extract("month", day) >= 8, 0), else_=1)
    return cast(extract("year", day), Integer) - begun


def _bit(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
