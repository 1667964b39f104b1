"""Reading what is frozen: the entries, and the pupils behind one of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from iopflow.indicators import INDICATORS
from iopflow.models import another, metadata
from iopflow.queries.masking import OF
from iopflow.schoolyear import Year
from iopflow.tellinger.countings import COUNTINGS

Revision = int | Literal["all"] | None  # None: the newest of each telling


def is_blank(entry: Mapping[str, Any]) -> bool:
    """Whether an entry that is not frozen rests on pupils for whom nothing is registered: a year
    before the school began with iopflow, and not 0 %.
    """
    nothing = entry["numerator"] == entry["done_late"] == 0
    return entry["revision"] is None and bool(entry["denominator"]) and nothing


def frozen(
    session: Session,
    *,
    schools: Sequence[int],
    year: Year | None = None,
    indicator: str | None = None,
    revision: Revision = None,
    numbered: bool = False,
) -> list[dict[str, Any]]:
    """The frozen entries, each with when, by whom, why and at which counting date.

    By school, year, counting date, revision and indicator; without a year those of all years.
    `numbered`: with the number of the school, as `queries.masking` needs and takes out.
    """
    telling, figure = metadata.tables["telling"], metadata.tables["telling_figure"]
    person = metadata.tables["person"]
    statement = (
        select(telling, figure.c.entry, person.c.key.label("by"))
        .join(figure, figure.c.telling_id == telling.c.id)
        .outerjoin(person, person.c.id == telling.c.actor_id)
        .where(*_asked(telling, schools, year, revision))
    )
    if indicator is not None:
        statement = statement.where(figure.c.indicator == indicator)
    rows = session.execute(statement).all()
    entries = [
        json.loads(row.entry)
        | {
            "frozen_at": row.frozen_at.isoformat(),
            "by": row.by,
            "reason": row.reason,
            "counted": row.counted,
        }
        | ({OF: row.school_id} if numbered else {})
        for row in rows
    ]
    places = {one.code: place for place, one in enumerate(INDICATORS)}
    return sorted(entries, key=lambda one: (*_order(one), places[one["indicator"]]))


def pupils(
    session: Session,
    indicator: str,
    *,
    schools: Sequence[int],
    year: Year | None = None,
    revision: Revision = None,
    visible: ColumnElement[bool] | None = None,
) -> list[dict[str, Any]]:
    """The lines of the pupils behind a frozen figure, in the words of `measure.explain`.

    `visible` narrows it to the pupils whom somebody may see, as SQL over pupil.id.
    """
    telling, line = metadata.tables["telling"], metadata.tables["telling_pupil"]
    school, pupil = metadata.tables["school"], metadata.tables["pupil"]
    statement = (
        select(
            line,
            telling.c.year,
            telling.c.counted,
            telling.c.revision,
            pupil.c.key.label("pupil"),
            school.c.key.label("school"),
        )
        .join(telling, telling.c.id == line.c.telling_id)
        .join(school, school.c.id == telling.c.school_id)
        .join(pupil, pupil.c.id == line.c.pupil_id)
        .where(line.c.indicator == indicator, *_asked(telling, schools, year, revision))
    )
    if visible is not None:
        statement = statement.where(visible)
    lines = [
        {
            "pupil": row.pupil,
            "result": row.result,
            "reason": row.reason,
            "on": row.on_day and row.on_day.isoformat(),
            "recorded_on": row.recorded_on and row.recorded_on.isoformat(),
            "school": row.school,
            "indicator": row.part,
            "year": str(Year(row.year)),
            "counted": row.counted,
            "revision": row.revision,
        }
        for row in session.execute(statement)
    ]
    return sorted(
        lines, key=lambda one: (*_order(one), one["pupil"], one["indicator"], one["on"] or "")
    )


def _asked(
    telling: Any, schools: Sequence[int], year: Year | None, revision: Revision
) -> list[ColumnElement[bool]]:
    """SQL: the tellinger that are asked for."""
    asked: list[ColumnElement[bool]] = [telling.c.school_id.in_(schools)]
    if year is not None:
        asked.append(telling.c.year == year.start)
    if revision is None:
        newer = another("telling")
        asked.append(
            ~select(newer.c.id)
            .where(
                newer.c.school_id == telling.c.school_id,
                newer.c.year == telling.c.year,
                newer.c.counted == telling.c.counted,
                newer.c.revision > telling.c.revision,
            )
            .exists()
        )
    elif revision != "all":
        asked.append(telling.c.revision == revision)
    return asked


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    place = list(COUNTINGS).index(row["counted"])
    return row["school"], row["year"], place, row["revision"]
