"""The JSON API of other programs, below /api/v1: the pages' rules, a token instead of a log-in."""

from iopflow.web.api.app import PLACE, create_api

__all__ = ["PLACE", "create_api"]
