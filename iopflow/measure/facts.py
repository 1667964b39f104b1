"""The notation of the definitions as SQL: enrolled, granted, concerned, refused, done (indicators.md)."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.orm import aliased

from iopflow.indicators import JUSTIFYING
from iopflow.models import Answer, Assessment, Consent, Enrolment, Happening, Outcome, Scope, Vedtak, What
from iopflow.schoolyear import Year

GRANTS = (Outcome.GRANTED, Outcome.PARTLY)


def enrolled(row: Any, day: Any) -> ColumnElement[bool]:
    """Whether an enrolment (a row or alias) covers a day."""
    return and_(row.starts <= day, or_(row.ends.is_(None), row.ends >= day))


def is_enrolled(pupil: Any, school: Any, day: Any) -> ColumnElement[bool]:
    """enrolled(p, d) at a school."""
    row = aliased(Enrolment)
    return exists(
        select(row.id).where(
            row.pupil_id == pupil, row.school_id == school, enrolled(row, day)
        )
    )


def covering(row: Any, day: Any, as_of: Any) -> ColumnElement[bool]:
    """Whether a vedtak grants on a day: only its validity ends it, and it was decided by `as_of`."""
    return and_(
        row.outcome.in_(GRANTS),
        row.valid_from <= day,
        row.valid_to >= day,
        row.decided_on <= as_of,
    )


def granted(pupil: Any, day: Any, as_of: Any) -> ColumnElement[bool]:
    """granted(p, d)."""
    row = aliased(Vedtak)
    return exists(select(row.id).where(row.pupil_id == pupil, covering(row, day, as_of)))


def concerned(pupil: Any, year: Year, day: Any, as_of: Any) -> ColumnElement[bool]:
    """concerned(p, Z, d): somebody's case for the year Z."""
    need, decision = aliased(Assessment), aliased(Vedtak)
    return or_(
        granted(pupil, day, as_of),
        exists(
            select(need.id).where(
                need.pupil_id == pupil, need.year == year.start, need.needed_since <= as_of
            )
        ),
        exists(
            select(decision.id).where(
                decision.pupil_id == pupil,
                decision.year == year.start,
                decision.decided_on <= as_of,
            )
        ),
    )


def refused(pupil: Any, kind: str, year: Year, as_of: Any) -> ColumnElement[bool]:
    """refused(p, kind, year): the latest answer by `as_of` is no."""
    row, after = aliased(Consent), aliased(Consent)

    def asked(one: Any) -> ColumnElement[bool]:
        return and_(
            one.pupil_id == pupil,
            one.kind == kind,
            one.year == year.start,
            one.on_day <= as_of,
        )

    newer = exists(select(after.id).where(asked(after), after.on_day > row.on_day))
    return exists(select(row.id).where(asked(row), row.answer != Answer.GIVEN, not_(newer)))


def happening(alias: Any, pupil: Any, year: Year, step: str, what: What, as_of: Any) -> Any:
    """The condition that `alias` is a pupil's happening of a kind on a step, by `as_of`."""
    return and_(
        alias.year == year.start,
        alias.step == step,
        alias.what == what,
        alias.scope == Scope.PUPIL,
        alias.subject_id == pupil,
        alias.on_day <= as_of,
    )


def happened(pupil: Any, year: Year, step: str, what: What, as_of: Any) -> ColumnElement[bool]:
    """Whether there is such a happening."""
    row = aliased(Happening)
    return exists(select(row.id).where(happening(row, pupil, year, step, what, as_of)))


def justified(
    pupil: Any, year: Year, steps: tuple[str, ...], as_of: Any
) -> ColumnElement[bool]:
    """Whether a delay is excused: a cause that may justify, and evidence for it."""
    row = aliased(Happening)
    return or_(
        *(
            exists(
                select(row.id).where(
                    happening(row, pupil, year, step, What.DELAY, as_of),
                    row.cause.in_(JUSTIFYING),  # type: ignore[union-attr]
                    row.evidence.is_not(None),  # type: ignore[union-attr]
                    row.evidence != "",
                )
            )
            for step in steps
        )
    )


def assessed(pupil: Any, year: Year, first_day: Any, as_of: Any) -> ColumnElement[bool]:
    """Whether an assessment received by `as_of` is for the year, or still valid on its first day."""
    row = aliased(Assessment)
    return exists(
        select(row.id).where(
            row.pupil_id == pupil,
            row.needed_since <= as_of,
            row.received_on <= as_of,
            or_(row.year == year.start, row.valid_to >= first_day),
        )
    )


