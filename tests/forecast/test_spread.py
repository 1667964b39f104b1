"""How many of the open will be done in time, beside going through every way it can turn out."""

from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iopflow.forecast.spread import Group, numbers, range_of

CHANCES = st.floats(0.01, 0.99)


def enumerated(chances: list[float]) -> list[float]:
    """Every way it can turn out, one by one."""
    likely = [0.0] * (len(chances) + 1)
    for ways in product((0, 1), repeat=len(chances)):
        weight = 1.0
        for done, chance in zip(ways, chances, strict=True):
            weight *= chance if done else 1 - chance
        likely[sum(ways)] += weight
    return likely


@given(st.lists(CHANCES, max_size=7))
def test_pupils_with_chances_of_their_own_are_the_poisson_binomial(chances: list[float]) -> None:
    found = numbers(Group(1, chance) for chance in chances)
    assert found == pytest.approx(enumerated(chances))


@given(st.lists(st.tuples(st.integers(0, 4), CHANCES), max_size=3))
def test_groups_that_are_not_alike_are_each_pupil_for_himself(
    groups: list[tuple[int, float]],
) -> None:
    found = numbers(Group(n, chance) for n, chance in groups)
    assert found == pytest.approx(enumerated([chance for n, chance in groups for _ in range(n)]))


@given(st.integers(1, 8), CHANCES, st.floats(0.02, 0.6))
def test_a_year_of_its_own_is_the_mean_over_all_years(n: int, chance: float, alike: float) -> None:
    """Beta-binomial by Pólya's urn: each one done makes the next a little likelier."""
    size = 1 / alike - 1
    expected = []
    for done in range(n + 1):
        weight = float(comb(n, done))
        for k in range(done):
            weight *= (chance * size + k) / (size + k)
        for k in range(n - done):
            weight *= ((1 - chance) * size + k) / (size + done + k)
        expected.append(weight)
    found = numbers([Group(n, chance, alike)])
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert sum(k * p for k, p in enumerate(found)) == pytest.approx(n * chance)


@given(
    st.lists(st.floats(0.001, 1), min_size=1, max_size=12).map(lambda ps: [p / sum(ps) for p in ps])
)
def test_a_range_holds_its_share_and_could_not_be_cut(likely: list[float]) -> None:
    found = range_of(likely)
    held = sum(likely[found.low : found.high + 1])
    assert held == pytest.approx(found.sure)
    assert held >= 0.8 - 1e-6
    if found.low < found.high:  # whichever end is given up, less is left
        assert held - min(likely[found.low], likely[found.high]) < 0.8 + 1e-6


def test_what_cannot_turn_out_otherwise_has_a_range_of_one() -> None:
    assert (range_of(numbers([])).low, range_of(numbers([])).high) == (0, 0)
    sure = range_of(numbers([Group(4, 1.0, 0.3)]))
    assert (sure.low, sure.high) == (4, 4)
    assert sure.sure == pytest.approx(1)


def test_two_ends_that_are_both_likely_are_both_in_the_range() -> None:
    found = range_of(numbers([Group(6, 0.5, 0.6)]))
    assert (found.low, found.high) == (0, 6)
