"""What must hold of the states in a wheel file: they name steps that can lead to them."""

from collections.abc import Iterator, Mapping, Sequence

from iopflow.texts import _
from iopflow.wheel.fields import nearest
from iopflow.wheel.places import Problem, Source
from iopflow.wheel.step import NEVER_TICKED, State, Step


def check_states(
    source: Source, states: Sequence[State], steps: Sequence[Step], declared: frozenset[str] | None
) -> None:
    """States name steps that exist, each step once, and the two special states are there."""
    if not states:
        if any(step.needs_vedtak for step in steps):
            source.problem(
                None, "state", _("mangler: skriv tilstandene i elevens år som rader [[state]]")
            )
        return
    by_key = {step.key: step for step in steps}
    owners: dict[str, str] = {}
    titles: dict[str, str] = {}
    for state in states:
        for column, message in (*_state(state), *_state_steps(state, by_key, declared)):
            source.problem(state.key, column, message)
        for key in () if state.any_of else state.steps:
            if owners.setdefault(key, state.key) != state.key:
                source.problem(
                    state.key,
                    "steps",
                    _("«{key}» står også i {other}: behold ett").format(key=key, other=owners[key]),
                )
        if titles.setdefault(state.title.nb, state.key) != state.key:
            source.problem(
                state.key,
                "title",
                _("«{title}» har også {other}: gi dem hver sin tittel").format(
                    title=state.title.nb, other=titles[state.title.nb]
                ),
            )
    for role in ("initial", "suspended"):
        if sum(state.role == role for state in states) != 1:
            source.problem(
                None,
                "state",
                _("trenger akkurat én tilstand med role = «{role}»").format(role=role),
            )


def _state(state: State) -> Iterator[Problem]:
    if state.role is not None:
        for name in ("steps", "day", "enters", "any_of"):
            if getattr(state, name):
                yield (
                    name,
                    _("hører ikke til tilstanden med role = «{role}»: stryk feltet").format(
                        role=state.role
                    ),
                )
    elif not state.steps and state.day is None:
        yield "steps", _("mangler: skriv stegene som fører dit, eller day")
    elif state.any_of and len(state.steps) < 2:
        yield (
            "any_of",
            _("gjelder valg mellom flere i steps: skriv minst to der, eller stryk any_of"),
        )


def _state_steps(
    state: State, by_key: Mapping[str, Step], declared: frozenset[str] | None
) -> Iterator[Problem]:
    for key in state.steps:
        step = by_key.get(key)
        if step is None:
            if declared is not None and key not in declared:
                yield (
                    "steps",
                    _("«{key}» finnes ikke: {advice}").format(
                        key=key, advice=nearest(key, list(by_key))
                    ),
                )
        elif step.scope != "pupil":
            yield "steps", _("«{key}» gjelder ikke en elev: stryk det").format(key=key)
        elif step.kind in NEVER_TICKED:
            yield (
                "steps",
                _("«{key}» ({kind}) blir aldri krysset av: stryk det").format(
                    key=key, kind=step.kind
                ),
            )
