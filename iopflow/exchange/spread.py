"""Median and spread of schools whose shares are known, or known to lie between two numbers."""

import statistics
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iopflow.texts import between

FEWEST_SCHOOLS = 2  # that make a median
FEWEST_UNNAMED = 3  # where no school is named: of two, each would know the other's number
FOR_QUARTILES = 4


@dataclass(frozen=True, slots=True)
class Between:
    """A share that lies between two: the same where it is known."""

    least: float
    most: float

    @property
    def is_known(self) -> bool:
        """Whether it is one number."""
        return self.least == self.most

    @property
    def words(self) -> str:
        """«78 %», or «78–94 %»."""
        return between(self.least, self.most)


class Spread(ABC):
    """The middle and the ends of some schools' numbers."""

    __slots__ = ()
    fewest = FEWEST_SCHOOLS

    @property
    @abstractmethod
    def shares(self) -> list[Between]:
        """The numbers that may be shown, in no order that tells whose they are."""

    @property
    def median(self) -> Between | None:
        """The school in the middle."""
        return self._of(statistics.median, self.fewest)

    @property
    def lower(self) -> Between | None:
        """A quarter of the schools are below."""
        return self._of(lambda shares: _quartiles(shares)[0], FOR_QUARTILES)

    @property
    def upper(self) -> Between | None:
        """A quarter of the schools are above."""
        return self._of(lambda shares: _quartiles(shares)[2], FOR_QUARTILES)

    @property
    def least(self) -> Between | None:
        """The lowest."""
        return self._of(min, self.fewest)

    @property
    def most(self) -> Between | None:
        """The highest."""
        return self._of(max, self.fewest)

    def _of(self, measure: Callable[[list[float]], float], fewest: int) -> Between | None:
        """A measure that grows with each share: it lies between that of the lows and the highs."""
        shares = self.shares
        if len(shares) < fewest:
            return None
        return Between(
            measure([one.least for one in shares]), measure([one.most for one in shares])
        )


@dataclass(frozen=True, slots=True)
class Group(Spread):
    """An indicator of one year and counting date in a network: every school, and what they make.

    All is made of what each school shows: nothing here can tell more than the schools' own files.
    """

    indicator: str
    year: str
    counted: str
    definition: str
    figures: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=list)

    @property
    def shares(self) -> list[Between]:
        """The shares of the schools that may be shown, in no order that tells whose they are."""
        found = [share(figure) for _school, figure in self.figures]
        return sorted(
            (one for one in found if one is not None), key=lambda one: (one.least, one.most)
        )

    @property
    def without_cases(self) -> int:
        """Schools that had nobody to count (ikke aktuelt)."""
        return sum(figure["denominator"] == 0 for _school, figure in self.figures)

    @property
    def not_shown(self) -> int:
        """Schools with too small numbers for any share."""
        return len(self.figures) - len(self.shares) - self.without_cases

    @property
    def denominator(self) -> int | None:
        """All counted; None where one school does not show how many they are."""
        return _sum([figure["denominator"] for _school, figure in self.figures])

    @property
    def numerators(self) -> tuple[int | None, int | None]:
        """Between which numbers the sum of the numerators lies; None where it may not be shown."""
        return (
            _sum([figure["numerator_least"] for _school, figure in self.figures]),
            _sum([figure["numerator_most"] for _school, figure in self.figures]),
        )


@dataclass(frozen=True, slots=True)
class Numbers(Spread):
    """A registered figure of one year, counting date and category in a network.

    `numbers` are those of the schools that may be shown; `hidden` are how many have too small ones.
    """

    indicator: str
    year: str
    counted: str
    category: str
    numbers: Sequence[float] = ()
    hidden: int = 0
    fewest = FEWEST_UNNAMED

    @property
    def shares(self) -> list[Between]:
        """The numbers, each between itself and itself, from the lowest."""
        return [Between(one, one) for one in sorted(self.numbers)]


def share(figure: Mapping[str, Any]) -> Between | None:
    """The share on time of one school's figure; None where it is not shown, or there is none."""
    of = figure["denominator"]
    if not of or figure["numerator_least"] is None:
        return None
    return Between(figure["numerator_least"] / of, figure["numerator_most"] / of)


def _quartiles(shares: list[float]) -> list[float]:
    return statistics.quantiles(shares, n=4, method="inclusive")


def _sum(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None
