"""What is worth a look before a counting date is frozen: who is missing, late or unclear."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

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
CAME = "came"  # was open on the counting date, and is there now
NO_CAUSE, NO_MEETING, NO_VEDTAK = "no_cause", "no_meeting", "no_vedtak"
UNDECIDED, NO_CLASS = "undecided", "no_class"
# The kinds of findings, the most pressing first.
ORDER = (OPEN, UNKNOWN, CAME, NO_CAUSE, LATE, NO_VEDTAK, UNDECIDED, NO_CLASS, NO_MEETING)


_THERE = frozenset({"numerator", "done_late"})


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
    codes = COUNTINGS[counted].indicators
    summed = {part for code in codes for part in BY_CODE[code].parts}
    found = []
    for code in codes:
        if code not in summed:  # a half is told of with its sum, below its own name
            found += _of_indicator(session, BY_CODE[code], school, year, day, today)
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
    """The findings of an indicator, or of each half of a sum as the sum counts it."""
    asked: dict[str, Any] = {"schools": [school.number], "year": year, "today": today}
    lines = measure.explain(session, one, **asked)
    came: set[tuple[str, str]] = set()
    if today > day and any(line["result"] == "open" for line in lines):
        now = measure.explain(session, one, **asked, as_of=today)
        came = {(line["indicator"], line["pupil"]) for line in now if line["result"] in _THERE}
    found = []
    for part in one.summed() or (one,):
        mine = [line for line in lines if line["indicator"] == part.code]
        there = {pupil for code, pupil in came if code == part.code and part.code in TIMED}
        cause = _without_cause(session, part, school, year, today)
        found += _of_part(part.code, mine, there, cause, day)
    return found


def _of_part(
    code: str,
    lines: Sequence[Mapping[str, Any]],
    there: Collection[str],
    without_cause: tuple[str, ...],
    day: date,
) -> list[Finding]:
    pupils = [line for line in lines if line["pupil"]]

    def who(keep: Callable[[Mapping[str, Any]], bool]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line["pupil"] for line in pupils if keep(line)))

    def is_open(line: Mapping[str, Any]) -> bool:
        return bool(line["result"] == "open")

    def late(line: Mapping[str, Any]) -> bool:
        recorded = line["recorded_on"]
        return bool(recorded) and date.fromisoformat(recorded) > day

    return [
        Finding(OPEN, code, who(lambda one: is_open(one) and one["pupil"] not in there)),
        Finding(CAME, code, who(lambda one: is_open(one) and one["pupil"] in there)),
        Finding(UNKNOWN, code, who(lambda one: bool(one["result"] == "unknown"))),
        Finding(NO_CAUSE, code, without_cause),
        Finding(LATE, code, who(late)),
        Finding(NO_VEDTAK, code, who(lambda one: bool(one["reason"] == "uten_vedtak"))),
        Finding(NO_MEETING, code, (), tuple(one["unit"] for one in lines if one["pupil"] is None)),
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
