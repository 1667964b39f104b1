"""What PPT's queue comes to: how many cases, what is lacking, who has them, how far it is."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, select
from sqlmodel import Session

from iopflow.days import add_months
from iopflow.lifecycle import Court
from iopflow.models import Answer, ConsentKind, metadata
from iopflow.queries.access import Viewer
from iopflow.queries.advisers import Adviser
from iopflow.queries.ppt import QueueCase, seen
from iopflow.queries.prepared import among, read
from iopflow.roles import Sight
from iopflow.schoolyear import Year
from iopflow.texts import sort_key

NOBODY = "ingen"  # asks for the cases that no adviser has


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases are asked for: a school by id, an adviser by id (or NOBODY), whose turn it is."""

    school: str = ""
    adviser: str = ""
    turn: Court | None = None

    def holds(self, case: QueueCase) -> bool:
        """Whether a case is one of them."""
        mine = {one.key for one in case.advisers}
        return (
            self.school in ("", case.school)
            and (not self.adviser or self.adviser in (mine or {NOBODY}))
            and (self.turn is None or (case.course.turn is self.turn and not case.delivered))
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What some cases come to. `advisers` are those who have any, by name, and how many."""

    cases: int
    lacking: int
    advisers: tuple[tuple[Adviser, int], ...]
    not_assigned: int
    late: int


def summary(cases: Iterable[QueueCase], *, today: date) -> Summary:
    """Of the cases that somebody is waited for. Who stands in for somebody is no second holder."""
    open_ones = [one for one in cases if not one.delivered and not one.rests]
    held: Counter[Adviser] = Counter()
    for case in open_ones:
        held.update({one for one in case.advisers if one.away is None})
    return Summary(
        len(open_ones),
        sum(bool(one.lacking) for one in open_ones),
        tuple(sorted(held.items(), key=lambda one: (sort_key(one[0].name), one[0].key))),
        sum(not one.advisers for one in open_ones),
        sum(one.due < today for one in open_ones),
    )


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the assessments needed for a year are delivered by a day."""

    delivered: int
    of: int

    @property
    def rate(self) -> float | None:
        """The share, or None where none is needed."""
        return self.delivered / self.of if self.of else None


def shares(
    session: Session, viewer: Viewer, *, today: date, school: str | None = None
) -> tuple[Share, Share]:
    """What is delivered today for the school year that comes, and what was a year ago.

    Of those for whom consent has not been refused: nobody may assess the others.
    """
    coming, then = Year.of(today).next.start, add_months(today, -12)
    pupil, stay = metadata.tables["pupil"], metadata.tables["enrolment"]
    places = metadata.tables["school"]
    where: list[ColumnElement[bool]] = [seen(viewer, Sight.ASSESSMENT)]
    if school is not None:
        where.append(
            pupil.c.id.in_(
                select(stay.c.pupil_id)
                .join(places, places.c.id == stay.c.school_id)
                .where(places.c.key == school)
            )
        )
    statement = _dates().where(*where)
    rows = read(session, statement, first=coming - 1, last=coming).all()
    answers = _answers(session, {row.pupil_id for row in rows})

    def counted(year: int, day: date) -> Share:
        known = [
            row
            for row in rows
            if row.year == year
            and row.needed_since <= day
            and not _said_no(answers.get((row.pupil_id, year), ()), day)
        ]
        there = [row for row in known if row.received_on is not None and row.received_on <= day]
        return Share(len(there), len(known))

    return counted(coming, today), counted(coming - 1, then)


def _answers(session: Session, pupils: Collection[int]) -> dict[tuple[int, int], list[Any]]:
    """The answers on assessment by pupil and year served, in order of days."""
    found: dict[tuple[int, int], list[Any]] = {}
    for row in read(session, _consents(), pupils=pupils):
        found.setdefault((row.pupil_id, row.year), []).append(row)
    return found


def _said_no(answers: Sequence[Any], day: date) -> bool:
    """Whether the last answer by a day was no."""
    last = next((row for row in reversed(answers) if row.on_day <= day), None)
    return last is not None and last.answer is not Answer.GIVEN


@cache
def _consents() -> Select[Any]:
    consent = metadata.tables["consent"]
    return (
        select(consent.c.pupil_id, consent.c.year, consent.c.on_day, consent.c.answer)
        .where(consent.c.kind == ConsentKind.UTREDNING, among(consent.c.pupil_id, "pupils"))
        .order_by(consent.c.on_day, consent.c.id)
    )


@cache
def _dates() -> Select[Any]:
    assessment, pupil = metadata.tables["assessment"], metadata.tables["pupil"]
    first, last = bindparam("first", type_=Integer), bindparam("last", type_=Integer)
    return (
        select(
            assessment.c.pupil_id,
            assessment.c.year,
            assessment.c.needed_since,
            assessment.c.received_on,
        )
        .join(pupil, pupil.c.id == assessment.c.pupil_id)
        .where(assessment.c.year.between(first, last))
    )
