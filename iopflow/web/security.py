"""What every answer carries, and what every change must show: that a page of ours sent it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# The API knows its callers by a token and never by a cookie: no browser sends it by itself.
NO_COOKIES = "/api/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Everything comes from here: no script, style or picture of anybody else, and no page around ours.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
# Where the address is https, a browser asks by http no more, for a year. A proxy says the same.
HSTS = (b"strict-transport-security", b"max-age=31536000")
# Pages hold what is confidential: no cache keeps them, not even the browser's own.
_NO_STORE = (b"cache-control", b"no-store")


class Security:
    """Adds the headers, and refuses a change that does not come from a page of ours (CSRF)."""

    def __init__(self, app: App, *, https: bool = False) -> None:
        self._app = app
        self._headers = (*HEADERS, *((HSTS,) if https else ()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                names = {name.lower() for name, _value in headers}
                headers += [one for one in self._headers if one[0] not in names]
                if b"cache-control" not in names:
                    headers.append(_NO_STORE)
                message["headers"] = headers
            await send(message)

        by_token = str(scope["path"]).startswith(NO_COOKIES)
        safe = scope["method"] in SAFE or by_token
        if not safe and not from_our_page(dict(scope["headers"])):
            await _refuse(with_headers)
            return
        await self._app(scope, receive, with_headers)


def from_our_page(headers: MutableMapping[bytes, bytes]) -> bool:
    """Whether a browser says that a page of ours sent this.

    By Sec-Fetch-Site; browsers too old to send it say by Origin. One that says neither is refused.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    return bool(host) and urlsplit(origin).netloc == host


async def _refuse(send: Send) -> None:
    body = "Skjemaet kom ikke fra denne siden: åpne siden på nytt og prøv igjen.".encode()
    await send(
        {
            "type": "http.response.start",
            "status": 403,
            "headers": [(b"content-type", b"text/plain; charset=utf-8")],
        }
    )
    await send({"type": "http.response.body", "body": body})
