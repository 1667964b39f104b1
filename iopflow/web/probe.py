"""A question to something that may hang, with an answer in time: for the probes of the service."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

LIMIT = 2.0  # seconds that whoever asks is kept waiting
Answer = TypeVar("Answer")


class Probe(Generic[Answer]):
    """Asks in a thread of its own, once at a time: whoever asks meanwhile shares the answer.

    However often a probe is called, and however long a database hangs, one thread waits for it; it
    is a daemon, so that it holds up no stop.
    """

    def __init__(self, question: Callable[[], Answer], *, limit: float = LIMIT) -> None:
        self._question, self._limit = question, limit
        self._asked: Future[Answer] | None = None

    async def ask(self) -> Answer | None:
        """The answer, or None where none came in time. Raises what the question raises."""
        if self._asked is None or self._asked.done():
            self._asked = self._begin()
        try:
            return await asyncio.wait_for(
                asyncio.shield(asyncio.wrap_future(self._asked)), self._limit
            )
        except TimeoutError:
            return None

    def _begin(self) -> "Future[Answer]":
        answer: Future[Answer] = Future()

        def run() -> None:
            try:
                answer.set_result(self._question())
            except BaseException as error:
                answer.set_exception(error)

        threading.Thread(target=run, name="iopflow-probe", daemon=True).start()
        return answer
