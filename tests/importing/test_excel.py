"""Workbooks as schools keep them: read like the same tables as CSV, and refused in a sentence."""

import csv
import html
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlmodel import Session

from iopflow import importing
from iopflow.importing.cells import BadFile
from iopflow.importing.tables import TABLES
from iopflow.importing.template import write_template
from tests.factories import NOW, RULES

Rows = Sequence[Sequence[Any]]
# Excel knows no time zone.
MIDNIGHT = datetime.combine(date(2024, 8, 1), time())
HALF_PAST = datetime.combine(date(2026, 8, 17), time(8, 30))
BOOK: dict[str, Rows] = {
    "schools": [("school", "name", "owner", "municipality"), ("lia", "Lia", "eikedal", "Eikedal")],
    "school_years": [
        ("school", "year", "first_day", "last_day"),
        ("lia", "2026-27", date(2026, 8, 17), "18.06.2027"),
    ],
    "units": [("unit", "school", "kind", "name"), ("3a", "lia", "klasse", "3A")],
    "pupils": [
        ("pupil", "name", "birth_month", "protected"),
        (101, "Åse Øy", "2014-03", False),
        (102.0, "Bo", "", True),
    ],
    "enrolments": [
        ("pupil", "school", "from", "class", "grade"),
        (101, "lia", date(2024, 8, 1), "3a", 1.0),
        ("102", "lia", MIDNIGHT, "3a", "2"),
    ],
}


def book(path: Path, sheets: Mapping[str, Rows]) -> Path:
    made = xlsxwriter.Workbook(str(path))
    day = made.add_format({"num_format": "dd.mm.yyyy"})
    for name, rows in sheets.items():
        sheet = made.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                elif isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(number, place, cell, None, "#N/A")
                else:
                    sheet.write(number, place, cell)
    made.close()
    return path


def changed(**sheets: Rows) -> dict[str, Rows]:
    return BOOK | sheets


def planned(session: Session, path: Path) -> Any:
    return importing.plan(session, importing.read(path), RULES, now=NOW)


def refused(session: Session, path: Path) -> list[str]:
    return [one.sentence() for one in planned(session, path).refused]


