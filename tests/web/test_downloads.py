"""What is taken along is what is shown: the same rows, with the filters in use, in a file."""

import io
import re
from html import unescape
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.web.conftest import Pages

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows(answer: Any) -> list[list[Any]]:
    """The rows of a file, the titles first."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return book.get_sheet_by_index(0).to_python()


def offered(page: str) -> str:
    """The address behind «Last ned»."""
    found = re.search(r'href="([^"]+)">Last ned', page)
    assert found is not None
    return unescape(found[1])


def column(found: list[list[Any]], title: str) -> list[Any]:
    """One column of a file."""
    place = found[0].index(title)
    return [row[place] for row in found[1:]]


@pytest.mark.parametrize(
    ("who", "path", "title"),
    [
        ("kari", "/mine", "Hvem"),
        ("kari", "/mine?vis=alt", "Hvem"),
        ("heidi", "/samtaler?ar=2026-27&slag=iop.utviklingssamtale", "Elev"),
        ("kari", "/samtaler?vis=ikke-invitert&slag=iop.elevsamtale_host", "Elev"),
        ("rita", "/behov?ar=2027-28", "Elev"),
        ("rita", "/indikatorer/P3?ar=2026-27", "Elev"),
    ],
)
def test_the_file_has_exactly_the_pupils_shown(
    still: Pages, who: str, path: str, title: str
) -> None:
    page = still.as_(who).get(path).text
    table = "".join(re.findall(r"<tbody>.*?</tbody>", page, re.DOTALL))
    shown = re.findall(r"Elev e\d", re.sub(r'<span class="ds-sr-only">.*?</span>', "", table))
    found = column(rows(still.as_(who).get(offered(page))), title)
    assert [name for name in found if name.startswith("Elev")] == shown
    assert shown != []


def test_the_cases_that_wait_for_somebody_are_taken_along(pages: Pages) -> None:
    pages.run(
        "INSERT INTO assessment (owner_id, pupil_id, year, needed_since, recorded_on, recorded_at)"
        " SELECT owner_id, pupil_id, 2027, '2026-11-01', recorded_on, recorded_at FROM assessment"
    )
    found = rows(pages.as_("rita").get(offered(pages.as_("rita").get("/saker").text)))
    assert sorted(column(found, "Elev")) == ["Elev e1", "Elev e2", "Elev e3"]
    assert set(column(found, "Hvem sin tur")) == {"skolen"}


def test_the_matrix_is_taken_along_as_it_stands(still: Pages) -> None:
    ((unit,),) = still.rows("SELECT id FROM unit WHERE key = '3a'")
    client = still.as_("heidi")
    path = f"/matrise?klasse={unit}&apne={unit}"
    page = client.get(path).text
    found = rows(client.get(offered(page)))
    assert found[0][:2] == ["Klasse", "Elev"]
    assert found[0][2] == "Sum"
    assert [row[1] for row in found[1:]] == ["", "Elev e1", "Elev e2", "Elev e3"]
    assert found[1][3:] == re.findall(r'aria-hidden="true">(\d/\d) ', page)
    folded = rows(client.get("/matrise?format=xlsx"))
    assert "Elev" not in folded[0]


@pytest.mark.parametrize(
    "path", ["/indikatorer", "/prognose", "/moter", "/sporsmal", "/matrise/celle"]
)
def test_the_other_lists_as_well(pages: Pages, path: str) -> None:
    ((unit,),) = pages.rows("SELECT id FROM unit WHERE key = '3a'")
    more = f"steg=2026:iop.halvarsevaluering&klasse={unit}&" if path == "/matrise/celle" else ""
    found = rows(pages.as_("heidi").get(f"{path}?{more}format=xlsx"))
    assert {len(row) for row in found} == {len(found[0])}


def test_a_name_is_never_a_formula_and_never_in_the_files_name(pages: Pages) -> None:
    evil = "=HYPERLINK(1)"
    pages.run(f"UPDATE pupil SET name = '{evil}' WHERE key = 'e1'")  # noqa: S608 - a name of ours
    answer = pages.as_("kari").get("/samtaler?format=xlsx&slag=iop.utviklingssamtale")
    assert evil in column(rows(answer), "Elev")
    assert b"<f>" not in answer.content
    wanted = 'attachment; filename="iopflow-samtaler-utviklingssamtale-2026-11-26.xlsx"'
    assert answer.headers["content-disposition"] == wanted


def test_a_list_that_is_taken_out_is_noted_with_how_many_are_on_it(pages: Pages) -> None:
    pages.as_("per").get("/samtaler?format=xlsx")
    pages.as_("kari").get("/mine?format=xlsx")
    noted = pages.rows("SELECT what, pupil_key, n FROM reading ORDER BY id")
    assert noted[0] == ("/samtaler#xlsx", None, 1)
    assert (noted[1][:2], len(noted)) == (("/mine#xlsx", None), 2)


def test_who_may_not_open_a_page_may_not_take_it_along(still: Pages) -> None:
    for path in ("/samtaler", "/matrise", "/saker"):
        assert still.as_("olav").get(f"{path}?format=xlsx").status_code == 403
    assert "Elev e" not in still.as_("eli").get("/indikatorer/P3?format=xlsx").text


def test_the_foot_of_a_printed_page(still: Pages) -> None:
    answer = still.as_("heidi").get("/utskrift.css?navn=ja")
    assert answer.headers["content-type"].startswith("text/css")
    said = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), answer.text)
    assert "Lia skole · Skrevet ut 26.11.2026 av Heidi · Inneholder taushetsbelagte" in said
    assert '"Side " counter(page) " av " counter(pages)' in said
    assert "taushetsbelagte" not in still.as_("heidi").get("/utskrift.css").text
