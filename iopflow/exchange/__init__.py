"""Frozen figures between schools: a file without pupils, small numbers hidden, and the network."""

from iopflow.exchange.exporting import exported, published
from iopflow.exchange.files import of_network, read, sealed, written
from iopflow.exchange.hiding import hidden
from iopflow.exchange.merging import merged
from iopflow.exchange.spread import Between, Group

__all__ = [
    "Between",
    "Group",
    "exported",
    "hidden",
    "merged",
    "of_network",
    "published",
    "read",
    "sealed",
    "written",
]
