"""Saker: whose turn it is in every case of those whom a leader leads."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from iopflow.lifecycle import Court
from iopflow.queries.tasks import Asked, tasks
from iopflow.queries.turns import Turn, turns
from iopflow.schoolyear import Year
from iopflow.texts import _, counted
from iopflow.web import sheet
from iopflow.web.page import Page
from iopflow.web.sheet import Sheet

SHOWN = 100


def overview(page: Page) -> Response:
    """The list, narrowed to one court where the address says so."""
    everyone = turns(page.session, page.who, today=page.today)
    asked = page.request.query_params.get("venter", "")
    chosen = [one for one in everyone if asked not in set(Court) or one.course.turn == asked]
    counts = Counter(one.course.turn for one in everyone)
    due = _due(page, chosen[:SHOWN])
    rows = [
        {
            "one": one,
            "year": str(Year(one.course.year)),
            "state": one.course.state.about.title.get(),
            "who": one.course.turn.text.get() if one.course.turn is not None else "",
            "days": counted(one.course.days, _("{n} dag"), _("{n} dager")),
            "next": one.course.next.get() if one.course.next is not None else "",
            "due": due.get((one.pupil_id, one.course.year, one.course.state.about.fact)),
        }
        for one in chosen[:SHOWN]
    ]
    if sheet.is_wanted(page):
        return sheet.download(page, _sheet(rows))
    return page.show(
        "turns.html",
        rows=rows,
        download=sheet.address(page),
        left=max(0, len(chosen) - SHOWN),
        counts=[(one.value, one.text.get(), counts[one]) for one in Court if counts[one]],
        asked=asked,
    )


def _sheet(rows: Sequence[Mapping[str, Any]]) -> Sheet:
    columns: list[tuple[str, Any]] = [
        (_("Elev"), lambda row: row["one"].name),
        (_("Klasse"), lambda row: row["one"].unit),
        (_("Skoleår"), lambda row: row["year"]),
        (_("Saken står"), lambda row: row["state"]),
        (_("Hvem sin tur"), lambda row: row["who"]),
        (_("Siden"), lambda row: row["one"].course.since),
        (_("Dager"), lambda row: row["one"].course.days),
        (_("Hva nå"), lambda row: row["next"]),
        (_("Frist"), lambda row: row["due"]),
    ]
    return Sheet.of("saker", columns, rows, {row["one"].pupil_id for row in rows})


def _due(page: Page, rows: list[Turn]) -> dict[tuple[int, int, str | None], object]:
    """The date of what should happen next, by pupil, year and the fact of the step."""
    years = sorted({Year(one.course.year) for one in rows})
    keys = [one.pupil for one in rows]
    if not rows:
        return {}
    found = tasks(
        page.session,
        page.rules,
        page.who,
        Asked(subjects=sorted(set(keys)), years=years),
        today=page.today,
    )
    return {
        (row.subject_id, row.year.start, row.step.fact): row.facts.due
        for row in found
        if row.step.fact is not None
    }
