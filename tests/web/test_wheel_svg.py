"""The picture of the wheel: what it names, that nothing overlaps, and that no title breaks it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from math import hypot
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.schoolyear import SchoolYear, Year
from iopflow.texts import speaking
from iopflow.web.wheel_layout import AIR, CENTRE, Circle, Mark, State, lanes, point
from iopflow.web.wheel_marks import marks_of
from iopflow.web.wheel_svg import STYLE, Picture, draw
from iopflow.web.wheel_words import name_of
from iopflow.wheel import load

SVG = "{http://www.w3.org/2000/svg}"
AUGUST, JANUARY = date(2026, 8, 1), date(2027, 1, 1)
RUTER = {
    Year(2025): SchoolYear(Year(2025), date(2025, 8, 18), date(2026, 6, 19), date(2025, 8, 13)),
    Year(2026): SchoolYear(Year(2026), date(2026, 8, 17), date(2027, 6, 18), date(2026, 8, 12)),
    Year(2027): SchoolYear(Year(2027), date(2027, 8, 16), date(2028, 6, 16), date(2027, 8, 11)),
}
MEETINGS = Mark(
    "iop.ppt_samarbeidsmoter",
    "Samarbeidsmøter med PPT",
    date(2027, 5, 31),
    opens=date(2027, 2, 1),
    window=True,
)
EVALUATION = Mark(
    "iop.arsevaluering", "Årsevaluering", date(2026, 5, 31), done=3, total=18, state=State.UNDER_WAY
)


def picture(*marks: Mark, first: date = AUGUST, **more: object) -> Picture:
    """Lia's year with these steps."""
    return Picture("Lia skole", "2026-27", first, marks, **more)  # type: ignore[arg-type]


def whole(first: date) -> tuple[Mark, ...]:
    """The shipped wheel, with every number a picture may hold."""
    marks = marks_of([load("spesialskole")], RUTER.get, Circle(first))
    states = list(State)
    return tuple(
        replace(mark, done=17, total=18, state=states[place % 5])
        for place, mark in enumerate(marks)
    )


def signs(drawn: str) -> list[ElementTree.Element]:
    """The markers of a picture, without those that explain the signs."""
    found = ElementTree.fromstring(drawn).iter()  # noqa: S314 - our own
    return [
        one
        for one in found
        if "wheel-mark" in one.get("class", "") and one.find(f"{SVG}title") is not None
    ]


def spots(drawn: str) -> list[tuple[float, float, float]]:
    """The middle and radius of every marker, as written."""
    result = []
    for sign in signs(drawn):
        place = re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\)", sign.get("transform", ""))
        circle = sign.find(f"{SVG}circle")
        assert place is not None
        assert circle is not None
        result.append((float(place[1]), float(place[2]), float(circle.get("r", ""))))
    return result


def titles(drawn: str) -> list[str]:
    """The names of the markers, those of a joint one parted."""
    said = [sign.findtext(f"{SVG}title") or "" for sign in signs(drawn)]
    return [
        name for title in said for name in re.sub(r"^\d+ steg [\d.–]+: ", "", title).split("; ")
    ]


def overlapping(places: Sequence[tuple[float, float, float]]) -> list[tuple[object, object]]:
    """The pairs of markers that touch."""
    return [
        (one, other)
        for one, other in combinations(places, 2)
        if hypot(one[0] - other[0], one[1] - other[1]) < one[2] + other[2] + AIR - 0.2
    ]


@pytest.mark.parametrize("first", [AUGUST, JANUARY])
def test_every_step_of_the_shipped_wheel_is_named_once(first: date) -> None:
    marks = whole(first)
    drawn = draw(picture(*marks, first=first))

    assert len(marks) > 20
    assert sorted(titles(drawn)) == sorted(name_of(mark) for mark in marks)
    assert overlapping(spots(drawn)) == []
    assert len(drawn.encode()) < 12_000


def test_the_first_month_is_in_the_middle_of_the_top() -> None:
    school, calendar = Circle(AUGUST), Circle(JANUARY)

    assert abs(school.angle(date(2026, 8, 16))) < 1
    assert abs(calendar.angle(date(2027, 1, 16))) < 1
    assert 88 < calendar.angle(date(2027, 4, 16)) < 92  # a quarter further round, with the clock
    assert point(0, 100) == (CENTRE, CENTRE - 100)
    with pytest.raises(ValueError, match="2026-08-02 is not the first day of a month"):
        Circle(date(2026, 8, 2))


