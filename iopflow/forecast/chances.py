"""The chance that what is open today is done in time, from how it went in earlier years.

The history is a landmark: those who were open just as many days before the limit as today, and what
became of them. The curve is Kaplan–Meier's, since some were lost sight of before the limit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from typing import Any

# Fewer than so many earlier pupils say nothing of a chance: «for lite historikk».
FEWEST_FOLLOWED = 10
# How many pupils of its own a school needs before they weigh more than the owner's other schools.
OTHERS_WEIGH = 8.0
# The prior of how alike the pupils of one school and year are: Beta(1, 9), a tenth on average.
ALIKE_PRIOR = (1.0, 9.0)
_ALIKE = tuple((n + 0.5) / 120 for n in range(72))  # from 0 to 0.6


@dataclass(frozen=True, slots=True)
class Followed:
    """An earlier pupil who was open at the landmark: for how many days until it was done, or until
    the last day that anything is known of.
    """

    school_id: int
    year: int
    days: int
    done: bool

    def known_at(self, left: int) -> bool:
        """Whether it is known if it was done within so many days."""
        return self.done or self.days >= left

    def in_time(self, left: int) -> bool:
        """Whether it was done within so many days."""
        return self.done and self.days <= left


@dataclass(frozen=True, slots=True)
class Chance:
    """The chance of one open pupil, and how alike those of one school and year are.

    `alike` is the correlation between two pupils: 0 where each is a throw of its own, and more the
    more years differ from each other and the less is known. `followed` are the earlier pupils it
    rests on, `own` those of them at the same school, over `years` school years.
    """

    rate: float
    alike: float
    followed: int
    own: int
    years: int


def chance(earlier: Sequence[Followed], school_id: int, left: int) -> Chance | None:
    """The chance to be done within the days that are left; None where too little is known."""
    known = [one for one in earlier if one.known_at(left)]
    if len(known) < FEWEST_FOLLOWED:
        return None
    own = [one for one in earlier if one.school_id == school_id]
    others = [one for one in earlier if one.school_id != school_id]
    alike = _alike(_counts(known, left))
    rate, weight = _mixed(earlier, school_id, left, alike)
    return Chance(
        rate,
        alike + (1 - alike) / (weight + 1),
        len(own) + len(others),
        len(own),
        len({one.year for one in known}),
    )


def by_then(earlier: Sequence[Followed], left: int) -> float:
    """The share done within so many days, by Kaplan–Meier with right censoring."""
    if not any(one.done for one in earlier):
        return 0.0
    stats = _stats()
    times = stats.CensoredData(
        uncensored=[one.days for one in earlier if one.done],
        right=[one.days for one in earlier if not one.done],
    )
    return 1.0 - float(stats.ecdf(times).sf.evaluate(left))


def _mixed(
    earlier: Sequence[Followed], school_id: int, left: int, alike: float
) -> tuple[float, float]:
    """A school's rate drawn towards the others', and how many pupils it is worth.

    One half of a pupil each way stands in front, so that nothing is ever sure.
    """
    rate, weight = 0.5, 1.0
    for mine, most in ((False, OTHERS_WEIGH), (True, float("inf"))):
        some = [one for one in earlier if (one.school_id == school_id) is mine]
        worth = min(most, _worth(_counts([s for s in some if s.known_at(left)], left), alike))
        if worth > 0:
            rate = (rate * weight + by_then(some, left) * worth) / (weight + worth)
            weight += worth
    return rate, weight


_Counts = dict[tuple[int, int], tuple[int, int]]  # by school and year: done in time, of how many


def _counts(known: Iterable[Followed], left: int) -> _Counts:
    found: _Counts = {}
    for one in known:
        done, of = found.get((one.school_id, one.year), (0, 0))
        found[one.school_id, one.year] = (done + one.in_time(left), of + 1)
    return found


def _worth(counts: _Counts, alike: float) -> float:
    """How many pupils, each a throw of its own, the pupils of some school years are worth."""
    return sum(of / (1 + (of - 1) * alike) for _done, of in counts.values())


def _alike(counts: _Counts) -> float:
    """How alike pupils of one school and year are: the mean of what the prior and history leave.

    Each school's years are held beside its own rate over them all, so that schools that differ from
    each other do not make their years differ.
    """
    first, second = ALIKE_PRIOR
    logs = [(first - 1) * log(one) + (second - 1) * log(1 - one) for one in _ALIKE]
    rates = _rates(counts)
    for (school_id, _year), (done, of) in counts.items():
        rate = rates[school_id]
        yes = [rate * (1 / one - 1) for one in _ALIKE]
        no = [(1 - rate) * (1 / one - 1) for one in _ALIKE]
        likely = _stats().betabinom.logpmf(done, of, yes, no)
        logs = [before + float(more) for before, more in zip(logs, likely, strict=True)]
    weights = [exp(one - max(logs)) for one in logs]
    return sum(w * one for w, one in zip(weights, _ALIKE, strict=True)) / sum(weights)


def _rates(counts: _Counts) -> dict[int, float]:
    """Each school's rate over its years, drawn by two pupils to that of all schools together."""
    done_of: dict[int, tuple[int, int]] = {}
    for (school_id, _year), (done, of) in counts.items():
        before = done_of.get(school_id, (0, 0))
        done_of[school_id] = (before[0] + done, before[1] + of)
    every = [sum(column) for column in zip(*done_of.values(), strict=True)]
    rate = (every[0] + 0.5) / (every[1] + 1)
    return {school: (done + 2 * rate) / (of + 2) for school, (done, of) in done_of.items()}


@cache
def _stats() -> Any:
    """The library, loaded on first use: half a second that a --help must not pay."""
    import scipy.stats  # noqa: PLC0415 - see above

    return scipy.stats
