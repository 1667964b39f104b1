"""A log-in provider that speaks OpenID Connect: Feide, Microsoft Entra ID, ID-porten and others.

Authorization code with PKCE (S256). What it says is believed only where it is signed with a key of
its own, is meant for us, answers this very attempt and is not old. Nothing is asked of any other
place than the provider's document names, no redirect is followed, and nothing but https is spoken
outside this machine.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from iopflow import clock
from iopflow.settings import Settings
from iopflow.texts import _
from iopflow.web import ways

ATTEMPT = timedelta(minutes=10)  # to log in at the provider and come back
LEEWAY = 60  # seconds that the provider's clock may differ from ours
TIMEOUT = 5.0  # seconds of each wait for the provider
KEPT = 3600.0  # seconds that its document and keys are used before they are read again
KEYS_ANEW = 60.0  # seconds at the least between two readings because of a key that is not known
LARGEST = 1_000_000  # bytes of a document
# Signatures that only the provider can make: with a shared secret, or none, anybody could.
ALGORITHMS = ["RS256", "PS256", "ES256"]
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_KNOWN = (
    ("dataporten.no", "Feide"),
    ("feide.no", "Feide"),
    ("login.microsoftonline.com", "Microsoft"),
    ("idporten.no", "ID-porten"),
)
_FEIDE_NAME = "https://n.feide.no/claims/eduPersonPrincipalName"


class Down(Exception):
    """The provider does not answer, or says what no provider says."""


class Unproven(Exception):
    """What came back proves nothing. The message is for the log, and names no person."""


def name_of(settings: Settings) -> str:
    """What the provider is called on the button."""
    return settings.oidc_name or _known(settings) or _("skolens innlogging")


def _known(settings: Settings) -> str:
    host = urlsplit(settings.oidc_issuer or "").hostname or ""
    return next(
        (name for end, name in _KNOWN if host == end or host.endswith(f".{end}")),
        "",
    )


@dataclass(frozen=True, slots=True)
class Account:
    """Who somebody is at the provider. `login` is the user name there, `shown` what the person
    knows the account by.
    """

    issuer: str
    subject: str
    login: str | None
    shown: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way out to the provider and back, as the browser keeps it in a cookie.

    All that must not be guessed is derived from `seed`, together with the rest, so that a cookie
    that was changed answers to no attempt, and nothing is stored here.
    """

    seed: str
    begun: int
    leads_to: str
    connects: bool

    @classmethod
    def new(cls, leads_to: str, *, connects: bool, now: datetime) -> "Attempt":
        """A new one."""
        return cls(secrets.token_urlsafe(32), int(now.timestamp()), leads_to, connects)

    @classmethod
    def read(cls, written: str, *, now: datetime) -> "Attempt":
        """From the cookie. Raises Unproven for none, a broken or an old one."""
        try:
            seed, begun, connects, leads_to = written.split(".")
            made = cls(
                seed,
                int(begun),
                urlsafe_b64decode(leads_to).decode(),
                connects == "1",
            )
        except ValueError as error:
            raise Unproven("no attempt of this browser") from error
        age = now.timestamp() - made.begun
        if not -LEEWAY <= age <= ATTEMPT.total_seconds() or len(seed) < 43:
            raise Unproven("an old attempt")
        return made

    def written(self) -> str:
        """As the cookie keeps it."""
        leads_to = urlsafe_b64encode(self.leads_to.encode()).decode()
        return f"{self.seed}.{self.begun}.{int(self.connects)}.{leads_to}"

    def secret(self, what: str) -> str:
        """The `state`, `nonce` or `verifier` of this attempt."""
        told = f"{what}|{self.begun}|{int(self.connects)}|{self.leads_to}"
        return hmac.digest(self.seed.encode(), told.encode(), "sha256").hex()


@dataclass(slots=True)
class _Read:
    """What was read of the provider, and when (seconds of `elapsed`)."""

    document: Mapping[str, Any]
    keys: KeySet
    at: float
    keys_at: float


