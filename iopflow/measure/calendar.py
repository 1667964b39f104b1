"""The days a figure needs, per school: named days as columns, and the parameters of a year."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Session

from iopflow.indicators import AFTER, ANCHORS
from iopflow.models import another, metadata
from iopflow.queries.prepared import among
from iopflow.schoolyear import Year

# Every day of the year that a definition may name without the skolerute.
FIXED = ("08-01", "09-03", "10-01", "11-01", "12-01", "01-15", "03-01", "06-01", "07-31")
AUTUMN_END = "01-15"  # where the skolerute does not say otherwise


class days_between(GenericFunction[int]):
    """Days from the first date to the second; each database has its own way of saying it."""

    type = Integer()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _days_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(one, **options) for one in element.clauses)
    return f"CAST(julianday({second}) - julianday({first}) AS INTEGER)"


@compiles(days_between, "postgresql")
def _days_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    first, second = (compiler.process(one, **options) for one in element.clauses)
    return f"(({second})::date - ({first})::date)"


def earlier(one: Any, other: Any) -> ColumnElement[date]:
    """The earlier of two days."""
    return case((one < other, one), else_=other)


def later(one: Any, other: Any) -> ColumnElement[date]:
    """The later of two days."""
    return case((one > other, one), else_=other)


def column(anchor: str) -> str:
    """The column that an anchor becomes."""
    return anchor.replace(".", "_")


def named_day(row: FromClause, name: str) -> Any:
    """A named day as SQL: a column of `row` where it comes from the skolerute, else a parameter."""
    day = name.removeprefix(AFTER)
    return row.c[column(day)] if day in ANCHORS else _fixed(day)


def _fixed(name: str) -> Any:
    return bindparam(f"day_{name.replace('-', '_')}", type_=Date)


def from_day(value: Any, row: FromClause, name: str) -> ColumnElement[bool]:
    """Whether a day lies in a stretch that begins on a named day, or "after" it."""
    start = named_day(row, name)
    after: ColumnElement[bool] = value > start if name.startswith(AFTER) else value >= start
    return after


def served(serves: str) -> Any:
    """The year that steps belong to: the year counted ("same") or the one after ("next")."""
    return bindparam("next_year" if serves == "next" else "year", type_=Integer)


def parameters(
    year: Year, schools: Sequence[int], *, today: date, as_of: date | None
) -> dict[str, Any]:
    """What a statement needs to know of a year, the schools and the day it is read."""
    return {
        "year": year.start,
        "next_year": year.start + 1,
        "previous_year": year.start - 1,
        "schools": schools,
        "today": today,
        "as_of": as_of,
        **{f"day_{name.replace('-', '_')}": fixed_day(year, name) for name in FIXED},
    }


def fixed_day(year: Year, name: str) -> date:
    """The date of a month and day in a school year."""
    return year.on(int(name[:2]), int(name[3:]))


def days(
    anchors: Iterable[str], *, counted: str | None = None, read_to: str | None = None
) -> FromClause:
    """A row per school with its named days, the counting date and the day facts are read to.

    Facts are read to the named day `read_to`, never later than today; without it the day is a
    parameter.
    """
    school = metadata.tables["school"]
    rows = {year: another("school_year") for year in ("previous_year", "year", "next_year")}
    this = rows["year"]
    named: dict[str, Any] = {
        "first": this.c.first_day,
        "last": this.c.last_day,
        # null without a skolerute, which has no default
        "autumn_end": case(
            (this.c.id.is_not(None), func.coalesce(this.c.autumn_end, _fixed(AUTUMN_END)))
        ),
        "next.first": rows["next_year"].c.first_day,
        "previous.last": rows["previous_year"].c.last_day,
    }

    def day(name: str) -> Any:
        return named[name] if name in named else _fixed(name)

    given = bindparam("as_of", type_=Date)
    source: Any = school
    for year, row in rows.items():
        source = source.outerjoin(
            row,
            and_(
                row.c.owner_id == school.c.owner_id,
                row.c.school_id == school.c.id,
                row.c.year == bindparam(year, type_=Integer),
            ),
        )
    return (
        select(
            school.c.id.label("school_id"),
            *(named[name].label(column(name)) for name in anchors),
            (cast(None, Date) if counted is None else day(counted)).label("counted"),
            (
                given if read_to is None else earlier(day(read_to), bindparam("today", type_=Date))
            ).label("as_of"),
        )
        .select_from(source)
        .where(among(school.c.id, "schools"))
        .subquery("days")
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A school: its ids, and its named days (None where a skolerute is missing)."""

    key: str
    name: str
    network: str | None
    anchors: Mapping[str, date | None]


def known_schools(session: Session, year: Year, schools: Sequence[int]) -> dict[int, Known]:
    """What is known of the schools before anything is counted, by their numbers."""
    rows = session.execute(_known(), parameters(year, schools, today=date.max, as_of=None))
    return {
        school_id: Known(key, name, network_key, dict(zip(ANCHORS, named, strict=True)))
        for school_id, key, name, network_key, *named in rows
    }


@cache
def _known() -> Select[Any]:
    table = days(ANCHORS)
    school, network = metadata.tables["school"], metadata.tables["network"]
    return (
        select(
            table.c.school_id,
            school.c.key,
            school.c.name,
            network.c.key,
            *(table.c[column(a)] for a in ANCHORS),
        )
        .join(school, school.c.id == table.c.school_id)
        .outerjoin(network, network.c.id == school.c.network_id)
    )
