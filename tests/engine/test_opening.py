"""Opening a year: who gets which task, that it repeats without harm, and who is not covered."""

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from iopflow.engine.opening import Opened, open_needed, open_year
from iopflow.models import School, metadata
from iopflow.schoolyear import Year
from tests.factories import RULES, YEAR, Lia, act, lia

TALKS = {"iop.utviklingssamtale", "iop.elevsamtale_host", "iop.elevsamtale_var"}


def opened(cast: Lia, year: Year = YEAR, **options: Any) -> list[Opened]:
    schools = [cast.session.get_one(School, cast.ids["lia"])]
    return open_year(cast.session, RULES, year, schools, act=act("rollover"), **options)


def steps_of(cast: Lia, key: str, year: Year = YEAR) -> set[str]:
    task = metadata.tables["task"]
    return set(
        cast.session.execute(
            select(task.c.step).where(
                task.c.subject_id == cast.ids[key],
                task.c.scope == "pupil",
                task.c.year == year.start,
            )
        ).scalars()
    )


def count(cast: Lia, table: str) -> int:
    return int(
        cast.session.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one()
    )


def test_a_pupil_without_a_case_gets_talks_only(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    (answer,) = opened(cast)
    assert steps_of(cast, "v-001") == TALKS | {"iop.malvalgsamtale"}
    assert [(one.what, one.id) for one in answer.uncovered if one.what == "pupil"] == [
        ("pupil", "v-001")
    ]


def test_a_continuing_pupil_with_a_vedtak_gets_the_iop_steps(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.vedtak("v-001")
    opened(cast)
    steps = steps_of(cast, "v-001")
    assert {"iop.malvalg", "iop.klar_skolestart", "iop.halvarsevaluering"} <= steps
    assert steps & {"iop.forenklet_nye", "iop.enkeltvedtak", "iop.sakkyndig_vurdering"} == set()


def test_a_new_pupil_enters_by_the_simplified_iop(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001", starts=date(2026, 8, 1))
    cast.vedtak("v-001")
    opened(cast)
    steps = steps_of(cast, "v-001")
    assert {"iop.forenklet_nye", "iop.ferdig_nye"} <= steps
    assert steps & {"iop.malvalg", "iop.klar_skolestart", "iop.malvalgsamtale"} == set()


def test_an_open_need_brings_assessment_consent_and_vedtak(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.need("v-001")
    opened(cast)
    assert {
        "iop.sakkyndig_vurdering",
        "iop.pedagogisk_rapport",
        "iop.enkeltvedtak",
        "case.samtykke_utredning",
        "case.samtykke_vedtak",
        "iop.malvalg",
    } <= steps_of(cast, "v-001")


def test_a_refused_consent_closes_the_need_until_it_is_given_again(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.need("v-001")
    cast.consent("v-001", "utredning", "refused")
    opened(cast)
    assert "iop.sakkyndig_vurdering" not in steps_of(cast, "v-001")
    cast.consent("v-001", "utredning", "given", on=date(2026, 3, 1))
    opened(cast)
    assert "iop.sakkyndig_vurdering" in steps_of(cast, "v-001")


def test_a_late_arrival_gets_no_duty_from_before_and_dates_from_the_arrival(
    session: Session,
) -> None:
    cast = lia(session)
    cast.pupil("v-001", starts=date(2026, 11, 2))
    cast.vedtak("v-001", valid_from=date(2026, 11, 1))
    opened(cast)
    task = metadata.tables["task"]
    dues = dict(
        session.execute(
            select(task.c.step, task.c.due).where(task.c.subject_id == cast.ids["v-001"])
        ).all()
    )
    assert dues["iop.forenklet_nye"] == date(2026, 11, 16)
    assert dues["iop.ferdig_nye"] == date(2026, 11, 30)
    assert "iop.teste_justere" not in dues
    assert "iop.halvarsevaluering" in dues


def test_classes_in_use_avdelinger_school_and_network_get_their_steps_once(
    session: Session,
) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    opened(cast)
    task = metadata.tables["task"]
    rows = session.execute(
        select(task.c.scope, task.c.subject_id, task.c.step, task.c.school_id).where(
            task.c.scope != "pupil"
        )
    ).all()
    subjects = {(row.scope, row.subject_id) for row in rows}
    assert subjects == {
        ("unit", cast.ids["3a"]),
        ("unit", cast.ids["smatrinn"]),
        ("school", cast.ids["lia"]),
        ("network", cast.ids["nett"]),
    }
    assert [row for row in rows if row.scope == "network" and row.school_id is not None] == []


def test_opening_again_changes_nothing(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.vedtak("v-001")
    (first,) = opened(cast)
    before = (count(cast, "task"), count(cast, "event"))
    (second,) = opened(cast)
    assert (count(cast, "task"), count(cast, "event")) == before
    assert (second.added, second.existing) == (0, first.added)


def test_a_dry_run_tells_the_same_and_writes_nothing(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.vedtak("v-001")
    (dry,) = opened(cast, apply=False)
    assert (count(cast, "task"), count(cast, "event")) == (0, 0)
    (real,) = opened(cast)
    assert dry.added == real.added == count(cast, "task")


def test_opening_two_schools_of_a_network_opens_the_networks_steps_once(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.pupil("f-001", "fjell", "f3")
    schools = [session.get_one(School, cast.ids[key]) for key in ("lia", "fjell")]
    open_year(session, RULES, YEAR, schools, act=act())
    task = metadata.tables["task"]
    rows = session.execute(
        select(task.c.step, func.count()).where(task.c.scope == "network").group_by(task.c.step)
    ).all()
    assert {number for _step, number in rows} == {1}


def test_a_missing_skolerute_is_named_and_opens_nothing(session: Session) -> None:
    cast = lia(session, years=range(2026, 2027))
    cast.pupil("v-001")
    (answer,) = opened(cast, Year(2030))
    assert [(one.what, one.id) for one in answer.uncovered] == [("year", "2030-31")]
    assert count(cast, "task") == 0
    (answer,) = opened(cast)  # the year before is missing: steps that count from its end
    assert "iop.kvalitetssikring" in [one.id for one in answer.uncovered if one.what == "step"]


def test_a_changed_skolerute_moves_dates_that_nobody_has_moved(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.vedtak("v-001")
    opened(cast)
    rute, task = metadata.tables["school_year"], metadata.tables["task"]
    session.execute(
        rute.update()
        .where(rute.c.school_id == cast.ids["lia"], rute.c.year == 2026)
        .values(last_day=date(2027, 6, 22))
    )
    (answer,) = opened(cast)
    assert answer.redated > 0
    limit = session.execute(
        select(task.c.limit_day).where(
            task.c.step == "iop.arsevaluering", task.c.subject_id == cast.ids["v-001"]
        )
    ).scalar_one()
    assert limit == date(2027, 6, 22)


def test_a_fact_opens_the_year_it_speaks_of_for_its_pupil_only(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    cast.pupil("v-002")
    cast.need("v-001", 2027)
    open_needed(
        session,
        RULES,
        owner_id=cast.owner_id,
        years=[Year(2027)],
        act=act(),
        pupil_ids=[cast.ids["v-001"]],
    )
    assert "iop.sakkyndig_vurdering" in steps_of(cast, "v-001", Year(2027))
    assert steps_of(cast, "v-002", Year(2027)) == set()


def test_years_already_open_take_in_pupils_who_come_later(session: Session) -> None:
    cast = lia(session)
    cast.pupil("v-001")
    opened(cast)
    cast.pupil("v-002")
    open_needed(session, RULES, owner_id=cast.owner_id, years=[], act=act())
    assert steps_of(cast, "v-002") == steps_of(cast, "v-001")
