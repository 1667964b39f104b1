"""iopflow: the year of the IOP. Start reading in wheel/ and calendars/wheels."""

__version__ = "0.1.0"
