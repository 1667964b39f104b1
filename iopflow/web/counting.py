"""Telling: a counting date as work: what is there, what is missing, and what to look at first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from iopflow import measure
from iopflow.clock import local
from iopflow.engine.figure_values import EARLY
from iopflow.indicator_words import short_name
from iopflow.indicators import BY_CODE
from iopflow.models import Pupil, School, Unit
from iopflow.queries.access import sees_pupil, visible_schools
from iopflow.queries.figure_values import classes_of_any, leads, shown_to, values_of
from iopflow.queries.masking import FEWEST, mask
from iopflow.queries.places import NotFound
from iopflow.queries.plausible import Doubt, doubts
from iopflow.roles import Action, Sight
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS, frozen
from iopflow.tellinger.quality import (
    CAME,
    LATE,
    NO_CAUSE,
    NO_MEETING,
    NO_VEDTAK,
    OPEN,
    UNDECIDED,
    UNKNOWN,
    Finding,
    findings,
    keys,
)
from iopflow.texts import _, counted, short_date, sort_key
from iopflow.web.counting_step import step_of
from iopflow.web.gsi import COUNTING as GSI
from iopflow.web.gsi import vedtak_day, vedtak_days
from iopflow.web.indicators import pupils_by_key, rate_word, school_of
from iopflow.web.mine import just_done
from iopflow.web.page import Page
from iopflow.web.values import days_of, may_register, slots
from iopflow.web.wheel import year_of

MISSED = "missed"  # what was missing on the counting date, whatever came later


@dataclass(frozen=True, slots=True)
class Choice:
    """A counting date of the year."""

    key: str
    title: str
    day: date | None
    come: bool
    frozen: int  # how many revisions


@dataclass(frozen=True, slots=True)
class Figure:
    """A computed indicator of the date, as it stands."""

    code: str
    number: str
    title: str
    rate: str
    share: str
    waits: int | None  # how many are open or unknown; None where it is not shown
    problem: str
    came: int = 0  # of those, how many got it after the counting date
    meetings: int = 0  # classes that have not held the meeting
    frozen: bool = False
    is_then: bool = False  # how many are missing still is not told: only who was on that day

    @property
    def missing(self) -> int:
        """How many it still waits for."""
        return (self.waits or 0) - self.came

    @property
    def still(self) -> int:
        """What stands between it and its freezing: pupils, and meetings that are not held."""
        return self.missing + self.meetings


@dataclass(frozen=True, slots=True)
class Look:
    """Something to look at before freezing: in words, and the pupils whom the person may see."""

    text: str
    indicator: str
    href: str
    pupils: Sequence[tuple[int | None, str]]  # the number of one who has left is not there
    more: int  # pupils who are not shown by name


def overview(page: Page) -> Response:
    """The page of one counting date."""
    school, schools = school_of(page, Action.VALUES)
    year = year_of(page)
    told = frozen(page.session, schools=[school.number], year=year, revision="all")
    choices = _choices(page, school, year, told)
    chosen = _chosen(page, choices)
    computes = _may(page, school, Action.FIGURES)
    registered = [one for one in slots(page, school, year) if one.counted == chosen.key]
    every = _figures(page, school, year, chosen) if computes else []
    hidden = {one.code for one in every if one.waits is None}
    found = _found(page, school, year, chosen)
    here = COUNTINGS[chosen.key].indicators
    figures = [_with(one, found, told, chosen) for one in every if one.code in here]
    looks = _looks(page, school, year, found, hidden)
    page.listed[school.number] = len({each for one in looks for each in one.pupils})
    return page.show(
        "counting.html",
        school=school,
        schools=schools,
        year=year,
        years=[year.previous, year, year.next],
        choices=choices,
        chosen=chosen,
        figures=figures,
        computes=computes,
        registered=registered,
        missing=sum(one.state == "missing" for one in registered),
        waits=sum(one.missing for one in figures),
        looks=looks,
        odd=_odd(page, school, year, chosen.key),
        named=any(one.pupils for one in looks),
        from_day=short_date(chosen.day - EARLY) if chosen.day is not None else "",
        writes=may_register(page, school),
        freezes=_may(page, school, Action.FREEZE),
        last=_last(told, chosen),
        whole=leads(page.who, school),
        step=step_of(page, school, year, chosen.key, registered),
        done=just_done(page),
        vedtak_days=vedtak_days(page, school, year) if chosen.key == GSI else "",
        gsi=chosen.key == GSI,
        words=page.request.query_params.get("hva", ""),
    )


def _odd(page: Page, school: School, year: Year, counted: str) -> list[Doubt]:
    """The registered figures of the date that are far from last year's, of those that are shown."""
    stored = values_of(page.session, school, (year.previous, year))
    seen = shown_to(page.session, page.who, school, stored)
    now = [one for one in seen if one.year == year and one.slot == counted]
    before = [one for one in seen if one.year == year.previous]
    return doubts(now, before, classes_of_any(page.session, school))


