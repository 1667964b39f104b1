"""The tasks of a person, told to the database beforehand, are those that the list itself says."""

from datetime import date

import pytest
from sqlmodel import Session

from iopflow.engine.opening import open_year
from iopflow.queries.access import EVERYONE
from iopflow.queries.places import schools
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from tests.factories import RULES, TODAY, Lia, act, lia


@pytest.fixture
def cast(session: Session) -> Lia:
    """Roles of every kind of place, somebody away with a substitute, and a pupil who changed."""
    cast = lia(session)
    cast.ids["ppt"] = cast.add("ppt_office", key="ppt", name="PPT", municipality="Eikedal")
    for key, class_ in (("v-001", "3a"), ("v-002", "3b"), ("v-003", "3a")):
        cast.pupil(key, class_=class_, ppt_id=None)
        cast.vedtak(key)
        cast.need(key, 2027, needed_since=date(2026, 9, 1), referred_on=date(2026, 10, 1))
    cast.pupil("f-001", "fjell", "f3")
    cast.vedtak("f-001")
    cast.grant("per", "ppt_radgiver", "pupil", "v-001")
    cast.grant("liv", "ppt_leder", "ppt", "ppt")
    cast.grant("ada", "admin", "owner", "eikedal")
    cast.grant("eli", "spesialpedagog", "pupil", "v-002")
    substituted = cast.grant("olav", "kontaktlaerer", "unit", "3a")
    cast.session.connection().exec_driver_sql(
        f"UPDATE role_grant SET for_id = {cast.ids['kari']} WHERE id = {substituted}"  # noqa: S608
    )
    for year in (2026, 2027):
        open_year(session, RULES, Year(year), schools(session), act=act())
    return cast


def test_nobodys_tasks_are_lost_and_nobody_gets_anothers(cast: Lia) -> None:
    everything = tasks(cast.session, RULES, EVERYONE, Asked(), today=TODAY)
    of_each = {}
    for (person,) in cast.session.connection().exec_driver_sql("SELECT key FROM person"):
        asked = Asked(person=person)
        found = tasks(cast.session, RULES, EVERYONE, asked, today=TODAY)
        assert found == [row for row in everything if person in row.responsible]
        of_each[person] = len(found)
    assert {person for person, n in of_each.items() if n} >= {"kari", "olav", "rita", "per", "siri"}
