"""Logging in at a provider: out to it, back from it, and an account that becomes a person's own.

The way out is a link and not a form, because browsers stop a form that is sent on to another host
(form-action of our CSP): it changes nothing here, and only the browser keeps what belongs to it.
"""

import hmac
import logging
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from iopflow.engine import logins
from iopflow.models import Person
from iopflow.queries.places import NotFound
from iopflow.refusals import Refused
from iopflow.texts import _
from iopflow.web import sessions
from iopflow.web.login import enter
from iopflow.web.page import SEE_OTHER, Page, Site, back_to
from iopflow.web.provider import (
    ATTEMPT,
    Account,
    Attempt,
    Down,
    Provider,
    Unproven,
    attempt_to,
    name_of,
)

log = logging.getLogger(__name__)
COOKIE = "iopflow-inn"
_FRESH = int(ATTEMPT.total_seconds())


@dataclass(frozen=True, slots=True)
class Out:
    """A way out to the provider, or (without an address) why there is none."""

    attempt: Attempt
    address: str | None


@dataclass(frozen=True, slots=True)
class Back:
    """What came back: an account, or why there is none. `attempt` is None for none of ours."""

    attempt: Attempt | None = None
    account: Account | None = None
    is_down: bool = False


def find_out(site: Site, request: Request) -> Out | None:
    """Asks the provider where it wants people sent. None where there is no provider."""
    provider = _provider(site)
    if provider is None:
        return None
    asked = request.query_params
    wish = "/konto" if "koble" in asked else asked.get("neste", "/")
    attempt = attempt_to(wish, connects="koble" in asked, now=site.clock())
    try:
        return Out(attempt, provider.way_out(attempt))
    except Down as why:
        log.warning("the log-in provider cannot be used: %s", why)
        return Out(attempt, None)


def find_back(site: Site, request: Request) -> Back | None:
    """Asks the provider who it is that comes back. None where there is no provider."""
    provider = _provider(site)
    if provider is None:
        return None
    attempt = None
    try:
        kept = request.cookies.get(sessions.cookie(site.settings, COOKIE), "")
        attempt = Attempt.read(kept, now=site.clock())
        account = provider.account(attempt, dict(request.query_params), now=site.clock())
        return Back(attempt, account)
    except Down as why:
        log.warning("the log-in provider cannot be used: %s", why)
        return Back(attempt, is_down=True)
    except Unproven as why:
        log.warning("a log-in was refused: %s", why)
        return Back(attempt)


def _provider(site: Site) -> Provider | None:
    return None if site.demo else site.logging_in.provider(site.settings)


def out(page: Page) -> Response:
    """To the provider."""
    found: Out | None = page.brought
    if found is None:
        raise NotFound(_("Siden finnes ikke."))
    if found.address is None:
        return _no(page, _down(page), 503)
    response = RedirectResponse(found.address, SEE_OTHER)
    response.set_cookie(
        sessions.cookie(page.site.settings, COOKIE),
        found.attempt.written(),
        max_age=_FRESH,
        path="/",
        httponly=True,
        samesite="lax",
        secure=sessions.is_safe(page.site.settings),
    )
    return response


def back(page: Page) -> Response:
    """From the provider: logged in as the person whose account it is, or told why not."""
    found: Back | None = page.brought
    if found is None:
        raise NotFound(_("Siden finnes ikke."))
    if found.is_down:
        response = _no(page, _down(page), 503)
    elif found.account is None or found.attempt is None:
        said = _("Innloggingen ble avbrutt, eller tok for lang tid: prøv en gang til.")
        response = _no(page, said, 403)
    elif found.attempt.connects:
        response = _offer(page, found.account)
    else:
        response = _enter(page, found.account, found.attempt.leads_to)
    sessions.forget(response, page.site.settings, COOKIE)
    return response


def _enter(page: Page, account: Account, leads_to: str) -> Response:
    name = name_of(page.site.settings)
    try:
        person = logins.person_with(
            page.session, account.issuer, account.subject, account.login, name=name, now=page.now
        )
    except logins.NotKnown as refused:
        page.session.rollback()
        return _no(page, str(refused), 403)
    return enter(page, person, leads_to)


def _offer(page: Page, account: Account) -> Response:
    """Asks whether the account is the person's own. Only the button connects it: somebody may have
    been led here while logged in at the provider as another.
    """
    if page.viewer is None:
        return _no(page, _("Du er logget ut: logg inn og prøv igjen."), 403)
    return page.show(
        "connect.html",
        shown=account.shown,
        provider=name_of(page.site.settings),
        subject=account.subject,
        made=int(page.now.timestamp()),
        proof=_proof(page, account.subject, int(page.now.timestamp())),
    )


def connect(page: Page) -> Response:
    """Makes the account that was proved a moment ago the person's."""
    subject, made = page.form.get("subject", ""), page.form.get("made", "")
    age = page.now.timestamp() - int(made) if made.isascii() and made.isdigit() else None
    proof = page.form.get("proof", "").encode()
    proved = age is not None and 0 <= age <= _FRESH
    issuer = page.site.settings.oidc_issuer
    if (
        issuer is None
        or not proved
        or not hmac.compare_digest(proof, _proof(page, subject, int(made)).encode())
    ):
        raise Refused(_("Det tok for lang tid: koble til på nytt fra Min konto."))
    person = page.session.get_one(Person, page.who.person_id)
    logins.connect(page.session, person, issuer, subject, act=page.act("account connect"))
    return back_to("/konto?lagret=koblet")


def _proof(page: Page, subject: str, made: int) -> str:
    """That this log-in, and no other, has shown the account to be its own."""
    cookie = page.request.cookies.get(sessions.cookie(page.site.settings), "")
    told = f"connect|{page.site.settings.oidc_issuer}|{subject}|{made}"
    return hmac.digest(cookie.encode(), told.encode(), "sha256").hex()


def _no(page: Page, said: str, status: int) -> Response:
    return page.show("not-in.html", status=status, message=said)


def _down(page: Page) -> str:
    return _("{provider} svarer ikke akkurat nå: prøv igjen om noen minutter.").format(
        provider=name_of(page.site.settings)
    )
