"""Two pupils who are one become one, and become two again row by row when it is undone."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlmodel import Session

from iopflow import db
from iopflow.engine import ledger, merging
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Change
from iopflow.engine.merging import Contradiction, merge, planned, say_not_same
from iopflow.engine.opening import open_year
from iopflow.engine.reversing import take_back
from iopflow.engine.undoing import last_event
from iopflow.models import Pupil, metadata
from iopflow.queries.places import find, schools
from iopflow.refusals import Refused
from tests.engine.test_units import everything, stays
from tests.factories import RULES, TODAY, YEAR, Lia, act, lia

SUMMER, CHRISTMAS = date(2026, 8, 1), date(2026, 12, 31)
CASES = examples(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def cast(session: Session) -> Lia:
    """e1 in 3a with a vedtak, and x1 in 3b, who is the same pupil."""
    found = lia(session)
    found.pupil("e1")
    found.vedtak("e1")
    found.pupil("x1", class_="3b", starts=SUMMER, grade=3)
    open_year(session, RULES, YEAR, schools(session), act=act())
    return found


def pupil(cast: Lia, key: str) -> Pupil:
    found: Pupil = find(cast.session, "pupil", key)
    return found


def merged(cast: Lia) -> merging.Merger:
    """x1 goes into e1."""
    plan = planned(cast.session, pupil(cast, "e1"), pupil(cast, "x1"))
    merge(cast.session, RULES, plan, act(merging.ACT))
    return plan


def undo(cast: Lia, first: int) -> None:
    events = range(first, last_event(cast.session) + 1)
    take_back(cast.session, events, {merging.ACT}, act("undo"))


def of(cast: Lia, table: str, key: str, column: str = "pupil_id") -> list[Any]:
    """The rows of a table that are a pupil's."""
    rows = metadata.tables[table]
    return list(
        cast.session.execute(
            select(rows).where(rows.c[column] == cast.ids[key]).order_by(rows.c.id)
        ).all()
    )


def test_all_of_one_is_the_others_and_the_later_enrolment_follows_the_earlier(cast: Lia) -> None:
    cast.vedtak("x1", 2025)
    cast.grant("per", "spesialpedagog", "pupil", "x1")
    assert merged(cast).moves["vedtak"] == 1
    assert stays(cast, "e1") == [
        (date(2024, 8, 1), SUMMER - timedelta(days=1), "3a", 1),
        (SUMMER, None, "3b", 3),
    ]
    assert [row.year for row in of(cast, "vedtak", "e1")] == [2026, 2025]
    assert [
        row.role for row in of(cast, "role_grant", "e1", "at_id") if row.at_kind == "pupil"
    ] == ["spesialpedagog"]
    for table in ("enrolment", "vedtak"):
        assert of(cast, table, "x1") == []
    assert [row for row in of(cast, "task", "x1", "subject_id") if row.scope == "pupil"] == []


def test_what_both_have_is_kept_once_and_the_earliest_counts(cast: Lia) -> None:
    for key, day in (("e1", TODAY), ("x1", TODAY - timedelta(days=3))):
        cast.happening(key, "iop.elevsamtale_host", "held", day)
    plan = merged(cast)
    rows = of(cast, "happening", "e1", "subject_id")
    assert [row.on_day for row in rows] == [TODAY - timedelta(days=3)]
    assert plan.twice["happening"] == 1


def test_facts_that_do_not_contradict_fill_each_other(cast: Lia) -> None:
    cast.need("e1", referred_on=date(2026, 2, 1))
    cast.need("x1", received_on=date(2026, 5, 20))
    merged(cast)
    assert [(row.referred_on, row.received_on) for row in of(cast, "assessment", "e1")] == [
        (date(2026, 2, 1), date(2026, 5, 20))
    ]


def test_cases_that_contradict_each_other_are_left_as_they_are(cast: Lia) -> None:
    cast.need("e1", received_on=date(2026, 5, 19))
    cast.need("x1", received_on=date(2026, 5, 20))
    before = everything(cast.session)
    plan = planned(cast.session, pupil(cast, "e1"), pupil(cast, "x1"))
    assert [table for table, _row in plan.clashes] == ["assessment"]
    with pytest.raises(Contradiction):
        merge(cast.session, RULES, plan, act(merging.ACT))
    assert everything(cast.session) == before


def test_a_protected_address_is_never_lost(cast: Lia) -> None:
    cast.session.get_one(Pupil, cast.ids["x1"]).protected = True
    cast.session.flush()
    merged(cast)
    cast.session.expire_all()
    assert pupil(cast, "e1").protected


