"""Prognose: where each figure is heading, the weeks with too much, and what to do first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import col
from starlette.responses import Response

from iopflow.forecast import (
    FEWEST_FOLLOWED,
    TOO_MANY,
    Gain,
    Left,
    Outlook,
    due_day,
    gains,
    left_of,
    of_step,
    opens,
    outlooks,
    weeks,
)
from iopflow.forecast.load import FROM, TIMES_USUAL, Share, monday_of, people
from iopflow.indicator_words import short_name
from iopflow.models import Pupil, School
from iopflow.queries.access import sees_behind
from iopflow.queries.masking import mask_forecasts
from iopflow.queries.permits import permitted, subject_of
from iopflow.queries.prepared import among, read
from iopflow.queries.questions import people_by_key
from iopflow.queries.standing import TaskRow
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
FEW_CLASSES = 3  # that are named beside a person
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
class Limit:
    """A last day on time of what is open: how many days are left and how many pupils are open, and
    the deadline of the wheel where that is another day.
    """

    day: date
    left: int
    open: int
    wheel: date | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The forecast of one indicator, as its line says it."""

    entry: Mapping[str, Any]
    number: str
    title: str
    counted_on: date | None
    state: str  # why there is nothing to expect, or that it is settled; empty where there is
    bar: Bar | None
    limits: Sequence["Limit"] = ()  # of what is open, the first day first

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
class Some:
    """The pupils of a step who have the same people to answer for it: who, of which classes.

    `pupils` are name and number of the pupil's page (None: not to be opened) of those one sees.
    """

    who: str
    pupils: Sequence[tuple[str, int | None]]
    points: str


@dataclass(frozen=True, slots=True)
class First:
    """A step to do first: what is won, where it is done, and for whom, those of the most first."""

    gain: Gain
    number: str
    title: str
    href: str
    link: str
    some: Sequence[Some]
    wheel: date | None = None  # the deadline of the wheel, where that is another day

    @property
    def won(self) -> str:
        """«løfter P3 fra 71 til 76 %»: what becomes of the figure when all of it is done."""
        before, after = self.gain.before, self.gain.before + self.gain.all
        name = short_name(self.gain.part.indicator.code)
        if percent(before, 0) == percent(after, 0):
            return _("løfter {number} med mindre enn 1 poeng").format(number=name)
        words = (
            _("løfter {number} fra {before} til {after}")
            if self.gain.known
            else _("løfter {number} fra {before} til høyst {after}")
        )
        return words.format(number=name, before=number(100 * before), after=percent(after, 0))

    @property
    def points(self) -> str:
        """By how many percentage points all of them lift it."""
        return number(100 * self.gain.all)

    @property
    def each(self) -> str:
        """By how many percentage points one pupil lifts it."""
        return number(100 * self.gain.each, 1)


@dataclass(frozen=True, slots=True)
class Crowded:
    """A week of the table: how many deadlines, the width of its bar, and who has too many.

    Weeks after each other without any are one, to its `last`.
    """

    monday: date
    due: int
    width: int = 0
    too_many: Sequence[str] = ()
    last: date | None = None
    counted: Sequence[str] = ()  # what is counted in it with something open, and the day

    @property
    def number(self) -> str:
        """The number of the week in the calendar, or the first and the last of several."""
        first = self.monday.isocalendar().week
        last = self.last.isocalendar().week if self.last is not None else first
        return str(first) if first == last else f"{first}–{last}"

    @property
    def until(self) -> date | None:
        """The Sunday of the last of several weeks."""
        return self.last + timedelta(days=6) if self.last is not None else None


