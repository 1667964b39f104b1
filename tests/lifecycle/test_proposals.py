"""Who is proposed for a year, by pupils computed by hand: each rule, its boundary days, its day."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.facts import AssessmentFact, CaseFacts, ConsentFact, MoveFact, VedtakFact, happened
from iopflow.lifecycle import NEED_RULES, Coming, Decision, proposal, year_due, year_to_prepare
from iopflow.schoolyear import Year
from iopflow.texts import LANGUAGES, speaking

YEAR = 2027
FIRST = date(2027, 8, 17)
OPENS = date(2026, 11, 1)
THERE = Coming(FIRST, grade=5)


def granted(
    valid_to: date | None, *, year: int = 2026, decided: date = date(2026, 6, 10)
) -> VedtakFact:
    start = date(year, 8, 1) if valid_to else None
    return VedtakFact(year, decided, grants=True, valid_from=start, valid_to=valid_to)


def assessed(
    valid_to: date | None, *, year: int = 2026, received: date = date(2026, 5, 20)
) -> AssessmentFact:
    return AssessmentFact(year, date(2026, 1, 10), received_on=received, valid_to=valid_to)


LASTING = assessed(date(2030, 7, 31))


def found(case: CaseFacts, about: Coming = THERE) -> list[tuple[str, str, date]]:
    """The reasons: rule, sentence, and since when."""
    reasons = proposal(case, YEAR, about).reasons
    return [(one.rule.key, one.why, one.since) for one in reasons]


@pytest.mark.parametrize(
    ("valid_to", "expected"),
    [
        # Six months before 31 July is 31 January; the autumn before is earlier.
        (date(2027, 7, 31), [("vedtak_utlop", "vedtaket gjelder til 31.07.2027", OPENS)]),
        (date(2027, 8, 16), [("vedtak_utlop", "vedtaket gjelder til 16.08.2027", OPENS)]),
        (FIRST, []),
        (date(2029, 7, 31), []),  # of several years
        # One that ends in the autumn could be judged from the spring, once it was decided.
        (
            date(2026, 11, 30),
            [("vedtak_utlop", "vedtaket gjelder til 30.11.2026", date(2026, 6, 10))],
        ),
        (None, [("vedtak_utlop", "vedtaket av 10.06.2026 sier ikke når det gjelder", OPENS)]),
    ],
)
def test_a_vedtak_that_does_not_reach_the_first_day_is_proposed(
    valid_to: date | None, expected: list[tuple[str, str, date]]
) -> None:
    assert found(CaseFacts((LASTING,), (granted(valid_to),))) == expected


def test_a_vedtak_that_ended_before_the_year_before_is_no_reason() -> None:
    old = granted(date(2026, 7, 31), year=2025, decided=date(2025, 6, 10))
    lasting = replace(LASTING, year=2025)
    assert found(CaseFacts((lasting,), (old,))) == []
    a_day_longer = replace(old, valid_to=date(2026, 8, 1))
    assert [key for key, _why, _since in found(CaseFacts((lasting,), (a_day_longer,)))] == [
        "vedtak_utlop"
    ]


def test_a_vedtak_that_begins_after_the_first_day_leaves_days_uncovered() -> None:
    late = VedtakFact(2026, date(2026, 6, 10), True, date(2027, 9, 1), date(2028, 7, 31))
    assert found(CaseFacts((LASTING,), (late,))) == [
        ("vedtak_utlop", "vedtaket gjelder først fra 01.09.2027", OPENS)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            (assessed(date(2027, 8, 16)),),
            [("sv_utlop", "sakkyndig vurdering gjelder til 16.08.2027", OPENS)],
        ),
        ((assessed(FIRST),), []),
        (
            (assessed(None),),
            [
                (
                    "sv_utlop",
                    "sakkyndig vurdering av 20.05.2026 sier ikke hvor lenge den gjelder: spør PPT",
                    OPENS,
                )
            ],
        ),
        ((), [("sv_utlop", "ingen sakkyndig vurdering er registrert som mottatt", OPENS)]),
        # The latest one counts, and not an older one that was to last longer.
        (
            (
                assessed(date(2030, 7, 31), year=2024, received=date(2024, 5, 2)),
                assessed(date(2027, 7, 31)),
            ),
            [("sv_utlop", "sakkyndig vurdering gjelder til 31.07.2027", OPENS)],
        ),
    ],
)
def test_an_assessment_that_does_not_reach_the_first_day_is_proposed(
    rows: tuple[AssessmentFact, ...], expected: list[tuple[str, str, date]]
) -> None:
    assert found(CaseFacts(rows, (granted(date(2029, 7, 31)),))) == expected


@pytest.mark.parametrize(("grade", "is_new"), [(1, True), (7, False), (8, True), (11, True)])
def test_a_new_main_stage_asks_for_a_new_vedtak(grade: int, is_new: bool) -> None:
    case = CaseFacts((LASTING,), (granted(date(2029, 7, 31)),))
    why = f"begynner på {grade}. trinn, og et vedtak følger ikke med til et nytt hovedtrinn"
    expected = [("nytt_hovedtrinn", why, OPENS)] if is_new else []
    assert found(case, replace(THERE, grade=grade)) == expected
    assert found(CaseFacts(), replace(THERE, grade=grade)) == []


def test_a_new_pupil_is_proposed_by_an_earlier_case_or_at_a_special_school() -> None:
    new = replace(THERE, new_from=date(2027, 8, 1))
    before = CaseFacts((AssessmentFact(2020, date(2020, 1, 10), date(2020, 2, 1)),), moves=(
        MoveFact("closed", 2020, date(2020, 3, 1), "har utbytte"),
    ))  # fmt: skip
    ny = "ny ved skolen fra 01.08.2027"
    assert found(before, new) == [("ny_elev", ny, OPENS)]
    assert found(CaseFacts(), new) == []
    assert found(CaseFacts(), replace(new, special=True)) == [("ny_spesialskole", ny, OPENS)]
    assert found(before, replace(new, special=True)) == [("ny_elev", ny, OPENS)]
    assert found(CaseFacts(), replace(THERE, special=True)) == []
    covered = CaseFacts((LASTING,), (granted(date(2029, 7, 31)),))
    assert found(covered, replace(new, special=True)) == []


def test_a_doubt_is_proposed_until_it_is_answered() -> None:
    doubted = replace(THERE, concern_on=date(2027, 3, 3))
    why = "tvil om utbyttet av opplæringen er meldt 03.03.2027"
    one = proposal(CaseFacts(), YEAR, doubted)
    assert [(reason.rule.key, reason.why) for reason in one.reasons] == [("melding", why)]
    assert (one.decision, one.since) == (Decision.UNDECIDED, date(2027, 3, 3))
    no = MoveFact("no_need", YEAR, date(2027, 3, 3), "tiltak hjelper")
    assert proposal(CaseFacts(moves=(no,)), YEAR, doubted).decision is Decision.NO
    early = replace(no, on_day=date(2027, 3, 2))  # said before anybody doubted
    again = proposal(CaseFacts(moves=(early,)), YEAR, doubted)
    assert (again.decision, again.since) == (Decision.UNDECIDED, date(2027, 3, 3))


def test_a_need_that_came_to_nothing_falls_between_no_years() -> None:
    need = AssessmentFact(2026, date(2026, 9, 1))
    why = "behovet meldt 01.09.2026 for 2026-27 er ikke avgjort"
    assert found(CaseFacts((need,))) == [("apen_sak", why, OPENS)]
    late = replace(need, needed_since=date(2027, 2, 2))
    assert found(CaseFacts((late,)))[0][2] == date(2027, 2, 2)
    over = (
        CaseFacts((need,), (VedtakFact(2026, date(2026, 10, 1), grants=False),)),
        CaseFacts((need,), consents=(ConsentFact("utredning", 2026, date(2026, 9, 9), False),)),
        CaseFacts((need,), moves=(MoveFact("closed", 2026, date(2026, 9, 9), "flyttet"),)),
    )
    assert [found(case) for case in over] == [[], [], []]


def test_a_refusal_and_a_closed_case_propose_nothing() -> None:
    granting = granted(date(2027, 7, 31))
    refusal = VedtakFact(2026, date(2026, 12, 1), grants=False)
    closed = MoveFact("closed", 2026, date(2026, 12, 1), "ikke lenger behov")
    assert found(CaseFacts((LASTING,), (granting, refusal))) == []
    assert found(CaseFacts((LASTING,), (granting,), moves=(closed,))) == []
    before_it = replace(closed, on_day=date(2026, 6, 9))
    assert len(found(CaseFacts((LASTING,), (granting,), moves=(before_it,)))) == 1


RENEWING = CaseFacts((LASTING,), (granted(date(2027, 7, 31)),))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (CaseFacts(), (Decision.UNDECIDED, None, ())),
        (
            CaseFacts((AssessmentFact(YEAR, date(2027, 1, 11)),)),
            (Decision.YES, date(2027, 1, 11), ("need",)),
        ),
        (
            CaseFacts(vedtak=(VedtakFact(YEAR, date(2027, 6, 1), grants=False),)),
            (Decision.YES, date(2027, 6, 1), ("vedtak",)),
        ),
        (
            CaseFacts(moves=(MoveFact("asked_vedtak", YEAR, date(2027, 4, 1)),)),
            (Decision.YES, date(2027, 4, 1), ("asked_vedtak",)),
        ),
        (
            CaseFacts(consents=(ConsentFact("vedtak", YEAR, date(2027, 4, 2), False),)),
            (Decision.YES, date(2027, 4, 2), ("consent",)),
        ),
        (
            CaseFacts(moves=(MoveFact("no_need", YEAR, date(2027, 4, 1), "nok"),)),
            (Decision.NO, date(2027, 4, 1), ("no_need",)),
        ),
        # The last word stands: a need after the no, or a no after the need.
        (
            CaseFacts(
                (AssessmentFact(YEAR, date(2027, 4, 1)),),
                moves=(MoveFact("no_need", YEAR, date(2027, 4, 1), "nok"),),
            ),
            (Decision.YES, date(2027, 4, 1), ("need",)),
        ),
        (
            CaseFacts(
                (AssessmentFact(YEAR, date(2027, 4, 1)),),
                moves=(MoveFact("no_need", YEAR, date(2027, 4, 2), "nok"),),
            ),
            (Decision.NO, date(2027, 4, 2), ("no_need",)),
        ),
        # What is said of another year, consent to the assessment, and measures decide nothing.
        (
            CaseFacts(
                consents=(ConsentFact("utredning", YEAR, date(2027, 2, 1), True),),
                moves=(
                    MoveFact("no_need", 2028, date(2027, 4, 2), "nok"),
                    MoveFact("measures", YEAR, date(2027, 4, 2)),
                ),
            ),
            (Decision.UNDECIDED, None, ()),
        ),
    ],
)
def test_only_what_is_registered_for_the_year_decides(
    more: CaseFacts, expected: tuple[Decision, date | None, tuple[str, ...]]
) -> None:
    case = CaseFacts(
        RENEWING.assessments + more.assessments,
        RENEWING.vedtak + more.vedtak,
        more.consents,
        more.moves,
    )
    one = proposal(case, YEAR, THERE)
    assert (one.decision, one.decided_on, one.by) == expected
    # The reasons stand, whatever has been decided.
    assert [reason.rule.key for reason in one.reasons] == ["vedtak_utlop"]


def test_what_is_proposed_is_what_the_rules_name_together() -> None:
    case = CaseFacts((assessed(date(2027, 7, 31)),), (granted(date(2027, 7, 31)),))
    one = proposal(case, YEAR, THERE)
    assert [what.value for what in one.proposes] == ["assessment", "vedtak"]
    assert [what.value for what in proposal(RENEWING, YEAR, THERE).proposes] == ["vedtak"]


def test_every_rule_says_what_it_rests_on_in_three_languages() -> None:
    assert [(rule.key, rule.basis.value, rule.paragraph) for rule in NEED_RULES] == [
        ("vedtak_utlop", "guidance", "Udirs veileder 7.4"),
        ("sv_utlop", "law", "opplæringslova § 11-7 første ledd"),
        ("nytt_hovedtrinn", "guidance", "Udirs veileder 7.5"),
        ("ny_elev", "guidance", "Udirs veileder 7.5"),
        ("ny_spesialskole", "local", ""),
        ("melding", "law", "opplæringslova § 11-2"),
        ("apen_sak", "local", ""),
    ]
    for language in LANGUAGES:
        with speaking(language):
            titles = {rule.title.get() for rule in NEED_RULES}
        assert len(titles) == len(NEED_RULES)


@pytest.mark.parametrize(
    ("today", "prepare", "due"),
    [
        (date(2026, 10, 31), 2026, 2026),
        (date(2026, 11, 1), 2027, 2026),
        (date(2027, 1, 14), 2027, 2026),
        (date(2027, 1, 15), 2027, 2027),
        (date(2027, 8, 1), 2027, 2027),
    ],
)
def test_from_which_day_a_year_is_prepared_and_due(today: date, prepare: int, due: int) -> None:
    assert (year_to_prepare(today), year_due(today)) == (Year(prepare), Year(due))


# ---------------------------------------------------------------- whatever the case

days = st.dates(date(2024, 1, 1), date(2028, 7, 31))
years = st.integers(2024, 2028)
maybe = st.none() | days
facts = st.builds(
    CaseFacts,
    st.lists(
        st.builds(AssessmentFact, years, days, maybe, maybe, maybe, maybe),
        max_size=3,
        unique_by=lambda row: row.year,
    ).map(tuple),
    st.lists(st.builds(VedtakFact, years, days, st.booleans(), maybe, maybe), max_size=4).map(
        tuple
    ),
    st.lists(
        st.builds(
            ConsentFact, st.sampled_from(["utredning", "vedtak"]), years, days, st.booleans()
        ),
        max_size=3,
    ).map(tuple),
    st.lists(
        st.builds(
            MoveFact,
            st.sampled_from(["no_need", "closed", "asked_vedtak", "measures", "sent_back"]),
            years,
            days,
            st.just("fordi"),
        ),
        max_size=4,
    ).map(tuple),
)
comings = st.builds(Coming, st.just(FIRST), st.integers(1, 13), maybe, st.booleans(), maybe)


@given(facts, comings)
def test_a_pupil_is_in_one_place_and_an_undecided_one_has_done_nothing(
    case: CaseFacts, about: Coming
) -> None:
    one = proposal(case, YEAR, about)
    places = {
        Decision.NONE: not one.reasons and not one.decided_on,
        Decision.YES: one.decided_on is not None and one.note is None and bool(one.by),
        Decision.NO: one.decided_on is not None and one.by in {("no_need",), ("closed",)},
        Decision.UNDECIDED: bool(one.reasons) and one.since is not None and not one.decided_on,
    }
    assert places[one.decision]
    if one.decision is Decision.UNDECIDED:
        # Nothing of the year has been decided or asked for, so none of its tasks can be done.
        assert all(row.year != YEAR for row in case.vedtak)
        no = [row.on_day for row in case.moves if row.year == YEAR and row.kind in _NO]
        need = [row for row in case.assessments if row.year == YEAR and row.needed_since >= max(
            no, default=date.min
        )]  # fmt: skip
        assert need == []
        # What an earlier vedtak of several years does is done by that vedtak alone.
        own = replace(case, vedtak=())
        for fact in ("vedtak.decided_on", "vedtak.notified_on", "consent.vedtak"):
            assert happened(fact, own, year=YEAR, first_day=FIRST) is None


_NO = ("no_need", "closed")
