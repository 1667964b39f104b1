"""What a person says of the files beside what stands in them, before they are read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Mending:
    """Names and cells that stand otherwise than in the files; the rules of an import are the same.

    `tables`: a file or sheet and the table it holds, "" where it is left out. `columns`: by table,
    a header as `word` makes it and the column it is, "" where it is left out. `cells`: by table and
    row, a column and what it should say. `left_out`: by table, the rows not to read.
    """

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    cells: dict[str, dict[int, dict[str, str]]] = field(default_factory=dict)
    left_out: dict[str, set[int]] = field(default_factory=dict)

    def correct(self, table: str, row: int, column: str, cell: str) -> None:
        """A cell says something else."""
        self.cells.setdefault(table, {}).setdefault(row, {})[column] = cell.strip()

    def leave_out(self, table: str, row: int) -> None:
        """A row is not read."""
        self.left_out.setdefault(table, set()).add(row)

    def to_json(self) -> str:
        """As text that `from_json` reads back."""
        return json.dumps(
            {
                "tables": self.tables,
                "columns": self.columns,
                "cells": self.cells,
                "left_out": {table: sorted(rows) for table, rows in self.left_out.items()},
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Mending":
        """What `to_json` wrote."""
        said: Mapping[str, Any] = json.loads(text)
        return cls(
            said["tables"],
            said["columns"],
            {
                table: {int(row): cells for row, cells in rows.items()}
                for table, rows in said["cells"].items()
            },
            {table: set(rows) for table, rows in said["left_out"].items()},
        )


def word(header: str) -> str:
    """A header as it is compared: small letters, one sign between words."""
    return "_".join(header.lower().rstrip("*").split())
