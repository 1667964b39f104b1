"""What the facts of a case say on a day."""

from datetime import date

import pytest

from iopflow.facts import (
    FACTS,
    AssessmentFact,
    CaseFacts,
    ConsentFact,
    VedtakFact,
    happened,
    refused,
    stands,
)

FIRST = date(2026, 8, 17)


def vedtak(**values: object) -> VedtakFact:
    base: dict[str, object] = {
        "year": 2026,
        "decided_on": date(2026, 6, 10),
        "grants": True,
        "valid_from": date(2026, 8, 1),
        "valid_to": date(2027, 7, 31),
    }
    return VedtakFact(**(base | values))  # type: ignore[arg-type]


def test_a_vedtak_grants_on_both_its_end_days_and_no_day_outside() -> None:
    case = CaseFacts(vedtak=(vedtak(),))
    assert [
        case.granted(day)
        for day in (date(2026, 7, 31), date(2026, 8, 1), date(2027, 7, 31), date(2027, 8, 1))
    ] == [False, True, True, False]


@pytest.mark.parametrize("missing", ["valid_from", "valid_to"])
def test_a_vedtak_without_a_day_of_validity_grants_on_no_day(missing: str) -> None:
    case = CaseFacts(vedtak=(vedtak(**{missing: None}),))
    assert case.granted(FIRST) is False


def test_a_refusal_grants_nothing_but_is_a_decision_for_its_year() -> None:
    case = CaseFacts(vedtak=(vedtak(grants=False, valid_from=None, valid_to=None),))
    assert case.granted(FIRST) is False
    assert happened("vedtak.decided_on", case, year=2026, first_day=FIRST) == date(2026, 6, 10)


def test_a_vedtak_of_several_years_counts_for_each_year_it_covers() -> None:
    case = CaseFacts(vedtak=(vedtak(year=2025, valid_to=date(2028, 7, 31)),))
    assert happened("vedtak.decided_on", case, year=2026, first_day=FIRST) == date(2026, 6, 10)
    assert happened("vedtak.decided_on", case, year=2026, first_day=None) is None
    assert happened("vedtak.decided_on", case, year=2030, first_day=date(2030, 8, 19)) is None


def test_the_latest_answer_stands() -> None:
    given = ConsentFact("vedtak", 2026, date(2026, 5, 1), True)
    withdrawn = ConsentFact("vedtak", 2026, date(2026, 5, 20), False)
    assert happened("consent.vedtak", CaseFacts(consents=(given,)), year=2026, first_day=None) == (
        date(2026, 5, 1)
    )
    both = CaseFacts(consents=(withdrawn, given))
    assert happened("consent.vedtak", both, year=2026, first_day=None) is None
    assert refused("consent.vedtak", both, year=2026) is True
    assert refused("consent.utredning", both, year=2026) is False
    assert refused("vedtak.decided_on", both, year=2026) is False


def test_an_assessment_still_valid_guards_a_decision_but_answers_no_new_need() -> None:
    old = AssessmentFact(
        2024,
        date(2024, 1, 10),
        received_on=date(2024, 5, 2),
        valid_to=date(2027, 7, 31),
    )
    new = AssessmentFact(2026, date(2026, 1, 10))
    case = CaseFacts(assessments=(old, new))
    assert happened("assessment.received_on", case, year=2026, first_day=FIRST) is None
    assert stands("assessment.received_on", case, year=2026, first_day=FIRST) is True
    assert stands("assessment.received_on", case, year=2026, first_day=None) is False
    assert stands("assessment.referred_on", case, year=2026, first_day=FIRST) is False


def test_every_fact_of_an_empty_case_has_not_happened() -> None:
    assert [happened(fact, CaseFacts(), year=2026, first_day=FIRST) for fact in FACTS] == [
        None
    ] * len(FACTS)


def test_what_is_dated_later_has_not_happened_yet() -> None:
    case = CaseFacts(
        assessments=(
            AssessmentFact(2026, date(2026, 1, 10), received_on=date(2026, 5, 2)),
            AssessmentFact(2027, date(2026, 11, 1)),
        ),
        vedtak=(vedtak(),),
        consents=(ConsentFact("vedtak", 2026, date(2026, 5, 20), True),),
    )
    (need,) = case.known_on(date(2026, 5, 1)).assessments
    assert (need.year, need.received_on) == (2026, None)
    assert case.known_on(date(2026, 5, 19)).consents == ()
    assert case.known_on(date(2026, 6, 9)).vedtak == ()
    assert case.known_on(date(2026, 12, 1)) == case
