"""Frozen entries of schools that are not in any database, and an attacker who counts back."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from iopflow.exchange import hidden
from iopflow.queries.masking import FEWEST

NUMBERS = ("denominator", "numerator", "done_late", "open", "unknown", "justified")
Entry = dict[str, Any]


def entry(code: str, counted: str, *numbers: int, **more: Any) -> Entry:
    """A figure as it is frozen: numerator, done late, open, unknown and justified, as many as are
    given.
    """
    numerator, done_late, open_, unknown, justified = (*numbers, 0, 0, 0, 0)[:5]
    return {
        "indicator": code,
        "year": "2025-26",
        "counted": counted,
        "revision": 1,
        "frozen_at": "2026-06-20T09:00:00+00:00",
        "as_of": "2026-06-18",
        "counted_on": "2026-06-18",
        "definition": f"{code}@1",
        "wheel": "spesialskole@1",
        "numerator": numerator,
        "denominator": numerator + done_late + open_ + unknown,
        "done_late": done_late,
        "open": open_,
        "unknown": unknown,
        "justified": justified,
        "excluded": {},
        **more,
    }


def split(number: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way to divide a number on so many parts."""
    if parts == 1:
        yield (number,)
        return
    for first in range(number + 1):
        for rest in split(number - first, parts - 1):
            yield (first, *rest)


def candidates(
    worlds: Iterable[Sequence[Sequence[Entry]]], *, fewest: int = FEWEST, but: str = ""
) -> dict[tuple[str, str], int]:
    """How few values a hidden number can have, for one who knows the rules and tries every world.

    A world is the tables of a school at one moment after another (a file is made of each), where
    the last holds all of them. By how much the figure shows, and the name of the number. What an
    earlier file has shown is no longer hidden. `but` is an indicator that is not asked about.
    """
    published: dict[str, list[dict[str, set[int]]]] = {}
    levels: dict[str, list[str]] = {}
    for moments in worlds:
        files = [hidden(table, fewest=fewest) for table in moments]
        told = repr(files)
        if told not in published:
            published[told] = [
                {
                    name: set()
                    for name in NUMBERS
                    if one["indicator"] != but and not _was_told(one, name, files)
                }
                for one in files[-1]
            ]
            levels[told] = [one["shows"] for one in files[-1]]
        for true, unknown in zip(moments[-1], published[told], strict=True):
            for name, values in unknown.items():
                values.add(true[name])
    found: dict[tuple[str, str], int] = defaultdict(lambda: 1_000)
    for told, figures in published.items():
        for level, unknown in zip(levels[told], figures, strict=True):
            for name, values in unknown.items():
                found[level, name] = min(found[level, name], len(values))
    return dict(found)


def _was_told(figure: Entry, name: str, files: Sequence[Sequence[Entry]]) -> bool:
    """Whether any of the files shows the number."""
    return any(
        one[name] is not None
        for file in files
        for one in file
        if (one["indicator"], one["counted"]) == (figure["indicator"], figure["counted"])
    )


class Solver:
    """Whole numbers that are not below nought, tied by sums. Knows nothing of iopflow.

    Of numbers that are the truth it says whether one of them could be another, with all that is
    tied to it moved along: then who knows the ties only cannot tell.
    """

    most_moved = 24  # numbers at once
    most_tried = 20_000

    def __init__(self) -> None:
        self.truth: dict[Any, int] = {}
        self.ties: list[tuple[dict[Any, int], int, int]] = []
        self.of: dict[Any, list[int]] = defaultdict(list)
        self._tried = 0

    def tie(self, weights: Mapping[Any, int], least: int, most: int | None = None) -> None:
        """The weighted sum of some numbers lies between two (or is one)."""
        for name in weights:
            self.of[name].append(len(self.ties))
        self.ties.append((dict(weights), least, least if most is None else most))

    def broken(self, values: Mapping[Any, int], of: Iterable[int] | None = None) -> list[int]:
        """The ties that do not hold."""
        return [
            place
            for place in (range(len(self.ties)) if of is None else of)
            if self._lacks(place, values)
        ]

    def can_be(self, name: Any, value: int) -> bool:
        """Whether there is a solution where a number is not what it is, but this."""
        self._tried = 0
        return value >= 0 and self._mend({name: value})

    def _lacks(self, place: int, moved: Mapping[Any, int]) -> int:
        """How much more the sum of a tie must be."""
        weights, least, most = self.ties[place]
        total = sum(w * moved.get(name, self.truth.get(name, 0)) for name, w in weights.items())
        return max(least - total, 0) or min(most - total, 0)

    def _mend(self, moved: dict[Any, int]) -> bool:
        """Moves one more number for a tie that does not hold, until all do."""
        self._tried += 1
        if self._tried > self.most_tried or len(moved) > self.most_moved:
            return False
        ties = {place for name in moved for place in self.of[name]}
        broken = self.broken(moved, ties)
        if not broken:
            return True
        free = {place: [one for one in self.ties[place][0] if one not in moved] for place in broken}
        place = min(broken, key=lambda one: len(free[one]))  # the one with the fewest ways out
        lacks = self._lacks(place, moved)
        for name in free[place]:
            weight = self.ties[place][0][name]
            value = self.truth[name] + lacks // weight
            if lacks % weight == 0 and value >= 0 and self._mend({**moved, name: value}):
                return True
        return False
