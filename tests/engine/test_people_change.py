"""People change on top of people change: whatever order it comes in, no duty is lost."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session

from iopflow import db
from iopflow.engine import people
from iopflow.engine.people import Plan, carry_out, hand_over, substitute
from iopflow.models import Person, Pupil
from iopflow.queries.access import EVERYONE, NotAllowed, viewer
from iopflow.queries.handing import people_led
from iopflow.queries.holders import Duty, Roster
from iopflow.queries.log import log_of
from iopflow.queries.places import find
from tests.factories import NOW, RULES, TODAY, Lia, act, lia

START, END = date(2026, 11, 30), date(2027, 1, 8)
DAY = timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> Lia:
    """Kari has 3a with e1, e2 and the protected e5; Per and Bo hold nothing."""
    return fill(lia(session))


def fill(cast: Lia) -> Lia:
    """The pupils and the staff."""
    for key in ("e1", "e2"):
        cast.pupil(key)
    cast.pupil("e5", protected=True)
    for key in ("per", "bo"):
        cast.ids[key] = cast.add("person", key=key, name=key.title(), email=f"{key}@example.no")
    return cast


def one(cast: Lia, key: str) -> Person:
    person: Person = find(cast.session, "person", key)
    return person


def holders(
    cast: Lia, day: date, pupil: str = "e1", role: str = "kontaktlaerer"
) -> tuple[list[str], list[str]]:
    """Who holds a pupil's duties on a day, and whom mails remind."""
    roster = Roster(cast.session, today=day, owners={cast.ids["lia"]: cast.owner_id})
    duty = Duty(cast.ids["lia"], pupil_id=cast.ids[pupil], unit_id=cast.ids["3a"])
    return sorted(roster.people(role, duty).values()), sorted(roster.present(role, duty).values())


def hand(cast: Lia, giver: str = "kari", taker: str = "per", **asked: Any) -> Plan:
    """A hand-over, carried out."""
    who = viewer(cast.session, asked.pop("by", None), today=TODAY)
    plan = hand_over(
        cast.session,
        who,
        one(cast, giver),
        one(cast, taker),
        **{"start": START, "today": TODAY} | asked,
    )
    carry_out(cast.session, plan, act())
    return plan


def stand_in(cast: Lia, away: str = "kari", taker: str = "per", **asked: Any) -> Plan:
    """A substitution, carried out."""
    who = viewer(cast.session, asked.pop("by", None), today=TODAY)
    plan = substitute(
        cast.session,
        who,
        one(cast, away),
        one(cast, taker),
        **{"start": START, "end": END, "today": TODAY} | asked,
    )
    carry_out(cast.session, plan, act())
    return plan


def stopped(cast: Lia, away: str = "kari", taker: str = "per", today: date = TODAY) -> Plan:
    """The end of a substitution, carried out."""
    plan = people.stop(cast.session, EVERYONE, one(cast, away), one(cast, taker), today=today)
    carry_out(cast.session, plan, act())
    return plan


# ---------------------------------------------------------------- one on top of another


def test_a_substitute_who_takes_over_for_good_is_no_substitute_any_more(cast: Lia) -> None:
    stand_in(cast)
    hand(cast)
    assert holders(cast, date(2028, 1, 1)) == (["per"], ["per"])
    assert not stopped(cast, today=START).changes_something
    assert holders(cast, START) == (["per"], ["per"])


def test_what_is_handed_over_has_no_substitute_of_who_held_it(cast: Lia) -> None:
    stand_in(cast)
    hand(cast, taker="bo", end=date(2026, 12, 18))
    assert holders(cast, START) == (["bo"], ["bo"])
    assert holders(cast, date(2026, 12, 19)) == (["kari", "per"], ["per"])  # hers again, and away
    assert holders(cast, END + DAY) == (["kari"], ["kari"])


