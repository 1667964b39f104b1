"""One request of a page: who asks, in which language, in one transaction, and what comes back."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from iopflow import db
from iopflow.clock import local_date
from iopflow.engine import readings
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
from iopflow.web import sessions, ways
from iopflow.web.entering import Entering
from iopflow.web.help import what

MOST_FIELDS = 5_000  # of one form: a bulk of a whole school
LARGEST_UPLOAD = 25 * 1024 * 1024  # bytes: the pupils of a municipality many times over
SEE_OTHER = 303


@dataclass(slots=True)
class Site:
    """What all pages of a running iopflow share."""

    engine: Engine
    settings: Settings
    clock: Callable[[], datetime]
    demo: bool = False
    # Lets the clock pass at once, where it goes inside: somebody waits for a mail.
    ring: Callable[[], object] = lambda: None
    logging_in: Entering = field(default_factory=Entering)

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


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form; without content where it was larger than what is taken."""

    name: str
    content: bytes | None


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
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    files: Callable[[str], list[Upload]] = lambda _name: []  # all of one name, `uploads` the last
    # The pupils whose own page this is, by number: who reads of a pupil is recorded. So is a list
    # of pupils that is read out or taken out, by the number of the school, with how many they are.
    opened: list[int] = field(default_factory=list)
    # What the route's `ahead` brought, before the database was opened.
    brought: Any = None
    # What is done in a transaction of its own when the answer has gone, so that nobody can tell by
    # the time it takes whether there was anything to do.
    later: Callable[[Session], object] | None = None
    listed: dict[int, int] = field(default_factory=dict)

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
        from iopflow.web.paper import stamp  # noqa: PLC0415 - the same

        made = environment(self.site.settings.templates).get_template(f"pages/{template}")
        known = {
            "language": self.language,
            "person": self.log_in,
            "menu": menu(self) if self.viewer is not None else [],
            "demo": self.site.demo,
            "today": self.today,
            "path": self.request.url.path,
            "languages": LANGUAGES,
            "names": False,  # whether pupils are named on it: a template of such a page says so
            "wide": False,  # whether paper is turned for it
            "paper": stamp(self),
            "what": what,
            "undone": self.request.query_params.get("ord") == "angret",
        }
        return HTMLResponse(made.render(known | values), status_code=status)


Handler = Callable[[Page], Response]
OPEN, LOGGED_IN = "open", "logged in"


@dataclass(frozen=True, slots=True)
class Route:
    """A page: its path, what it does, and what one must be allowed to do: an action of a role, to
    be logged in at all (LOGGED_IN), or nothing (OPEN). It takes no files unless it says how many.

    `ahead` asks others on the network, before a transaction is begun that would wait for them;
    `writes` is for the one page that must change something when it is read: a provider's way back.
    `stores` is false for a form that only shows what it makes of what was sent.
    """

    path: str
    handler: Handler
    action: Action | str
    method: str = "GET"
    ahead: Callable[[Site, Request], Any] | None = None
    writes: bool = False
    stores: bool = True
    max_files: int = 0


class _TooLarge(Exception):
    """More was sent than a page takes."""


def _measured(request: Request, most: int) -> Request:
    """The request, whose body is read to its end and kept only as far as it is not too large.

    A browser shows no answer before all is sent, so that the rest is read and thrown away; who
    sends without end is cut off.
    """
    size = 0

    async def receive() -> Any:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size <= most:
            return message
        while message.get("more_body") and size < most * 8:
            message = await request.receive()
            size += len(message.get("body", b""))
        raise _TooLarge

    return Request(request.scope, receive)


def endpoint(site: Site, route: Route) -> Callable[[Request], Any]:
    """The page as the web server calls it."""

    @functools.wraps(route.handler)
    async def answer(request: Request) -> Response:
        if b"%00" in request.scope["query_string"]:  # no text holds it, and no database takes it
            return RedirectResponse(request.url.path, SEE_OTHER)
        try:
            sent = await _sent(request, route)
        except _TooLarge:
            sent = ({}, {}, {"": [Upload("", None)]})
        return await run_in_threadpool(_answer, site, route, request, *sent)

    return answer


