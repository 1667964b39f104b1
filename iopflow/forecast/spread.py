"""How many of the open will be done in time: how likely each number is, and the range to expect."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

SHARE = 0.8  # how often the truth should lie in the range that is told
_EXACT = 1e-9  # sums of shares are not exact


@dataclass(frozen=True, slots=True)
class Group:
    """So many open pupils with the same chance, and how alike they are (0: not at all)."""

    pupils: int
    chance: float
    alike: float = 0.0


@dataclass(frozen=True, slots=True)
class Range:
    """From how many to how many, and how likely it is by the same reckoning.

    Whole pupils cannot hit a share exactly: `sure` is that of the range or a little more.
    """

    low: int
    high: int
    sure: float


def numbers(groups: Iterable[Group]) -> list[float]:
    """How likely it is that 0, 1, 2, … of all are done in time.

    Within a group the numbers are beta-binomial: the chance itself differs from year to year. The
    groups are added as they are, so that groups of one pupil give the Poisson–binomial.
    """
    likely = [1.0]
    for group in groups:
        if group.pupils:
            likely = _added(likely, _of_group(group))
    return likely


def _added(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """How likely each sum of two numbers is."""
    likely = [0.0] * (len(one) + len(other) - 1)
    for first, p in enumerate(one):
        for second, q in enumerate(other):
            likely[first + second] += p * q
    return likely


def _of_group(group: Group) -> list[float]:
    import scipy.stats  # noqa: PLC0415 - on first use

    count = list(range(group.pupils + 1))
    if group.alike <= 0 or group.chance in (0.0, 1.0):
        found = scipy.stats.binom.pmf(count, group.pupils, group.chance)
    else:
        size = 1 / group.alike - 1
        done, not_done = group.chance * size, (1 - group.chance) * size
        found = scipy.stats.betabinom.pmf(count, group.pupils, done, not_done)
    return [float(one) for one in found]


def range_of(likely: Sequence[float], share: float = SHARE) -> Range:
    """The range that holds the share, as little more as whole pupils let it.

    It begins with what leaves half of the rest out at each end, and gives up the less likely end
    while the share is still held. So two far ends that are both likely are both kept.
    """
    rest = (1 - share) / 2 + _EXACT
    low, high = 0, len(likely) - 1
    below = above = 0.0
    while below + likely[low] <= rest:
        below, low = below + likely[low], low + 1
    while above + likely[high] <= rest:
        above, high = above + likely[high], high - 1
    while low < high and below + above + min(likely[low], likely[high]) <= 2 * rest:
        if likely[low] < likely[high]:
            below, low = below + likely[low], low + 1
        else:
            above, high = above + likely[high], high - 1
    return Range(low, high, min(1.0, max(0.0, 1 - below - above)))
