"""PPT's queue against cases worked out by hand: who is seen, whose turn, what is missing."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from iopflow.engine.opening import open_year
from iopflow.lifecycle import Court, State
from iopflow.models import MoveKind
from iopflow.queries.access import viewer
from iopflow.queries.places import schools
from iopflow.queries.ppt import queue
from iopflow.queries.ppt_figures import NOBODY, Share, Wanted, shares, summary
from iopflow.queries.referrals import Lack, Report
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from tests.factories import Lia, act, lia, received

DAY = date(2027, 3, 10)
RULES = Rules()


@pytest.fixture
def cast(session: Session) -> Lia:
    """Seven pupils of one PPT office, needed for 2027-28; one of them of another office."""
    made = lia(session)
    for office in ("ppt", "fjern"):
        made.ids[office] = made.add(
            "ppt_office", key=office, name=office.upper(), municipality="Eikedal"
        )
    for key in ("e1", "e2", "e3", "e4", "e5"):
        made.pupil(key, ppt_id=made.ids["ppt"], protected=key == "e5", grade=3)
    made.pupil("f1", "fjell", "f3", ppt_id=made.ids["ppt"])
    made.pupil("g1", class_="3b", ppt_id=made.ids["fjern"])
    for person, pupil in (("petra", "e1"), ("petra", "e2"), ("petra", "e5"), ("anne", "e2")):
        made.grant(person, "ppt_radgiver", "pupil", pupil)
    made.grant("liv", "ppt_leder", "ppt", "ppt")
    # e1: referred and complete, with everything; PPT works since 20 February.
    case(made, "e1", referred_on=date(2027, 2, 1), complete_on=date(2027, 2, 20))
    report(made, "e1", date(2027, 1, 15))
    # e2: referred without the report, sent back with a note on 2 March.
    case(made, "e2", referred_on=date(2027, 2, 10))
    back(made, "e2", date(2027, 3, 2), "Mangler rapport om norsk")
    # e3: referred; the report does not apply; nobody has it.
    case(made, "e3", referred_on=date(2027, 3, 1))
    report(made, "e3", date(2027, 1, 20), "not_applicable")
    # e4: the need only, and never referred: the head of PPT does not see it.
    made.need("e4", 2027, needed_since=date(2027, 1, 10))
    # e5, protected: delivered on 5 March.
    case(made, "e5", referred_on=date(2027, 1, 20), received_on=date(2027, 3, 5))
    # f1, at Fjell: referred on the day itself.
    case(made, "f1", referred_on=DAY)
    case(made, "g1", referred_on=DAY)
    open_year(session, RULES, Year(2027), schools(session), act=act())
    return made


def case(cast: Lia, key: str, **days: Any) -> None:
    """A need for 2027-28, with consent."""
    cast.need(key, 2027, needed_since=date(2027, 1, 10), **days)
    cast.consent(key, "utredning", year=2027, on=date(2027, 1, 12))


def report(cast: Lia, key: str, on: date, what: str = "done") -> None:
    """The pedagogisk rapport."""
    cast.happening(key, "iop.pedagogisk_rapport", what, on, year=2027)


def back(cast: Lia, key: str, on: date, note: str) -> None:
    """PPT sends the case back."""
    values = {"kind": MoveKind.SENT_BACK, "on_day": on, "note": note}
    cast.add("case_move", pupil_id=cast.ids[key], year=2027, **values, **received())


def seen(session: Session, person: str, *, on: date = DAY, delivered: bool = False) -> list[str]:
    who = viewer(session, person, today=on)
    return [one.pupil for one in queue(session, RULES, who, today=on, delivered=delivered)]


@pytest.mark.usefixtures("cast")
def test_each_sees_the_cases_of_the_role_and_no_other(session: Session) -> None:
    assert seen(session, "petra") == ["e1", "e2"]
    assert seen(session, "petra", delivered=True) == ["e1", "e2", "e5"]
    assert seen(session, "anne") == ["e2"]
    # The longest wait first: PPT since 20.02, the school since 02.03, PPT since 01.03.
    assert seen(session, "liv") == ["e1", "e3", "e2", "f1"]
    assert seen(session, "liv", delivered=True) == ["e1", "e3", "e2", "f1"]  # e5 is protected
    for person in ("rita", "heidi", "kari", "siri"):
        assert seen(session, person) == []


@pytest.mark.usefixtures("cast")
def test_where_each_stands_and_whose_turn_it_is(session: Session) -> None:
    who = viewer(session, "liv", today=DAY)
    found = {one.pupil: one for one in queue(session, RULES, who, today=DAY)}
    told = {
        key: (one.course.state, one.course.turn, one.days, one.report, one.consent)
        for key, one in found.items()
    }
    assert told == {
        "e1": (State.SV_WORK, Court.PPT, 38, Report.DONE, True),
        "e2": (State.INCOMPLETE, Court.SKOLE, 9, Report.MISSING, True),
        "e3": (State.REFERRED, Court.PPT, 10, Report.NOT_APPLICABLE, True),
        "f1": (State.REFERRED, Court.PPT, 1, Report.MISSING, True),
    }
    one = found["e1"]
    assert (one.due, one.guide, one.grade, one.school) == (
        date(2027, 5, 31),
        date(2027, 5, 20),
        6,  # third grade in 2024-25
        "lia",
    )
    assert [one.name for one in found["e2"].advisers] == ["Anne", "Petra"]


@pytest.mark.usefixtures("cast")
def test_what_is_missing_and_from_whom(session: Session) -> None:
    who = viewer(session, "liv", today=DAY)
    found = {
        one.pupil: [(lack.what, lack.court, lack.note) for lack in one.lacking]
        for one in queue(session, RULES, who, today=DAY)
    }
    assert found == {
        "e1": [],
        "e2": [
            (Lack.REPORT, Court.SKOLE, None),
            (Lack.NOTED, Court.SKOLE, "Mangler rapport om norsk"),
        ],
        "e3": [],
        "f1": [(Lack.REPORT, Court.SKOLE, None)],
    }


def test_a_case_without_consent_or_referral_says_so_to_its_adviser(
    session: Session, cast: Lia
) -> None:
    cast.grant("petra", "ppt_radgiver", "pupil", "e4")
    (one,) = [
        one
        for one in queue(session, RULES, viewer(session, "petra", today=DAY), today=DAY)
        if one.pupil == "e4"
    ]
    assert [(lack.what, lack.court) for lack in one.lacking] == [
        (Lack.CONSENT, Court.SKOLE),
        (Lack.REFERRAL, Court.SKOLE),
        (Lack.REPORT, Court.SKOLE),
    ]
    assert (one.course.turn, one.consent) == (Court.SKOLE, None)


@pytest.mark.usefixtures("cast")
def test_what_it_all_comes_to(session: Session) -> None:
    who = viewer(session, "liv", today=DAY)
    found = queue(session, RULES, who, today=DAY)
    told = summary(found, today=DAY)
    assert (told.cases, told.lacking, told.not_assigned, told.late) == (4, 2, 2, 0)
    assert [(one.key, n) for one, n in told.advisers] == [("anne", 1), ("petra", 2)]
    assert summary(found, today=date(2027, 6, 1)).late == 4


@pytest.mark.usefixtures("cast")
def test_the_filters_hold_what_they_say(session: Session) -> None:
    who = viewer(session, "liv", today=DAY)
    found = queue(session, RULES, who, today=DAY, delivered=True)

    def kept(**asked: Any) -> list[str]:
        return [one.pupil for one in found if Wanted(**asked).holds(one)]

    assert kept(school="fjell") == ["f1"]
    assert kept(adviser="petra") == ["e1", "e2"]
    assert kept(adviser=NOBODY) == ["e3", "f1"]
    assert kept(turn=Court.SKOLE) == ["e2"]
    assert kept(turn=Court.PPT, school="lia") == ["e1", "e3"]


def test_the_share_delivered_is_held_against_the_same_day_a_year_ago(
    session: Session, cast: Lia
) -> None:
    who = viewer(session, "petra", today=DAY)
    for key, came in (("e1", date(2026, 3, 10)), ("e2", date(2026, 3, 11))):
        cast.need(key, 2026, referred_on=date(2026, 2, 1), received_on=came)
    # Now e5 of e1, e2 and e5; then e1 of e1 and e2, since e2 came a day later.
    assert shares(session, who, today=DAY) == (Share(1, 3), Share(1, 2))
    assert shares(session, who, today=DAY, school="fjell") == (Share(0, 0), Share(0, 0))
    assert Share(0, 0).rate is None


def test_a_no_ends_a_case_that_was_never_referred_and_stops_one_that_was(
    session: Session, cast: Lia
) -> None:
    cast.grant("petra", "ppt_radgiver", "pupil", "e4")
    for key in ("e1", "e4"):
        cast.consent(key, "utredning", "refused", 2027, on=date(2027, 3, 8))
    who = viewer(session, "petra", today=DAY)
    found = {one.pupil: one for one in queue(session, RULES, who, today=DAY)}
    assert sorted(found) == ["e1", "e2"]
    one = found["e1"]
    assert (one.course.state, one.rests, one.days) == (State.NO_CONSENT, True, None)
    assert [(lack.what, lack.court) for lack in one.lacking] == [(Lack.CONSENT, Court.FORESATTE)]
    told = summary(found.values(), today=date(2027, 6, 1))
    assert (told.cases, told.lacking, told.late) == (1, 1, 1)
    # Of e2 and e5, since nobody may assess the two.
    assert shares(session, who, today=DAY)[0] == Share(1, 2)
    assert shares(session, who, today=date(2027, 3, 7))[0] == Share(1, 4)


def test_a_case_that_is_closed_or_whose_pupil_left_is_nobodys_work(
    session: Session, cast: Lia
) -> None:
    values = {"kind": MoveKind.CLOSED, "on_day": DAY, "note": "trenger det ikke"}
    cast.add("case_move", pupil_id=cast.ids["e1"], year=2027, **values, **received())
    session.connection().execute(
        text("UPDATE enrolment SET ends = '2027-03-05' WHERE pupil_id = :n"), {"n": cast.ids["e3"]}
    )
    assert seen(session, "liv") == ["e2", "f1"]


@pytest.mark.usefixtures("cast")
def test_the_number_of_statements_does_not_grow_with_the_cases(session: Session) -> None:
    def asked(person: str) -> int:
        who = viewer(session, person, today=DAY)
        said: list[str] = []

        def note(*args: Any) -> None:
            said.append(args[2])

        event.listen(session.get_bind(), "before_cursor_execute", note)
        queue(session, RULES, who, today=DAY)
        event.remove(session.get_bind(), "before_cursor_execute", note)
        return len(said)

    assert asked("liv") == asked("anne")
