"""People change: duties, rights and mails follow the roles of the day, and the log says so."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session

from iopflow import db
from iopflow.engine import people
from iopflow.engine.people import carry_out, hand_over, substitute
from iopflow.models import Person, Pupil
from iopflow.queries.access import EVERYONE, NotAllowed, viewer
from iopflow.queries.handing import people_led, stand_ins
from iopflow.queries.holders import Duty, Roster
from iopflow.queries.log import log_of
from iopflow.queries.places import find
from iopflow.refusals import Refused
from tests.factories import NOW, RULES, TODAY, Lia, act, lia

START, END = date(2026, 11, 30), date(2027, 1, 8)


@pytest.fixture
def cast(session: Session) -> Lia:
    """Kari has 3a with e1 and e2; Per and Bo are there, and hold nothing."""
    found = lia(session)
    for key in ("e1", "e2"):
        found.pupil(key)
    for key in ("per", "bo"):
        found.ids[key] = found.add("person", key=key, name=key.title(), email=f"{key}@example.no")
    return found


def one(cast: Lia, key: str) -> Person:
    person: Person = find(cast.session, "person", key)
    return person


def on(cast: Lia, day: date, pupil: str = "e1") -> tuple[list[str], list[str]]:
    """Who holds a pupil's duties as contact teacher on a day, and whom mails remind."""
    roster = Roster(cast.session, today=day, owners={cast.ids["lia"]: cast.owner_id})
    duty = Duty(cast.ids["lia"], pupil_id=cast.ids[pupil], unit_id=cast.ids["3a"])
    return (
        sorted(roster.people("kontaktlaerer", duty).values()),
        sorted(roster.present("kontaktlaerer", duty).values()),
    )


def hand(cast: Lia, *, by: str | None = None, **asked: Any) -> people.Plan:
    """Kari hands over to Per."""
    plan = hand_over(
        cast.session,
        viewer(cast.session, by, today=TODAY),
        one(cast, "kari"),
        one(cast, "per"),
        **{"start": START, "today": TODAY} | asked,
    )
    carry_out(cast.session, plan, act())
    return plan


def stand_in(cast: Lia, *, by: str | None = None, **asked: Any) -> people.Plan:
    """Per stands in for Kari."""
    plan = substitute(
        cast.session,
        viewer(cast.session, by, today=TODAY),
        one(cast, "kari"),
        one(cast, "per"),
        **{"start": START, "end": END, "today": TODAY} | asked,
    )
    carry_out(cast.session, plan, act())
    return plan


def test_a_hand_over_moves_the_duties_from_its_day_on(cast: Lia) -> None:
    assert hand(cast).changes_something
    assert on(cast, START - timedelta(days=1)) == (["kari"], ["kari"])
    assert on(cast, START) == (["per"], ["per"])
    assert on(cast, date(2028, 1, 1)) == (["per"], ["per"])
    assert not hand(cast).changes_something  # the same again changes nothing


def remarked(cast: Lia, due: date = END, school: str = "lia") -> tuple[int, int]:
    """Kari has a measure and a deviation to see to."""
    about = {"school_id": cast.ids[school], "year": 2026, "indicator": "P1", "due": due}
    who = {"person_id": cast.ids["kari"]}
    measure = cast.add("measure", **about, **who, text="Melde behov", decided_on=TODAY)
    told = {"cause": "annet", "description": "Sent", "correction": "Møte", "pupils": 6}
    return measure, cast.add("deviation", **about, **who, **told, raised_on=TODAY)


def owners(cast: Lia) -> list[str]:
    """Who answers for what is open: the measures, then the deviations."""
    names = {cast.ids[key]: key for key in ("kari", "per", "heidi")}
    rows = [
        row
        for table in ("measure", "deviation")
        for row in cast.session.execute(
            text(f"SELECT person_id FROM {table} ORDER BY id")  # noqa: S608 - names of ours
        ).scalars()
    ]
    return [names[one] for one in rows]


