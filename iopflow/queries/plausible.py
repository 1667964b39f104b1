"""Which registered figures cannot be, and which are so unlike last year's that one asks.

The one place of the rule: the page, the command and the import ask here.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from iopflow.queries.figure_values import Value
from iopflow.registered import BY_CODE, Registered
from iopflow.texts import _

_HUNDRED = Decimal(100)
TIMES = 3  # as many times more or less than last year
POINTS = 30  # of two percentages
FEW_POINTS = 10  # under this much, a few people make three times the share


@dataclass(frozen=True, slots=True)
class Doubt:
    """A figure that somebody should look at once more, and last year's where there is one."""

    now: Value
    before: Value | None

    @property
    def name(self) -> str:
        """The indicator, as people call it."""
        return BY_CODE[self.now.indicator].name

    @property
    def what(self) -> str:
        """The category and the class, where the indicator has several; else empty."""
        one = BY_CODE[self.now.indicator]
        several = len(one.categories) > 1 or one.own_categories
        category = one.category(self.now.category) if several else ""
        return ", ".join(part for part in (category, self.now.unit) if part)

    @property
    def sentence(self) -> str:
        """Both numbers, or why the one is odd."""
        if self.before is None:
            said = _("{now} er mer enn 100 prosent.").format(now=self.now.word)
        else:
            said = _("{now} nå, {before} i fjor.").format(
                now=self.now.word, before=self.before.word
            )
        return f"{self.what}: {said}" if self.what else said


def is_impossible(one: Registered, amount: Decimal) -> bool:
    """Whether it is more than the unit can hold (a share: all there is), or less than nothing."""
    return not 0 <= amount <= one.measure.most


def doubts(now: Iterable[Value], before: Iterable[Value], classes: Collection[str]) -> list[Doubt]:
    """The figures that are unlike those of the same counting date the year before.

    `before` may hold more than is asked about; of two of one counting date the later counts. A unit
    that is none of the school's `classes` is the word of a file, and says the school.
    """

    def of_school(one: Value) -> Value:
        return one if one.unit in classes else replace(one, unit="")

    last = {
        (one.indicator, one.slot, one.category, one.unit): one
        for one in map(of_school, sorted(before, key=lambda one: one.counted_on))
        if one.amount is not None
    }
    found = []
    for one in map(of_school, now):
        was = last.get((one.indicator, one.slot, one.category, one.unit))
        if one.indicator in BY_CODE and _is_odd(one, was):
            found.append(Doubt(one, was))
    return found


def _is_odd(now: Value, before: Value | None) -> bool:
    measure, amount = BY_CODE[now.indicator].measure, now.amount
    if amount is None:
        return False
    was = before.amount if before is not None else None
    if was is None:
        return measure.is_percent and amount > _HUNDRED
    many = max(amount, was) > TIMES * min(amount, was)
    if measure.is_percent:
        apart = abs(amount - was)
        return apart > POINTS or (many and apart >= FEW_POINTS)
    return many
