"""Who sees and may do what: every role at every place, on one small cast."""

from datetime import date

import pytest
from sqlmodel import Session, select

from iopflow.engine.opening import open_year
from iopflow.models import Pupil, School
from iopflow.queries import access
from iopflow.queries.access import EVERYONE, NotAllowed, Viewer
from iopflow.queries.places import NotFound
from iopflow.queries.tasks import Asked, tasks
from iopflow.roles import ANSWERING, HOLDABLE, RESPONSIBLE, ROLES, Action, Place, Sight
from tests.factories import RULES, TODAY, YEAR, Lia, act, lia

# v-001 and the protected v-002 in 3a, v-003 in 3b, v-004 (gone) once in 3a, f-001 at Fjell.
ALL = {"v-001", "v-002", "v-003", "v-004", "f-001"}


@pytest.fixture
def cast(session: Session) -> Lia:
    cast = lia(session)
    cast.ids["ppt"] = cast.add("ppt_office", key="ppt", name="PPT", municipality="Eikedal")
    cast.pupil("v-001", ppt_id=cast.ids["ppt"])
    cast.pupil("v-002", protected=True, ppt_id=cast.ids["ppt"])
    cast.pupil("v-003", class_="3b", ppt_id=cast.ids["ppt"])
    cast.pupil("v-004", ends=date(2026, 9, 30))
    cast.pupil("f-001", "fjell", "f3")
    for key in ("v-001", "v-002"):
        cast.need(key, referred_on=date(2026, 2, 1))
        cast.vedtak(key)
    schools = [session.get_one(School, cast.ids[key]) for key in ("lia", "fjell")]
    open_year(session, RULES, YEAR, schools, act=act())
    for person, role, kind, at in (
        ("fredrik", "faglaerer", "unit", "3a"),
        ("per", "spesialpedagog", "pupil", "v-002"),
        ("petra", "ppt_radgiver", "pupil", "v-001"),
        ("liv", "ppt_leder", "ppt", "ppt"),
        ("merete", "skoleadministrasjon", "school", "lia"),
        ("tora", "tilsyn", "school", "lia"),
        ("eirik", "skoleeier", "owner", ""),
        ("kjell", "ikit_koordinator", "network", "nett"),
        ("anne", "admin", "owner", ""),
    ):
        cast.grant(person, role, kind, at)
    return cast


def who(cast: Lia, person: str, *, today: date = TODAY) -> Viewer:
    return access.viewer(cast.session, person, today=today)


def seen(cast: Lia, viewer: Viewer, action: Action = Action.SEE) -> set[str]:
    rows = cast.session.exec(
        select(Pupil.key).where(access.sees_pupil(viewer, Pupil.id, action=action))
    )
    return set(rows)


@pytest.mark.parametrize(
    ("person", "pupils"),
    [
        ("kari", {"v-001", "v-002"}),  # the class's contact teacher, protected pupils too
        ("fredrik", {"v-001"}),  # the class's subject teacher: not the protected one
        ("per", {"v-002"}),  # a role at the pupil opens the protected one
        ("heidi", {"v-001", "v-003"}),  # the avdeling's classes
        ("rita", {"v-001", "v-002", "v-003", "v-004"}),  # the school, those who left too
        ("merete", {"v-001", "v-003", "v-004"}),
        ("tora", {"v-001", "v-003", "v-004"}),  # supervision: the school, no protected ones
        ("siri", {"f-001"}),
        ("petra", {"v-001"}),
        ("liv", {"v-001"}),  # referred pupils of the office
        ("eirik", set()),
        ("kjell", set()),
        ("anne", set()),
    ],
)
def test_each_role_sees_its_pupils_and_no_others(cast: Lia, person: str, pupils: set[str]) -> None:
    assert seen(cast, who(cast, person)) == pupils


def test_the_administrator_of_an_embedded_database_sees_all(cast: Lia) -> None:
    assert seen(cast, EVERYONE) == ALL


def test_a_role_that_has_ended_or_not_begun_opens_nothing(cast: Lia) -> None:
    cast.grant("olga", "kontaktlaerer", "unit", "3a", ends=date(2026, 11, 25))
    cast.grant("olga", "rektor", "school", "lia", starts=date(2026, 11, 27))
    assert seen(cast, who(cast, "olga")) == set()
    assert seen(cast, who(cast, "olga", today=date(2026, 11, 25))) == {"v-001", "v-002"}


@pytest.mark.parametrize(
    ("person", "steps"),
    [
        ("petra", {"P1"}),
        ("liv", {"P1"}),
    ],
)
def test_ppt_sees_only_the_steps_on_the_road_to_an_assessment(
    cast: Lia, person: str, steps: set[str]
) -> None:
    rows = tasks(cast.session, RULES, who(cast, person), Asked(year=YEAR), today=TODAY)
    assert {row.subject for row in rows} == {"v-001"}
    assert [row.step.key for row in rows if not steps & set(row.step.indicators)] == []
    assert "iop.sakkyndig_vurdering" in {row.step.key for row in rows}


def test_the_school_office_sees_no_talks(cast: Lia) -> None:
    rows = tasks(cast.session, RULES, who(cast, "merete"), Asked(year=YEAR), today=TODAY)
    assert {row.step.kind for row in rows} & {"conversation"} == set()
    assert rows


