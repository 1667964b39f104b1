"""What a revision changed, and what is worth a look before one freezes: against rows by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, col

from iopflow import tellinger
from iopflow.engine.ledger import Act
from iopflow.models import Pupil, School, Scope, UnitKind, What, metadata
from iopflow.queries.access import sees_pupil, viewer
from iopflow.schoolyear import Year
from iopflow.tellinger.comparing import compare, named
from iopflow.tellinger.quality import (
    LATE,
    NO_CAUSE,
    NO_CLASS,
    NO_MEETING,
    NO_VEDTAK,
    OPEN,
    UNDECIDED,
    findings,
    keys,
)
from tests.factories import RULES, Lia, lia

Y = Year(2025)
OCTOBER, MAY = date(2025, 10, 1), date(2026, 5, 20)
READY = "iop.klar_skolestart"


@pytest.fixture
def cast(session: Session) -> Lia:
    """e1 to e3 in 3a, with a vedtak for the year."""
    cast = lia(session)
    for key in ("e1", "e2", "e3"):
        cast.pupil(key)
        cast.vedtak(key, 2025)
    return cast


def school(cast: Lia) -> School:
    return cast.session.get_one(School, cast.ids["lia"])


def freeze(cast: Lia, counted: str = "0110", reason: str | None = None, days: int = 0) -> int:
    at = datetime(2026, 6, 20, 9, 0, tzinfo=UTC) + timedelta(days=days)
    act = Act("freeze", at, actor_id=cast.ids["rita"], reason=reason)
    return tellinger.freeze(cast.session, RULES, school(cast), Y, counted, act=act)


def moved(cast: Lia, revision: int, counted: str = "0110") -> dict[str, list[tuple[str, ...]]]:
    names = {number: key for key, number in cast.ids.items() if key.startswith("e")}
    return {
        one.indicator: [
            (names[each.pupil_id], each.before or "–", each.after or "–") for each in one.moved
        ]
        for one in compare(cast.session, school(cast), Y, counted, revision)
        if not one.is_same
    }


def test_a_revision_names_who_has_another_result(cast: Lia) -> None:
    freeze(cast)
    cast.happening("e1", READY, "done", date(2025, 8, 10), year=2025)
    cast.happening("e2", READY, "done", date(2025, 9, 10), year=2025)
    cast.pupil("e4", starts=date(2025, 1, 1))
    cast.vedtak("e4", 2025)
    assert freeze(cast, reason="mangler", days=1) == 2
    assert moved(cast, 2) == {
        "P4": [
            ("e1", "open", "numerator"),
            ("e2", "open", "done_late"),
            ("e4", "–", "open"),
        ]
    }
    assert freeze(cast, reason="om igjen", days=2) == 3
    assert moved(cast, 3) == {}
    (p4,) = [one for one in compare(cast.session, school(cast), Y, "0110", 2) if one.moved]
    assert p4.before is not None
    assert (p4.before["numerator"], p4.after["numerator"], p4.after["denominator"]) == (0, 1, 4)
    assert not p4.redefined


def test_the_first_revision_and_one_that_is_not_there_change_nothing(cast: Lia) -> None:
    freeze(cast)
    for revision in (0, 1, 2, 99):
        assert compare(cast.session, school(cast), Y, "0110", revision) == []
    assert compare(cast.session, school(cast), Y.next, "0110", 2) == []


def test_of_meetings_only_what_is_new_is_told(cast: Lia) -> None:
    """A pupil has a line for each meeting of the class."""

    def meeting(day: date) -> None:
        cast.happening(
            "3a",
            "iop.foreldremote_host",
            "held",
            day,
            year=2025,
            scope=Scope.UNIT,
            occasion=day.isoformat(),
        )

    meeting(date(2025, 9, 1))
    freeze(cast)
    meeting(date(2025, 9, 15))
    freeze(cast, reason="et møte til", days=1)
    assert moved(cast, 2) == {"P10_host": [(key, "–", "unknown") for key in ("e1", "e2", "e3")]}


def test_names_are_for_those_who_see_the_pupils(cast: Lia) -> None:
    number = cast.pupil("e9", protected=True)
    asked = [cast.ids["e1"], number]
    for person, wanted in (("rita", {"Elev e1", "Elev e9"}), ("heidi", {"Elev e1"})):
        who = viewer(cast.session, person, today=MAY)
        visible = sees_pupil(who, col(Pupil.id))
        assert set(named(cast.session, asked, visible).values()) == wanted
    assert named(cast.session, [], sees_pupil(viewer(cast.session, "rita", today=MAY), 1)) == {}


# ---------------------------------------------------------------- before freezing


def ready(cast: Lia, key: str, on: date, recorded: date) -> None:
    """An IOP that was ready on a day, and recorded on another."""
    number = cast.happening(key, READY, "done", on, year=2025)
    table = metadata.tables["happening"]
    cast.session.execute(table.update().where(table.c.id == number).values(recorded_on=recorded))


def looked(cast: Lia, counted: str, day: date, today: date) -> dict[tuple[str, str], set[str]]:
    return {
        (one.kind, one.indicator): {*one.pupils, *one.units}
        for one in findings(cast.session, school(cast), Y, counted, day, today=today)
    }


def test_what_is_missing_late_or_unclear_is_found(cast: Lia) -> None:
    ready(cast, "e1", date(2025, 8, 10), date(2025, 10, 1))
    ready(cast, "e2", date(2025, 8, 10), date(2025, 10, 2))
    cast.pupil("e4", class_=None)  # neither class nor vedtak, but a case
    cast.need("e4", 2025, needed_since=date(2025, 1, 10))
    cast.pupil("e5")
    cast.vedtak("e5", 2025)
    ready(cast, "e5", date(2025, 9, 1), date(2025, 9, 1))
    found = looked(cast, "0110", OCTOBER, MAY)
    assert found[OPEN, "P4"] == {"e3"}
    assert found[LATE, "P4"] == {"e2"}
    assert found[NO_CAUSE, "P4"] == {"e5"}
    assert found[NO_VEDTAK, "P4"] == {"e4"}
    assert found[NO_CLASS, ""] == {"e4"}
    assert found[NO_MEETING, "P10_host"] == {"3a"}
    assert (UNDECIDED, "") not in found


def test_a_cause_that_is_given_is_no_finding(cast: Lia) -> None:
    cast.happening("e1", READY, "done", date(2025, 9, 1), year=2025)
    assert looked(cast, "0110", OCTOBER, MAY)[NO_CAUSE, "P4"] == {"e1"}
    cast.happening(
        "e1", READY, What.DELAY.value, date(2025, 8, 20), year=2025, cause="annet", occasion="x"
    )
    assert (NO_CAUSE, "P4") not in looked(cast, "0110", OCTOBER, MAY)


def test_needs_of_the_year_to_come_are_asked_for_with_p1(cast: Lia) -> None:
    found = findings(cast.session, school(cast), Y, "0106", date(2026, 6, 1), today=MAY)
    (undecided,) = [one for one in found if one.kind == UNDECIDED]
    assert set(undecided.pupils) == {"e1", "e2", "e3"}
    assert keys(found) >= {"e1", "e2", "e3"}


def test_a_school_with_nobody_and_one_with_a_single_pupil(session: Session) -> None:
    cast = lia(session)
    assert looked(cast, "0110", OCTOBER, MAY) == {}
    cast.add("unit", key="tom", school_id=cast.ids["lia"], kind=UnitKind.KLASSE, name="Tom")
    cast.pupil("e1")
    cast.vedtak("e1", 2025)
    found = looked(cast, "0110", OCTOBER, MAY)
    assert found[OPEN, "P4"] == {"e1"}
    assert found[NO_MEETING, "P10_host"] == {"3a"}