def show(page: Page) -> Response:
    """The page."""
    school, schools = school_of(page, Action.FIGURES)
    year, day = year_of(page), _day(page)
    found = outlooks(page.session, schools=[school.number], year=year, day=day)
    entries = mask_forecasts(page.session, page.who, [one.numbered() for one in found])
    is_now = day == page.today
    explains = is_now and page.who.may(Action.EXPLAIN)
    rows = _tasks(page, school, year) if explains else []
    left = left_of(rows)
    shown = [_shown(one, entry, left) for one, entry in zip(found, entries, strict=True)]
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(shown))
    open_to = [one for one, entry in zip(found, entries, strict=True) if not entry.get("masked")]
    leads = explains and page.who.may(Action.HAND_OVER)
    led = _led(page, rows) if leads else []
    first = _first(page, school, open_to, left, led) if explains else []
    named = {pupil for one in first for some in one.some for pupil in some.pupils}
    if named:
        page.listed[school.number] = len(named)
    return page.show(
        "forecast.html",
        school=school,
        schools=schools,
        year=year,
        years=[year.previous, year, year.next],
        day=day,
        is_now=is_now,
        shown=shown,
        first=[
            (later, some)
            for later in (False, True)
            if (some := [one for one in first if one.gain.begins_later == later])
        ],
        named=bool(named),
        weeks=_weeks(page, led, found) if leads else None,
        rules={
            "most": TOO_MANY,
            "times": TIMES_USUAL,
            "least": FROM,
            "few": FEWEST_FOLLOWED,
        },
        download=sheet.address(page),
    )


def _day(page: Page) -> date:
    """The day as it is to be seen from: today, or one before it."""
    day = forms.day(page.request.query_params.get("dag", ""), page.today)
    if day > page.today:
        raise forms.Unclear(_("Velg i dag eller en dag før: ingen vet hva som er gjort senere."))
    return day


def _shown(one: Outlook, entry: Mapping[str, Any], left: Left) -> Shown:
    return Shown(
        entry,
        one.indicator.number,
        one.indicator.title.get(),
        one.counted_on,
        _state(entry),
        _bar(entry),
        _limits(one, left),
    )


def _limits(one: Outlook, left: Left) -> list[Limit]:
    """The days of the parts with something open: those of a sum may be months apart."""
    found = [
        Limit(part.limit, part.left, len(part.waiting), due_day(one, part, left))
        for part in one.parts
        if part.waiting
    ]
    return sorted(found, key=lambda limit: limit.day)


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


def _tasks(page: Page, school: School, year: Year) -> list[TaskRow]:
    """The tasks of the year and of the next one, which the person sees."""
    asked = Asked(schools=[school.number], years=(year, year.next))
    return tasks(page.session, page.rules, page.who, asked, today=page.today)


def _led(page: Page, rows: Sequence[TaskRow]) -> list[TaskRow]:
    """Those of them that are of people whom the person leads."""
    subjects = {subject_of(row) for row in rows}
    led = permitted(page.session, page.who, subjects, Action.HAND_OVER)
    return [row for row in rows if subject_of(row) in led]


def _first(
    page: Page,
    school: School,
    found: Sequence[Outlook],
    left: Left,
    led: Sequence[TaskRow],
) -> list[First]:
    """What to do first, with the pupils whom the person may see behind each figure."""
    best = gains(found, opens(found, left))
    names = _names(page, school, best)
    people = _people(page, led)
    made = []
    for gain in best:
        indicator = gain.outlook.indicator
        seen = names[indicator.of_talks]
        tasks_of = of_step(gain.outlook, gain.part, left)
        pupils: dict[str, list[Any]] = {}
        for one in gain.part.waiting:
            if one.pupil in seen:
                task = tasks_of.get(one.pupil_id)
                who = people.get(task.id, "") if task is not None else ""
                pupils.setdefault(who, []).append(seen[one.pupil])
        href, link = ("", "") if _waits(gain) else _where(page, gain)
        some = _some(pupils, gain)
        wheel = due_day(gain.outlook, gain.part, left)
        title = indicator.title.get()
        made.append(First(gain, indicator.number, title, href, link, some, wheel))
    return made


def _waits(gain: Gain) -> bool:
    """Whether there is nothing to record yet; a case can be worked on whenever it is there."""
    return gain.begins_later and gain.part.indicator.code not in _OF_CASE


def _people(page: Page, led: Sequence[TaskRow]) -> dict[int, str]:
    """The names of those who are to do each task, by its number."""
    keys = {person for row in led for person in people(row)}
    owner = page.who.owner_id
    known = people_by_key(page.session, owner, keys) if owner is not None and keys else {}
    return {
        row.id: ", ".join(sorted(known[key].name for key in people(row) if key in known))
        for row in led
    }