def test_a_workbook_says_what_the_same_tables_say_as_csv(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "csv"
    folder.mkdir()
    plain = {True: "ja", False: "nei"}
    for name, rows in BOOK.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            for row in rows:
                csv.writer(file, delimiter=";").writerow(
                    plain[cell]
                    if isinstance(cell, bool)
                    else int(cell)
                    if isinstance(cell, float)
                    else cell.date()
                    if isinstance(cell, datetime)
                    else cell
                    for cell in row
                )
    from_book = planned(session, book(tmp_path / "bok.xlsx", BOOK))
    from_csv = planned(session, folder)
    assert from_book.summary == from_csv.summary
    assert [one.sentence() for one in from_book.refused] == []
    assert {table["table"]: table["added"] for table in from_book.summary}["pupils"] == 2


def test_a_filled_template_imports(session: Session, tmp_path: Path) -> None:
    rows = {
        "schools": [("lia", "Lia", "eikedal", "Eikedal")],
        "school_years": [("lia", "2026-27", "2026-08-17", "2027-06-18")],
        "pupils": [("e1", "Åse Øy", "2014-03", "nei")],
    }
    path = tmp_path / "mal.xlsx"
    assert write_template(path, rows) == len(TABLES) + 1
    plan = planned(session, path)
    assert [one.sentence() for one in plan.refused] == []
    added = {table["table"]: table["added"] for table in plan.summary if table["added"]}
    assert added == {"schools": 1, "school_years": 1, "pupils": 1}


def test_the_list_of_the_template_imports(session: Session, tmp_path: Path) -> None:
    rows: dict[str, Rows] = {
        "schools": [("lia", "Lia", "eikedal", "Eikedal")],
        "units": [("3a", "lia", "klasse", "3A", "")],
        "elevliste": [("", "Åse Øy", "", "3A", "3", "", "17.08.2026")],
    }
    path = tmp_path / "mal.xlsx"
    write_template(path, rows)
    plan = planned(session, path)
    assert [one.sentence() for one in plan.refused] == []
    added = {table["table"]: table["added"] for table in plan.summary if table["added"]}
    assert added == {"schools": 1, "units": 1, "pupils": 1, "enrolments": 1}


def test_the_template_offers_the_words_of_a_case(tmp_path: Path) -> None:
    path = tmp_path / "mal.xlsx"
    write_template(path)
    with zipfile.ZipFile(path) as archive:
        names = re.findall(r'<sheet name="(\w+)"', archive.read("xl/workbook.xml").decode())
        lists = {
            name: re.findall(
                r'<formula1>"([^"]+)"',
                html.unescape(archive.read(f"xl/worksheets/sheet{place}.xml").decode()),
            )
            for place, name in enumerate(names, start=1)
            if name in {"moves", "supports", "consents"}
        }
    assert lists == {
        "consents": ["utredning,vedtak", "given,refused,withdrawn", "foresatte,elev"],
        "moves": [
            "measures,no_need,asked_utredning,sent_back,supplied,asked_vedtak,interim_reply,closed"
        ],
        "supports": ["assistanse,fysisk", "granted,partly,refused"],
    }


@pytest.mark.parametrize(
    ("sheets", "sentence"),
    [
        (
            {"pupils": [("pupil", "name"), (1020312345, "Bo")]},
            (
                "pupils rad 2, pupil «01020312345»: ser ut som et fødselsnummer; "
                "bruk skolens egen kode, som v-017."
            ),
        ),
        (
            {"pupils": [("pupil", "name"), (12345678901.0, "Bo")]},
            (
                "pupils rad 2, pupil «12345678901»: ser ut som et fødselsnummer; "
                "bruk skolens egen kode, som v-017."
            ),
        ),
        (
            {"pupils": [("pupil", "name", "birth_month"), ("e1", "Bo", date(2014, 3, 7))]},
            (
                "pupils rad 2, birth_month «2014-03-07»: er ingen måned; "
                "skriv år og måned, som 2014-03."
            ),
        ),
        (
            {"pupils": [("pupil", "name", "protected"), ("e1", "Bo", 1)]},
            "pupils rad 2, protected «1»: er verken ja eller nei; skriv ja eller nei.",
        ),
        (
            {
                "school_years": [
                    BOOK["school_years"][0],
                    ("lia", date(2026, 6, 27), *BOOK["school_years"][1][2:]),
                ]
            },
            "school_years rad 2, year «2026-06-27»: er ikke et skoleår; skriv som 2026-27.",
        ),
        (
            {
                "school_years": [
                    BOOK["school_years"][0],
                    ("lia", "2026-27", "i august", "18.06.2027"),
                ]
            },
            (
                "school_years rad 2, first_day «i august»: er ingen dato; "
                "skriv som 2026-08-17 eller 17.08.2026."
            ),
        ),
        (
            {
                "school_years": [
                    BOOK["school_years"][0],
                    ("lia", "2026-27", HALF_PAST, "18.06.2027"),
                ]
            },
            (
                "school_years rad 2, first_day «2026-08-17 08:30:00»: er ingen dato; "
                "skriv som 2026-08-17 eller 17.08.2026."
            ),
        ),
        (
            {"units": [BOOK["units"][0], ("3a", "lia", "klase", "3A")]},
            "units rad 2, kind «klase»: er ingen kjent kode; mente du «klasse»?",
        ),
        (
            {"enrolments": [BOOK["enrolments"][0], (101, "lia", date(2024, 8, 1), "3a", 1.5)]},
            "enrolments rad 2, grade «1.5»: er ikke et trinn; skriv et tall fra 0 til 13.",
        ),
        (
            {"enrolments": [BOOK["enrolments"][0], (999, "lia", date(2024, 8, 1), "3a", 1)]},
            (
                "enrolments rad 2, pupil «999»: finnes ikke; "
                "legg den til i pupils.csv, eller rett id-en."
            ),
        ),
    ],
)
def test_a_bad_cell_is_refused_where_excel_shows_it(
    session: Session, tmp_path: Path, sheets: dict[str, Rows], sentence: str
) -> None:
    found = refused(session, book(tmp_path / "bok.xlsx", changed(**sheets)))
    assert sentence.rstrip(".") in [one.rstrip(".") for one in found]


@pytest.mark.parametrize(
    ("sheets", "sentence"),
    [
        (
            {"xyz": [("pupil",), ("e1",)]},
            "Arket «xyz» i bok.xlsx er ingen importtabell: slett arket, eller kall det en av ",
        ),
        ({"pupil": [("pupil",), ("e1",)]}, "mente du «pupils»?"),
        (
            {"pupils": [("pupil", "navnet"), ("e1", "Bo")]},
            "pupils rad 1, kolonne 2: overskriften «navnet» er ukjent",
        ),
        (
            {"pupils": [("pupil", "elev"), ("e1", "Bo")]},
            "pupils rad 1: kolonnen «pupil» står to ganger; behold én.",
        ),
        (
            {"pupils": [("pupil",), ("e1",)]},
            "pupils rad 1: kolonnen «name» mangler; legg den til",
        ),
        (
            changed(pupils=[("pupil", "name"), ("e1", "=NA()")]),
            "pupils celle B2: formelen gir #N/A; rett den.",
        ),
        (
            {
                "pupils": [("pupil", "name"), ("e1", "Bo")],
                "Pupils ": [("pupil", "name"), ("e2", "Bo")],
            },
            "finnes to ganger i bok.xlsx: behold én.",
        ),
        ({}, "bok.xlsx har ingen importtabeller: legg inn filer som schools.csv"),
    ],
)
def test_a_bad_workbook_is_refused_whole(
    session: Session, tmp_path: Path, sheets: dict[str, Rows], sentence: str
) -> None:
    path = book(tmp_path / "bok.xlsx", sheets or {"Ark1": []})
    with pytest.raises(BadFile) as caught:
        planned(session, path)
    assert sentence in str(caught.value)


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"pupil;name\n", b"PK\3\4torn", b"\xd0\xcf\x11\xe0locked"):
        path = tmp_path / "bok.xlsx"
        path.write_bytes(content)
        with pytest.raises(BadFile, match=r"kan ikke leses: lagre den på nytt som \.xlsx"):
            importing.read(path)


def test_empty_sheets_rows_and_the_help_are_passed_by(session: Session, tmp_path: Path) -> None:
    spaced = [BOOK["pupils"][0], ("", "", "", ""), *BOOK["pupils"][1:], ("", " ", "", "")]
    sheets = changed(Ark9=[], Hjelp=[("Slik fyller du ut",)], pupils=spaced)
    plan = planned(session, book(tmp_path / "bok.xlsx", sheets))
    assert [one.sentence() for one in plan.refused] == []
    assert {table["table"]: table["added"] for table in plan.summary}["pupils"] == 2
