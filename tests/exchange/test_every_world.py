"""Nobody can count back: every small table that a school can have, for one who knows the rules.

The attacker makes a file of every table there is up to a size, and looks which of them give the
file that is published. What is hidden can be as many numbers as those tables hold. A number that an
indicator never has (P3 has no unknown, P10 nothing done late) is no secret, and is left out.
"""

from collections.abc import Iterator, Sequence

import pytest

from iopflow.exchange import hidden
from iopflow.queries.masking import FEWEST
from tests.exchange.kit import Entry, candidates, entry, split

World = Sequence[Sequence[Entry]]
WIDTH = FEWEST - 1  # values that are left for every hidden number


def _single(most: int, parts: int) -> Iterator[World]:
    """One figure alone, with every number of justified."""
    for of in range(most + 1):
        for numerator, late, open_, *unknown in split(of, parts):
            for justified in range(late + open_ + 1):
                yield [[entry("P2", "skoleslutt", numerator, late, open_, *unknown, justified)]]


def _not(found: dict[tuple[str, str], int], *names: str) -> dict[tuple[str, str], int]:
    return {key: width for key, width in found.items() if key[1] not in names}


def test_no_number_of_one_figure_can_be_told() -> None:
    with_unknown = candidates(_single(12, 4))
    assert {level for level, _name in with_unknown} == {"all", "share", "range", "nothing"}
    assert min(with_unknown.values()) == WIDTH
    without = (
        [[entry("P3", "skoleslutt", *numbers, 0, justified)]]
        for of in range(17)
        for numbers in split(of, 3)
        for justified in range(numbers[1] + numbers[2] + 1)
    )
    assert min(_not(candidates(without), "unknown").values()) == WIDTH


def _halves(most: int, parts: int, *, march: bool, spring_late: bool = True) -> Iterator[World]:
    """P7 and its spring half, and the autumn half as it was frozen before; the same pupils."""
    possible = [one for of in range(most + 1) for one in split(of, parts)]
    for host in possible:
        for var in possible:
            if parts == 2:
                (a, b), (c, d) = host, var
                first, second = (a, 0, b), (c, 0, d)
            else:
                first, second = host, var  # type: ignore[assignment]
                if second[1] and not spring_late:
                    continue
            whole = [one + other for one, other in zip(first, second, strict=True)]
            june = [entry("P7", "skoleslutt", *whole), entry("P7_var", "skoleslutt", *second)]
            before = entry("P7_host", "0103", *first)
            yield [[before], [*june, before]] if march else [june]


@pytest.mark.parametrize("march", [False, True])
def test_no_number_of_a_sum_can_be_told_from_its_halves(march: bool) -> None:
    found = _not(candidates(_halves(11, 2, march=march)), "done_late", "unknown", "justified")
    assert {level for level, _name in found} == {"count", "nothing"}
    assert min(found.values()) == WIDTH


@pytest.mark.parametrize("fewest", [3, 4])
@pytest.mark.parametrize("spring_late", [False, True])
def test_nor_how_the_rest_of_them_divides(fewest: int, spring_late: bool) -> None:
    """Also where the spring half can have nothing done late: it is read on its own last day. Then
    what March told of the autumn half is all that is done late, and no secret any more.
    """
    worlds = _halves(fewest + 3, 3, march=spring_late, spring_late=spring_late)
    but = "" if spring_late else "P7_var"
    known = ("unknown", "justified") if spring_late else ("unknown", "justified", "done_late")
    found = _not(candidates(worlds, fewest=fewest, but=but), *known)
    assert {level for level, _name in found} == {"count", "nothing", "share"}
    assert min(found.values()) == fewest - 1


def test_a_half_that_is_only_implied_is_hidden_as_well() -> None:
    june = [entry("P7", "skoleslutt", 20, 0, 9), entry("P7_var", "skoleslutt", 10, 0, 5)]
    assert [one["numerator"] for one in hidden(june)] == [None, None]  # 10 of 14 in autumn
    june = [entry("P7", "skoleslutt", 20, 0, 10), entry("P7_var", "skoleslutt", 10, 0, 5)]
    assert [one["numerator"] for one in hidden(june)] == [20, 10]


def test_no_number_can_be_told_from_two_dates_that_count_the_same_pupils() -> None:
    possible = [one for of in range(16) for one in split(of, 2)]
    later = (
        [
            [entry("P1", "0106", numerator, 0, rest)],
            [
                entry("P1", "0106", numerator, 0, rest),
                entry("P1", "skoleslutt", numerator, late, rest - late),
            ],
        ]
        for numerator, rest in possible
        for late in range(rest + 1)
    )
    assert min(_not(candidates(later), "done_late", "unknown", "justified").values()) == WIDTH
    possible = [one for of in range(12) for one in split(of, 2)]
    others = (
        [[entry("P1", "0106", a, 0, b), entry("P1", "skoleslutt", c, 0, d)]]
        for a, b in possible
        for c, d in possible
    )
    assert min(_not(candidates(others), "done_late", "unknown", "justified").values()) == WIDTH


def test_no_reason_of_exclusion_can_be_told_where_two_figures_have_the_same_pupils() -> None:
    """P3 and P8 both begin with those who are enrolled with a vedtak on the last day."""
    everyone = 26
    published: dict[str, set[tuple[int, int, int]]] = {}
    for pupils in range(everyone + 1):
        for counted, not_applicable, short in split(pupils, 3):
            for leaves in range(pupils + 1):
                table = [
                    entry(
                        "P3",
                        "skoleslutt",
                        counted,
                        excluded={"ikke_aktuelt": not_applicable, "kort_tid": short},
                    ),
                    entry("P8", "skoleslutt", pupils - leaves, excluded={"slutter": leaves}),
                ]
                told = hidden(table)
                if told[0]["excluded"] is None and max(counted, pupils - leaves) <= 10:
                    reasons = (not_applicable, short, leaves)
                    published.setdefault(repr(told), set()).add(reasons)
    assert len(published) > 20
    for possible in published.values():
        assert all(len({one[place] for one in possible}) >= WIDTH for place in range(3))
