"""A school's own changes as the pages store them: what they do, from when, and what law keeps."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from iopflow.engine.opening import open_year
from iopflow.engine.own_wheel import changed_steps, set_own
from iopflow.models import School, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.own_wheel import OWN_WHEEL, revisions
from iopflow.queries.places import schools
from iopflow.queries.rules import Rules
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import SchoolYear, Year
from iopflow.texts import Text
from iopflow.wheel import BINDING, Dates, OwnChanges, Wheel, WheelError, load, read
from tests.factories import RULES, TODAY, act, lia
from tests.wheel.wheel_kit import RIGHT

SHARED = load("spesialskole")
YEARS = (Year(2025), Year(2026), Year(2027), Year(2028))
NONE = OwnChanges("spesialskole")
EVALUATION = "iop.arsevaluering"


def calendar(year: Year) -> SchoolYear:
    """A usual skolerute of any year."""
    return SchoolYear(
        year, date(year.start, 8, 17), date(year.start + 1, 6, 18), date(year.start, 8, 12)
    )


def dates(wheel: Wheel, year: Year) -> dict[str, Dates]:
    """The days of all steps in a year served."""
    return {step.key: wheel.dates(step, year, calendar) for step in wheel.steps}


def made(own: OwnChanges) -> Wheel:
    """The wheel with the changes, read as it is stored."""
    return read(own.written() or 'extends = "spesialskole"\n')


def problems(own: OwnChanges) -> list[str]:
    """What the strict reader says of them, without the place."""
    with pytest.raises(WheelError) as refused:
        made(own)
    return [one.partition(": ")[2] for one in refused.value.problems]


def test_a_change_begins_with_its_year_and_leaves_the_years_before() -> None:
    wheel = made(NONE.changed(EVALUATION, Year(2027), {"due": "05-15", "responsible": "rektor"}))
    step = wheel[EVALUATION]
    due = [str(wheel.dates(step, year, calendar).due)[5:] for year in YEARS]
    assert due == ["05-31", "05-31", "05-15", "05-15"]
    assert [step.of_year(year).responsible for year in YEARS] == [
        *["kontaktlaerer"] * 2,
        *["rektor"] * 2,
    ]
    assert [key for year, key in changed_steps(SHARED, wheel, YEARS)] == [EVALUATION] * 2


def test_a_later_change_of_the_same_step_leaves_the_earlier_one_its_years() -> None:
    own = NONE.changed(EVALUATION, Year(2026), {"due": "05-20"})
    wheel = made(own.changed(EVALUATION, Year(2028), {"due": "05-10"}))
    due = [str(wheel.dates(wheel[EVALUATION], year, calendar).due)[5:] for year in YEARS]
    assert due == ["05-31", "05-20", "05-20", "05-10"]
    again = own.changed(EVALUATION, Year(2026), {"due": "05-12"})
    assert [row["due"] for row in again.rows] == ["05-12"]


def test_what_is_off_from_a_year_is_there_before_it() -> None:
    wheel = made(NONE.changed("iop.workshop", Year(2027), {"off": True}))
    opened = [wheel["iop.workshop"].of_year(year).opens_tasks_in(year) for year in YEARS]
    assert opened == [True, True, False, False]


def test_a_step_of_the_schools_own_lives_from_its_year() -> None:
    values = {"kind": "task", "scope": "school", "opens": "due - 2w", "due": "11-15"}
    title = Text("Brannøvelse", "Brannøving", "Fire drill")
    own = NONE.added(title, Year(2027), values | {"responsible": "rektor"})
    step = made(own)["egen.steg_1"]
    assert (step.title, step.basis, str(step.since)) == (title, "local", "2027-28")
    assert made(own.changed(step.key, Year(2028), {"due": "11-20"}))[step.key].shared == step
    assert own.free_key() == "egen.steg_2"


@settings(max_examples=20)
@given(st.sampled_from([step.key for step in SHARED.steps]), st.sampled_from(YEARS))
def test_no_change_is_no_change(key: str, year: Year) -> None:
    assert NONE.changed(key, year, {}).written() is None
    moved = NONE.changed(key, year, {"note": "Vår merknad"})
    assert dates(made(moved), year) == dates(SHARED, year)
    assert moved.before(key, year) == NONE


@settings(max_examples=20)
@given(
    st.sampled_from([step.key for step in SHARED.steps if step.date_basis not in BINDING]),
    st.sampled_from(YEARS),
    st.sampled_from(["note", "responsible"]),
)
def test_what_is_written_is_read_back_as_it_was(key: str, year: Year, name: str) -> None:
    own = NONE.changed(key, year, {name: "rektor"})
    assert OwnChanges.parse(own.written() or "") == own


@pytest.mark.parametrize(
    "step", [step.key for step in SHARED.steps if step.basis in BINDING and step.kind != "timer"]
)
def test_what_law_demands_cannot_be_switched_off(step: str) -> None:
    (said,) = problems(NONE.changed(step, Year(2026), {"off": True}))
    assert said.startswith(f"off er lov ({SHARED[step].law})")


def test_a_day_of_law_may_be_earlier_and_keeps_its_last_day() -> None:
    key = "iop.elevsamtale_host"
    assert SHARED[key].date_basis in BINDING
    earlier = made(NONE.changed(key, Year(2026), {"due": "12-15"}))
    found = earlier.dates(earlier[key], Year(2026), calendar)
    law = SHARED.dates(SHARED[key], Year(2026), calendar)
    assert (str(found.due), found.limit) == ("2026-12-15", law.limit or law.due)
    for later in ("02-15", "autumn_end + 1d", "school_start + 30w", "school_end - 1w"):
        (said,) = problems(NONE.changed(key, Year(2026), {"due": later}))
        assert said.startswith(f"due er satt av lov ({SHARED[key].law}) og kan ikke flyttes")


def test_the_period_of_an_appeal_is_nobodys_to_set() -> None:
    (said,) = problems(
        NONE.changed("case.klagefrist", Year(2026), {"due": "vedtak.arrived_on + 2w"})
    )
    assert "kan ikke flyttes: stryk feltet" in said


def test_the_networks_steps_are_not_the_schools() -> None:
    own = NONE.changed("ikit.telling_0110", Year(2026), {"due": "10-15"})
    assert problems(own) == [
        "key er et steg for nettverket, som er likt ved alle skoler: stryk raden."
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            'key = "iop.malvalg"\nfrom = "2026"',
            "from «2026» er ikke et skoleår: skriv som 2026-27.",
        ),
        (
            """key = "iop.malvalg"\nfrom = "2027-28"\n[[step]]
