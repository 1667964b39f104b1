"""What is taken along of the indicators: their figures, and the pupils behind one."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from iopflow.indicators import Indicator
from iopflow.measure import CLOCKED
from iopflow.texts import _
from iopflow.web.sheet import Sheet


def figures_sheet(shown: Sequence[Any]) -> Sheet:
    """The figures of a school, as the page of all indicators shows them."""
    columns: list[tuple[str, Any]] = [
        (_("Indikator"), lambda one: f"{one.code} {one.title}"),
        (_("Nå"), lambda one: one.rate),
        (_("Antall"), lambda one: one.share),
        (_("Frosset"), lambda one: one.frozen),
        (_("I fjor"), lambda one: one.before),
        (_("I fjor samme dag"), lambda one: one.then),
        (_("Telles"), lambda one: _counted_on(one.entry)),
    ]
    return Sheet.of("indikatorer", columns, shown)


def pupils_sheet(one: Indicator, pupils: Sequence[Mapping[str, Any]], *, is_late: bool) -> Sheet:
    """The pupils behind the number, with the columns of the page."""
    columns: list[tuple[str, Any]] = [
        (_("Elev"), lambda line: line["name"]),
        (_("Klasse"), lambda line: line["klasse"]),
        (_("Resultat"), lambda line: line["result_word"]),
        (_("Hvorfor"), lambda line: line["reason_word"]),
        (_("Skjedde"), lambda line: line["on_day"]),
        (_("Ført"), lambda line: line["recorded_day"]),
    ]
    if is_late:
        columns.append((_("Dager etter fristen"), lambda line: line["late_days"] or None))
        if one.code in CLOCKED:
            columns.append((_("Hvor dagene gikk"), lambda line: line["where"]))
        columns.append((_("Årsak"), lambda line: _causes(line["causes"])))
    numbers = {line["number"] for line in pupils if line["number"] is not None}
    return Sheet.of(f"indikator-{one.code}", columns, pupils, numbers)


def _causes(causes: Sequence[tuple[str, str | None]]) -> str:
    return "; ".join(f"{word} ({proof or _('uten bevis')})" for word, proof in causes)


def _counted_on(entry: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(entry["counted_on"]) if entry["counted_on"] else None
