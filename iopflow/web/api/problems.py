"""What the API answers when it cannot: application/problem+json, as RFC 9457 has it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from iopflow.engine.integrations import AnotherRequest
from iopflow.queries.access import NotAllowed
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.texts import _, speaking

MEDIA = "application/problem+json"
_BUSY_WORDS = ("locked", "lock timeout", "deadlock")  # SQLite's, and PostgreSQL's
BUSY = 5  # seconds after which a busy database is worth another try
# In the order in which they are looked for: all are kinds of Refused.
_KINDS: tuple[tuple[type[Refused], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (AnotherRequest, 409),
)
_WHEN: Mapping[int, str] = {
    400: "The body is no JSON.",
    401: "There is no token, or it is unknown, revoked or ended.",
    403: "The token may see this and not do it.",
    404: "It is not there, or the token does not see it: the two answer the same.",
    409: "The Idempotency-Key stands for another request.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not application/json.",
    422: "What is asked is malformed, or law or logic refuses it as things stand.",
    503: "The database is busy: nothing has changed, try again.",
}


class Wrong(BaseModel):
    """One value of the request that is malformed."""

    at: str = Field(description="Where it stands, such as `query.limit` or `body.tasks.0`.")
    says: str = Field(description="What is wrong with it, in English.")


class Problem(BaseModel):
    """Why the request was not carried out. Nothing has changed."""

    type: str = Field(description="Always `about:blank`: the status says which kind it is.")
    title: str = Field(description="The name of the status.")
    status: int
    detail: str = Field(description="One sentence for a person, in the language of the server.")
    errors: list[Wrong] | None = Field(default=None, description="Which values are malformed.")


class Unauthorised(Refused):
    """There is no token, or none that opens anything."""


def told(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documentation of the errors that a route may answer."""
    return {one: {"model": Problem, "description": _WHEN[one]} for one in sorted(statuses)}


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[Wrong] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer."""
    said = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=list(errors) or None,
    )
    return JSONResponse(
        said.model_dump(exclude_none=True), status, headers=dict(headers or {}), media_type=MEDIA
    )


def unauthorised(language: str, *, given: bool) -> Response:
    """Without a token, or with one that opens nothing: never which of the reasons."""
    with speaking(language):
        detail = _("Send et gyldig token: «Authorization: Bearer …».")
    asks = 'Bearer realm="iopflow"' + (', error="invalid_token"' if given else "")
    return problem(401, detail, headers={"WWW-Authenticate": asks})


def listen(app: FastAPI, language: str) -> None:
    """Makes every error of the application a problem, in one language."""

    async def refused(_request: Request, error: Exception) -> Response:
        if isinstance(error, Unauthorised):
            return unauthorised(language, given=True)
        status = next((code for kind, code in _KINDS if isinstance(error, kind)), 422)
        return problem(status, str(error))

    async def malformed(_request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        errors = [
            Wrong(at=".".join(str(part) for part in one["loc"]), says=str(one["msg"]))
            for one in found
        ]
        broken = any(one["type"] == "json_invalid" for one in found)
        with speaking(language):
            detail = (
                _("Innholdet er ikke JSON: sjekk det som sendes.")
                if broken
                else _("Forespørselen har feil verdier: se «errors».")
            )
        return problem(400 if broken else 422, detail, errors=errors)

    async def unknown(_request: Request, error: Exception) -> Response:
        status, headers = 400, None
        if isinstance(error, HTTPException):
            status, headers = error.status_code, error.headers
        if status == 415:
            return problem(415, str(getattr(error, "detail", "")))
        with speaking(language):
            detail = _("Dette finnes ikke i API-et: se /api/v1/openapi.json.")
        return problem(status, detail, headers=headers)

    async def busy(_request: Request, error: Exception) -> Response:
        if not any(word in str(error).lower() for word in _BUSY_WORDS):
            raise error  # a fault of ours, or no database
        with speaking(language):
            detail = _(
                "Databasen er opptatt med noe annet: ingenting er endret, prøv igjen om litt."
            )
        return problem(503, detail, headers={"Retry-After": str(BUSY)})

    async def broken(_request: Request, _error: Exception) -> Response:
        with speaking(language):
            detail = _("Noe gikk galt hos oss, og ingenting ble lagret. Prøv igjen om litt.")
        return problem(500, detail)

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, unknown)
    app.add_exception_handler(OperationalError, busy)
    app.add_exception_handler(Exception, broken)
