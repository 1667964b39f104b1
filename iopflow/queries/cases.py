"""The facts of pupils' cases, read for many pupils at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from iopflow.facts import (
    AppealFact,
    AssessmentFact,
    CaseFacts,
    ConsentFact,
    MoveFact,
    PauseFact,
    VedtakFact,
)
from iopflow.models import Answer, Outcome, metadata
from iopflow.queries.prepared import among, read

_FACTS: dict[str, tuple[str, ...]] = {
    "assessment": (
        "pupil_id",
        "year",
        "needed_since",
        "referred_on",
        "complete_on",
        "received_on",
        "valid_to",
    ),
    "vedtak": (
        "pupil_id",
        "year",
        "decided_on",
        "outcome",
        "valid_from",
        "valid_to",
        "notified_on",
        "arrived_on",
        "departs",
        "reason",
    ),
    "consent": ("pupil_id", "kind", "year", "on_day", "answer", "answered_by"),
    "case_move": ("pupil_id", "kind", "year", "on_day", "note"),
    "pause": ("pupil_id", "year", "starts", "court", "ends", "cause", "evidence"),
    "appeal": (
        "pupil_id",
        "year",
        "registered_on",
        "kind",
        "reviewed_on",
        "forwarded_on",
        "closed_on",
        "result",
    ),
}


@cache
def _of_pupils(name: str) -> Select[Any]:
    table = metadata.tables[name]
    return select(*(table.c[column] for column in _FACTS[name])).where(
        among(table.c.pupil_id, "pupils")
    )


def cases_of(session: Session, pupil_ids: Sequence[int]) -> dict[int, CaseFacts]:
    """The case of each pupil that has one, as far as lists ask: assessments, vedtak, consents."""
    return _cases(session, pupil_ids, ("assessment", "vedtak", "consent"))


def whole_cases_of(session: Session, pupil_ids: Sequence[int]) -> dict[int, CaseFacts]:
    """The case of each pupil that has one, with all that its course depends on."""
    return _cases(session, pupil_ids, tuple(_FACTS))


def _cases(
    session: Session, pupil_ids: Sequence[int], names: Sequence[str]
) -> dict[int, CaseFacts]:
    found = [
        _grouped(
            (row.pupil_id, _MADE[name](row))
            for row in read(session, _of_pupils(name), pupils=pupil_ids).all()
        )
        for name in names
    ]
    return {
        pupil_id: CaseFacts(*(tuple(rows.get(pupil_id, ())) for rows in found))
        for pupil_id in {pupil_id for rows in found for pupil_id in rows}
    }


def _consent(row: Any) -> ConsentFact:
    by = row.answered_by.value if row.answered_by is not None else None
    return ConsentFact(row.kind.value, row.year, row.on_day, row.answer is Answer.GIVEN, by)


def _assessment(row: Any) -> AssessmentFact:
    return AssessmentFact(
        row.year,
        row.needed_since,
        row.referred_on,
        row.complete_on,
        row.received_on,
        row.valid_to,
    )


def _vedtak(row: Any) -> VedtakFact:
    return VedtakFact(
        row.year,
        row.decided_on,
        row.outcome is not Outcome.REFUSED,
        row.valid_from,
        row.valid_to,
        row.notified_on,
        row.arrived_on,
        row.outcome is Outcome.PARTLY,
        row.departs,
        row.reason,
    )


def _move(row: Any) -> MoveFact:
    return MoveFact(row.kind.value, row.year, row.on_day, row.note)


def _pause(row: Any) -> PauseFact:
    return PauseFact(row.year, row.starts, row.court, row.ends, row.cause, row.evidence)


def _appeal(row: Any) -> AppealFact:
    return AppealFact(
        row.year,
        row.registered_on,
        row.kind,
        row.reviewed_on,
        row.forwarded_on,
        row.closed_on,
        row.result,
    )


# In the order of CaseFacts.
_MADE: Mapping[str, Callable[[Any], Any]] = {
    "assessment": _assessment,
    "vedtak": _vedtak,
    "consent": _consent,
    "case_move": _move,
    "pause": _pause,
    "appeal": _appeal,
}


def _grouped(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
