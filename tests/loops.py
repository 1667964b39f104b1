"""A coroutine run to its end, whatever else runs in this thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """What it gives, from a loop in a thread of its own: a browser keeps one going in this one.

    The tests of the browser share their process with those that follow, in an order that differs
    from run to run, and asyncio refuses a second loop in one thread.
    """
    with ThreadPoolExecutor(max_workers=1) as one:
        return one.submit(asyncio.run, work).result()
