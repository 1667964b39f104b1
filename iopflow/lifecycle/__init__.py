"""The case of a pupil as a state machine: concern, assessment, vedtak, renewal (§§ 11-2 to 11-7).

Facts -> what happened, in order -> moves -> where the case stands, whose turn it is, since when,
and what was against the rules. A case belongs to the school year it serves; its renewal is the
case of a later year.
"""

from iopflow.lifecycle.happened import BY_TIME, CaseEvent, Circumstances, Happened, events
from iopflow.lifecycle.law import Basis, Rule
from iopflow.lifecycle.moves import MOVES, TABLE, Guard, Move, turned_15
from iopflow.lifecycle.need_rules import NEED_RULES
from iopflow.lifecycle.needs import Coming, Decision, NeedRule, Proposal, Proposed, Reason
from iopflow.lifecycle.picture import mermaid
from iopflow.lifecycle.proposals import proposal, year_due, year_to_prepare
from iopflow.lifecycle.running import Course, Irregular, Pause, Spent, Stretch, course
from iopflow.lifecycle.states import STATES, Court, Phase, State
from iopflow.lifecycle.telling import spent_words
from iopflow.lifecycle.titles import HAPPENED

__all__ = [
    "BY_TIME",
    "HAPPENED",
    "MOVES",
    "NEED_RULES",
    "STATES",
    "TABLE",
    "Basis",
    "CaseEvent",
    "Circumstances",
    "Coming",
    "Course",
    "Court",
    "Decision",
    "Guard",
    "Happened",
    "Irregular",
    "Move",
    "NeedRule",
    "Pause",
    "Phase",
    "Proposal",
    "Proposed",
    "Reason",
    "Rule",
    "Spent",
    "State",
    "Stretch",
    "course",
    "events",
    "mermaid",
    "proposal",
    "spent_words",
    "turned_15",
    "year_due",
    "year_to_prepare",
]
