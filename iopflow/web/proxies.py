"""Who asks, where proxies stand between: the proxy is believed only where it is one of ours."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from iopflow.web.security import App, Receive, Scope, Send

Network = IPv4Network | IPv6Network
_PEER = "iopflow.peer"
_FORWARDING = {
    b"forwarded",
    b"via",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
}


class Proxied:
    """Puts the true client and scheme in the place of a trusted proxy's."""

    def __init__(self, app: App, trusted: Iterable[Network]) -> None:
        made: Any = ProxyHeadersMiddleware
        self._app = made(app, [str(network) for network in trusted])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        scope[_PEER] = scope.get("client")
        await self._app(scope, receive, send)


def client(scope: Scope) -> IPv4Address | IPv6Address | None:
    """The address of who asks; None where it is not known.

    A request that came by a proxy we do not trust has the proxy's address, which says nothing: a
    proxy on this machine would make everybody a neighbour.
    """
    asking = scope.get("client")
    forwarded = any(name.lower() in _FORWARDING for name, _value in scope["headers"])
    if not asking or (forwarded and asking == scope.get(_PEER, asking)):
        return None
    try:
        found = ip_address(asking[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_within(scope: Scope, networks: Iterable[Network]) -> bool:
    """Whether who asks is known to be in one of the networks."""
    found = client(scope)
    return found is not None and any(found in network for network in networks)
