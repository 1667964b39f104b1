"""The states of a wheel as a Mermaid diagram: text that README and GitHub show as a picture."""

from collections.abc import Iterator
from itertools import pairwise

from iopflow.days import ANCHORS
from iopflow.texts import Text
from iopflow.wheel.step import State
from iopflow.wheel.wheel import Wheel

_OR = Text("eller", "eller", "or")
_OVER = Text("skoleåret er over", "skuleåret er over", "the school year is over")
_LAPSED = Text("vedtaket går ut", "vedtaket går ut", "the decision lapses")
_RENEWED = Text("nytt vedtak", "nytt vedtak", "new decision")
# What Mermaid would read as its own in a label.
_PLAIN = str.maketrans({":": " –", ";": ",", "#": "nr. ", '"': "'", "\n": " "})


def mermaid(wheel: Wheel, language: str | None = None) -> str:
    """The states as a Mermaid state diagram: both roads, continuing and new pupils, in one."""
    lines = ["stateDiagram-v2", "    direction TB"]
    lines += [
        f'    state "{_plain(state.title.get(language))}" as {_name(state)}'
        for state in wheel.states
    ]
    lines += dict.fromkeys(_edges(wheel, language))  # once each, in order
    return "\n".join(lines) + "\n"


def _edges(wheel: Wheel, language: str | None) -> Iterator[str]:
    for entered_new in (False, True):
        road = wheel.road(entered_new=entered_new)
        if road:
            yield f"    [*] --> {_name(road[0])}"
        for one, other in pairwise(road):
            yield f"    {_name(one)} --> {_name(other)}: {_reason(wheel, other, language)}"
        if road:
            yield f"    {_name(road[-1])} --> [*]"
    rests = [state for state in wheel.states if state.role == "suspended"]
    for used in (state for state in wheel.states if state.day == "school_start"):
        for rest in rests:
            yield f"    {_name(used)} --> {_name(rest)}: {_LAPSED.get(language)}"
            yield f"    {_name(rest)} --> {_name(used)}: {_RENEWED.get(language)}"


def _reason(wheel: Wheel, state: State, language: str | None) -> str:
    """What brings a pupil to a state: the day that comes, or the steps that are done."""
    if state.day is not None:
        return (_OVER if state.day == "school_end" else ANCHORS[state.day]).get(language)
    joint = f" {_OR.get(language)} " if state.any_of else ", "
    return _plain(joint.join(wheel[key].title.get(language) for key in state.steps))


def _plain(words: str) -> str:
    return words.translate(_PLAIN)


def _name(state: State) -> str:
    return state.key.replace(".", "_")
