"""The page Prognose: what each figure can become, for whom names are, and what is masked."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from iopflow import db
from iopflow.clock import OSLO
from iopflow.engine.opening import open_year
from iopflow.queries.places import schools
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from tests.factories import YEAR, Lia, act, lia
from tests.web.conftest import Pages
from tests.web.test_downloads import rows as cells

EVALUATION = "iop.arsevaluering"
NOW = datetime(2027, 5, 3, 10, 0, tzinfo=OSLO)
PAGE = "/prognose?ar=2026-27"


def populate(cast: Lia) -> None:
    """Twelve pupils with vedtak for three years; s9 is protected. All but two in time before."""
    for key in (*(f"p{n}" for n in range(11)), "s9"):
        cast.pupil(key, protected=key == "s9")
        for year in (2024, 2025, 2026):
            cast.vedtak(key, year)
        for year in (2024, 2025):
            if key not in {"p0", "p1"}:
                cast.happening(key, EVALUATION, "done", date(year + 1, 6, 10), year=year)
    cast.happening("p2", EVALUATION, "done", date(2027, 4, 20))
    cast.pupil("f1", school="fjell", class_="f3")
    cast.vedtak("f1")
    cast.grant("eli", "skoleeier", "owner", "eikedal")
    cast.grant("tora", "tilsyn", "school", "lia")


@pytest.fixture(scope="module")
def still(server: Any) -> Iterator[Pages]:
    with server.fresh() as url:
        engine = db.create_engine(url)
        with db.session(engine) as session:
            populate(lia(session))
            for year in (YEAR, Year(2027)):
                open_year(session, Rules(), year, schools(session), act=act())
        with engine.begin() as connection:
            connection.execute(text("UPDATE school SET live_from = '2026-01-01'"))
        yield Pages(engine, NOW)
        engine.dispose()


def words(html: str) -> str:
    """The text, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.replace("\xa0", " ")).split())


def line(html: str, code: str) -> str:
    """The line of an indicator."""
    found = re.search(rf'<tr id="{code}">.*?</tr>', html, re.DOTALL)
    assert found is not None
    return words(found[0])


def section(html: str, title: str) -> str:
    """From a heading to the next one, as text."""
    found = re.search(rf"<h2[^>]*>{title}</h2>(.*?)(<h2|</main>)", html, re.DOTALL)
    return words(found[1]) if found is not None else ""


def test_an_indicator_has_worst_expected_with_its_range_and_best(still: Pages) -> None:
    html = still.as_("rita").get(PAGE).text
    told = line(html, "P3")
    assert "18.06.2027 46 dager igjen, 11 åpne, i årshjulet 31.05.2027 8 % 1/12" in told
    assert re.search(r" 1/12 \d\d % \d\d–\d+ % 100 %", told)
    assert "<svg" in html[html.index('id="P3"') :][:2500]
    assert 'aria-hidden="true"' in html


def test_a_sum_with_halves_months_apart_tells_both_days_and_how_many_of_each(still: Pages) -> None:
    html = still.as_("rita").get(f"{PAGE}&dag=1.12.2026").text
    both = "15.01.2027 45 dager igjen, 12 åpne 18.06.2027 199 dager igjen, 12 åpne"
    assert both in line(html, "P7")


def test_the_deadline_of_the_wheel_stands_beside_the_day_that_is_counted(still: Pages) -> None:
    html = still.as_("rita").get(PAGE).text
    assert "18.06.2027 i årshjulet 31.05.2027, 46 dager igjen" in section(html, "Gjør dette først")
    weeks = section(html, "Uker med mange frister")
    assert "P3 telles 18.06.2027" in weeks
    assert "P7 høst" not in weeks  # nothing is open in it any more
    header = still.as_("heidi").get("/matrise?til=30.6.2027").text
    assert "31.05.2027 telles til 18.06.2027" in words(header)


def test_without_history_it_says_so(still: Pages) -> None:
    assert "for lite historikk" in line(still.as_("rita").get(PAGE).text, "P8")


