"""A mail server that takes everything and keeps nothing, in a process of its own: the far side.

`python -m bench.sink` prints its port; at the end of its input it prints how many mails it took.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, Popen
from typing import Any

_ANSWERS = {b"EHLO": b"250 sink\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
_END = b"\r\n.\r\n"


class _Taking(asyncio.Protocol):
    """One conversation. Commands come one at a time: the client waits for each answer."""

    taken = 0  # by all of them

    def __init__(self) -> None:
        self._held = bytearray()
        self._in_mail = False

    def connection_made(self, transport: Any) -> None:
        """Greets."""
        self._transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """A command, or a piece of a mail."""
        self._held += data
        if not self._held.endswith(_END if self._in_mail else b"\r\n"):
            return
        if self._in_mail:
            _Taking.taken += 1
            answer = b"250 taken\r\n"
        else:
            answer = _ANSWERS.get(bytes(self._held[:4]).upper(), b"250 yes\r\n")
        self._in_mail = answer.startswith(b"354")
        self._held.clear()
        self._transport.write(answer)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Taking, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until whoever started it has enough
    server.close()
    print(_Taking.taken, flush=True)


class Sink:
    """The process: its port, and how many mails it took in all, known when it has ended."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken = 0


@contextmanager
def sink() -> Iterator[Sink]:
    """Started and ended."""
    with Popen([sys.executable, "-m", "bench.sink"], stdin=PIPE, stdout=PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        made = Sink(int(process.stdout.readline()))
        try:
            yield made
        finally:
            process.stdin.close()
            made.taken = int(process.stdout.readline())


if __name__ == "__main__":
    asyncio.run(_serve())
