"""What iopflow knows of a school on 1 October, by grade: to type from into GSI.

Everybody who is enrolled that day counts, those with a protected address among them. What GSI asks
for and iopflow does not store (sex, hours, SFO) is left out: nothing here is guessed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from iopflow.models import (
    Enrolment,
    Happening,
    Outcome,
    Pupil,
    School,
    Scope,
    Support,
    SupportKind,
    Vedtak,
    What,
)
from iopflow.queries.access import Viewer, sees_pupil
from iopflow.queries.prepared import among, read
from iopflow.roles import Action
from iopflow.schoolyear import Year

# The steps whose `done` says that the pupil has an IOP for the year.
IOP_STEPS = ("iop.klar_skolestart", "iop.forenklet_nye", "iop.ferdig_nye")
DAY = "10-01"  # of the school year, as the indicators name their days
_GRANTED = (Outcome.GRANTED, Outcome.PARTLY)


@dataclass(slots=True)
class Counts:
    """The numbers of a grade, or of the school."""

    pupils: int = 0
    elsewhere: int = 0  # whose home municipality is another than the school's
    unknown_home: int = 0  # whose home municipality nobody has said
    vedtak: int = 0  # with a granted vedtak that holds that day
    iop: int = 0  # of these, with an IOP recorded by that day
    assistance: int = 0  # with granted personlig assistanse that holds that day (§ 11-4)
    adapted: int = 0  # with granted physical adaptation (§ 11-5)

    def add(self, other: "Counts") -> None:
        """Adds another's numbers."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The day, the numbers of each grade, and of the school; and who has a vedtak and no IOP, by
    the id of the import tables: for the page to narrow to whom the asker sees.
    """

    day: date
    grades: Mapping[int, Counts]
    whole: Counts
    without_iop: Sequence[str] = ()


def counted_on(year: Year) -> date:
    """The day of a school year that GSI asks about."""
    return year.on(int(DAY[:2]), int(DAY[3:]))


def counts_of(session: Session, school: School, year: Year, *, today: date) -> Sheet:
    """The numbers as they stand today, of 1 October of the year (of today before it has come)."""
    day = min(counted_on(year), today)
    stays = _stays(session, school, day)
    pupils = sorted({row.pupil_id for row in stays})
    vedtak = _with_vedtak(session, pupils, day)
    iop = _with_iop(session, pupils, year, day)
    supports = {kind: _with_support(session, pupils, kind, day) for kind in SupportKind}
    grades: dict[int, Counts] = {}
    counted: set[int] = set()
    for row in stays:
        if row.pupil_id in counted:
            continue
        counted.add(row.pupil_id)
        grade = row.grade + Year.of(day).start - Year.of(row.starts).start
        home = (row.home_municipality or "").strip().casefold()
        grades.setdefault(grade, Counts()).add(
            Counts(
                pupils=1,
                elsewhere=int(bool(home) and home != school.municipality.strip().casefold()),
                unknown_home=int(not home),
                vedtak=int(row.pupil_id in vedtak),
                iop=int(row.pupil_id in vedtak & iop),
                assistance=int(row.pupil_id in supports[SupportKind.ASSISTANSE]),
                adapted=int(row.pupil_id in supports[SupportKind.FYSISK]),
            )
        )
    lacks = {row.key for row in stays if row.pupil_id in vedtak - iop}
    return Sheet(day, dict(sorted(grades.items())), _sum(grades.values()), sorted(lacks))


def seen_of(session: Session, viewer: Viewer, school: School, keys: Sequence[str]) -> list[str]:
    """Those of the pupils, by the id of the import tables, whom the viewer may see behind a figure:
    those with a protected address are counted for everybody, and named to few.
    """
    rows = session.execute(
        select(col(Pupil.key)).where(
            col(Pupil.owner_id) == school.owner_id,
            col(Pupil.key).in_(keys),
            sees_pupil(viewer, col(Pupil.id), action=Action.EXPLAIN),
        )
    )
    return list(rows.scalars())


def _sum(some: Iterable[Counts]) -> Counts:
    whole = Counts()
    for one in some:
        whole.add(one)
    return whole


def _stays(session: Session, school: School, day: date) -> Sequence[Any]:
    """Who is enrolled on the day, with the grade of the newest enrolment."""
    return session.execute(
        select(
            col(Enrolment.pupil_id),
            col(Enrolment.starts),
            col(Enrolment.grade),
            col(Pupil.key),
            col(Pupil.home_municipality),
        )
        .join(Pupil, col(Pupil.id) == col(Enrolment.pupil_id))
        .where(
            col(Enrolment.school_id) == school.number,
            col(Enrolment.starts) <= day,
            or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= day),
        )
        .order_by(col(Enrolment.starts).desc())
    ).all()


def _with_vedtak(session: Session, pupils: Collection[int], day: date) -> set[int]:
    statement = select(col(Vedtak.pupil_id)).where(
        among(col(Vedtak.pupil_id), "pupils"),
        col(Vedtak.outcome).in_(_GRANTED),
        col(Vedtak.valid_from) <= day,
        col(Vedtak.valid_to) >= day,
        col(Vedtak.decided_on) <= day,
    )
    return set(read(session, statement, pupils=pupils).scalars())


def _with_iop(session: Session, pupils: Collection[int], year: Year, day: date) -> set[int]:
    statement = select(col(Happening.subject_id)).where(
        among(col(Happening.subject_id), "pupils"),
        col(Happening.scope) == Scope.PUPIL,
        col(Happening.year) == year.start,
        col(Happening.step).in_(IOP_STEPS),
        col(Happening.what) == What.DONE,
        col(Happening.on_day) <= day,
    )
    return set(read(session, statement, pupils=pupils).scalars())


def _with_support(
    session: Session, pupils: Collection[int], kind: SupportKind, day: date
) -> set[int]:
    """Whose support holds on the day: from the decision where no first day is said."""
    begins = func.coalesce(col(Support.valid_from), col(Support.decided_on))
    statement = select(col(Support.pupil_id)).where(
        among(col(Support.pupil_id), "pupils"),
        col(Support.kind) == kind,
        col(Support.outcome).in_(_GRANTED),
        begins <= day,
        or_(col(Support.valid_to).is_(None), col(Support.valid_to) >= day),
    )
    return set(read(session, statement, pupils=pupils).scalars())
