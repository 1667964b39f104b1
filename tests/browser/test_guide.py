"""The user guide: its pictures look like the pages, and its words are those of the pages."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Pages
from tests.browser.shots import ALIKE, DOCS, PICTURES, SHOTS, Shot, difference, site, take
from tests.catalogues import messages

# One for each who uses iopflow; the others go deeper into one thing.
OF_EACH = [DOCS / f"{name}.md" for name in ("laerer", "avdelingsleder", "rektor", "administrator")]
GUIDES = sorted(file for file in DOCS.glob("*.md") if "bilder/" in file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def demo(browser: Browser) -> Iterator[Pages]:
    """The demo, for tests that change nothing."""
    with site(browser) as made:
        yield made


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_picture_of_the_guide_looks_like_the_page(
    demo: Pages, browser: Browser, shot: Shot
) -> None:
    kept = (PICTURES / f"{shot.name}.png").read_bytes()
    differs = difference(browser, kept, take(demo, shot))
    assert differs <= ALIKE, f"{differs:.1%} differ: make pictures, and look at them"


def test_pictures_that_differ_are_told_apart(demo: Pages, browser: Browser) -> None:
    one, other = (take(demo, shot) for shot in SHOTS[:2])
    assert difference(browser, one, one) == 0
    assert difference(browser, one, other) > ALIKE


def test_every_picture_is_made_and_shown_in_a_guide() -> None:
    shown = {
        name
        for guide in GUIDES
        for name in re.findall(r"\]\(bilder/([^)]+)\.png\)", guide.read_text(encoding="utf-8"))
    }
    kept = {file.stem for file in PICTURES.glob("*.png")}
    assert shown == kept == {shot.name for shot in SHOTS}


def test_what_a_guide_prints_in_bold_stands_on_a_page() -> None:
    """Names of buttons and pages are bold in the guides: none that the product does not have."""
    known = "\n".join(messages()).lower()
    lost = [
        f"{guide.name}: {word}"
        for guide in OF_EACH
        for word in re.findall(r"\*\*([^*\n]+)\*\*", guide.read_text(encoding="utf-8"))
        if word.strip(" …:.").lower() not in known
    ]
    assert lost == []
