"""What would happen to one table."""

from dataclasses import dataclass, field
from typing import Any

from iopflow.importing.rows import Faults, Layout, Refusal, Row
from iopflow.importing.sheets import Sheet
from iopflow.importing.tables import Table
from iopflow.models import Scope


@dataclass(slots=True)
class TablePlan:
    """The rows of one file, sorted by what they would do."""

    table: Table
    file: str
    layout: Layout
    added: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    unchanged: int = 0
    missing: int = 0
    absent: list[int] = field(default_factory=list)  # the pupils and places that are missing
    warnings: list[str] = field(default_factory=list)  # of rows that are left as they stand
    unlikely: list[str] = field(default_factory=list)  # taken, and to be looked at once more
    refused: list[Refusal] = field(default_factory=list)
    cells: dict[int, list[str]] = field(default_factory=dict)  # of the refused rows
    bad: dict[int, Faults] = field(default_factory=dict)
    broken: list[Row] = field(default_factory=list)  # of which some cells could not be read

    def to_json(self) -> dict[str, Any]:
        """The entry of the contract."""
        return {
            "table": self.table.file,
            "added": len(self.added),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "refused": len({one.row for one in self.refused}),
            "missing": self.missing,
        }

    def pupil_of(self, row: Row) -> int | None:
        """The pupil that a row of the database is about."""
        if self.table.file == "pupils":
            return row.row_id
        if self.table.file == "happenings":
            return int(row["subject_id"]) if row["scope"] is Scope.PUPIL else None
        return int(row["pupil_id"]) if "pupil_id" in self.layout.index else None

    def tell(self, sheet: Sheet) -> None:
        """Puts the refused rows into words, in the order of the file and as it has them."""
        columns = sheet.origin.columns
        for number in sorted(self.bad):
            cells = self.cells[number]
            for bad in self.bad[number]:
                title = sheet.title(bad.column)
                place = columns.index(title) if title in columns else len(cells)
                value = cells[place] if place < len(cells) else ""
                self.refused.append(
                    Refusal(self.file, number, title, value, bad.reason, bad.remedy, bad.fault)
                )
        self.bad.clear()
        self.broken.clear()
