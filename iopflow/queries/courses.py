"""The courses of pupils' cases: the facts and the pupils' circumstances, read for many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from iopflow.facts import CaseFacts
from iopflow.lifecycle import Circumstances, Course, Court, State, course
from iopflow.models import Scope, What, metadata
from iopflow.queries.cases import whole_cases_of
from iopflow.queries.prepared import among, read
from iopflow.schoolyear import Year

CONCERN = "case.melding_rektor"  # the step on which a doubt is reported (§ 11-2)


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay at a school, as a case asks of it."""

    school_id: int
    municipality: str
    starts: date
    ends: date | None
    grade: int


class Histories:
    """The cases of some pupils: read once, run for any year and day."""

    def __init__(self, session: Session, pupil_ids: Sequence[int]) -> None:
        self.cases: Mapping[int, CaseFacts] = whole_cases_of(session, pupil_ids)
        self._pupils = {row.id: row for row in read(session, _pupils(), pupils=pupil_ids)}
        self._stays: dict[int, list[Stay]] = {}
        for row in read(session, _stays(), pupils=pupil_ids):
            stay = Stay(row.school_id, row.municipality, row.starts, row.ends, row.grade)
            self._stays.setdefault(row.pupil_id, []).append(stay)
        schools = sorted({stay.school_id for stays in self._stays.values() for stay in stays})
        self._first = {
            (row.school_id, row.year): row.first_day
            for row in read(session, _first_days(), schools=schools)
        }
        self._concern = {
            (row.subject_id, row.year): row.on_day
            for row in read(session, _concerns(), pupils=pupil_ids)
        }

    def years(self, pupil_id: int) -> tuple[int, ...]:
        """The years served that something is known of, the earliest first."""
        told = {year for pupil, year in self._concern if pupil == pupil_id}
        return tuple(sorted({*self.cases.get(pupil_id, CaseFacts()).years, *told}))

    def stay(self, pupil_id: int, year: int, day: date | None = None) -> Stay | None:
        """The stay a case belongs to on a day: the pupil's in the year served, in which a move that
        is planned has not happened yet; or the first one after it. Without a day it is the last of
        the year, as planned.
        """
        stays, served = self._stays.get(pupil_id, []), Year(year)
        by = min(max(day or date.max, served.on(8, 31)), served.on(7, 31))
        begun = [stay for stay in stays if stay.starts <= by]
        return begun[-1] if begun else next(iter(stays), None)

    def grade(self, pupil_id: int, year: int, day: date) -> int | None:
        """The grade in the year served: that of the stay, plus one each 1 August."""
        stay = self.stay(pupil_id, year, day)
        return stay.grade + year - Year.of(stay.starts).start if stay is not None else None

    def circumstances(
        self, pupil_id: int, year: int, day: date | None = None, *, assessment_only: bool = False
    ) -> Circumstances:
        """What a case for the year asks of the pupil, on a day."""
        pupil, stay = self._pupils[pupil_id], self.stay(pupil_id, year, day)
        ends = [one.ends for one in self._stays.get(pupil_id, [])]
        left = None if None in ends else max((day for day in ends if day), default=None)
        return Circumstances(
            birth_month=pupil.birth_month,
            decider=_decider(pupil.home_municipality, stay),
            first_day=self._first.get((stay.school_id, year)) if stay is not None else None,
            left_on=left,
            concern_on=self._concern.get((pupil_id, year)),
            ends_with_assessment=assessment_only,
        )

    def course(
        self, pupil_id: int, year: int, *, until: date, assessment_only: bool = False
    ) -> Course:
        """A pupil's case for a year as it stood on a day; for PPT the road to the assessment."""
        case = self.cases.get(pupil_id, CaseFacts())
        if assessment_only:
            case = case.until_assessment
        about = self.circumstances(pupil_id, year, until, assessment_only=assessment_only)
        return course(case, year, about, until=until)

    def clock_from(self, pupil_id: int, one: Course) -> date | None:
        """The day from which a case's days are counted: the need, or what came first without one.

        That of P2 as well: what PPT used is the school's delay in the vedtak too.
        """
        row = self.cases.get(pupil_id, CaseFacts()).known_on(one.until).assessment(one.year)
        return row.needed_since if row is not None else one.begun

    def courses(self, pupil_id: int, *, until: date, assessment_only: bool = False) -> list[Course]:
        """All cases of a pupil that had begun on a day, the latest year first."""
        found = [
            self.course(pupil_id, year, until=until, assessment_only=assessment_only)
            for year in reversed(self.years(pupil_id))
        ]
        return [one for one in found if is_case(one)]


def is_case(one: Course) -> bool:
    """Whether anything has begun. A pupil who left before anything was registered has no case."""
    return one.begun is not None and (one.state is not State.ORDINARY or bool(one.irregular))


def _decider(home: str | None, stay: Stay | None) -> Court:
    """Who decides: the home municipality where it is not the school's (domain 2.2)."""
    if home is None or stay is None or _same(home, stay.municipality):
        return Court.SKOLE
    return Court.KOMMUNE


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


@cache
def _pupils() -> Select[Any]:
    pupil = metadata.tables["pupil"]
    return select(pupil.c.id, pupil.c.birth_month, pupil.c.home_municipality).where(
        among(pupil.c.id, "pupils")
    )


@cache
def _stays() -> Select[Any]:
    stay, school = metadata.tables["enrolment"], metadata.tables["school"]
    return (
        select(
            stay.c.pupil_id,
            stay.c.school_id,
            stay.c.starts,
            stay.c.ends,
            stay.c.grade,
            school.c.municipality,
        )
        .join(school, school.c.id == stay.c.school_id)
        .where(among(stay.c.pupil_id, "pupils"))
        .order_by(stay.c.starts, stay.c.id)
    )


@cache
def _first_days() -> Select[Any]:
    rute = metadata.tables["school_year"]
    return select(rute.c.school_id, rute.c.year, rute.c.first_day).where(
        among(rute.c.school_id, "schools")
    )


@cache
def _concerns() -> Select[Any]:
    happening = metadata.tables["happening"]
    return select(happening.c.subject_id, happening.c.year, happening.c.on_day).where(
        happening.c.step == CONCERN,
        happening.c.what == What.DONE,
        happening.c.scope == Scope.PUPIL,
        among(happening.c.subject_id, "pupils"),
    )
