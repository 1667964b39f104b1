"""What PPT does, to the database: who has a case on which days, and meetings in the wheel."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlmodel import Session

from iopflow.engine import cases, exports, ledger, ppt, ppt_meetings
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Gone
from iopflow.engine.opening import open_year
from iopflow.engine.references import BadText
from iopflow.models import Person, Pupil, metadata
from iopflow.queries import ppt_meetings as read
from iopflow.queries.access import EVERYONE
from iopflow.queries.places import schools
from iopflow.queries.ppt import queue
from iopflow.queries.ppt_meetings import Attending, WithPpt
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from tests.factories import NOW, TODAY, Lia, act, lia

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


def test_a_role_that_began_the_same_day_is_taken_back_as_it_was(
    session: Session, cast: Lia
) -> None:
    assign(session, cast, "e1", instead=True)
    vera, e1 = session.get_one(Person, cast.ids["vera"]), cast.ids["e1"]
    known: dict[str, Any] = {"starts": TODAY, "today": TODAY, "act": act("ppt assign")}
    before, stood = _last(session), held(session, cast, "e1")
    assert ppt.assign(session, {e1}, vera, instead=True, **known).changed == 1
    events = range(before + 1, _last(session) + 1)
    assert [(who, starts) for who, starts, last in held(session, cast, "e1") if last is None] == [
        ("vera", "2026-11-26")
    ]
    ppt.undo(session, events, {e1}, today=TODAY, act=act("ppt undo"))
    assert held(session, cast, "e1") == stood
    with pytest.raises(NotNow, match="endret siden"):
        ppt.undo(session, events, {e1}, today=TODAY, act=act("ppt undo"))


def test_a_role_that_is_held_again_or_is_of_others_is_not_given_back(
    session: Session, cast: Lia
) -> None:
    assign(session, cast, "e2")
    grant = metadata.tables["role_grant"]
    mine = grant.c.person_id == cast.ids["anne"], grant.c.at_id == cast.ids["e2"]
    row = session.execute(select(grant).where(*mine)).one()._asdict()
    before = _last(session)
    ledger.delete_rows(session, "role_grant", [Gone(row["id"], row)], act("ppt assign"))
    events = range(before + 1, _last(session) + 1)
    with pytest.raises(NotNow, match="endret siden"):
        ppt.undo(session, events, {cast.ids["e1"]}, today=TODAY, act=act("ppt undo"))
    assign(session, cast, "e2")
    with pytest.raises(NotNow, match="endret siden"):
        ppt.undo(session, events, {cast.ids["e2"]}, today=TODAY, act=act("ppt undo"))


def test_nobody_whose_role_sees_no_pupils_gets_one(session: Session, cast: Lia) -> None:
    cast.grant("anne", "admin", "owner", "eikedal")
    with pytest.raises(Refused, match="anne er administrator og kan ikke være rådgiver"):
        assign(session, cast, "e1")


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


def test_what_an_event_only_says_of_a_row_takes_no_row_away(session: Session, cast: Lia) -> None:
    before, e2 = _last(session), cast.ids["e2"]
    exports.note(
        session, [(e2, cast.owner_id)], {"sha256": "0"}, act("ppt number", reason="tilsyn")
    )
    said = {"owner_id": cast.owner_id, "at": NOW, "act": "ppt number", "after": "{}"}
    session.execute(
        metadata.tables["event"].insert(), {**said, "table_name": "pupil", "row_id": e2}
    )
    events = range(before + 1, _last(session) + 1)
    with pytest.raises(NotNow, match="endret siden"):
        ppt.undo(session, events, {e2}, today=TODAY, act=act())
    assert session.get(Pupil, e2) is not None


def test_what_was_done_elsewhere_is_not_taken_back(session: Session, cast: Lia) -> None:
    """A need, with the tasks it opened, has a way back of its own."""
    pupil = session.get_one(Pupil, cast.ids["e1"])
    before = _last(session)
    case = cases.case_of(session, RULES, pupil, Year(2026))
    cases.need(session, RULES, case, since=TODAY, today=TODAY, act=act("need"))
    ppt.number(session, pupil, "2027/9", act=act("ppt number"))
    events = range(before + 1, _last(session) + 1)
    assert ppt.undo(session, events, {pupil.number}, today=TODAY, act=act("ppt undo")).changed == 1
    rows = session.execute(text("SELECT count(*) FROM assessment WHERE year = 2026"))
    assert rows.scalar_one() == 1
    # Taking back is not taken back either.
    events = range(before + 1, _last(session) + 1)
    with pytest.raises(NotNow, match="endret siden"):
        ppt.undo(session, events, {pupil.number}, today=TODAY, act=act("ppt undo"))


def test_an_export_since_does_not_stand_in_the_way(session: Session, cast: Lia) -> None:
    before, pupil = _last(session), session.get_one(Pupil, cast.ids["e2"])
    ppt.number(session, pupil, "2027/9", act=act("ppt number"))
    events = range(before + 1, _last(session) + 1)
    exports.note(session, [(pupil.number, cast.owner_id)], {}, act("export", reason="tilsyn"))
    assert ppt.undo(session, events, {pupil.number}, today=TODAY, act=act()).changed == 1


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


def test_one_more_case_costs_few_statements(session: Session, cast: Lia) -> None:
    """The tasks of all follow as sets; what the law says is asked of each case."""
    open_year(session, RULES, Year(2027), schools(session), act=act())
    for key in ("n0", "n1", "n2", "n3", "n4", "n5"):
        cast.pupil(key, ppt_id=cast.ids["ppt"])
        cast.need(key, 2027, needed_since=date(2026, 10, 1), referred_on=date(2026, 11, 2))
        cast.consent(key, "utredning", year=2027, on=date(2026, 10, 15))
    everything = queue(session, RULES, EVERYONE, today=TODAY)

    def statements(*keys: str) -> int:
        sent: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        some = [one for one in everything if one.pupil in keys]
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", note)
        done = ppt.complete(session, RULES, some, on=TODAY, today=TODAY, act=act("ppt complete"))
        event.remove(connection, "before_cursor_execute", note)
        assert done.changed == len(keys)
        return len(sent)

    one, five = statements("n0"), statements("n1", "n2", "n3", "n4", "n5")
    assert ((five - one) / 4 <= 40, one <= 100) == (True, True)


def test_the_tasks_of_all_cases_follow_each_in_its_year(session: Session, cast: Lia) -> None:
    cast.need("e3", 2026, needed_since=date(2026, 1, 10), referred_on=date(2026, 2, 2))
    cast.consent("e3", "utredning", on=date(2026, 1, 20))
    some = [
        one
        for one in queue(session, RULES, EVERYONE, today=TODAY)
        if (one.pupil, one.year.start) in {("e1", 2027), ("e2", 2027), ("e3", 2026)}
    ]
    ppt.complete(session, RULES, some, on=TODAY, today=TODAY, act=act("ppt complete"))
    task, pupil = metadata.tables["task"], metadata.tables["pupil"]
    rows = session.execute(
        select(pupil.c.key, task.c.year)
        .join(pupil, pupil.c.id == task.c.subject_id)
        .where(task.c.step == "iop.sakkyndig_vurdering")
        .order_by(pupil.c.key)
    )
    assert [tuple(row) for row in rows] == [("e1", 2027), ("e2", 2027), ("e3", 2026)]
