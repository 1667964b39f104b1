"""One request of a page: who asks, in which language, in one transaction, and what comes back."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from iopflow import db
from iopflow.clock import local_date
from iopflow.engine.ledger import Act
from iopflow.queries import access
from iopflow.queries.access import NotAllowed, Viewer
from iopflow.queries.places import NotFound
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.rendering import environment
from iopflow.roles import Action
from iopflow.settings import Settings
from iopflow.texts import LANGUAGES, _, speaking
from iopflow.web import sessions
from iopflow.web.help import what

MOST_FIELDS = 5_000  # of one form: a bulk of a whole school
SEE_OTHER = 303


@dataclass(slots=True)
class Site:
    """What all pages of a running iopflow share."""

    engine: Engine
    settings: Settings
    clock: Callable[[], datetime]
    demo: bool = False

    _rules: tuple[str, Rules] | None = None

    @property
    def rules(self) -> Rules:
        """The wheels: read once, and anew when a file in the operator's folder has changed."""
        return self.stamped_rules()[1]

    def stamped_rules(self) -> tuple[str, Rules]:
        """The wheels, with a word that is another when they have changed."""
        folders = self.settings.wheel_directories
        files = sorted(
            (str(path), path.stat().st_mtime_ns)
            for folder in folders
            for path in folder.rglob("*.toml")
        )
        stamp = sha256(repr(files).encode()).hexdigest()[:16] if files else ""
        if self._rules is None or self._rules[0] != stamp:
            self._rules = (stamp, Rules(folders))
        return self._rules


@dataclass(slots=True)
class Page:
    """What a page works with."""

    site: Site
    request: Request
    session: Session
    rules: Rules
    now: datetime
    language: str
    viewer: Viewer | None = None
    log_in: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)
    many: Callable[[str], list[str]] = lambda _name: []
    # The pupils whose own page this is, by number: who reads of a pupil is recorded.
    opened: list[int] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day in Norway."""
        return local_date(self.now)

    @property
    def who(self) -> Viewer:
        """The person who asks. Raises NotAllowed for nobody."""
        if self.viewer is None:
            raise NotAllowed(_("Logg inn først."))
        return self.viewer

    def act(self, kind: str, reason: str | None = None) -> Act:
        """The signature of a change."""
        return Act(kind, self.now, actor_id=self.who.person_id, reason=reason)

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page of HTML."""
        from iopflow.web.menu import menu  # noqa: PLC0415 - the menu names pages, pages show it

        made = environment(self.site.settings.templates).get_template(f"pages/{template}")
        known = {
            "language": self.language,
            "person": self.log_in,
            "menu": menu(self) if self.viewer is not None else [],
            "demo": self.site.demo,
            "today": self.today,
            "path": self.request.url.path,
            "languages": LANGUAGES,
            "what": what,
        }
        return HTMLResponse(made.render(known | values), status_code=status)


Handler = Callable[[Page], Response]
OPEN, LOGGED_IN = "open", "logged in"


@dataclass(frozen=True, slots=True)
class Route:
    """A page: its path, what it does, and what one must be allowed to do: an action of a role, to
    be logged in at all (LOGGED_IN), or nothing (OPEN).
    """

    path: str
    handler: Handler
    action: Action | str
    method: str = "GET"


def endpoint(site: Site, route: Route) -> Callable[[Request], Any]:
    """The page as the web server calls it."""

    @functools.wraps(route.handler)
    async def answer(request: Request) -> Response:
        if b"%00" in request.scope["query_string"]:  # no text holds it, and no database takes it
            return RedirectResponse(request.url.path, SEE_OTHER)
        async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
            values = {key: str(value) for key, value in form.items()}
            lists = {key: [str(one) for one in form.getlist(key)] for key in form}
        return await run_in_threadpool(_answer, site, route, request, values, lists)

    return answer


def _answer(
    site: Site,
    route: Route,
    request: Request,
    form: Mapping[str, str],
    lists: Mapping[str, list[str]],
) -> Response:
    now = site.clock()
    with db.session(site.engine, write=route.method != "GET") as session:
        log_in = sessions.find(session, request.cookies.get(sessions.COOKIE), now=now)
        language = _language(request, log_in, site)
        with speaking(language):
            page = Page(site, request, session, site.rules, now, language, log_in=log_in, form=form)
            page.many = lambda name: lists.get(name, [])
            if log_in is not None:
                page.viewer = access.viewer_of(session, log_in, today=page.today)
            try:
                _readable(lists)
                response = _allowed(page, route)
            except NotFound as refused:
                session.rollback()
                return page.show("refused.html", status=404, message=str(refused))
            except NotAllowed as refused:
                session.rollback()
                return page.show("refused.html", status=403, message=str(refused))
            except Refused as refused:
                session.rollback()
                return page.show("refused.html", status=422, message=str(refused))
    if log_in is not None and sessions.wants_writing(log_in, now=now):
        with db.session(site.engine) as session:
            sessions.note(session, log_in.id, seen_at=now)
    return response


def _readable(lists: Mapping[str, list[str]]) -> None:
    """Raises Refused for a form with the sign that no text holds and no database takes."""
    if any("\0" in value for values in lists.values() for value in values):
        raise Refused(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))


def _allowed(page: Page, route: Route) -> Response:
    if route.action == OPEN:
        return route.handler(page)
    if page.viewer is None:
        if route.method == "GET":
            return RedirectResponse("/logg-inn", SEE_OTHER)
        raise NotAllowed(_("Du er logget ut: logg inn og prøv igjen."))
    if isinstance(route.action, Action):
        page.viewer.require(route.action)
    return route.handler(page)


def _language(request: Request, log_in: Any, site: Site) -> str:
    """The person's choice on the page, then the one in people.csv, then the browser's cookie."""
    wishes = (
        log_in.chosen if log_in is not None else None,
        log_in.language if log_in is not None else None,
        request.cookies.get("sprak"),
    )
    return next((one for one in wishes if one in LANGUAGES), site.settings.language)


def back_to(path: str) -> Response:
    """After a change: to a page that a reload does not send again."""
    return RedirectResponse(path, SEE_OTHER)
