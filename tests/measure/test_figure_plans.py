"""Figures find their rows by index, also when the database has statistics."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text
from sqlmodel import Session

from iopflow import db, measure
from iopflow.indicators import INDICATORS
from iopflow.models import metadata
from iopflow.schoolyear import Year
from tests.databases import Databases

YEAR = Year(2025)
SUBJECTS = {"unit": range(1, 61), "pupil": range(1, 1201)}
# What happens on the steps that are counted: meetings, talks and all the others.
WHATS = {
    step: ("held", "present")
    if "foreldremote" in step
    else ("invited", "held")
    if "samtale" in step
    else ("done",)
    for indicator in INDICATORS
    for step in indicator.steps
}
TODAY = date(2026, 7, 1)
LARGE = "happening|vedtak|assessment|consent|enrolment"
# The schools and their days; P1–P6, both halves of P7 at its own day and the autumn at its own, P8,
# P9 and both kinds of meeting.
STATEMENTS = 1 + 6 + 3 + 2 + 2


@pytest.fixture(scope="module")
def country(server: Databases) -> Iterator[Engine]:
    """Sixty schools of twenty pupils with two years behind them, analysed."""
    with server.fresh() as url:
        engine = db.create_engine(url)
        with engine.begin() as connection:
            for name, rows in _rows().items():
                connection.execute(insert(metadata.tables[name]), rows)
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
        yield engine
        engine.dispose()


def _rows() -> dict[str, list[dict[str, object]]]:
    schools, pupils, years = SUBJECTS["unit"], SUBJECTS["pupil"], (2023, 2024, 2025)
    received = {
        "owner_id": 1,
        "recorded_on": date(2026, 7, 1),
        "recorded_at": datetime(2026, 7, 1, tzinfo=UTC),
    }
    return {
        "owner": [{"id": 1, "key": "eier"}],
        "school": [
            {"id": n, "owner_id": 1, "key": f"s{n}", "name": "S", "municipality": "E"}
            for n in schools
        ],
        "school_year": [
            {
                "owner_id": 1,
                "school_id": n,
                "year": year,
                "first_day": date(year, 8, 17),
                "last_day": date(year + 1, 6, 18),
            }
            for n in schools
            for year in (*years, 2026)
        ],
        "unit": [
            {"id": n, "owner_id": 1, "key": f"u{n}", "school_id": n, "kind": "klasse", "name": "K"}
            for n in schools
        ],
        "pupil": [{"id": n, "owner_id": 1, "key": f"p{n}", "name": "Elev"} for n in pupils],
        "enrolment": [
            {
                "owner_id": 1,
                "pupil_id": n,
                "school_id": n % 60 + 1,
                "class_id": n % 60 + 1,
                "starts": date(2023 + n % 3, 8, 1),
                "grade": 1,
            }
            for n in pupils
        ],
        "assessment": [
            received | {"pupil_id": n, "year": year, "needed_since": date(year, 1, 10)}
            for n in pupils
            for year in years
        ],
        "consent": [
            received
            | {
                "pupil_id": n,
                "kind": "vedtak",
                "year": year,
                "on_day": date(year, 2, 1),
                "answer": "given",
            }
            for n in pupils
            for year in years
        ],
        "vedtak": [
            received
            | {
                "pupil_id": n,
                "year": year,
                "decided_on": date(year, 6, 10),
                "outcome": "granted",
                "valid_from": date(year, 8, 1),
                "valid_to": date(year + 1, 7, 31),
                "departs": False,
            }
            for n in pupils
            for year in years
        ],
        "happening": [
            received
            | {
                "year": year,
                "step": step,
                "scope": scope,
                "subject_id": n,
                "what": what,
                "occasion": "" if what == "done" else f"{year}-11-01",
                "on_day": date(year, 11, 1),
            }
            for year in years
            for step, whats in WHATS.items()
            for what in whats
            for scope, subjects in SUBJECTS.items()
            if ("foreldremote" in step and what == "held") == (scope == "unit")
            for n in subjects
        ],
    }


Sent = list[tuple[str, Any]]


def _sent(engine: Engine, schools: list[int], by: measure.By = "school") -> Sent:
    """Every statement, with its parameters, that the figures of the schools send."""
    sent: Sent = []

    def note(_c: Any, _cursor: Any, statement: str, known: Any, _x: Any, _many: bool) -> None:
        if not statement.startswith("BEGIN"):
            sent.append((statement, known))

    event.listen(engine, "before_cursor_execute", note)
    with Session(engine) as session:
        found = measure.figures(session, schools=schools, year=YEAR, today=TODAY, by=by)
    event.remove(engine, "before_cursor_execute", note)
    assert not [one for one in found if one.problem]
    return sent


@pytest.mark.parametrize("schools", [[7], list(range(1, 61))], ids=["a school", "all schools"])
def test_no_figure_reads_a_large_table_from_end_to_end(country: Engine, schools: list[int]) -> None:
    sqlite = country.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
    scans = re.compile(rf"SCAN (?:{LARGE})|(?:{LARGE})_?\d* USING AUTOMATIC")
    if not sqlite:  # reads the smaller tables whole where that costs it less than the index
        scans = re.compile("Seq Scan on happening")
    plans = []
    with country.connect() as connection:
        for statement, known in _sent(country, schools):
            rows = connection.exec_driver_sql(explain + statement, known)
            plans.append("\n".join(str(row[-1]) for row in rows))
    assert len(plans) == STATEMENTS
    assert [scans.findall(plan) for plan in plans] == [[]] * STATEMENTS, plans


def test_a_figure_is_one_statement_whatever_the_number_of_schools(country: Engine) -> None:
    one, many = (_sent(country, schools) for schools in ([7], list(range(1, 61))))
    assert [statement for statement, _known in one] == [statement for statement, _known in many]
    assert len(one) == STATEMENTS
    assert len(_sent(country, [1, 2], by="network")) == STATEMENTS


def test_what_happened_is_read_from_the_index_alone(country: Engine) -> None:
    if country.dialect.name != "sqlite":
        return  # PostgreSQL decides by how lately the table was vacuumed
    rows: list[Any] = []
    with country.connect() as connection:
        for statement, known in _sent(country, [7]):
            rows += connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, known).all()
    found = [row[-1] for row in rows if row[-1].startswith("SEARCH happening")]
    # Only a delay is read as a whole, for its cause and evidence: once per statement and step.
    assert len([line for line in found if "COVERING" not in line]) == 12
    assert len(found) > 30