def test_an_enrolment_inside_another_in_the_same_class_is_none(cast: Lia) -> None:
    cast.pupil("x2", class_="3a", starts=SUMMER, ends=CHRISTMAS, grade=3)
    plan = planned(cast.session, pupil(cast, "e1"), pupil(cast, "x2"))
    merge(cast.session, RULES, plan, act(merging.ACT))
    assert stays(cast, "e1") == [(date(2024, 8, 1), None, "3a", 1)]


def test_one_that_ends_first_lasts_as_long_as_the_one_it_cuts(cast: Lia) -> None:
    cast.pupil("x2", class_="3b", starts=SUMMER, ends=CHRISTMAS, grade=3)
    plan = planned(cast.session, pupil(cast, "e1"), pupil(cast, "x2"))
    merge(cast.session, RULES, plan, act(merging.ACT))
    assert stays(cast, "e1")[-1] == (SUMMER, None, "3b", 3)


def test_a_merger_that_is_built_on_is_not_undone(cast: Lia) -> None:
    first = last_event(cast.session) + 1
    merged(cast)
    last = last_event(cast.session) + 1
    cast.session.expire_all()
    moved = of(cast, "enrolment", "e1")[-1]
    change = Change(moved.id, {"ends": None}, {"ends": CHRISTMAS}, cast.owner_id)
    ledger.update_rows(cast.session, "enrolment", [change], act())
    before = everything(cast.session)
    with pytest.raises(NotNow):
        take_back(cast.session, range(first, last), {merging.ACT}, act("undo"))
    assert everything(cast.session) == before


def test_one_pupil_is_not_merged_with_itself(cast: Lia) -> None:
    with pytest.raises(Refused, match="to elever"):
        planned(cast.session, pupil(cast, "e1"), pupil(cast, "e1"))


def test_that_two_are_not_one_is_said_once(cast: Lia) -> None:
    for one, other in (("e1", "x1"), ("x1", "e1")):
        say_not_same(cast.session, pupil(cast, one), pupil(cast, other), act(merging.NOT_SAME))
    table = metadata.tables["not_same"]
    rows = cast.session.execute(select(table.c.one_id, table.c.other_id)).all()
    assert [tuple(row) for row in rows] == [(cast.ids["e1"], cast.ids["x1"])]


STAY = st.tuples(
    st.sampled_from(["lia", "fjell"]),
    st.integers(0, 700),
    st.one_of(st.none(), st.integers(0, 600)),
    st.booleans(),
)
FACTS = st.fixed_dictionaries(
    {
        "stays": st.lists(STAY, min_size=1, max_size=3, unique_by=lambda one: one[:2]),
        "vedtak": st.sets(st.sampled_from([2025, 2026, 2027])),
        "needs": st.sets(st.sampled_from([2025, 2026, 2027])),
        "held": st.dictionaries(
            st.sampled_from(["iop.elevsamtale_host", "iop.utviklingssamtale_host"]),
            st.integers(0, 30),
        ),
        "person": st.booleans(),
    }
)


def _write(cast: Lia, key: str, facts: dict[str, Any]) -> None:
    cast.ids[key] = cast.add("pupil", key=key, name=f"Elev {key}", protected=False)
    for school, start, length, other in facts["stays"]:
        starts = date(2025, 1, 1) + timedelta(days=start)
        cast.enrol(
            key,
            school,
            "f3" if school == "fjell" else "3b" if other else "3a",
            starts=starts,
            ends=None if length is None else starts + timedelta(days=length),
            grade=2,
        )
    for year in facts["vedtak"]:
        cast.vedtak(key, year)
    for year in facts["needs"]:
        cast.need(key, year)
    for step, days in facts["held"].items():
        cast.happening(key, step, "held", TODAY - timedelta(days=days))
    if facts["person"]:
        cast.grant("per", "spesialpedagog", "pupil", key)


@CASES
@given(FACTS, FACTS)
def test_a_merger_and_its_undo_leave_every_row_as_it_was(
    engine: Engine, one: dict[str, Any], other: dict[str, Any]
) -> None:
    with db.session(engine) as session:
        found = lia(session)
        _write(found, "e1", one)
        _write(found, "x1", other)
        open_year(session, RULES, YEAR, schools(session), act=act())
        before, first = everything(session), last_event(session) + 1
        merged(found)
        days = [
            (row.school_id, row.starts, row.ends or date.max)
            for row in of(found, "enrolment", "e1")
        ]
        assert [(a, b) for a in days for b in days if a[0] == b[0] and a[1] < b[1] <= a[2]] == []
        session.expire_all()
        undo(found, first)
        assert everything(session) == before
        session.rollback()
