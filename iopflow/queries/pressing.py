"""The timers that press in the cases of some schools, read for all their pupils at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

from sqlalchemy import Date, Select, bindparam, exists, or_, select
from sqlmodel import Session

from iopflow.models import another, metadata
from iopflow.queries.courses import Histories, is_case
from iopflow.queries.holders import Duty, Stay, class_on, stays_of
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules, wheel_in_force
from iopflow.queries.timers import Timer, pressing
from iopflow.schoolyear import Year
from iopflow.wheel import Wheel

_KNOWN_BY = ("assessment", "vedtak", "consent", "case_move", "appeal")


@dataclass(frozen=True, slots=True)
class Pressing:
    """A timer of a pupil's case that somebody should still do something about, and where."""

    owner_id: int
    pupil_id: int
    duty: Duty
    timer: Timer


def timers_of(
    session: Session, rules: Rules, schools: Sequence[int], *, today: date, until: date
) -> list[Pressing]:
    """Those of the pupils of some schools that count to a day up to `until`, or are late.

    What counted to a day before the school began with iopflow, or before last school year, is no
    news. A timer lies at the school of the case while the pupil is there, else at the school where
    the pupil is now.
    """
    pupils = read(session, _pupils(), schools=schools, today=today).all()
    if not pupils:
        return []
    ids = sorted({row.id for row in pupils})
    histories, stays = Histories(session, ids), stays_of(session, ids)
    at = sorted({stay.school_id for some in stays.values() for stay in some})
    known = {row.id: row for row in read(session, _schools(), schools=at)}
    ruter = calendars(session, at)
    oldest = Year.of(today).previous.on(8, 1)
    found = []
    for pupil in pupils:
        here = [stay for stay in stays[pupil.id] if stay.not_over(today)]
        for year in histories.years(pupil.id):
            of_case = histories.stay(pupil.id, year, today)
            school = _at(here, of_case.school_id if of_case is not None else 0, today)
            began = known[school].live_from if school in schools else None
            if of_case is None or began is None:
                continue
            wheel = _wheel(rules, known[of_case.school_id].wheel)
            if wheel is None:
                continue
            course = cache(partial(histories.course, pupil.id, year, until=today))
            duty = Duty(school, pupil.id, pupil.ppt_id, class_on(here, school, today))
            found += [
                Pressing(pupil.owner_id, pupil.id, duty, timer)
                for timer in pressing(
                    wheel,
                    ruter.get(of_case.school_id, {}),
                    histories.cases[pupil.id],
                    year,
                    until=today,
                    between=(max(oldest, began), until),
                    grade=histories.grade(pupil.id, year, today),
                    course=course,
                )
                if is_case(course())
            ]
    return found


def _at(here: Sequence[Stay], school: int, today: date) -> int:
    """The school that a case's duties lie at."""
    if any(stay.school_id == school for stay in here):
        return school
    return next((stay for stay in here if stay.covers(today)), here[-1]).school_id


def _wheel(rules: Rules, name: str | None) -> Wheel | None:
    return next(iter(rules.readable(name, in_network=False)), None)


@cache
def _pupils() -> Select[Any]:
    """The pupils of the schools who have, or have had, a case."""
    pupil, stay = metadata.tables["pupil"], another("enrolment")
    today = bindparam("today", type_=Date)
    enrolled = select(stay.c.pupil_id).where(
        among(stay.c.school_id, "schools"), or_(stay.c.ends.is_(None), stay.c.ends >= today)
    )
    known = [
        exists(select(table.c.id).where(table.c.pupil_id == pupil.c.id))
        for table in (another(name) for name in _KNOWN_BY)
    ]
    return (
        select(pupil.c.id, pupil.c.owner_id, pupil.c.ppt_id)
        .where(pupil.c.id.in_(enrolled), or_(*known))
        .order_by(pupil.c.id)
    )


@cache
def _schools() -> Select[Any]:
    school = metadata.tables["school"]
    return select(school.c.id, wheel_in_force(school.c), school.c.live_from).where(
        among(school.c.id, "schools")
    )
