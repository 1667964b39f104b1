"""What axe finds on every page, and what it cannot see: reflow, targets, and nothing from afar."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import text

from iopflow import db
from iopflow.engine.opening import open_year
from iopflow.queries.places import schools
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from tests.browser.conftest import Pages, press
from tests.databases import LONG
from tests.factories import Lia, act

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text(encoding="utf-8")
PATHS = (
    "/logg-inn",
    "/mine",
    "/masse",
    "/matrise",
    "/samtaler",
    "/sporsmal",
    "/behov",
    "/saker",
    "/indikatorer",
    "/indikatorer/P1",
    "/prognose",
    "/nettverk",
    "/nettverk/filer",
    "/nettverk/samling/juni",
    "/nettverk/samling/1?bilde=alle",
    "/indikatorer/P9",
    "/tiltak",
    "/tiltak/avvik/ny",
    "/tiltak/avvik/ny?kode=P4",
    "/verdier",
    "/verdier/OK2",
    "/verdier/R1",
    "/verdier/P11",
    "/telling?dato=0110",
    "/telling?dato=skoleslutt",
    "/telling/gsi",
    "/frys",
    "/rapport",
    "/arshjul",
    "/arshjul/rediger",
    "/arshjul/rediger?steg=iop.arsevaluering",
    "/arshjul/rediger?steg=nytt",
    "/skolerute",
    "/indikatorer/P99",
    "/konto",
    "/paminnelser",
    "/kalender",
    "/ppt/moter",
    "/oppsett",
    "/innsyn",
    "/import",
    "/vikar",
    "/personer",
    "/personer/ny",
    "/historikk",
    "/hjelp",
    "/tilgjengelighet",
    "/personvern",
    "/enheter",
    "/like-elever",
    *(f"/arsskifte?steg={step}" for step in range(1, 6)),
    "/finnes-ikke",
)
WIDTHS = (1280, 390, 320)
EDGES = WIDTHS if LONG else (320,)
# Each width and each language, and all of both when there is time (decisions 24).
SAMPLE = (
    [(width, language) for width in WIDTHS for language in ("nb", "nn")]
    if LONG
    else [(1280, "nb"), (390, "nn"), (320, "nb")]
)


# Two frames, in which the page notices where the mouse is, and all that moves has come to rest.
AT_REST = """
new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => Promise.allSettled(document.getAnimations().map(one => one.finished)))
"""


def violations(page: Page) -> list[str]:
    """What axe finds wrong, where and why. Nothing is pointed at: a colour on its way is none."""
    page.emulate_media(reduced_motion="reduce")  # what unfolds does it at once
    page.mouse.move(0, 0)
    page.evaluate(AT_REST)
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
        " 'best-practice'], resultTypes: ['violations']}).then(found => found.violations)"
    )
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("width", "language"), SAMPLE)
def test_no_page_has_a_violation_or_scrolls_sideways(
    still: Pages, width: int, language: str
) -> None:
    page = still.as_("Rita", width=width)
    press(page, f"button[value={language}]")
    wrong = []
    for path in PATHS:
        page.goto(still.address + path)
        assert page.locator("html").get_attribute("lang") == language
        wrong += [f"{path} {one}" for one in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{path} is {wide} px wide"] if wide > width else []
    assert wrong == []


@pytest.mark.parametrize(("width", "language"), SAMPLE)
def test_the_page_of_a_case_is_as_the_others(still: Pages, width: int, language: str) -> None:
    """A case at PPT, with a picture of where the days went; folded and unfolded."""
    page = still.as_("Rita", width=width)
    press(page, f"button[value={language}]")
    ((number,),) = still.rows("SELECT id FROM pupil WHERE key = 'e1'")
    page.goto(f"{still.address}/sak/{number}")
    assert page.locator("svg.courts").count() == 1
    wrong = violations(page)
    for summary in page.locator("main summary").all():
        summary.click()
    wrong += [f"unfolded {one}" for one in violations(page)]
    wide = page.evaluate("document.documentElement.scrollWidth")
    wrong += [f"{wide} px wide"] if wide > width else []
    assert wrong == []


@pytest.mark.parametrize("width", EDGES)
def test_talks_the_matrix_and_a_question_are_as_the_others(pages: Pages, width: int) -> None:
    """With pupils unfolded, forms open, a question asked and one that waits for an answer."""
    ((unit,),) = pages.rows("SELECT id FROM unit WHERE key = '3a'")
    head = pages.as_("Heidi", width=width)
    head.goto(f"{pages.address}/matrise?klasse={unit}&apne={unit}&til=30.06.2027")
    wrong = violations(head)
    step = "steg=2026:iop.halvarsevaluering"
    head.goto(f"{pages.address}/matrise/celle?{step}&klasse={unit}")
    wrong += _unfolded(head)
    head.click("button:has-text('Spør Kari')")
    head.locator(".confirmed").wait_for()
    wrong += violations(head)
    head.goto(f"{pages.address}/sporsmal")
    wrong += violations(head)
    teacher = pages.as_("Kari", width=width)
    assert teacher.locator(".question").count() == 1
    wrong += violations(teacher)
    teacher.goto(f"{pages.address}/samtaler?slag=iop.utviklingssamtale")
    for summary in teacher.locator("main tbody tr:first-child summary").all():
        summary.click()
    wrong += violations(teacher)
    for one in (head, teacher):
        wide = one.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{one.url} is {wide} px wide"] if wide > width else []
    assert wrong == []


@pytest.mark.parametrize("person", ["Heidi", "Rita"])
def test_the_menu_of_those_who_lead_is_one_line(still: Pages, person: str) -> None:
    page = still.as_(person)
    for language in ("nb", "nn", "en"):
        press(page, f"button[value={language}]")
        page.locator(f"html[lang={language}] .top-line .menu li").first.wait_for()
        tops = page.evaluate(
            "[...document.querySelectorAll('.top-line > *, .top-line .menu li')]"
            ".map(one => Math.round(one.getBoundingClientRect().top))"
        )
        assert (language, max(tops) - min(tops) < 24) == (language, True)


def _unfolded(page: Page) -> list[str]:
    for summary in page.locator("main summary").all():
        summary.click()
    return violations(page)


@pytest.mark.parametrize("width", EDGES)
def test_a_person_is_as_the_other_pages_before_and_after_a_refusal(
    still: Pages, width: int
) -> None:
    """Folded, unfolded, refused and shown first; by keyboard alone where a role is given."""
    page = still.as_("Rita", width=width)
    ((number,),) = still.rows("SELECT id FROM person WHERE key = 'kari'")
    page.goto(f"{still.address}/personer/{number}")
    for summary in page.locator("main summary").all():
        summary.click()
    wrong = [f"unfolded {one}" for one in violations(page)]
    page.focus("#rolle-rolle")
    page.keyboard.type("spe")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("snart")
    page.keyboard.press("Enter")
    assert "Velg hvor rollen gjelder." in page.inner_text("main [role=alert]")
    assert page.input_value("#rolle-fra") == "snart"
    wrong += [f"refused {one}" for one in violations(page)]
    page.focus("#rolle-sted")
    page.keyboard.type("3b")
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("1.2.27")
    page.keyboard.press("Enter")
    assert "Kari Nordli ser 30 elever fra 01.02.2027" in page.inner_text("#forhand")
    wrong += [f"shown {one}" for one in violations(page)]
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wrong + ([f"{wide} px wide"] if wide > width else []) == []


@pytest.mark.parametrize("width", EDGES)
@pytest.mark.parametrize("person", ["Liv", "Petra"])
def test_the_pages_of_ppt_are_as_the_others(still: Pages, person: str, width: int) -> None:
    page = still.as_(person, width=width)
    assert page.url.endswith("/ppt")
    ((number,),) = still.rows("SELECT id FROM ppt_meeting")
    wrong = []
    for path in ("/ppt", "/ppt?levert=ja&radgiver=ingen", "/ppt/moter", f"/ppt/moter/{number}"):
        page.goto(still.address + path)
        wrong += [f"{path} {one}" for one in violations(page)]
        for summary in page.locator("main summary").all():
            summary.click()
        wrong += [f"{path} unfolded {one}" for one in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{path} is {wide} px wide"] if wide > width else []
    assert wrong == []


@pytest.mark.parametrize("width", EDGES)
def test_what_arranges_a_year_is_as_the_others_before_it_is_done(pages: Pages, width: int) -> None:
    """Previews of a merger of classes, of the year, and of two pupils who are one."""
    with pages.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE pupil SET name = 'Elev e1' WHERE key IN ('e1', 'e2')"  # two of one name
        )
        connection.exec_driver_sql("DELETE FROM assessment")
        connection.exec_driver_sql("DELETE FROM vedtak")
    page = pages.as_("Rita", width=width)

    def look(where: str) -> None:
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong.extend(f"{where} {one}" for one in violations(page))
        wrong.extend([f"{where} is {wide} px wide"] if wide > width else [])

    wrong: list[str] = []
    ((klasse,),) = pages.rows("SELECT id FROM unit WHERE key = '3b'")
    page.goto(f"{pages.address}/enheter/{klasse}")
    for summary in page.locator("main summary").all():
        summary.click()
    look("unfolded")
    page.select_option("#til", label="3a")
    page.fill("#dag-sla-sammen", "4.1.27")
    page.click("#gjor-sla-sammen button")
    page.wait_for_selector("#forhandsvis")
    look("merge")
    page.click("#forhandsvis button")
    page.wait_for_selector("[role=status]")
    look("merged")
    page.goto(f"{pages.address}/arsskifte?ar=2027-28&steg=5")
    page.click("form[action='/arsskifte/se'] button")
    page.wait_for_selector("#forhandsvis")
    look("year")
    page.goto(f"{pages.address}/like-elever")
    page.click("main table a")
    page.click("label[for^=blir]")
    page.click("#velg button")
    page.wait_for_selector("#forhandsvis")
    look("two")
    assert wrong == []


@pytest.mark.parametrize("width", EDGES)
def test_the_administrators_page_is_as_the_others(pages: Pages, width: int) -> None:
    with pages.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO mail (owner_id, send_on, person_id, kind, delivery, message_id, domain,"
            " decided_at, tries, error) SELECT owner_id, '2027-01-08', id, 'digest', 'rejected',"
            " '<1@example.no>', '', '2027-01-08 06:00:00.000000', 1, '550 unknown' FROM person"
            " WHERE key = 'kari'"
        )
    page = pages.as_("Ada", width=width)
    assert page.url.endswith("/drift")
    assert "550" in page.inner_text("main table")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_would_find_a_fault(still: Pages) -> None:
    page = still.as_("Kari")
    page.evaluate("document.querySelector('main').innerHTML = '<img src=x><input>'")
    assert {one.partition(":")[0] for one in violations(page)} >= {"image-alt", "label"}


def test_nothing_comes_from_anywhere_else_and_nothing_is_refused(still: Pages) -> None:
    page = still.as_("Rita")
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in PATHS[:10]:
        page.goto(still.address + path)
    assert [url for url in asked if not url.startswith((still.address, "data:"))] == []
    assert said == []


def test_what_one_presses_is_large_enough_for_a_finger(still: Pages) -> None:
    page = still.as_("Kari", width=390)
    small = page.evaluate(
        """() => [...document.querySelectorAll('main summary, main button, nav a, main input')]
        .filter(one => one.offsetParent !== null)
        .map(one => [one.textContent.trim(), one.getBoundingClientRect()])
        .filter(([_text, box]) => box.width < 24 || box.height < 24)
        .map(([text, _box]) => text)"""
    )
    assert small == []


def test_a_page_weighs_little(still: Pages) -> None:
    """At most 100 kB on the wire without the font, for a list of sixty lines (decisions 18)."""
    page = still.as_("Kari")
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.clearBrowserCache")
    sizes: dict[str, float] = {}
    fonts: set[str] = set()

    def started(event: dict[str, Any]) -> None:
        if event["response"]["url"].endswith(".woff2"):
            fonts.add(event["requestId"])

    def ended(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    client.on("Network.responseReceived", started)
    client.on("Network.loadingFinished", ended)
    page.goto(f"{still.address}/mine", wait_until="networkidle")
    weight = sum(size for number, size in sizes.items() if number not in fonts)
    assert 10_000 < weight < 100_000


@pytest.mark.parametrize("width", EDGES)
def test_what_is_late_behind_an_indicator_is_as_the_others(pages: Pages, width: int) -> None:
    with db.session(pages.engine) as session:
        known = session.connection().execute(text("SELECT key, id FROM pupil"))
        keys: dict[str, int] = {row.key: row.id for row in known}
        ((owner_id,),) = session.connection().execute(text("SELECT id FROM owner"))
        cast = Lia(session, owner_id, keys)
        for number in range(8):
            cast.need(f"e{number}", received_on=date(2026, 6, 1 + number) if number < 5 else None)
        cast.happening(
            "e1",
            "iop.sakkyndig_vurdering",
            "delay",
            date(2026, 6, 1),
            occasion="2026-06-01",
            cause="foresatte_ikke_naadd",
            evidence="arkiv 12/345",
        )
        open_year(session, Rules(), Year(2026), schools(session), act=act())
    page = pages.as_("Rita", width=width)
    page.goto(f"{pages.address}/indikatorer/P1?ar=2025-26")
    assert page.locator("main .bar-cell svg").count() == 2
    wrong = violations(page)
    page.locator("main input[type=checkbox]").first.check()
    page.select_option("#arsak", "kapasitet_ppt")
    page.fill("#dag", "snart")
    page.click("text=Registrer årsaken")
    assert "«snart» er ingen dato" in page.inner_text("main [role=alert]")
    assert page.locator("main input[type=checkbox]:checked").count() == 1
    wrong += [f"refused {one}" for one in violations(page)]
    page.fill("#dag", "2.6.26")
    page.click("text=Registrer årsaken")
    page.wait_for_selector("main [role=status] >> text=Årsaken er registrert for 1 elev.")
    wrong += [f"given {one}" for one in violations(page)]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []


@pytest.mark.parametrize("width", EDGES)
def test_comments_measures_and_deviations_are_as_the_others(pages: Pages, width: int) -> None:
    """Written, refused, done, raised and closed, with every form unfolded."""
    page = pages.as_("Rita", width=width)
    here = f"{pages.address}/indikatorer/P9?ar=2026-27"
    page.goto(here)
    page.click("text=Skriv en kommentar")
    page.fill("#kommentar-tekst", "Lang" * 200 + "\n\nOg en linje til.")
    press(page, "text=Lagre kommentaren")
    page.wait_for_selector("main [role=status] >> text=Kommentaren er lagret.")
    wrong = violations(page)
    page.click("summary:has-text('Nytt tiltak')")
    page.fill("#nytt-hva", "Kalle inn tidligere")
    page.select_option("#nytt-hvem", label="Heidi")
    page.fill("#nytt-innen", "1.1.20")
    press(page, "text=Vedta tiltaket")
    assert "er passert" in page.inner_text("main [role=alert]")
    assert page.input_value("#nytt-hva") == "Kalle inn tidligere"
    wrong += [f"refused {one}" for one in violations(page)]
    page.fill("#nytt-innen", "1.2.2027")
    press(page, "text=Vedta tiltaket")
    page.wait_for_selector("main [role=status] >> text=Tiltaket er vedtatt: Heidi")
    wrong += [f"decided {one}" for one in _unfolded(page)]
    page.goto(f"{pages.address}/tiltak/avvik/ny?ar=2026-27&kode=P9")
    page.fill("#avvik-elever", "3")
    page.select_option("#avvik-arsak", "annet")
    page.fill("#avvik-hva", "For sent")
    page.fill("#avvik-rett", "Møte")
    press(page, "text=Meld avviket")
    page.wait_for_selector("main [role=status] >> text=Avviket er meldt.")
    for path in ("/tiltak", "/tiltak/1", "/tiltak/avvik/1"):
        page.goto(pages.address + path)
        wrong += [f"{path} {one}" for one in _unfolded(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{path} is {wide} px wide"] if wide > width else []
    head = pages.as_("Heidi", width=width)
    head.goto(f"{pages.address}/mine")
    head.locator("section:has(#tiltak) summary").first.click()
    wrong += [f"mine {one}" for one in violations(head)]
    head.fill("section:has(#tiltak) textarea", "Alle møtte.")
    press(head, "text=Før som gjort")
    head.wait_for_selector("main [role=status] >> text=Tiltaket er ført som gjort.")
    assert wrong == []
