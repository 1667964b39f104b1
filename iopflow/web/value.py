"""One registered indicator: what it is, its figures by date and class, and the form for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from starlette.responses import Response

from iopflow.bounds import FIRST_DAY, LAST_DAY
from iopflow.clock import local
from iopflow.engine import figure_values as registering
from iopflow.engine.figure_values import At, Line, check, too_early, wrong_source
from iopflow.engine.happenings import NotNow
from iopflow.engine.references import BadText
from iopflow.models import School
from iopflow.queries.figure_values import (
    Value,
    classes_of,
    classes_of_any,
    decimal_of,
    places_of,
    shown_to,
    values_of,
)
from iopflow.queries.places import NotFound
from iopflow.queries.plausible import Doubt, doubts
from iopflow.queries.value_history import history, saved_by
from iopflow.queries.value_history import shown as shown_history
from iopflow.registered import BY_CODE, Registered
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, number, short_date
from iopflow.web import forms
from iopflow.web.indicators import school_of
from iopflow.web.page import Page, back_to
from iopflow.web.undone import events_since, next_event, whole_acts
from iopflow.web.values import days_of, may_register
from iopflow.web.wheel import year_of

MOST_LINES = 40  # categories of one form


@dataclass(slots=True)
class Typed:
    """What the form holds: for which day and class, a line for each category, and what is wrong.

    `new` is a category of the school's own that has no line yet; `of` is the whole that parts have
    in common.
    """

    day: date | None
    unit: str
    lines: list[Line]
    new: Line
    of: str = ""
    source: str = ""
    reason: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def every(self) -> list[Line]:
        """All lines, the new one last."""
        return [*self.lines, self.new]

    @property
    def told(self) -> list[tuple[str, str]]:
        """All that is wrong: the field, and why; what is wrong of the common whole once."""
        places = [*map(str, range(len(self.lines))), "new"]
        found = [
            (f"{name}-{place}", why)
            for place, line in zip(places, self.every, strict=True)
            for name, why in line.wrong.items()
        ]
        whole = [why for name, why in found if name.startswith("of-")][:1] if self.of else []
        rest = [one for one in found if not (self.of and one[0].startswith("of-"))]
        return [*rest, *(("felles", why) for why in whole), *self.wrong.items()]


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure in the list, with last year's beside it."""

    number: int
    day: str
    category: str
    unit: str
    word: str
    of: str
    before: str
    source: str
    link: str  # where it is corrected


def one(page: Page) -> Response:
    """The page."""
    indicator = _indicator(page)
    school, _schools = school_of(page, Action.VALUES)
    return _show(page, indicator, school, year_of(page))


def register(page: Page) -> Response:
    """Stores what was typed for one day and class."""
    indicator = _indicator(page)
    school, _schools = school_of(page, Action.REGISTER_VALUES)
    year = year_of(page)
    if not indicator.is_developed:
        raise NotNow(
            _("{name} er ikke ferdig utviklet: nettverket har ikke sagt hva som telles.").format(
                name=indicator.name
            )
        )
    there = values_of(page.session, school, (year,), code=indicator.code)
    typed = _read(page, indicator)
    days = _days(page, indicator, school, year, there)
    if typed.day is None or typed.day not in days:
        typed.wrong["dag"] = _no_day(page, indicator, school, year)
    elif (early := too_early(typed.day, page.today)) is not None:
        typed.wrong["dag"] = early
    if typed.unit and (not indicator.by_class or typed.unit not in _units(page, school, there)):
        raise NotFound(_("Fant ikke klassen."))
    here = [one for one in there if (one.counted_on, one.unit) == (typed.day, typed.unit)]
    check(indicator, typed.every, here)
    source = typed.source.strip()
    if (why := wrong_source(source)) is not None:
        typed.wrong["kilde"] = why
    if typed.day is not None and not typed.told:
        if page.form.get("sett", "") != _seen(there, typed.day, typed.unit):
            return _show(page, indicator, school, year, typed=typed, meanwhile=True, status=422)
        if all(line.is_empty for line in typed.every):
            typed.wrong["value-0"] = _("Skriv minst én verdi.")
    if typed.told or typed.day is None:
        return _show(page, indicator, school, year, typed=typed, status=422)
    first = next_event(page)
    at = At(school, year, indicator, typed.day, typed.unit)
    reason = typed.reason.strip() or None
    act = page.act(registering.VALUE, reason)
    try:
        changed = registering.register(
            page.session, at, typed.every, source=source or None, act=act
        )
    except BadText as error:  # in the source, the reason or a category
        typed.wrong["kilde"] = str(error)
        return _show(page, indicator, school, year, typed=typed, status=422)
    words = events_since(page, first) if changed else "likt"
    return back_to(_address(indicator, school, year, typed.day, typed.unit) + f"&lagret={words}")


