"""Exports in an open format: a pupil's case for the archive, a school's year for supervision.

iopflow is not the archive: it holds references to it, and gives its own log to it (arkivlova § 5).
"""

from iopflow.archive.checking import Wrong, check
from iopflow.archive.packing import Export, Order, of_pupil, of_school_year

__all__ = ["Export", "Order", "Wrong", "check", "of_pupil", "of_school_year"]