def test_roles_that_overlap_are_handed_over_as_one(cast: Lia) -> None:
    cast.grant("kari", "kontaktlaerer", "unit", "3a", starts=date(2026, 10, 1))
    cast.grant("kari", "kontaktlaerer", "unit", "3a", starts=date(2026, 12, 1), ends=END)
    hand(cast, end=date(2026, 12, 18))
    days = (START - DAY, START, date(2026, 12, 18), date(2026, 12, 19))
    assert [holders(cast, day)[0] for day in days] == [["kari"], ["per"], ["per"], ["kari"]]
    assert not hand(cast, end=date(2026, 12, 18)).changes_something


def test_a_role_that_begins_later_goes_to_the_other_before_it_begins(cast: Lia) -> None:
    cast.grant("kari", "faglaerer", "unit", "3b", starts=date(2027, 1, 4))
    plan = hand(cast)
    assert {(role.role, role.starts) for role in plan.roles} == {
        ("kontaktlaerer", START),
        ("faglaerer", date(2027, 1, 4)),
    }
    assert viewer(cast.session, "kari", today=date(2027, 1, 4)).grants == ()


def test_a_second_teacher_of_the_class_may_be_the_substitute(cast: Lia) -> None:
    cast.grant("per", "kontaktlaerer", "unit", "3a")
    stand_in(cast)
    assert holders(cast, START) == (["kari", "per"], ["per"])
    stopped(cast, today=START)
    assert holders(cast, START) == (["kari", "per"], ["kari", "per"])


def test_somebody_may_stand_in_for_one_and_take_over_from_another_on_the_same_day(
    cast: Lia,
) -> None:
    cast.grant("bo", "kontaktlaerer", "unit", "3a")
    stand_in(cast)
    hand(cast, "bo")  # the table lets no two roles of one person begin on one day
    assert holders(cast, START)[0] == ["kari", "per"]
    assert holders(cast, START + DAY) == (["kari", "per"], ["per"])
    stopped(cast)
    assert holders(cast, START) == (["kari", "per"], ["kari", "per"])


def test_a_longer_absence_is_the_same_command_with_another_day(cast: Lia) -> None:
    stand_in(cast)
    assert stand_in(cast, end=date(2027, 2, 12)).changes_something
    rows = cast.session.execute(text("SELECT count(*) FROM role_grant WHERE for_id IS NOT NULL"))
    assert rows.scalar() == 1
    assert holders(cast, date(2027, 2, 12)) == (["kari", "per"], ["per"])
    assert holders(cast, date(2027, 2, 13)) == (["kari"], ["kari"])


# ---------------------------------------------------------------- one pupil


def test_a_substitute_for_one_pupil_alone_is_reminded_and_both_answer(cast: Lia) -> None:
    stand_in(cast, pupils=[cast.ids["e1"]])
    assert holders(cast, START) == (["kari", "per"], ["per"])
    assert holders(cast, START, "e2") == (["kari"], ["kari"])
    assert holders(cast, END + DAY) == (["kari"], ["kari"])


def test_pupils_that_the_giver_does_not_have_are_named(cast: Lia) -> None:
    cast.pupil("b1", class_="3b")
    plan = hand(cast, pupils=[cast.ids["e1"], cast.ids["b1"]])
    assert (len(plan.roles), plan.not_held) == (1, [cast.ids["b1"]])


def test_a_pupil_is_handed_over_only_as_long_as_the_giver_has_it(cast: Lia) -> None:
    cast.pupil("moves", ends=date(2026, 12, 18))
    (role,) = hand(cast, pupils=[cast.ids["moves"]]).roles
    assert (role.starts, role.ends) == (START, date(2026, 12, 18))


def test_a_teacher_gives_nobody_a_protected_pupil_that_the_role_does_not_see(cast: Lia) -> None:
    cast.grant("bo", "faglaerer", "unit", "3a")
    plan = hand(cast, "bo", by="bo", pupils=[cast.ids["e5"]])
    assert (plan.changes_something, plan.not_held) == (False, [cast.ids["e5"]])
    hand(cast, by="kari", pupils=[cast.ids["e5"]])  # the contact teacher sees it
    assert holders(cast, START, "e5")[0] == ["per"]


