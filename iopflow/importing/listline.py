"""A row of a school's list of pupils: what its cells say, and what is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from iopflow.importing.listed import Listed, Stay
from iopflow.importing.rows import BadRow, Faults, read_cell
from iopflow.importing.tables import PUPIL_LIST
from iopflow.texts import _


@dataclass(slots=True)
class Line:
    """A row of the list: its cells and values by column, and what was found of it."""

    number: int
    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    name: str = ""
    school: str = ""
    unit: str = ""
    teacher: str = ""
    pupil: Listed | None = None
    stay: Stay | None = None
    key: str = ""
    starts: date = date.max

    def said(self, column: str) -> Any:
        """What a cell says; nothing where it is empty or cannot be read."""
        return self.values.get(column)


def read_line(number: int, cells: list[str], columns: Sequence[str]) -> Line:
    """A row, and all that is wrong with its cells."""
    line = Line(number, dict(zip(columns, cells, strict=False)))
    if any(cells[len(columns) :]):
        line.faults.add(
            BadRow(
                "-",
                _("raden har {n} celler, overskriften {m}").format(n=len(cells), m=len(columns)),
                _("fjern skilletegnet for mye, eller sett verdien i anførselstegn"),
            )
        )
        return line
    for name in columns:
        line.faults.ask(_read, line, name)
    line.name = _name(line)
    if not line.name and "navn" not in line.faults and "fornavn" not in line.faults:
        column = "navn" if "navn" in columns else "fornavn"
        line.faults.add(BadRow(column, _("er tom"), _("skriv navnet til eleven")))
    first, last = line.said("fra"), line.said("til")
    if first is not None and last is not None and last < first:
        line.faults.add(
            BadRow(
                "til",
                _("er før {column} {day}").format(column="fra", day=written(first)),
                _("bytt dem om, eller rett datoen"),
            )
        )
    return line


def _read(line: Line, name: str) -> None:
    line.values[name] = read_cell(PUPIL_LIST.column(name), line.cells.get(name, ""))


def _name(line: Line) -> str:
    """The name as it is said: «Dal, Ola» is Ola Dal."""
    whole = line.said("navn") or ""
    last, comma, first = whole.partition(",")
    if comma and first.strip() and "," not in first:
        return f"{first.strip()} {last.strip()}"
    parts = [line.said("fornavn") or "", line.said("etternavn") or ""]
    return whole or " ".join(part for part in parts if part)


def written(day: date) -> str:
    """A day as the pages say it."""
    return f"{day:%d.%m.%Y}"
