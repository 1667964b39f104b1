"""The log's values come back as the values of the columns, whatever their type."""

from datetime import UTC, date, datetime

from iopflow.engine.ledger import chunks, decode, encode
from iopflow.models import Outcome


def test_values_of_every_kind_come_back_as_they_went() -> None:
    values = {
        "year": 2026,
        "decided_on": date(2026, 6, 10),
        "departs": True,
        "reason": "«æøå»",
        "valid_to": None,
        "recorded_at": datetime(2026, 6, 11, 8, 30, tzinfo=UTC),
    }
    assert decode("vedtak", encode(values)) == values
    assert decode("vedtak", encode({"outcome": Outcome.PARTLY})) == {"outcome": Outcome.PARTLY}


def test_what_is_not_there_is_nothing() -> None:
    assert encode(None) is None
    assert decode("vedtak", None) == {}


def test_a_long_row_of_rows_is_cut_and_nothing_is_lost() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks([], 2)) == []
    assert list(chunks(range(4), 2)) == [[0, 1], [2, 3]]