async def _sent(
    request: Request, route: Route
) -> tuple[dict[str, str], dict[str, list[str]], dict[str, list[Upload]]]:
    """The fields of a form, all the values of each, and its files. Raises _TooLarge."""
    if route.max_files:
        request = _measured(request, LARGEST_UPLOAD)
    async with request.form(max_files=route.max_files, max_fields=MOST_FIELDS) as form:
        uploads: dict[str, list[Upload]] = {}
        for key, file in form.multi_items():
            if isinstance(file, UploadFile):
                taken = Upload(file.filename or "", await file.read())
                uploads.setdefault(key, []).append(taken)
        lists = {
            key: [one for one in form.getlist(key) if isinstance(one, str)]
            for key in form
            if key not in uploads
        }
        return {key: values[-1] for key, values in lists.items() if values}, lists, uploads


def _answer(
    site: Site,
    route: Route,
    request: Request,
    form: Mapping[str, str],
    lists: Mapping[str, list[str]],
    uploads: Mapping[str, list[Upload]],
) -> Response:
    now = site.clock()
    brought = route.ahead(site, request) if route.ahead is not None else None
    writes = route.writes or (route.method != "GET" and route.stores)
    with db.session(site.engine, write=writes) as session:
        cookie = request.cookies.get(sessions.cookie(site.settings))
        log_in = sessions.find(session, cookie, now=now)
        language = _language(request, log_in, site)
        with speaking(language):
            page = Page(site, request, session, site.rules, now, language, log_in=log_in, form=form)
            page.many = lambda name: lists.get(name, [])
            page.brought = brought
            page.uploads = {name: files[-1] for name, files in uploads.items()}
            page.files = lambda name: uploads.get(name, [])
            if log_in is not None:
                page.viewer = access.viewer_of(session, log_in, today=page.today)
            try:
                _readable(lists)
                response = _allowed(page, route, lists)
                read = _unnoted(page, route)
            except NotFound as refused:
                session.rollback()
                return page.show("refused.html", status=404, message=str(refused))
            except NotAllowed as refused:
                session.rollback()
                return page.show("refused.html", status=403, message=str(refused))
            except Refused as refused:
                session.rollback()
                return page.show("refused.html", status=422, message=str(refused))
    if read:
        # What cannot be noted is not shown: an error here is the answer.
        with db.session(site.engine, alone=False) as session:
            readings.note(session, read, now=now)
    if log_in is not None and sessions.wants_writing(log_in, now=now):
        with db.session(site.engine) as session:
            sessions.note(session, log_in.id, seen_at=now)
    if page.later is not None:
        response.background = BackgroundTask(_afterwards, site, page.later)
    return response


def _afterwards(site: Site, do: Callable[[Session], object]) -> None:
    with db.session(site.engine) as session:
        do(session)
    site.ring()


def _unnoted(page: Page, route: Route) -> readings.Unnoted | None:
    """What the answer shows of pupils, and has not been noted. Raises NotAllowed for nobody."""
    if not page.opened and not page.listed:
        return None
    opened, listed = page.opened, page.listed
    what = route.path.replace("{code}", str(page.request.path_params.get("code", "")))
    if page.request.query_params.get("format") == "xlsx":
        what += readings.TAKEN
    return readings.unnoted(page.session, page.who, what, pupils=opened, lists=listed, now=page.now)


def _readable(lists: Mapping[str, list[str]]) -> None:
    """Raises Refused for a form with the sign that no text holds and no database takes."""
    if any("\0" in value for values in lists.values() for value in values):
        raise Refused(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))


def _allowed(page: Page, route: Route, lists: Mapping[str, list[str]]) -> Response:
    if route.action == OPEN:
        return route.handler(page)
    if page.viewer is None:
        return _log_in_first(page, route, lists)
    if isinstance(route.action, Action):
        if route.method == "GET" and not page.viewer.may(route.action):
            raise NotAllowed(_("Rollene dine åpner ikke denne siden."))
        page.viewer.require(route.action)
    return route.handler(page)


def _log_in_first(page: Page, route: Route, lists: Mapping[str, list[str]]) -> Response:
    """To the log-in and back. What was typed in the meantime is kept in the page, to be sent again
    by whoever has logged in: nothing of it is stored.
    """
    url = page.request.url
    if route.method == "GET":
        wanted = ways.own(f"{url.path}?{url.query}" if url.query else url.path)
        return RedirectResponse(ways.to_log_in(wanted), SEE_OTHER)
    again = f"{url.path}?{url.query}" if url.query else url.path
    fields = [(name, value) for name, values in lists.items() for value in values]
    return page.show("expired.html", status=403, again=again, fields=fields)


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
