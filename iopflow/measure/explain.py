"""The pupils behind a figure, excluded ones too: who, what became of it, why, and when."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlmodel import Session, col

from iopflow.indicators import Indicator
from iopflow.measure.calendar import parameters, school_days
from iopflow.measure.figures import empty
from iopflow.measure.statement import parts, statement
from iopflow.models import Enrolment, Happening, Pupil, School, Scope, Unit, UnitKind, What
from iopflow.schoolyear import Year

TELLING = ("numerator", "done_late")  # the results that a fact decided, so that its day is told


def explain(
    session: Session,
    indicator: Indicator,
    *,
    schools: Sequence[int],
    year: Year,
    today: date,
    as_of: date | None = None,
    visible: ColumnElement[bool] | None = None,
) -> list[dict[str, Any]]:
    """A line per pupil (P7: per half-year, P10: per meeting), by school and pupil.

    `visible` narrows it to the pupils whom somebody may see, as SQL over pupil.id. Classes without
    a held meeting are listed with the unit and no pupil: they are not counted.
    """
    known = school_days(session, year, schools)
    whole = [
        school_id
        for school_id in schools
        if empty(indicator, year, known[school_id], today, as_of).problem is None
    ]
    known_days = parameters(year, whole, today=today, as_of=as_of)
    lines: list[tuple[Any, dict[str, Any]]] = []
    for part in parts(indicator):
        row = statement(indicator, part, given=as_of is not None).subquery("rows")
        query = (
            select(row, col(Pupil.key), col(School.key).label("school"))
            .join(Pupil, col(Pupil.id) == row.c.pupil_id)
            .join(School, col(School.id) == row.c.school_id)
        )
        if visible is not None:
            query = query.where(visible)
        for found in session.execute(query, known_days):
            told = found.result in TELLING or found.meeting_day is not None
            line = {
                "pupil": found.key,
                "result": found.result,
                "reason": found.reason,
                "on": _iso(found.on_day if told else None),
                "recorded_on": _iso(found.recorded_on if told else None),
                "school": found.school,
                "indicator": part.code,
            }
            order = (found.school, found.key, part.code, line["on"] or "")
            lines.append((order, line))
        if part.population == "meetings":
            lines += _without_meeting(session, part, year, whole)
    return [line for _order, line in sorted(lines, key=lambda pair: pair[0])]


def _without_meeting(
    session: Session, part: Indicator, year: Year, schools: Sequence[int]
) -> list[tuple[Any, dict[str, Any]]]:
    """The classes that had pupils in the year and have held no such meeting."""
    held = exists(
        select(col(Happening.id)).where(
            col(Happening.year) == year.start,
            col(Happening.step) == part.steps[0],
            col(Happening.what) == What.HELD,
            col(Happening.scope) == Scope.UNIT,
            col(Happening.subject_id) == col(Unit.id),
        )
    )
    in_use = exists(
        select(col(Enrolment.id)).where(
            col(Enrolment.class_id) == col(Unit.id),
            col(Enrolment.starts) <= year.on(7, 31),
            (col(Enrolment.ends).is_(None)) | (col(Enrolment.ends) >= year.on(8, 1)),
        )
    )
    rows = session.execute(
        select(col(Unit.key), col(School.key))
        .join(School, col(School.id) == col(Unit.school_id))
        .where(col(Unit.school_id).in_(schools), col(Unit.kind) == UnitKind.KLASSE, in_use, ~held)
        .order_by(col(School.key), col(Unit.key))
    )
    return [
        (
            (school, "", part.code, unit),
            {
                "pupil": None,
                "unit": unit,
                "result": "not_counted",
                "reason": "ikke_holdt",
                "on": None,
                "recorded_on": None,
                "school": school,
                "indicator": part.code,
            },
        )
        for unit, school in rows
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