def take_back(page: Page) -> Response:
    """Undoes one's own registering."""
    indicator = _indicator(page)
    school, _schools = school_of(page, Action.REGISTER_VALUES)
    events = whole_acts(page, "hva")
    act = page.act(registering.UNDO, _("angret"))
    schools = {school.number}
    registering.take_back(page.session, schools, events, act, code=indicator.code)
    return back_to(_address(indicator, school, year_of(page)) + "&lagret=angret")


def withdraw(page: Page) -> Response:
    """Takes a figure away, with a reason."""
    indicator = _indicator(page)
    school, _schools = school_of(page, Action.REGISTER_VALUES)
    found = forms.known_numbers([page.form.get("verdi", "")])
    if not found:
        raise NotFound(_("Fant ikke tallet: åpne siden på nytt."))
    first = next_event(page)
    act = page.act(registering.WITHDRAW, page.form.get("reason", "").strip() or None)
    registering.withdraw(page.session, school, indicator.code, found[0], act=act)
    events = events_since(page, first)
    return back_to(_address(indicator, school, year_of(page)) + f"&fjernet={events}")


def _indicator(page: Page) -> Registered:
    code = str(page.request.path_params["figure"])
    if code not in BY_CODE:
        raise NotFound(_("Fant ikke indikatoren «{code}».").format(code=code[:20]))
    return BY_CODE[code]


def _address(
    indicator: Registered, school: School, year: Year, day: date | None = None, unit: str = ""
) -> str:
    place = f"&dag={day.isoformat()}" if day is not None else ""
    of = f"&klasse={unit}" if unit else ""
    return f"/verdier/{indicator.code}?skole={school.id}&ar={year}{place}{of}"


# ---------------------------------------------------------------- the form


def _days(
    page: Page, indicator: Registered, school: School, year: Year, there: Sequence[Value]
) -> list[date]:
    """The days that figures can be registered for: the counting dates, and those in use."""
    known = days_of(page, school, year)
    days = [known[counted] for counted in indicator.counted]
    return sorted({*(day for day in days if day is not None), *(one.counted_on for one in there)})


def _no_day(page: Page, indicator: Registered, school: School, year: Year) -> str:
    known = days_of(page, school, year)
    if any(known[counted] is None for counted in indicator.counted):
        return _("Skoleruten for {year} mangler: skoleslutt har ingen dato ennå.").format(year=year)
    return _("Velg en av telledatoene.")


def _units(page: Page, school: School, there: Sequence[Value]) -> Mapping[str, str]:
    """The classes to choose from: those in use, and those that have figures already."""
    known = classes_of_any(page.session, school)
    kept = {one.unit: one.unit for one in there if one.unit in known}
    return kept | dict(classes_of(page.session, school))


