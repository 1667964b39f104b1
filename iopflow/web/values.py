"""Verdier: the indicators that iopflow does not compute, with what the school has registered."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from iopflow.engine.figure_values import EARLY
from iopflow.indicators import BY_CODE as COMPUTED
from iopflow.models import School
from iopflow.queries.access import visible_schools
from iopflow.queries.figure_values import Value, classes_of_any, shown_to, values_of
from iopflow.refusals import Refused
from iopflow.registered import BY_CODE, KINDS, REGISTERED, UNCLEAR, Kind, Registered
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS, counting_day
from iopflow.texts import _, short_date
from iopflow.web import sheet
from iopflow.web.indicators import school_of
from iopflow.web.page import Page
from iopflow.web.sheet import Sheet
from iopflow.web.wheel import year_of

MISSING, COMING, THERE = "missing", "coming", "there"


@dataclass(frozen=True, slots=True)
class Part:
    """One figure of a line: its category where there are several, the number and the whole."""

    category: str
    word: str
    of: str
    source: str
    hidden: bool
    before: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """An indicator at one of its counting dates: what is there, or why nothing is.

    `day` is None where the skolerute that says it is missing. `classes` are how many classes have
    figures of their own. `lacks` are the categories that are asked for and not there.
    """

    one: Registered
    counted: str
    day: date | None
    state: str
    parts: Sequence[Part] = ()
    classes: int = 0
    lacks: Sequence[str] = ()

    @property
    def when(self) -> str:
        """The counting date in words."""
        return short_date(self.day) if self.day is not None else _("siste skoledag")

    @property
    def from_day(self) -> str:
        """From when it can be registered."""
        return short_date(self.day - EARLY) if self.day is not None else ""


@dataclass(frozen=True, slots=True)
class Group:
    """A kind of quality, and its indicators in the order of the seed."""

    title: str
    slots: Sequence[Slot]
    undeveloped: Sequence[Registered]


def overview(page: Page) -> Response:
    """All of them for one school and year."""
    school, schools = school_of(page, Action.VALUES)
    year = year_of(page)
    found = slots(page, school, year)
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(page, school, year))
    return page.show(
        "values.html",
        school=school,
        schools=schools,
        year=year,
        years=[year.previous, year, year.next],
        groups=[_group(kind, found) for kind in Kind],
        missing=sum(one.state == MISSING for one in found),
        writes=may_register(page, school),
        unclear=[
            (name_of(code), code in BY_CODE, [text.get() for text in texts])
            for code, texts in UNCLEAR.items()
        ],
        hidden=any(part.hidden for one in found for part in one.parts),
        computes=page.who.may(Action.FIGURES),
        download=sheet.address(page),
    )


def name_of(code: str) -> str:
    """What people call an indicator, computed or registered."""
    return COMPUTED[code].number if code in COMPUTED else BY_CODE[code].name


def may_register(page: Page, school: School) -> bool:
    """Whether the person types figures in for the school."""
    able = visible_schools(page.who, page.session, Action.REGISTER_VALUES)
    return page.who.may(Action.REGISTER_VALUES) and school.number in {one.number for one in able}


def days_of(page: Page, school: School, year: Year) -> Mapping[str, date | None]:
    """The day of each counting date of the year; None where it needs a skolerute."""
    found: dict[str, date | None] = {}
    for counted in COUNTINGS:
        found[counted] = None
        with suppress(Refused):
            found[counted] = counting_day(page.session, school, year, counted)
    return found


def slots(page: Page, school: School, year: Year) -> list[Slot]:
    """Every developed indicator at each of its counting dates, in the order of the seed."""
    years = (year.previous, year)
    stored = values_of(page.session, school, years)
    seen = shown_to(page.session, page.who, school, stored)
    units = classes_of_any(page.session, school)
    days = days_of(page, school, year)
    return [
        _slot(page, one, counted, days[counted], [v for v in seen if v.year == year], before, units)
        for before in ([v for v in seen if v.year == year.previous],)
        for one in REGISTERED
        if one.is_developed
        for counted in one.counted
    ]


def _slot(
    page: Page,
    one: Registered,
    counted: str,
    day: date | None,
    now: Sequence[Value],
    before: Sequence[Value],
    units: set[str],
) -> Slot:
    here = [v for v in now if v.indicator == one.code and v.slot == counted]
    whole = [v for v in here if v.unit not in units]
    classes = len({v.unit for v in here} & units)
    last = [
        v for v in before if v.indicator == one.code and v.slot == counted and v.unit not in units
    ]
    come = day is None or day - EARLY <= page.today
    if not whole:
        state = MISSING if come else COMING
        gone = [_part(one, None, was) for was in last]
        return Slot(one, counted, day, state, gone, classes)
    there = {v.category for v in whole}
    lacks = (
        []
        if one.own_categories or not one.parts
        else [each.title.get() for each in one.categories if each.key not in there]
    )
    state = MISSING if lacks and come else THERE
    parts = [_part(one, v, _same(v, last)) for v in whole]
    parts += [_part(one, None, was) for was in last if was.category not in there]
    return Slot(one, counted, day, state, parts, classes, lacks)


def _same(value: Value, others: Sequence[Value]) -> Value | None:
    return next((one for one in reversed(others) if one.category == value.category), None)


def _part(one: Registered, now: Value | None, before: Value | None) -> Part:
    category = (now or before).category if (now or before) is not None else ""  # type: ignore[union-attr]
    title = one.category(category) if len(one.categories) > 1 or one.own_categories else ""
    return Part(
        title,
        now.word if now is not None else "",
        now.of_word if now is not None else "",
        (now.source or "") if now is not None else "",
        now.hidden if now is not None else False,
        before.word if before is not None else "",
    )


def _group(kind: Kind, found: Sequence[Slot]) -> Group:
    return Group(
        KINDS[kind].get(),
        [one for one in found if one.one.kind is kind],
        [one for one in REGISTERED if one.kind is kind and not one.is_developed],
    )


def _sheet(page: Page, school: School, year: Year) -> Sheet:
    """A row for each figure, with last year's beside it; and for what is missing."""
    seen = shown_to(
        page.session,
        page.who,
        school,
        values_of(page.session, school, (year.previous, year)),
    )
    now = [one for one in seen if one.year == year and _is_shown(one)]
    before = {
        (one.indicator, one.slot, one.category, one.unit): one
        for one in seen
        if one.year == year.previous
    }

    def was(one: Value) -> Value | None:
        return before.get((one.indicator, one.slot, one.category, one.unit))

    columns: list[tuple[str, Any]] = [
        (_("Indikator"), lambda one: BY_CODE[one.indicator].name),
        (_("Hva"), lambda one: BY_CODE[one.indicator].title.get()),
        (_("Telledato"), lambda one: one.counted_on),
        (_("Kategori"), lambda one: BY_CODE[one.indicator].category(one.category)),
        (_("Klasse"), lambda one: one.unit),
        (_("Verdi"), lambda one: _number(one)),
        (_("Enhet"), lambda one: BY_CODE[one.indicator].measure.title.get()),
        (_("Antall"), lambda one: one.of_word),
        (_("I fjor"), lambda one: _number(was(one))),
        (_("Kilde"), lambda one: one.source or ""),
    ]
    return Sheet.of("verdier", columns, now)


def _is_shown(one: Value) -> bool:
    return one.indicator in BY_CODE and BY_CODE[one.indicator].is_developed


def _number(one: Value | None) -> float | str | None:
    """The number, as a number; the dot where it is hidden; a text that is no number as it is."""
    if one is None:
        return None
    amount = one.amount
    return float(round(amount, 4)) if amount is not None else one.word