def test_a_role_that_is_held_at_no_pupil_is_not_given_for_one(cast: Lia) -> None:
    cast.grant("heidi", "avdelingsleder", "unit", "3a")
    assert hand(cast, "heidi", pupils=[cast.ids["e1"]]).roles == []


# ---------------------------------------------------------------- who may


def test_ppt_gives_on_its_own_roles_and_the_school_its_own(cast: Lia) -> None:
    cast.ids["kontor"] = cast.add("ppt_office", key="kontor", name="PPT", municipality="Eikedal")
    cast.pupil("r", ppt_id=cast.ids["kontor"])
    cast.grant("petra", "ppt_leder", "ppt", "kontor")
    cast.grant("pia", "ppt_radgiver", "pupil", "r")
    cast.grant("bo", "spesialpedagog", "pupil", "r")
    for by, giver in (("petra", "bo"), ("rita", "pia"), ("heidi", "pia"), ("petra", "kari")):
        with pytest.raises(NotAllowed):
            hand(cast, giver, by=by)
    for by, giver in (("petra", "pia"), ("heidi", "bo")):
        assert stand_in(cast, giver, by=by).changes_something
    led = {
        by: people_led(cast.session, viewer(cast.session, by, today=TODAY), today=TODAY)
        for by in ("petra", "heidi", "kari")
    }
    numbers = {key: cast.ids[key] for key in ("petra", "pia", "bo", "heidi", "kari")}
    assert led == {
        "petra": {numbers["petra"], numbers["pia"]},
        "heidi": {numbers["heidi"], numbers["bo"], numbers["kari"]},
        "kari": {numbers["kari"]},
    }


def test_an_administrator_gives_on_any_role_of_the_owner_and_no_other(cast: Lia) -> None:
    cast.grant("ada", "admin", "owner", "eikedal")
    cast.grant("ine", "ikit_koordinator", "network", "nett")
    for giver in ("ine", "rita", "kari"):
        assert stand_in(cast, giver, by="ada").changes_something


def test_the_role_of_one_who_only_looks_on_goes_to_nobody(cast: Lia) -> None:
    cast.grant("ada", "admin", "owner", "eikedal")
    cast.grant("tora", "tilsyn", "school", "lia")
    for by in ("tora", "rita", "ada"):
        with pytest.raises(NotAllowed, match=r"roles\.csv"):
            stand_in(cast, "tora", by=by)
    cast.grant("tora", "faglaerer", "unit", "3a")
    plan = stand_in(cast, "tora", by="tora")
    assert ([role.role for role in plan.roles], plan.not_led) == (["faglaerer"], 1)


def test_what_somebody_does_not_lead_stays_and_is_counted(cast: Lia) -> None:
    cast.grant("kari", "faglaerer", "unit", "f3")
    plan = stand_in(cast, by="heidi")
    assert ([role.role for role in plan.roles], plan.not_led) == (["kontaktlaerer"], 1)


# ---------------------------------------------------------------- the log


def test_the_log_remembers_a_substitution_that_was_ended_the_same_day(cast: Lia) -> None:
    stand_in(cast, start=TODAY)
    cast.add(
        "event",
        at=NOW,
        actor_id=cast.ids["per"],
        act="complete",
        table_name="pupil",
        pupil_id=cast.ids["e1"],
        after="{}",
    )
    stopped(cast)
    pupil: Pupil = find(cast.session, "pupil", "e1")
    (entry,) = log_of(cast.session, RULES, EVERYONE, pupil)
    assert (entry.by, entry.stands_in_for) == ("per", "kari")


# ---------------------------------------------------------------- whatever the order