@given(
    st.lists(st.tuples(st.integers(0, 364), st.sampled_from([None, *State])), max_size=60),
    st.sampled_from([AUGUST, JANUARY]),
)
def test_markers_never_overlap_and_none_is_lost(
    days: list[tuple[int, State | None]], first: date
) -> None:
    marks = tuple(
        Mark(f"iop.s{n}", f"Steg {n}", first + timedelta(days=day), state=state)
        for n, (day, state) in enumerate(days)
    )
    drawn = draw(picture(*marks, first=first))

    assert overlapping(spots(drawn)) == []
    assert sorted(titles(drawn)) == sorted(name_of(mark) for mark in marks)


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["#steg-", None]))
def test_no_title_breaks_the_picture(title: str, name: str, link: str | None) -> None:
    def drawn(title: str, name: str) -> ElementTree.Element:
        mark = replace(MEETINGS, key=title, title=title)
        text = draw(Picture(name, title, AUGUST, (mark,), link=link), style=True)
        return ElementTree.fromstring(text)  # noqa: S314 - our own

    found, usual = drawn(title, name), drawn("Samtaler om læring og trivsel", "Lia")
    assert {one.tag for one in found.iter()} == {one.tag for one in usual.iter()}
    assert {key for one in found.iter() for key in one.keys()} <= {  # noqa: SIM118
        key
        for one in usual.iter()
        for key in one.keys()  # noqa: SIM118
    }
    assert len(list(found.iter())) <= len(list(usual.iter())) + 2  # a long name has three lines


def test_a_title_of_markup_is_text() -> None:
    hostile = '</title><script>alert("1")</script>&\x00'
    drawn = draw(picture(Mark("iop.x", hostile, date(2026, 9, 15))))

    assert "<script" not in drawn
    assert titles(drawn) == [f"{hostile[:-1]}, frist 15.09.2026"]


def test_a_step_is_named_in_full() -> None:
    plain = Mark("iop.malvalg", "Målvalg", date(2026, 5, 31))

    assert name_of(plain) == "Målvalg, frist 31.05.2026"
    assert name_of(EVALUATION) == "Årsevaluering, frist 31.05.2026, 3 av 18 ferdig"
    late = Mark("iop.x", "Steg", date(2026, 5, 31), done=3, total=18, state=State.OVERDUE)
    assert name_of(late) == "Steg, frist 31.05.2026, 3 av 18 ferdig, over frist"
    uncounted = Mark("iop.x", "Steg", date(2026, 5, 31), state=State.NOT_BEGUN)
    assert name_of(uncounted) == "Steg, frist 31.05.2026, ikke startet"


def test_steps_close_together_stand_as_one_number_that_leads_to_the_first() -> None:
    marks = [
        Mark(f"iop.s{n}", f"Steg {n}", date(2027, 5, 31) + timedelta(days=3 * n), state=State.DONE)
        for n in range(7)
    ]
    marks[3] = Mark("iop.s3", "Steg 3", marks[3].due, state=State.SOON)
    (sign,) = signs(draw(picture(*marks)))

    assert sign.get("href") == "#steg-iop.s0"
    assert sign.get("class") == "wheel-mark wheel-soon"  # the most pressing of them
    assert sign.findtext(f"{SVG}text") == "7"
    assert (sign.findtext(f"{SVG}title") or "").startswith("7 steg 31.05–18.06: Steg 0, frist ")


def test_a_file_of_its_own_has_signs_that_lead_nowhere_and_its_style_inside() -> None:
    drawn = draw(picture(MEETINGS, link=None), style=True)

    assert "<a " not in drawn
    assert "href" not in drawn.replace('<textPath href="#wheel-window-1"', "")
    assert STYLE.read_text(encoding="utf-8").splitlines()[1] in drawn


