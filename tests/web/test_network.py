"""The network's pages: who sees them, what they show, and that they show nothing that is hidden."""

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlmodel import Session

from iopflow.exchange import hidden, sealed
from iopflow.models import metadata
from tests.exchange.kit import Entry, entry
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


@pytest.fixture
def registered(network: Pages) -> Pages:
    """Three schools with what a pupil costs, and one of them with its staffing."""
    with Session(network.engine) as session:
        tables = metadata.tables
        owner, nett = session.execute(
            select(tables["school"].c.owner_id, tables["school"].c.network_id)
        ).first() or (0, 0)
        session.execute(
            insert(tables["school"]),
            {
                "owner_id": owner,
                "network_id": nett,
                "key": "vik",
                "name": "Vik skole",
                "municipality": "Eikedal",
                "language": "nb",
            },
        )
        for row in session.execute(select(tables["school"].c.id, tables["school"].c.key)).all():
            amount = {"lia": "700", "fjell": "800", "vik": "1250"}[row.key]
            figures = [("OK1b", amount, "")] + [("OK2", "44", "1:1")] * (row.key == "vik")
            for code, number, category in figures:
                session.execute(
                    insert(tables["figure_value"]),
                    {
                        "owner_id": owner,
                        "school_id": row.id,
                        "year": 2025,
                        "indicator": code,
                        "counted_on": date(2026, 3, 1),
                        "category": category,
                        "unit_key": "",
                        "value": number,
                    },
                )
        session.commit()
    network.run(
        "DELETE FROM enrolment WHERE school_id IN (SELECT id FROM school WHERE key='fjell')"
    )
    return network


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
    assert "Ingen skole i nettverket har frosset eller registrert tall for 2024-25 ennå." in _plain(
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


def test_the_second_gathering_opens_with_money_and_what_it_is_spent_on(registered: Pages) -> None:
    client = registered.as_("eli")
    page = client.get("/nettverk/samling/2?bilde=1").text
    words = _plain(page)
    assert "ØK1b Utgifter per elev" in words
    assert "800 tusen kr per elev, median" in words
    assert "3 av 3 skoler er med. Lavest og høyest: 700 og 1 250." in words
    assert "gjelder kalenderåret før" in words
    assert page.count('class="school"') == 3
    staffing = _plain(client.get("/nettverk/samling/2?bilde=2").text)
    assert "for få skoler har tall som kan vises" in staffing
    assert "44" not in staffing
    every = client.get("/nettverk/samling/2?bilde=alle").text
    assert "P3" in every
    assert "Vik skole" not in every


def test_money_is_at_the_gatherings_that_talk_of_it(registered: Pages) -> None:
    client = registered.as_("eli")
    has = {
        key: "ØK1b" in client.get(f"/nettverk/samling/{key}?bilde=alle").text
        for key in ("1", "2", "3", "4", "juni")
    }
    assert has == {"1": False, "2": True, "3": True, "4": False, "juni": True}


def test_the_table_has_the_registered_figures_and_rektor_the_own_ones(registered: Pages) -> None:
    assert "ØK1b Utgifter per elev – skole (tusen kr per elev) 3 av 3 skoler er med. 800" in _plain(
        registered.as_("eli").get("/nettverk").text
    )
    page = _plain(registered.as_("rita").get("/nettverk").text)
    assert "3 av 3 skoler er med. 800 700" in page
    assert "Fjell" not in page


def _file(school: str, *figures: Entry, **more: Any) -> bytes:
    """A file of one school, as `exchange export` writes it."""
    place = {"owner": "o", "school": school, "name": f"{school} skole", "municipality": "m"}
    content = {
        "format": "iopflow-exchange",
        "format_version": 1,
        "schools": [place | {"network": None, "figures": hidden(figures)}],
    }
    return json.dumps(sealed(content) | more).encode()


def _lay(pages: Pages, client: Any = None, **files: bytes) -> Any:
    """The files laid together, as `name_json=content`."""
    sent = [("fil", (name.replace("_json", ".json"), content)) for name, content in files.items()]
    return (client or pages.as_("eli")).post("/nettverk/filer", files=sent)


def test_files_are_laid_together_and_nothing_of_them_is_kept(network: Pages) -> None:
    client = network.as_("eli")
    before = network.rows("SELECT count(*) FROM event") + network.rows("SELECT id FROM telling")
    answer = _lay(
        network,
        client,
        vik_json=_file("vik", entry("P3", "skoleslutt", 10, 0, 10)),
        ness_json=_file("ness", entry("P3", "skoleslutt", 17, 0, 1)),
        bok_json=b"PK\x03\x04",
    )
    page = _plain(answer.text)
    assert answer.status_code == 200
    assert "vik skole: 1 tall for 2025-26" in page
    assert "Avvist: bok.json er ikke JSON som iopflow har laget: be om filen på nytt." in page
    assert "2 av 2 skoler er med. 64–72 %" in page
    assert "17/18" not in page
    assert "94 %" not in page.replace("–94 %", "")
    after = network.rows("SELECT count(*) FROM event") + network.rows("SELECT id FROM telling")
    assert after == before


def test_what_cannot_be_laid_together_is_said_by_the_name_of_the_file(network: Pages) -> None:
    p8 = entry("P8", "skoleslutt", 12, 0, 8)
    other = entry("P3", "skoleslutt", 12, 0, 8, definition="P3@2")
    changed = _file("moen", p8, exported_at="2026-06-30")
    answer = _lay(
        network,
        vik_json=_file("vik", entry("P3", "skoleslutt", 10, 0, 10), p8),
        ness_json=_file("ness", other),
        moen_json=changed,
    )
    page = _plain(answer.text)
    assert "P3 for 2025-26 er telt etter ulike definisjoner" in page
    assert "versjon 1 (vik skole, vik.json) og versjon 2 (ness skole, ness.json)" in page
    assert "--split" not in page
    assert "moen.json er endret etter at den ble laget, for sjekksummen stemmer ikke" in page
    assert "P8 Foreldresamtaler" in page  # what can be compared is shown
    assert "P3 Andel" not in page


def test_no_file_and_only_bad_ones_are_refused(network: Pages) -> None:
    assert _lay(network, tom_json=b"").status_code == 422
    client = network.as_("eli")
    assert "Velg minst én fil først." in client.post("/nettverk/filer").text
    twice = _lay(
        network,
        a_json=_file("vik", entry("P3", "skoleslutt", 10, 0, 10)),
        b_json=_file("vik", entry("P3", "skoleslutt", 11, 0, 9)),
    )
    assert twice.status_code == 422
    assert "har revisjon 1 i to filer som ikke er like" in _plain(twice.text)


def test_more_than_a_page_takes_is_refused(network: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iopflow.web.page.LARGEST_UPLOAD", 2_000)
    answer = _lay(network, stor_json=b"x" * 4_000)
    assert answer.status_code == 422
    assert "Filene er til sammen større enn" in answer.text
