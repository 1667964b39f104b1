"""A log-in provider of the tests: real HTTP and real signed tokens, and it lies where told to."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

Claims = dict[str, Any]
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
NEWER = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})


def signed(claims: Claims, key: Any = KEY) -> str:
    """As it should be."""
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


def unsigned(claims: Claims) -> str:
    """With «alg: none»: anybody can write it."""
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    return ".".join(_b64(json.dumps(part).encode()) for part in parts) + "."


def signed_with_what_is_public(claims: Claims) -> str:
    """With HS256 and the public key as the shared secret."""
    parts = [{"alg": "HS256", "typ": "JWT", "kid": "one"}, claims]
    told = ".".join(_b64(json.dumps(part).encode()) for part in parts)
    return f"{told}.{_b64(hmac.digest(KEY.as_pem(private=False), told.encode(), 'sha256'))}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Liar:
    """What it says. `sign` writes the ID token, `claims` are its own additions."""

    url: str = ""
    claims: Claims = field(default_factory=dict)
    userinfo: Claims = field(default_factory=dict)
    document: Claims = field(default_factory=dict)
    keys: list[Any] = field(default_factory=lambda: [KEY])
    sign: Callable[[Claims], str] = signed
    challenge: str = ""
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, form: dict[str, list[str]]) -> tuple[int, Claims, str | None]:
        """The status, the JSON, and where to, for a redirect."""
        self.asked.append(path)
        if self.status != 200:
            return self.status, {}, "http://127.0.0.1:1/" if self.status == 302 else None
        if path == "/.well-known/openid-configuration":
            names = {"authorization": "out", "token": "token", "userinfo": "me"}
            found = {f"{name}_endpoint": f"{self.url}/{at}" for name, at in names.items()}
            return (
                200,
                found
                | {
                    "issuer": self.url,
                    "jwks_uri": f"{self.url}/keys",
                    **self.document,
                },
                None,
            )
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.keys]}, None
        if path == "/me":
            return 200, {"sub": self.claims.get("sub")} | self.userinfo, None
        proof = _b64(hashlib.sha256(form["code_verifier"][0].encode()).digest())
        if proof != self.challenge:
            return 400, {"error": "invalid_grant"}, None
        token = {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(self.claims)}
        return 200, token, None


@contextmanager
def lying() -> Iterator[Liar]:
    """A provider in a thread, on a port of its own."""
    liar = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(liar.answer(self.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(liar.answer(self.path, parse_qs(body)))

        def _say(self, said: tuple[int, Claims, str | None]) -> None:
            body = json.dumps(said[1]).encode()
            self.send_response(said[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if said[2] is not None:
                self.send_header("Location", said[2])
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    liar.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield liar
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
