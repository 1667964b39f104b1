"""A calendar feed over HTTP: bytes by a secret address, and 304 where nothing has changed."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from iopflow import db
from iopflow.clock import local_date
from iopflow.feeds import render
from iopflow.models import metadata
from iopflow.queries.feeds import by_token
from iopflow.web.page import Site

PATH = "/feeds/{token}/iop-frister.ics"
_NOTED = timedelta(hours=6)  # how often it is written that somebody has fetched a feed
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


def endpoint(site: Site) -> Callable[[Request], Any]:
    """The feed as the web server calls it."""

    async def answer(request: Request) -> Response:
        return await run_in_threadpool(_answer, site, request)

    return answer


def _answer(site: Site, request: Request) -> Response:
    now = site.clock()
    with db.session(site.engine, write=False) as session:
        feed = by_token(session, str(request.path_params["token"]))
        if feed is None:
            return Response(status_code=404)
        body = render(
            session,
            site.rules,
            feed,
            today=local_date(now),
            language=site.settings.language,
            address=site.settings.base_url,
        )
    if feed.fetched_at is None or now - feed.fetched_at >= _NOTED:
        _note(site, feed.id, now, program(request.headers.get("user-agent", "")))
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")


def matches(asked: str, tag: str) -> bool:
    """Whether If-None-Match names the tag: one of a list, weak or strong, or any."""
    known = [one.strip().removeprefix("W/") for one in asked.split(",")]
    return tag in known or known == ["*"]


def program(agent: str) -> str:
    """The kind of program that fetches, and nothing that tells one person from another."""
    low = agent.lower()
    return next((name for word, name in _PROGRAMS.items() if word in low), "")


def _note(site: Site, number: int | None, now: Any, fetched_by: str) -> None:
    token = metadata.tables["feed_token"]
    with db.session(site.engine) as session:
        session.connection().execute(
            update(token)
            .where(token.c.id == number)
            .values(fetched_at=now, fetched_by=fetched_by or None)
        )
