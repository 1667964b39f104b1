"""Which figures each counting date freezes: the one table."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counting:
    """A counting date: its named day (`Indicator.counted`) and the indicators it freezes."""

    day: str
    indicators: tuple[str, ...]


# The counting dates in the order in which a school year meets them.
COUNTINGS: Mapping[str, Counting] = {
    "0110": Counting("10-01", ("P4", "P5", "P6", "P10_host")),
    "0103": Counting("03-01", ("P7_host", "P9", "P10_host")),
    "0106": Counting("06-01", ("P1",)),
    "skoleslutt": Counting("last", ("P1", "P2", "P3", "P7", "P7_var", "P8", "P10", "P10_var")),
}