def test_a_whole_hand_over_takes_measures_and_deviations_along(cast: Lia) -> None:
    remarked(cast)
    plan = hand(cast, by="heidi")
    assert [one.words for one in plan.duties] == [
        "Tiltak om P1, innen 08.01.2027",
        "Avvik om P1, innen 08.01.2027",
    ]
    assert owners(cast) == ["per", "per"]
    events = cast.session.execute(
        text("SELECT act FROM event WHERE table_name IN ('measure', 'deviation')")
    )
    assert len(list(events)) == 2


def test_measures_stay_where_not_all_is_given_for_good(cast: Lia) -> None:
    remarked(cast)
    assert stand_in(cast).duties == []
    assert hand(cast, end=END).duties == []
    assert hand(cast, pupils=[cast.ids["e1"]]).duties == []
    assert owners(cast) == ["kari", "kari"]


def test_measures_stay_with_one_who_keeps_a_role_at_the_school(cast: Lia) -> None:
    cast.grant("kari", "rektor", "school", "lia")
    remarked(cast)
    assert hand(cast, by="heidi").duties == []  # a head does not give on the role of rektor
    assert owners(cast) == ["kari", "kari"]


def test_a_role_that_only_looks_on_keeps_no_measure(cast: Lia) -> None:
    cast.grant("kari", "tilsyn", "school", "lia")
    remarked(cast)
    assert len(hand(cast, by="heidi").duties) == 2
    assert owners(cast) == ["per", "per"]


def test_what_is_due_before_the_hand_over_and_at_other_schools_stays(cast: Lia) -> None:
    remarked(cast, START - timedelta(days=1))
    remarked(cast, school="fjell")
    assert hand(cast).duties == []
    cast.session.rollback()


def test_one_with_an_end_comes_back(cast: Lia) -> None:
    hand(cast, end=END)
    assert [on(cast, day)[0] for day in (START, END, END + timedelta(days=1))] == [
        ["per"],
        ["per"],
        ["kari"],
    ]
    assert not hand(cast, end=END).changes_something


def test_one_pupil_may_be_handed_over_and_the_class_stays(cast: Lia) -> None:
    hand(cast, pupils=[cast.ids["e1"]])
    assert (on(cast, START)[0], on(cast, START, "e2")[0]) == (["per"], ["kari"])


def test_a_substitute_holds_it_too_and_alone_is_reminded_until_the_end(cast: Lia) -> None:
    stand_in(cast)
    assert on(cast, START - timedelta(days=1)) == (["kari"], ["kari"])
    assert on(cast, START) == (["kari", "per"], ["per"])
    assert on(cast, END) == (["kari", "per"], ["per"])
    assert on(cast, END + timedelta(days=1)) == (["kari"], ["kari"])
    assert not stand_in(cast).changes_something


def test_a_substitution_ends_at_once_when_it_is_stopped(cast: Lia) -> None:
    stand_in(cast, start=TODAY)
    plan = people.stop(cast.session, EVERYONE, one(cast, "kari"), one(cast, "per"), today=TODAY)
    carry_out(cast.session, plan, act())
    assert on(cast, TODAY) == (["kari"], ["kari"])
    assert stand_ins(cast.session, [cast.ids["kari"]], today=TODAY) == []


def test_where_everybody_is_away_those_who_hold_it_are_reminded_all_the_same(cast: Lia) -> None:
    stand_in(cast)
    plan = substitute(
        cast.session,
        EVERYONE,
        one(cast, "per"),
        one(cast, "bo"),
        start=START,
        end=END,
        today=TODAY,
    )
    assert not plan.changes_something  # a substitute's roles are not given on
    cast.session.connection().execute(text("UPDATE role_grant SET for_id = person_id"))
    assert on(cast, START)[1] != []


@pytest.mark.parametrize(
    ("by", "allowed"),
    [("kari", True), ("heidi", True), ("rita", True), (None, True), ("siri", False), ("bo", False)],
)
def test_the_person_and_whoever_leads_there_may_and_nobody_else(
    cast: Lia, by: str | None, allowed: bool
) -> None:
    if allowed:
        assert stand_in(cast, by=by).changes_something
    else:
        with pytest.raises(NotAllowed):
            stand_in(cast, by=by)