def test_a_page_gets_neither_style_nor_script() -> None:
    drawn = draw(picture(*whole(AUGUST), MEETINGS, today=date(2026, 11, 26)))

    assert (
        re.findall(
            r"<style|<script|\sstyle=|\son\w+=|javascript:|https?:(?!//www\.w3\.org/2000/svg)",
            drawn,
        )
        == []
    )
    used = {name for found in re.findall(r'class="([^"]+)"', drawn) for name in found.split()}
    styled = set(re.findall(r"\.(wheel[\w-]*)", STYLE.read_text(encoding="utf-8")))
    assert used - styled == {"wheel-idle"}  # which looks as all others do


def test_meetings_that_go_on_for_months_are_a_band_with_their_name() -> None:
    other = Mark("iop.y", "Foreldremøter", date(2027, 5, 31), date(2027, 1, 15), window=True)
    later = Mark("iop.z", "Møter", date(2027, 7, 1), date(2027, 6, 1), window=True)

    assert [(mark.key, lane) for mark, lane in lanes([MEETINGS, other, later, EVALUATION])] == [
        ("iop.y", 0),
        ("iop.ppt_samarbeidsmoter", 1),
        ("iop.z", 0),
    ]
    drawn = draw(picture(MEETINGS))
    assert "<title>Samarbeidsmøter med PPT 01.02–31.05</title></path>" in drawn
    assert "Samarbeidsmøter med PPT</textPath>" in drawn


def test_a_band_without_room_keeps_its_sign() -> None:
    short = Mark("iop.a", "Samtaler", date(2027, 3, 20), date(2027, 3, 1), window=True)
    third = [replace(MEETINGS, key=f"iop.{n}", title=f"Møte {n}") for n in range(3)]

    assert "textPath" not in draw(picture(short))
    assert titles(draw(picture(short))) == ["Samtaler, frist 20.03.2027"]
    drawn = draw(picture(*third))
    assert drawn.count('class="wheel-window"') == 2
    assert len(titles(drawn)) == 3


@pytest.mark.parametrize(
    ("first", "held"),
    [
        (AUGUST, {("iop.arsevaluering", 2026), ("iop.malvalg", 2027)}),
        (
            JANUARY,
            {("iop.arsevaluering", 2026), ("iop.malvalg", 2027), ("iop.klar_skolestart", 2027)},
        ),
    ],
)
def test_a_spring_holds_the_end_of_one_year_and_the_beginning_of_the_next(
    first: date, held: set[tuple[str, int]]
) -> None:
    marks = marks_of([load("spesialskole")], RUTER.get, Circle(first))
    keys = [(mark.key, mark.served.start) for mark in marks if mark.served is not None]
    named = {"iop.arsevaluering", "iop.malvalg"} | {key for key, _year in held}

    assert {key for key in keys if key[0] in named} == held
    assert len(keys) == len(set(keys)) == len(marks)
    assert {mark.key for mark in marks if mark.window} == {
        "iop.foreldremote_var",
        "iop.ppt_samarbeidsmoter",
    }


def test_what_counts_from_a_skolerute_that_is_not_there_is_left_out() -> None:
    only = {Year(2026): RUTER[Year(2026)]}
    some = {mark.key for mark in marks_of([load("spesialskole")], only.get, Circle(JANUARY))}
    every = {mark.key for mark in marks_of([load("spesialskole")], RUTER.get, Circle(JANUARY))}

    assert every - some >= {"iop.klar_skolestart", "iop.foreldremote_host"}
    assert "iop.malvalg" in some


def test_today_is_pointed_at_while_the_year_lasts() -> None:
    assert "wheel-today" in draw(picture(MEETINGS, today=date(2026, 11, 26)))
    assert "wheel-today" not in draw(picture(MEETINGS, today=date(2027, 8, 1)))


def test_the_months_are_named_in_the_language_of_the_reader() -> None:
    with speaking("en"):
        assert ">May</text>" in draw(picture())
        assert ">31 May</tspan>" in draw(picture(MEETINGS))
    assert ">mai</text>" in draw(picture())


def test_the_same_picture_is_the_same_text(tmp_path: Path) -> None:
    marks = whole(AUGUST)
    one, other = draw(picture(*marks)), draw(picture(*reversed(marks)))

    assert one == other
    (tmp_path / "hjul.svg").write_text(one, encoding="utf-8")
    assert ElementTree.parse(tmp_path / "hjul.svg").getroot().tag == f"{SVG}svg"  # noqa: S314
