"""A school's own files become facts: read, plan (the dry run), apply, undo.

Start in `tables.py`, which declares every file of the contract.
"""

from iopflow.importing.apply import Applied, apply
from iopflow.importing.cells import BadFile
from iopflow.importing.plan import Difference, Plan, plan
from iopflow.importing.reading import Source, read
from iopflow.importing.refused import write_refused
from iopflow.importing.rows import Refusal
from iopflow.importing.undo import Undone, undo

__all__ = [
    "Applied",
    "BadFile",
    "Difference",
    "Plan",
    "Refusal",
    "Source",
    "Undone",
    "apply",
    "plan",
    "read",
    "undo",
    "write_refused",
]
