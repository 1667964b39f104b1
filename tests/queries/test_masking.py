"""What hides a small number hides what it could be told from, in the same answer."""

from typing import Any

import pytest
from sqlmodel import Session

from iopflow.queries.access import Viewer, viewer
from iopflow.queries.masking import mask
from tests.exchange.kit import Entry, entry
from tests.factories import TODAY, lia


@pytest.fixture
def eli(session: Session) -> tuple[Session, Viewer]:
    """A school owner."""
    lia(session).grant("eli", "skoleeier", "owner", "eikedal")
    return session, viewer(session, "eli", today=TODAY)


def figure(code: str, numerator: int, rest: int, unit: str | None = None) -> Entry:
    return entry(code, "skoleslutt", numerator, 0, rest, school="lia", network=None, unit=unit)


def shown(who: tuple[Session, Viewer], *entries: Entry) -> list[Any]:
    return [one["numerator"] for one in mask(*who, entries)]


def test_a_small_half_is_not_told_by_the_sum_and_the_other_half(
    eli: tuple[Session, Viewer],
) -> None:
    halves = figure("P7", 20, 3), figure("P7_host", 2, 1), figure("P7_var", 18, 2)
    assert shown(eli, *halves, figure("P3", 18, 2)) == [None, None, None, 18]
    assert shown(eli, figure("P7", 30, 3), figure("P7_var", 18, 2)) == [30, 18]


def test_a_small_class_is_not_told_by_the_other_classes(eli: tuple[Session, Viewer]) -> None:
    classes = figure("P3", 2, 1, "3a"), figure("P3", 8, 0, "3b"), figure("P9", 8, 0, "3b")
    assert shown(eli, *classes) == [None, None, 8]
    told = mask(*eli, classes)
    assert [one["problem"] for one in told if one.get("masked")] == [
        "under 5 elever: tallet vises ikke",
        "ville vist et tall på under 5 elever",
    ]
