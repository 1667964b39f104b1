"""The parts of README that are made from the code: `make readme` writes them, a test compares."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from iopflow import status, wheel
from iopflow.cli.run import group
from iopflow.days import Days
from iopflow.indicators import INDICATORS
from iopflow.reminders import states as mails
from iopflow.roles import ROLES
from iopflow.settings import PREFIX, VARIABLES
from iopflow.texts import Text, speaking

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
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


BLOCKS: dict[str, Callable[[], str]] = {
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
    """Writes README."""
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
