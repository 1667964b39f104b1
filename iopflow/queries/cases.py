"""The facts of pupils' cases, read for many pupils at once."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from iopflow.facts import AssessmentFact, CaseFacts, ConsentFact, VedtakFact
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
    ),
    "consent": ("pupil_id", "kind", "year", "on_day", "answer"),
}


@cache
def _of_pupils(name: str) -> Select[Any]:
    table = metadata.tables[name]
    return select(*(table.c[column] for column in _FACTS[name])).where(
        among(table.c.pupil_id, "pupils")
    )


def cases_of(session: Session, pupil_ids: Sequence[int]) -> dict[int, CaseFacts]:
    """The case of each pupil that has one."""
    assessments, vedtak, consents = (
        _grouped(
            (row.pupil_id, fact(row)) for row in read(session, _of_pupils(name), pupils=pupil_ids)
        )
        for name, fact in (("assessment", _assessment), ("vedtak", _vedtak), ("consent", _consent))
    )
    return {
        pupil_id: CaseFacts(
            tuple(assessments.get(pupil_id, ())),
            tuple(vedtak.get(pupil_id, ())),
            tuple(consents.get(pupil_id, ())),
        )
        for pupil_id in {*assessments, *vedtak, *consents}
    }


def _consent(row: Any) -> ConsentFact:
    return ConsentFact(row.kind.value, row.year, row.on_day, row.answer is Answer.GIVEN)


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
    )


def _grouped(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
