"""How lists come out: tables that fit, CSV that fools no sheet, Excel with plain strings."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from iopflow.cli import output
from iopflow.cli.output import Column, asked, show, table
from iopflow.sheets import amount_format
from iopflow.texts import speaking

ROWS: list[dict[str, Any]] = [
    {"id": "=1+1", "name": "@SUM(A1)", "note": "-2", "number": -2, "who": ["kari", "per"]},
    {"id": "e1", "name": "Åse", "note": None, "number": 0.5, "who": [], "extra": True},
]
COLUMNS = [
    Column("Id", lambda row: row["id"]),
    Column("Navn", lambda row: row["name"], gives=True),
    Column("Tall", lambda row: row["number"], right=True),
    Column("Merk", lambda row: row["note"], drops=True),
]


def test_csv_disarms_formulas_and_keeps_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    show(asked("csv", None), ROWS, COLUMNS)
    assert capsys.readouterr().out.splitlines() == [
        "id,name,note,number,who,extra",
        "'=1+1,'@SUM(A1),'-2,-2,kari per,",
        "e1,Åse,,0.5,,true",
    ]


def test_excel_holds_strings_as_strings(tmp_path: Path) -> None:
    path = tmp_path / "liste.xlsx"
    show(asked(None, str(path)), ROWS, COLUMNS)
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        strings = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "<t>=1+1</t>" in strings


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(1030.2, "#,##0.0"), (712.0, "#,##0"), (85.7143, "#,##0.0000"), (-0.5, "#,##0.0")],
)
def test_an_amount_has_its_thousands_apart_and_its_own_decimals(amount: float, shown: str) -> None:
    assert amount_format(amount) == shown


def test_a_table_cuts_what_gives_and_leaves_out_what_drops_when_narrow() -> None:
    long = [dict(ROWS[1], name="Samtale med foresatte om målvalg", note="lang merknad")]
    wide = table(long, COLUMNS, width=80).splitlines()
    assert wide[2] == "e1  Samtale med foresatte om målvalg   0.5  lang merknad"
    narrow = table(long, COLUMNS, width=32).splitlines()
    assert narrow == [
        "Id  Navn                    Tall",
        "──  ──────────────────────  ────",
        "e1  Samtale med foresatte…   0.5",
    ]


def test_a_column_without_anything_in_it_is_left_out() -> None:
    assert "Merk" not in table(ROWS[1:], COLUMNS, width=80)


def test_days_are_norwegian_and_nothing_where_there_is_none() -> None:
    assert (output.day("2026-05-31"), output.day(None), output.day("")) == ("31.05.2026", "", "")


def test_a_moment_shows_the_day_it_was_in_norway() -> None:
    assert output.day(datetime(2026, 11, 25, 23, 30, tzinfo=UTC)) == "26.11.2026"
    assert output.day("2026-11-25T23:30:00+00:00") == "26.11.2026"
    assert output.day("2026-11-25") == "25.11.2026"
    with speaking("en"):
        assert output.day("2026-11-25") == "2026-11-25"
