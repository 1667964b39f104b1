"""A status is a total function of facts and today."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.status import RULES, SETTLED, Status, TaskFacts, late_days, mermaid, status

DUE = date(2027, 5, 31)
LIMIT = date(2027, 6, 18)


def on(today: date, **facts: object) -> Status:
    return status(TaskFacts(opens=date(2027, 4, 19), due=DUE, **facts), today=today)  # type: ignore[arg-type]


def _late(facts: TaskFacts, today: date) -> int:
    return late_days(facts, status(facts, today=today), today=today)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2027, 4, 18), Status.PLANNED),
        (date(2027, 4, 19), Status.OPEN),
        (DUE, Status.OPEN),
        (date(2027, 6, 1), Status.OVERDUE),
    ],
)
def test_an_untouched_task_goes_from_planned_to_open_to_overdue(
    today: date, expected: Status
) -> None:
    assert on(today) is expected


def test_done_on_the_due_day_is_on_time_and_the_day_after_late() -> None:
    assert on(date(2027, 7, 1), happened_on=DUE) is Status.DONE
    assert on(date(2027, 7, 1), happened_on=DUE + timedelta(1)) is Status.DONE_LATE


def test_the_limit_judges_where_there_is_one() -> None:
    assert on(date(2027, 7, 1), limit=LIMIT, happened_on=LIMIT) is Status.DONE
    assert on(date(2027, 7, 1), limit=LIMIT, happened_on=LIMIT + timedelta(1)) is Status.DONE_LATE


def test_between_due_and_limit_a_task_is_overdue_but_no_day_late() -> None:
    facts = TaskFacts(due=DUE, limit=LIMIT)
    assert status(facts, today=date(2027, 6, 10)) is Status.OVERDUE
    assert _late(facts, date(2027, 6, 10)) == 0
    assert _late(facts, date(2027, 6, 20)) == 2


def test_late_days_of_a_late_step_stop_counting_when_it_happened() -> None:
    facts = TaskFacts(due=DUE, happened_on=date(2027, 6, 4))
    assert _late(facts, date(2028, 1, 1)) == 4


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"not_applicable": True}, Status.NOT_APPLICABLE),
        ({"left": True}, Status.CANCELLED),
        ({"declined": True}, Status.DECLINED),
        ({"live_from": date(2027, 6, 1)}, Status.BEFORE_START),
        ({"waits_for": ("iop.enkeltvedtak",)}, Status.WAITING),
        ({"suspended": True}, Status.SUSPENDED),
    ],
)
def test_what_stands_in_the_way_shows_instead_of_overdue(
    facts: dict[str, object], expected: Status
) -> None:
    assert on(date(2027, 6, 10), **facts) is expected


def test_what_happened_is_never_hidden_by_what_came_after() -> None:
    assert on(date(2027, 7, 1), happened_on=DUE, left=True, suspended=True) is Status.DONE


def test_a_duty_due_on_the_first_live_day_counts() -> None:
    assert on(date(2027, 6, 10), live_from=DUE) is Status.OVERDUE


days = st.none() | st.dates(date(2026, 8, 1), date(2027, 8, 31))
facts = st.builds(
    TaskFacts,
    opens=days,
    due=days,
    limit=days,
    happened_on=days,
    not_applicable=st.booleans(),
    declined=st.booleans(),
    left=st.booleans(),
    waits_for=st.sampled_from([(), ("iop.enkeltvedtak",)]),
    suspended=st.booleans(),
    live_from=days,
)


@given(facts, st.dates(date(2026, 8, 1), date(2027, 8, 31)))
def test_every_combination_has_one_status_and_happened_means_done(
    some: TaskFacts, today: date
) -> None:
    found = status(some, today=today)
    assert (found in {Status.DONE, Status.DONE_LATE}) == (some.happened_on is not None)
    assert _late(some, today) >= 0
    if found in SETTLED - {Status.DONE_LATE}:
        assert _late(some, today) == 0


def test_every_status_has_a_rule_and_stands_in_the_drawing() -> None:
    assert {rule.status for rule in RULES} == set(Status)
    drawing = mermaid()
    assert [one for one in Status if one.value not in drawing] == []
