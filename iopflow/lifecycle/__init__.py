"""The case of a pupil as a state machine: concern, assessment, vedtak, renewal (§§ 11-2 to 11-7).

Facts -> what happened, in order -> moves -> where the case stands, whose turn it is, since when,
and what was against the rules. A case belongs to the school year it serves; its renewal is the
case of a later year.
"""

from iopflow.lifecycle.happened import BY_TIME, CaseEvent, Circumstances, Happened, events
from iopflow.lifecycle.law import Basis, Rule
from iopflow.lifecycle.moves import MOVES, Guard, Move, turned_15
from iopflow.lifecycle.picture import mermaid
from iopflow.lifecycle.running import Course, Irregular, Pause, Spent, Stretch, course
from iopflow.lifecycle.states import STATES, Court, Phase, State
from iopflow.lifecycle.titles import HAPPENED

__all__ = [
    "BY_TIME",
    "HAPPENED",
    "MOVES",
    "STATES",
    "Basis",
    "CaseEvent",
    "Circumstances",
    "Course",
    "Court",
    "Guard",
    "Happened",
    "Irregular",
    "Move",
    "Pause",
    "Phase",
    "Rule",
    "Spent",
    "State",
    "Stretch",
    "course",
    "events",
    "mermaid",
    "turned_15",
]
