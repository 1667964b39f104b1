"""The shape of a rule, and the strict reader of the files that hold the rules (calendars/wheels).

Start with `step.py` (what a step of the wheel is), then read a file beside it.
"""

from iopflow.days import MissingSkolerute
from iopflow.wheel.drawing import mermaid
from iopflow.wheel.own import OwnChanges
from iopflow.wheel.reader import WheelError, load, read
from iopflow.wheel.step import BINDING, Dates, State, Step
from iopflow.wheel.wheel import Wheel, dates_of, due_within

__all__ = [
    "BINDING",
    "Dates",
    "MissingSkolerute",
    "OwnChanges",
    "State",
    "Step",
    "Wheel",
    "WheelError",
    "dates_of",
    "due_within",
    "load",
    "mermaid",
    "read",
]
