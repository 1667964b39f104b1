"""Prognose: where each figure is heading, the weeks with too much, and what to do first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import col
from starlette.responses import Response

from iopflow.forecast import (
    FEWEST_FOLLOWED,
    TOO_MANY,
    Gain,
    Outlook,
    Week,
    gains,
    outlooks,
    weeks,
)
from iopflow.forecast.gains import SOON
from iopflow.forecast.load import FROM, TIMES_USUAL, people
from iopflow.models import Pupil, School
from iopflow.queries.access import sees_behind
from iopflow.queries.masking import mask_forecasts
from iopflow.queries.permits import permitted, subject_of
from iopflow.queries.prepared import among, read
from iopflow.queries.questions import people_by_key
from iopflow.queries.tasks import Asked, tasks
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, number, percent, short_date
from iopflow.web import forms, sheet
from iopflow.web.indicators import pupils_by_key, school_of
from iopflow.web.page import Page
from iopflow.web.sheet import Sheet
from iopflow.web.wheel import year_of

_THOUSAND = 1000
_OF_CASE = ("P1", "P2")  # what is registered in the case and ticked nowhere else


@dataclass(frozen=True, slots=True)
class Bar:
    """A forecast as a bar: its places in thousandths of the whole width."""

    worst: int
    best: int
    low: int | None
    high: int | None
    expected: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The forecast of one indicator, as its line says it."""

    entry: Mapping[str, Any]
    number: str
    title: str
    counted_on: date | None
    state: str  # why there is nothing to expect, or that it is settled; empty where there is
    bar: Bar | None

    @property
    def code(self) -> str:
        """The code of the indicator."""
        return str(self.entry["indicator"])

    def rate(self, name: str) -> str:
        """One of its rates in words."""
        rate = self.entry[name]
        return percent(rate, 0) if rate is not None else ""

    def day(self, iso: str) -> str:
        """A day of its entry in words."""
        return short_date(date.fromisoformat(iso))

    @property
    def range(self) -> str:
        """58–84 %."""
        low, high = self.entry["low"], self.entry["high"]
        if low is None or high is None:
            return ""
        return f"{number(100 * low)}–{percent(high, 0)}" if low != high else percent(low, 0)


@dataclass(frozen=True, slots=True)
class First:
    """A step to do first: what it gains in per cent of the figure, where it is done, and for whom.

    `pupils` are name and number of the pupil's page (None: not to be opened) of those one sees.
    """

    gain: Gain
    number: str
    title: str
    href: str
    link: str
    pupils: Sequence[tuple[str, int | None]]

    @property
    def points(self) -> str:
        """By how many percentage points the rate rises if all of it is done."""
        return number(100 * self.gain.all)

    @property
    def each(self) -> str:
        """The same for one pupil."""
        return number(100 * self.gain.each, 1)


@dataclass(frozen=True, slots=True)
class Crowded:
    """A week of the table: how many deadlines, the width of its bar, and who has too many."""

    week: Week
    width: int
    too_many: Sequence[str]


def show(page: Page) -> Response:
    """The page."""
    school, schools = school_of(page, Action.FIGURES)
    year, day = year_of(page), _day(page)
    found = outlooks(page.session, schools=[school.number], year=year, day=day)
    entries = mask_forecasts(page.session, page.who, [one.to_json() for one in found])
    shown = [_shown(one, entry) for one, entry in zip(found, entries, strict=True)]
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(shown))
    open_to = [one for one, entry in zip(found, entries, strict=True) if not entry.get("masked")]
    is_now = day == page.today
    first = _first(page, school, open_to) if is_now and page.who.may(Action.EXPLAIN) else []
    named = {pupil for one in first for pupil in one.pupils}
    if named:
        page.listed[school.number] = len(named)
    leads = is_now and page.who.may(Action.HAND_OVER) and page.who.may(Action.EXPLAIN)
    return page.show(
        "forecast.html",
        school=school,
        schools=schools,
        year=year,
        years=[year.previous, year, year.next],
        day=day,
        is_now=is_now,
        shown=shown,
        first=first,
        named=bool(named),
        weeks=_weeks(page, school, year, found) if leads else None,
        rules={
            "most": TOO_MANY,
            "times": TIMES_USUAL,
            "least": FROM,
            "few": FEWEST_FOLLOWED,
            "soon": SOON,
        },
        download=sheet.address(page),
    )


def _day(page: Page) -> date:
    """The day as it is to be seen from: today, or one before it."""
    day = forms.day(page.request.query_params.get("dag", ""), page.today)
    if day > page.today:
        raise forms.Unclear(_("Velg i dag eller en dag før: ingen vet hva som er gjort senere."))
    return day


def _shown(one: Outlook, entry: Mapping[str, Any]) -> Shown:
    return Shown(
        entry,
        one.indicator.number,
        one.indicator.title.get(),
        one.counted_on,
        _state(entry),
        _bar(entry),
    )


def _state(entry: Mapping[str, Any]) -> str:
    if entry["problem"]:
        return str(entry["problem"])
    if not entry["denominator"]:
        return _("ikke aktuelt")
    if not entry["open"]:
        return _("avgjort")
    return _("for lite historikk") if entry["few"] else ""


