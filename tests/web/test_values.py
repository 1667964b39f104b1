"""Registrerte tall: what the school types in, seen by those who may, refused in clear words."""

import io
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from iopflow.clock import OSLO
from iopflow.registered import REGISTERED
from tests.web.conftest import Pages

MARCH = datetime(2027, 2, 20, 10, 0, tzinfo=OSLO)


def form(pages: Pages, code: str, who: str = "rita", **asked: str) -> dict[str, Any]:
    """What the page's form holds."""
    page = pages.as_(who).get(f"/verdier/{code}", params=asked).text
    found: dict[str, Any] = {
        name: re.findall(rf'name="{name}" value="([^"]*)"', page)
        for name in ("kategori", "verdi", "av")
    }
    for name in ("dag", "klasse", "sett", "felles", "kilde"):
        found[name] = next(iter(re.findall(rf'name="{name}" value="([^"]*)"', page)), "")
    return found


def stored(pages: Pages) -> list[tuple[Any, ...]]:
    return pages.rows(
        "SELECT indicator, category, unit_key, value, of, source FROM figure_value ORDER BY id"
    )


def lines(content: bytes) -> list[list[Any]]:
    """The lines of an Excel file."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_a_school_registers_corrects_and_takes_back(pages: Pages) -> None:
    client = pages.as_("olav")
    assert "Mangler" in client.get("/verdier").text
    asked = form(pages, "OK2", "olav") | {"verdi": ["4", "2", "7"], "felles": "13", "kilde": "Egen"}
    assert asked["dag"] == "2026-10-01"
    saved = client.post("/verdier/OK2", data=asked)
    assert saved.status_code == 303
    assert stored(pages) == [
        ("OK2", "1:1", "", "4", "13", "Egen"),
        ("OK2", "2:1", "", "2", "13", "Egen"),
        ("OK2", "gruppe", "", "7", "13", "Egen"),
    ]
    page = client.get(saved.headers["location"]).text
    assert "31\u00a0%" in page
    assert "4/13" in page
    again = form(pages, "OK2", "olav") | {"verdi": ["5", "2", "6"], "reason": "talte feil"}
    saved = client.post("/verdier/OK2", data=again)
    page = client.get(saved.headers["location"]).text
    assert "talte feil" in page  # the log, on the page
    (words,) = re.findall(r'name="hva" value="(\d+-\d+)"', page)
    back = client.post("/verdier/OK2/angre", data={"hva": words})
    assert back.status_code == 303
    assert [row[3] for row in stored(pages)] == ["4", "2", "7"]
    assert client.post("/verdier/OK2/angre", data={"hva": words}).status_code == 422
    said = pages.as_("olav").get("/historikk").text
    assert "Registrerte tall for skolen" in said
    assert "Angret registrerte tall" in said


def test_a_figure_is_removed_with_a_reason(pages: Pages) -> None:
    client = pages.as_("rita")
    client.post("/verdier/S8", data=form(pages, "S8") | {"verdi": "12", "av": "14"})
    ((number,),) = pages.rows("SELECT id FROM figure_value")
    assert client.post("/verdier/S8/fjern", data={"verdi": number}).status_code == 422
    asked = {"verdi": number, "reason": "feil år"}
    assert client.post("/verdier/S6/fjern", data=asked).status_code == 404
    gone = client.post("/verdier/S8/fjern", data=asked)
    after = client.get(gone.headers["location"]).text
    assert "Loggen har det fortsatt" in after
    assert stored(pages) == []
    page = client.get("/verdier/S8").text
    assert "fjernet" in page
    assert "feil år" in page
    (words,) = re.findall(r'name="hva" value="(\d+-\d+)"', after)
    client.post("/verdier/S8/angre", data={"hva": words})
    assert [row[3:5] for row in stored(pages)] == [("12", "14")]


def test_the_history_says_which_figure_and_takes_it_back(pages: Pages) -> None:
    olav = pages.as_("olav")
    for values in (["4", "2", "7"], ["5", "2", "6"]):
        asked = form(pages, "OK2", "olav") | {"verdi": values, "felles": "13"}
        olav.post("/verdier/OK2", data=asked)
        pages.now += timedelta(minutes=1)
    ((number,),) = pages.rows("SELECT id FROM figure_value WHERE category = '2:1'")
    olav = pages.as_("olav")
    olav.post("/verdier/OK2/fjern", data={"verdi": number, "reason": "talte feil"})
    page = olav.get("/historikk").text
    for said in (
        "Registrerte tall for skolen: ØK2 1:1 (én voksen), 01.10.2026: 31\u00a0% 4/13; ØK2 2:1",
        "ØK2 1:1 (én voksen), 01.10.2026: 31\u00a0% 4/13 → 38\u00a0% 5/13; ØK2 gruppe",
        "Fjernet et registrert tall: ØK2 2:1 (to voksne), 01.10.2026: 15\u00a0% 2/13",
    ):
        assert said in page
    undoable = re.findall(r'name="what" value="(\d+-\d+)"', page)
    assert len(undoable) == 2  # what was first typed has been changed since
    for what in undoable:
        assert pages.as_("rita").post("/historikk/angre", data={"what": what}).status_code == 422
        assert olav.post("/historikk/angre", data={"what": what}).status_code == 303
    assert [row[3] for row in sorted(stored(pages))] == ["4", "2", "7"]
    after = olav.get("/historikk").text
    assert after.count("Angret registrerte tall: ØK2") == 2
    assert "ØK2 2:1 (to voksne), 01.10.2026: 15\u00a0% 2/13 er satt tilbake" in after
    assert "38\u00a0% 5/13 er satt tilbake til 31\u00a0% 4/13" in after
    assert "Begrunnelse: angret" not in after
    # Who has left the office sees that something was registered, and not the figures any more.
    pages.run(
        "UPDATE role_grant SET role = 'kontaktlaerer', at_kind = 'unit',"
        " at_id = (SELECT id FROM unit WHERE key = '3a')"
        " WHERE person_id = (SELECT id FROM person WHERE key = 'olav')"
    )
    page = pages.as_("olav").get("/historikk").text
    assert ("Registrerte tall for skolen" in page, "ØK2 1:1" in page) == (True, False)


def test_two_who_type_at_once_are_told(pages: Pages) -> None:
    mine = form(pages, "S8") | {"verdi": "12", "av": "14"}
    theirs = form(pages, "S8", "olav") | {"verdi": "11", "av": "14"}
    assert pages.as_("olav").post("/verdier/S8", data=theirs).status_code == 303
    answer = pages.as_("rita").post("/verdier/S8", data=mine)
    assert answer.status_code == 422
    assert "Tallene ble endret mens du skrev" in answer.text
    assert "11/14" in answer.text
    assert 'value="12"' in answer.text
    assert stored(pages)[0][3] == "11"
    (sett,) = re.findall(r'name="sett" value="([^"]*)"', answer.text)
    assert pages.as_("rita").post("/verdier/S8", data=mine | {"sett": sett}).status_code == 303
    assert stored(pages)[0][3] == "12"


@pytest.mark.parametrize(
    ("code", "typed", "said"),
    [
        ("S8", {"verdi": "101"}, "S8 er en andel, og kan ikke være mer enn 100 prosent."),
        ("S3", {"verdi": "501"}, "Verdien må være et tall mellom 0 og 500."),
        ("S8", {"verdi": "mange"}, "Verdien må være et tall mellom 0 og 100."),
        ("S8", {"verdi": "15", "av": "14"}, "større enn «av»"),
        ("S6", {"verdi": "60"}, "mellom 0 og 40"),
        ("S8", {"verdi": ""}, "Skriv minst én verdi."),
        ("S8", {"verdi": "9" * 10_000}, "Verdien må være et tall"),
        ("S8", {"verdi": "12", "kilde": "x" * 10_000}, "inntil 200 tegn"),
        ("S8", {"verdi": "12", "kilde": "elev 01010112345"}, "uten fødselsnummer"),
        ("S8", {"verdi": "12", "dag": "2026-11-11"}, "Velg en av telledatoene."),
        ("S8", {"verdi": "12", "dag": "9999-99-99"}, "Velg en av telledatoene."),
        ("S4", {"verdi": "0,5", "dag": "2027-03-01"}, "kan registreres fra 01.02.2027"),
        (
            "R1",
            {"ny": "Kan kjøpe bussbillett på egen hånd og ta bussen", "ny-verdi": "3"},
            "40 tegn",
        ),
        ("OK2", {"verdi": ["5", "5", "5"], "felles": "12"}, "mer enn 12"),
        ("S8", {"verdi": "12", "reason": "x" * 501}, "inntil 500 tegn"),
    ],
)
def test_what_cannot_be_stored_is_said_in_words(
    pages: Pages, code: str, typed: dict[str, Any], said: str
) -> None:
    pages.now = MARCH if code == "R1" else pages.now
    answer = pages.as_("rita").post(f"/verdier/{code}", data=form(pages, code) | typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert stored(pages) == []


def test_a_figure_far_from_last_years_is_saved_and_asked_about(pages: Pages) -> None:
    client = pages.as_("rita")
    for year, value, asks in (
        ("2025-26", "60", False),
        ("2026-27", "480", True),
        ("2026-27", "62,5", False),
    ):
        asked = form(pages, "S3", ar=year, dag=f"{year[:4]}-10-01") | {"verdi": value}
        saved = client.post(f"/verdier/S3?ar={year}", data=asked)
        page = client.get(saved.headers["location"]).text
        assert ("Stemmer det?" in page, "480\u00a0% nå, 60\u00a0% i fjor." in page) == (asks, asks)
        assert 'name="hva"' in page  # the undo
    assert [row[3] for row in stored(pages)] == ["60", "62.5"]


def test_what_was_typed_is_not_lost_and_is_never_markup(pages: Pages) -> None:
    hostile = "<script>alert(1)</script>"
    asked = form(pages, "S8") | {"verdi": hostile, "kilde": hostile}
    answer = pages.as_("rita").post("/verdier/S8", data=asked)
    assert answer.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    assert hostile not in answer.text


def test_more_lines_than_a_form_has_are_left(pages: Pages) -> None:
    asked = form(pages, "S8") | {
        "kategori": [""] * 4_000,
        "verdi": ["1"] * 4_000,
        "av": [""] * 4_000,
    }
    answer = pages.as_("rita").post("/verdier/S8", data=asked)
    assert (answer.status_code, stored(pages)) == (400, [])  # more fields than any form has
    asked |= {name: asked[name][:1_000] for name in ("kategori", "verdi", "av")}
    answer = pages.as_("rita").post("/verdier/S8", data=asked)
    assert (answer.status_code, stored(pages)) == (422, [])
    assert answer.text.count('name="kategori"') == 40


def test_classes_have_figures_of_their_own_that_only_the_school_sees(pages: Pages) -> None:
    pages.now = MARCH
    rita, eli = pages.as_("rita"), pages.as_("eli")
    for unit in ("", "3a"):
        asked = form(pages, "R1", klasse=unit)
        assert (asked["dag"], asked["klasse"]) == ("2027-03-01", unit)
        asked |= {"verdi": ["6", "3", "1"], "felles": "12", "ny": "ikke vurdert", "ny-verdi": "2"}
        assert rita.post("/verdier/R1", data=asked).status_code == 303
    assert len(stored(pages)) == 8
    assert "og 1 klasse" in rita.get("/verdier").text
    page = rita.get("/verdier/R1").text
    assert page.count("ikke vurdert") >= 3  # in both lists, and a line of its own in the form
    assert "3a" in page
    ((lia,),) = pages.rows("SELECT id FROM school WHERE key = 'lia'")
    assert "og 1 klasse" not in eli.get(f"/verdier?skole={lia}").text
    shown = eli.get(f"/verdier/R1?skole={lia}").text
    assert (shown.count("hele skolen"), "6/12" in shown, ">3a<" in shown) == (4, True, False)
    assert rita.get("/verdier/R1?klasse=f3").status_code == 404
    forged = form(pages, "R1") | {"klasse": "f3", "verdi": ["1", "1", "1"]}
    assert rita.post("/verdier/R1", data=forged).status_code == 404


def test_what_the_network_has_not_developed_is_shown_as_such(pages: Pages) -> None:
    client = pages.as_("rita")
    page = client.get("/verdier").text
    assert page.count("Ikke utviklet av nettverket ennå") == 2
    for code in ("P11", "R3"):
        shown = client.get(f"/verdier/{code}").text
        assert "tar ikke imot tall" in shown
        assert "Lagre tallene" not in shown
        answer = client.post(f"/verdier/{code}", data={"dag": "2026-10-01", "verdi": "1"})
        assert answer.status_code == 422
    assert client.get("/verdier/S9").status_code == 404


def test_what_is_unclear_in_the_seed_is_told(pages: Pages) -> None:
    client = pages.as_("rita")
    page = client.get("/verdier").text
    assert "Hva er uklart?" in page
    for words in ("byttet om", "ØK4 i oversikten", "tre telledatoer", "mangler i årshjulets liste"):
        assert words in page
    assert "Hva er uklart?" in client.get("/verdier/S6").text
    assert "Hva er uklart?" in client.get("/indikatorer/P9").text
    assert "Hva er uklart?" not in client.get("/indikatorer/P3").text


def test_a_year_without_a_skolerute_and_years_long_gone(pages: Pages) -> None:
    client = pages.as_("rita")
    for year in ("2031-32", "1990-91", "2099-00"):
        assert client.get(f"/verdier?ar={year}").status_code == 200
        page = client.get(f"/verdier/R2?ar={year}").text
        assert f"Skoleruten for {year} mangler" in page
        assert "Lagre tallene" not in page
        asked = {"dag": "2026-06-19", "kategori": "", "verdi": "12", "av": "14"}
        answer = client.post(f"/verdier/R2?ar={year}", data=asked)
        assert (answer.status_code, stored(pages)) == (422, [])
    assert client.get("/verdier?ar=tull").status_code == 404


def test_last_years_figure_stands_beside_and_the_file_has_what_is_shown(pages: Pages) -> None:
    client = pages.as_("rita")
    for year, value in (("2025-26", "10"), ("2026-27", "12")):
        first = f"{year[:4]}-10-01"
        asked = form(pages, "S8", ar=year, dag=first) | {"verdi": value, "av": "14"}
        assert client.post(f"/verdier/S8?ar={year}", data=asked).status_code == 303
    row = re.search(r"S8 Andel fast.*?</tr>", client.get("/verdier").text, re.DOTALL)
    assert row is not None
    assert "86\u00a0%" in row[0]
    assert "71\u00a0%" in row[0]
    answer = client.get("/verdier?format=xlsx")
    rows = lines(answer.content)
    assert rows[0][:2] == ["Indikator", "Hva"]
    assert [rows[1][place] for place in (0, 5, 6, 7, 8)] == [
        "S8",
        85.7143,
        "prosent",
        "12/14",
        71.4286,
    ]
    assert len(rows) == 2


def test_a_formula_from_a_file_stays_a_text(pages: Pages) -> None:
    pages.run(
        "INSERT INTO figure_value (owner_id, school_id, year, indicator, counted_on, category,"
        " unit_key, value, source) SELECT owner_id, id, 2026, 'R2', '2027-06-10',"
        " '=HYPERLINK(1)', '', '=1+1', '@SUM(A1)' FROM school WHERE key = 'lia'"
    )
    answer = pages.as_("rita").get("/verdier?format=xlsx")
    row = lines(answer.content)[1]
    assert [row[place] for place in (3, 5, 9)] == ["=HYPERLINK(1)", "=1+1", "@SUM(A1)"]
    assert pages.as_("rita").get("/verdier/R2").status_code == 200


def test_a_school_with_few_pupils_is_not_read_from_outside(pages: Pages) -> None:
    """Fjell has two pupils: of them the owner sees a dot, of the staff the number."""
    ((fjell,),) = pages.rows("SELECT id FROM school WHERE key = 'fjell'")
    for code, category, value in (("OK2", "1:1", "50"), ("OK1a", "", "712"), ("S8", "", "87")):
        pages.run(
            "INSERT INTO figure_value (owner_id, school_id, year, indicator, counted_on, category,"  # noqa: S608 - values of ours
            f" unit_key, value) SELECT owner_id, id, 2026, '{code}', '2026-10-01', '{category}',"
            f" '', '{value}' FROM school WHERE id = {fjell}"
        )
    eli = pages.as_("eli")
    for address in (f"/verdier?skole={fjell}", f"/verdier/OK2?skole={fjell}"):
        page = eli.get(address).text
        assert "•" in page
        assert "50\u00a0%" not in page
    page = eli.get(f"/verdier?skole={fjell}").text
    assert "712" not in page
    assert "87\u00a0%" in page
    answer = eli.get(f"/verdier?skole={fjell}&format=xlsx")
    rows = lines(answer.content)
    assert {row[0]: row[5] for row in rows[1:]} == {"S8": 87, "ØK1a": "•", "ØK2": "•"}
    assert eli.post(f"/verdier/S8?skole={fjell}", data={"dag": "2026-10-01"}).status_code == 403
    assert pages.as_("rita").get(f"/verdier?skole={fjell}").status_code == 404


def test_every_indicator_has_its_page(still: Pages) -> None:
    client = still.as_("heidi")
    for one in REGISTERED:
        page = client.get(f"/verdier/{one.code}")
        assert (page.status_code, one.name in page.text) == (200, True)
        assert "Lagre tallene" not in page.text  # the head of an avdeling reads


@pytest.mark.parametrize(
    ("code", "said", "name"),
    [("S7a", "I ansatte per leder, som 20,5.", "ansatte per leder"), ("S8", "som 87,4", "S8")],
)
def test_the_form_gives_an_example_of_the_unit_and_has_no_loose_word(
    still: Pages, code: str, said: str, name: str
) -> None:
    page = still.as_("rita").get(f"/verdier/{code}").text
    assert said in page
    assert re.findall(r'class="value-name"[^>]*>([^<]*)<', page) == [name]