def test_a_head_does_not_give_on_the_role_of_rektor(cast: Lia) -> None:
    with pytest.raises(NotAllowed):
        substitute(
            cast.session,
            viewer(cast.session, "heidi", today=TODAY),
            one(cast, "rita"),
            one(cast, "per"),
            start=START,
            end=END,
            today=TODAY,
        )
    led = people_led(cast.session, viewer(cast.session, "heidi", today=TODAY), today=TODAY)
    assert cast.ids["rita"] not in led
    assert {cast.ids["heidi"], cast.ids["kari"]} <= led


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"end": START - timedelta(days=1)}, "før første dag"),
        ({"start": TODAY - timedelta(days=32)}, "mer enn en måned siden"),
    ],
)
def test_days_that_cannot_be_are_refused(cast: Lia, asked: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        stand_in(cast, **asked)
    with pytest.raises(Refused, match="fra seg selv"):
        hand_over(
            cast.session,
            EVERYONE,
            one(cast, "kari"),
            one(cast, "kari"),
            start=START,
            today=TODAY,
        )


def test_whoever_holds_the_role_already_keeps_it(cast: Lia) -> None:
    cast.grant("per", "kontaktlaerer", "unit", "3a")
    plan = hand(cast)
    assert [why for _role, why in plan.stays] == ["per har rollen fra før"]
    assert on(cast, START)[0] == ["per"]


def test_a_substitute_has_the_rights_during_the_days_and_no_other(cast: Lia) -> None:
    stand_in(cast)
    held = [
        bool(viewer(cast.session, "per", today=day).grants)
        for day in (START - timedelta(days=1), START, END, END + timedelta(days=1))
    ]
    assert held == [False, True, True, False]


def test_the_log_says_in_whose_place_something_was_done(cast: Lia) -> None:
    stand_in(cast, start=TODAY)
    step = {"step": "iop.halvarsevaluering", "on": TODAY}
    for actor in ("per", "kari"):
        cast.session.connection().execute(
            text(
                "INSERT INTO event (owner_id, at, actor_id, act, table_name, pupil_id, after)"
                " VALUES (:owner, :at, :actor, 'complete', 'pupil', :pupil, :after)"
            ),
            {
                "owner": cast.owner_id,
                "at": NOW.replace(tzinfo=None).isoformat(" ") + ".000000",
                "actor": cast.ids[actor],
                "pupil": cast.ids["e1"],
                "after": "{}",
            },
        )
    pupil: Pupil = find(cast.session, "pupil", "e1")
    entries = log_of(cast.session, RULES, EVERYONE, pupil)
    assert [(entry.by, entry.stands_in_for) for entry in entries] == [
        ("per", "kari"),
        ("kari", None),
    ]
    assert step


DAYS = st.dates(TODAY, date(2027, 6, 30))


@given(
    start=DAYS, length=st.integers(0, 200), kind=st.sampled_from(["hand", "hand for good", "sub"])
)
@examples(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_day_somebody_holds_every_duty_and_nobody_longer_than_agreed(
    engine: Engine, start: date, length: int, kind: str
) -> None:
    end = start + timedelta(days=length)
    with db.session(engine, write=False) as session:  # undone after each example
        found = lia(session)
        found.pupil("e1")
        found.ids["per"] = found.add("person", key="per", name="Per", email="per@example.no")
        if kind == "sub":
            stand_in(found, start=start, end=end)
        else:
            hand(found, start=start, end=None if kind == "hand for good" else end)
        edges = {start, end, TODAY, date(2028, 6, 1)}
        for day in {edge + timedelta(days=n) for edge in edges for n in (-1, 0, 1)}:
            inside = start <= day and (kind == "hand for good" or day <= end)
            held, reminded = on(found, day)
            assert reminded == (["per"] if inside else ["kari"]), day
            assert ("per" in held) is inside, day
            assert ("kari" in held) is (not inside or kind == "sub"), day