def test_the_day_can_be_chosen_but_not_ahead(still: Pages) -> None:
    client = still.as_("rita")
    before = client.get(f"{PAGE}&dag=1.4.2027").text
    assert "79 dager igjen" not in before
    assert "78 dager igjen, 12 åpne" in line(before, "P3")
    assert section(before, "Gjør dette først") == section(before, "Uker med mange frister") == ""
    refused = client.get(f"{PAGE}&dag=4.5.2027")
    assert (refused.status_code, "Velg i dag eller en dag før" in refused.text) == (422, True)


def test_what_to_do_first_leads_to_where_it_is_done(still: Pages) -> None:
    html = still.as_("rita").get(PAGE).text
    told = section(html, "Gjør dette først")
    assert re.search(r"løfter P3 fra \d+ til 100 % 11 elever igjen: \d+ poeng i alt", told)
    assert "11 elever: Kari (3a)" in told
    assert 'href="/masse?steg=2026:iop.arsevaluering"' in html
    assert "Elev p1" in told
    assert "Elev s9" in told


def test_a_head_is_not_told_the_name_of_a_protected_pupil(still: Pages) -> None:
    html = still.as_("heidi").get(PAGE).text
    assert "Elev p1" in html
    assert "Elev s9" not in html


def test_weeks_name_the_staff_to_those_who_lead_them_only(still: Pages) -> None:
    told = section(still.as_("rita").get(PAGE).text, "Uker med mange frister")
    assert "Kari" in told
    assert "Elevsamtale" in told
    assert section(still.as_("tora").get(PAGE).text, "Uker med mange frister") == ""
    assert section(still.as_("eli").get(PAGE).text, "Uker med mange frister") == ""


def test_the_weeks_begin_with_this_one_and_say_where_nothing_is_due(still: Pages) -> None:
    told = section(still.as_("rita").get(PAGE).text, "Uker med mange frister")
    assert re.search(r"Mye på én person Uke 18(–\d+)? 03\.05\.2027", told)
    assert re.search(r"Uke \d+(–\d+)? [0-9.]+–[0-9.]+ Ingen frister\.", told)


def test_supervision_sees_pupils_but_nothing_to_press(still: Pages) -> None:
    html = still.as_("tora").get(PAGE).text
    assert "Elev p1" in html
    assert "11 elever: 3a" in section(html, "Gjør dette først")  # nobody's name
    assert "/masse" not in html
    assert "Kari" not in html


def test_the_owner_sees_figures_without_pupils_and_no_small_ones(still: Pages) -> None:
    client = still.as_("eli")
    ((lia_,),) = still.rows("SELECT id FROM school WHERE key = 'lia'")
    html = client.get(f"{PAGE}&skole={lia_}").text
    assert "11 åpne" in line(html, "P3")
    assert "Elev p" not in html
    assert section(html, "Gjør dette først") == ""
    ((fjell,),) = still.rows("SELECT id FROM school WHERE key = 'fjell'")
    masked = line(client.get(f"{PAGE}&skole={fjell}").text, "P3")
    assert "under 5 elever" in masked
    assert "%" not in masked
    assert "åpen" not in masked


def test_it_is_taken_along_with_numbers_that_can_be_added(still: Pages) -> None:
    answer = still.as_("rita").get(f"{PAGE}&format=xlsx")
    titles, *rows = cells(answer)
    (p3,) = (row for row in rows if str(row[0]).startswith("P3 "))
    told = dict(zip(titles, p3, strict=True))
    assert (told["Åpne"], told["Nevner"], told["Best"]) == (11, 12, 1)
    assert told["Dårligst"] == pytest.approx(1 / 12)
    assert told["Fra"] <= told["Ventet"] <= told["Til"]


def test_it_is_a_tab_of_the_indicators_and_each_open_figure_leads_to_it(still: Pages) -> None:
    client = still.as_("rita")
    assert 'href="/prognose"' in client.get("/indikatorer").text
    assert "Prognose: hva tallet kan bli" in client.get("/indikatorer/P3?ar=2026-27").text
    assert "Prognose: hva tallet kan bli" not in client.get("/indikatorer/P3?ar=2025-26").text
    assert "Prognose: hva tallet kan bli" not in client.get("/indikatorer/P10?ar=2026-27").text


def test_who_was_shown_names_is_recorded(still: Pages) -> None:
    still.as_("heidi").get(PAGE)
    found = still.rows("SELECT what FROM reading")
    assert ("/prognose",) in found