def test_supervision_sees_no_talks_and_may_do_nothing(cast: Lia) -> None:
    tora = who(cast, "tora")
    rows = tasks(cast.session, RULES, tora, Asked(year=YEAR), today=TODAY)
    assert {row.step.kind for row in rows} & {"conversation"} == set()
    assert "v-001" in {row.subject for row in rows}
    assert "v-002" not in {row.subject for row in rows}
    assert {action for action in Action if tora.may(action)} == {
        Action.SEE,
        Action.FIGURES,
        Action.VALUES,
        Action.EXPLAIN,
        Action.REMARKS,
    }
    with pytest.raises(NotAllowed):
        access.pupil(cast.session, tora, "v-001", Action.COMPLETE)
    with pytest.raises(NotFound):
        access.pupil(cast.session, tora, "v-002")


def test_who_looks_on_answers_for_no_step() -> None:
    assert [key for key in HOLDABLE if key not in RESPONSIBLE] == ["tilsyn"]
    assert "tilsyn" not in ANSWERING


def test_two_roles_do_not_widen_each_other(cast: Lia) -> None:
    """A contact teacher at Fjell who is also PPT adviser of a pupil at Lia."""
    cast.grant("siri", "ppt_radgiver", "pupil", "v-001")
    rows = tasks(cast.session, RULES, who(cast, "siri"), Asked(pupil="v-001"), today=TODAY)
    assert [row.step.key for row in rows if "P1" not in row.step.indicators] == []
    sights = access.sights_of_pupil(
        cast.session, who(cast, "siri"), cast.session.get_one(Pupil, cast.ids["v-001"])
    )
    assert sights == {Sight.ASSESSMENT}


def test_what_is_not_visible_is_not_found_in_the_same_words_as_what_is_not_there(
    cast: Lia,
) -> None:
    sentences = []
    for key in ("f-001", "x-001"):
        with pytest.raises(NotFound) as refusal:
            access.pupil(cast.session, who(cast, "kari"), key)
        sentences.append(str(refusal.value).replace(key, "…"))
    assert len(set(sentences)) == 1


def test_seeing_is_not_doing_and_the_refusal_says_who_can(cast: Lia) -> None:
    with pytest.raises(NotAllowed, match="avdelingsleder, rektor"):
        access.pupil(cast.session, who(cast, "kari"), "v-001", Action.REGISTER_CASE)
    assert access.pupil(cast.session, who(cast, "rita"), "v-001", Action.REGISTER_CASE)
    with pytest.raises(NotAllowed):
        access.pupil(cast.session, who(cast, "petra"), "v-001", Action.COMPLETE)
    assert access.pupil(cast.session, who(cast, "petra"), "v-001", Action.REGISTER_ASSESSMENT)


@pytest.mark.parametrize(
    ("person", "action", "schools"),
    [
        ("rita", Action.FIGURES, ["lia"]),
        ("heidi", Action.FIGURES, ["lia"]),
        ("eirik", Action.FIGURES, ["fjell", "lia"]),
        ("kjell", Action.FIGURES, ["fjell", "lia"]),
        ("kari", Action.FIGURES, []),
        ("merete", Action.IMPORT, ["lia"]),
        ("tora", Action.FIGURES, ["lia"]),
        ("tora", Action.EXPLAIN, ["lia"]),
        ("rita", Action.EXPORT, ["lia"]),
        ("heidi", Action.EXPORT, []),
        ("tora", Action.EXPORT, []),
        ("anne", Action.EXPORT, []),
        ("anne", Action.IMPORT, ["fjell", "lia"]),
        ("eirik", Action.IMPORT, []),
    ],
)
def test_figures_and_imports_reach_the_schools_of_the_role(
    cast: Lia, person: str, action: Action, schools: list[str]
) -> None:
    found = access.visible_schools(who(cast, person), cast.session, action)
    assert [school.key for school in found] == schools


def test_the_head_and_the_owner_hold_no_right_that_the_table_does_not_name() -> None:
    holders = {
        action: {key for key, role in ROLES.items() if action in role.may} for action in Action
    }
    assert holders[Action.EXPLAIN] == {"avdelingsleder", "rektor", "tilsyn"}
    assert holders[Action.FIGURES] == {
        "avdelingsleder",
        "rektor",
        "skoleeier",
        "ikit_koordinator",
        "tilsyn",
    }
    assert holders[Action.VALUES] == holders[Action.FIGURES] | {"skoleadministrasjon"}
    assert holders[Action.REGISTER_VALUES] == {"rektor", "skoleadministrasjon"}
    assert holders[Action.EXPORT] == {"rektor"}
    assert holders[Action.REGISTER_CASE] == {"avdelingsleder", "rektor"}
    assert holders[Action.ADMINISTER] == {"admin"}


def test_roles_without_an_account_hold_nothing() -> None:
    for key, role in ROLES.items():
        if key not in HOLDABLE:
            assert (role.places, role.may, role.sight) == ((), frozenset(), Sight.NOTHING)


def test_a_role_sees_protected_pupils_only_from_places_it_may_be_held_at() -> None:
    for role in ROLES.values():
        assert set(role.sees_protected) <= set(role.places)
        if role.key not in {"kontaktlaerer", "rektor"}:
            assert set(role.sees_protected) <= {Place.PUPIL}