STAFF = [["kari", "per"], ["kari", "bo"], ["per", "bo"], ["per", "kari"]]
FIRST = date(2026, 11, 26)
# Few days, so that changes often begin and end on the same ones.
SPAN = st.tuples(
    st.integers(0, 4).map(lambda n: FIRST + n * DAY), st.sampled_from([0, 1, 2, 3, 40])
)
MOVE = st.tuples(
    st.sampled_from(["hand", "for good", "sub", "stop", "pupil", "sub pupil"]),
    st.sampled_from(STAFF),
    SPAN,
)


def do(cast: Lia, move: tuple[str, list[str], tuple[date, int]]) -> Plan:
    """One change of people."""
    kind, (giver, taker), (start, length) = move
    end = start + length * DAY
    some = {"pupils": [cast.ids["e1"]]} if "pupil" in kind else {}
    if kind == "stop":
        return stopped(cast, giver, taker, today=FIRST)
    if kind.startswith("sub"):
        return stand_in(cast, giver, taker, start=start, end=end, **some)
    until = None if kind == "for good" else end
    return hand(cast, giver, taker, start=start, end=until, **some)


def left_over(cast: Lia, move: tuple[str, list[str], tuple[date, int]]) -> Any:
    """How many roles the giver still has, or others in the giver's place, in the days."""
    kind, (giver, _taker), (start, length) = move
    return cast.session.execute(
        text(
            "SELECT count(*) FROM role_grant WHERE starts <= :last"
            " AND (ends IS NULL OR ends >= :first)"
            " AND ((person_id = :giver AND for_id IS NULL) OR for_id = :giver)"
        ),
        {
            "giver": cast.ids[giver],
            "first": start.isoformat(),
            "last": (start + length * DAY if kind == "hand" else date(2030, 1, 1)).isoformat(),
        },
    ).scalar()


def edges(moves: Iterable[tuple[str, list[str], tuple[date, int]]]) -> list[date]:
    """The days around which something changes."""
    days = {FIRST, date(2029, 1, 1)}
    for _kind, _people, (start, length) in moves:
        days |= {start, start + length * DAY}
    return sorted({day + n * DAY for day in days for n in (-1, 0, 1)})


@given(moves=st.lists(MOVE, min_size=2, max_size=6))
@examples(max_examples=80)
def test_every_duty_has_somebody_on_every_day_whatever_the_order(
    engine: Engine, moves: list[tuple[str, list[str], tuple[date, int]]]
) -> None:
    with db.session(engine, write=False) as session:  # undone after each example
        cast = fill(lia(session))
        days = edges(moves)
        for move in moves:
            do(cast, move)
            assert not do(cast, move).changes_something  # the same again
            assert move[0] not in ("hand", "for good") or left_over(cast, move) == 0
        for day in days:
            for pupil in ("e1", "e2"):
                held, reminded = holders(cast, day, pupil)
                assert held, (day, pupil)
                assert set(reminded) <= set(held), (day, pupil)
        rows = session.execute(
            text("SELECT count(*) FROM role_grant WHERE for_id IS NOT NULL AND ends IS NULL")
        )
        assert rows.scalar() == 0  # nobody stands in for ever


@given(span=SPAN, before=st.lists(MOVE, max_size=3))
@examples(max_examples=20)
def test_a_substitute_gets_no_right_outside_the_days(
    engine: Engine,
    span: tuple[date, int],
    before: list[tuple[str, list[str], tuple[date, int]]],
) -> None:
    start, length = span
    end = start + length * DAY
    with db.session(engine, write=False) as session:
        cast = fill(lia(session))
        for move in before:
            do(cast, move)
        outside = [day for day in edges([*before, ("sub", [], span)]) if not start <= day <= end]
        rights = {day: set(viewer(session, "per", today=day).grants) for day in outside}
        stand_in(cast, start=start, end=end)
        assert {day: set(viewer(session, "per", today=day).grants) for day in outside} == rights
