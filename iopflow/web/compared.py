"""The schools of an owner side by side: each indicator a line, each school a column (ux S5).

The schools stand in the order of the alphabet and are not ranked: what is compared with is each
school's own year before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from iopflow import measure
from iopflow.indicators import INDICATORS
from iopflow.models import School
from iopflow.queries.masking import mask
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.web import sheet
from iopflow.web.indicators import (
    as_shown,
    indicators,
    led_schools,
    rate_word,
    share_word,
    year_ago,
)
from iopflow.web.page import Page
from iopflow.web.sheet import Sheet
from iopflow.web.wheel import year_of

SEVERAL = 2
_UP, _DOWN, _SAME = "↑", "↓", "="
_Entries = Mapping[tuple[str, int], Mapping[str, Any]]  # by the code, and the number of the school


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator at one school. `then` says what it was, and `sign` which way it went."""

    school: School
    href: str
    rate: str
    share: str
    then: str
    sign: str
    sign_word: str
    past: str  # the rate it was, and whether that is of the same day
    same_day: bool
    entry: Mapping[str, Any]

    @property
    def masked(self) -> bool:
        """Whether it is hidden since it is of few pupils."""
        return bool(self.entry.get("masked"))


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator at all the schools."""

    code: str
    number: str
    title: str
    running: bool
    cells: Sequence[Cell]


def overview(page: Page) -> Response:
    """The indicators of one school; with `vis=skoler` those of several side by side."""
    schools = led_schools(page)
    if page.request.query_params.get("vis") != "skoler" or len(schools) < SEVERAL:
        return indicators(page)
    year = year_of(page)
    lines = _lines(page, schools, year)
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(lines))
    return page.show(
        "compared.html",
        schools=schools,
        year=year,
        years=[year.previous, year, year.next],
        lines=lines,
        masked=any(cell.masked for line in lines for cell in line.cells),
        download=sheet.address(page),
    )


def _lines(page: Page, schools: Sequence[School], year: Year) -> list[Line]:
    now = _entries(page, schools, year, page.today)
    before = _entries(page, schools, year.previous, page.today)
    # A figure that is not counted yet is not compared with one that is.
    running = any(entry["running"] for entry in now.values())
    then = _entries(page, schools, year.previous, year_ago(page.today)) if running else {}
    lines = []
    for one in INDICATORS:
        cells = [
            _cell(school, year, now[key], before[key], then.get(key))
            for school in schools
            for key in [(one.code, school.number)]
        ]
        is_running = any(cell.entry["running"] for cell in cells)
        lines.append(Line(one.code, one.number, one.title.get(), is_running, cells))
    return lines


def _entries(page: Page, schools: Sequence[School], year: Year, today: date) -> _Entries:
    """What the person may see of each indicator at each school."""
    numbers = [one.number for one in schools]
    found = measure.figures(page.session, schools=numbers, year=year, today=today)
    shown = mask(page.session, page.who, [as_shown(one) for one in found])
    # One entry for each indicator and school, the schools in the order they were asked for.
    order = [(one.code, number) for one in INDICATORS for number in numbers]
    return dict(zip(order, shown, strict=True))


def _cell(
    school: School,
    year: Year,
    now: Mapping[str, Any],
    before: Mapping[str, Any],
    then: Mapping[str, Any] | None,
) -> Cell:
    same_day = bool(now["running"]) and then is not None
    past = then if same_day and then is not None else before
    begun = not same_day or bool(now["numerator"] or past["numerator"])
    was = rate_word(past) if past["rate"] is not None and begun else ""
    sign = _sign(now, past) if was else ""
    return Cell(
        school,
        f"/indikatorer/{now['indicator']}?skole={school.id}&ar={year}",
        rate_word(now),
        share_word(now),
        _then(sign, was, same_day=same_day),
        sign,
        {_UP: _("opp"), _DOWN: _("ned")}.get(sign, ""),
        was,
        same_day,
        now,
    )


def _sign(now: Mapping[str, Any], then: Mapping[str, Any]) -> str:
    """Which way it went, by the per cent that people read; empty where one is not shown."""
    if now["rate"] is None or then["rate"] is None:
        return ""
    if rate_word(now) == rate_word(then):
        return _SAME
    return _UP if now["rate"] > then["rate"] else _DOWN


def _then(sign: str, was: str, *, same_day: bool) -> str:
    """The year before in words."""
    if not was:
        return ""
    words = {
        (_SAME, False): _("som i fjor"),
        (_SAME, True): _("som samme dag i fjor"),
        ("", False): _("{rate} i fjor"),
        ("", True): _("{rate} samme dag i fjor"),
    }
    moved = _("fra {rate} samme dag i fjor") if same_day else _("fra {rate} i fjor")
    return words.get((sign, same_day), moved).format(rate=was)


def _sheet(lines: Sequence[Line]) -> Sheet:
    """A line for each indicator and school, with numbers that can be added where they are shown."""
    columns: list[tuple[str, Any]] = [
        (_("Indikator"), lambda one: f"{one[0].code} {one[0].title}"),
        (_("Skole"), lambda one: one[1].school.name),
        (_("Andel"), lambda one: one[1].entry["rate"]),
        (_("I tide"), lambda one: one[1].entry["numerator"]),
        (_("Nevner"), lambda one: one[1].entry["denominator"]),
        (_("I fjor"), lambda one: "" if one[1].same_day else one[1].past),
        (_("I fjor samme dag"), lambda one: one[1].past if one[1].same_day else ""),
        (_("Merknad"), lambda one: one[1].entry["problem"] or ""),
    ]
    rows = [(line, cell) for line in lines for cell in line.cells]
    return Sheet.of("skolene-ved-siden-av-hverandre", columns, rows)
