"""The strict reader: a wheel file is read whole, and every mistake in it is told at once."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from iopflow.refusals import Refused
from iopflow.resources import resource_dir
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.wheel.checks import check_steps
from iopflow.wheel.fields import (
    FILE_FIELDS,
    STATE_FIELDS,
    STEP_FIELDS,
    BadValue,
    Field,
    is_key,
    near,
    nearest,
    year,
)
from iopflow.wheel.local import change_step
from iopflow.wheel.places import Source
from iopflow.wheel.states import check_states
from iopflow.wheel.step import State, Step
from iopflow.wheel.wheel import Wheel

OWN = "eget"  # stands in the name of a wheel with a school's own changes
FROM = "from"
NETWORK_STEPS = "ikit."
_TOML_PLACE = re.compile(r"\(at line (\d+), column \d+\)")


class WheelError(Refused):
    """A wheel file with mistakes; `problems` has a sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def load(name: str | Path, *, directories: Sequence[Path] = ()) -> Wheel:
    """A wheel by name or by path. Names are sought in `directories`, then among those that ship.

    Raises WheelError.
    """
    return _load(Path(name), directories, seen=())


def read(text: str, *, directories: Sequence[Path] = ()) -> Wheel:
    """A school's own changes as they are stored: a text, which extends a wheel that has a name.

    Raises WheelError.
    """
    path = Path(f"{OWN}.toml")
    table = _table(path, text)
    source = Source.of(_("årshjulet vårt"), text)
    extends = table.get("extends")
    if not isinstance(extends, str) or not is_key(extends):
        source.problem(None, "extends", _('mangler: skriv extends = "spesialskole"'))
        raise WheelError(source.problems)
    base = load(extends, directories=directories)
    wheel = _wheel(source, f"{base.name}+{OWN}", table, base)
    if wheel is None:
        raise WheelError(source.problems)
    return wheel


def _load(name: Path, directories: Sequence[Path], seen: tuple[Path, ...]) -> Wheel:
    path = _find(name, directories)
    text = _text(path)
    table = _table(path, text)
    source = Source.of(path.name, text)
    base = _base(source, path, table, directories, (*seen, path.resolve()))
    wheel = _wheel(source, path.stem, table, base)
    if wheel is None:
        raise WheelError(source.problems)
    return wheel


def _find(name: Path, directories: Sequence[Path], seen: tuple[Path, ...] = ()) -> Path:
    """The file of a wheel. A name is first sought among files that are not in `seen`: an owner's
    spesialskole.toml may extend the one of that name that ships.
    """
    if name.suffix == ".toml" or len(name.parts) > 1:
        if name.is_file():
            return name
        raise WheelError([_("{file}: finnes ikke: sjekk stien til filen.").format(file=name)])
    places = [
        folder
        for place in (*directories, resource_dir("calendars"))
        for folder in (place, place / "wheels")
    ]
    found = [path for place in places if (path := place / f"{name}.toml").is_file()]
    if found:
        return next((path for path in found if path.resolve() not in seen), found[0])
    known = sorted({path.stem for place in places for path in place.glob("*.toml")})
    raise WheelError(
        [
            _(
                "Årshjulet «{name}» finnes ikke: skriv ett av {known} eller en sti til en fil, "
                "eller legg {name}.toml i mappen i IOPFLOW_CALENDARS."
            ).format(name=name, known=", ".join(known))
        ]
    )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise WheelError(
            [
                _("{file}, linje {line}: er ikke UTF-8: lagre filen som UTF-8.").format(
                    file=path.name, line=line
                )
            ]
        ) from error
    except OSError as error:
        raise WheelError(
            [_("{file}: kan ikke leses: gi iopflow lesetilgang til filen.").format(file=path.name)]
        ) from error


