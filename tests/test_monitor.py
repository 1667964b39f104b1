"""The pulse outside: it never raises, never hangs, follows nobody, and says nothing of anybody."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from iopflow import __version__, monitor, settings


@dataclass
class Outside:
    """A monitor on this machine, with what it was asked."""

    port: int
    heard: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def known(self, path: str) -> settings.Settings:
        """The settings that lead there."""
        return settings.load({}, monitor_url=f"http://127.0.0.1:{self.port}{path}")


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Answers by the path: /ok, /moved, /broken, /silent, /drips."""
    made = Outside(0)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.heard.append((self.path, dict(self.headers)))
            if self.path.startswith("/silent"):
                made.over.wait(5)
            elif self.path.startswith("/drips"):
                while not made.over.wait(0.05):
                    self.wfile.write(b"H")
            else:
                self.send_response({"/moved": 302, "/broken": 500}.get(self.path, 200))
                self.send_header("Location", "/ok")
                self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.over.set()
    server.shutdown()
    server.server_close()


def test_a_good_pass_is_one_call_that_says_only_who_calls(outside: Outside) -> None:
    assert monitor.ping(outside.known("/ok"), ok=True) is True
    ((path, headers),) = outside.heard
    assert path == "/ok"
    assert headers["User-Agent"] == f"iopflow/{__version__}"
    assert set(headers) <= {"Accept-Encoding", "Host", "User-Agent", "Connection"}


def test_a_bad_pass_is_told_below_the_address(outside: Outside) -> None:
    monitor.ping(outside.known("/ok?token=abc"), ok=False)
    assert [path for path, _headers in outside.heard] == ["/ok/fail?token=abc"]


def test_a_redirect_is_not_followed(outside: Outside) -> None:
    assert monitor.ping(outside.known("/moved"), ok=True) is False
    assert [path for path, _headers in outside.heard] == ["/moved"]


def test_a_monitor_that_is_broken_does_no_harm(outside: Outside) -> None:
    assert monitor.ping(outside.known("/broken"), ok=True) is False


@pytest.mark.parametrize("path", ["/silent", "/drips"])
def test_a_monitor_that_does_not_answer_is_not_waited_for(
    outside: Outside, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "TIMEOUT", 0.2)
    began = time.monotonic()
    assert monitor.ping(outside.known(path), ok=True) is False
    assert time.monotonic() - began < 2


def test_a_monitor_that_is_not_there_does_no_harm() -> None:
    assert monitor.ping(settings.load({}, monitor_url="http://127.0.0.1:9/x"), ok=True) is False


def test_no_monitor_is_no_fault() -> None:
    assert monitor.ping(settings.load({}), ok=True) is True


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "nonsense"])
def test_only_the_web_is_called(url: str) -> None:
    assert monitor._called(url) is False
