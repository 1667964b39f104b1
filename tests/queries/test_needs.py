"""Who is listed for a year, in what order, for whom, and in how many statements."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from iopflow.lifecycle import Decision
from iopflow.models import MoveKind, School
from iopflow.queries.access import EVERYONE, viewer
from iopflow.queries.needs import NeedRow, needs, schools_with_needs, undecided
from iopflow.schoolyear import Year
from tests.factories import TODAY, Lia, lia, received

NEXT = Year(2027)


@pytest.fixture
def cast(session: Session) -> Lia:
    """a renews, b has a need, c needs nothing more, d never had a case; e is protected."""
    cast = lia(session)
    for key in "abcd":
        cast.pupil(key, grade=1)
    cast.pupil("e", protected=True)
    cast.pupil("f", class_="3b")
    for key in "abcef":
        cast.vedtak(key)
    cast.need("b", 2027, needed_since=date(2026, 11, 9))
    move(cast, "c", date(2026, 11, 10))
    cast.grant("per", "spesialpedagog", "pupil", "a")
    cast.grant("petra", "ppt_radgiver", "pupil", "a")
    cast.grant("olav", "skoleadministrasjon", "school", "lia")
    return cast


def move(cast: Lia, key: str, on: date, kind: MoveKind = MoveKind.NO_NEED) -> None:
    values: dict[str, Any] = {"kind": kind, "on_day": on, "note": "har utbytte"}
    cast.add("case_move", pupil_id=cast.ids[key], year=2027, **values, **received())


def read(
    cast: Lia, who: str | None = None, *, year: Year = NEXT, today: date = TODAY
) -> list[NeedRow]:
    asker = viewer(cast.session, who, today=today)
    at = schools_with_needs(cast.session, asker, today=today)
    return needs(cast.session, asker, at, year, today=today)


def test_the_undecided_stand_first_and_each_pupil_once(cast: Lia) -> None:
    rows = [(row.pupil, row.proposal.decision.value, row.grade) for row in read(cast)]
    assert rows == [
        ("a", "undecided", 4),
        ("e", "undecided", 4),
        ("f", "undecided", 4),
        ("b", "yes", 4),
        ("c", "no", 4),
        ("d", "none", 4),
    ]


def test_each_sees_the_pupils_of_the_role_and_only_those_who_lead_decide(cast: Lia) -> None:
    seen = {
        who: {row.pupil: row.may_decide for row in read(cast, who)}
        for who in ("kari", "per", "heidi", "rita", "olav", "petra", "siri")
    }
    assert seen == {
        "kari": dict.fromkeys("abcde", False),
        "per": {"a": False},
        "heidi": dict.fromkeys("abcdf", True),  # not the protected one
        "rita": dict.fromkeys("abcdef", True),
        "olav": dict.fromkeys("abcdf", False),
        "petra": {},
        "siri": {},
    }


def test_a_head_who_is_also_a_contact_teacher_sees_from_both(cast: Lia) -> None:
    cast.grant("heidi", "kontaktlaerer", "unit", "3a")
    rows = {row.pupil: row.may_decide for row in read(cast, "heidi")}
    assert rows == {**dict.fromkeys("abcdf", True), "e": False}


def test_enrolled_is_who_is_there_on_the_first_day_or_comes_later(cast: Lia) -> None:
    for key, starts, ends in (
        ("left", date(2024, 8, 1), date(2027, 8, 16)),  # the day before the first one
        ("stays", date(2024, 8, 1), date(2027, 8, 17)),
        ("comes", date(2027, 10, 1), None),
        ("next", date(2028, 8, 1), None),
    ):
        cast.pupil(key, starts=starts, ends=ends)
        cast.need(key, 2025, needed_since=date(2025, 1, 10))
        cast.vedtak(key, 2025)
    rows = {row.pupil: row.proposal for row in read(cast)}
    assert {"left", "stays", "comes", "next"} & set(rows) == {"stays", "comes"}
    assert [one.why for one in rows["comes"].reasons] == ["ny ved skolen fra 01.10.2027"]
    assert [one.rule.key for one in rows["stays"].reasons] == []
    # Once gone, a pupil is no longer asked for at this school.
    later = {row.pupil for row in read(cast, today=date(2027, 8, 18))}
    assert {"stays", "comes"} & later == {"comes"}


def test_only_a_school_that_calls_itself_special_asks_for_all_its_new_pupils(cast: Lia) -> None:
    cast.pupil("new", starts=date(2027, 8, 1), grade=4)
    assert {row.pupil: row.proposal.decision for row in read(cast)}["new"] is Decision.NONE
    school = cast.session.get_one(School, cast.ids["lia"])
    school.wheel = "spesialskole"
    cast.session.flush()
    (row,) = (row for row in read(cast) if row.pupil == "new")
    assert [one.rule.key for one in row.proposal.reasons] == ["ny_spesialskole"]


def test_a_pupil_back_after_a_time_away_is_new_from_the_return(cast: Lia) -> None:
    cast.pupil("back", ends=date(2027, 3, 1))
    cast.enrol("back", starts=date(2027, 8, 2), grade=4)
    cast.need("back", 2020, needed_since=date(2020, 1, 10))
    move_on = {"kind": MoveKind.CLOSED, "on_day": date(2020, 2, 1), "note": "nok"}
    cast.add("case_move", pupil_id=cast.ids["back"], year=2020, **move_on, **received())
    (row,) = (row for row in read(cast) if row.pupil == "back")
    assert [one.why for one in row.proposal.reasons] == ["ny ved skolen fra 02.08.2027"]


def test_a_doubt_reported_for_the_year_is_a_reason(cast: Lia) -> None:
    cast.happening("d", "case.melding_rektor", "done", date(2026, 11, 20), year=2027)
    before = {row.pupil: row for row in read(cast, today=date(2026, 11, 19))}
    (row,) = (row for row in read(cast) if row.pupil == "d")
    assert before["d"].proposal.decision is Decision.NONE
    assert (row.is_undecided, row.proposal.since) == (True, date(2026, 11, 20))


def test_what_is_dated_later_is_not_known_yet(cast: Lia) -> None:
    rows = {row.pupil: row.proposal.decision for row in read(cast, today=date(2026, 11, 9))}
    assert (rows["b"], rows["c"]) == (Decision.YES, Decision.UNDECIDED)


def test_a_year_without_a_skolerute_has_nobody(cast: Lia) -> None:
    assert read(cast, year=Year(2030)) == []


def test_the_undecided_are_counted_by_school(cast: Lia) -> None:
    cast.pupil("g", "fjell", "f3")
    cast.vedtak("g")
    at = schools_with_needs(cast.session, EVERYONE, today=TODAY)
    found = undecided(cast.session, EVERYONE, at, NEXT, today=TODAY)
    assert found == {cast.ids["lia"]: 3, cast.ids["fjell"]: 1}


def test_more_pupils_are_read_in_as_many_statements(cast: Lia) -> None:
    def statements() -> int:
        found: list[str] = []
        connection = cast.session.connection()
        listen = lambda *args: found.append(args[2])  # noqa: E731
        event.listen(connection, "before_cursor_execute", listen)
        read(cast, "rita")
        event.remove(connection, "before_cursor_execute", listen)
        return len(found)

    few = statements()
    for number in range(30):
        cast.pupil(f"m{number}")
        cast.vedtak(f"m{number}")
    assert statements() == few