key = "iop.malvalg"\nfrom = "2027-28\"""",
            "key står to ganger: behold én rad.",
        ),
    ],
)
def test_a_mistake_names_the_field_and_the_remedy(rows: str, said: str) -> None:
    with pytest.raises(WheelError) as refused:
        read(f'extends = "spesialskole"\n[[step]]\n{rows}\n')
    assert [one.partition(": ")[2] for one in refused.value.problems] == [said]


@pytest.mark.parametrize("extends", ["", 'extends = "../hemmelig.toml"', "extends = 3"])
def test_stored_changes_extend_a_wheel_with_a_name_and_no_file(extends: str) -> None:
    with pytest.raises(WheelError, match="extends mangler"):
        read(f"{extends}\n{RIGHT}")


def school_of(session: Session) -> School:
    """Lia skole with two pupils, this year and the next open."""
    cast = lia(session)
    cast.pupil("e1")
    cast.vedtak("e1")
    cast.pupil("e2")
    cast.vedtak("e2")
    found = schools(session, owner_id=cast.owner_id)
    for year in (Year(2026), Year(2027)):
        open_year(session, RULES, year, found, act=act())
    return next(one for one in found if one.key == "lia")


def stored(session: Session, school: School) -> list[tuple[object, ...]]:
    """The tasks of the school, with their days."""
    task = metadata.tables["task"]
    rows = session.execute(task.select().where(task.c.school_id == school.id))
    names = ("id", "year", "step", "scope", "subject_id", "opens", "due", "limit_day", "moved")
    return sorted(tuple(str(row._asdict()[name]) for name in names) for row in rows)


