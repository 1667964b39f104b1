"""Skolerute: the office sets the days, sees what moves, saves, and takes it back."""

import re
from typing import Any

from tests.web.conftest import Pages


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
