"""The whole road of an import in a browser, with and without script; and every step by axe."""

import pytest

from tests.browser.conftest import Pages, press
from tests.browser.test_accessibility import EDGES, violations
from tests.web.import_kit import sheet, zipped

FILES = {
    "pupils.csv": sheet(
        "Elevkode;Navn;protected",
        "p1;=HYPERLINK(1);nei",
        "p2;Ola To;kanskje",
        "p3;Ola Tre;nei",
        "p3;Ola Fire;nei",
        "e1;Nytt navn;nei",
    ),
    "enrolments.csv": sheet("pupil;school;from;class;grade", "p2;lia;2026-08-01;3a;3"),
}
OPENING = 500  # ms in which what is opened grows over what is below it (ds-details)
LIST = sheet(
    "Navn;Fødselsdato;Klasse;Trinn;Kontaktlærer",
    "Jon Berg;1.2.2014;3A;3;",
    "Jon Berg;1.2.2014;3A;3;",
    ";1.2.2014;9Z;x;",
)


@pytest.mark.parametrize("scripts", [True, False])
def test_from_a_file_to_what_is_stored_and_back(pages: Pages, scripts: bool) -> None:
    page = pages.as_("Rita", scripts=scripts)
    page.goto(f"{pages.address}/oppsett")
    press(page, "main a[href='/import']")
    page.set_input_files(
        "#fil", {"name": "skolen.zip", "mimeType": "application/zip", "buffer": zipped(FILES)}
    )
    press(page, "text=Last opp og kontroller")
    assert page.input_value("#k0-0") == "pupil"
    press(page, "button:text-is('Kontroller')")
    assert "! 2 rader må rettes" in page.inner_text(".verdict")
    page.fill("#rett-pupils-2-name", "Ola En")
    page.select_option("#rett-pupils-3-protected", "ja")
    page.click("text=Samme: ikke les inn denne raden")
    page.click("text=Kontroller på nytt")
    assert "Alt er rettet." in page.inner_text("[role=status]")
    press(page, "#importer")
    assert "Importen er lagret." in page.inner_text("[role=status]")
    names = "SELECT name FROM pupil WHERE key IN ('p1', 'p2', 'p3', 'e1') ORDER BY key"
    assert pages.rows(names) == [("Nytt navn",), ("Ola En",), ("Ola To",), ("Ola Tre",)]
    page.fill("#grunn", "feil fil")
    page.click("main button:text-is('Angre importen')")
    assert "Importen ble angret" in page.inner_text("[role=status]")
    assert pages.rows("SELECT count(*) FROM pupil WHERE key = 'p1'") == [(0,)]


@pytest.mark.parametrize("width", EDGES)
def test_every_step_is_as_the_other_pages(pages: Pages, width: int) -> None:
    page = pages.as_("Rita", width=width)
    wrong: list[str] = []

    def look(step: str) -> None:
        for summary in page.locator("main summary").all():
            summary.click()
        page.wait_for_timeout(OPENING)
        wrong.extend(f"{step} {one}" for one in violations(page))
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong.extend([f"{step} is {wide} px wide"] if wide > width else [])

    page.goto(f"{pages.address}/import")
    page.set_input_files(
        "#fil", {"name": "skolen.zip", "mimeType": "application/zip", "buffer": zipped(FILES)}
    )
    press(page, "text=Last opp og kontroller")
    look("columns")
    press(page, "button:text-is('Kontroller')")
    assert page.locator(".last-day tbody tr").count() > 50
    look("control")
    press(page, "#importer")
    look("done")
    page.goto(f"{pages.address}/import")
    look("file")
    page.set_input_files(
        "#fil", {"name": "elever.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    press(page, "text=Last opp og kontroller")
    look("columns of a list")
    press(page, "button:text-is('Kontroller')")
    assert page.locator(".import-rows tbody tr").count() == 3
    assert page.locator(".doubts input").count() == 2
    look("control of a list")
    assert wrong == []
