"""One pupil's case as each sees it, and the timers that count from its facts."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from iopflow.lifecycle import Happened
from iopflow.models import Pupil, metadata
from iopflow.queries import access
from iopflow.queries.casefile import CaseFile, YearCase, case_file
from iopflow.queries.rules import Rules
from iopflow.queries.timers import Running, Timer
from tests.factories import TODAY, Lia, lia, received

RULES = Rules()
ALL_FACTS: dict[str, Any] = {
    "referred_on": date(2026, 2, 1),
    "complete_on": date(2026, 2, 10),
    "received_on": date(2026, 6, 3),
    "valid_to": date(2029, 7, 31),
}


@pytest.fixture
def cast(session: Session) -> Lia:
    """v-001 has a whole case; Siri of another school is the adviser."""
    cast = lia(session)
    cast.pupil("v-001")
    cast.need("v-001", needed_since=date(2026, 1, 12), **ALL_FACTS)
    cast.consent("v-001", "utredning", on=date(2026, 1, 20))
    cast.consent("v-001", "vedtak", on=date(2026, 6, 10))
    cast.vedtak(
        "v-001",
        decided_on=date(2026, 6, 25),
        notified_on=date(2026, 6, 26),
        arrived_on=date(2026, 6, 29),
    )
    cast.grant("siri", "ppt_radgiver", "pupil", "v-001")
    return cast


def told(cast: Lia, by: str, today: date = TODAY) -> CaseFile:
    viewer = access.viewer(cast.session, by, today=today)
    pupil = cast.session.get_one(Pupil, cast.ids["v-001"])
    return case_file(cast.session, RULES, viewer, pupil, today=today)


def timers(one: YearCase) -> dict[str, Timer]:
    return {timer.step.key: timer for timer in one.timers}


def test_rektor_sees_the_whole_case(cast: Lia) -> None:
    (one,) = told(cast, "rita").years
    assert [event.kind for event in one.course.events][-4:] == [
        Happened.GRANTED,
        Happened.NOTIFIED,
        Happened.ARRIVED,
        Happened.BEGINS,
    ]
    assert one.course.irregular == ()


def test_ppt_sees_the_road_to_the_assessment_and_nothing_after_it(cast: Lia) -> None:
    cast.add(
        "support",
        pupil_id=cast.ids["v-001"],
        kind="assistanse",
        sought_on=TODAY,
        **received(),
    )
    found = told(cast, "siri")
    (one,) = found.years
    assert [event.kind for event in one.course.events] == [
        Happened.NEEDED,
        Happened.CONSENT_UTREDNING,
        Happened.REFERRED,
        Happened.COMPLETE,
        Happened.RECEIVED,
    ]
    assert (found.whole, found.lanes, one.appeals) == (False, [], [])
    assert [late.indicator for late in one.late if late.indicator == "P2"] == []
    assert [lane.kind for lane in told(cast, "rita").lanes] == ["assistanse"]


@pytest.mark.parametrize(
    ("key", "due", "stopped"),
    [
        ("case.ppt_frist", date(2026, 5, 10), date(2026, 6, 3)),
        ("case.forelopig_svar", date(2026, 7, 3), date(2026, 6, 25)),
        ("case.klagefrist", date(2026, 7, 20), None),
        ("case.vedtak_utlop", date(2027, 1, 31), None),
        ("case.sv_utlop", date(2028, 10, 31), None),
    ],
)
def test_each_timer_counts_from_its_fact(
    cast: Lia, key: str, due: date, stopped: date | None
) -> None:
    (one,) = told(cast, "rita").years
    timer = timers(one)[key]
    assert (timer.due, timer.stopped_on) == (due, stopped)


@pytest.mark.parametrize(
    ("day", "running"),
    [
        (date(2026, 7, 20), Running.RUNNING),
        (date(2026, 7, 21), Running.PASSED),
    ],
)
def test_the_appeal_period_only_passes(cast: Lia, day: date, running: Running) -> None:
    (one,) = told(cast, "rita", day).years
    assert timers(one)["case.klagefrist"].running is running


def test_a_timer_that_waits_for_work_is_late_until_it_is_done(cast: Lia) -> None:
    def ppt(day: date) -> Running:
        (one,) = told(cast, "rita", day).years
        return timers(one)["case.ppt_frist"].running

    days = (date(2026, 5, 10), date(2026, 5, 11), date(2026, 6, 2), date(2026, 6, 3))
    assert [ppt(day) for day in days] == [
        Running.RUNNING,
        Running.LATE,
        Running.LATE,
        Running.STOPPED,
    ]


def test_a_case_that_rests_stops_what_waits_for_work(cast: Lia) -> None:
    cast.session.execute(metadata.tables["assessment"].update().values(received_on=None))
    cast.consent("v-001", "utredning", on=date(2026, 3, 1), answer="refused")
    (one,) = told(cast, "rita", date(2026, 5, 20)).years
    timer = timers(one)["case.ppt_frist"]
    assert (timer.running, timer.stopped_on) == (Running.STOPPED, date(2026, 3, 1))


def test_the_fifteenth_birthday_is_told_in_the_years_around_it(cast: Lia) -> None:
    cast.session.execute(metadata.tables["pupil"].update().values(birth_month="2011-09"))
    (one,) = told(cast, "rita").years
    assert timers(one)["case.fyller_15"].due == date(2026, 9, 1)
    cast.session.execute(metadata.tables["pupil"].update().values(birth_month="2014-09"))
    (one,) = told(cast, "rita").years
    assert "case.fyller_15" not in timers(one)


def test_the_transition_concerns_the_first_grade_of_a_main_stage(cast: Lia) -> None:
    def has(grade: int) -> bool:
        values: dict[str, Any] = {"grade": grade}
        cast.session.execute(metadata.tables["enrolment"].update().values(values))
        (one,) = told(cast, "rita").years
        return "case.overgang" in timers(one)

    # The grade is that of autumn 2024; the case serves 2026-27.
    assert [grade for grade in range(11) if has(grade)] == [6, 9]
