"""What axe cannot see (ux 3): 400 %, wide spacing, large text, the keyboard, forced colours."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Pages, chromium
from tests.browser.test_accessibility import PATHS
from tests.databases import LONG

# 1280 pixels at 400 % are 320, and the window is no higher than that of a small laptop.
ZOOMED = {"width": 320, "height": 256}

# WCAG 1.4.12: so much room a reader may ask for. A sheet of the reader's own is no part of ours.
SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""

# Text that is cut off by its own box: hidden from the eye, and not on purpose for it alone.
CUT_OFF = """() => [...document.querySelectorAll('main *')].filter(one => {
    const style = getComputedStyle(one);
    if (one.closest('svg, thead, select, .ds-sr-only')) return false;
    const hides = axis => ['hidden', 'clip'].includes(style['overflow' + axis]);
    return (hides('X') && one.scrollWidth > one.clientWidth + 1)
        || (hides('Y') && one.scrollHeight > one.clientHeight + 1);
}).map(one => one.outerHTML.slice(0, 80))"""

# All that can be reached with Tab, as the browser has it: visible, and not in a folded part.
REACHABLE = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary,'
    + ' [tabindex="0"]')]
    .filter(one => !one.disabled && one.checkVisibility({visibilityProperty: true})
        && (one.type !== 'radio' || one.checked
            || !document.querySelector(`input[name="${one.name}"]:checked`)))
    .length"""

