"""What every request of the API meets first: a token must be there, and a body must be small."""

from collections.abc import Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool

from iopflow.texts import _, speaking
from iopflow.web.api.problems import problem, unauthorised
from iopflow.web.security import App, Message, Receive, Scope, Send

LARGEST_BODY = 64 * 1024  # bytes: five hundred task numbers are less than six thousand
OPEN = "/v1/openapi.json"


class Gate:
    """Refuses what carries no token, before anything of it is read, and bodies that are large."""

    def __init__(self, app: App, language: str) -> None:
        self._app, self._language = app, language

    @property
    def routes(self) -> Sequence[Any]:
        """Those of the application behind it."""
        found: Sequence[Any] = getattr(self._app, "routes", ())
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        kind, _space, token = headers.get(b"authorization", b"").partition(b" ")
        known = scope["path"] == scope.get("root_path", "") + OPEN  # the document is for all
        if (kind.lower() != b"bearer" or not token.strip()) and not known:
            await unauthorised(self._language, given=False)(scope, receive, send)
            return
        body = await _read(headers.get(b"content-length", b""), receive)
        if body is None:
            with speaking(self._language):
                detail = _("Innholdet er større enn 64 KiB: del det opp.")
            await problem(413, detail)(scope, receive, send)
            return
        sent = False

        async def again() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)
        afterwards = scope.get("state", {}).get("afterwards")
        if afterwards is not None:
            await run_in_threadpool(afterwards)


async def _read(length: bytes, receive: Receive) -> bytes | None:
    """The whole body, or None where it is too large, whatever its length claims to be."""
    if length.isdigit() and (len(length) > len(str(LARGEST_BODY)) or int(length) > LARGEST_BODY):
        return None
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""  # half a request is none
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            return None
    return body
