"""Tellinger: the figures of a counting date, frozen and signed, and read as they were."""

from iopflow.tellinger.countings import COUNTINGS
from iopflow.tellinger.freezing import counting_day, freeze
from iopflow.tellinger.moved import BeforeAfter, arrow, before_after
from iopflow.tellinger.reading import Revision, frozen, is_blank, pupils

__all__ = [
    "COUNTINGS",
    "BeforeAfter",
    "Revision",
    "arrow",
    "before_after",
    "counting_day",
    "freeze",
    "frozen",
    "is_blank",
    "pupils",
]
