"""A day ends at midnight in Norway, whatever the clock of the machine says."""

from datetime import UTC, date, datetime

import pytest
from freezegun import freeze_time

from iopflow import clock


def test_now_is_aware_and_in_utc() -> None:
    with freeze_time("2026-03-01T23:30:00"):
        assert clock.now() == datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 1, 22, 59, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 23, 0, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 5, 31, 21, 59, tzinfo=UTC), date(2026, 5, 31)),
        (datetime(2026, 5, 31, 22, 0, tzinfo=UTC), date(2026, 6, 1)),
    ],
)
def test_a_day_ends_at_midnight_in_norway(moment: datetime, day: date) -> None:
    assert clock.local_date(moment) == day


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="a moment without a time zone has no day"):
        clock.local_date(datetime(2026, 3, 1))  # noqa: DTZ001 - what is tried


def test_a_moment_is_read_in_norwegian_time_unless_it_says_otherwise() -> None:
    assert clock.parse_moment("2026-07-01") == datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
    assert clock.parse_moment("2026-01-01T08:00") == datetime(2026, 1, 1, 7, 0, tzinfo=UTC)
    assert clock.parse_moment("2026-01-01T08:00Z") == datetime(2026, 1, 1, 8, 0, tzinfo=UTC)


def test_a_moment_outside_the_calendar_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="outside the calendar"):
        clock.parse_moment("0001-01-01")
