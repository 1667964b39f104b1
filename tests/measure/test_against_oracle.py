"""P1–P10 against an independent implementation, over random schools, on both databases.

The tables go in by the product's own import; the oracle reads the same tables with plain loops.
"""

import csv
import random
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from iopflow import importing, measure
from iopflow.engine.ledger import Act
from iopflow.indicators import INDICATORS
from iopflow.queries.places import schools
from iopflow.schoolyear import Year
from tests import oracle, random_school
from tests.databases import LONG, Databases
from tests.factories import RULES

IMPORTED = random_school.TODAY
NOW = datetime(IMPORTED.year, IMPORTED.month, IMPORTED.day, 12, tzinfo=UTC)
NETWORKS = {"sqlite": 6, "postgresql": 2}  # per round; the statements are the same on both
ROUNDS = range(400 if LONG else 4)
BYS: tuple[measure.By, ...] = ("school", "unit", "class", "network")
LINE = ("pupil", "result", "reason", "on", "recorded_on")
NUMBERS = ("numerator", "denominator", "done_late", "open", "unknown", "justified")

Tables = dict[str, list[dict[str, str]]]


def load(session: Session, tables: Tables) -> None:
    """Imports the tables from files, as a school would."""
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in tables.items():
            columns = list(dict.fromkeys(column for row in rows for column in row))
            with (Path(folder) / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, delimiter=";")
                writer.writeheader()
                writer.writerows(rows)
        plan = importing.plan(session, importing.read(Path(folder)), RULES, now=NOW)
        assert [one.sentence() for one in plan.refused] == []
        importing.apply(session, plan, RULES, act=Act("import", NOW))


def product(
    session: Session, year: str, as_of: date | None, by: measure.By
) -> list[dict[str, Any]]:
    """The product's entries: for one network at a time, or for all schools."""
    groups: dict[int, list[int]] = {}
    for school in schools(session):
        assert school.id is not None
        if by != "network":
            groups.setdefault(0, []).append(school.id)
        elif school.network_id is not None:
            groups.setdefault(school.network_id, []).append(school.id)
    return [
        figure.to_json()
        for ids in groups.values()
        for figure in measure.figures(
            session, schools=ids, year=Year.parse(year), today=IMPORTED, as_of=as_of, by=by
        )
    ]


def check_figures(session: Session, tables: Tables, choose: random.Random) -> None:
    for by in BYS:
        year = choose.choice(random_school.YEARS)
        as_of = choose.choice([None, *random_school.as_ofs(tables)])
        expected = oracle.figures(
            tables, year=year, today=IMPORTED, as_of=as_of, by=by, imported=IMPORTED
        )
        found = product(session, year, as_of, by)
        if by in ("unit", "class"):  # the oracle leaves out those without a class
            found = [one for one in found if one["unit"] is not None]
        assert oracle.differences(expected, found) == [], (by, year, as_of)


def check_lines(session: Session, tables: Tables, choose: random.Random) -> None:
    year, as_of = choose.choice(random_school.YEARS), choose.choice(random_school.as_ofs(tables))
    school = choose.choice(schools(session))
    assert school.id is not None
    for indicator in INDICATORS:
        asked: dict[str, Any] = {"today": IMPORTED, "as_of": as_of}
        expected = oracle.explain(
            tables, indicator.code, year=year, school=school.key, imported=IMPORTED, **asked
        )
        lines = measure.explain(
            session, indicator, schools=[school.id], year=Year.parse(year), **asked
        )
        found = [[line[name] for name in LINE] for line in lines if line["pupil"] is not None]
        assert sorted(found, key=str) == sorted(
            ([line[name] for name in LINE] for line in expected), key=str
        ), (indicator.code, year, as_of)


def check_sums(session: Session) -> None:
    """Classes, with those who have none, add up to the school."""
    entries = {by: product(session, random_school.YEARS[1], None, by) for by in ("school", "class")}
    sums = {
        by: {
            (one["indicator"], one["school"], name): sum(
                other[name] or 0
                for other in found
                if (other["indicator"], other["school"]) == (one["indicator"], one["school"])
            )
            for one in entries["school"]
            for name in NUMBERS
        }
        for by, found in entries.items()
    }
    assert sums["school"] == sums["class"]


@pytest.mark.parametrize("around", ROUNDS)
def test_figures_and_the_pupils_behind_them_equal_the_oracles(
    server: Databases, around: int
) -> None:
    count = NETWORKS[server.kind]
    with server.in_memory() as engine, engine.connect() as connection:
        for seed in range(around * count, (around + 1) * count):
            choose = random.Random(seed)  # noqa: S311 - a seed, no secret
            tables = random_school.tables(choose)
            with connection.begin() as transaction, Session(connection) as session:
                load(session, tables)
                check_figures(session, tables, choose)
                check_lines(session, tables, choose)
                check_sums(session)
                transaction.rollback()
