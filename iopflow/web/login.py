"""Coming in and going out. The demo lets one choose a person; nothing else does."""

import re
from typing import Any

from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from iopflow.engine import logins
from iopflow.engine.ledger import Act
from iopflow.mailer import sender_domain
from iopflow.models import Person, RoleGrant
from iopflow.queries.access import Known, viewer_of
from iopflow.queries.logins import usable_link
from iopflow.queries.places import NotFound
from iopflow.roles import ROLES
from iopflow.texts import LANGUAGES, _, counted
from iopflow.web import sessions, ways
from iopflow.web.menu import start
from iopflow.web.page import Page, back_to
from iopflow.web.provider import name_of
from iopflow.web.proxies import client

_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,189}")
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
    return _show(page, sent=page.request.query_params.get("sendt") == "ja")


def done(page: Page) -> Response:
    """For who has logged in beside a form that waits to be sent again."""
    return page.show("logged-in.html")


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
    viewer = viewer_of(
        page.session, Known(person.id, person.owner_id, person.key), today=page.today
    )
    wanted = ways.own(page.form.get("neste", "/"))
    return enter(page, person, start(viewer) if wanted == "/" else wanted)


def ask(page: Page) -> Response:
    """Asks for an address by mail. The answer is given before anybody looks whose it is: in text
    and in time it is the same for all.
    """
    settings = page.site.settings
    if page.site.demo or not settings.logs_in_by_mail:
        raise NotFound(_("Siden finnes ikke."))
    email = page.form.get("epost", "").strip()
    if not _EMAIL.fullmatch(email):
        return _show(page, email=email, why=_("Skriv e-postadressen din, som kari@example.no."))
    wait = page.site.logging_in.asked.wait(str(client(page.request.scope)), now=page.now)
    if wait:
        minutes = counted(-(-wait // 60), _("ett minutt"), _("{n} minutter"))
        said = _("Det er bedt om mange lenker herfra: prøv igjen om {time}.").format(time=minutes)
        return _show(page, email=email, why=said, status=429)
    leads_to, now = ways.own(page.form.get("neste", "/")), page.now
    page.later = lambda session: logins.mail_links(
        session,
        email,
        leads_to,
        secret=settings.secret or "",
        sender=sender_domain(settings),
        now=now,
    )
    return back_to("/logg-inn?sendt=ja")


def open_link(page: Page) -> Response:
    """The button that an address in a mail leads to. What opens every address uses nothing up."""
    if _link(page) is None:
        raise NotFound(_spent())
    return page.show("enter.html")


def use_link(page: Page) -> Response:
    """Logs in, once."""
    token = str(page.request.path_params["token"])
    link = None if page.site.demo else logins.use_link(page.session, token, now=page.now)
    if link is None:
        raise NotFound(_spent())
    return enter(page, page.session.get_one(Person, link.person_id), link.leads_to)


def _link(page: Page) -> Any:
    token = str(page.request.path_params["token"])
    return None if page.site.demo else usable_link(page.session, token, now=page.now)


def _spent() -> str:
    return _("Lenken er brukt eller for gammel: be om en ny på siden «Logg inn».")


def enter(page: Page, person: Any, leads_to: str) -> Response:
    """Logs a person in, with a new cookie; what this browser was logged in as before is over."""
    if page.log_in is not None:
        act = Act("log out", page.now, actor_id=page.log_in.person_id)
        logins.end(page.session, page.log_in.person_id, act=act, only=page.log_in.id)
    token = logins.begin(page.session, person, now=page.now)
    response = back_to(leads_to)
    sessions.give(response, page.site.settings, token)
    return response


def log_out(page: Page) -> Response:
    """Ends the session, here and in the database."""
    if page.log_in is not None:
        act = Act("log out", page.now, actor_id=page.log_in.person_id)
        logins.end(page.session, page.log_in.person_id, act=act, only=page.log_in.id)
    response = back_to("/logg-inn")
    sessions.forget(response, page.site.settings)
    return response


def speak(page: Page) -> Response:
    """Another language, for this log-in and this browser."""
    language = page.form.get("sprak", "")
    if language not in LANGUAGES:
        raise NotFound(_("Språket finnes ikke."))
    if page.log_in is not None:
        sessions.note(page.session, page.log_in.id, language=language)
    path = page.form.get("fra", "/")
    response = back_to(path if ways.is_ours(path) else "/")
    response.set_cookie(
        "sprak",
        language,
        max_age=A_YEAR,
        path="/",
        httponly=True,
        samesite="lax",
        secure=sessions.is_safe(page.site.settings),
    )
    return response


def _show(
    page: Page, *, sent: bool = False, email: str = "", why: str = "", status: int = 422
) -> Response:
    settings, demo = page.site.settings, page.site.demo
    wanted = page.form.get("neste") or page.request.query_params.get("neste", "/")
    by_provider = settings.logs_in_by_provider and not demo
    return page.show(
        "login.html",
        status=status if why else 200,
        people=_cast(page) if demo else [],
        provider=name_of(settings) if by_provider else "",
        by_mail=settings.logs_in_by_mail and not demo,
        wanted=ways.own(wanted),
        sent=sent,
        email=email,
        why=why,
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
