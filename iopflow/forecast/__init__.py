"""Before the counting date: best, worst and expected, weeks with too much, and what to do first."""

from iopflow.forecast.chances import FEWEST_FOLLOWED
from iopflow.forecast.gains import Gain, Left, due_day, gains, left_of, of_step, opens
from iopflow.forecast.load import TOO_MANY, Week, weeks
from iopflow.forecast.outlook import FORESEEN, Outlook, Part, outlooks
from iopflow.forecast.spread import SHARE

__all__ = [
    "FEWEST_FOLLOWED",
    "FORESEEN",
    "SHARE",
    "TOO_MANY",
    "Gain",
    "Left",
    "Outlook",
    "Part",
    "Week",
    "due_day",
    "gains",
    "left_of",
    "of_step",
    "opens",
    "outlooks",
    "weeks",
]
