"""The line of a pupil's year: nothing overlaps or is lost, and it is read without colour."""

import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from iopflow.status import Status
from iopflow.web import timeline
from iopflow.web.timeline import AIR, LOOKS, WIDTH, Line, Look, Point, draw, look_name

SVG = "{http://www.w3.org/2000/svg}"
AUGUST = date(2026, 8, 1)
TODAY = date(2026, 11, 26)
STYLE = Path(timeline.__file__).parent / "static" / "pupil.css"


def point(day: int, look: Look = Look.OPEN, name: str = "Steg", **more: date) -> Point:
    """A step due some days after 1 August."""
    return Point(name, f"{name} sagt", AUGUST + timedelta(days=day), look, **more)


def drawn(*points: Point, today: date = TODAY) -> ElementTree.Element:
    """The picture as a page gets it."""
    text = draw(points, AUGUST, title="Skoleåret 2026-27", today=today)
    return ElementTree.fromstring(text)  # noqa: S314 - our own


def signs(found: ElementTree.Element) -> list[ElementTree.Element]:
    """The signs on the line, without those that explain them."""
    return [
        one
        for one in found.iter(f"{SVG}g")
        if "timeline-mark" in one.get("class", "") and one.find(f"{SVG}title") is not None
    ]


@given(st.lists(st.tuples(st.integers(0, 364), st.sampled_from(list(Look))), max_size=60))
def test_signs_never_overlap_and_no_step_is_lost(days: list[tuple[int, Look]]) -> None:
    points = [point(day, look, f"S{n}") for n, (day, look) in enumerate(days)]
    markers = Line(AUGUST).markers(points)
    for one, other in pairwise(markers):
        assert other.x - other.half - one.x - one.half >= AIR - 0.01
    for one in markers:
        assert one.half <= one.x <= WIDTH - one.half
    said = [one.findtext(f"{SVG}title") or "" for one in signs(drawn(*points))]
    names = [name for title in said for name in re.sub(r"^\d+ steg: ", "", title).split("; ")]
    assert sorted(names) == sorted(one.said for one in points)


def test_the_picture_has_words_and_leads_nowhere() -> None:
    found = drawn(point(0, Look.DONE), point(200, Look.OVERDUE))
    assert found.get("role") == "img"
    assert found.get("aria-labelledby") == "timeline-title timeline-desc"
    assert found.findtext(f"{SVG}title") == "Skoleåret 2026-27"
    assert found.findtext(f"{SVG}desc") == (
        "Stegene står på fristene sine: 1 over frist, 1 gjort. Tabellen sier det samme."
    )
    assert list(found.iter(f"{SVG}a")) == []


def test_every_look_has_a_shape_and_a_sign_of_its_own() -> None:
    found = drawn(*(point(60 * n, look) for n, look in enumerate(Look)))
    shapes = {tuple(path.get("d") for path in one.iter(f"{SVG}path")) for one in signs(found)}
    assert len(shapes) == len(Look)
    words = [one.text for one in found.iter(f"{SVG}text") if one.get("class") == "timeline-legend"]
    assert words == [look_name(look) for look in sorted(Look, reverse=True)]


def test_every_status_has_a_look() -> None:
    assert set(LOOKS) == set(Status)


def test_what_lasts_is_a_bar_and_those_that_meet_lie_apart() -> None:
    talks = Point("Samtaler", "Samtaler sagt", date(2027, 1, 15), Look.OPEN, date(2026, 11, 1))
    other = Point("Møter", "Møter sagt", date(2027, 2, 15), Look.OPEN, date(2026, 12, 1))
    short = Point("Kort", "Kort sagt", date(2027, 5, 10), Look.OPEN, date(2027, 5, 1))
    bars = [
        one
        for one in drawn(talks, other, short).iter(f"{SVG}rect")
        if one.get("class") == "timeline-bar"
    ]
    assert len(bars) == 2
    assert len({one.get("y") for one in bars}) == 2


def test_today_is_shown_while_the_year_lasts() -> None:
    kinds = [one.get("class") for one in drawn(point(3)).iter(f"{SVG}path")]
    assert "timeline-today" in kinds
    after = [one.get("class") for one in drawn(point(3), today=date(2027, 8, 1)).iter(f"{SVG}path")]
    assert "timeline-today" not in after


@given(st.text(max_size=40))
def test_no_title_breaks_the_picture(title: str) -> None:
    found = drawn(Point(title, title, date(2027, 1, 15), Look.OPEN, date(2026, 9, 1)))
    usual = drawn(Point("Samtale", "Samtale", date(2027, 1, 15), Look.OPEN, date(2026, 9, 1)))
    assert [one.tag for one in found.iter()] == [one.tag for one in usual.iter()]


def test_a_page_gets_no_style_and_knows_every_class() -> None:
    text = draw(
        [point(30 * n, look, opens=AUGUST) for n, look in enumerate(Look)],
        AUGUST,
        title="År",
        today=TODAY,
    )
    assert re.findall(r"<style|<script|\sstyle=|\son\w+=", text) == []
    used = {name for found in re.findall(r'class="([^"]+)"', text) for name in found.split()}
    styled = set(re.findall(r"\.(timeline[\w-]*)", STYLE.read_text(encoding="utf-8")))
    assert used - styled == {"timeline-day", "timeline-open"}  # which look as all others do
