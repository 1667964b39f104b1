"""What `bench/feeds.py` measures, each as a process of its own: `python -m bench.feed_server WHAT`.

`ours DATABASE PORT` is the whole application; `bare FILE PORT` an ASGI application on the same
server that gives ready bytes and does nothing else.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from bench import country
from iopflow import db, settings
from iopflow.clock import OSLO
from iopflow.garbage import settle
from iopflow.web.feed import Feeds
from iopflow.web.page import Site
from iopflow.web.security import Security

NOW = datetime(country.FIRST + 1, 5, 16, 9, 0, tzinfo=OSLO)
_NO_LIMIT = 10**9, timedelta(hours=1)


def ours(database: str) -> Any:
    """The feeds as they stand before the pages, without a limit on how often."""
    site = Site(db.create_engine(f"sqlite:///{database}"), settings.load({}), lambda: NOW)
    return Security(Feeds(site, _nothing, hits=_NO_LIMIT, misses=_NO_LIMIT))


def bare(file: str) -> Any:
    """Ready bytes."""
    body = Path(file).read_bytes()
    headers = [
        (b"content-type", b"text/calendar; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


async def _nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    return


if __name__ == "__main__":
    what, source, port = sys.argv[1:]
    app = {"ours": ours, "bare": bare}[what](source)
    settle()
    uvicorn.run(app, port=int(port), log_level="error", access_log=False, lifespan="off")
