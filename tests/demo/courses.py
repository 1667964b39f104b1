"""The cases of the demo's tables, run as the product runs those of its database."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from iopflow.facts import (
    AppealFact,
    AssessmentFact,
    CaseFacts,
    ConsentFact,
    MoveFact,
    PauseFact,
    VedtakFact,
)
from iopflow.lifecycle import Circumstances, Course, Court, course
from iopflow.queries.courses import CONCERN
from iopflow.schoolyear import Year
from tests.demo.rules import Row, Tables

Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Ran:
    """A case that has run."""

    pupil: str
    school: str
    course: Course


def ran(tables: Tables, today: date) -> list[Ran]:
    """Every case that had begun on a day."""
    of = {
        name: _by_pupil(tables[name])
        for name in ("assessments", "vedtak", "consents", "moves", "pauses", "appeals")
    }
    stays = _by_pupil(tables["enrolments"])
    concerns = _concerns(tables)
    places = {row["school"]: row["municipality"] for row in tables["schools"]}
    first = {
        (row["school"], row["year"]): date.fromisoformat(row["first_day"])
        for row in tables["school_years"]
    }
    found = []
    for pupil in tables["pupils"]:
        key = pupil["pupil"]
        facts = _facts({name: rows.get(key, []) for name, rows in of.items()})
        told = {year for who, year in concerns if who == key}
        for year in sorted({*facts.years, *told}):
            stay = _stay(stays[key], year)
            ends = [_day(row["to"]) for row in stays[key]]
            home = pupil["home_municipality"]
            about = Circumstances(
                birth_month=pupil["birth_month"] or None,
                decider=Court.SKOLE if home in ("", places[stay["school"]]) else Court.KOMMUNE,
                first_day=first.get((stay["school"], str(Year(year)))),
                left_on=None if None in ends else max(day for day in ends if day),
                concern_on=concerns.get((key, year)),
            )
            one = course(facts, year, about, until=today)
            if one.begun is not None:
                found.append(Ran(key, stay["school"], one))
    return found


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def _must(cell: str) -> date:
    return date.fromisoformat(cell)


def _year(row: Row) -> int:
    return Year.parse(row["for_year"]).start


def _by_pupil(rows: list[Row]) -> Rows:
    found: Rows = defaultdict(list)
    for row in rows:
        found[row["pupil"]].append(row)
    return found


def _concerns(tables: Tables) -> dict[tuple[str, int], date]:
    return {
        (row["subject"], Year.parse(row["year"]).start): _must(row["on"])
        for row in tables["happenings"]
        if (row["step"], row["what"]) == (CONCERN, "done")
    }


def _stay(rows: list[Row], year: int) -> Row:
    begun = [row for row in rows if row["from"] <= f"{year + 1}-07-31"]
    return max(begun, key=lambda row: row["from"]) if begun else rows[0]


def _facts(of: Rows) -> CaseFacts:
    return CaseFacts(
        tuple(
            AssessmentFact(
                _year(row),
                _must(row["needed_since"]),
                _day(row["referred_on"]),
                _day(row["complete_on"]),
                _day(row["received_on"]),
                _day(row["valid_to"]),
            )
            for row in of["assessments"]
        ),
        tuple(_vedtak(of["vedtak"])),
        tuple(
            ConsentFact(
                row["kind"],
                _year(row),
                _must(row["on"]),
                row["answer"] == "given",
                row["answered_by"] or None,
            )
            for row in of["consents"]
        ),
        tuple(
            MoveFact(row["what"], _year(row), _must(row["on"]), row["note"] or None)
            for row in of["moves"]
        ),
        tuple(
            PauseFact(_year(row), _must(row["from"]), row["court"], _day(row["to"]))
            for row in of["pauses"]
        ),
        tuple(
            AppealFact(_year(row), _must(row["registered_on"]), row["kind"] or None)
            for row in of["appeals"]
        ),
    )


def _vedtak(rows: list[Row]) -> Iterator[VedtakFact]:
    for row in rows:
        yield VedtakFact(
            _year(row),
            _must(row["decided_on"]),
            row["outcome"] != "refused",
            _day(row["valid_from"]),
            _day(row["valid_to"]),
            _day(row["notified_on"]),
            _day(row["arrived_on"]),
            row["outcome"] == "partly",
            row["departs"] == "ja",
            row["reason"] or None,
        )
