"""Årshjulet vårt and Skolerute in a browser: a preview, read and used at every width."""

import pytest

from tests.browser.conftest import Pages, press
from tests.browser.test_accessibility import EDGES, violations


@pytest.mark.parametrize("width", EDGES)
def test_a_preview_is_as_accessible_as_the_form_at_every_width(still: Pages, width: int) -> None:
    page = still.as_("Rita", width=width)
    wrong = []
    for path, field, typed in (
        ("/arshjul/rediger?steg=iop.arsevaluering", "#frist-dato", "15.05."),
        ("/arshjul/rediger?steg=iop.arsevaluering", "#frist-dato", "31.13."),
        ("/skolerute", "#last_day", "16.06.2027"),
        ("/skolerute", "#last_day", "i fjor"),
    ):
        page.goto(still.address + path)
        page.fill(field, typed)
        press(page, "text=Se hva som skjer")
        assert page.locator(".preview, .ds-error-summary").count() == 1
        wrong += [f"{path} {typed}: {one}" for one in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{path} {typed}: {wide} px wide"] if wide > width else []
    assert wrong == []