@dataclass(slots=True)
class Provider:
    """The provider of the settings. `elapsed` is a clock that nobody sets."""

    settings: Settings
    elapsed: Callable[[], float] = clock.elapsed
    _read: _Read | None = field(default=None)

    @property
    def name(self) -> str:
        """What it is called."""
        return name_of(self.settings)

    @property
    def issuer(self) -> str:
        """Its address, by which it is known."""
        return self.settings.oidc_issuer or ""

    @property
    def _back(self) -> str:
        return f"{self.settings.base_url}/logg-inn/tilbake"

    def way_out(self, attempt: Attempt) -> str:
        """Where to send the browser. Raises Down."""
        document = self._known().document
        with self._client(document) as client:
            address, _state = client.create_authorization_url(
                document["authorization_endpoint"],
                state=attempt.secret("state"),
                nonce=attempt.secret("nonce"),
                code_verifier=attempt.secret("verifier"),
            )
        return str(address)

    def account(self, attempt: Attempt, answer: Mapping[str, str], *, now: datetime) -> Account:
        """Who has logged in, by what the browser brought back. Raises Down or Unproven."""
        if not hmac.compare_digest(
            answer.get("state", "").encode(), attempt.secret("state").encode()
        ):
            raise Unproven("the answer to another attempt")
        if answer.get("iss", self.issuer).rstrip("/") != self.issuer:
            raise Unproven("the answer of another provider")
        if "error" in answer or not answer.get("code"):
            raise Unproven("the provider refused")
        document = self._known().document
        with self._client(document) as client:
            try:
                token = client.fetch_token(
                    document["token_endpoint"],
                    grant_type="authorization_code",
                    code=answer["code"],
                    code_verifier=attempt.secret("verifier"),
                )
            except OAuthError as error:
                raise Unproven("the code was refused") from error
            except (httpx2.HTTPError, ValueError) as error:
                raise Down(type(error).__name__) from error
            claims = self._proved(token.get("id_token"), attempt, now)
            login = self._login(claims, document, token, client)
        shown = claims.get("preferred_username") or login or claims.get("name")
        return Account(
            self.issuer,
            claims["sub"],
            login,
            str(shown) if shown else claims["sub"][-8:],
        )

    def _proved(self, written: Any, attempt: Attempt, now: datetime) -> dict[str, Any]:
        """The claims of an ID token that holds. Raises Unproven or Down."""
        if not isinstance(written, str):
            raise Unproven("no ID token")
        claims = self._signed(written)
        moment = now.timestamp()
        audience = claims.get("aud")
        meant_for = [audience] if isinstance(audience, str) else audience
        us = self.settings.oidc_client_id
        subject, ends, issued = claims.get("sub"), claims.get("exp"), claims.get("iat")
        if claims.get("iss") != self._known().document["issuer"]:
            raise Unproven("another issuer")
        if not isinstance(meant_for, list) or us not in meant_for:
            raise Unproven("meant for another service")
        if (len(meant_for) > 1 or "azp" in claims) and claims.get("azp") != us:
            raise Unproven("asked for by another service")
        if not isinstance(ends, int | float) or moment >= ends + LEEWAY:
            raise Unproven("expired")
        if not isinstance(issued, int | float) or issued > moment + LEEWAY:
            raise Unproven("issued in the future")
        nonce = str(claims.get("nonce", ""))
        if not hmac.compare_digest(nonce.encode(), attempt.secret("nonce").encode()):
            raise Unproven("the answer to another attempt (nonce)")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise Unproven("no subject")
        return claims

    def _signed(self, written: str) -> dict[str, Any]:
        known = self._known()
        try:
            return self._decoded(written, known.keys)
        except Unproven:
            # Providers change their keys: they are read once more, but not at everybody's wish.
            if self.elapsed() - known.keys_at < KEYS_ANEW:
                raise
            known.keys, known.keys_at = self._keys(known.document), self.elapsed()
            return self._decoded(written, known.keys)

    @staticmethod
    def _decoded(written: str, keys: KeySet) -> dict[str, Any]:
        try:
            return dict(jwt.decode(written, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unproven(f"the signature does not hold ({type(error).__name__})") from error

    def _login(
        self,
        claims: Mapping[str, Any],
        document: Mapping[str, Any],
        token: Mapping[str, Any],
        client: Any,
    ) -> str | None:
        """The user name, also where it is told only when asked for. Raises Down or Unproven."""
        feide = _known(self.settings) == "Feide"
        claim = self.settings.oidc_login_claim or (_FEIDE_NAME if feide else "preferred_username")
        endpoint = document.get("userinfo_endpoint")
        told: Mapping[str, Any] = claims
        if claim not in claims and endpoint and token.get("access_token"):
            bearer = {"Authorization": f"Bearer {token['access_token']}"}
            told = self._json(client, endpoint, headers=bearer)
            if told.get("sub") != claims["sub"]:
                raise Unproven("told of somebody else")
        login = told.get(claim)
        # Some of Feide's services prefix it: «feide:kari@kommune.no».
        return login.removeprefix("feide:") if isinstance(login, str) and login else None

    def _known(self) -> _Read:
        """The provider's document and keys, read anew after an hour. Raises Down."""
        if self._read is None or self.elapsed() - self._read.at > KEPT:
            address = f"{self.issuer}/.well-known/openid-configuration"
            with self._plain() as client:
                document = self._json(client, address)
            if str(document.get("issuer", "")).rstrip("/") != self.issuer:
                raise Down("the document is another issuer's")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                self._check(document.get(name))
            self._read = _Read(document, self._keys(document), self.elapsed(), self.elapsed())
        return self._read

    def _keys(self, document: Mapping[str, Any]) -> KeySet:
        with self._plain() as client:
            told = self._json(client, document["jwks_uri"])
        try:
            public = [
                one
                for one in told["keys"]
                if one.get("kty") in ("RSA", "EC") and one.get("use", "sig") == "sig"
            ]
            return KeySet.import_key_set({"keys": public})
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise Down("its keys cannot be read") from error

    def _check(self, address: Any) -> str:
        """An address that may be asked. Raises Down for any but https outside this machine."""
        try:
            parts = urlsplit(address if isinstance(address, str) else "")
            host = parts.hostname
        except ValueError as error:
            raise Down("an address that cannot be read") from error
        here = urlsplit(self.issuer).scheme == "http" and host in _LOOPBACK
        if not host or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
            raise Down("an address that is not safe")
        return str(address)

    def _json(
        self, client: Any, address: Any, headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        """A JSON object. Raises Down."""
        read = bytearray()
        try:
            with client.stream("GET", self._check(address), headers=headers or {}) as answer:
                if answer.status_code != 200:
                    raise Down(f"it answered {answer.status_code}")
                for part in answer.iter_bytes():
                    read += part
                    if len(read) > LARGEST:
                        raise Down("it says too much")
            told = json.loads(bytes(read))
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, OAuthError) as error:
            raise Down(type(error).__name__) from error
        if not isinstance(told, dict):
            raise Down("it says what no provider says")
        return told

    def _plain(self) -> httpx2.Client:
        return httpx2.Client(timeout=TIMEOUT, follow_redirects=False)

    def _client(self, document: Mapping[str, Any]) -> Any:
        """Authlib's client: it makes the address with the challenge, and fetches the token."""
        methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" in methods
        return OAuth2Client(
            client_id=self.settings.oidc_client_id,
            client_secret=self.settings.oidc_client_secret,
            scope=self._scope(),
            redirect_uri=self._back,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if basic else "client_secret_post",
            timeout=TIMEOUT,
            follow_redirects=False,
        )

    def _scope(self) -> str:
        feide = _known(self.settings) == "Feide"
        return "openid userinfo-name userid-feide" if feide else "openid profile"


def attempt_to(path: str, *, connects: bool, now: datetime) -> Attempt:
    """A new attempt that leads to a page of ours."""
    return Attempt.new(ways.own(path), connects=connects, now=now)
