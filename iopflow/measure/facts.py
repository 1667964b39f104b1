"""The notation of the definitions as SQL: enrolled, granted, concerned, refused, happened.

Every subquery goes through `there_is`, which names the one table it reads itself: all else it
mentions belongs to the statement around it, however deep it stands.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select

from iopflow.indicators import JUSTIFYING
from iopflow.models import Answer, ConsentKind, Outcome, Scope, What, another


def any_of(value: Any, choices: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a value is one of a few known ones.

    Without the list parameter of `in_`, which is written out anew each time a statement runs.
    """
    return or_(*(value == choice for choice in choices))


def grants(decision: Any) -> ColumnElement[bool]:
    """Whether a vedtak grants anything."""
    return any_of(decision.c.outcome, (Outcome.GRANTED, Outcome.PARTLY))


def there_is(row: Any, *conditions: Any) -> ColumnElement[bool]:
    """EXISTS over one alias, correlated with everything else."""
    return exists(select(row.c.id).where(*conditions).correlate_except(row))


def enrolled(row: Any, day: Any) -> ColumnElement[bool]:
    """Whether an enrolment (a row or alias) covers a day."""
    return and_(row.c.starts <= day, or_(row.c.ends.is_(None), row.c.ends >= day))


def is_enrolled(pupil: Any, school: Any, day: Any) -> ColumnElement[bool]:
    """enrolled(p, d) at a school."""
    row = another("enrolment")
    return there_is(row, row.c.pupil_id == pupil, row.c.school_id == school, enrolled(row, day))


def covering(row: Any, day: Any, as_of: Any) -> ColumnElement[bool]:
    """Whether a vedtak decided by `as_of` grants on a day; only its validity ends it."""
    return and_(
        grants(row),
        row.c.valid_from <= day,
        row.c.valid_to >= day,
        row.c.decided_on <= as_of,
    )


def granted(pupil: Any, day: Any, as_of: Any) -> ColumnElement[bool]:
    """granted(p, d)."""
    row = another("vedtak")
    return there_is(row, row.c.pupil_id == pupil, covering(row, day, as_of))


def concerned(pupil: Any, year: Any, day: Any, as_of: Any) -> ColumnElement[bool]:
    """concerned(p, Z, d): somebody's case for the year Z."""
    need, decision = another("assessment"), another("vedtak")
    return or_(
        granted(pupil, day, as_of),
        there_is(need, need.c.pupil_id == pupil, need.c.year == year, need.c.needed_since <= as_of),
        there_is(
            decision,
            decision.c.pupil_id == pupil,
            decision.c.year == year,
            decision.c.decided_on <= as_of,
        ),
    )


def refused(pupil: Any, kind: ConsentKind, year: Any, as_of: Any) -> ColumnElement[bool]:
    """refused(p, kind, year): the latest answer by `as_of` is no."""
    row, after = another("consent"), another("consent")

    def asked(one: Any) -> ColumnElement[bool]:
        return and_(
            one.c.pupil_id == pupil,
            one.c.kind == kind,
            one.c.year == year,
            one.c.on_day <= as_of,
        )

    newer = there_is(after, asked(after), after.c.on_day > row.c.on_day)
    return there_is(row, asked(row), row.c.answer != Answer.GIVEN, not_(newer))


def happening(alias: Any, pupil: Any, year: Any, step: str, what: What, as_of: Any) -> Any:
    """The condition that `alias` is a pupil's happening of a kind on a step, by `as_of`."""
    return and_(
        alias.c.year == year,
        alias.c.step == step,
        alias.c.what == what,
        alias.c.scope == Scope.PUPIL,
        alias.c.subject_id == pupil,
        alias.c.on_day <= as_of,
    )


def happened(pupil: Any, year: Any, step: str, what: What, as_of: Any) -> ColumnElement[bool]:
    """Whether there is such a happening."""
    row = another("happening")
    return there_is(row, happening(row, pupil, year, step, what, as_of))


def justified(pupil: Any, year: Any, steps: tuple[str, ...], as_of: Any) -> ColumnElement[bool]:
    """Whether a delay on one of the steps has a cause that may justify, and evidence for it."""

    def on(step: str) -> ColumnElement[bool]:
        row = another("happening")
        return there_is(
            row,
            happening(row, pupil, year, step, What.DELAY, as_of),
            any_of(row.c.cause, JUSTIFYING),
            row.c.evidence != "",
        )

    return or_(*(on(step) for step in steps))


def assessed(pupil: Any, year: Any, first_day: Any, as_of: Any) -> ColumnElement[bool]:
    """Whether an assessment received by `as_of` is for the year, or valid on its first day."""
    row = another("assessment")
    return there_is(
        row,
        row.c.pupil_id == pupil,
        row.c.needed_since <= as_of,
        row.c.received_on <= as_of,
        or_(row.c.year == year, row.c.valid_to >= first_day),
    )