def _table(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        lines = text.splitlines() or [""]
        found = _TOML_PLACE.search(str(error))
        number = min(int(found[1]), len(lines)) if found else len(lines)
        if "overwrite" in str(error):
            advice = _("står to ganger i raden: behold ett")
        elif lines[number - 1].lstrip().startswith("["):
            advice = _("er ikke gyldig TOML: skriv [[step]] eller [[state]] over hver rad")
        else:
            advice = _(
                'er ikke gyldig TOML: skriv felt = "verdi" med anførselstegn, én på hver linje'
            )
        raise WheelError(
            [
                _("{file}, linje {line}: «{text}» {advice}.").format(
                    file=path.name, line=number, text=lines[number - 1].strip(), advice=advice
                )
            ]
        ) from error


def _base(
    source: Source,
    path: Path,
    table: dict[str, Any],
    directories: Sequence[Path],
    seen: tuple[Path, ...],
) -> Wheel | None:
    """The wheel that a file extends. Raises WheelError where there is none that can be read."""
    extends = table.get("extends")
    if not isinstance(extends, str) or not extends.strip():
        return None  # none, or a wrong value, which is noted where the fields are read
    try:
        name = Path(extends)
        if name.suffix == ".toml" or len(name.parts) > 1:
            name = path.parent / name
        base = _find(name, [path.parent, *directories], seen)
    except WheelError as missing:
        source.problem(None, "extends", str(missing).rstrip("."))
        raise WheelError(source.problems) from missing
    if base.resolve() in seen:
        chain = " → ".join(one.stem for one in (*seen, base))
        source.problem(
            None, "extends", _("går i ring ({chain}): stryk ett av dem").format(chain=chain)
        )
        raise WheelError(source.problems)
    return _load(base, directories, seen)


def _wheel(source: Source, name: str, table: dict[str, Any], base: Wheel | None) -> Wheel | None:
    known = [*FILE_FIELDS, "step", "state"]
    for key in table:
        if key not in known:
            source.problem(
                None, key, _("er ikke et felt: {advice}").format(advice=nearest(key, known))
            )
    head = _values(source, None, {k: v for k, v in table.items() if k in FILE_FIELDS}, FILE_FIELDS)
    if base is not None:  # a school's own file names only what it changes
        head = {"title": base.title, "source": base.source} | head
    else:
        _missing(source, None, table, FILE_FIELDS)
    own_steps, own_states = _rows(source, table, "step"), _rows(source, table, "state")
    steps = _steps(source, own_steps, base)
    states = _states(source, own_states) if own_states or base is None else list(base.states)
    declared = _declared(own_steps)
    check_steps(source, steps, declared)
    check_states(source, states, steps, declared)
    if source.problems:
        return None
    return Wheel(name, head["title"], head["source"], tuple(steps), _living(states, steps))


def _declared(rows: list[dict[str, Any]]) -> frozenset[str] | None:
    """The keys of all rows, also those that could not be read; None where a row's own key is at
    fault, since a reference may then mean that row.
    """
    keys = [row.get("key") for row in rows]
    good = [word for word in keys if isinstance(word, str) and is_key(word)]
    return frozenset(good) if len(set(good)) == len(rows) else None


def _rows(source: Source, table: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    rows = table.get(kind, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        source.problem(
            None, kind, _("skal være en liste av rader: skriv [[{kind}]]").format(kind=kind)
        )
        return []
    found: list[dict[str, Any]] = rows
    return found


def _steps(source: Source, rows: list[dict[str, Any]], base: Wheel | None) -> list[Step]:
    steps: dict[str, Step] = {step.key: step for step in base.steps} if base else {}
    seen: dict[str, Year | None] = {}
    if not rows and base is None:
        source.problem(None, "step", _("mangler: skriv minst én rad [[step]]"))
    for number, row in enumerate(rows):
        key = row.get("key")
        label = key if isinstance(key, str) and key else _("steg nr. {n}").format(n=number + 1)
        source.stand_at("step", number, label)
        row, since = _since(source, label, row)
        if label in seen and not _goes_on(seen[label], since):
            source.problem(label, "key", _("står to ganger: behold én rad"))
            continue
        seen[label] = since
        values = _values(source, label, row, STEP_FIELDS)
        if label in steps:
            steps[label] = change_step(source, steps[label], values, since)
            continue
        if base is not None and label.startswith(NETWORK_STEPS):
            source.problem(
                label,
                "key",
                _("er et steg for nettverket, som er likt ved alle skoler: stryk raden"),
            )
            continue
        if since is not None:
            source.problem(label, FROM, _("gjelder endringer: et nytt steg har since i stedet"))
            continue
        meant = near(label, list(steps)) if base is not None and "kind" not in row else None
        if meant is not None:
            source.problem(
                label,
                "key",
                _("finnes ikke i «{base}»: mente du «{meant}»?").format(
                    base=base.name if base else "", meant=meant
                ),
            )
            continue
        _missing(source, label, row, STEP_FIELDS)
        if {name for name, one in STEP_FIELDS.items() if one.required} <= set(values):
            values.setdefault("date_basis", values["basis"])
            steps[label] = Step(**values)
    return list(steps.values())


def _since(source: Source, label: str, row: dict[str, Any]) -> tuple[dict[str, Any], Year | None]:
    """The row without its `from`, and the year served from which it changes a step."""
    rest = {name: value for name, value in row.items() if name != FROM}
    if FROM not in row:
        return rest, None
    try:
        return rest, year(row[FROM])
    except BadValue as bad:
        source.problem(label, FROM, str(bad))
        return rest, None


def _goes_on(before: Year | None, since: Year | None) -> bool:
    """Whether a second row for a step is a change that begins with a later year than the first."""
    return since is not None and (before is None or before < since)


def _states(source: Source, rows: list[dict[str, Any]]) -> list[State]:
    states: list[State] = []
    seen: set[str] = set()
    for number, row in enumerate(rows):
        key = row.get("key")
        label = key if isinstance(key, str) and key else _("tilstand nr. {n}").format(n=number + 1)
        source.stand_at("state", number, label)
        if label in seen:
            source.problem(label, "key", _("står to ganger: behold én rad"))
            continue
        seen.add(label)
        values = _values(source, label, row, STATE_FIELDS)
        _missing(source, label, row, STATE_FIELDS)
        if {"key", "title"} <= set(values):
            states.append(State(**values))
    return states


def _values(
    source: Source, label: str | None, row: Mapping[str, Any], fields: Mapping[str, Field]
) -> dict[str, Any]:
    """The values of a row that could be read; what could not is noted."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        known = fields.get(name)
        if known is None:
            source.problem(
                label,
                name,
                _("er ikke et felt: {advice}").format(advice=nearest(name, list(fields))),
            )
            continue
        try:
            values[name] = known.parse(value)
        except BadValue as bad:
            source.problem(label, name, str(bad))
    return values


def _missing(
    source: Source, label: str | None, row: Mapping[str, Any], fields: Mapping[str, Field]
) -> None:
    for name, field in fields.items():
        if field.required and name not in row:
            source.problem(
                label, name, _("mangler: skriv {example}").format(example=_(field.example))
            )


def _living(states: Sequence[State], steps: Sequence[Step]) -> tuple[State, ...]:
    """The states that can be reached: a step that the school has switched off leads nowhere."""
    # One that is off from a later year only still counts in the years before.
    off = {step.key for step in steps if step.off and step.changed_from is None}
    living = []
    for state in states:
        left = tuple(key for key in state.steps if key not in off)
        if left or not state.steps or state.day:
            living.append(replace(state, steps=left, any_of=state.any_of and bool(left)))
    return tuple(living)
