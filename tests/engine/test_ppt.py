"""What PPT does, to the database: who has a case on which days, and meetings in the wheel."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import Session

from iopflow.engine import ppt, ppt_meetings
from iopflow.engine.happenings import NotNow
from iopflow.engine.opening import open_year
from iopflow.engine.references import BadText
from iopflow.models import Person, Pupil, metadata
from iopflow.queries import ppt_meetings as read
from iopflow.queries.access import EVERYONE
from iopflow.queries.places import schools
from iopflow.queries.ppt_meetings import Attending, WithPpt
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from tests.factories import TODAY, Lia, act, lia

RULES = Rules()
DAY = timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> Lia:
    """Three pupils of an office; Petra advises on e1 and e2 since 2024, with Vera in her place."""
    made = lia(session)
    made.ids["ppt"] = made.add("ppt_office", key="ppt", name="PPT", municipality="Eikedal")
    for key in ("e1", "e2", "e3"):
        made.pupil(key, ppt_id=made.ids["ppt"])
        made.need(key, 2027, needed_since=date(2026, 10, 1), referred_on=date(2026, 11, 2))
        made.consent(key, "utredning", year=2027, on=date(2026, 10, 15))
    for key in ("e1", "e2"):
        made.grant("petra", "ppt_radgiver", "pupil", key)
    made.grant("anne", "ppt_radgiver", "pupil", "e3")
    made.grant(
        "vera",
        "ppt_radgiver",
        "pupil",
        "e1",
        starts=TODAY - 5 * DAY,
        ends=TODAY + 5 * DAY,
        for_id=made.ids["petra"],
    )
    return made


def held(session: Session, cast: Lia, key: str) -> list[tuple[str, str, str | None]]:
    """Who advises on a pupil, from when and until when."""
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    rows = session.execute(
        select(person.c.key, grant.c.starts, grant.c.ends)
        .join(person, person.c.id == grant.c.person_id)
        .where(grant.c.role == "ppt_radgiver", grant.c.at_id == cast.ids[key])
        .order_by(person.c.key)
    )
    return [(who, str(first), str(last) if last else None) for who, first, last in rows]


def assign(session: Session, cast: Lia, *keys: str, **rest: Any) -> Any:
    """Anne gets some pupils from today."""
    anne = session.get_one(Person, cast.ids["anne"])
    known: dict[str, Any] = {"starts": TODAY, "today": TODAY, "act": act("ppt assign")} | rest
    return ppt.assign(session, {cast.ids[key] for key in keys}, anne, **known)


def test_a_second_adviser_joins_and_one_instead_ends_all_the_others(
    session: Session, cast: Lia
) -> None:
    done = assign(session, cast, "e1", "e3")
    assert (done.changed, done.unchanged) == (1, 1)
    assert held(session, cast, "e1") == [
        ("anne", "2026-11-26", None),
        ("petra", "2024-08-01", None),
        ("vera", "2026-11-21", "2026-12-01"),
    ]
    assert assign(session, cast, "e1", instead=True).changed == 1
    assert held(session, cast, "e1") == [
        ("anne", "2026-11-26", None),
        ("petra", "2024-08-01", "2026-11-25"),
        ("vera", "2026-11-21", "2026-11-25"),
    ]
    assert assign(session, cast, "e1", instead=True).unchanged == 1


def test_a_case_is_not_assigned_long_ago(session: Session, cast: Lia) -> None:
    with pytest.raises(Refused, match="mer enn en måned siden"):
        assign(session, cast, "e1", starts=TODAY - 40 * DAY)


@pytest.mark.parametrize("reference", ["x" * 41, "a\nb", "sak 01011412345", "010114 12345"])
def test_a_number_that_cannot_be(session: Session, cast: Lia, reference: str) -> None:
    pupil = session.get_one(Pupil, cast.ids["e1"])
    with pytest.raises(BadText):
        ppt.number(session, pupil, reference, act=act())
    assert pupil.ppt_reference is None


def test_the_events_of_an_act_say_whose_cases_it_was_about(session: Session, cast: Lia) -> None:
    before = _last(session)
    assign(session, cast, "e2")
    events = range(before + 1, _last(session) + 1)
    assert ppt.touched(session, events, act()) == {cast.ids["e2"]}
    # Nobody else's, and nothing of pupils whom whoever asks does not see.
    with pytest.raises(NotNow, match="endret siden"):
        ppt.undo(session, events, {cast.ids["e1"]}, today=TODAY, act=act())
    ppt.undo(session, events, {cast.ids["e2"]}, today=TODAY, act=act())
    assert held(session, cast, "e2") == [("petra", "2024-08-01", None)]
    assert ppt.touched(session, range(before), act()) == set()


def _last(session: Session) -> int:
    return int(session.execute(text("SELECT coalesce(max(id), 0) FROM event")).scalar_one())


def meeting(session: Session, cast: Lia, on: date = TODAY) -> WithPpt:
    """A meeting of smatrinn with e1 on the agenda."""
    unit = read.unit_of(session, EVERYONE, "smatrinn", today=TODAY)
    number = ppt_meetings.plan(session, unit, on, {cast.ids["e1"]}, act=act())
    return again(session, number)


def again(session: Session, number: int) -> WithPpt:
    return read.one_with_ppt(session, EVERYONE, number, today=TODAY)


def there(session: Session, one: WithPpt, *keys: str) -> list[Attending]:
    able = read.attendable(session, one.unit, today=TODAY)
    return [person for person in able if person.key in keys]


def test_a_meeting_of_a_year_that_is_not_opened_stands_without_the_step(
    session: Session, cast: Lia
) -> None:
    one = meeting(session, cast)
    done = ppt_meetings.hold(
        session, RULES, one, there(session, one, "heidi"), (), today=TODAY, act=act()
    )
    assert [word.partition(":")[0] for word in done.warnings] == [
        "Årshjulet for 2027-28 er ikke åpnet for Småtrinn"
    ]
    assert again(session, one.number).held is True
    ppt_meetings.withdraw(session, RULES, one, reason="feil", today=TODAY, act=act())
    assert read.with_ppt(session, EVERYONE, today=TODAY) == []


def test_holding_it_again_corrects_who_came_and_who_was_treated(
    session: Session, cast: Lia
) -> None:
    open_year(session, RULES, Year(2027), schools(session), act=act())
    one, e1 = meeting(session, cast), cast.ids["e1"]

    def hold(treated: set[int], *keys: str) -> int:
        now = again(session, one.number)
        people = there(session, one, *keys)
        return ppt_meetings.hold(
            session, RULES, now, people, treated, today=TODAY, act=act()
        ).changed

    assert hold({e1}, "heidi", "petra") == 4  # held, treated and two people
    assert again(session, one.number).both is True
    assert hold({e1}, "heidi", "petra") == 0
    assert hold(set(), "petra", "anne") == 3  # not treated, one gone, one new
    found = again(session, one.number)
    assert ([person.key for person in found.people], found.both) == (["anne", "petra"], False)
    assert [pupil.treated for pupil in found.agenda] == [False]
    later = meeting(session, cast, TODAY - DAY)
    ppt_meetings.withdraw(session, RULES, later, reason="feil", today=TODAY, act=act())
    rows = session.execute(text("SELECT count(*) FROM happening WHERE what = 'held'"))
    assert rows.scalar_one() == 1
