"""The chance of one open pupil, beside counting by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.forecast.chances import FEWEST_FOLLOWED, Followed, by_then, chance

LEFT = 30


def pupils(school: int, year: int, done: int, of: int) -> list[Followed]:
    """So many of so many were done in time, at one school in one year; the rest never."""
    return [Followed(school, year, 10 if n < done else 60, done=n < done) for n in range(of)]


def naive(earlier: list[Followed], left: int) -> float:
    """Kaplan–Meier, day for day."""
    still = 1.0
    for day in range(left + 1):
        seen = sum(one.days >= day for one in earlier)
        done = sum(one.done and one.days == day for one in earlier)
        still *= 1 - done / seen if seen else 1
    return 1 - still


@given(
    st.lists(
        st.builds(Followed, st.just(1), st.just(2025), st.integers(0, 12), st.booleans()),
        max_size=25,
    ),
    st.integers(0, 14),
)
def test_the_curve_is_kaplan_meiers(earlier: list[Followed], left: int) -> None:
    assert by_then(earlier, left) == pytest.approx(naive(earlier, left))


def test_whom_nobody_lost_sight_of_is_counted_plainly() -> None:
    assert by_then(pupils(1, 2025, 3, 4), LEFT) == pytest.approx(0.75)


def test_too_little_history_is_no_chance_at_all() -> None:
    assert chance([], 1, LEFT) is None
    assert chance(pupils(1, 2025, 5, FEWEST_FOLLOWED - 1), 1, LEFT) is None
    assert chance(pupils(1, 2025, 5, FEWEST_FOLLOWED), 1, LEFT) is not None


def test_those_lost_sight_of_are_not_history_enough() -> None:
    gone = [Followed(1, 2025, 0, done=False)] * 40
    assert chance([*gone, *pupils(1, 2025, 1, 3)], 1, LEFT) is None


def test_a_school_with_much_history_is_itself_and_one_with_little_like_the_others() -> None:
    others = [one for year in (2023, 2024, 2025) for one in pupils(2, year, 4, 20)]
    much = [one for year in (2023, 2024, 2025) for one in pupils(1, year, 19, 20)]
    little = pupils(1, 2025, 2, 2)

    def rate(*earlier: list[Followed]) -> float:
        found = chance([one for some in earlier for one in some], 1, LEFT)
        assert found is not None
        return found.rate

    assert 0.2 < rate(others) < 0.3  # drawn a little from a fifth towards the middle
    assert rate(others) < rate(others, little) < 0.5
    assert rate(others, much) > 0.75


def test_years_that_differ_make_pupils_of_a_year_alike() -> None:
    same = [one for year in range(2021, 2026) for one in pupils(1, year, 10, 20)]
    apart = [one for year in range(2021, 2026) for one in pupils(1, year, 20 * (year % 2), 20)]
    even, uneven = chance(same, 1, LEFT), chance(apart, 1, LEFT)
    assert even is not None
    assert uneven is not None
    assert uneven.alike > 2 * even.alike