def _may(page: Page, school: School, action: Action) -> bool:
    able = visible_schools(page.who, page.session, action) if page.who.may(action) else []
    return school.number in {one.number for one in able}


def _titles() -> Mapping[str, str]:
    return {
        "0110": _("1. oktober"),
        "0103": _("1. mars"),
        "0106": _("1. juni"),
        "skoleslutt": _("Skoleslutt"),
    }


def _choices(
    page: Page, school: School, year: Year, told: Sequence[Mapping[str, Any]]
) -> list[Choice]:
    days, titles = days_of(page, school, year), _titles()
    return [
        Choice(
            key,
            titles[key],
            days[key],
            (day := days[key]) is not None and day <= page.today,
            len({one["revision"] for one in told if one["counted"] == key}),
        )
        for key in COUNTINGS
    ]


def _chosen(page: Page, choices: Sequence[Choice]) -> Choice:
    """The one of the address; else the next within four weeks, else the last that has come."""
    asked = page.request.query_params.get("dato")
    if asked:
        found = next((one for one in choices if one.key == asked), None)
        if found is None:
            raise NotFound(_("Fant ikke tellingen."))
        return found
    near = [
        one
        for one in choices
        if one.day is not None and not one.come and one.day - EARLY <= page.today
    ]
    return next(iter([*near, *[one for one in reversed(choices) if one.come], *choices]))


def _last(told: Sequence[Mapping[str, Any]], chosen: Choice) -> dict[str, Any] | None:
    """The newest freezing: when, by whom, which revision."""
    mine = [one for one in told if one["counted"] == chosen.key]
    if not mine:
        return None
    newest = max(mine, key=lambda one: int(one["revision"]))
    at = local(datetime.fromisoformat(newest["frozen_at"]))
    return {"day": f"{at:%d.%m.%Y}", "revision": newest["revision"]}


def _figures(page: Page, school: School, year: Year, chosen: Choice) -> list[Figure]:
    """The figures of the date, and each half of a sum: what is hidden of one hides the others."""
    codes = COUNTINGS[chosen.key].indicators
    every = dict.fromkeys(each for code in codes for each in (code, *BY_CODE[code].parts))
    found = measure.figures(
        page.session,
        schools=[school.number],
        year=year,
        today=page.today,
        indicators=[BY_CODE[code] for code in every],
    )
    entries = mask(page.session, page.who, [one.numbered() for one in found])
    return [_figure(entry) for entry in entries]


def _figure(entry: Mapping[str, Any]) -> Figure:
    one = BY_CODE[entry["indicator"]]
    there = not entry["problem"]
    return Figure(
        one.code,
        one.number,
        one.title.get(),
        rate_word(entry),
        f"{entry['numerator']}/{entry['denominator']}" if there and entry["denominator"] else "",
        entry["open"] + entry["unknown"] if there and entry["open"] is not None else None,
        entry["problem"] or "",
    )


# ---------------------------------------------------------------- what to look at


def _found(page: Page, school: School, year: Year, chosen: Choice) -> list[Finding]:
    """All findings; for those who see no pupils, what came later is one with what is missing: two
    parts that are few would tell of each other.
    """
    if chosen.day is None:
        return []
    found = findings(page.session, school, year, chosen.key, chosen.day, today=page.today)
    if page.who.may(Action.EXPLAIN):
        return found
    came = {one.indicator: one.pupils for one in found if one.kind == CAME}
    still = {one.indicator: one.pupils for one in found if one.kind == OPEN}
    then = [Finding(MISSED, code, (*still.get(code, ()), *came[code])) for code in came]
    return [
        *then,
        *(one for one in found if one.kind not in {OPEN, CAME} or one.indicator not in came),
    ]


def _with(
    one: Figure, found: Sequence[Finding], told: Sequence[Mapping[str, Any]], chosen: Choice
) -> Figure:
    """A figure with what is found of it, and whether it is frozen."""
    codes = BY_CODE[one.code].parts or (one.code,)
    counts = {
        kind: sum(each.count for each in found if each.kind == kind and each.indicator in codes)
        for kind in (CAME, NO_MEETING)
    }
    is_then = any(each.kind == MISSED and each.indicator in codes for each in found)
    frozen_too = any(
        each["counted"] == chosen.key and each["indicator"] == one.code for each in told
    )
    return replace(
        one,
        came=counts[CAME],
        meetings=counts[NO_MEETING],
        frozen=frozen_too,
        is_then=is_then,
    )


def _looks(
    page: Page,
    school: School,
    year: Year,
    found: Sequence[Finding],
    hidden: Collection[str],
) -> list[Look]:
    """The findings: pupils by name for those who may see them, else how many; nothing of a figure
    that is `hidden` from the person. How many a figure waits for stands in its line: nothing is
    kept back of what is said there.
    """
    names = {
        "talks": _visible(page, school, found, Action.EXPLAIN, Sight.ALL),
        "figures": _visible(page, school, found, Action.EXPLAIN),
        "school": _visible(page, school, found, Action.SEE),
    }
    units = _units(page, school, found)
    looks = []
    for one in found:
        if one.indicator in hidden and not page.who.may(Action.EXPLAIN):
            continue
        if one.indicator and not page.who.may(Action.FIGURES):
            continue  # the office sees no figures, and so not what they wait for
        of_talks = bool(one.indicator) and BY_CODE[one.indicator].of_talks
        whose = "school" if not one.indicator else "talks" if of_talks else "figures"
        told = one.indicator not in hidden and one.kind in {OPEN, UNKNOWN, CAME, MISSED}
        looks.append(_look(page, school, year, one, names[whose], units, told=told))
    return looks


