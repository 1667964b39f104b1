"""The pulse to an external monitor: somebody outside hears of it when nothing runs (G8)."""

import threading
from http.client import HTTPException
from urllib.parse import urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from iopflow import __version__
from iopflow.settings import Settings

TIMEOUT = 5.0  # seconds for all of it


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: where the pulse goes is set here and not by the one who answers."""

    def redirect_request(self, *_args: object, **_rest: object) -> None:
        """None: the redirect is then an error like any other."""


def ping(settings: Settings, ok: bool) -> bool:
    """Tells the monitor that a pass went well, or (at `/fail` below the address, as Healthchecks
    and its like have it) that it did not. Returns whether the monitor took it; True where none is
    set. Never raises, never takes more than five seconds, and says nothing but that it was called.
    """
    if settings.monitor_url is None:
        return True
    taken: list[bool] = []
    # In a thread of its own: neither a slow name server nor an answer in drips has a time limit.
    call = threading.Thread(
        target=lambda: taken.append(_called(address(settings.monitor_url or "", ok=ok))),
        name="iopflow-monitor",
        daemon=True,
    )
    call.start()
    call.join(TIMEOUT)
    return bool(taken) and taken[0]


def address(url: str, *, ok: bool) -> str:
    """Where to call: the address itself, or `/fail` below it."""
    if ok:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/fail"))


def _called(url: str) -> bool:
    if urlsplit(url).scheme not in ("http", "https"):
        return False
    asked = Request(url, headers={"User-Agent": f"iopflow/{__version__}"})  # noqa: S310 - see above
    try:
        with build_opener(_Stay).open(asked, timeout=TIMEOUT) as answer:
            return bool(200 <= answer.status < 300)
    except (OSError, HTTPException, ValueError):
        return False
