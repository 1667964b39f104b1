"""Skolerute: the office sets the days, sees what moves, saves, and takes it back."""

import re
from datetime import date
from typing import Any

from iopflow.queries.skoleruter import Off, Skolerute
from iopflow.schoolyear import Year
from tests.web.conftest import Pages
from tests.web.parts import refuses_parts


def form(pages: Pages, who: str = "rita", year: str = "2026-27", **changed: Any) -> dict[str, Any]:
    """What the page's form holds, with some of it typed over."""
    page = pages.as_(who).get(f"/skolerute?ar={year}").text
    found: dict[str, Any] = {
        name: value
        for name, value in re.findall(r'<input[^>]* name="([a-z_]+)" value="([^"]*)"', page)
        if name not in {"fra", "til", "hva"}
    }
    for name in ("fra", "til", "hva"):
        found[name] = re.findall(rf'name="{name}" value="([^"]*)"', page)
    return found | changed


def dues(pages: Pages) -> list[tuple[Any, ...]]:
    """All tasks with their days."""
    return pages.rows("SELECT id, opens, due, limit_day FROM task ORDER BY id")


def test_the_last_day_is_moved_seen_first_saved_and_taken_back(pages: Pages) -> None:
    client, before = pages.as_("rita"), dues(pages)
    asked = form(pages, last_day="16.06.2027")
    shown = client.post("/skolerute/se?ar=2026-27", data=asked)
    assert shown.status_code == 200
    assert "→ 16.06.2027" in shown.text
    assert dues(pages) == before
    saved = client.post("/skolerute?ar=2026-27", data=asked)
    assert saved.status_code == 303
    assert dues(pages) != before
    page = client.get(saved.headers["location"]).text
    (words,) = re.findall(r'name="hva" value="(\d+-\d+)"', page)
    back = client.post("/skolerute/angre?ar=2026-27", data={"hva": words})
    assert back.status_code == 303
    assert dues(pages) == before
    assert 'value="18.06.2027"' in client.get("/skolerute?ar=2026-27").text


def rows_off(pages: Pages) -> list[tuple[str, str, str]]:
    """The days off of Lia skole."""
    rows = pages.rows(
        "SELECT d.starts, d.ends, d.what FROM day_off d JOIN school s ON s.id = d.school_id"
        " WHERE s.key = 'lia' ORDER BY d.starts"
    )
    return [(str(starts), str(ends), what) for starts, ends, what in rows]


def test_pasted_lines_are_days_off_and_an_emptied_row_is_taken_away(pages: Pages) -> None:
    client = pages.as_("olav")
    lines = (
        "28.09.2026–02.10.2026 høstferie\n13.11. planleggingsdag\n"
        "lia;22.02.2027;26.02.2027;vinterferie\n\nJuleferie: 21.12.2026 - 1.1.2027"
    )
    saved = client.post("/skolerute?ar=2026-27", data=form(pages, "olav", linjer=lines))
    assert saved.status_code == 303
    assert rows_off(pages) == [
        ("2026-09-28", "2026-10-02", "høstferie"),
        ("2026-11-13", "2026-11-13", "planleggingsdag"),
        ("2026-12-21", "2027-01-01", "Juleferie"),
        ("2027-02-22", "2027-02-26", "vinterferie"),
    ]
    asked = form(pages, "olav")
    for name in ("fra", "til", "hva"):
        asked[name][1] = ""
    asked["hva"][0] = "Høstferie uke 40"
    page = client.get(client.post("/skolerute?ar=2026-27", data=asked).headers["location"]).text
    assert [what for _from, _to, what in rows_off(pages)] == [
        "Høstferie uke 40",
        "Juleferie",
        "vinterferie",
    ]
    (words,) = re.findall(r'name="hva" value="(\d+-\d+)"', page)
    refuses_parts(client, "/skolerute/angre?ar=2026-27", {"hva": words}, "hva")
    assert client.post("/skolerute/angre?ar=2026-27", data={"hva": words}).status_code == 303
    assert [what for _from, _to, what in rows_off(pages)] == [
        "høstferie",
        "planleggingsdag",
        "Juleferie",
        "vinterferie",
    ]


def test_a_mistake_stands_beside_its_field_and_nothing_typed_is_lost(pages: Pages) -> None:
    client, before = pages.as_("rita"), dues(pages)
    asked = form(pages, first_day="20.06.2027", linjer="fri en gang i våres")
    asked["fra"][0], asked["hva"][0] = "1.9.2030", "feil år"
    answer = client.post("/skolerute?ar=2026-27", data=asked)
    assert answer.status_code == 422
    assert "«fri en gang i våres» kan ikke leses" in answer.text
    assert ">fri en gang i våres</textarea>" in answer.text
    assert ('value="20.06.2027"' in answer.text, 'value="1.9.2030"' in answer.text) == (True, True)
    answer = client.post("/skolerute?ar=2026-27", data=asked | {"linjer": ""})
    assert 'id="last_day-feil">Siste skoledag må komme etter den første.' in answer.text
    assert 'id="off-0-feil">Dagen ligger ikke i skoleåret 2026-27' in answer.text
    empty = client.post("/skolerute?ar=2026-27", data=form(pages, first_day=""))
    assert 'id="first_day-feil">Skriv dagen.' in empty.text
    assert dues(pages) == before


