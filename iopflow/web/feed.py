"""A calendar feed over HTTP: bytes by a secret address, and 304 where nothing has changed.

Everything below /feeds/ is answered here, before any page: whatever is not the address of a feed
gets one and the same answer, and costs the same look-up.
"""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from iopflow import db
from iopflow.clock import local_date
from iopflow.engine.feeds import FILE
from iopflow.feeds.files import Around, Fetched, Stale, keep, look_up, write_anew
from iopflow.web.limits import Limit
from iopflow.web.page import Site
from iopflow.web.proxies import client
from iopflow.web.security import App, Receive, Scope, Send

log = logging.getLogger(__name__)
UNDER = "/feeds/"
PATH = f"{UNDER}{{token}}/{FILE}"
# Misses are counted by address. The programs of all subscribers at Google and Microsoft come from
# a few addresses, so that hits are counted by feed, and a known feed is given whoever has guessed.
MISSES = 20, timedelta(minutes=10)
HITS = 60, timedelta(hours=1)
_EMPTY = {"content-length": "0"}
LATER = "600"  # seconds after which to try again where something is wrong with us
# What the programs call themselves, longest words first where one holds another.
_PROGRAMS = {
    "microsoft": "Outlook",
    "google": "Google",
    "thunderbird": "Thunderbird",
    "evolution": "Evolution",
    "nextcloud": "Nextcloud",
    "dataaccessd": "Apple",
    "calendaragent": "Apple",
    "ios": "Apple",
    "macos": "Apple",
}


class Feeds:
    """The feeds, in front of the pages."""

    def __init__(
        self,
        site: Site,
        pages: App,
        *,
        hits: tuple[int, timedelta] = HITS,
        misses: tuple[int, timedelta] = MISSES,
    ) -> None:
        self._site, self._pages = site, pages
        self._hits, self._misses = Limit(*hits), Limit(*misses)
        # What is kept is looked up by one thread: many would only wait for one another. What has to
        # be written takes a hundred times as long, and is done by others.
        self._quick = ThreadPoolExecutor(1, "feeds")
        self._engine = site.engine.execution_options(iopflow_reading=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith(UNDER):
            await self._pages(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, HTTPStatus.METHOD_NOT_ALLOWED, {"allow": "GET, HEAD"} | _EMPTY)
            return
        token = _token(scope["path"])
        # What is told of a request names its route, and of the token a few digits of its hash.
        scope.update(endpoint=self, path_params={"token": token})
        headers, now = Headers(scope=scope), self._site.clock()
        asked = headers.get("if-none-match", "")
        try:
            fetched = await self._fetch(token, _only(asked), now)
        except Exception as error:
            # An empty calendar, or a page, would empty everybody's: an error is passed over.
            # Only its kind: an address may stand in the rest.
            log.error("A feed could not be written: %s", type(error).__name__)
            await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": LATER} | _EMPTY)
            return
        if fetched is None:
            seconds = self._misses.wait(str(client(scope)), now=now)
            await _refuse(send, seconds, HTTPStatus.NOT_FOUND)
            return
        if seconds := self._hits.wait(str(fetched.feed_id), now=now):
            await _refuse(send, seconds, HTTPStatus.TOO_MANY_REQUESTS)
            return
        await _give(send, fetched, asked, head=scope["method"] == "HEAD")
        if fetched.is_news:
            by = program(headers.get("user-agent", ""))
            await run_in_threadpool(keep, self._site.engine, fetched, now=now, by=by)

    async def _fetch(self, token: str, has: str, now: datetime) -> Fetched | None:
        stamp, rules = self._site.stamped_rules()
        known = self._site.settings
        around = Around(rules, stamp, local_date(now), known.language, known.base_url)
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._quick, self._look_up, token, has, now, around)
        if isinstance(found, Stale):
            return await run_in_threadpool(self._write_anew, found, has, now, around)
        return found

    def _look_up(
        self, token: str, has: str, now: datetime, around: Around
    ) -> Fetched | Stale | None:
        with self._engine.connect() as connection:
            return look_up(connection, token, around, has=has, now=now)

    def _write_anew(self, stale: Stale, has: str, now: datetime, around: Around) -> Fetched | None:
        with db.session(self._site.engine, write=False) as session:
            return write_anew(session, stale, around, has=has, now=now)


def _token(path: str) -> str:
    """What may be a token. Of another path it is something that no feed has."""
    ending = f"/{FILE}"
    return path.removeprefix(UNDER).removesuffix(ending) if path.endswith(ending) else path


def _only(asked: str) -> str:
    """The tag of If-None-Match where it names one only, as nearly every program does."""
    tag = asked.strip().removeprefix("W/")
    return tag[1:-1] if len(tag) > 2 and tag[0] == tag[-1] == '"' and "," not in tag else ""


async def _give(send: Send, fetched: Fetched, asked: str, *, head: bool) -> None:
    tag = f'"{fetched.tag}"'
    headers = {
        "etag": tag,
        "cache-control": "private, no-cache",
        "x-robots-tag": "noindex, nofollow",
    }
    if fetched.body is None or matches(asked, tag):
        await _answer(send, HTTPStatus.NOT_MODIFIED, headers)
        return
    headers |= {
        "content-type": "text/calendar; charset=utf-8",
        "content-length": str(len(fetched.body)),
    }
    await _answer(send, HTTPStatus.OK, headers, b"" if head else fetched.body)


async def _refuse(send: Send, seconds: int, status: HTTPStatus) -> None:
    if seconds:
        headers = {"retry-after": str(seconds)} | _EMPTY
        await _answer(send, HTTPStatus.TOO_MANY_REQUESTS, headers)
    else:
        await _answer(send, status, _EMPTY)


async def _answer(
    send: Send, status: HTTPStatus, headers: Mapping[str, str], body: bytes = b""
) -> None:
    written = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": int(status), "headers": written})
    await send({"type": "http.response.body", "body": body})


def matches(asked: str, tag: str) -> bool:
    """Whether If-None-Match names the tag: one of a list, weak or strong, or any."""
    known = [one.strip().removeprefix("W/") for one in asked.split(",")]
    return tag in known or known == ["*"]


def program(agent: str) -> str:
    """The kind of program that fetches, and nothing that tells one person from another."""
    low = agent.lower()
    return next((name for word, name in _PROGRAMS.items() if word in low), "")
