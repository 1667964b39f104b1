"""The figures of the demo tell the story they are meant to tell, counted by the naive oracle."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from iopflow.demo import write_tables
from tests import oracle
from tests.demo.rules import Tables, read

NOW = date(2027, 8, 20)
SCHOOLS = ("tussevik", "vesleskjer")
YEARS = ("2024-25", "2025-26", "2026-27")

Figures = Mapping[tuple[str, str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    """Every figure of the three whole years, by school, indicator and year."""
    folder: Path = tmp_path_factory.mktemp("story")
    write_tables(folder, now=NOW)
    tables = of_special_schools(read(folder))
    return {
        (entry["school"], entry["indicator"], year): entry
        for year in YEARS
        for entry in oracle.figures(tables, year=year, today=NOW)
    }


def of_special_schools(tables: Tables) -> Tables:
    """Without the large school, whose 400 pupils the naive oracle needs minutes for."""
    pupils = {row["pupil"] for row in tables["enrolments"] if row["school"] in SCHOOLS}
    units = {row["unit"] for row in tables["units"] if row["school"] in SCHOOLS}

    def kept(row: dict[str, str]) -> bool:
        return (
            row.get("school", SCHOOLS[0]) in SCHOOLS
            and ("pupil" not in row or row["pupil"] in pupils)
            and ("subject" not in row or row["subject"] in pupils | units)
        )

    return {name: [row for row in rows if kept(row)] for name, rows in tables.items()}


def rates(figures: Figures, school: str, indicator: str) -> list[float]:
    return [figures[school, indicator, year]["rate"] for year in YEARS]


def test_every_figure_can_be_computed(figures: Figures) -> None:
    assert {key: entry["problem"] for key, entry in figures.items() if entry["problem"]} == {}


@pytest.mark.parametrize("indicator", ["P1", "P3", "P4", "P7_host", "P8", "P9"])
def test_special_school_improves_year_by_year(figures: Figures, indicator: str) -> None:
    found = rates(figures, "tussevik", indicator)
    assert found == sorted(found)
    assert found[-1] - found[0] > 0.08


def test_special_school_has_the_assessments_in_time_as_told(figures: Figures) -> None:
    assert rates(figures, "tussevik", "P1") == pytest.approx([0.62, 0.74, 0.83], abs=0.03)


@pytest.mark.parametrize("indicator", ["P1", "P2", "P3", "P4", "P7_host", "P7_var", "P8", "P9"])
def test_tiny_school_keeps_nearly_everything(figures: Figures, indicator: str) -> None:
    assert min(rates(figures, "vesleskjer", indicator)) >= 0.85


def test_a_year_without_new_pupils_has_no_rate(figures: Figures) -> None:
    assert None in rates(figures, "vesleskjer", "P5")
    assert None in rates(figures, "vesleskjer", "P6")


def test_late_assessments_drag_vedtak_and_iop(figures: Figures) -> None:
    for before, after in pairwise(YEARS):
        assert figures["tussevik", "P2", before]["mangler_sv"] > 0
        assert figures["tussevik", "P4", after]["excluded"]["uten_vedtak"] > 0


def test_exclusions_outcomes_and_late_registration_are_shown(figures: Figures) -> None:
    reasons: dict[str, set[str]] = {}
    for (_, indicator, _), entry in figures.items():
        reasons.setdefault(indicator, set()).update(entry["excluded"])
    assert reasons["P2"] == {"gyldig_flerarig", "samtykke_mangler"}
    assert reasons["P3"] >= {"ikke_aktuelt"}
    assert reasons["P4"] == {"uten_vedtak", "ikke_aktuelt"}
    assert reasons["P6"] >= {"sluttet", "sen_start"}
    assert reasons["P7"] == {"kort_tid"}
    assert reasons["P8"] == {"slutter"}
    entries = list(figures.values())
    assert sum(entry["recorded_after"] for entry in entries) >= 10
    assert sum(entry["justified"] for entry in entries) >= 10
    assert sum(entry["declined"] for entry in entries if entry["indicator"] == "P8") >= 10