def _look(
    page: Page,
    school: School,
    year: Year,
    one: Finding,
    names: Mapping[str, Any],
    units: Mapping[str, str],
    *,
    told: bool,
) -> Look:
    whole = leads(page.who, school)
    shown = sorted(
        (
            (pupil.id if pupil.here else None, pupil.name)
            for key in one.pupils
            if (pupil := names.get(key)) is not None
        ),
        key=lambda each: sort_key(each[1]),
    )
    by_name = len(shown) == one.count
    few = not whole and not told and not by_name and one.count < FEWEST
    classes = ", ".join(units.get(key, key) for key in one.units)
    return Look(
        _words(one, year, few=few, classes=classes if whole else ""),
        short_name(one.indicator) if one.indicator else "",
        _href(page, school, year, one),
        shown,
        len(one.pupils) - len(shown) if shown and not few else 0,
    )


def _href(page: Page, school: School, year: Year, one: Finding) -> str:
    """Where something can be done about it."""
    if one.kind == UNDECIDED:
        may = page.who.may(Action.REGISTER_CASE)
        return f"/behov?skole={school.id}&ar={year.next}" if may else ""
    if not one.indicator:
        return ""
    behind = (
        "#hvem" if one.kind in {OPEN, CAME, NO_CAUSE, LATE} and page.who.may(Action.EXPLAIN) else ""
    )
    return f"/indikatorer/{one.indicator}?skole={school.id}&ar={year}{behind}"


def _words(one: Finding, year: Year, *, few: bool, classes: str) -> str:
    """A finding in a sentence; few pupils are not counted for those outside the school."""
    pupils = (
        _("færre enn {n} elever").format(n=FEWEST)
        if few
        else counted(one.count, _("{n} elev"), _("{n} elever"))
    )
    if one.kind == "no_meeting":
        said = _no_meeting(one)
        return f"{said}: {classes}" if classes else said
    if one.kind == OPEN and BY_CODE[one.indicator].number == "P10":
        return _("{pupils} var ikke representert").format(pupils=pupils)
    if one.kind == NO_VEDTAK:
        return _("{pupils} er holdt utenfor: uten vedtak som gjaldt {day}").format(
            pupils=pupils, day=vedtak_day(BY_CODE[one.indicator].vedtak_day or "first", year)
        )
    return {
        "open": _("{pupils} mangler ennå"),
        "came": _("{pupils} fikk det etter telledatoen"),
        "missed": _("{pupils} manglet det på telledatoen"),
        "unknown": _("{pupils} har noe som er ukjent"),
        "no_cause": _("{pupils} fikk det for sent, uten at årsaken er ført"),
        "recorded_late": _("{pupils} ble ført etter telledatoen"),
        "undecided": _("{pupils} har ikke fått behovet for neste skoleår avklart"),
        "no_class": _("{pupils} går på skolen uten å stå i en klasse"),
    }[one.kind].format(pupils=pupils)


def _no_meeting(one: Finding) -> str:
    if BY_CODE[one.indicator].half == "var":
        return counted(
            one.count,
            _("{n} klasse har ikke holdt vårens foreldremøte"),
            _("{n} klasser har ikke holdt vårens foreldremøte"),
        )
    return counted(
        one.count,
        _("{n} klasse har ikke holdt høstens foreldremøte"),
        _("{n} klasser har ikke holdt høstens foreldremøte"),
    )


def _visible(
    page: Page,
    school: School,
    found: Sequence[Finding],
    action: Action,
    sight: Sight | None = None,
) -> dict[str, Any]:
    """The pupils of the findings whom the person may see, by id: number, name, and `here`."""
    asked = sorted(keys(found))
    if not page.who.sights or not asked or not page.who.may(action):
        return {}
    may_see = sees_pupil(page.who, col(Pupil.id), action=action, sight=sight)
    seen = page.session.execute(
        select(col(Pupil.key)).where(
            col(Pupil.owner_id) == school.owner_id, col(Pupil.key).in_(asked), may_see
        )
    ).scalars()
    return pupils_by_key(page, list(seen), school)


def _units(page: Page, school: School, found: Sequence[Finding]) -> dict[str, str]:
    asked = {key for one in found for key in one.units}
    if not asked:
        return {}
    rows = page.session.execute(
        select(col(Unit.key), col(Unit.name)).where(
            col(Unit.school_id) == school.number, col(Unit.key).in_(sorted(asked))
        )
    )
    return {row.key: row.name for row in rows}
