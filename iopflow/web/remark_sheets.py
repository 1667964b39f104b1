"""What is taken along of the measures and deviations of a school: one list, as the page has two."""

from collections.abc import Sequence
from typing import Any

from iopflow.texts import _
from iopflow.web.remarks import DeviationLine, MeasureLine, figure_word
from iopflow.web.sheet import Sheet


def remarks_sheet(measures: Sequence[MeasureLine], raised: Sequence[DeviationLine]) -> Sheet:
    """Measures, then deviations, in the order of the page."""
    columns: list[tuple[str, Any]] = [
        (_("Slag"), lambda one: _("Tiltak") if _is_measure(one) else _("Avvik")),
        (
            _("Gjelder"),
            lambda one: figure_word(one.row.indicator) if _is_measure(one) else one.about,
        ),
        (_("Skoleår"), lambda one: str(one.row.year)),
        (_("Hva"), lambda one: one.row.text if _is_measure(one) else one.row.description),
        (_("Ansvarlig"), lambda one: one.row.person),
        (_("Innen"), lambda one: one.row.due),
        (_("Status"), lambda one: one.word),
        (_("Gjort eller lukket"), _over),
        (_("Hva som kom ut av det"), _outcome),
        (_("Tallet før og etter"), _moved),
        (_("Elever"), _pupils),
        (_("Årsak"), lambda one: None if _is_measure(one) else one.cause),
        (_("Henvisning"), lambda one: None if _is_measure(one) else one.row.evidence),
    ]
    return Sheet.of("tiltak", columns, [*measures, *raised])


def _is_measure(one: Any) -> bool:
    return isinstance(one, MeasureLine)


def _moved(one: Any) -> Any:
    return one.moved.words if _is_measure(one) and one.moved else None


def _pupils(one: Any) -> Any:
    if _is_measure(one):
        return None
    return int(one.pupils) if one.pupils.isdecimal() else one.pupils


def _over(one: Any) -> Any:
    return (one.row.done_on or one.row.closed_on) if _is_measure(one) else one.row.closed_on


def _outcome(one: Any) -> Any:
    return one.row.outcome if _is_measure(one) else one.row.correction
