"""Calendar feeds: deadlines without names in a person's own calendar."""

from iopflow.feeds.content import render

__all__ = ["render"]
