"""What is done in a case beside its four facts, and what is refused, with the rule."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from iopflow.engine import cases, casework
from iopflow.engine.cases import Case
from iopflow.engine.happenings import Done, NotNow
from iopflow.lifecycle import Course, Court, State
from iopflow.models import (
    Answer,
    Consenter,
    ConsentKind,
    MoveKind,
    Outcome,
    Pupil,
    SupportKind,
    metadata,
)
from iopflow.queries.courses import Histories
from iopflow.queries.rules import Rules
from tests.factories import TODAY, YEAR, Lia, act, lia

RULES = Rules()


@pytest.fixture
def cast(session: Session) -> Lia:
    """A pupil whose need has been registered and whose guardians have said yes."""
    cast = lia(session)
    cast.pupil("v-001")
    cases.need(session, RULES, case(cast), since=date(2026, 1, 12), today=TODAY, act=act())
    consent(cast, "utredning", on=date(2026, 1, 20))
    return cast


def case(cast: Lia) -> Case:
    pupil = cast.session.get_one(Pupil, cast.ids["v-001"])
    return cases.case_of(cast.session, RULES, pupil, YEAR)


def consent(
    cast: Lia, kind: str, answer: str = "given", *, on: date, by: Consenter | None = None
) -> Done:
    return cases.consent(
        cast.session,
        RULES,
        case(cast),
        kind=ConsentKind(kind),
        answer=Answer(answer),
        on=on,
        today=TODAY,
        act=act(),
        answered_by=by,
    )


def refer(cast: Lia, **days: date) -> Done:
    return cases.assessment(cast.session, RULES, case(cast), days, today=TODAY, act=act())


def move(cast: Lia, kind: MoveKind, on: date, note: str | None = None) -> Done:
    return casework.move(
        cast.session, case(cast), kind, on=on, note=note, today=TODAY, act=act("case-event")
    )


def pause(cast: Lia, **values: Any) -> Done:
    return casework.pause(cast.session, case(cast), today=TODAY, act=act("pause"), **values)


def appeal(cast: Lia, registered: date, **values: Any) -> Done:
    return casework.appeal(
        cast.session, case(cast), values, registered=registered, today=TODAY, act=act("appeal")
    )


def support(cast: Lia, **values: Any) -> Done:
    return casework.support(
        cast.session,
        case(cast),
        SupportKind.ASSISTANSE,
        values,
        sought=date(2026, 3, 1),
        today=TODAY,
        act=act("support"),
    )


def now(cast: Lia, until: date = TODAY) -> Course:
    pupil = cast.ids["v-001"]
    return Histories(cast.session, [pupil]).course(pupil, YEAR.start, until=until)


def count(cast: Lia, table: str) -> int:
    rows = cast.session.execute(select(func.count()).select_from(metadata.tables[table]))
    return int(rows.scalar_one())


def test_the_ball_goes_to_and_fro_between_school_and_ppt(cast: Lia) -> None:
    refer(cast, referred_on=date(2026, 2, 1))
    assert (now(cast).state, now(cast).turn) == (State.REFERRED, Court.PPT)
    move(cast, MoveKind.SENT_BACK, date(2026, 2, 5), "pedagogisk rapport")
    assert (now(cast).state, now(cast).turn) == (State.INCOMPLETE, Court.SKOLE)
    move(cast, MoveKind.SUPPLIED, date(2026, 3, 1))
    assert (now(cast).turn, now(cast).since) == (Court.PPT, date(2026, 3, 1))
    spent = now(cast).spent(date(2026, 1, 12), date(2026, 3, 11))
    assert dict(spent.by_court) == {
        Court.SKOLE: 20 + 24,  # until the referral, and while something was lacking
        Court.PPT: 4 + 10,
        Court.FORESATTE: 0,
        Court.KOMMUNE: 0,
    }


def test_who_sends_back_says_what_is_missing(cast: Lia) -> None:
    refer(cast, referred_on=date(2026, 2, 1))
    events = count(cast, "event")
    with pytest.raises(NotNow, match="skriv hva som mangler"):
        move(cast, MoveKind.SENT_BACK, date(2026, 2, 5), "  ")
    assert (count(cast, "case_move"), count(cast, "event")) == (0, events)


def test_nothing_is_sent_back_that_was_never_sent(cast: Lia) -> None:
    with pytest.raises(NotNow, match="saken er «samtykke til utredning gitt» da"):
        move(cast, MoveKind.SENT_BACK, date(2026, 2, 5), "rapport")


def test_a_move_of_tomorrow_is_refused(cast: Lia) -> None:
    with pytest.raises(NotNow, match="etter i dag"):
        move(cast, MoveKind.CLOSED, date(2026, 11, 27), "flyttet")


def test_from_fifteen_the_pupil_answers(cast: Lia) -> None:
    cast.session.execute(metadata.tables["pupil"].update().values(birth_month="2011-06"))
    with pytest.raises(NotNow, match=r"fylt 15 år og svarer selv.*§ 24-5"):
        consent(cast, "vedtak", on=date(2026, 7, 1), by=Consenter.FORESATTE)
    with pytest.raises(NotNow, match="ikke fylt 15"):
        consent(cast, "vedtak", on=date(2026, 5, 31), by=Consenter.ELEV)
    # In the month itself only the day of birth would tell.
    assert consent(cast, "vedtak", on=date(2026, 6, 15), by=Consenter.FORESATTE).changed == 1


def test_a_pause_lies_with_its_court_and_ends(cast: Lia) -> None:
    refer(cast, referred_on=date(2026, 2, 1), complete_on=date(2026, 2, 1))
    pause(cast, starts=date(2026, 3, 1), court=Court.FORESATTE, cause="reist bort")
    assert (now(cast).turn, now(cast).since) == (Court.FORESATTE, date(2026, 3, 1))
    assert pause(cast, starts=date(2026, 3, 1), ends=date(2026, 3, 10)).changed == 1
    assert now(cast).turn is Court.PPT
    spent = now(cast).spent(date(2026, 2, 1), date(2026, 4, 1))
    assert (spent.gross, spent.paused, spent.net) == (59, 10, 49)


def test_a_pause_says_who_and_why_and_two_never_overlap(cast: Lia) -> None:
    with pytest.raises(NotNow, match="hvem saken venter på"):
        pause(cast, starts=date(2026, 3, 1), cause="x")
    with pytest.raises(NotNow, match="hvorfor saken venter"):
        pause(cast, starts=date(2026, 3, 1), court=Court.PPT)
    pause(cast, starts=date(2026, 3, 1), court=Court.PPT, cause="sykdom")
    with pytest.raises(NotNow, match="venter allerede"):
        pause(cast, starts=date(2026, 4, 1), court=Court.SKOLE, cause="ferie")


def decide(cast: Lia, decided: date = date(2026, 6, 10), **values: Any) -> Done:
    valid = {"valid_from": date(2026, 8, 1), "valid_to": date(2027, 7, 31)}
    return cases.vedtak(
        cast.session,
        RULES,
        case(cast),
        valid | values,
        decided=decided,
        outcome=Outcome.GRANTED,
        today=TODAY,
        act=act(),
    )


def granted(cast: Lia) -> None:
    refer(cast, referred_on=date(2026, 2, 1), received_on=date(2026, 5, 20))
    consent(cast, "vedtak", on=date(2026, 6, 1))
    decide(cast)


def test_two_vedtak_never_grant_on_the_same_day(cast: Lia) -> None:
    granted(cast)
    with pytest.raises(NotNow, match=r"et annet vedtak, av 10\.06\.2026, gjelder"):
        decide(cast, decided=date(2026, 9, 1), valid_from=date(2026, 9, 1))
    decide(cast, valid_to=date(2026, 8, 31))
    assert decide(cast, decided=date(2026, 9, 1), valid_from=date(2026, 9, 1)).changed == 1


def test_an_older_vedtak_written_down_later_may_not_overlap_either(cast: Lia) -> None:
    granted(cast)
    with pytest.raises(NotNow, match="et annet vedtak"):
        decide(cast, decided=date(2026, 6, 5))


def test_a_vedtak_is_not_notified_before_it_is_made(cast: Lia) -> None:
    granted(cast)
    with pytest.raises(NotNow, match="bytt dem om"):
        decide(cast, notified_on=date(2026, 6, 9))
    with pytest.raises(NotNow, match="bytt dem om"):
        decide(cast, notified_on=date(2026, 6, 12), arrived_on=date(2026, 6, 11))


def test_an_appeal_needs_a_vedtak_and_goes_its_road(cast: Lia) -> None:
    with pytest.raises(NotNow, match="ikke registrert noe vedtak å klage på"):
        appeal(cast, date(2026, 7, 1), kind="vedtak")
    assert appeal(cast, date(2026, 2, 1), kind="gjennomforing").changed == 1
    granted(cast)
    appeal(cast, date(2026, 7, 1), kind="vedtak")
    with pytest.raises(NotNow, match="bytt dem om"):
        appeal(cast, date(2026, 7, 1), reviewed_on=date(2026, 6, 30))
    appeal(cast, date(2026, 7, 1), reviewed_on=date(2026, 7, 9), forwarded_on=date(2026, 7, 10))
    with pytest.raises(NotNow, match="utfall"):
        appeal(cast, date(2026, 7, 1), closed_on=date(2026, 9, 1))
    assert appeal(cast, date(2026, 7, 1), closed_on=date(2026, 9, 1), result="medhold").changed == 1


def test_assistance_is_a_lane_of_its_own_without_assessment(cast: Lia) -> None:
    assert support(cast).changed == 1
    with pytest.raises(NotNow, match="--outcome mangler"):
        support(cast, decided_on=date(2026, 3, 20))
    with pytest.raises(NotNow, match="--valid-from"):
        support(cast, decided_on=date(2026, 3, 20), outcome=Outcome.GRANTED)
    done = support(
        cast,
        decided_on=date(2026, 3, 20),
        outcome=Outcome.GRANTED,
        valid_from=date(2026, 8, 1),
    )
    assert (done.changed, now(cast).state) == (1, State.CONSENTED_UTREDNING)


def test_a_truth_that_makes_the_past_irregular_is_taken_and_told(cast: Lia) -> None:
    """The guardians took their yes back before the referral; somebody finds the letter later."""
    refer(cast, referred_on=date(2026, 2, 1))
    done = consent(cast, "utredning", "withdrawn", on=date(2026, 1, 25))
    assert done.changed == 1
    (warning,) = done.warnings
    assert warning.startswith("Henvisning til PPT: samtykke til utredning var ikke gitt 01.02.2026")