def _read(page: Page, indicator: Registered) -> Typed:
    categories = page.many("kategori")[:MOST_LINES]
    values, wholes = page.many("verdi"), page.many("av")
    shared = page.form.get("felles", "").strip() if indicator.parts else ""

    def line(category: str, value: str, whole: str) -> Line:
        return Line(category.strip(), value.strip(), shared or whole.strip())

    return Typed(
        _day(page.form.get("dag", "")),
        page.form.get("klasse", "").strip(),
        [line(*one) for one in zip(categories, values, wholes, strict=False)],
        line(*(page.form.get(name, "") for name in ("ny", "ny-verdi", "ny-av"))),
        of=shared,
        source=page.form.get("kilde", ""),
        reason=page.form.get("reason", ""),
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


def _stored(
    indicator: Registered, there: Sequence[Value], day: date | None, unit: str, others: set[str]
) -> Typed:
    """The form as it stands: what is registered, and an empty line for what is not.

    `others` are the school's own categories of before: they are asked for again.
    """
    here = {one.category: one for one in there if one.counted_on == day and one.unit == unit}
    fixed = [one.key for one in indicator.categories]
    own = sorted({*here, *others} - set(fixed))
    lines = [
        Line(key, _typed(here[key].value), _typed(here[key].of or ""))
        if key in here
        else Line(key, "")
        for key in [*fixed, *own]
    ]
    sources = [one.source for one in here.values() if one.source]
    wholes = [line.of for line in lines if line.of]
    return Typed(
        day,
        unit,
        lines,
        Line("", ""),
        of=wholes[0] if indicator.parts and wholes else "",
        source=sources[0] if sources else "",
    )


def _typed(text: str) -> str:
    """A stored number as people type it."""
    found = decimal_of(text)
    return text if found is None else number(found, max(places_of(found), 0))


def _seen(there: Sequence[Value], day: date, unit: str) -> str:
    """A word for what stood at a place when the form was made."""
    here = [
        (one.category, one.value, one.of, one.source)
        for one in there
        if one.counted_on == day and one.unit == unit
    ]
    return sha256(repr(sorted(here, key=str)).encode()).hexdigest()[:16]


# ---------------------------------------------------------------- the page


def _show(
    page: Page,
    indicator: Registered,
    school: School,
    year: Year,
    *,
    typed: Typed | None = None,
    meanwhile: bool = False,
    status: int = 200,
) -> Response:
    everything = values_of(page.session, school, (year.previous, year), code=indicator.code)
    there = [value for value in everything if value.year == year]
    days = _days(page, indicator, school, year, there)
    units = _units(page, school, there) if indicator.by_class else {}
    writes = may_register(page, school) and indicator.is_developed
    seen = shown_to(page.session, page.who, school, everything)
    if typed is None:
        day, unit = _asked(page, days, units, there)
        own = {one.category for one in everything} if indicator.own_categories else set()
        typed = _stored(indicator, there, day, unit, own)
    saved = page.request.query_params.get("lagret", "") if status == 200 else ""
    removed = page.request.query_params.get("fjernet", "") if status == 200 else ""
    undoable = forms.events(saved)
    known = classes_of_any(page.session, school)
    visible = {one.unit for one in seen}
    return page.show(
        "value.html",
        status=status,
        indicator=indicator,
        example=_typed(str(indicator.measure.example)),
        school=school,
        schools=school_of(page, Action.VALUES)[1],
        year=year,
        years=[year.previous, year, year.next],
        days=[(day, short_date(day)) for day in days],
        units=units,
        typed=typed,
        sett=_seen(there, typed.day, typed.unit) if typed.day is not None else "",
        early=too_early(typed.day, page.today) if typed.day is not None else None,
        no_day=_no_day(page, indicator, school, year) if not days else "",
        meanwhile=meanwhile,
        theirs=[
            f"{indicator.category(one.category)}: {one.word} {one.of_word}".strip()
            for one in there
            if one.counted_on == typed.day and one.unit == typed.unit
        ]
        if meanwhile
        else [],
        writes=writes,
        shown=_list(indicator, school, year, seen, units) if indicator.is_developed else [],
        history=[
            (f"{local(line.at):%d.%m.%Y %H.%M}", line)
            for line in shown_history(
                history(page.session, school, year, indicator.code), visible, known
            )
        ]
        if writes
        else [],
        saved=saved,
        may_undo=undoable is not None,
        removed=removed if forms.events(removed) is not None else "",
        doubts=_doubted(page, school, year, undoable, everything, known)
        if undoable is not None
        else [],
    )


def _doubted(
    page: Page,
    school: School,
    year: Year,
    events: range,
    everything: Sequence[Value],
    known: set[str],
) -> list[Doubt]:
    """What was just saved and is far from last year's: saved all the same, and asked about."""
    if not may_register(page, school):
        return []
    mine = saved_by(page.session, school, events)
    now = [one for one in everything if one.year == year and one.number in mine]
    before = [one for one in everything if one.year == year.previous]
    return doubts(now, before, known)


def _asked(
    page: Page, days: Sequence[date], units: Mapping[str, str], there: Sequence[Value]
) -> tuple[date | None, str]:
    """The day and class of the address; else the last day that has come and has nothing yet."""
    query = page.request.query_params
    unit = query.get("klasse", "")
    if unit and unit not in units:
        raise NotFound(_("Fant ikke klassen."))
    wanted = _day(query.get("dag", ""))
    if wanted in days:
        return wanted, unit
    come = [day for day in days if too_early(day, page.today) is None]
    filled = {one.counted_on for one in there}
    empty = [day for day in come if day not in filled]
    return next(iter([*reversed(empty), *reversed(come), *days]), None), unit


def _list(
    indicator: Registered,
    school: School,
    year: Year,
    seen: Sequence[Value],
    units: Mapping[str, str],
) -> list[Shown]:
    before = {(one.slot, one.category, one.unit): one for one in seen if one.year == year.previous}
    found = []
    for value in seen:
        if value.year != year:
            continue
        was = before.get((value.slot, value.category, value.unit))
        link = _address(
            indicator,
            school,
            year,
            value.counted_on,
            value.unit if value.unit in units else "",
        )
        found.append(
            Shown(
                value.number,
                short_date(value.counted_on),
                indicator.category(value.category),
                units.get(value.unit, value.unit),
                value.word,
                value.of_word,
                was.word if was is not None else "",
                value.source or "",
                f"{link}#fyll-inn",
            )
        )
    return found
