"""Chance that is the same everywhere: a throw depends on the seed and on what it is about."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Throws keyed by words, so that no throw depends on how many came before it.

    A generator with a running state would rewrite the whole past as soon as one pupil is added.
    """

    def __init__(self, seed: int) -> None:
        self._key = str(seed).encode()

    def roll(self, *about: object) -> float:
        """A number from 0 up to 1."""
        words = "|".join(map(str, about)).encode()
        digest = blake2b(words, digest_size=7, key=self._key).digest()
        return int.from_bytes(digest, "big") / (1 << 56)

    def chance(self, share: float, *about: object) -> bool:
        """True in about this share of the cases."""
        return self.roll(*about) < share

    def between(self, low: int, high: int, *about: object) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.roll(*about) * (high - low + 1))

    def pick(self, options: Sequence[T], *about: object) -> T:
        """One of the options."""
        return options[int(self.roll(*about) * len(options))]

    def quota(
        self,
        cases: Iterable[T],
        share: float,
        *about: object,
        burden: Callable[[T], float] = lambda _case: 0.0,
    ) -> frozenset[T]:
        """The cases that succeed: exactly the rounded share of them, the least burdened first.

        A figure of a school is a decision of the story, not of luck; who it strikes is luck.
        """
        ranked = sorted(
            cases, key=lambda case: (self.roll("quota", *about, case) + burden(case), str(case))
        )
        return frozenset(ranked[: round(share * len(ranked))])
