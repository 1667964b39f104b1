"""/import: what stands in iopflow is taken out, put right in a spreadsheet and uploaded again."""

import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from iopflow.words import reading_word
from tests.web.conftest import Pages
from tests.web.import_kit import do, uploaded

PATH = "/import/uttrekk.xlsx"
TITLE = "Hent ut, rett i regneark og last opp igjen"


def sheets(content: bytes, folder: Path) -> dict[str, list[list[Any]]]:
    path = folder / "bok.xlsx"
    path.write_bytes(content)
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def written(found: dict[str, list[list[Any]]], folder: Path) -> bytes:
    """The book as a spreadsheet would save it."""
    path = folder / "rettet.xlsx"
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "dd.mm.yyyy"})
    for name, rows in found.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return path.read_bytes()


def test_a_head_takes_out_puts_right_and_uploads_again(pages: Pages, tmp_path: Path) -> None:
    client = pages.as_("rita")
    assert TITLE in client.get("/import").text
    answer = client.get(f"{PATH}?tabeller=elever")
    name = 'attachment; filename="iopflow-elever-2026-11-26.xlsx"'
    assert answer.headers["content-disposition"] == name
    found = sheets(answer.content, tmp_path)
    assert list(found) == ["Hjelp", "units", "pupils", "enrolments"]
    said = str(found["Hjelp"][1][0])
    assert re.match(r"Hentet ut 26\.11\.2026 kl\. 10\.00 av Rita.*, for Lia skole\.", said)
    at = uploaded(client, "bok.xlsx", answer.content)
    assert "Ingenting å endre" in client.get(at).text

    row = next(row for row in found["pupils"] if row[0] == "e1")
    row[1] = "Nora Åsheim"
    at = uploaded(client, "rettet.xlsx", written(found, tmp_path))
    page = client.get(at).text
    assert ("Elev e1" in page, "Nora Åsheim" in page) == (True, True)
    assert do(client, at).status_code == 303
    assert pages.rows("SELECT name FROM pupil WHERE key = 'e1'") == [("Nora Åsheim",)]


def test_that_pupils_are_taken_out_is_noted(pages: Pages, tmp_path: Path) -> None:
    client = pages.as_("rita")
    client.get(f"{PATH}?tabeller=skolerute")
    assert pages.rows("SELECT what FROM reading") == []
    found = sheets(client.get(f"{PATH}?tabeller=elever").content, tmp_path)
    assert pages.rows("SELECT what, pupil_key, n FROM reading") == [
        (PATH, None, len(found["pupils"]) - 1)
    ]
    assert reading_word(PATH) == "Lastet ned listen «Ut til regneark»"


def test_whoever_administers_is_offered_no_pupils(pages: Pages, tmp_path: Path) -> None:
    client = pages.as_("ada")
    page = client.get("/import").text
    assert "arkene om elever er ikke med" in page
    assert re.findall(r'<option value="(\w+)">', page) == ["personer", "skolerute", "alt"]
    assert client.get(f"{PATH}?tabeller=elever").status_code == 404
    content = client.get(PATH).content
    found = sheets(content, tmp_path)
    assert "pupils" not in found
    assert "Elev e" not in str(found)
    assert "Ingenting å endre" in client.get(uploaded(client, "bok.xlsx", content)).text
    assert pages.rows("SELECT count(*) FROM reading") == [(0,)]


@pytest.mark.parametrize("asked", ["", "finnes-ikke", "../alt"])
def test_what_nobody_offers_is_not_found(pages: Pages, asked: str) -> None:
    assert pages.as_("rita").get(PATH, params={"tabeller": asked}).status_code == 404
