"""What is worth a look before a counting date is frozen: who is missing, late or unclear."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlmodel import Session, col

from iopflow import measure
from iopflow.indicators import BY_CODE, Indicator
from iopflow.measure import TIMED
from iopflow.models import Enrolment, Pupil, School
from iopflow.queries.access import EVERYONE
from iopflow.queries.needs import needs
from iopflow.schoolyear import Year
from iopflow.tellinger.countings import COUNTINGS

OPEN, LATE, UNKNOWN = "open", "recorded_late", "unknown"
NO_CAUSE, NO_MEETING, NO_VEDTAK = "no_cause", "no_meeting", "no_vedtak"
UNDECIDED, NO_CLASS = "undecided", "no_class"
# The kinds of findings, the most pressing first.
ORDER = (OPEN, UNKNOWN, NO_CAUSE, LATE, NO_VEDTAK, UNDECIDED, NO_CLASS, NO_MEETING)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something of one kind, of an indicator or (empty) of the school: the pupils, by id of the
    import tables, or the classes of which it tells.
    """

    kind: str
    indicator: str
    pupils: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many pupils or classes."""
        return len(self.pupils) or len(self.units)


def findings(
    session: Session, school: School, year: Year, counted: str, day: date, *, today: date
) -> list[Finding]:
    """All there is, whoever asks: who may see the pupils is for the page to say."""
    found = []
    for code in COUNTINGS[counted].indicators:
        one = BY_CODE[code]
        if one.parts:  # its halves are told of below their own names, and by their own day
            one_by_one = [BY_CODE[part] for part in one.parts]
            if any(part.code in COUNTINGS[counted].indicators for part in one_by_one):
                continue
        found += _of_indicator(session, one, school, year, day, today)
    if {"P1", "P2"} & set(COUNTINGS[counted].indicators):
        rows = needs(session, EVERYONE, [school], year.next, today=today)
        undecided = tuple(row.pupil for row in rows if row.is_undecided)
        found.append(Finding(UNDECIDED, "", undecided))
    found.append(Finding(NO_CLASS, "", _without_class(session, school, min(day, today))))
    kept = [one for one in found if one.count]
    return sorted(kept, key=lambda one: ORDER.index(one.kind))


def _of_indicator(
    session: Session, one: Indicator, school: School, year: Year, day: date, today: date
) -> list[Finding]:
    lines = measure.explain(session, one, schools=[school.number], year=year, today=today)

    def who(*results: str) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                line["pupil"] for line in lines if line["pupil"] and line["result"] in results
            )
        )

    late = tuple(
        line["pupil"]
        for line in lines
        if line["pupil"] and line["recorded_on"] and date.fromisoformat(line["recorded_on"]) > day
    )
    without = tuple(
        line["pupil"] for line in lines if line["pupil"] and line["reason"] == "uten_vedtak"
    )
    units = tuple(line["unit"] for line in lines if line["pupil"] is None)
    return [
        Finding(OPEN, one.code, who("open")),
        Finding(UNKNOWN, one.code, who("unknown")),
        Finding(NO_CAUSE, one.code, _without_cause(session, one, school, year, today)),
        Finding(LATE, one.code, tuple(dict.fromkeys(late))),
        Finding(NO_VEDTAK, one.code, tuple(dict.fromkeys(without))),
        Finding(NO_MEETING, one.code, (), units),
    ]


def _without_cause(
    session: Session, one: Indicator, school: School, year: Year, today: date
) -> tuple[str, ...]:
    """Pupils whose thing came late, and nobody has said why: those still open are told of so."""
    if one.code not in TIMED:
        return ()
    asked = measure.waited(
        session, one, schools=[school.number], year=year, today=today, as_of=today
    )
    return tuple(
        dict.fromkeys(
            waited.pupil
            for waited in asked
            if waited.missed and waited.cause is None and waited.result == "done_late"
        )
    )


def _without_class(session: Session, school: School, day: date) -> tuple[str, ...]:
    rows = session.execute(
        select(col(Pupil.key))
        .join(Enrolment, col(Enrolment.pupil_id) == col(Pupil.id))
        .where(
            col(Enrolment.school_id) == school.number,
            col(Enrolment.class_id).is_(None),
            col(Enrolment.starts) <= day,
            or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= day),
        )
        .order_by(col(Pupil.key))
    )
    return tuple(dict.fromkeys(rows.scalars()))


def keys(found: Sequence[Finding]) -> set[str]:
    """The ids of all pupils that the findings tell of."""
    return {pupil for one in found for pupil in one.pupils}
