"""Asking for a figure of Lia skole, whose years run from 17 August to 18 June."""

from datetime import date
from typing import Any

from iopflow import measure
from iopflow.indicators import BY_CODE
from iopflow.models import Scope, What
from iopflow.schoolyear import Year
from tests.factories import NOW, Lia

Y = Year(2025)
LATER = date(2027, 7, 1)  # after every counting date of Y


def figure(
    cast: Lia,
    code: str,
    *,
    year: Year = Y,
    today: date = LATER,
    as_of: date | None = None,
    school: str = "lia",
) -> dict[str, Any]:
    """The entry of one indicator at one school."""
    (found,) = measure.figures(
        cast.session,
        schools=[cast.ids[school]],
        year=year,
        today=today,
        as_of=as_of,
        indicators=[BY_CODE[code]],
    )
    entry: dict[str, Any] = found.to_json()
    return entry


def counts(cast: Lia, code: str, **asked: Any) -> dict[str, Any]:
    """The numbers of the figure that are not 0, and its exclusions."""
    entry = figure(cast, code, **asked)
    names = ("numerator", "done_late", "open", "unknown", "justified", "recorded_after")
    more = ("invited", "declined", "no_reply", "cancelled", "not_invited")
    extra = ("mangler_sv", "not_possible")
    found = {name: entry[name] for name in (*names, *more, *extra) if entry.get(name)}
    return {**found, **entry["excluded"]}


def lines(
    cast: Lia, code: str, *, today: date = LATER, as_of: date | None = None, **asked: Any
) -> list[dict[str, Any]]:
    """What --explain says of the indicator at Lia."""
    return measure.explain(
        cast.session,
        BY_CODE[code],
        schools=[cast.ids["lia"]],
        year=Y,
        today=today,
        as_of=as_of,
        **asked,
    )


def results(cast: Lia, code: str, **asked: Any) -> dict[str, tuple[str, str | None]]:
    """Result and reason of each pupil."""
    return {line["pupil"]: (line["result"], line["reason"]) for line in lines(cast, code, **asked)}


def recorded(
    cast: Lia, key: str, step: str, what: str, on: date, recorded_on: date, occasion: str = ""
) -> None:
    """Something of Y that took place on one day and was written down on another."""
    cast.add(
        "happening",
        year=Y.start,
        step=step,
        scope=Scope.PUPIL,
        subject_id=cast.ids[key],
        what=What(what),
        occasion=occasion,
        on_day=on,
        recorded_on=recorded_on,
        recorded_at=NOW,
    )