def test_the_count_of_school_days_and_what_overlaps_is_told(pages: Pages) -> None:
    lines = "28.09.2026–02.10.2026 høstferie\n02.10.2026 klatredag"
    shown = pages.as_("rita").post("/skolerute/se?ar=2026-27", data=form(pages, linjer=lines))
    count = re.search(r"<strong>(\d+) skoledager</strong>", shown.text)
    assert count is not None
    assert f"Året har {count[1]} skoledager; et skoleår har vanligvis 190." in shown.text
    assert "høstferie og klatredag overlapper." in shown.text


def test_a_year_without_is_proposed_from_the_year_before_and_can_be_taken_back(
    pages: Pages,
) -> None:
    client = pages.as_("rita")
    page = client.get("/skolerute?ar=2028-29").text
    assert "Forslag ut fra året før" in page
    assert 'value="15.08.2028"' in page  # a Tuesday, as 17.08.2027 is
    assert pages.rows("SELECT count(*) FROM school_year WHERE year = 2028") == [(0,)]
    asked = form(pages, year="2028-29", linjer="9.10.2028-13.10.2028 høstferie")
    saved = client.post("/skolerute?ar=2028-29", data=asked)
    assert pages.rows("SELECT count(*) FROM school_year WHERE year = 2028") == [(1,)]
    page = client.get(saved.headers["location"]).text
    (words,) = re.findall(r'name="hva" value="(\d+-\d+)"', page)
    assert client.post("/skolerute/angre?ar=2028-29", data={"hva": words}).status_code == 303
    assert pages.rows("SELECT count(*) FROM school_year WHERE year = 2028") == [(0,)]
    assert rows_off(pages) == []


def test_days_off_keep_their_week_and_those_around_easter_follow_easter() -> None:
    year = Skolerute(
        Year(2026),
        date(2026, 8, 17),
        date(2027, 6, 18),
        off=(
            Off(date(2026, 9, 28), date(2026, 10, 2), "høst"),
            Off(date(2026, 12, 21), date(2027, 1, 1), "jul"),
            Off(date(2027, 3, 22), date(2027, 3, 29), "påske"),
            Off(date(2027, 5, 7), date(2027, 5, 7), "inneklemt"),
        ),
    ).proposed_next()
    assert (year.first_day, year.last_day) == (date(2027, 8, 16), date(2028, 6, 16))
    assert year.off == (
        Off(date(2027, 10, 4), date(2027, 10, 8), "høst"),
        Off(date(2027, 12, 20), date(2027, 12, 31), "jul"),
        Off(date(2028, 4, 10), date(2028, 4, 17), "påske"),
        Off(date(2028, 5, 26), date(2028, 5, 26), "inneklemt"),
    )


def test_what_somebody_else_changed_meanwhile_is_shown_and_not_overwritten(pages: Pages) -> None:
    mine = form(pages, last_day="15.06.2027")
    theirs = form(pages, last_day="16.06.2027")
    assert pages.as_("olav").post("/skolerute?ar=2026-27", data=theirs).status_code == 303
    answer = pages.as_("rita").post("/skolerute?ar=2026-27", data=mine)
    assert (answer.status_code, 'value="15.06.2027"' in answer.text) == (422, True)
    assert "Skoleruten ble endret mens du skrev" in answer.text
    assert "siste 16.06.2027" in answer.text
    lia = "SELECT y.last_day FROM school_year y JOIN school s ON s.id = y.school_id"
    ((last,),) = pages.rows(f"{lia} WHERE y.year = 2026 AND s.key = 'lia'")
    assert str(last) == "2027-06-16"


def test_what_was_changed_since_is_not_taken_back(pages: Pages) -> None:
    client = pages.as_("rita")
    saved = client.post("/skolerute?ar=2026-27", data=form(pages, last_day="16.06.2027"))
    words = saved.headers["location"].partition("lagret=")[2]
    pages.as_("olav").post("/skolerute?ar=2026-27", data=form(pages, last_day="15.06.2027"))
    late = client.post("/skolerute/angre?ar=2026-27", data={"hva": words})
    assert (late.status_code, "Dette er endret siden" in late.text) == (422, True)
    others = pages.as_("ada").post("/skolerute/angre?ar=2026-27", data={"hva": words})
    assert others.status_code == 422


def test_another_school_is_not_found_and_the_administrator_may_choose(pages: Pages) -> None:
    ((fjell,),) = pages.rows("SELECT id FROM school WHERE key = 'fjell'")
    assert pages.as_("rita").get(f"/skolerute?skole={fjell}").status_code == 404
    assert "Fjell skole, 2026-27" in pages.as_("ada").get(f"/skolerute?skole={fjell}").text
