"""The work of a teacher, a head and a rektor, done in a real browser, with script and without."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Pages
from tests.browser.printed import written

PATIENCE = 20_000  # milliseconds, on a machine that is busy


class Counter:
    """Counts what a person does, and the pages that are loaded for it."""

    def __init__(self, page: Page) -> None:
        self.page, self.interactions, self.loads = page, 0, 0
        page.on("request", self._asked)

    def _asked(self, request: Request) -> None:
        self.loads += request.is_navigation_request() and request.method == "GET"

    def click(self, selector: str) -> None:
        """One interaction."""
        self.interactions += 1
        self.page.locator(selector).first.click()


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_from_the_link_in_the_mail_to_a_saved_tick(pages: Pages, scripts: bool) -> None:
    page = pages.as_("Kari", scripts=scripts, width=390)
    page.goto("about:blank")
    count = Counter(page)
    count.interactions += 1  # the link in the mail
    page.goto(f"{pages.address}/mine")
    row = "tr:has-text('Halvårsevaluering IOP')"
    count.click(f"{row} summary:has-text('Ferdig')")
    count.click(f"{row} details[open] button:has-text('Lagre')")
    expect(page.locator(".confirmed")).to_contain_text("er ført: gjort 11.01.2027")
    assert count.interactions == 3
    assert count.loads == (1 if scripts else 2)
    done = "SELECT count(*) FROM happening WHERE step = 'iop.halvarsevaluering'"
    assert pages.rows(done) == [(1,)]


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_a_whole_class_is_recorded_and_undone(pages: Pages, scripts: bool) -> None:
    page = pages.as_("Kari", scripts=scripts)
    count = Counter(page)
    count.click("text=Før flere samtidig")
    page.select_option("#steg", label="Halvårsevaluering IOP 2026-27 (30)")
    count.interactions += 1
    count.click("button:has-text('Vis')")
    count.click("button:has-text('Før som ferdig')")
    expect(page.locator(".confirmed")).to_contain_text("30 elever er ført: Halvårsevaluering IOP.")
    assert count.interactions <= 5
    recorded = "SELECT count(*) FROM happening WHERE step = 'iop.halvarsevaluering'"
    assert pages.rows(recorded) == [(30,)]
    page.click("text=Angre alle 30")
    expect(page.locator(".confirmed")).to_have_text("✓ Angret: det står som før.")
    assert pages.rows(recorded) == [(0,)]
    kept = "SELECT act, count(*) FROM event WHERE act IN ('complete', 'reopen') GROUP BY act"
    assert sorted(pages.rows(kept)) == [("complete", 30), ("reopen", 30)]


def test_a_talk_is_declined_in_two_clicks_and_undone(pages: Pages) -> None:
    page = pages.as_("Kari", width=390)
    row = "tr:has-text('Utviklingssamtale')"
    page.locator(f"{row} summary:has-text('Takket nei')").first.click()
    page.locator("details[open] button:has-text('Lagre')").click()
    expect(page.locator(".confirmed")).to_contain_text("takket nei")
    said = "SELECT what FROM happening WHERE step = 'iop.utviklingssamtale' ORDER BY id"
    assert pages.rows(said) == [("invited",), ("declined",)]
    page.click("text=Angre")
    expect(page.locator(".confirmed")).to_have_text("✓ Angret: det står som før.")
    assert pages.rows(said) == []


def test_what_was_typed_wrong_is_shown_again_with_what_to_do(pages: Pages) -> None:
    page = pages.as_("Kari")
    row = page.locator("tr:has-text('Halvårsevaluering IOP')").first
    row.locator("summary:has-text('Ferdig')").click()
    row.locator("details[open] input[name=on]").fill("31.12.2027")
    row.locator("details[open] button:has-text('Lagre')").click()
    expect(page.locator(".ds-error-summary")).to_contain_text("er etter i dag")
    opened = page.locator("details[open] input[name=on]")
    expect(opened).to_have_value("31.12.2027")
    expect(opened).to_have_attribute("aria-invalid", "true")


def test_the_head_sees_it_and_the_rektor_sees_the_figure_move_and_freezes_it(pages: Pages) -> None:
    teacher = pages.as_("Kari")
    row = "tr:has-text('Utviklingssamtale')"
    teacher.locator(f"{row} summary:has-text('Holdt')").first.click()
    teacher.locator("details[open] button:has-text('Lagre')").click()
    expect(teacher.locator(".confirmed")).to_contain_text("er ført", timeout=PATIENCE)
    head = pages.as_("Heidi")
    expect(head.locator("h1")).to_have_text("Hvem mangler hva")
    cell = head.get_by_role("link", name="3a, utviklingssamtale (halvår), 1 av 30 ferdig")
    expect(cell).to_have_count(1)
    rektor = pages.as_("Rita")
    expect(rektor.locator("tr:has-text('P9')").first).to_contain_text("1/60")
    rektor.click("text=Frys en telling")
    rektor.click("#frys")
    expect(rektor.locator("tr:has-text('P4')").first).to_contain_text("100")
    assert pages.rows("SELECT counted, revision FROM telling") == [("0110", 1)]


def test_every_act_is_done_with_the_keyboard(pages: Pages) -> None:
    page = pages.as_("Kari")
    page.locator("body").press("Tab")
    expect(page.locator(":focus")).to_have_text("Til innholdet")
    summary = page.locator("tr:has-text('Halvårsevaluering IOP') summary").first
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("name", "on")
    page.keyboard.press("Enter")
    expect(page.locator(".confirmed")).to_be_visible()


def test_with_script_the_page_is_not_loaded_again_and_the_focus_is_on_what_was_said(
    pages: Pages,
) -> None:
    page = pages.as_("Kari")
    page.evaluate("window.stillTheSamePage = true")
    row = page.locator("tr:has-text('Halvårsevaluering IOP')").first
    row.locator("summary:has-text('Ferdig')").click()
    row.locator("details[open] button:has-text('Lagre')").click()
    expect(page.locator(".confirmed")).to_contain_text("er ført")
    expect(page.locator(".confirmed")).to_be_focused()
    assert page.evaluate("window.stillTheSamePage") is True
    assert page.url.startswith(f"{pages.address}/mine?fort=")  # a reload shows it again
    page.click("text=Angre")
    expect(page.locator(".confirmed")).to_have_text("✓ Angret: det står som før.")
    assert pages.rows("SELECT count(*) FROM happening WHERE year = 2026 AND by_id IS NOT NULL") == [
        (0,)
    ]


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_a_head_asks_whoever_is_responsible_in_three_interactions(
    pages: Pages, scripts: bool
) -> None:
    page = pages.as_("Heidi", scripts=scripts)
    page.goto(f"{pages.address}/matrise")
    count = Counter(page)
    count.click(
        "tr:has(th:has-text('3a')) a.cell:has-text('halvårsevaluering IOP, 0 av 30 ferdig')"
    )
    count.click("button:has-text('Spør Kari')")
    expect(page.locator(".confirmed")).to_contain_text("Spørsmålet er sendt til Kari Nordli.")
    assert count.interactions <= 3
    assert pages.rows("SELECT tasks, answer FROM question") == [(30, None)]
    teacher = pages.as_("Kari", scripts=scripts, width=390)
    teacher.click(".question button:has-text('Ferdig')")
    answered = expect(teacher.locator(".confirmed"))
    answered.to_contain_text("Svaret til Heidi er lagret", timeout=PATIENCE)
    page.goto(f"{pages.address}/sporsmal")
    expect(page.locator("main")).to_contain_text("Det er ført nå 11.01.2027")


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_a_whole_class_is_invited_and_it_is_undone(pages: Pages, scripts: bool) -> None:
    page = pages.as_("Kari", scripts=scripts)
    page.goto(f"{pages.address}/samtaler?slag=iop.utviklingssamtale")
    if scripts:
        page.click("button:has-text('Velg alle')")
    else:
        for box in page.locator("main tbody input[type=checkbox]").all():
            box.check()
    page.select_option("#flere-hvordan", "telefon")
    page.click("button:has-text('Før invitasjon for alle valgte')")
    expect(page.locator(".tally")).to_contain_text("Invitert 30", timeout=PATIENCE)
    invited = "SELECT count(*) FROM happening WHERE what = 'invited' AND reason = 'telefon'"
    assert pages.rows(invited) == [(30,)]
    page.click("text=Angre alle 30")
    expect(page.locator(".tally")).to_contain_text("Invitert 0")
    assert pages.rows(invited) == [(0,)]


def test_on_paper_a_list_has_its_titles_on_every_page_and_says_whose_it_is(still: Pages) -> None:
    page = still.as_("Heidi")
    page.goto(f"{still.address}/samtaler?slag=iop.utviklingssamtale")
    printed = page.pdf(prefer_css_page_size=True)
    words = written(printed)
    sheets = words.count("Inneholder taushetsbelagte opplysninger")
    assert sheets == words.count("Ansvarlig") == len(re.findall(r"Side \d av", words)) > 1
    assert f"Side {sheets} av {sheets}" in words
    assert "Lia skole · Skrevet ut 11.01.2027 av Heidi" in words
    assert ("Logg ut" in words, "Før invitasjon" in words, "Last ned" in words) == (False,) * 3


def test_the_matrix_lies_down_on_paper_and_tables_stay_tables(still: Pages) -> None:
    page = still.as_("Heidi")
    page.goto(f"{still.address}/matrise")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    assert all(float(width) > float(height) for width, height in boxes)
    page.goto(f"{still.address}/mine")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 between its margins
    kinds = page.evaluate(
        "[...new Set([...document.querySelectorAll('.lines tbody tr')]"
        ".map(one => getComputedStyle(one).display))]"
    )
    assert kinds in (["table-row"], [])
