"""The states of a case and the ways between them as a drawing, made from the moves themselves."""

from iopflow.lifecycle.moves import MOVES
from iopflow.lifecycle.states import STATES, State
from iopflow.lifecycle.titles import HAPPENED

ANYWHERE = "anywhere"
WIDE = 6  # sources: what may happen nearly always is drawn once, from anywhere


def mermaid(language: str | None = None) -> str:
    """A Mermaid state diagram: every state, and what leads from one to another."""
    ways: dict[tuple[str, str], list[str]] = {}
    for move in MOVES:
        if move.to is None:
            continue
        sources = sorted(one.value for one in move.sources if one is not move.to)
        for source in [ANYWHERE] if len(sources) > WIDE else sources:
            said = ways.setdefault((source, move.to.value), [])
            said.append(HAPPENED[move.on].get(language).replace(":", " –"))
    return "\n".join(
        [
            "stateDiagram-v2",
            *(f'    state "{STATES[one].title.get(language)}" as {one.value}' for one in State),
            f'    state "…" as {ANYWHERE}',
            f"    [*] --> {State.ORDINARY.value}",
            *(
                f"    {source} --> {to}: {', '.join(dict.fromkeys(said))}"
                for (source, to), said in ways.items()
            ),
        ]
    )
