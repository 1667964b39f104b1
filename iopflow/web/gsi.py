"""The figures that GSI asks for in October, as a sheet to type from: only what iopflow knows."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from iopflow.indicators import INDICATORS
from iopflow.measure.calendar import fixed_day
from iopflow.models import School
from iopflow.queries.gsi import DAY, Counts, counted_on, counts_of, seen_of
from iopflow.queries.places import calendars
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS
from iopflow.texts import _, short_date, sort_key
from iopflow.web import sheet
from iopflow.web.indicators import pupils_by_key, school_of
from iopflow.web.page import Page
from iopflow.web.sheet import Sheet
from iopflow.web.wheel import year_of

# The counting date that GSI's is.
COUNTING = next(key for key, one in COUNTINGS.items() if one.day == DAY)


def overview(page: Page) -> Response:
    """The sheet of one school and year."""
    school, schools = school_of(page, Action.REGISTER_VALUES)
    year = year_of(page)
    future = page.today < year.on(8, 1)
    found = counts_of(page.session, school, year, today=page.today)
    rows = [] if future else [(f"{grade}.", counts) for grade, counts in found.grades.items()]
    if rows:
        rows.append((_("I alt"), found.whole))
    lacks = [] if future else _seen(page, school, found.without_iop)
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(rows))
    page.listed[school.number] = len(lacks)
    return page.show(
        "gsi.html",
        school=school,
        schools=schools,
        year=year,
        years=[year.previous, year, Year(year.start + 1)],
        day=found.day,
        counted_on=counted_on(year),
        counting=COUNTING,
        future=future,
        rows=rows,
        whole=found.whole,
        titles=[title for title, _read in _columns()],
        cells=[
            (name, [read((name, counts)) for _title, read in _columns()]) for name, counts in rows
        ],
        download=sheet.address(page),
        names_shown=bool(lacks),
        lacks=lacks,
        more=len(found.without_iop) - len(lacks),
        explains=page.who.may(Action.EXPLAIN),
        days=vedtak_days(page, school, year),
    )


def vedtak_days(page: Page, school: School, year: Year) -> str:
    """By which day each figure asks for a vedtak, and so why the two may differ."""
    ruter = calendars(page.session, [school.number], only=[year]).get(school.number, {})
    asking = [one for one in INDICATORS if one.vedtak_day is not None]
    as_gsi = [one.number for one in asking if one.vedtak_day == DAY]
    other = [one for one in asking if one.vedtak_day != DAY]
    days = {one.vedtak_day: vedtak_day(one.vedtak_day, year) for one in other if one.vedtak_day}
    if "first" in days and year in ruter:
        days["first"] += f" {short_date(ruter[year].first_day)}"
    return _(
        "{others} teller etter vedtak som gjaldt {day}, {same} og tallene til GSI etter vedtak som "
        "gjaldt {october}: en elev som fikk vedtak imellom, er med i GSI og ikke i {others}."
    ).format(
        others=_(" og ").join(one.number for one in other),
        day=_(" og ").join(days.values()),
        same=_(" og ").join(as_gsi),
        october=short_date(counted_on(year)),
    )


def vedtak_day(named: str, year: Year) -> str:
    """A day on which figures ask for a vedtak, in words."""
    return _("første skoledag") if named == "first" else short_date(fixed_day(year, named))


def _seen(page: Page, school: School, keys: Sequence[str]) -> list[tuple[int | None, str]]:
    """Those of the pupils who are behind figures that the person may see, by name: the number of
    one who has left is not there.
    """
    if not keys or not page.who.sights or not page.who.may(Action.EXPLAIN):
        return []
    seen = seen_of(page.session, page.who, school, keys)
    found = pupils_by_key(page, seen, school).values()
    named = ((one.id if one.here else None, one.name) for one in found)
    return sorted(named, key=lambda each: sort_key(each[1]))


def _columns() -> list[tuple[str, Any]]:
    return [
        (_("Trinn"), lambda row: row[0]),
        (_("Elever"), lambda row: row[1].pupils),
        (_("Fra andre kommuner"), lambda row: row[1].elsewhere),
        (_("Med vedtak"), lambda row: row[1].vedtak),
        (_("Av dem med IOP"), lambda row: row[1].iop),
        (_("Personlig assistanse"), lambda row: row[1].assistance),
        (_("Fysisk tilrettelegging"), lambda row: row[1].adapted),
    ]


def _sheet(rows: Sequence[tuple[str, Counts]]) -> Sheet:
    return Sheet.of("gsi", _columns(), rows)
