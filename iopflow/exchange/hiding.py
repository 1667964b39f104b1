"""What of a school's frozen figures may leave it: small numbers hidden, and what would tell them.

The numbers of a file hang together. Numerator, done late, open and unknown sum to the denominator;
a sum (P7, P10) less the one half that is frozen with it is the other half; two counting dates may
count the same pupils. So the figures of a school and year are judged together: those that hang
together are a family, what can be subtracted from them is judged as if it stood there (`_implied`),
and each family shows as much as its smallest number allows. docs/decisions/0020 says why this holds
also against one who knows these rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from typing import Any

from iopflow.indicators import INDICATORS
from iopflow.queries.masking import FEWEST

PARTS = ("done_late", "open", "unknown")
_KEPT = (
    "indicator",
    "year",
    "counted",
    "revision",
    "frozen_at",
    "as_of",
    "counted_on",
    "definition",
    "wheel",
)
_SUMS: Mapping[str, tuple[str, ...]] = {one.code: one.parts for one in INDICATORS if one.parts}
_FAMILY: Mapping[str, str] = {part: code for code, parts in _SUMS.items() for part in parts}


class Shows(StrEnum):
    """How much of a figure is shown, the most first."""

    ALL = "all"  # all its parts
    SHARE = "share"  # numerator and denominator, not how the rest divides
    RANGE = "range"  # the denominator, and between which numbers the numerator lies
    COUNT = "count"  # the denominator
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of one figure, frozen or implied by others."""

    code: str
    numerator: int
    parts: tuple[int, ...]
    justified: int
    excluded: Mapping[str, int] = field(default_factory=dict)

    @property
    def rest(self) -> int:
        return sum(self.parts)

    @property
    def denominator(self) -> int:
        return self.numerator + self.rest

    @property
    def everyone(self) -> int:
        return self.denominator + sum(self.excluded.values())

    @property
    def late(self) -> int:
        """Those who could be justified: done late or open."""
        return self.parts[0] + self.parts[1]

    def less(self, others: Iterable["_Numbers"], code: str) -> "_Numbers":
        """What is left of a sum when others are taken from it."""
        left = self
        for one in others:
            reasons = {*left.excluded, *one.excluded}
            left = _Numbers(
                code,
                left.numerator - one.numerator,
                tuple(a - b for a, b in zip(left.parts, one.parts, strict=True)),
                left.justified - one.justified,
                {why: left.excluded.get(why, 0) - one.excluded.get(why, 0) for why in reasons},
            )
        return left


def hidden(entries: Sequence[Mapping[str, Any]], *, fewest: int = FEWEST) -> list[dict[str, Any]]:
    """The figures of one school, as they may leave it; `entries` are frozen, the newest of each.

    What is not shown is None. `numerator_least` and `numerator_most` are what anyone may conclude
    of a numerator: equal where it is shown.
    """
    years: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        years.setdefault(entry["year"], []).append(entry)
    shown: dict[int, dict[str, Any]] = {}
    for of_year in years.values():
        shown |= {
            id(entry): one for entry, one in zip(of_year, _year(of_year, fewest), strict=True)
        }
    return [shown[id(entry)] for entry in entries]


def _year(entries: Sequence[Mapping[str, Any]], fewest: int) -> list[dict[str, Any]]:
    """The figures of one school year."""
    families: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        families.setdefault(_family(entry["indicator"]), []).append(entry)
    judged = {name: _judged(of_family, fewest) for name, of_family in families.items()}
    # Populations are parts of each other across the families, so that one small number of excluded
    # could be told from the others: all are shown, or none.
    told = all(one.excluded_may_show for one in judged.values())
    return [
        _shown(entry, judged[_family(entry["indicator"])], told=told, fewest=fewest)
        for entry in entries
    ]


def _family(code: str) -> str:
    return _FAMILY.get(code, code)


@dataclass(frozen=True, slots=True)
class _Judged:
    """How much the figures of a family show; `summed`: their parts add up, so they go together."""

    shows: Shows
    summed: bool = False
    parts: bool = False
    justified: bool = False
    excluded_may_show: bool = False