# What has the focus, and whether one sees it: a ring of two pixels that stands out from what is
# around it, wholly inside the window.
FOCUSED = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const parts = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
    const light = colour => {
        const [r, g, b] = parts(colour).map(part => part / 255)
            .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = node => {
        for (let at = node.parentElement; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            const all = parts(colour);
            if (all.length === 3 || all[3] > 0.5) return colour;
        }
        return 'rgb(255, 255, 255)';
    };
    const ratio = (one, other) => {
        const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
        return (high + 0.05) / (low + 0.05);
    };
    const ringed = [one, one.closest('label'), one.closest('.ds-field')].filter(Boolean);
    const seen = ringed.some(node => {
        const style = getComputedStyle(node);
        const outline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
            && ratio(style.outlineColor, behind(node)) >= 3;
        const shadow = style.boxShadow.match(/^(rgba?\\([^)]*\\)|color\\([^)]*\\))/);
        return outline || (shadow !== null && ratio(shadow[0], behind(node)) >= 3);
    });
    const box = one.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight
        && box.right > 0 && box.left < innerWidth;
    one.dataset.seen = String(Number(one.dataset.seen || 0) + 1);
    return {name: one.outerHTML.slice(0, 90), seen, inside, times: Number(one.dataset.seen)};
}"""

# In forced colours a browser takes our colours away but not those inside pictures: a shape that is
# painted like the page behind it is not there.
INVISIBLE = """() => [...document.querySelectorAll('main svg')].flatMap(svg => {
    const page = getComputedStyle(document.body).backgroundColor;
    return [...svg.querySelectorAll('path, circle, rect, line, text, polygon, polyline')]
        .filter(one => !one.closest('defs, pattern, clipPath'))
        .filter(one => {
            const style = getComputedStyle(one);
            const paints = [style.fill, style.stroke].filter(paint => paint !== 'none');
            const around = [...(one.closest('g') || svg).querySelectorAll('circle, rect, path')]
                .map(shape => getComputedStyle(shape).fill);
            return one.tagName === 'text' && paints.length > 0
                && paints.every(paint => paint === page)
                && !around.some(fill => fill !== 'none' && fill !== page);
        }).map(one => `${svg.getAttribute('class')}: ${one.outerHTML.slice(0, 60)}`);
})"""


def _sideways(page: Page) -> int:
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wide


def _paths(pages: Pages) -> list[str]:
    ((number,),) = pages.rows("SELECT id FROM pupil WHERE key = 'e1'")
    return [*PATHS, f"/sak/{number}", f"/elev/{number}", f"/arshjul?elev={number}"]


def test_nothing_is_cut_off_between_a_phone_and_a_laptop_nor_at_400_percent(still: Pages) -> None:
    """At 1024 and 800 pixels, and at 400 % with all the room between letters that may be asked."""
    page = still.as_("Rita", width=1024)
    wrong: list[str] = []
    for path in _paths(still):
        page.set_viewport_size({"width": 1024, "height": 900})
        page.goto(still.address + path)
        for width in (1024, 800):
            page.set_viewport_size({"width": width, "height": 900})
            wide = _sideways(page)
            wrong += [f"{path} is {wide} px too wide at {width}"] if wide > 0 else []
        page.set_viewport_size({"width": ZOOMED["width"], "height": ZOOMED["height"]})
        page.evaluate(SPACED)
        wrong += [f"{path} is {_sideways(page)} px too wide"] if _sideways(page) > 0 else []
        wrong += [f"{path} cuts off {one}" for one in page.evaluate(CUT_OFF)]
    assert "\n".join(wrong) == ""


def test_text_twice_as_large_is_not_cut_off(browser: Browser, still: Pages) -> None:
    """As a reader sets it in the browser, which is not the same as making the page larger."""
    args = ["--no-sandbox", "--disable-gpu", "--blink-settings=defaultFontSize=32"]
    large = browser.browser_type.launch(executable_path=chromium(), args=args)
    page = Pages(still.address, still.engine, large).as_("Rita", width=1280)
    # Ours are 18 pixels where the browser has 16.
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "36px"
    wrong: list[str] = []
    for path in PATHS:
        page.goto(still.address + path)
        wrong += [f"{path} is {_sideways(page)} px too wide"] if _sideways(page) > 0 else []
        wrong += [f"{path} cuts off {one}" for one in page.evaluate(CUT_OFF)]
    large.close()
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize("person", ["Kari", "Rita"] if LONG else ["Rita"])
def test_all_is_reached_with_the_keyboard_and_one_sees_where_one_is(
    still: Pages, person: str
) -> None:
    page = still.as_(person, width=1280)
    wrong: list[str] = []
    for path in ("/mine", "/matrise", "/arshjul", "/indikatorer", "/paminnelser", "/kalender"):
        answer = page.goto(still.address + path)
        if answer is None or answer.status != 200:
            continue
        wanted = page.evaluate(REACHABLE)
        most = min(wanted, 120)  # of a long list the rest is more of the same
        reached: list[dict[str, Any]] = []
        for _press in range(most):
            page.keyboard.press("Tab")
            found = page.evaluate(FOCUSED)
            if found is None:
                break
            reached.append(found)
        names = [one["name"] for one in reached]
        if len(reached) < most:
            wrong.append(f"{path}: {len(reached)} of {wanted} reached, the last {names[-1:]}")
        wrong += [f"{path}: no ring on {one['name']}" for one in reached if not one["seen"]]
        wrong += [f"{path}: out of sight: {one['name']}" for one in reached if not one["inside"]]
        wrong += [f"{path}: twice at {one['name']}" for one in reached if one["times"] > 1]
    assert "\n".join(wrong) == ""


def test_with_forced_colours_no_word_of_a_picture_disappears(still: Pages) -> None:
    page = still.as_("Rita", width=1280)
    page.emulate_media(forced_colors="active")
    pictures, wrong = 0, []
    drawn = ("/arshjul", "/sak", "/elev", "/indikatorer/P1")  # the others have none
    for path in (one for one in _paths(still) if one.startswith(drawn)):
        page.goto(still.address + path)
        pictures += page.locator("main svg").count()
        wrong += [f"{path} {one}" for one in page.evaluate(INVISIBLE)]
    assert pictures >= 4
    assert "\n".join(wrong) == ""
