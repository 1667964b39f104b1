"""Classes are made, named, split, merged and closed, pupils change class, and all can be undone."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import classes, units
from iopflow.engine.closing import close_year
from iopflow.engine.happenings import NotNow
from iopflow.engine.opening import open_year
from iopflow.engine.reversing import take_back
from iopflow.engine.undoing import last_event
from iopflow.models import School, Unit, UnitKind, metadata
from iopflow.queries.places import find, schools
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from tests.factories import NOW, RULES, TODAY, YEAR, Lia, act, lia

JANUARY = date(2027, 1, 4)
ACTS = {*units.ACTS, "class_change"}


@pytest.fixture
def cast(session: Session) -> Lia:
    """e1 to e3 in 3a, e4 in 3b; this year and the next are open."""
    found = lia(session)
    for key in ("e1", "e2", "e3"):
        found.pupil(key)
        found.vedtak(key)
    found.pupil("e4", class_="3b")
    found.grant("bo", "faglaerer", "unit", "3b", ends=date(2027, 6, 18))
    for year in (YEAR, Year(2027)):
        open_year(session, RULES, year, schools(session), act=act())
    return found


def everything(session: Session) -> dict[str, list[Any]]:
    """Every row of every table but the log, with its number."""
    return {
        name: [tuple(row) for row in session.execute(select(table).order_by(table.c.id))]
        for name, table in metadata.tables.items()
        if name != "event"
    }


def lia_skole(cast: Lia) -> School:
    school: School = find(cast.session, "school", "lia")
    return school


def unit(cast: Lia, key: str) -> Unit:
    found: Unit = find(cast.session, "unit", key)
    return found


def stays(cast: Lia, pupil: str) -> list[tuple[Any, ...]]:
    """Where a pupil is enrolled: first and last day, class and grade."""
    table, named = metadata.tables["enrolment"], metadata.tables["unit"]
    rows = cast.session.execute(
        select(table.c.starts, table.c.ends, named.c.name, table.c.grade)
        .join(named, named.c.id == table.c.class_id)
        .where(table.c.pupil_id == cast.ids[pupil])
        .order_by(table.c.starts)
    )
    return [tuple(row) for row in rows]


def roles(cast: Lia, at_id: int) -> list[tuple[Any, ...]]:
    """Who holds what at a unit."""
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    rows = cast.session.execute(
        select(person.c.key, grant.c.role, grant.c.starts, grant.c.ends)
        .join(person, person.c.id == grant.c.person_id)
        .where(grant.c.at_kind == "unit", grant.c.at_id == at_id)
        .order_by(person.c.key, grant.c.starts)
    )
    return [tuple(row) for row in rows]


def tasks(cast: Lia, unit_id: int) -> list[tuple[Any, ...]]:
    """The tasks of a unit itself."""
    task = metadata.tables["task"]
    rows = cast.session.execute(
        select(task.c.year, task.c.step, task.c.due)
        .where(task.c.scope == "unit", task.c.subject_id == unit_id)
        .order_by(task.c.year, task.c.step)
    )
    return [tuple(row) for row in rows]


def undone(cast: Lia, first: int, *, at: Any = None) -> int:
    events = range(first, last_event(cast.session) + 1)
    return take_back(cast.session, events, ACTS, act("undo") if at is None else at)


def test_a_class_is_split_and_the_past_stays_where_it_was(cast: Lia) -> None:
    school, first = lia_skole(cast), last_event(cast.session) + 1
    before = everything(cast.session)
    chosen = {cast.ids["e2"], cast.ids["e3"]}
    done = units.split(
        cast.session, RULES, school, unit(cast, "3a"), chosen, "3c", JANUARY, act("unit_split")
    )
    assert (done.pupils, done.roles) == (2, 1)
    assert stays(cast, "e1") == [(date(2024, 8, 1), None, "3a", 1)]
    assert stays(cast, "e2") == [
        (date(2024, 8, 1), date(2027, 1, 3), "3a", 1),
        (JANUARY, None, "3c", 3),
    ]
    assert roles(cast, cast.ids["3a"]) == [("kari", "kontaktlaerer", date(2024, 8, 1), None)]
    assert roles(cast, done.unit_id) == [("kari", "kontaktlaerer", JANUARY, None)]
    assert unit(cast, "lia-3c").parent_id == cast.ids["smatrinn"]
    own = tasks(cast, done.unit_id)
    assert own == [
        one for one in tasks(cast, cast.ids["3a"]) if one[2] is None or one[2] >= JANUARY
    ]
    assert "iop.foreldremote_host" not in {step for year, step, _due in own if year == YEAR.start}
    # and they do not come with the next opening either, or an import, which opens the same
    open_year(cast.session, RULES, YEAR, [school], act=act("unit_split"))
    assert tasks(cast, done.unit_id) == own
    undone(cast, first)
    assert everything(cast.session) == before


def test_what_a_class_has_met_as_stays_as_it_was(cast: Lia) -> None:
    """P10 counts who was in the class on the day of the meeting: nothing is moved behind it."""
    session, school = cast.session, lia_skole(cast)
    met = date(2026, 9, 15)
    cast.happening(
        "3a", "iop.foreldremote_host", "held", met, scope="unit", occasion=met.isoformat()
    )
    a, b, chosen = unit(cast, "3a"), unit(cast, "3b"), {cast.ids["e2"]}
    for day in (date(2026, 9, 1), met):
        with pytest.raises(units.TooEarly, match=r"møte 15\.09\.2026.*velg 16\.09\.2026"):
            units.split(session, RULES, school, a, chosen, "3c", day, act("unit_split"))
        for one, to in ((a, b), (b, a)):
            with pytest.raises(units.TooEarly, match=r"^3a har holdt møte 15\.09\.2026"):
                units.merge(session, RULES, school, one, to, day, act("unit_merge"))
    after = met + timedelta(days=1)
    done = units.split(session, RULES, school, a, chosen, "3c", after, act("unit_split"))
    assert done.pupils == 1


def test_two_classes_are_merged_and_what_is_not_begun_closes(cast: Lia) -> None:
    school, first = lia_skole(cast), last_event(cast.session) + 1
    before = everything(cast.session)
    held = tasks(cast, cast.ids["3b"])
    done = units.merge(
        cast.session,
        RULES,
        school,
        unit(cast, "3b"),
        unit(cast, "3a"),
        JANUARY,
        act("unit_merge"),
    )
    later = [one for one in held if one[2] is not None and one[2] >= JANUARY]
    assert (done.pupils, done.roles, done.closed_tasks) == (1, 1, len(later))
    assert tasks(cast, cast.ids["3b"]) == [one for one in held if one not in later]
    assert stays(cast, "e4")[1] == (JANUARY, None, "3a", 3)
    assert roles(cast, cast.ids["3b"]) == [
        ("bo", "faglaerer", date(2024, 8, 1), date(2027, 1, 3)),
    ]
    assert roles(cast, cast.ids["3a"]) == [
        ("bo", "faglaerer", JANUARY, date(2027, 6, 18)),
        ("kari", "kontaktlaerer", date(2024, 8, 1), None),
    ]
    open_year(cast.session, RULES, YEAR, [school], act=act())
    assert tasks(cast, cast.ids["3b"]) == [one for one in held if one not in later]
    undone(cast, first)
    assert everything(cast.session) == before


def test_what_is_recorded_on_a_merged_class_keeps_its_task(cast: Lia) -> None:
    held = tasks(cast, cast.ids["3b"])
    year, step, due = next(one for one in held if one[2] is not None and one[2] >= JANUARY)
    cast.happening("3b", step, "done", TODAY, year=year, scope="unit")
    units.merge(
        cast.session, RULES, lia_skole(cast), unit(cast, "3b"), unit(cast, "3a"), JANUARY, act()
    )
    assert (year, step, due) in tasks(cast, cast.ids["3b"])


def test_a_pupil_who_comes_later_is_placed_and_one_who_has_gone_is_not(cast: Lia) -> None:
    cast.pupil("e7", class_="3b", starts=date(2027, 2, 1), grade=3)
    cast.pupil("e8", class_="3b", ends=date(2026, 12, 18))
    units.merge(
        cast.session, RULES, lia_skole(cast), unit(cast, "3b"), unit(cast, "3a"), JANUARY, act()
    )
    assert stays(cast, "e7") == [(date(2027, 2, 1), None, "3a", 3)]
    assert stays(cast, "e8") == [(date(2024, 8, 1), date(2026, 12, 18), "3b", 1)]


def test_what_is_done_on_a_new_classs_task_keeps_the_split(cast: Lia) -> None:
    first = last_event(cast.session) + 1
    done = units.split(
        cast.session,
        RULES,
        lia_skole(cast),
        unit(cast, "3a"),
        {cast.ids["e2"]},
        "3c",
        JANUARY,
        act("unit_split"),
    )
    cast.ids["3c"] = done.unit_id
    year, step, _due = tasks(cast, done.unit_id)[0]
    cast.happening("3c", step, "done", TODAY, year=year, scope="unit")
    before = everything(cast.session)
    with pytest.raises(NotNow):
        undone(cast, first)
    assert everything(cast.session) == before


def test_a_change_that_another_has_built_on_is_not_undone(cast: Lia) -> None:
    first = last_event(cast.session) + 1
    units.rename(cast.session, lia_skole(cast), unit(cast, "3a"), "Rød", act("unit_name"))
    last = last_event(cast.session) + 1
    cast.session.expire_all()
    units.rename(cast.session, lia_skole(cast), unit(cast, "3a"), "Blå", act("unit_name"))
    with pytest.raises(NotNow):
        take_back(cast.session, range(first, last), ACTS, act("undo"))
    with pytest.raises(NotNow):
        undone(cast, first, at=act("undo").__class__("undo", NOW, actor_id=cast.ids["kari"]))
    undone(cast, first)
    cast.session.expire_all()
    assert unit(cast, "3a").name == "3a"


def test_names_are_kept_apart_and_a_closed_class_gives_its_name_free(cast: Lia) -> None:
    school = lia_skole(cast)
    with pytest.raises(Refused, match="finnes fra før"):
        units.rename(cast.session, school, unit(cast, "3a"), " 3B ", act())
    with pytest.raises(Refused, match="Skriv et navn"):
        units.create(cast.session, school, UnitKind.KLASSE, "  ", act(), parent=None)
    made = units.create(
        cast.session, school, UnitKind.KLASSE, "4 æøå", act(), parent=unit(cast, "smatrinn")
    )
    assert cast.session.get_one(Unit, made.unit_id).key == "lia-4aeoa"
    units.close(cast.session, school, cast.session.get_one(Unit, made.unit_id), TODAY, act())
    again = units.create(cast.session, school, UnitKind.KLASSE, "4 ÆØÅ", act(), parent=None)
    assert cast.session.get_one(Unit, again.unit_id).key == "lia-4aeoa-2"


def test_a_class_with_pupils_and_an_avdeling_with_classes_do_not_close(cast: Lia) -> None:
    school = lia_skole(cast)
    for key, why in (("3a", "har elever"), ("smatrinn", "har klasser")):
        with pytest.raises(Refused, match=why):
            units.close(cast.session, school, unit(cast, key), JANUARY, act())


def test_what_is_no_class_is_neither_split_nor_merged(cast: Lia) -> None:
    school, avdeling, klasse = lia_skole(cast), unit(cast, "smatrinn"), unit(cast, "3a")
    with pytest.raises(Refused, match="Bare klasser"):
        units.merge(cast.session, RULES, school, avdeling, klasse, JANUARY, act())
    with pytest.raises(Refused, match="annen klasse"):
        units.merge(cast.session, RULES, school, klasse, klasse, JANUARY, act())
    with pytest.raises(Refused, match="Ingen er valgt"):
        units.split(cast.session, RULES, school, klasse, {cast.ids["e4"]}, "3c", JANUARY, act())
    with pytest.raises(Refused, match="Bare en klasse"):
        units.move(cast.session, school, avdeling, None, act())


def test_a_class_moves_to_another_avdeling(cast: Lia) -> None:
    school, first = lia_skole(cast), last_event(cast.session) + 1
    before = everything(cast.session)
    made = units.create(
        cast.session, school, UnitKind.AVDELING, "Mellomtrinn", act("unit_new"), parent=None
    )
    parent = cast.session.get_one(Unit, made.unit_id)
    units.move(cast.session, school, unit(cast, "3a"), parent, act("unit_avdeling"))
    cast.session.expire_all()
    assert unit(cast, "3a").parent_id == made.unit_id
    with pytest.raises(Refused, match="fra før"):
        units.move(cast.session, school, unit(cast, "3a"), parent, act("unit_avdeling"))
    undone(cast, first)
    assert everything(cast.session) == before


def test_pupils_leave_and_stay_after_all(cast: Lia) -> None:
    last = date(2027, 7, 31)
    rows = classes.stays_from(cast.session, cast.ids["lia"], date(2027, 8, 1))
    leaving = classes.until([one for one in rows if one.pupil_id == cast.ids["e1"]], last)
    leaving.write(cast.session, act("class_change"))
    assert stays(cast, "e1") == [(date(2024, 8, 1), last, "3a", 1)]
    rows = classes.stays_from(cast.session, cast.ids["lia"], last)
    staying = classes.until([one for one in rows if one.pupil_id == cast.ids["e1"]], None)
    staying.write(cast.session, act("class_change"))
    assert stays(cast, "e1") == [(date(2024, 8, 1), None, "3a", 1)]


def test_a_year_is_closed_until_something_is_recorded_in_it(cast: Lia) -> None:
    school, year = lia_skole(cast), Year(2028)
    cast.add(
        "school_year",
        school_id=school.id,
        year=2028,
        first_day=date(2028, 8, 17),
        last_day=date(2029, 6, 15),
    )
    before = everything(cast.session)
    assert open_year(cast.session, RULES, year, [school], act=act())[0].added > 0
    assert close_year(cast.session, RULES, year, school, act=act("rollover_undo")) > 0
    assert everything(cast.session) == before
    with pytest.raises(NotNow, match="ikke åpnet"):
        close_year(cast.session, RULES, year, school, act=act())


def test_a_year_in_which_something_is_recorded_stays_open(cast: Lia) -> None:
    school, year = lia_skole(cast), Year(2027)
    cast.happening("e1", "iop.elevsamtale_host", "held", TODAY, year=2027)
    with pytest.raises(NotNow, match="Noe er ført"):
        close_year(cast.session, RULES, year, school, act=act())


def test_what_a_case_speaks_of_stays_when_a_year_is_closed(cast: Lia) -> None:
    school, year = lia_skole(cast), Year(2027)
    cast.need("e1", 2027)
    open_year(cast.session, RULES, year, [school], act=act())
    close_year(cast.session, RULES, year, school, act=act())
    task = metadata.tables["task"]
    left = set(
        cast.session.execute(
            select(task.c.subject_id).where(task.c.year == 2027, task.c.school_id == school.id)
        ).scalars()
    )
    assert left == {cast.ids["e1"]}
