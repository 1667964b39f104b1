"""The weeks with many deadlines, and for whom they are too many."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlmodel import Session

from iopflow.engine.opening import open_year
from iopflow.forecast import TOO_MANY, Week, weeks
from iopflow.forecast.load import FROM
from iopflow.queries.access import EVERYONE
from iopflow.queries.places import schools
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from tests.factories import RULES, TODAY, YEAR, Lia, act, lia

UNTIL = date(2027, 6, 18)


@pytest.fixture
def cast(session: Session) -> Lia:
    return lia(session)


def opened(cast: Lia, pupils: int) -> list[TaskRow]:
    """The tasks of the year, of some pupils of 3a with vedtak, whose contact teacher is Kari."""
    for n in range(pupils):
        cast.pupil(f"p{n}")
        cast.vedtak(f"p{n}")
    cast.session.connection().exec_driver_sql("UPDATE school SET live_from = '2026-08-01'")
    open_year(cast.session, RULES, YEAR, schools(cast.session), act=act())
    return tasks(cast.session, RULES, EVERYONE, Asked(school="lia", year=YEAR), today=TODAY)


def of_kari(found: Sequence[Week]) -> dict[date, tuple[int, bool]]:
    """What Kari has due in each week, and whether it is too much."""
    return {
        week.monday: (share.due, share.too_many)
        for week in found
        for share in week.shares
        if share.person == "kari"
    }


def test_each_deadline_left_is_in_its_week_once(cast: Lia) -> None:
    rows = opened(cast, 2)
    found = weeks(rows, today=TODAY, until=UNTIL)
    left = [
        row
        for row in rows
        if row.step.ticked
        and row.facts.happened_on is None
        and row.facts.due is not None
        and TODAY <= row.facts.due <= UNTIL
    ]
    assert left
    assert sum(week.due for week in found) == len(left)
    assert all(week.monday.weekday() == 0 for week in found)
    days = {row.facts.due for row in left if row.facts.due}
    assert {day - timedelta(days=day.weekday()) for day in days} == {one.monday for one in found}


def test_what_is_done_is_no_deadline_any_more(cast: Lia) -> None:
    before = weeks(opened(cast, 2), today=TODAY, until=UNTIL)
    cast.happening("p0", "iop.arsevaluering", "done", TODAY)
    asked = Asked(school="lia", year=YEAR)
    rows = tasks(cast.session, RULES, EVERYONE, asked, today=TODAY)
    after = weeks(rows, today=TODAY, until=UNTIL)
    assert sum(week.due for week in after) == sum(week.due for week in before) - 1


def test_what_fell_due_earlier_this_week_is_of_this_week(cast: Lia) -> None:
    rows = opened(cast, 2)
    day = min(row.facts.due for row in rows if row.facts.due and row.facts.due > TODAY)
    sunday = day + timedelta(days=6 - day.weekday())
    asked = Asked(school="lia", year=YEAR)
    late = tasks(cast.session, RULES, EVERYONE, asked, today=sunday)
    first = weeks(late, today=sunday, until=UNTIL)[0]
    assert first == weeks(rows, today=TODAY, until=UNTIL)[0]
    assert sunday >= day
    later = sunday + timedelta(days=1)
    assert weeks(late, today=later, until=UNTIL)[0].monday > first.monday


def test_after_the_last_day_there_are_no_weeks(cast: Lia) -> None:
    assert weeks(opened(cast, 1), today=UNTIL + timedelta(days=1), until=UNTIL) == []


def test_more_than_the_limit_in_one_week_is_too_many(cast: Lia) -> None:
    few = of_kari(weeks(opened(cast, 1), today=TODAY, until=UNTIL))
    assert few
    assert not any(too_many for due, too_many in few.values() if due < FROM)


def test_many_pupils_make_a_week_too_much_for_their_teacher(cast: Lia) -> None:
    many = of_kari(weeks(opened(cast, TOO_MANY + 1), today=TODAY, until=UNTIL))
    assert all(too_many for due, too_many in many.values() if due > TOO_MANY)
    assert any(due > TOO_MANY for due, _too_many in many.values())
