"""Freezing a counting date: first what would be frozen, then by one button (ux S5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col
from starlette.responses import Response

from iopflow import measure
from iopflow.indicators import BY_CODE
from iopflow.models import Pupil, School
from iopflow.queries.access import sees_behind
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS, counting_day, freeze, frozen
from iopflow.tellinger.comparing import Compared, compare, named
from iopflow.texts import _, sort_key
from iopflow.web import forms
from iopflow.web.indicators import rate_word, school_of
from iopflow.web.page import Page, back_to
from iopflow.web.wheel import year_of
from iopflow.words import result_word


@dataclass(frozen=True, slots=True)
class Counting:
    """A counting date of the year: its day, and how many revisions it has."""

    key: str
    day: date | None
    come: bool
    revisions: int


def preview(page: Page) -> Response:
    """What would be frozen, and what has been."""
    return _show(page)


def do(page: Page) -> Response:
    """Freezes it, signed by the person."""
    school, year = _asked(page)
    counted = page.form.get("telling", "")
    if counted not in COUNTINGS:
        raise NotFound(_("Fant ikke tellingen."))
    reason = page.form.get("reason", "").strip() or None
    act = page.act("freeze", reason)
    try:
        with page.session.begin_nested():
            freeze(page.session, page.rules, school, year, counted, act=act)
    except Refused as refused:
        return _show(page, why=str(refused), reason=reason or "", status=422)
    return back_to(f"/indikatorer?skole={school.id}&ar={year}&frosset={counted}")


def _show(page: Page, *, why: str = "", reason: str = "", status: int = 200) -> Response:
    school, year = _asked(page)
    countings = _countings(page, school, year)
    come = [one for one in countings if one.come]
    asked = page.request.query_params.get("telling") or page.form.get("telling")
    chosen = next((one for one in come if one.key == asked), come[-1] if come else None)
    return page.show(
        "freeze.html",
        status=status,
        school=school,
        year=year,
        countings=countings,
        chosen=chosen,
        figures=_figures(page, school, year, chosen) if chosen is not None else [],
        why=why,
        reason=reason,
        compared=_compared(page, school, year, chosen) if chosen is not None else None,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision did to one figure, and the pupils whose result is another: by name those whom
    the person may see, and how many more.
    """

    number: str
    title: str
    before: str
    after: str
    redefined: bool
    pupils: Sequence[str]
    more: int


@dataclass(frozen=True, slots=True)
class Revised:
    """A revision beside the one before it."""

    revision: int
    revisions: Sequence[int]
    reason: str
    changes: Sequence[Change]
    same: int  # figures that are as they were


def _compared(page: Page, school: School, year: Year, chosen: Counting) -> Revised | None:
    """The revision of the address beside the one before it, else the newest; None for only one."""
    if chosen.revisions <= 1:
        return None
    choices = list(range(2, chosen.revisions + 1))
    asked = forms.known_numbers([page.request.query_params.get("revisjon", "")])
    revision = next((one for one in asked if one in choices), choices[-1])
    found = compare(page.session, school, year, chosen.key, revision)
    changed = [one for one in found if not one.is_same or one.redefined]
    names = _names(page, changed)
    page.listed[school.number] = len({number for _code, number in names})
    return Revised(
        revision,
        choices,
        next((one.after["reason"] or "" for one in found), ""),
        [_change(one, names) for one in changed],
        len(found) - len(changed),
    )


def _names(page: Page, changed: Sequence[Compared]) -> dict[tuple[str, int], str]:
    """The pupils whom the person may see, by indicator: talks are not for all."""
    found: dict[tuple[str, int], str] = {}
    for of_talks in (True, False):
        mine = [one for one in changed if BY_CODE[one.indicator].of_talks is of_talks]
        if not mine:
            continue
        visible = sees_behind(page.who, BY_CODE[mine[0].indicator], col(Pupil.id))
        ids = {moved.pupil_id for one in mine for moved in one.moved}
        names = named(page.session, ids, visible)
        found |= {(one.indicator, number): name for one in mine for number, name in names.items()}
    return found


def _change(one: Compared, names: Mapping[tuple[str, int], str]) -> Change:
    indicator = BY_CODE[one.indicator]
    told = sorted(
        {
            f"{names[one.indicator, moved.pupil_id]}: "
            f"{_result(moved.before)} → {_result(moved.after)}"
            for moved in one.moved
            if (one.indicator, moved.pupil_id) in names
        },
        key=sort_key,
    )
    everyone = {moved.pupil_id for moved in one.moved}
    seen = {number for number in everyone if (one.indicator, number) in names}
    return Change(
        indicator.number,
        indicator.title.get(),
        _word(one.before),
        _word(one.after),
        one.redefined,
        told,
        len(everyone - seen),
    )


def _result(result: str | None) -> str:
    return result_word(result) if result is not None else _("ikke med")


def _word(entry: Mapping[str, Any] | None) -> str:
    if entry is None:
        return "–"
    share = f" ({entry['numerator']}/{entry['denominator']})" if entry["denominator"] else ""
    return rate_word(entry) + share


def _asked(page: Page) -> tuple[School, Year]:
    school, _schools = school_of(page, Action.FREEZE)
    return school, year_of(page)


def _countings(page: Page, school: School, year: Year) -> list[Counting]:
    kept = frozen(page.session, schools=[school.number], year=year, revision="all")
    found = []
    for key in COUNTINGS:
        try:
            day = counting_day(page.session, school, year, key)
        except Refused:  # no skolerute, and so no day yet
            day = None
        revisions = {one["revision"] for one in kept if one["counted"] == key}
        found.append(Counting(key, day, day is not None and day <= page.today, len(revisions)))
    return found


def _figures(page: Page, school: School, year: Year, counting: Counting) -> list[dict[str, Any]]:
    found = measure.figures(
        page.session,
        schools=[school.number],
        year=year,
        today=page.today,
        indicators=[BY_CODE[code] for code in COUNTINGS[counting.key].indicators],
    )
    return [
        {"number": one.indicator.number, "title": one.indicator.title.get(), "entry": entry}
        | {"rate": rate_word(entry)}
        for one in found
        if (entry := one.to_json())
    ]
