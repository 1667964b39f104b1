"""Frozen figures between schools: a file without pupils, small numbers hidden, and the network."""

from iopflow.exchange.exporting import exported, published
from iopflow.exchange.files import of_network, parsed, read, sealed, written
from iopflow.exchange.hiding import hidden
from iopflow.exchange.merging import Conflict, conflicts, merged
from iopflow.exchange.registered import of_registered
from iopflow.exchange.spread import FEWEST_UNNAMED, Between, Group, Numbers, Spread

__all__ = [
    "FEWEST_UNNAMED",
    "Between",
    "Conflict",
    "Group",
    "Numbers",
    "Spread",
    "conflicts",
    "exported",
    "hidden",
    "merged",
    "of_network",
    "of_registered",
    "parsed",
    "published",
    "read",
    "sealed",
    "written",
]
