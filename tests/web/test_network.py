"""The network's pages: who sees them, what they show, and that they show nothing that is hidden."""

import json
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select
from sqlmodel import Session

from iopflow.models import metadata
from tests.exchange.kit import entry
from tests.web.conftest import Pages

FROZEN = datetime(2026, 6, 20, 9, 0, tzinfo=UTC)
FIGURES = {
    "lia": [("P3", 17, 1), ("P8", 12, 6), ("P9", 0, 0)],
    "fjell": [("P3", 10, 10), ("P8", 15, 5), ("P9", 1, 2)],
}


@pytest.fixture
def network(pages: Pages) -> Pages:
    """Lia with 17 of 18 and Fjell with 10 of 20, as frozen at the end of last year."""
    with Session(pages.engine) as session:
        school = metadata.tables["school"]
        for row in session.execute(select(school.c.id, school.c.key, school.c.owner_id)).all():
            if row.key not in FIGURES:
                continue
            telling = {
                "owner_id": row.owner_id,
                "school_id": row.id,
                "year": 2025,
                "counted": "skoleslutt",
                "revision": 1,
                "frozen_at": FROZEN,
                "wheel": "spesialskole@1",
            }
            number = session.execute(
                insert(metadata.tables["telling"]).returning(metadata.tables["telling"].c.id),
                telling,
            ).scalar_one()
            for code, numerator, rest in FIGURES[row.key]:
                told = entry(code, "skoleslutt", numerator, 0, rest, school=row.key, network=None)
                of = numerator + rest
                told |= {"rate": numerator / of if of else None}
                session.execute(
                    insert(metadata.tables["telling_figure"]),
                    {
                        "owner_id": row.owner_id,
                        "telling_id": number,
                        "indicator": code,
                        "entry": json.dumps(told),
                    },
                )
        session.commit()
    return pages


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.replace("\u00a0", " ")))


def test_the_owner_sees_median_and_spread_of_what_may_be_shown(network: Pages) -> None:
    html = network.as_("eli").get("/nettverk").text
    page = _plain(html)
    assert "2 av 2 skoler er med." in page
    assert "64–72 %" in page  # the middle of 10/20 and of 14 to 17 of 18
    assert "Lia skole" not in page  # nobody's own school is there, and no name
    assert 'aria-label="Median 64–72\u00a0%. 2 av 2 skoler er med. Lavest og høyest: 50' in html
    assert "1 har for små tall. 1 hadde ingen å telle." in page
    assert "17/18" not in page


def test_rektor_sees_the_own_school_whole_and_no_other(network: Pages) -> None:
    page = _plain(network.as_("rita").get("/nettverk?ar=2025-26").text)
    assert "94 %" in page
    assert "Fjell skole" not in page
    assert "Ingen skole i nettverket har frosset tall for 2024-25 ennå." in _plain(
        network.as_("rita").get("/nettverk?ar=2024-25").text
    )


def test_no_page_tells_a_number_that_the_file_hides(network: Pages) -> None:
    """Lia's 17 of 18 is 94,4 %, and Fjell's 1 of 3 is 33,3 %."""
    client = network.as_("eli")
    for path in ("/nettverk", "/nettverk/samling/juni?bilde=alle"):
        page = client.get(path).text.replace("\u00a0", " ")
        assert page.count("94 %") == page.count("–94 %")  # only as the end of 78–94
        assert "33 %" not in page


def test_a_gathering_is_one_figure_a_screen_with_ways_on_and_back(network: Pages) -> None:
    client = network.as_("eli")
    first = client.get("/nettverk/samling/1").text
    assert "Først tallene: hva viser de?" in first
    assert 'rel="prev"' not in first
    second = client.get("/nettverk/samling/1?bilde=1").text
    assert "Hensikt:" in second
    assert second.index("Se på tallet først") < second.index("motforestillinger har vi mot")
    assert 'rel="prev"' in second
    assert 'rel="next"' in second
    last = client.get("/nettverk/samling/1?bilde=4").text
    assert "Veien videre" in last
    assert 'rel="next"' not in last
    every = client.get("/nettverk/samling/1?bilde=alle").text
    assert every.count('class="screen"') == 5
    assert "Lia" not in every
    for path in ("5", "1?bilde=5", "1?bilde=-1", "1?bilde=x", "1?bilde=²", "1?nett=annet"):
        assert client.get(f"/nettverk/samling/{path}").status_code == 404


def test_another_network_is_not_found(network: Pages) -> None:
    for person in ("eli", "rita"):
        client = network.as_(person)
        assert client.get("/nettverk?nett=annet-nett").status_code == 404
        assert client.get("/nettverk?nett=nett").status_code == 200


def test_the_table_can_be_taken_along(network: Pages) -> None:
    answer = network.as_("eli").get("/nettverk?format=xlsx")
    assert answer.content.startswith(b"PK")
