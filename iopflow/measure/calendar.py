"""The days a figure needs, per school: named days as columns of one subquery."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Session, col

from iopflow.models import Network, School, SchoolYearRow, another, metadata
from iopflow.schoolyear import Year

# Anchors of the skolerute that a definition may name, and the column of `days` each becomes.
ANCHORS: Mapping[str, str] = {
    "first": "first_day",
    "last": "last_day",
    "autumn_end": "autumn_end",
    "next.first": "next_first",
    "previous.last": "previous_last",
}


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


class Days:
    """A year's named days as SQL: columns where they come from the skolerute, else parameters.

    The year itself is a parameter too, so that one statement serves every year (`parameters`).
    """

    def __init__(self, table: FromClause) -> None:
        self.table = table
        self.year = bindparam("year", type_=Integer)
        self.next_year = bindparam("next_year", type_=Integer)

    def __getitem__(self, name: str) -> Any:
        return self.table.c[ANCHORS[name]] if name in ANCHORS else fixed(name)

    @property
    def as_of(self) -> Any:
        """The day to which facts are read."""
        return self.table.c.as_of


def fixed(name: str) -> Any:
    """A month and day of the year, such as "10-01"."""
    return bindparam(f"day_{name.replace('-', '_')}", type_=Date)


FIXED = ("01-15", "03-01", "06-01", "09-03", "10-01", "11-01", "12-01")


def parameters(
    year: Year, schools: Sequence[int], *, today: date, as_of: date | None
) -> dict[str, Any]:
    """What a statement needs to know of a year, the schools and the day it is read."""
    return {
        "year": year.start,
        "next_year": year.start + 1,
        "previous_year": year.start - 1,
        "schools": list(schools),
        "today": today,
        "as_of": as_of,
        **{f"day_{name.replace('-', '_')}": fixed_day(year, name) for name in FIXED},
    }


def fixed_day(year: Year, name: str) -> date:
    """The date of a month and day in a school year."""
    return year.on(int(name[:2]), int(name[3:]))


def days(*, counted: str | None, default: str, given: bool) -> Days:
    """The days of the schools' year.

    `counted` is the named counting date, `default` the named day that facts are read to, never
    later than today, where no other day is `given`.
    """
    school = metadata.tables["school"]
    this, after, before = (another("school_year") for _ in range(3))

    def rute(row: Any, of: str) -> Any:
        year = bindparam(of, type_=Integer)
        return and_(row.c.school_id == school.c.id, row.c.year == year)

    named: dict[str, Any] = {
        "first": this.c.first_day,
        "last": this.c.last_day,
        "autumn_end": func.coalesce(this.c.autumn_end, fixed("01-15")),
        "next.first": after.c.first_day,
        "previous.last": before.c.last_day,
    }

    def day(name: str) -> Any:
        return named[name] if name in named else fixed(name)

    read_to = (
        bindparam("as_of", type_=Date)
        if given
        else earlier(day(default), bindparam("today", type_=Date))
    )
    table: Subquery = (
        select(
            school.c.id.label("school_id"),
            *(named[name].label(column) for name, column in ANCHORS.items()),
            (day(counted) if counted else cast(None, Date)).label("counted"),
            read_to.label("as_of"),
        )
        .select_from(school)
        .outerjoin(this, rute(this, "year"))
        .outerjoin(after, rute(after, "next_year"))
        .outerjoin(before, rute(before, "previous_year"))
        .where(school.c.id.in_(bindparam("schools", expanding=True)))
        .subquery("days")
    )
    return Days(table)


def school_days(
    session: Session, year: Year, schools: Sequence[int]
) -> dict[int, tuple[str, str | None, dict[str, date | None]]]:
    """Per school: its id, its network's, and the named days (None where a skolerute lacks)."""
    table = days(counted=None, default="10-01", given=False).table
    rows = session.execute(
        select(
            table.c.school_id,
            col(School.key),
            col(Network.key),
            *(table.c[column] for column in ANCHORS.values()),
            col(SchoolYearRow.id),
        )
        .join(School, col(School.id) == table.c.school_id)
        .outerjoin(Network, col(Network.id) == col(School.network_id))
        .outerjoin(
            SchoolYearRow,
            and_(
                col(SchoolYearRow.school_id) == table.c.school_id,
                col(SchoolYearRow.year) == year.start,
            ),
        ),
        parameters(year, schools, today=date.max, as_of=None),
    )
    found = {}
    for school_id, key, network, *rest in rows:
        *values, rute = rest
        named = dict(zip(ANCHORS, values, strict=True))
        if rute is None:  # the default of autumn_end is no skolerute
            named["autumn_end"] = None
        found[school_id] = (key, network, named)
    return found
