"""The pupils behind a figure, excluded ones too: who, what became of it, why, and when."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlmodel import Session

from iopflow.indicators import Indicator
from iopflow.measure.calendar import days, known_schools, named_day, served
from iopflow.measure.figures import Asked
from iopflow.measure.statement import statement
from iopflow.models import Scope, UnitKind, What, another, metadata
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
    a held meeting come first at their school, with the unit and no pupil: they are not counted. A
    school that lacks a skolerute gives no lines.
    """
    asked = Asked(known_schools(session, year, schools), year, today, as_of)
    known = asked.parameters(asked.whole(indicator))
    told = asked.days(indicator)
    lines: list[tuple[Any, dict[str, Any]]] = []
    for part in indicator.summed() or (indicator,):
        for found in behind(session, asked, indicator, part, visible):
            line = line_of(part, found)
            lines.append(((found.school, found.key, part.code, line["on"] or ""), line))
        if part.population.word == "in_class_of_meeting":
            for unit, at_school in session.execute(_without_meeting(part, told["read_to"]), known):
                line = _no_meeting(part, unit, at_school)
                lines.append(((at_school, "", part.code, unit), line))
    return [line for _order, line in sorted(lines, key=lambda pair: pair[0])]


def behind(
    session: Session,
    asked: Asked,
    indicator: Indicator,
    part: Indicator,
    visible: ColumnElement[bool] | None,
) -> Sequence[Any]:
    """The rows of `statement` for a part of an indicator, with the ids of pupil and school."""
    query = _named(part, **asked.days(indicator))
    if visible is not None:
        query = query.where(visible)
    return session.execute(query, asked.parameters(asked.whole(indicator))).all()


@cache
def _named(part: Indicator, *, counted: str | None, read_to: str | None) -> Select[Any]:
    """The rows with the ids of pupil and school: built once, as `statement` is."""
    pupil, school = metadata.tables["pupil"], metadata.tables["school"]
    row = statement(part, counted=counted, read_to=read_to).subquery("rows")
    return (
        select(row, pupil.c.key, school.c.key.label("school"))
        .join(pupil, pupil.c.id == row.c.pupil_id)
        .join(school, school.c.id == row.c.school_id)
    )


def line_of(part: Indicator, found: Any) -> dict[str, Any]:
    """The line of the contract."""
    told = found.result in TELLING or found.meeting_day is not None
    return {
        "pupil": found.key,
        "result": found.result,
        "reason": found.reason,
        "on": _iso(found.on_day if told else None),
        "recorded_on": _iso(found.recorded_on if told else None),
        "school": found.school,
        "indicator": part.code,
    }


def _no_meeting(part: Indicator, unit: str, school: str) -> dict[str, Any]:
    return {
        "pupil": None,
        "unit": unit,
        "result": "not_counted",
        "reason": "ikke_holdt",
        "on": None,
        "recorded_on": None,
        "school": school,
        "indicator": part.code,
    }


def _without_meeting(part: Indicator, read_to: str | None) -> Any:
    """The classes that had pupils in the year and have held no such meeting by the day read to."""
    at = days((), read_to=read_to)
    unit, school = metadata.tables["unit"], metadata.tables["school"]
    meeting, row = another("happening"), another("enrolment")
    held = exists(
        select(meeting.c.id)
        .where(
            meeting.c.year == served(part.serves),
            meeting.c.step == part.steps[0],
            meeting.c.what == What.HELD,
            meeting.c.scope == Scope.UNIT,
            meeting.c.subject_id == unit.c.id,
            meeting.c.on_day <= at.c.as_of,
        )
        .correlate(unit, at)
    )
    in_use = exists(
        select(row.c.id)
        .where(
            row.c.class_id == unit.c.id,
            row.c.starts <= named_day(at, "07-31"),
            or_(row.c.ends.is_(None), row.c.ends >= named_day(at, "08-01")),
        )
        .correlate(unit, at)
    )
    return (
        select(unit.c.key, school.c.key)
        .join(school, school.c.id == unit.c.school_id)
        .join(at, at.c.school_id == school.c.id)
        .where(unit.c.kind == UnitKind.KLASSE, in_use, ~held)
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
