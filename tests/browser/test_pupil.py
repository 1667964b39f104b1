"""A pupil's year and the wheel of a class in a real browser: axe, reflow, targets and paper."""

import re

import pytest

from tests.browser.conftest import Pages, press
from tests.browser.test_accessibility import SAMPLE, violations


def paths(pages: Pages) -> tuple[str, ...]:
    """The pages of a pupil and of a class."""
    ((pupil,),) = pages.rows("SELECT id FROM pupil WHERE key = 'e1'")
    ((unit,),) = pages.rows("SELECT id FROM unit WHERE key = '3a'")
    return f"/elev/{pupil}", f"/arshjul?klasse={unit}", f"/arshjul?elev={pupil}&vis=kalender"


@pytest.mark.parametrize(("width", "language"), SAMPLE)
def test_the_pages_are_as_the_others(still: Pages, width: int, language: str) -> None:
    page = still.as_("Rita", width=width)
    press(page, f"button[value={language}]")
    wrong = []
    for path in (*paths(still), "/mine?maned=2027-05"):
        page.goto(still.address + path)
        assert page.locator("html").get_attribute("lang") == language
        wrong += [f"{path} {one}" for one in violations(page)]
        for summary in page.locator("main summary").all():
            summary.click()
        wrong += [f"{path} unfolded {one}" for one in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{path} is {wide} px wide"] if wide > width else []
    assert wrong == []


def test_the_wheel_is_a_target_only_where_a_finger_hits_it(still: Pages) -> None:
    """On a phone the table comes first, and what is too small there is no target."""
    sizes = {}
    for width in (1280, 390):
        page = still.as_("Rita", width=width)
        page.goto(still.address + paths(still)[1])
        boxes = page.evaluate(
            "[...document.querySelectorAll('svg.wheel a circle')].map(one => {"
            " const box = one.getBoundingClientRect(); return Math.min(box.width, box.height) })"
        )
        live = page.evaluate(
            "getComputedStyle(document.querySelector('svg.wheel a')).pointerEvents"
        )
        table, wheel = page.locator("main table"), page.locator("main svg.wheel")
        tops = [one.bounding_box() for one in (table, wheel)]
        assert tops[0] is not None
        assert tops[1] is not None
        first = tops[0]["y"] < tops[1]["y"]
        sizes[width] = (min(boxes) >= 24 or live == "none", live, first)
    assert sizes == {1280: (True, "auto", False), 390: (True, "none", True)}


def test_on_a_phone_the_table_of_a_pupil_comes_before_the_line(still: Pages) -> None:
    first = {}
    for width in (1280, 390):
        page = still.as_("Rita", width=width)
        page.goto(still.address + paths(still)[0])
        boxes = [
            page.locator(one).bounding_box()
            for one in ("main table.steps >> nth=0", "svg.timeline")
        ]
        assert boxes[0] is not None
        assert boxes[1] is not None
        first[width] = "table" if boxes[0]["y"] < boxes[1]["y"] else "line"
    assert first == {1280: "line", 390: "table"}


def test_a_class_and_a_pupil_fit_on_a_sheet_of_paper(still: Pages) -> None:
    """The table is a table, though paper is as narrow as a phone, and nothing is left to press."""
    page = still.as_("Rita")
    for path in paths(still)[:2]:
        page.goto(still.address + path)
        assert page.locator("[data-print]").is_visible()
        sheets = page.pdf(prefer_css_page_size=True)
        assert re.findall(rb"/Count (\d+)", sheets) == [b"1"]
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 703, "height": 1050})
        assert page.locator("main thead").first.evaluate(
            "one => getComputedStyle(one).display"
        ) == ("table-header-group")
        assert page.locator("main button:visible, main summary:visible").count() == 0
        page.emulate_media(media="null")  # as it is: paper is asked for by `pdf`
        page.set_viewport_size({"width": 1280, "height": 900})
