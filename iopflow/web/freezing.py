"""Freezing a counting date: first what would be frozen, then by one button (ux S5)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from iopflow import measure
from iopflow.indicators import BY_CODE
from iopflow.models import School
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS, counting_day, freeze, frozen
from iopflow.texts import _
from iopflow.web.indicators import rate_word, school_of
from iopflow.web.page import Page, back_to
from iopflow.web.wheel import year_of


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
    )


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
