"""The schools of an owner side by side: each with its own year before, and nothing that is few."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from iopflow import db
from iopflow.clock import OSLO
from iopflow.models import Scope
from tests.factories import Lia, lia
from tests.web.conftest import Pages
from tests.web.test_downloads import rows as cells

EVALUATION = "iop.arsevaluering"
PAGE = "/indikatorer?vis=skoler&ar=2025-26"


def meetings(cast: Lia) -> None:
    """Of the twelve, nine and three were represented the year before, and eight this autumn."""
    for half, on, year, came in (
        ("host", date(2025, 9, 10), 2025, 9),
        ("var", date(2026, 3, 10), 2025, 3),
        ("host", date(2026, 9, 10), 2026, 8),
    ):
        step = f"iop.foreldremote_{half}"
        day: dict[str, Any] = {"year": year, "occasion": on.isoformat()}
        cast.happening("3a", step, "held", on, scope=Scope.UNIT, **day)
        for n in range(came):
            cast.happening(f"p{n}", step, "present", on, **day)


@pytest.fixture(scope="module")
def still(server: Any) -> Iterator[Pages]:
    """Twelve pupils at Lia, of whom ten were in time, and nine the year before; Fjell has three."""
    with server.fresh() as url:
        engine = db.create_engine(url)
        with db.session(engine) as session:
            cast = lia(session)
            for n in range(12):
                cast.pupil(f"p{n}")
                for year, in_time in ((2024, 9), (2025, 10)):
                    cast.vedtak(f"p{n}", year)
                    if n < in_time:
                        day = date(year + 1, 6, 10)
                        cast.happening(f"p{n}", EVALUATION, "done", day, year=year)
            meetings(cast)
            for n in range(3):
                cast.pupil(f"f{n}", school="fjell", class_="f3")
                cast.vedtak(f"f{n}", 2025)
            cast.grant("eli", "skoleeier", "owner", "eikedal")
            cast.grant("kim", "ikit_koordinator", "network", "nett")
        yield Pages(engine, datetime(2026, 11, 26, 10, 0, tzinfo=OSLO))
        engine.dispose()


def line(html: str, title: str) -> str:
    """The line of an indicator, as text."""
    found = next(one for one in re.findall(r"<tr>.*?</tr>", html, re.DOTALL) if title in one)
    return " ".join(re.sub(r"<[^>]+>", " ", found.replace("\xa0", " ")).split())


def test_each_school_beside_its_own_year_before_in_the_order_of_the_alphabet(still: Pages) -> None:
    html = still.as_("eli").get(PAGE).text
    told = line(html, "P3 ")
    assert "83 % : P3, Lia skole 10/12 ↑ opp fra 75 % i fjor" in told
    assert html.index(">Fjell skole<") < html.index(">Lia skole<")
    ((number,),) = still.rows("SELECT id FROM school WHERE key = 'lia'")
    assert f'href="/indikatorer/P3?skole={number}&amp;ar=2025-26"' in html


def test_few_are_hidden_on_the_page_and_in_the_file(still: Pages) -> None:
    client = still.as_("eli")
    told = line(client.get(PAGE).text, "P3 ")
    assert "• : P3, Fjell skole, for få elever til å vises" in told
    titles, *rows = cells(client.get(f"{PAGE}&format=xlsx"))
    p3 = {row[1]: dict(zip(titles, row, strict=True)) for row in rows if row[0].startswith("P3 ")}
    assert p3["Lia skole"]["Nevner"] == 12
    assert p3["Lia skole"]["Andel"] == pytest.approx(10 / 12)
    assert not p3["Fjell skole"]["Nevner"]
    assert "under 5 elever" in p3["Fjell skole"]["Merknad"]


def test_what_is_not_counted_yet_is_not_held_against_a_whole_year(still: Pages) -> None:
    html = still.as_("eli").get("/indikatorer?vis=skoler&ar=2026-27").text
    told = line(html, "P3 ")
    assert "ikke telt ennå" in told
    assert "i fjor" not in told


def test_a_sum_with_a_half_to_come_is_held_against_the_same_day_and_not_a_whole_year(
    still: Pages,
) -> None:
    """P10 has no counting date, and yet its autumn is no year: 8/12 is less than 9/12."""
    client = still.as_("eli")
    page = client.get("/indikatorer?vis=skoler&ar=2026-27").text
    whole, autumn = (line(page, f"P10 Foreldrerepresentasjon{end}") for end in (" på", ", høst"))
    assert "ikke telt ennå" in whole
    assert "8/12 ↓ ned fra 75 % samme dag i fjor" in whole
    assert "8/12 ↓ ned fra 75 % samme dag i fjor" in autumn
    alone = line(still.as_("rita").get("/indikatorer?ar=2026-27").text, "P10 Foreldrerep")
    assert "67 % 8/12 50 % samme dag: 75 % ikke telt ennå" in alone


def test_the_owner_finds_it_and_those_with_one_school_or_a_network_do_not(still: Pages) -> None:
    link = 'href="/indikatorer?vis=skoler'
    assert link in still.as_("eli").get("/indikatorer").text
    for person in ("rita", "kim"):
        client = still.as_(person)
        assert link not in client.get("/indikatorer").text
        assert "Prosessindikatorer" in client.get(PAGE).text
