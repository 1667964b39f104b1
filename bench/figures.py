"""P1–P10 for a school, a municipality and the country, beside plain Python, DuckDB and a scan."""

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from sqlmodel import Session

from bench import country
from bench.report import Line, each, median, once, ratio
from iopflow import db, measure
from iopflow.indicators import BY_CODE
from iopflow.measure import By
from iopflow.schoolyear import Year

TODAY = date(2026, 7, 1)
LAST = country.FIRST + country.YEARS - 1
CODES = ("P3", "P4", "P9")
STEPS = tuple(BY_CODE[code].steps[0] for code in CODES)
P3 = """
SELECT e.school_id, count(*), count(*) FILTER (WHERE h.on_day <= DATE '{last}')
FROM enrolment e
JOIN vedtak v ON v.pupil_id = e.pupil_id AND v.year = {year}
LEFT JOIN happening h ON h.subject_id = e.pupil_id AND h.scope = 'pupil'
  AND h.step = '{step}' AND h.year = {year} AND h.what = 'done'
WHERE e.ends IS NULL GROUP BY e.school_id
"""


def run(pupils: int) -> Iterator[Line]:
    """The lines of the report."""
    with country.folder() as place:
        path = country.build(place / "country.db", pupils)
        engine = db.create_engine(f"sqlite:///{path}")
        years = range(country.FIRST, LAST + 1)
        for year in years:
            country.roll(engine, year)
        country.happen(path, years)
        engine.dispose()  # a connection reads the statistics when it opens
        everyone = list(range(1, pupils // country.PER_SCHOOL + 1))

        def figures(
            schools: list[int],
            year: int = LAST,
            codes: tuple[str, ...] | None = None,
            by: By = "school",
        ) -> None:
            with Session(engine) as session:
                chosen = None if codes is None else [BY_CODE[code] for code in codes]
                found = measure.figures(
                    session, schools=schools, year=Year(year), today=TODAY, indicators=chosen, by=by
                )
            assert not [one for one in found if one.problem]

        figures([1])  # builds and keeps the statements, as any process does once
        one = median(lambda: figures([1]), 9)
        yield Line("P1-P10, one school", one, None, one * 1000, 5, unit="ms")
        some = median(lambda: figures(everyone[:60]))
        yield Line("P1-P10, 60 schools", some, None, some * 1000, 50, unit="ms")
        every = median(lambda: figures(everyone))
        yield Line(f"P1-P10, {len(everyone)} schools, a year", every, None, every, 0.3, unit="s")
        net = median(lambda: figures(everyone, by="network"))
        yield Line("the same as one sum", net, None, net, 0.3, unit="s")
        five = once(lambda: each(lambda year: figures(everyone, year), years))
        yield ratio("the same, five years, beside one year", five, every)
        three = median(lambda: figures(everyone, codes=CODES))
        plain = median(lambda: _plain(path), 3)
        yield ratio("P3, P4 and P9 beside a loop over a cursor", three, plain, 1 / 3)
        third = median(lambda: figures(everyone, codes=("P3",)))
        yield ratio("P3 beside DuckDB with the tables loaded", third, _duckdb(path))
        scan = median(lambda: _scan(path), 3)
        yield ratio("P1-P10, a year, beside a scan of every happening", every, scan, 4)
        yield ratio("P3, a year, beside a scan of every happening", third, scan)
        engine.dispose()


def _scan(path: Path) -> None:
    """Every row of happening with one late column decoded."""
    connection = sqlite3.connect(path)
    connection.execute("SELECT max(recorded_at) FROM happening NOT INDEXED").fetchone()
    connection.close()


def _plain(path: Path) -> dict[tuple[int, str], list[int]]:
    """P3, P4 and P9 the plain way: who is enrolled with a vedtak, then the happenings in a loop."""
    connection = sqlite3.connect(path)
    school = dict(
        connection.execute(
            "SELECT e.pupil_id, e.school_id FROM enrolment e JOIN vedtak v"
            " ON v.pupil_id = e.pupil_id AND v.year = ? WHERE e.ends IS NULL",
            (LAST,),
        )
    )
    limits = dict(
        zip(STEPS, (f"{LAST + 1}-06-18", f"{LAST}-10-01", f"{LAST + 1}-03-01"), strict=True)
    )
    counts: dict[tuple[int, str], list[int]] = {}
    for where in school.values():
        for step in STEPS:
            counts.setdefault((where, step), [0, 0])[0] += 1
    found = connection.execute("SELECT year, scope, step, subject_id, what, on_day FROM happening")
    for year, scope, step, subject, what, on in found:
        if year != LAST or scope != "pupil" or step not in limits or subject not in school:
            continue
        if what in ("done", "held") and on <= limits[step]:
            counts[school[subject], step][1] += 1
    connection.close()
    return counts


def _duckdb(path: Path) -> float:
    """P3's bare counts in DuckDB. Only the question is timed, not the loading of the tables.

    The SQLite extension of DuckDB comes from the network, so the rows go by CSV.
    """
    import csv

    import duckdb

    source, target = sqlite3.connect(path), duckdb.connect()
    for table, columns in {
        "enrolment": "pupil_id, school_id, ends",
        "vedtak": "pupil_id, year",
        "happening": "subject_id, year, step, scope, what, on_day",
    }.items():
        name = path.with_name(f"{table}.csv")
        with name.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(columns.split(", "))
            csv.writer(file).writerows(source.execute(f"SELECT {columns} FROM {table}"))
        target.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{name}')")
    source.close()
    sql = P3.format(last=f"{LAST + 1}-06-18", year=LAST, step=STEPS[0])
    seconds = median(lambda: target.execute(sql).fetchall())
    target.close()
    return seconds
