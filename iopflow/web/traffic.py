"""What is told of a request when it has been answered: its route, never its address or who asked.

An address may hold the secret of a calendar or a pupil's number, and a query a name. A line of the
log and a figure of `/metrics` therefore name the route's template, and of a secret address eight
hexadecimal digits of its hash: enough to find one feed's requests, and no way back to it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from starlette.routing import Mount

from iopflow import clock
from iopflow.web.security import App, Message, Receive, Scope, Send

NOWHERE = "-"  # no route was found, or it was refused before one was sought
PROBES = {"/healthz", "/readyz", "/metrics"}
_METHOD = re.compile(r"[A-Z]{1,10}")


@dataclass(frozen=True, slots=True)
class Answered:
    """One request and its answer. `status` is None where nobody waited for the answer's head."""

    method: str
    route: str
    status: int | None
    seconds: float
    size: int
    token: str | None = None


class Traffic:
    """Tells each listener of each request that has ended, well or not. `routes` are the app's."""

    def __init__(
        self, app: App, routes: Iterable[Any], listeners: Iterable[Callable[[Answered], None]]
    ) -> None:
        self._app, self._listeners = app, tuple(listeners)
        self._templates = dict(templates(routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None
        size = 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body" and scope["method"] != "HEAD":
                size += len(message.get("body", b""))
            await send(message)

        begun = clock.elapsed()
        try:
            await self._app(scope, receive, counted)
        finally:
            method = str(scope["method"])
            told = Answered(
                method if _METHOD.fullmatch(method) else NOWHERE,
                _template(scope, self._templates),
                status,
                clock.elapsed() - begun,
                size,
                _short(scope),
            )
            for listener in self._listeners:
                listener(told)


def templates(routes: Iterable[Any], above: str = "") -> Iterator[tuple[Any, str]]:
    """Each endpoint with the path it is bound to, also inside an application that is mounted."""
    for route in routes:
        if isinstance(route, Mount):
            yield route.app, above + route.path
            yield from templates(route.routes or (), above + route.path)
        elif hasattr(route, "endpoint"):
            yield route.endpoint, above + route.path


def _template(scope: Scope, known: Mapping[Any, str]) -> str:
    """The route that answered, as it is written in the program."""
    included = scope.get("fastapi", {}).get(
        "effective_route_context"
    )  # by FastAPI's include_router
    if included is not None:
        return f"{scope.get('root_path', '')}{included.path_format}"
    return known.get(scope.get("endpoint"), NOWHERE)


def _short(scope: Scope) -> str | None:
    token = scope.get("path_params", {}).get("token")
    return None if token is None else sha256(str(token).encode()).hexdigest()[:8]


def log(say: Callable[[str], None], now: Callable[[], datetime]) -> Callable[[Answered], None]:
    """A listener that writes a line of each request; of a probe only where it went wrong."""

    def told(one: Answered) -> None:
        if one.route not in PROBES or one.status != 200:
            say(line(one, now()))

    return told


def line(one: Answered, at: datetime) -> str:
    """When (UTC), method, route, status, time taken, bytes; and a secret address by its hash."""
    said = (
        f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {one.method} {one.route} {one.status or '-'}"
        f" {one.seconds * 1000:.0f}ms {one.size}B"
    )
    return said if one.token is None else f"{said} token={one.token}"