def _some(pupils: Mapping[str, Sequence[Any]], gain: Gain) -> list[Some]:
    """The pupils by who answers for them, or by class where that is not told; the most first."""
    groups: dict[str, list[Any]] = {}
    for who, seen in pupils.items():
        for one in seen:
            key = who or one.klasse or _("uten klasse")
            groups.setdefault(key, []).append(one)
    made = []
    for who, seen in groups.items():
        classes = sorted({one.klasse for one in seen if one.klasse} - {who})
        told = f"{who} ({', '.join(classes)})" if 0 < len(classes) <= FEW_CLASSES else who
        shown = sorted((one.name, one.number) for one in seen)
        made.append(Some(told, shown, number(100 * gain.each * len(seen), 1)))
    return sorted(made, key=lambda one: (-len(one.pupils), one.who))


@dataclass(frozen=True, slots=True)
class Seen:
    """A pupil whom the person sees: `number` is None where the page is not to be opened."""

    name: str
    number: int | None
    klasse: str


def _names(page: Page, school: School, found: Iterable[Gain]) -> dict[bool, dict[str, Seen]]:
    """The pupils one sees, by whether the figure is of talks, and by their ids."""
    asked: dict[bool, dict[str, int]] = {True: {}, False: {}}
    indicators = {}
    for gain in found:
        of_talks = gain.outlook.indicator.of_talks
        indicators[of_talks] = gain.outlook.indicator
        asked[of_talks] |= {one.pupil: one.pupil_id for one in gain.part.waiting}
    known = pupils_by_key(page, sorted({*asked[True], *asked[False]}), school)
    made: dict[bool, dict[str, Seen]] = {True: {}, False: {}}
    for of_talks, indicator in indicators.items():
        visible = sees_behind(page.who, indicator, col(Pupil.id))
        seen = _seen(page, asked[of_talks].values(), visible)
        for key, pupil in known.items():
            if pupil.id in seen and key in asked[of_talks]:
                page_of = pupil.id if pupil.here else None
                made[of_talks][key] = Seen(pupil.name, page_of, pupil.klasse or "")
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
    served = indicator.serving(year)
    return f"/masse?steg={served.start}:{indicator.steps[0]}", _("Før flere")


def _weeks(page: Page, led: Sequence[TaskRow], found: Sequence[Outlook]) -> list[Crowded]:
    """The weeks from this one to the last counting date of the year, of those whom the person
    leads; those between without deadlines are told together.
    """
    until = max((one.counted_on for one in found if one.counted_on), default=page.today)
    made = weeks(led, today=page.today, until=until)
    keys = {share.person for one in made for share in one.too_many if share.person}
    owner = page.who.owner_id
    known = people_by_key(page.session, owner, keys) if owner is not None and keys else {}
    most = max((one.due for one in made), default=0) or 1
    shown: list[Crowded] = []
    begins = monday_of(page.today)
    counted = _counted(found)
    for one in made:
        if begins < one.monday:
            told = [
                words
                for monday, some in counted.items()
                if begins <= monday < one.monday
                for words in some
            ]
            shown.append(Crowded(begins, 0, last=one.monday - timedelta(weeks=1), counted=told))
        words = [_load(share, known) for share in one.too_many]
        width = round(_THOUSAND * one.due / most)
        counts = counted.get(one.monday, ())
        shown.append(Crowded(one.monday, one.due, width, words, counted=counts))
        begins = one.monday + timedelta(weeks=1)
    return shown


def _counted(found: Sequence[Outlook]) -> dict[date, list[str]]:
    """What is counted in each week, by its Monday, of the figures with something open; of a sum its
    halves are.
    """
    made: dict[date, list[str]] = {}
    for one in found:
        if one.counted_on is not None and one.open and not one.indicator.parts:
            words = _("{number} telles {day}").format(
                number=short_name(one.indicator.code), day=short_date(one.counted_on)
            )
            made.setdefault(monday_of(one.counted_on), []).append(words)
    return made


def _load(share: Share, known: Mapping[str, Any]) -> str:
    """Who has how much in a week, mostly of what, and what is usual."""
    key = share.person or ""
    return _("{name}: {n} (mest {step}: {of_it}; ellers {usual})").format(
        name=known[key].name if key in known else key,
        n=share.due,
        step=share.steps[0][0],
        of_it=share.steps[0][1],
        usual=number(share.usual, 0 if share.usual == int(share.usual) else 1),
    )


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
