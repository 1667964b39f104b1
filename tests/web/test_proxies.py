"""Who asks is taken from a proxy's headers where the proxy is ours, and from nobody else's."""

from ipaddress import ip_network
from typing import Any

import pytest

from iopflow.web.proxies import Proxied, client
from iopflow.web.security import Scope
from tests.loops import to_its_end

OURS = [ip_network("10.0.0.0/8"), ip_network("127.0.0.1")]
FORGED = ("x-forwarded-for", "203.0.113.9")


def seen(peer: str, *headers: tuple[str, str], trusted: Any = OURS) -> tuple[str, str | None]:
    """The scheme and the client that the pages see."""
    found: list[tuple[str, str | None]] = []

    async def page(scope: Scope, _receive: Any, _send: Any) -> None:
        at = client(scope)
        found.append((scope["scheme"], None if at is None else str(at)))

    scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 4711),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    nothing: Any = None
    to_its_end(Proxied(page, trusted)(scope, nothing, nothing))
    return found[0]


HTTPS = ("x-forwarded-proto", "https")


@pytest.mark.parametrize(
    ("peer", "headers", "then"),
    [
        ("192.0.2.1", [], ("http", "192.0.2.1")),
        ("10.1.1.1", [("x-forwarded-for", "192.0.2.1"), HTTPS], ("https", "192.0.2.1")),
        # What the client wrote itself stands to the left of what our proxy saw.
        (
            "10.1.1.1",
            [("x-forwarded-for", "127.0.0.1, 192.0.2.1, 10.2.2.2")],
            ("http", "192.0.2.1"),
        ),
        ("10.1.1.1", [FORGED, ("x-forwarded-for", "192.0.2.1")], ("http", "192.0.2.1")),
        # A stranger is not believed, and no longer known either.
        ("192.0.2.1", [("x-forwarded-for", "127.0.0.1"), HTTPS], ("http", None)),
        ("192.0.2.1", [("x-real-ip", "127.0.0.1")], ("http", None)),
        # Our proxy says nothing of the client, or something that is no address.
        ("127.0.0.1", [HTTPS], ("https", None)),
        ("10.1.1.1", [("x-forwarded-for", "kari\n")], ("http", None)),
        ("::ffff:192.0.2.1", [], ("http", "192.0.2.1")),
    ],
)
def test_the_true_client_and_scheme(
    peer: str, headers: list[tuple[str, str]], then: tuple[str, str | None]
) -> None:
    assert seen(peer, *headers) == then


def test_without_trusted_proxies_not_even_this_machine_is_believed() -> None:
    assert seen("127.0.0.1", FORGED, HTTPS, trusted=()) == ("http", None)
