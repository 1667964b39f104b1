"""The quality report on the page: the same for all who may make it, and the files beside it."""

import re

import pytest

from tests.web.conftest import Pages

HERE = "/rapport?ar=2026-27"


def test_it_is_found_from_the_indicators(still: Pages) -> None:
    page = still.as_("rita").get("/indikatorer?ar=2026-27").text
    assert 'href="/rapport"' in page


def test_the_page_has_no_style_or_script_of_its_own(still: Pages) -> None:
    page = still.as_("rita").get(HERE).text
    report = page.partition('<article class="report"')[2].partition("</article>")[0]
    assert "P10" in report
    assert "<style" not in report
    assert "style=" not in report
    assert "<script" not in report
    assert report.count("<h1>") == 1


@pytest.mark.parametrize(
    ("form", "begins", "media"),
    [
        ("pdf", b"%PDF-", "application/pdf"),
        ("xlsx", b"PK", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("html", b"<!doctype html>", "text/html; charset=utf-8"),
    ],
)
def test_the_files_are_taken_along(still: Pages, form: str, begins: bytes, media: str) -> None:
    answer = still.as_("rita").get(f"{HERE}&format={form}")
    assert answer.headers["content-type"] == media
    assert (
        f'filename="kvalitetsrapport-lia-2026-27.{form}"' in answer.headers["content-disposition"]
    )
    assert answer.content.startswith(begins)


def test_rektor_and_school_owner_read_the_same(still: Pages) -> None:
    own = re.search(r"skole=(\d+)", still.as_("rita").get(HERE).text)
    assert own is not None
    here = f"{HERE}&skole={own[1]}"
    pages = [still.as_(who).get(here).text for who in ("rita", "eli")]
    told = [one.partition('<article class="report"')[2].partition("</article>")[0] for one in pages]
    assert told[0] == told[1]
    assert "Elev e" not in told[0]


def test_the_public_edition_says_what_it_is_and_is_called_so(still: Pages) -> None:
    pages = still.as_("rita")
    plain, public = pages.get(HERE).text, pages.get(f"{HERE}&utgave=offentlig").text
    assert "Til skolen og skoleeieren" in plain
    assert "Offentlig utgave" in public
    assert "Denne utgaven kan offentliggjøres" in public
    assert '<input type="hidden" name="utgave" value="offentlig">' in public  # for another year
    file = pages.get(f"{HERE}&utgave=offentlig&format=xlsx").headers["content-disposition"]
    assert 'filename="kvalitetsrapport-lia-2026-27-offentlig.xlsx"' in file


def test_the_report_may_be_in_another_language_than_the_page(still: Pages) -> None:
    page = still.as_("rita").get(f"{HERE}&sprak=nn").text
    assert '<html lang="nb"' in page
    assert '<article class="report" lang="nn">' in page
    assert "Del enkeltvedtak innan fristen" in page


def test_a_school_that_one_does_not_lead_is_not_found(still: Pages) -> None:
    assert still.as_("rita").get(f"{HERE}&skole=2").status_code == 404
    assert still.as_("heidi").get(HERE).status_code == 403