def _bar(entry: Mapping[str, Any]) -> Bar | None:
    if entry["problem"] or not entry["denominator"]:
        return None
    places = ("worst", "best", "low", "high", "expected")
    worst, best, *rest = (
        None if entry[name] is None else round(_THOUSAND * entry[name]) for name in places
    )
    return Bar(worst or 0, best or 0, *(rest if entry["open"] else (None, None, None)))


def _first(page: Page, school: School, found: Sequence[Outlook]) -> list[First]:
    """What to do first, with the pupils whom the person may see behind each figure."""
    best = gains(found)
    names = _names(page, school, best)
    made = []
    for gain in best:
        indicator = gain.outlook.indicator
        seen = names[indicator.of_talks]
        pupils = [seen[one.pupil] for one in gain.part.waiting if one.pupil in seen]
        href, link = _where(page, gain)
        made.append(
            First(gain, indicator.number, indicator.title.get(), href, link, sorted(pupils))
        )
    return made


def _names(
    page: Page, school: School, found: Iterable[Gain]
) -> dict[bool, dict[str, tuple[str, int | None]]]:
    """The pupils one sees, by whether the figure is of talks: name and number of the page."""
    asked: dict[bool, dict[str, int]] = {True: {}, False: {}}
    indicators = {}
    for gain in found:
        of_talks = gain.outlook.indicator.of_talks
        indicators[of_talks] = gain.outlook.indicator
        asked[of_talks] |= {one.pupil: one.pupil_id for one in gain.part.waiting}
    known = pupils_by_key(page, sorted({*asked[True], *asked[False]}), school)
    made: dict[bool, dict[str, tuple[str, int | None]]] = {True: {}, False: {}}
    for of_talks, indicator in indicators.items():
        visible = sees_behind(page.who, indicator, col(Pupil.id))
        seen = _seen(page, asked[of_talks].values(), visible)
        for key, pupil in known.items():
            if pupil.id in seen and key in asked[of_talks]:
                made[of_talks][key] = (pupil.name, pupil.id if pupil.here else None)
    return made


def _seen(page: Page, pupils: Iterable[int], visible: ColumnElement[bool]) -> set[int]:
    statement = select(col(Pupil.id)).where(among(col(Pupil.id), "pupils"), visible)
    return set(read(page.session, statement, pupils=sorted(set(pupils))).scalars())


def _where(page: Page, gain: Gain) -> tuple[str, str]:
    """Where it is done: many at once, or among the cases; nowhere for those who only look on."""
    indicator = gain.part.indicator
    if indicator.code in _OF_CASE:
        may = page.who.may(Action.REGISTER_CASE)
        return ("/saker", _("Sakene")) if may else ("", "")
    if not page.who.may(Action.COMPLETE):
        return "", ""
    year = gain.outlook.year
    served = year.next if indicator.serves == "next" else year
    return f"/masse?steg={served.start}:{indicator.steps[0]}", _("Før flere")


def _weeks(page: Page, school: School, year: Year, found: Sequence[Outlook]) -> list[Crowded]:
    """The weeks to the last counting date of the year, of those whom the person leads."""
    until = max((one.counted_on for one in found if one.counted_on), default=page.today)
    asked = Asked(schools=[school.number], years=(year, year.next))
    rows = tasks(page.session, page.rules, page.who, asked, today=page.today)
    subjects = {subject_of(row) for row in rows}
    led = permitted(page.session, page.who, subjects, Action.HAND_OVER)
    rows = [row for row in rows if subject_of(row) in led]
    made = weeks(rows, today=page.today, until=until)
    keys = {person for row in rows for person in people(row)}
    owner = page.who.owner_id
    known = people_by_key(page.session, owner, keys) if owner is not None and keys else {}
    most = max((one.due for one in made), default=0) or 1
    return [
        Crowded(
            one,
            round(_THOUSAND * one.due / most),
            [
                _("{name}: {n} (mest {step}: {of_it}; ellers {usual})").format(
                    name=known[share.person].name if share.person in known else share.person,
                    n=share.due,
                    step=share.steps[0][0],
                    of_it=share.steps[0][1],
                    usual=number(share.usual, 0 if share.usual == int(share.usual) else 1),
                )
                for share in one.too_many
            ],
        )
        for one in made
    ]


def _sheet(shown: Sequence[Shown]) -> Sheet:
    """The forecasts, with rates as numbers."""
    columns: list[tuple[str, Any]] = [
        (_("Indikator"), lambda one: f"{one.code} {one.title}"),
        (_("Telles"), lambda one: one.counted_on),
        (_("Dager igjen"), lambda one: one.entry["days_left"]),
        (_("I tide"), lambda one: one.entry["numerator"]),
        (_("Tapt"), lambda one: one.entry["lost"]),
        (_("Åpne"), lambda one: one.entry["open"]),
        (_("Nevner"), lambda one: one.entry["denominator"]),
        (_("Dårligst"), lambda one: one.entry["worst"]),
        (_("Fra"), lambda one: one.entry["low"]),
        (_("Ventet"), lambda one: one.entry["expected"]),
        (_("Til"), lambda one: one.entry["high"]),
        (_("Best"), lambda one: one.entry["best"]),
        (_("Merknad"), lambda one: one.state),
    ]
    return Sheet.of("prognose", columns, shown)