def test_to_take_it_back_leaves_every_task_as_it_was(session: Session) -> None:
    school = school_of(session)
    before = stored(session, school)
    values = {"kind": "task", "scope": "pupil", "cohort": "iop", "opens": "due - 2w"}
    own = NONE.changed(EVALUATION, Year(2026), {"due": "05-15"}).added(
        Text("Eget", "Eige", "Own"), Year(2026), values | {"due": "11-30", "responsible": "rektor"}
    )
    done = set_own(session, Rules(), school, own.written(), years=YEARS, act=act(OWN_WHEEL))
    assert {(one.step, one.count) for one in done.shifts if one.year == Year(2026)} == {
        (EVALUATION, 2)
    }
    assert sum(done.added.values()) == 2
    assert stored(session, school) != before
    set_own(session, Rules(), school, None, years=YEARS, act=act(OWN_WHEEL))
    assert stored(session, school) == before
    assert [(one.before, one.after) for one in revisions(session, school)] == [
        (own.written(), None),
        (None, own.written()),
    ]


def test_a_date_that_was_agreed_and_what_is_done_keep_theirs(session: Session) -> None:
    school = school_of(session)
    task = metadata.tables["task"]
    of_step = task.c.step == EVALUATION, task.c.year == 2026
    first = session.execute(task.select().where(*of_step).order_by(task.c.id)).first()
    assert first is not None
    session.execute(
        task.update().where(task.c.id == first.id).values(moved=True, due=date(2027, 6, 1))
    )
    own = NONE.changed(EVALUATION, Year(2026), {"due": "05-15"})
    done = set_own(session, Rules(), school, own.written(), years=YEARS, act=act(OWN_WHEEL))
    assert done.moved[Year(2026), EVALUATION] == 1
    due = [row.due for row in session.execute(task.select().where(*of_step).order_by(task.c.id))]
    assert due == [date(2027, 6, 1), date(2027, 5, 15)]


def test_rules_that_are_read_already_know_a_new_revision_at_once(session: Session) -> None:
    """Another process has its own Rules, and reads the school in its own transaction."""
    school, other = school_of(session), Rules()
    assert str(other.of_school(school)[0][EVALUATION].due) == "05-31"
    own = NONE.changed(EVALUATION, Year(2026), {"due": "05-15", "responsible": "rektor"})
    set_own(session, Rules(), school, own.written(), years=YEARS, act=act(OWN_WHEEL))
    assert str(other.by_school(session, [school.number])[school.number][EVALUATION].due) == "05-15"
    asked = Asked(schools=[school.number], years=(Year(2026),))

    found = tasks(session, other, EVERYONE, asked, today=TODAY)
    mine = [row for row in found if row.step.key == EVALUATION]
    assert {row.step.responsible for row in mine} == {"rektor"}
    set_own(session, Rules(), school, None, years=YEARS, act=act(OWN_WHEEL))
    assert str(other.of_school(school)[0][EVALUATION].due) == "05-31"


def test_who_answers_follows_the_year_in_the_lists_as_well(session: Session) -> None:
    """Whoever had the step keeps the years before; whoever has it now finds it among one's own."""
    school = school_of(session)
    vedtak = metadata.tables["vedtak"]
    session.execute(vedtak.update().values(valid_to=date(2028, 7, 31)))
    own = NONE.changed(EVALUATION, Year(2027), {"responsible": "rektor"})
    set_own(session, RULES, school, own.written(), years=YEARS, act=act(OWN_WHEEL))
    for year in (Year(2026), Year(2027)):
        open_year(session, RULES, year, [school], act=act())
    found = {
        who: {
            row.year.start
            for row in tasks(session, RULES, EVERYONE, Asked(person=who), today=TODAY)
            if row.step.key == EVALUATION
        }
        for who in ("kari", "rita")
    }
    assert found == {"kari": {2026}, "rita": {2027}}
