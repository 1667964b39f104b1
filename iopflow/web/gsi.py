"""The figures that GSI asks for in October, as a sheet to type from: only what iopflow knows."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from iopflow.queries.gsi import Counts, counts_of
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web import sheet
from iopflow.web.indicators import school_of
from iopflow.web.page import Page
from iopflow.web.sheet import Sheet
from iopflow.web.wheel import year_of


def overview(page: Page) -> Response:
    """The sheet of one school and year."""
    school, schools = school_of(page, Action.REGISTER_VALUES)
    year = year_of(page)
    future = page.today < year.on(8, 1)
    found = counts_of(page.session, school, year, today=page.today)
    rows = [] if future else [(f"{grade}.", counts) for grade, counts in found.grades.items()]
    if rows:
        rows.append((_("I alt"), found.whole))
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(rows))
    return page.show(
        "gsi.html",
        school=school,
        schools=schools,
        year=year,
        years=[year.previous, year, Year(year.start + 1)],
        day=found.day,
        counted_on=year.on(10, 1),
        future=future,
        rows=rows,
        whole=found.whole,
        titles=[title for title, _read in _columns()],
        cells=[
            (name, [read((name, counts)) for _title, read in _columns()]) for name, counts in rows
        ],
        download=sheet.address(page),
    )


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
