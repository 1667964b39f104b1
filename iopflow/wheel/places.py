"""Where in a wheel file a mistake stands: file, line, row and field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from iopflow.texts import _

Problem = tuple[str, str]  # a field, and what to write instead

_HEADER = re.compile(r"\s*\[\[\s*(?P<kind>\w+)\s*\]\]")
_FIELD = re.compile(r"\s*[\"']?(?P<name>\w+)[\"']?\s*=")


@dataclass(frozen=True, slots=True)
class Row:
    """The line a row begins on, and the lines of its fields."""

    line: int
    fields: Mapping[str, int]


@dataclass(slots=True)
class Source:
    """One wheel file while it is read: where its rows stand, and the mistakes found so far."""

    name: str
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)  # labels of rows with a mistake
    _labels: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, text: str) -> "Source":
        """A file by its text. The lines are found by eye, as a person would: TOML has none."""
        rows: dict[str, list[tuple[int, dict[str, int]]]] = {"": [(0, {})]}
        kind = ""
        for number, line in enumerate(text.splitlines(), start=1):
            header = _HEADER.match(line)
            if header:
                kind = header["kind"]
                rows.setdefault(kind, []).append((number, {}))
                continue
            found = _FIELD.match(line)
            if found:
                rows[kind][-1][1].setdefault(found["name"], number)
        source = cls(name, {kind: [Row(*row) for row in found] for kind, found in rows.items()})
        source._labels[""] = source.rows[""][0]
        return source

    def stand_at(self, kind: str, number: int, label: str) -> None:
        """Says which row of the file bears a label; where two do, the last."""
        rows = self.rows.get(kind, [])
        if number < len(rows):
            self._labels[label] = rows[number]

    def problem(self, row: str | None, column: str | None, message: str) -> None:
        """Notes a mistake: file, line and row, field, and what to write instead."""
        if row is not None:
            self.broken.add(row)
        place = self._labels.get(row or "")
        line = place.fields.get(column or "", place.line) if place else 0
        words = [self.name]
        if line:
            words.append(_("linje {line}").format(line=line))
        if row is not None:
            words.append(row)
        what = f"{column} {message}" if column else message
        self.problems.append(f"{', '.join(words)}: {what}{'' if what.endswith('?') else '.'}")
