"""Each word that a definition asks about a pupil, once, as SQL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, not_, or_, select

from iopflow.indicators import AFTER, Condition, Indicator
from iopflow.measure.calendar import days_between, earlier, later, named_day, served
from iopflow.measure.facts import (
    concerned,
    covering,
    granted,
    happened,
    is_enrolled,
    refused,
    there_is,
)
from iopflow.models import ConsentKind, What, another


@dataclass(frozen=True, slots=True)
class Who:
    """A pupil at a school as SQL; `row` has the named days and what is known of the pupil."""

    part: Indicator
    row: FromClause
    pupil: Any
    school: Any

    @property
    def as_of(self) -> Any:
        """The day to which facts are read."""
        return self.row.c.as_of

    @property
    def served(self) -> Any:
        """The year that the indicator's steps belong to."""
        return served(self.part.serves)

    def day(self, name: str) -> Any:
        """A named day."""
        return named_day(self.row, name)


Test = Callable[[Who, Condition], ColumnElement[bool]]


def _enrolled(who: Who, asked: Condition) -> ColumnElement[bool]:
    return is_enrolled(who.pupil, who.school, who.day(asked.days[0]))


def _granted(who: Who, asked: Condition) -> ColumnElement[bool]:
    return granted(who.pupil, who.day(asked.days[0]), who.as_of)


def _concerned(who: Who, asked: Condition) -> ColumnElement[bool]:
    return concerned(who.pupil, who.served, who.day(asked.days[0]), who.as_of)


def _refused(who: Who, asked: Condition) -> ColumnElement[bool]:
    return refused(who.pupil, ConsentKind(asked.kind), who.served, who.as_of)


def _granted_before(who: Who, asked: Condition) -> ColumnElement[bool]:
    """A vedtak decided before the one day covers the other."""
    before, day = asked.days
    decision = another("vedtak")
    return there_is(
        decision,
        decision.c.pupil_id == who.pupil,
        covering(decision, who.day(day), who.as_of),
        decision.c.decided_on < who.day(before),
    )


def _enrolled_less(who: Who, asked: Condition) -> ColumnElement[bool]:
    """Enrolled at the school on fewer days than asked of a stretch, both ends included.

    Enrolments of one pupil at one school never overlap, so that their days add up to the union.
    """
    start, end = asked.days
    first, last = who.day(start), who.day(end)
    stay = another("enrolment")
    length = (
        days_between(later(stay.c.starts, first), earlier(func.coalesce(stay.c.ends, last), last))
        + 1
    )
    if start.startswith(AFTER):
        length = case((stay.c.starts > first, length), else_=length - 1)
    total = (
        select(func.coalesce(func.sum(length), 0))
        .where(
            stay.c.pupil_id == who.pupil,
            stay.c.school_id == who.school,
            stay.c.starts <= last,
            or_(stay.c.ends.is_(None), stay.c.ends >= first),
        )
        .correlate_except(stay)
        .scalar_subquery()
    )
    return total < asked.fewest


def _not_applicable(who: Who, _asked: Condition) -> ColumnElement[bool]:
    """Every step of the indicator is marked so."""
    return and_(
        *(
            happened(who.pupil, who.served, step, What.NOT_APPLICABLE, who.as_of)
            for step in who.part.steps
        )
    )


CONDITIONS: Mapping[str, Test] = {
    "enrolled": _enrolled,
    "not_enrolled": lambda who, asked: not_(_enrolled(who, asked)),
    "enrolled_less": _enrolled_less,
    "granted": _granted,
    "not_granted": lambda who, asked: not_(_granted(who, asked)),
    "granted_before": _granted_before,
    "concerned": _concerned,
    "refused": _refused,
    "not_applicable": _not_applicable,
    "needed_from": lambda who, asked: who.row.c.needed_since >= who.day(asked.days[0]),
    "started_after": lambda who, asked: who.row.c.late_start > who.day(asked.days[0]),
}


def holds(who: Who, asked: Condition) -> ColumnElement[bool]:
    """Whether a condition holds for a pupil."""
    return CONDITIONS[asked.word](who, asked)
