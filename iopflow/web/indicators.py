"""The indicators of a school, beside last year's, and the pupils behind each number (ux S5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from iopflow import measure
from iopflow.indicators import BY_CODE, INDICATORS, Indicator
from iopflow.models import Pupil, School
from iopflow.queries.access import sees_pupil, visible_schools
from iopflow.queries.masking import mask
from iopflow.queries.needs import undecided
from iopflow.queries.places import NotFound
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.tellinger import frozen
from iopflow.texts import _, percent, short_date
from iopflow.web.page import Page
from iopflow.web.wheel import year_of
from iopflow.words import reason_word, result_word


@dataclass(frozen=True, slots=True)
class Shown:
    """One indicator of one school: this year, and last year's rate."""

    code: str
    title: str
    rate: str
    share: str
    before: str
    frozen: str
    entry: Mapping[str, Any]


def indicators(page: Page) -> Response:
    """All indicators of one school and year."""
    school, schools = school_of(page, Action.FIGURES)
    year = year_of(page)
    entries = _entries(page, school, year)
    kept = _frozen(page, school, year)
    before = _entries(page, school, year.previous)
    shown = [
        Shown(
            one.code,
            one.title.get(),
            rate_word(entries[one.code]),
            _share(entries[one.code]),
            rate_word(before[one.code]),
            kept.get(one.code, ""),
            entries[one.code],
        )
        for one in INDICATORS
    ]
    return page.show(
        "indicators.html",
        school=school,
        schools=schools,
        year=year,
        years=[year.previous, year, year.next],
        shown=shown,
        freezes=page.who.may(Action.FREEZE),
    )


def indicator(page: Page) -> Response:
    """One indicator: what it means, its numbers, and the pupils behind them."""
    code = str(page.request.path_params["code"])
    if code not in BY_CODE:
        raise NotFound(_("Fant ikke indikatoren «{code}».").format(code=code[:20]))
    school, schools = school_of(page, Action.FIGURES)
    year = year_of(page)
    one = BY_CODE[code]
    return page.show(
        "indicator.html",
        indicator=one,
        title=one.title.get(),
        school=school,
        schools=schools,
        year=year,
        entry=_entries(page, school, year, (one,))[code],
        rate=rate_word(_entries(page, school, year, (one,))[code]),
        pupils=_behind(page, one, school, year) if page.who.may(Action.EXPLAIN) else None,
        undecided=_undecided(page, one, school, year),
    )


def _undecided(page: Page, one: Indicator, school: School, year: Year) -> int:
    """Pupils whom P1 and P2 do not count yet, as far as the person may decide on them."""
    if one.code not in {"P1", "P2"} or not page.who.may(Action.REGISTER_CASE):
        return 0
    return undecided(page.session, page.who, [school], year, today=page.today)[school.number]


def rate_word(entry: Mapping[str, Any]) -> str:
    """A rate as people read it, or why there is none."""
    if entry["problem"]:
        return "•" if entry.get("masked") else "–"
    if entry["rate"] is None:
        return _("ikke aktuelt")
    return percent(entry["rate"], 0)


def _share(entry: Mapping[str, Any]) -> str:
    if entry["problem"] or not entry["denominator"]:
        return ""
    return f"{entry['numerator']}/{entry['denominator']}"


def _frozen(page: Page, school: School, year: Year) -> dict[str, str]:
    """The newest frozen rate of each indicator, with its revision where there is more than one."""
    found = frozen(page.session, schools=[school.number], year=year)
    shown = {}
    for entry in mask(page.session, page.who, found):
        again = _(" (rev. {n})").format(n=entry["revision"]) if entry["revision"] > 1 else ""
        shown[entry["indicator"]] = rate_word(entry) + again
    return shown


def school_of(page: Page, action: Action) -> tuple[School, list[School]]:
    """The school of the address, or the first for which the person may do something, and all."""
    schools = visible_schools(page.who, page.session, action)
    asked = page.request.query_params.get("skole")
    found = next((one for one in schools if asked in (None, str(one.id))), None)
    if found is None:
        raise NotFound(_("Fant ikke skolen."))
    return found, schools


def _entries(
    page: Page, school: School, year: Year, only: Sequence[Indicator] | None = None
) -> dict[str, dict[str, Any]]:
    found = measure.figures(
        page.session, schools=[school.number], year=year, today=page.today, indicators=only
    )
    entries = mask(page.session, page.who, [one.to_json() for one in found])
    return {one["indicator"]: one for one in entries}


def _behind(page: Page, one: Indicator, school: School, year: Year) -> list[dict[str, Any]]:
    """The pupils of the figure whom the person may see, those it waits for first."""
    found = measure.explain(
        page.session,
        one,
        schools=[school.number],
        year=year,
        today=page.today,
        visible=sees_pupil(page.who, col(Pupil.id), action=Action.EXPLAIN),
    )
    names = _names(page, [line["pupil"] for line in found if line["pupil"]], school)
    order = ("open", "unknown", "done_late", "numerator", "excluded", "not_counted")
    lines = [
        line
        | {
            "name": names.get(line["pupil"], line.get("unit", "")),
            "result_word": result_word(line["result"]),
            "reason_word": reason_word(line["reason"]),
            "on_day": _day(line["on"]),
            "recorded_day": _day(line["recorded_on"]),
        }
        for line in found
    ]
    return sorted(lines, key=lambda line: (order.index(line["result"]), line["name"]))


def _day(iso: str | None) -> str:
    return short_date(date.fromisoformat(iso)) if iso else ""


def _names(page: Page, keys: Sequence[str], school: School) -> dict[str, str]:
    rows = page.session.execute(
        select(col(Pupil.key), col(Pupil.name)).where(
            col(Pupil.owner_id) == school.owner_id, col(Pupil.key).in_(keys)
        )
    )
    return {row.key: row.name for row in rows}
