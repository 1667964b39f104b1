"""The facts of pupils' cases, read for many pupils at once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from iopflow.facts import AssessmentFact, CaseFacts, ConsentFact, VedtakFact
from iopflow.models import Answer, Assessment, Consent, Outcome, Vedtak

MOST_PARAMETERS = 10_000  # well under SQLite's limit of bound values in one statement


def portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cuts a list of numbers so that each part fits in one IN (...)."""
    for start in range(0, len(ids), MOST_PARAMETERS):
        yield ids[start : start + MOST_PARAMETERS]


def cases_of(session: Session, pupil_ids: Sequence[int]) -> dict[int, CaseFacts]:
    """The case of each pupil that has one."""
    assessments = _grouped(
        (row.pupil_id, _assessment(row))
        for part in portions(pupil_ids)
        for row in session.execute(
            select(
                col(Assessment.pupil_id),
                col(Assessment.year),
                col(Assessment.needed_since),
                col(Assessment.referred_on),
                col(Assessment.complete_on),
                col(Assessment.received_on),
                col(Assessment.valid_to),
            ).where(col(Assessment.pupil_id).in_(part))
        )
    )
    vedtak = _grouped(
        (row.pupil_id, _vedtak(row))
        for part in portions(pupil_ids)
        for row in session.execute(
            select(
                col(Vedtak.pupil_id),
                col(Vedtak.year),
                col(Vedtak.decided_on),
                col(Vedtak.outcome),
                col(Vedtak.valid_from),
                col(Vedtak.valid_to),
                col(Vedtak.notified_on),
                col(Vedtak.arrived_on),
            ).where(col(Vedtak.pupil_id).in_(part))
        )
    )
    consents = _grouped(
        (
            row.pupil_id,
            ConsentFact(row.kind.value, row.year, row.on_day, row.answer is Answer.GIVEN),
        )
        for part in portions(pupil_ids)
        for row in session.execute(
            select(
                col(Consent.pupil_id),
                col(Consent.kind),
                col(Consent.year),
                col(Consent.on_day),
                col(Consent.answer),
            ).where(col(Consent.pupil_id).in_(part))
        )
    )
    return {
        pupil_id: CaseFacts(
            tuple(assessments.get(pupil_id, ())),
            tuple(vedtak.get(pupil_id, ())),
            tuple(consents.get(pupil_id, ())),
        )
        for pupil_id in {*assessments, *vedtak, *consents}
    }


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
