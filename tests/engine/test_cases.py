"""The facts of a case: what law demands first, corrections, and the tasks that follow."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import cases
from iopflow.engine.cases import Case
from iopflow.engine.happenings import Done, NotNow
from iopflow.models import Answer, ConsentKind, Outcome, Pupil, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from iopflow.status import Status
from tests.factories import RULES, TODAY, YEAR, Lia, act, lia

VALID = {"valid_from": date(2026, 8, 1), "valid_to": date(2027, 7, 31)}


@pytest.fixture
def cast(session: Session) -> Lia:
    cast = lia(session)
    cast.pupil("v-001")
    return cast


def case(cast: Lia, key: str = "v-001", year: Year = YEAR) -> Case:
    pupil = cast.session.get_one(Pupil, cast.ids[key])
    return cases.case_of(cast.session, RULES, pupil, year)


def need(cast: Lia, since: date = date(2026, 1, 12)) -> Done:
    return cases.need(cast.session, RULES, case(cast), since=since, today=TODAY, act=act("need"))


def assess(cast: Lia, **days: date) -> Done:
    return cases.assessment(
        cast.session, RULES, case(cast), days, today=TODAY, act=act("assessment")
    )


def consent(cast: Lia, kind: str, answer: str = "given", on: date = date(2026, 2, 2)) -> Done:
    return cases.consent(
        cast.session,
        RULES,
        case(cast),
        kind=ConsentKind(kind),
        answer=Answer(answer),
        on=on,
        today=TODAY,
        act=act("consent"),
    )


def decide(cast: Lia, outcome: Outcome = Outcome.GRANTED, **values: Any) -> Done:
    return cases.vedtak(
        cast.session,
        RULES,
        case(cast),
        (VALID if outcome is not Outcome.REFUSED else {}) | values,
        decided=date(2026, 6, 10),
        outcome=outcome,
        today=TODAY,
        act=act("vedtak"),
    )


def status(cast: Lia, step: str) -> Status:
    rows = tasks(cast.session, RULES, EVERYONE, Asked(pupil="v-001", year=YEAR), today=TODAY)
    return next(row.status for row in rows if row.step.key == step)


def test_the_whole_road_from_need_to_vedtak(cast: Lia) -> None:
    assert need(cast).changed == 1
    assert status(cast, "iop.sakkyndig_vurdering") is Status.WAITING
    consent(cast, "utredning")
    assess(cast, referred_on=date(2026, 2, 10))
    assert status(cast, "iop.sakkyndig_vurdering") is Status.OVERDUE
    assess(cast, received_on=date(2026, 5, 20), valid_to=date(2029, 7, 31))
    assert status(cast, "iop.sakkyndig_vurdering") is Status.DONE
    assert status(cast, "iop.enkeltvedtak") is Status.WAITING
    consent(cast, "vedtak", on=date(2026, 5, 28))
    assert decide(cast).warnings == []
    assert status(cast, "iop.enkeltvedtak") is Status.DONE


def test_the_law_comes_first_and_the_refusal_names_all_that_is_missing(cast: Lia) -> None:
    with pytest.raises(NotNow, match="iopflow need v-001"):
        assess(cast, received_on=date(2026, 5, 20))
    need(cast)
    with pytest.raises(NotNow, match=r"samtykke til utredning var ikke gitt.*§ 11-7 tredje ledd"):
        assess(cast, received_on=date(2026, 5, 20))
    with pytest.raises(NotNow, match=r"ingen sakkyndig vurdering.* samtykke til vedtak var ikke"):
        decide(cast)


def test_a_refusal_needs_the_assessment_but_no_consent(cast: Lia) -> None:
    need(cast)
    consent(cast, "utredning")
    with pytest.raises(NotNow, match=r"ingen sakkyndig vurdering.*§ 11-7 første ledd"):
        decide(cast, Outcome.REFUSED)
    assess(cast, received_on=date(2026, 5, 20))
    assert decide(cast, Outcome.REFUSED).changed == 1


def test_a_vedtak_that_departs_says_why_and_its_days_stand_in_order(cast: Lia) -> None:
    need(cast)
    consent(cast, "utredning")
    assess(cast, received_on=date(2026, 5, 20))
    consent(cast, "vedtak")
    with pytest.raises(NotNow, match="må begrunnes"):
        decide(cast, departs=True)
    with pytest.raises(NotNow, match="bytt dem om"):
        decide(cast, valid_from=date(2027, 8, 1), valid_to=date(2026, 8, 1))
    assert decide(cast, departs=True, reason="arkiv 17").changed == 1


def test_a_grant_without_an_end_is_taken_with_a_warning(cast: Lia) -> None:
    need(cast)
    consent(cast, "utredning")
    assess(cast, received_on=date(2026, 5, 20))
    consent(cast, "vedtak")
    (warning,) = decide(cast, valid_to=None).warnings
    assert "gjelder da ingen dag" in warning


def test_nothing_is_registered_for_a_day_that_has_not_come(cast: Lia) -> None:
    with pytest.raises(NotNow, match="etter i dag"):
        need(cast, date(2026, 11, 27))
    with pytest.raises(NotNow, match="etter i dag"):
        consent(cast, "utredning", on=date(2026, 11, 27))


def test_a_consent_is_withdrawn_only_when_it_was_given(cast: Lia) -> None:
    need(cast)
    with pytest.raises(NotNow, match="må være gitt"):
        consent(cast, "utredning", "withdrawn")
    consent(cast, "utredning")
    consent(cast, "utredning", "withdrawn", on=date(2026, 3, 1))
    assert status(cast, "case.samtykke_utredning") is Status.DECLINED


def test_the_same_again_changes_nothing_and_another_day_corrects(cast: Lia) -> None:
    need(cast)
    assert need(cast).unchanged == 1
    assert need(cast, date(2026, 1, 20)).changed == 1
    table = metadata.tables["assessment"]
    assert cast.session.execute(select(table.c.needed_since)).scalars().all() == [date(2026, 1, 20)]


def test_a_withdrawn_row_needs_a_reason_and_the_tasks_follow(cast: Lia) -> None:
    cast.vedtak("v-001")

    def withdraw(reason: str = "feil elev") -> Done:
        return cases.withdraw(
            cast.session,
            "vedtak",
            case(cast),
            {"decided_on": date(2026, 6, 10)},
            reason=reason,
            act=act("withdraw"),
        )

    with pytest.raises(NotNow, match="--reason"):
        withdraw(" ")
    need(cast)
    assert withdraw().changed == 1
    assert status(cast, "iop.enkeltvedtak") is Status.WAITING
    with pytest.raises(NotNow, match="ingen slik registrering"):
        withdraw()


def test_what_a_withdrawn_row_leaves_against_a_rule_is_told(cast: Lia) -> None:
    cast.need("v-001", referred_on=date(2026, 2, 10), received_on=date(2026, 5, 20))
    cast.consent("v-001", "utredning")
    cast.consent("v-001", "vedtak", on=date(2026, 6, 1))
    cast.vedtak("v-001")

    def withdraw(table: str, road_only: bool = False, **key: Any) -> list[str]:
        found = replace(case(cast), road_only=road_only)
        told: dict[str, Any] = {"reason": "feil elev", "act": act("withdraw")}
        with cast.session.begin_nested() as kept:
            if table == "assessment":
                done = cases.withdraw_assessment(cast.session, found, **told)
            else:
                done = cases.withdraw(cast.session, table, found, key, **told)
            assert done.changed == 1
            kept.rollback()
        return done.warnings

    consented: dict[str, Any] = {"kind": ConsentKind.VEDTAK, "on_day": date(2026, 6, 1)}
    (words,) = withdraw("consent", **consented)
    assert ("samtykke" in words, "§ 11-7 tredje ledd" in words) == (True, True)
    assert withdraw("consent", road_only=True, **consented) == []
    assert withdraw("vedtak", decided_on=date(2026, 6, 10)) == []
    assert any("§ 11-7 første ledd" in words for words in withdraw("assessment"))
    assert withdraw("assessment", road_only=True) == []


def test_a_pupil_at_no_school_has_no_case(cast: Lia) -> None:
    cast.ids["v-009"] = cast.add("pupil", key="v-009", name="Elev Ni", protected=False)
    with pytest.raises(NotNow, match="ikke innskrevet"):
        case(cast, "v-009")


def test_a_need_for_the_wrong_pupil_takes_its_tasks_along(cast: Lia) -> None:
    def steps() -> set[str]:
        rows = tasks(cast.session, RULES, EVERYONE, Asked(pupil="v-001", year=YEAR), today=TODAY)
        return {row.step.key for row in rows}

    cases.need(cast.session, RULES, case(cast), since=date(2026, 1, 12), today=TODAY, act=act())
    assert "iop.sakkyndig_vurdering" in steps()
    cases.withdraw(cast.session, "assessment", case(cast), {}, reason="feil elev", act=act())
    assert steps() & {"iop.sakkyndig_vurdering", "iop.malvalg", "iop.enkeltvedtak"} == set()
    assert "iop.elevsamtale_host" in steps()


def test_withdrawing_an_assessment_leaves_the_need(cast: Lia) -> None:
    need(cast)
    consent(cast, "utredning")
    assert assess(cast, referred_on=date(2026, 2, 10)).added == 1
    assert assess(cast, received_on=date(2026, 5, 20)).added == 0
    with pytest.raises(NotNow, match="--reason"):
        cases.withdraw_assessment(cast.session, case(cast), reason="", act=act())
    cases.withdraw_assessment(cast.session, case(cast), reason="feil elev", act=act())
    (left,) = case(cast).facts.assessments
    assert (left.needed_since, left.referred_on, left.received_on) == (
        date(2026, 1, 12),
        None,
        None,
    )
    with pytest.raises(NotNow, match="ingen slik registrering"):
        cases.withdraw_assessment(cast.session, case(cast), reason="igjen", act=act())


def test_nobody_is_referred_without_consent(cast: Lia) -> None:
    need(cast)
    with pytest.raises(NotNow, match=r"samtykke til utredning var ikke gitt.*§ 11-7"):
        assess(cast, referred_on=date(2026, 2, 10))
    assert case(cast).facts.assessments[0].referred_on is None


def test_an_assessment_is_not_received_before_it_was_referred(cast: Lia) -> None:
    need(cast)
    consent(cast, "utredning")
    assess(cast, referred_on=date(2026, 5, 1))
    with pytest.raises(NotNow, match="bytt dem om"):
        assess(cast, received_on=date(2026, 3, 1))


def test_a_case_is_that_of_the_school_of_its_year(cast: Lia) -> None:
    """The pupil goes to Fjell next August; this year's case is still Lia's."""
    cast.enrol("v-001", "fjell", "f3", starts=date(2027, 8, 1))
    assert case(cast).about.first_day == date(2026, 8, 17)
    cast.ids["v-002"] = cast.add("pupil", key="v-002", name="Elev To", protected=False)
    cast.enrol("v-002", "fjell", "f3", starts=date(2027, 8, 1))
    assert case(cast, "v-002").pupil.key == "v-002"
