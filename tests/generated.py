"""The parts of README and docs/case.md that are made from the code: `make readme` writes them."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from iopflow import lifecycle, status, wheel
from iopflow.cli.run import group
from iopflow.days import Days
from iopflow.indicators import CAUSES, COURTS, INDICATORS
from iopflow.lifecycle import HAPPENED, MOVES, NEED_RULES, STATES
from iopflow.lifecycle.law import RULES
from iopflow.reminders import states as mails
from iopflow.roles import ROLES
from iopflow.settings import PREFIX, VARIABLES
from iopflow.texts import Text, speaking

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
CASE = ROOT / "docs" / "case.md"
WHEELS = ("spesialskole", "ikit")
_BLOCK = re.compile(r"(<!-- generated:(?P<name>[a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


def table(head: str, rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; `head` has its columns with | between."""
    columns = [column.strip() for column in head.split("|")]
    lines = [columns, ["---"] * len(columns)]
    lines += [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _title(text: Text) -> str:
    return text.en if text.en == text.nb else f"{text.en} (*{text.nb}*)"


def _days(days: Days | None) -> str:
    return f"`{days}`" if days is not None else ""


def steps() -> str:
    """Every step of the wheels that ship."""
    parts = []
    for name in WHEELS:
        loaded = wheel.load(name)
        rows = (
            (
                f"`{step.key}`",
                _title(step.title),
                "" if step.off or not step.ticked else step.serves,
                _days(step.due),
                ROLES[step.responsible].title.en,
                step.law or "",
            )
            for step in loaded.steps
        )
        head = "Step | What | Serves | Due | Responsible | Law"
        parts.append(f"**{loaded.title.en}** (`calendars/wheels/{name}.toml`)")
        parts.append(table(head, rows))
    return "\n\n".join(parts)


def states() -> str:
    """The pupil's year, drawn."""
    return f"```mermaid\n{wheel.mermaid(wheel.load(WHEELS[0]), 'en').strip()}\n```"


def task_states() -> str:
    """The life of a task, drawn."""
    return f"```mermaid\n{status.mermaid()}\n```"


def mail_states() -> str:
    """The life of a mail, drawn from the table of its moves."""
    return f"```mermaid\n{mails.mermaid()}\n```"


def indicators() -> str:
    """The process indicators."""
    rows = ((f"`{one.code}`", _title(one.title), one.about) for one in INDICATORS)
    return table("Code | Title | Counts", rows)


def roles() -> str:
    """Who there is, where they hold their role, and what they may do."""
    rows = (
        (
            f"`{role.key}`",
            _title(role.title),
            ", ".join(place.value for place in role.places) or "no account",
            role.sight.value.replace("_", " "),
            ", ".join(sorted(action.value.replace("_", " ") for action in role.may)),
        )
        for role in ROLES.values()
    )
    return table("Role | Title | Held at | Sees | May", rows)


def commands() -> str:
    """What can be typed, in the words of --help."""
    with speaking("en"):
        rows = [(f"`iopflow {name}`", short) for name, short in group().short.items()]
    return table("Command | What it does", rows)


def settings() -> str:
    """What can be set from outside."""
    rows = (
        (
            f"`{PREFIX}{one.name}`" + (" (or `…_FILE`)" if one.secret else ""),
            one.meaning,
            f"`{one.default}`" if one.default else "",
        )
        for one in VARIABLES
    )
    return table("Variable | Meaning | Default", rows)


def case_machine() -> str:
    """The case, drawn from its moves."""
    return f"```mermaid\n{lifecycle.mermaid('en')}\n```"


def case_states() -> str:
    """Every state of a case, whose turn it is in it, and what comes next."""
    rows = (
        (
            f"`{state.value}`",
            _title(about.title),
            "whoever decides" if about.decides else about.turn.text.en if about.turn else "",
            about.next.en if about.next is not None else "",
        )
        for state, about in STATES.items()
    )
    return table("State | Title | Turn | What next", rows)


def case_moves() -> str:
    """Every legal move: what happens, from where, to where, and what the law asks for."""
    rows = (
        (
            f"`{move.on.value}` {HAPPENED[move.on].en}",
            _sources(move.sources),
            f"`{move.to.value}`" if move.to is not None else "stays",
            ", ".join(guard.rule.paragraph or guard.rule.key for guard in move.guards),
        )
        for move in MOVES
    )
    return table("What happens | From | To | Guards", rows)


def _sources(sources: frozenset[lifecycle.State]) -> str:
    """The states in their order; those it does not leave, where they are fewer."""
    others = [state for state in lifecycle.State if state not in sources]
    if not others:
        return "any"
    named = [f"`{state.value}`" for state in lifecycle.State if state in sources]
    if len(others) < len(named):
        return "any but " + ", ".join(f"`{state.value}`" for state in others)
    return ", ".join(named)


def case_rules() -> str:
    """The rules behind the guards, with the version and the day each is in force from."""
    rows = (
        (
            f"`{rule.key}`",
            rule.paragraph or "logic",
            rule.basis.text.en,
            rule.version,
            rule.since,
            rule.until or "",
        )
        for rule in RULES.values()
    )
    return table("Rule | Stands in | Basis | Version | Since | Until", rows)


def case_timers() -> str:
    """What counts by itself, from which fact, and what ends it."""
    rows = (
        (
            f"`{step.key}`",
            _title(step.title),
            _days(step.due),
            ", ".join(f"`{name}`" for name in step.stops),
            step.date_basis,
            step.law or "",
        )
        for step in wheel.load(WHEELS[0]).steps
        if step.kind == "timer"
    )
    return table("Timer | Title | Counts to | Ended by | Basis | Law", rows)


def case_causes() -> str:
    """The causes of what is late, with whom each lies, and whether it may justify."""
    rows = (
        (
            f"`{cause}`",
            court.value if (court := COURTS.get(cause)) else "by the case, or nobody",
            "with evidence" if justifies else "",
        )
        for cause, justifies in CAUSES.items()
    )
    return table("Cause | Lies with | May justify", rows)


def need_rules() -> str:
    """What is proposed for the coming year, and why."""
    rows = (
        (f"`{rule.key}`", _title(rule.title), rule.basis.text.en, rule.paragraph)
        for rule in NEED_RULES
    )
    return table("Rule | What it sees | Basis | Stands in", rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "case-machine": case_machine,
    "case-states": case_states,
    "case-moves": case_moves,
    "case-rules": case_rules,
    "case-timers": case_timers,
    "case-causes": case_causes,
    "need-rules": need_rules,
    "mail-states": mail_states,
    "steps": steps,
    "states": states,
    "task-states": task_states,
    "indicators": indicators,
    "roles": roles,
    "commands": commands,
    "settings": settings,
}


def filled(text: str) -> str:
    """The text with every block made anew. Raises KeyError for a block that nobody makes."""
    return _BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found['name']]()}\n{found[3]}", text)


def block_names(text: str) -> list[str]:
    """The blocks in a text, in order."""
    return [found["name"] for found in _BLOCK.finditer(text)]


def main() -> None:
    """Writes README and docs/case.md."""
    for file in (README, CASE):
        file.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
