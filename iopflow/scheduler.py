"""The clock: APScheduler rings a bell every minute, and what is due is found in the database."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler

from iopflow.clock import now

EVERY = 60  # seconds
JOB = "tick"


def clock(ring: Callable[[], object]) -> BaseScheduler:
    """A scheduler, not yet started, whose only job is to ring.

    It rings at once and then every minute; in memory, in UTC, one at a time; a bell that could not
    ring in time rings once. Nothing is remembered here: a tick finds by itself what is due and what
    has been done. Shutting it down waits for the pass at hand.
    """
    made: BaseScheduler = BackgroundScheduler(timezone="UTC")
    made.add_job(
        ring,
        "interval",
        seconds=EVERY,
        id=JOB,
        next_run_time=now(),
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )
    return made


class Stop:
    """Whether somebody has asked us to end."""

    def __init__(self) -> None:
        self.then: Callable[[], object] = lambda: None  # what else is to end
        self._asked = False
        # What waits, waits for a queue: an Event may not be set by the handler of a signal.
        self._told: SimpleQueue[None] = SimpleQueue()

    def is_asked(self) -> bool:
        """Whether they have."""
        return self._asked

    def ask(self) -> None:
        """Asks us to end, from a signal or from another thread."""
        self._asked = True
        self._told.put(None)
        self.then()

    def wait(self) -> None:
        """Waits until somebody asks."""
        self._told.get()


@contextmanager
def stopping() -> Iterator[Stop]:
    """Turns SIGTERM and Ctrl-C into a request to end when the mail at hand is marked.

    The second of them does what it always does: it ends the process at once.
    """
    stop = Stop()
    before: dict[signal.Signals, Any] = {}

    def restore() -> None:
        for one, handler in before.items():
            signal.signal(one, handler)

    def asked(_number: int, _frame: FrameType | None) -> None:
        restore()
        stop.ask()

    for one in (signal.SIGINT, signal.SIGTERM):
        before[one] = signal.signal(one, asked)
    try:
        yield stop
    finally:
        restore()
