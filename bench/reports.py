"""The quality report of a school of 400 pupils, and a workbook of 50,000 rows."""

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sqlmodel import Session

from bench import country
from bench.report import Line, median, ratio
from iopflow import db, measure, report
from iopflow.models import School
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.sheets import xlsx
from iopflow.web.report_wheel import picture

TODAY = date(2026, 7, 1)
PUPILS = 400
ROWS = 50_000
COLUMNS = ("Elev", "Klasse", "Steg", "Frist", "Dager")


def run(_pupils: int) -> Iterator[Line]:
    """The lines of the report."""
    with country.folder() as place:
        path = country.build(place / "country.db", max(PUPILS, country.PER_SCHOOL) * 3)
        engine = db.create_engine(f"sqlite:///{path}")
        years = range(country.FIRST, country.FIRST + country.YEARS)
        for year in years:
            country.roll(engine, year)
        country.happen(path, years)
        last, rules = Year(years[-1]), Rules()
        with Session(engine) as session:
            _to_one_school(session)
            school = session.get_one(School, 1)
            wheel = picture(session, rules, school, last, "nb")

            def figures() -> None:
                measure.figures(session, schools=[1], year=last, today=TODAY)

            def build() -> report.Report:
                return report.build(session, rules, school, last, today=TODAY, wheel=wheel)

            figures()
            alone = median(figures, 9)
            made = build()
            yield ratio(
                "report of 400 pupils, content, beside its figures", median(build), alone, 10
            )
            for name, write in (
                ("HTML", report.html),
                ("PDF", report.pdf),
                ("XLSX", report.xlsx),
            ):
                # Each is another report: typst remembers what it has set.
                number = itertools.count()
                seconds = median(
                    lambda write=write, number=number: write(  # type: ignore[misc]
                        replace(made, school=f"Skole {next(number)}")
                    )
                )
                yield Line(f"the same as {name}", seconds, None, seconds, 2, unit="s")
        engine.dispose()
    rows = [(f"Elev {n}", f"{n % 10}B", "=1+1", TODAY, n) for n in range(ROWS)]
    yield ratio(
        "XLSX of 50,000 rows beside xlsxwriter alone",
        median(lambda: xlsx(COLUMNS, rows)),
        median(lambda: _plain(rows)),
        2,
    )


def _to_one_school(session: Session) -> None:
    """The first 400 pupils go to the first school."""
    from sqlalchemy import update
    from sqlmodel import col

    from iopflow.models import Enrolment

    session.execute(update(Enrolment).where(col(Enrolment.pupil_id) <= PUPILS).values(school_id=1))
    session.flush()


def _plain(rows: list[tuple[str, str, str, date, int]]) -> bytes:
    """The same rows with the writer as it comes."""
    import xlsxwriter

    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    days = book.add_format({"num_format": "dd.mm.yyyy"})
    for line, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(line, place, value, days)
            else:
                sheet.write(line, place, value)
    book.close()
    return written.getvalue()
