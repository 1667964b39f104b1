"""The strict reader: a wheel file is read whole, and every mistake in it is told at once."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iopflow.refusals import Refused
from iopflow.resources import resource_dir
from iopflow.texts import _
from iopflow.wheel.checks import check_states, check_steps
from iopflow.wheel.fields import (
    FILE_FIELDS,
    STATE_FIELDS,
    STEP_FIELDS,
    BadValue,
    Field,
    nearest,
)
from iopflow.wheel.local import change_step
from iopflow.wheel.step import State, Step
from iopflow.wheel.wheel import Wheel

_KEY_LINE = re.compile(r'^\s*key\s*=\s*["\'](?P<key>[^"\']*)["\']')


class WheelError(Refused):
    """A wheel file with mistakes; `problems` has a sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(slots=True)
class Source:
    """One wheel file while it is read: where its rows stand, and the mistakes found so far."""

    name: str
    lines: Mapping[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def problem(self, row: str | None, column: str | None, message: str) -> None:
        """Notes a mistake: file, line and row, field, and what to write instead."""
        place = self.name
        if row is not None:
            line = self.lines.get(row)
            place += _(", linje {line}").format(line=line) if line else ""
            place += f", {row}"
        self.problems.append(f"{place}: {column + ' ' if column else ''}{message}.")


def load(name: str | Path, *, directories: Sequence[Path] = ()) -> Wheel:
    """A wheel by name or by path. Names are sought in `directories`, then among those that ship.

    Raises WheelError.
    """
    return _load(Path(name), directories, seen=())


def read(path: Path, *, directories: Sequence[Path] = ()) -> Wheel:
    """A wheel from a file. Raises WheelError."""
    return _load(path, directories, seen=())


def _load(name: Path, directories: Sequence[Path], seen: tuple[str, ...]) -> Wheel:
    path = _find(name, directories)
    if path.stem in seen:
        chain = " → ".join([*seen, path.stem])
        raise WheelError([_("{file}: extends går i ring ({chain}): stryk ett av dem.").format(
            file=path.name, chain=chain
        )])
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise WheelError([
            _("{file}: er ikke UTF-8 (byte {at}): lagre filen som UTF-8.").format(
                file=path.name, at=error.start
            )
        ]) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WheelError([
            _("{file}: er ikke gyldig TOML: {error}. Rett linjen som er nevnt.").format(
                file=path.name, error=error
            )
        ]) from error
    source = Source(path.name, _lines(text))
    base = None
    extends = table.get("extends")
    if isinstance(extends, str):
        base = _load(Path(extends), [path.parent, *directories], (*seen, path.stem))
    wheel = _wheel(source, path.stem, table, base)
    if source.problems or wheel is None:
        raise WheelError(source.problems)
    return wheel


def _find(name: Path, directories: Sequence[Path]) -> Path:
    if name.suffix == ".toml" or len(name.parts) > 1:
        if name.is_file():
            return name
        raise WheelError([_("{file}: finnes ikke: sjekk stien.").format(file=name)])
    places = [*directories, resource_dir("calendars") / "wheels"]
    for place in places:
        for path in (place / f"{name}.toml", place / "wheels" / f"{name}.toml"):
            if path.is_file():
                return path
    known = sorted({path.stem for place in places for path in place.glob("*.toml")})
    raise WheelError(
        [_("Hjulet «{name}» finnes ikke: {advice}.").format(name=name, advice=nearest(str(name), known))]
    )


def _lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        found = _KEY_LINE.match(line)
        if found:
            lines.setdefault(found["key"], number)
    return lines


def _wheel(source: Source, name: str, table: dict[str, Any], base: Wheel | None) -> Wheel | None:
    known = [*FILE_FIELDS, "step", "state"]
    for key in table:
        if key not in known:
            source.problem(None, key, _("er ikke et felt: {advice}").format(
                advice=nearest(key, known)
            ))
    head = _row(source, None, {k: v for k, v in table.items() if k in FILE_FIELDS}, FILE_FIELDS)
    steps = _steps(source, _rows(source, table, "step"), base)
    own_states = _rows(source, table, "state")
    states = base.states if base is not None and not own_states else _states(source, own_states)
    check_steps(source, steps)
    check_states(source, states, steps)
    if source.problems:
        return None
    return Wheel(name, head["title"], head["source"], tuple(steps), tuple(states))


def _rows(source: Source, table: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    rows = table.get(kind, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        source.problem(None, kind, _("skal være en liste av rader: skriv [[{kind}]]").format(kind=kind))
        return []
    found: list[dict[str, Any]] = rows
    return found


def _steps(source: Source, rows: list[dict[str, Any]], base: Wheel | None) -> list[Step]:
    steps: dict[str, Step] = {step.key: step for step in base.steps} if base else {}
    seen: set[str] = set()
    if not rows and base is None:
        source.problem(None, "step", _("mangler: skriv minst én rad [[step]]"))
    for number, row in enumerate(rows, start=1):
        key = row.get("key")
        label = key if isinstance(key, str) and key else _("steg nr. {n}").format(n=number)
        if label in seen:
            source.problem(label, "key", _("står to ganger: behold én rad"))
            continue
        seen.add(label)
        if label in steps:
            changed = change_step(source, steps[label], _row(source, label, row, STEP_FIELDS, partial=True))
            steps[label] = changed
            continue
        values = _row(source, label, row, STEP_FIELDS)
        if {name for name, one in STEP_FIELDS.items() if one.required} <= set(values):
            values.setdefault("date_basis", values["basis"])
            steps[label] = Step(**values)
    return list(steps.values())


def _states(source: Source, rows: list[dict[str, Any]]) -> list[State]:
    states = []
    for number, row in enumerate(rows, start=1):
        key = row.get("key")
        label = key if isinstance(key, str) and key else _("tilstand nr. {n}").format(n=number)
        if label in [state.key for state in states]:
            source.problem(label, "key", _("står to ganger: behold én rad"))
            continue
        values = _row(source, label, row, STATE_FIELDS)
        if {"key", "title"} <= set(values):
            states.append(State(**values))
    return states


def _row(
    source: Source,
    label: str | None,
    row: Mapping[str, Any],
    fields: Mapping[str, Field],
    *,
    partial: bool = False,
) -> dict[str, Any]:
    """The values of a row that could be read; what could not is noted."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        known = fields.get(name)
        if known is None:
            source.problem(label, name, _("er ikke et felt: {advice}").format(
                advice=nearest(name, list(fields))
            ))
            continue
        try:
            values[name] = known.parse(value)
        except BadValue as bad:
            source.problem(label, name, str(bad))
    if not partial:
        for name, known in fields.items():
            if known.required and name not in row:
                source.problem(label, name, _("mangler: skriv det"))
    values.pop("extends", None)
    return values
