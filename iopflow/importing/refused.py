"""The file of refused rows: each as it stood, with row, column, reason and remedy beside it."""

import csv
import io
from pathlib import Path

from iopflow.importing.plan import Plan
from iopflow.importing.values import shielded


def write_refused(plan: Plan, path: Path) -> int:
    """Writes the refused rows as CSV that Excel opens. Returns how many lines.

    A cell that a spreadsheet would take for a formula is given an apostrophe.
    """
    path.write_bytes(refused_csv(plan))
    return len(plan.refused)


def refused_csv(plan: Plan) -> bytes:
    """The same file as it is sent to somebody."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerow(["file", "row", "column", "value", "reason", "remedy", "cells"])
    for one in plan.refused:
        cells = " | ".join(plan.cells(one.file, one.row))
        writer.writerow(
            shielded(str(cell))
            for cell in (
                one.file,
                one.row,
                one.column,
                one.value,
                one.reason,
                one.remedy,
                cells,
            )
        )
    return file.getvalue().encode("utf-8-sig")
