"""Whose turn it is in the cases one leads: who is listed, in which order, and to whom."""

from datetime import date

import pytest
from sqlmodel import Session

from iopflow.lifecycle import Court
from iopflow.models import metadata
from iopflow.queries import access
from iopflow.queries.turns import turns
from tests.factories import TODAY, Lia, lia


@pytest.fixture
def cast(session: Session) -> Lia:
    """v-001 waits for PPT, v-002 (protected) for the school, v-003 for nobody, f-001 at Fjell."""
    cast = lia(session)
    for key in ("v-001", "v-002", "v-003"):
        cast.pupil(key, protected=key == "v-002")
    cast.pupil("f-001", "fjell", "f3")
    for key in ("v-001", "v-002", "f-001"):
        cast.need(key, 2027, needed_since=date(2026, 9, 1))
    cast.consent("v-001", "utredning", year=2027, on=date(2026, 9, 10))
    assessment = metadata.tables["assessment"]
    mine = assessment.c.pupil_id == cast.ids["v-001"]
    cast.session.execute(assessment.update().where(mine).values(referred_on=date(2026, 10, 1)))
    return cast


def seen(cast: Lia, by: str) -> list[tuple[str, Court | None, int]]:
    who = access.viewer(cast.session, by, today=TODAY)
    found = turns(cast.session, who, today=TODAY)
    return [(one.pupil, one.course.turn, one.course.days) for one in found]


def test_rektor_sees_all_of_the_school_and_the_longest_waiting_first(cast: Lia) -> None:
    assert seen(cast, "rita") == [("v-002", Court.SKOLE, 87), ("v-001", Court.PPT, 57)]


def test_a_head_sees_no_protected_pupil_and_another_school_nothing_of_this(cast: Lia) -> None:
    assert seen(cast, "heidi") == [("v-001", Court.PPT, 57)]
    assert seen(cast, "siri") == [("f-001", Court.SKOLE, 87)]


def test_ppt_has_a_queue_of_its_own(cast: Lia) -> None:
    cast.grant("per", "ppt_radgiver", "pupil", "v-001")
    assert seen(cast, "per") == []
