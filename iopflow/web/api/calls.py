"""One request of the API: which token asks, in one transaction; a write once for its key."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from iopflow import db
from iopflow.clock import local_date
from iopflow.engine import readings
from iopflow.engine.integrations import forget_answers, keep_answer, kept_answer, note_used
from iopflow.engine.ledger import Act
from iopflow.queries.access import NotAllowed, Viewer
from iopflow.queries.integrations import Integration, by_token
from iopflow.queries.rules import Rules
from iopflow.texts import _, speaking
from iopflow.web.api.problems import Unauthorised
from iopflow.web.page import Site

log = logging.getLogger(__name__)
_NOTED = timedelta(hours=6)  # how often it is written that a token is in use
_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token of an integration: `iopflow api-token new`.",
)


@dataclass(frozen=True, slots=True)
class Call:
    """What a route works with."""

    site: Site
    session: Session
    rules: Rules
    now: datetime
    integration: Integration
    # Whom the answer is about: pupils asked for singly, and lists by school (as `Page` has them).
    opened: list[int] = field(default_factory=list)
    listed: dict[int, int] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day in Norway."""
        return local_date(self.now)

    @property
    def viewer(self) -> Viewer:
        """Who asks: the token's role at its place, and nothing else."""
        return self.integration.viewer(self.today)

    def act(self, kind: str, reason: str | None = None) -> Act:
        """The signature of a change: the token's."""
        return Act(kind, self.now, reason=reason, token_id=self.integration.id)


def _given(found: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> str:
    if found is None:
        raise Unauthorised
    return found.credentials


def _json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        site: Site = request.app.state.site
        with speaking(site.settings.language):
            raise HTTPException(415, _("Send innholdet som «Content-Type: application/json»."))


Token = Annotated[str, Depends(_given)]
Json = Depends(_json)
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="A key of your own, such as a UUID: the same request with the same key within "
        "seven days is answered as the first time and not done again.",
    ),
]


@contextmanager
def reading(request: Request, token: str) -> Iterator[Call]:
    """A transaction that only reads. Raises Unauthorised for a token that opens nothing."""
    site: Site = request.app.state.site
    with speaking(site.settings.language):
        with db.session(site.engine, write=False) as session:
            call = _call(site, session, token)
            yield call
            what, of, by = _what(request), call.opened, call.listed
            read = readings.unnoted(session, call.viewer, what, pupils=of, lists=by, now=call.now)
        if read:  # what cannot be noted is not answered
            with db.session(site.engine, alone=False) as session:
                readings.note(session, read, now=call.now)
        used = call.integration.used_at
        if used is None or call.now - used >= _NOTED:
            # Written when the answer has been given (`gate`): a read waits for no writer.
            request.state.afterwards = partial(_note, site, call.integration, call.now)


def _what(request: Request) -> str:
    """The route as it is declared: never an id of the address."""
    declared = request.scope["fastapi"]["effective_route_context"]  # as `traffic` finds it
    return f"{request.scope.get('root_path', '')}{declared.path_format}"


def _note(site: Site, integration: Integration, now: datetime) -> None:
    try:
        with db.session(site.engine, alone=False) as session:
            note_used(session, integration, now)
    except SQLAlchemyError as error:  # the next read notes it
        log.warning("The use of a token could not be noted: %s", type(error).__name__)


def writing(
    request: Request,
    token: str,
    key: str | None,
    body: BaseModel,
    do: Callable[[Call], BaseModel],
    may: Callable[[Call], object],
) -> Response:
    """Does something in one transaction with its answer, or answers as the first time.

    `may` raises where the token may not do it today, which is asked before an answer is repeated.
    What is refused has changed nothing and is not kept: it may be tried again under its key.
    """
    site: Site = request.app.state.site
    asked = f"{request.url.path}\n{body.model_dump_json()}"
    with speaking(site.settings.language):
        # Asked before the lock of the writers is: who may not write makes nobody wait.
        with db.session(site.engine, write=False) as session:
            _may_write(_call(site, session, token))
        return _write(site, token, key, asked, do, may)


def _may_write(call: Call) -> Call:
    if not call.integration.writes:
        raise NotAllowed(_("Tokenet kan bare lese: be administratoren om et med --write."))
    return call


def _write(
    site: Site,
    token: str,
    key: str | None,
    asked: str,
    do: Callable[[Call], BaseModel],
    may: Callable[[Call], object],
) -> Response:
    with db.session(site.engine) as session:
        call = _may_write(_call(site, session, token))
        forget_answers(session, call.now)
        kept = kept_answer(session, call.integration, key, asked) if key is not None else None
        if kept is not None:
            may(call)  # what was answered then may be more than the token sees today
            return _json_of(kept, {"Idempotency-Replayed": "true"})
        said = do(call).model_dump_json()
        note_used(session, call.integration, call.now)
        if key is not None:
            keep_answer(session, call.integration, key, asked, said, call.now)
    return _json_of(said)


def _json_of(body: str, headers: dict[str, str] | None = None) -> Response:
    return Response(body, headers=headers, media_type="application/json")


def _call(site: Site, session: Session, token: str) -> Call:
    now = site.clock()
    found = by_token(session, token, today=local_date(now))
    if found is None:
        raise Unauthorised
    return Call(site, session, site.rules, now, found)
