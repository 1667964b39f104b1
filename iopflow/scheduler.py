"""The clock: APScheduler rings a bell every minute, and what is due is found in the database."""

from collections.abc import Callable
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler

EVERY = 60  # seconds


def clock(ring: Callable[[], object], *, background: bool) -> BaseScheduler:
    """A scheduler, not yet started, whose only job is to ring.

    In memory, in UTC, one at a time; a bell that could not ring in time rings once. Nothing is
    remembered here: a tick finds by itself what is due and what has been done.
    """
    kind: Any = BackgroundScheduler if background else BlockingScheduler
    made: BaseScheduler = kind(timezone="UTC")
    made.add_job(
        ring,
        "interval",
        seconds=EVERY,
        id="tick",
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )
    return made
