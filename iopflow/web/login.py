"""Coming in and going out. The demo lets one choose a person; nothing else does."""

from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import RedirectResponse, Response

from iopflow.models import Person, RoleGrant
from iopflow.queries.access import viewer_of
from iopflow.queries.places import NotFound
from iopflow.roles import ROLES
from iopflow.texts import LANGUAGES, _
from iopflow.web import sessions
from iopflow.web.menu import start
from iopflow.web.page import Page, back_to

A_YEAR = 365 * 24 * 3600


def home(page: Page) -> Response:
    """To the page of the person's own job."""
    return back_to(start(page.who))


def nothing(page: Page) -> Response:
    """For those whose roles open no page."""
    return page.show("home.html")


def missing(page: Page) -> Response:
    """For an address that leads nowhere. What a form was sent to is opened by a reload: it leads
    home.
    """
    if page.request.url.path.startswith("/oppgaver/"):
        return back_to("/")
    raise NotFound(_("Siden finnes ikke."))


def log_in(page: Page) -> Response:
    """The page to log in on."""
    return page.show("login.html", people=_cast(page) if page.site.demo else [])


def choose(page: Page) -> Response:
    """The demo's log-in: as the person chosen. Elsewhere there is no such page."""
    if not page.site.demo:
        raise NotFound(_("Siden finnes ikke."))
    number = page.form.get("person", "")
    person: Any = None
    if number.isdecimal():
        person = page.session.get(Person, int(number[:18]))
    if person is None:
        raise NotFound(_("Fant ikke personen."))
    token = sessions.begin(page.session, person, now=page.now)
    known = sessions.find(page.session, token, now=page.now)
    to = start(viewer_of(page.session, known, today=page.today))
    response = back_to(to)
    _set_cookie(page, response, token)
    return response


def log_out(page: Page) -> Response:
    """Ends the session, here and in the database."""
    if page.log_in is not None:
        sessions.note(page.session, page.log_in.id, ended_at=page.now)
    response = back_to("/logg-inn")
    response.delete_cookie(sessions.COOKIE, path="/")
    return response


def speak(page: Page) -> Response:
    """Another language, for this log-in and this browser."""
    language = page.form.get("sprak", "")
    if language not in LANGUAGES:
        raise NotFound(_("Språket finnes ikke."))
    if page.log_in is not None:
        sessions.note(page.session, page.log_in.id, language=language)
    path = page.form.get("fra", "/")
    # Only a path of ours: "//" and "/\" would lead to another host.
    safe = path if path.startswith("/") and path[1:2] not in ("/", "\\") else "/"
    response = RedirectResponse(safe, 303)
    response.set_cookie("sprak", language, max_age=A_YEAR, path="/", httponly=True, samesite="lax")
    return response


def _set_cookie(page: Page, response: Response, token: str) -> None:
    secure = (page.site.settings.base_url or "").startswith("https://")
    response.set_cookie(
        sessions.COOKIE, token, path="/", httponly=True, samesite="lax", secure=secure
    )


def _cast(page: Page) -> list[dict[str, str]]:
    """The people of the demo with their roles."""
    rows = page.session.execute(
        select(col(Person.id), col(Person.name), col(RoleGrant.role))
        .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
        .where(
            col(RoleGrant.starts) <= page.today,
            (col(RoleGrant.ends).is_(None)) | (col(RoleGrant.ends) >= page.today),
        )
        .distinct()
        .order_by(col(Person.name))
    )
    found: dict[int, dict[str, str]] = {}
    for number, name, role in rows:
        title = ROLES[role].title.get()
        one = found.setdefault(number, {"id": str(number), "name": name, "roles": title})
        if title not in one["roles"]:
            one["roles"] += f", {title}"
    return list(found.values())