def _judged(entries: Sequence[Mapping[str, Any]], fewest: int) -> _Judged:
    """What the smallest number of a family allows, with the numbers that its figures imply."""
    members = [_numbers(entry) for entry in entries]
    judged = [*members, *_implied(entries, members)]
    twice = [(one, other) for one, other in combinations(judged, 2) if one.code == other.code]

    def plain(*numbers: int) -> bool:
        return _plain(numbers, fewest)

    def alike(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
        return plain(*(abs(one.get(why, 0) - other.get(why, 0)) for why in {*one, *other}))

    if not all(plain(one.denominator) for one in judged):
        return _Judged(Shows.NOTHING)
    excluded = all(plain(*one.excluded.values()) for one in judged) and all(
        alike(one.excluded, other.excluded) for one, other in twice
    )
    exact = all(plain(one.numerator, one.rest) for one in judged) and all(
        plain(abs(one.numerator - other.numerator)) for one, other in twice
    )
    if not exact:
        shows = Shows.RANGE if _one_range(judged, fewest) else Shows.COUNT
        return _Judged(shows, excluded_may_show=excluded)
    return _Judged(
        Shows.ALL,
        summed=any(one.code in _SUMS for one in judged),
        parts=all(plain(*one.parts) for one in judged),
        justified=all(plain(one.justified, one.late - one.justified) for one in judged),
        excluded_may_show=excluded,
    )


def _plain(numbers: Iterable[int], fewest: int) -> bool:
    """Whether none of the numbers is small: of nobody there is nothing to hide."""
    return all(number == 0 or number >= fewest for number in numbers)


def _numbers(entry: Mapping[str, Any]) -> _Numbers:
    return _Numbers(
        entry["indicator"],
        entry["numerator"],
        tuple(entry[part] for part in PARTS),
        entry["justified"],
        entry["excluded"],
    )


def _implied(entries: Sequence[Mapping[str, Any]], members: Sequence[_Numbers]) -> list[_Numbers]:
    """The one part that a counting date does not freeze: its sum less the parts that it does."""
    found = []
    for entry, whole in zip(entries, members, strict=True):
        parts = _SUMS.get(entry["indicator"], ())
        beside = {
            other["indicator"]: numbers
            for other, numbers in zip(entries, members, strict=True)
            if other["counted"] == entry["counted"] and other["indicator"] in parts
        }
        missing = [part for part in parts if part not in beside]
        if len(missing) == 1 and beside:
            found.append(whole.less(beside.values(), missing[0]))
    return found


def _one_range(judged: Sequence[_Numbers], fewest: int) -> bool:
    """Whether the numerators may be given as ranges: one figure, or the same at several dates.

    Two ranges could narrow each other where they are of different numbers, and the ranges of a sum
    and its parts do.
    """
    ranges = {(one.code, _range(one, fewest)) for one in judged}
    return len(ranges) == 1 and None not in {found for _code, found in ranges}


def _range(one: _Numbers, fewest: int) -> tuple[int, int] | None:
    """Between which numbers a numerator lies that is small, or leaves a small rest; else None."""
    of = one.denominator
    if _plain((one.numerator, one.rest), fewest):
        return None
    if of < 2 * fewest - 1:  # both may be small, and it is not told which
        return 1, of - 1
    if one.numerator >= fewest:
        return of - fewest + 1, of - 1
    return 1, fewest - 1


def _shown(entry: Mapping[str, Any], judged: _Judged, *, told: bool, fewest: int) -> dict[str, Any]:
    """One figure, with as much of its numbers as is shown."""
    numbers = _numbers(entry)
    shows = _shows(numbers, judged, fewest)
    least = most = numbers.numerator if shows in (Shows.ALL, Shows.SHARE) else None
    if shows is Shows.RANGE:
        least, most = _range(numbers, fewest) or (None, None)
    return {
        **{name: entry[name] for name in _KEPT},
        "shows": str(shows),
        "denominator": None if shows is Shows.NOTHING else numbers.denominator,
        "numerator": least if least == most else None,
        "numerator_least": least,
        "numerator_most": most,
        **{part: entry[part] if shows is Shows.ALL else None for part in PARTS},
        "justified": numbers.justified
        if shows is Shows.ALL and _shows_justified(numbers, judged, fewest)
        else None,
        "excluded": {why: n for why, n in numbers.excluded.items() if n} if told else None,
    }


def _shows(numbers: _Numbers, judged: _Judged, fewest: int) -> Shows:
    """How much of one figure of a family is shown."""
    if judged.shows is Shows.NOTHING:
        return Shows.NOTHING
    if not numbers.denominator:
        return Shows.ALL
    if judged.shows is not Shows.ALL or not numbers.rest:
        return judged.shows
    fine = judged.parts if judged.summed else _plain(numbers.parts, fewest)
    return Shows.ALL if fine else Shows.SHARE


def _shows_justified(numbers: _Numbers, judged: _Judged, fewest: int) -> bool:
    """Whether it is told how many of those late or open had a reason: its parts are shown."""
    if not numbers.late:
        return True
    if judged.summed:
        return judged.justified
    return _plain((numbers.justified, numbers.late - numbers.justified), fewest)
