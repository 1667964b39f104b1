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
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Session, col

from iopflow.models import Network, School, SchoolYearRow
from iopflow.schoolyear import Year

# Anchors of the skolerute that a definition may name, and the column of `days` each becomes.
ANCHORS: Mapping[str, str] = {
    "first": "first_day",
    "last": "last_day",
    "autumn_end": "autumn_end",
    "next.first": "next_first",
    "previous.last": "previous_last",
}


class days_between(GenericFunction[int]):  # noqa: N801 - named as a function of SQL
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
    """A year's named days: columns where they come from the skolerute, else the same for all."""

    def __init__(self, year: Year, table: FromClause) -> None:
        self.year = year
        self.table = table

    def __getitem__(self, name: str) -> Any:
        if name in ANCHORS:
            return self.table.c[ANCHORS[name]]
        return literal(self.year.on(int(name[:2]), int(name[3:])), Date)

    @property
    def as_of(self) -> Any:
        """The day to which facts are read."""
        return self.table.c.as_of

    @property
    def counted(self) -> Any:
        """The counting date, null where a figure has none."""
        return self.table.c.counted


def days(
    year: Year,
    schools: Sequence[int],
    *,
    counted: str | None,
    default: str,
    as_of: date | None,
    today: date,
) -> Days:
    """The days of the schools' year.

    `counted` is the named counting date, `default` the named day that facts are read to when no
    `as_of` is given (never later than today).
    """
    this, after, before = (aliased(SchoolYearRow) for _ in range(3))

    def rute(row: Any, of: Year) -> Any:
        return and_(row.school_id == col(School.id), row.year == of.start)

    named: dict[str, Any] = {
        "first": this.first_day,
        "last": this.last_day,
        "autumn_end": func.coalesce(this.autumn_end, literal(year.on(1, 15), Date)),
        "next.first": after.first_day,
        "previous.last": before.last_day,
    }

    def day(name: str) -> Any:
        if name in named:
            return named[name]
        return literal(year.on(int(name[:2]), int(name[3:])), Date)

    now = literal(today, Date)
    read_to = literal(as_of, Date) if as_of is not None else earlier(day(default), now)
    table: Subquery = (
        select(
            col(School.id).label("school_id"),
            *(named[name].label(column) for name, column in ANCHORS.items()),
            (day(counted) if counted else cast(None, Date)).label("counted"),
            read_to.label("as_of"),
        )
        .select_from(School)
        .outerjoin(this, rute(this, year))
        .outerjoin(after, rute(after, year.next))
        .outerjoin(before, rute(before, year.previous))
        .where(col(School.id).in_(schools))
        .subquery("days")
    )
    return Days(year, table)


def school_days(
    session: Session, year: Year, schools: Sequence[int]
) -> dict[int, tuple[str, str | None, dict[str, date | None]]]:
    """Per school: its id, its network's id, and the named days (None where a skolerute is missing)."""
    table = days(year, schools, counted=None, default="10-01", as_of=None, today=date.max).table
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
        )
    )
    found = {}
    for school_id, key, network, *rest in rows:
        *values, rute = rest
        named = dict(zip(ANCHORS, values, strict=True))
        if rute is None:  # the default of autumn_end is no skolerute
            named["autumn_end"] = None
        found[school_id] = (key, network, named)
    return found


