"""What a command costs before it does anything, beside a bare Python."""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import country
from bench.report import Line, once, ratio
from iopflow import db

RUNS = 15
BARE = [sys.executable, "-c", "pass"]
COMMANDS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("--help",), 8),
    (("--version",), 8),
    (("tasks", "--help"), 40),
    (("tasks", "--format", "json"), 40),
)


def run(_pupils: int) -> Iterator[Line]:
    """The lines of the report; the runs of the commands take turns, so that all meet one load."""
    with country.folder() as place:
        path = country.build(place / "small.db", 20)
        engine = db.create_engine(f"sqlite:///{path}")
        country.roll(engine, country.FIRST)
        db.analyze(engine)
        engine.dispose()
        iopflow = [sys.executable, "-m", "iopflow"]
        given = {"IOPFLOW_DATABASE": f"sqlite:///{path}"}
        times: dict[tuple[str, ...], list[float]] = {}
        for _run in range(RUNS + 1):
            times.setdefault((), []).append(once(lambda: _start(BARE, given, place)))
            for words, _target in COMMANDS:
                command = [*iopflow, *words]
                spent = once(lambda command=command: _start(command, given, place))  # type: ignore[misc]
                times.setdefault(words, []).append(spent)
        # The first run writes the byte code.
        middle = {words: statistics.median(spent[1:]) for words, spent in times.items()}
        for words, target in COMMANDS:
            name = f"iopflow {' '.join(words)}, beside python -c pass"
            yield ratio(name, middle[words], middle[()], target)


def _start(command: list[str], given: dict[str, str], where: Path) -> None:
    environment = os.environ | given | {"PYTHONPATH": str(Path(__file__).parents[1])}
    quiet = subprocess.DEVNULL
    subprocess.run(command, check=True, stdout=quiet, stderr=quiet, env=environment, cwd=where)
