"""The dates of a year per step, grade and arrival, from a school's own wheel."""

from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine.opening import open_year
from iopflow.models import School, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.rules import Rules
from iopflow.queries.tasks import Asked, tasks
from tests.factories import TODAY, YEAR, act, lia

OWN = """
extends = "spesialskole"
title = { nb = "Eget hjul", nn = "Eige hjul", en = "Own wheel" }
source = "Lia skole"

[[step]]
key = "iop.teste_justere"
due = "09-15 | grade 1: 09-01 | grade 3,4: 09-30"
"""


def test_grades_have_their_own_days_and_the_rest_the_common_one(
    session: Session, tmp_path: Path
) -> None:
    (tmp_path / "eget.toml").write_text(OWN, encoding="utf-8")
    rules = Rules([tmp_path])
    cast = lia(session)
    for grade in range(6):  # the grade in the autumn of 2024: two less than in 2026
        cast.pupil(f"v-{grade}", grade=grade, starts=date(2026, 8, 1))
        cast.vedtak(f"v-{grade}")
    session.get_one(School, cast.ids["lia"]).wheel = "eget"
    session.flush()
    open_year(session, rules, YEAR, [session.get_one(School, cast.ids["lia"])], act=act())
    task = metadata.tables["task"]
    found = session.execute(
        select(task.c.subject_id, task.c.due).where(task.c.step == "iop.teste_justere")
    )
    names = {number: key for key, number in cast.ids.items()}
    assert {names[number]: due.isoformat() for number, due in found} == {
        "v-0": "2026-09-15",
        "v-1": "2026-09-01",
        "v-2": "2026-09-15",
        "v-3": "2026-09-30",
        "v-4": "2026-09-30",
        "v-5": "2026-09-15",
    }


def test_a_grade_goes_up_each_august(session: Session, tmp_path: Path) -> None:
    (tmp_path / "eget.toml").write_text(OWN, encoding="utf-8")
    cast = lia(session)
    cast.pupil("v-001", grade=1, starts=date(2025, 1, 10))  # first grade in 2024-25
    cast.vedtak("v-001")
    school = session.get_one(School, cast.ids["lia"])
    school.wheel = "eget"
    session.flush()
    open_year(session, Rules([tmp_path]), YEAR, [school], act=act())
    task = metadata.tables["task"]
    due = select(task.c.due).where(task.c.step == "iop.teste_justere")
    assert session.execute(due).scalar_one() == date(2026, 9, 30)  # third grade


def test_tasks_of_a_step_that_the_schools_wheel_no_longer_has_are_not_shown(
    session: Session, tmp_path: Path
) -> None:
    extra = (
        OWN
        + """
[[step]]
key = "lokal.fagdag"
kind = "task"
title = { nb = "Fagdag", nn = "Fagdag", en = "Subject day" }
scope = "school"
opens = "due - 2w"
due = "10-20"
responsible = "rektor"
basis = "local"
source = "Lia skole"
certainty = "certain"
"""
    )
    (tmp_path / "eget.toml").write_text(extra, encoding="utf-8")
    cast = lia(session)
    cast.pupil("v-001")
    school = session.get_one(School, cast.ids["lia"])
    school.wheel = "eget"
    session.flush()
    open_year(session, Rules([tmp_path]), YEAR, [school], act=act())
    asked = Asked(step="lokal.fagdag", year=YEAR)
    assert len(tasks(session, Rules([tmp_path]), EVERYONE, asked, today=TODAY)) == 1
    school.wheel = None
    session.flush()
    assert tasks(session, Rules([tmp_path]), EVERYONE, asked, today=TODAY) == []
