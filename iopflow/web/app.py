"""The pages as one application: every route with what one must be allowed to do."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount
from starlette.routing import Route as Bound
from starlette.staticfiles import StaticFiles

from iopflow.rendering import environment
from iopflow.roles import Action
from iopflow.texts import LANGUAGES, N_, _, speaking
from iopflow.web import (
    account,
    acting,
    answering,
    arrangements,
    asking,
    bulk,
    case,
    causes,
    compared,
    counting,
    deviating,
    duplicates,
    feed,
    forecast,
    freezing,
    gatherings,
    gsi,
    helping,
    history,
    import_checking,
    imports,
    indicators,
    login,
    matrix,
    measuring,
    meetings,
    metrics,
    mine,
    needs,
    network,
    network_files,
    oidc,
    operations,
    paper,
    people,
    person,
    ppt,
    ppt_acting,
    ppt_meetings,
    pupil,
    readings,
    ready,
    reminders,
    reporting,
    rollover,
    rollover_acting,
    skolerute,
    statements,
    subscriptions,
    substitutes,
    talks,
    turns,
    units,
    value,
    values,
    wheel,
    wheel_editing,
)
from iopflow.web.api import PLACE, create_api
from iopflow.web.page import LOGGED_IN, OPEN, Route, Site, endpoint
from iopflow.web.proxies import Proxied
from iopflow.web.security import App, Receive, Scope, Security, Send
from iopflow.web.traffic import Traffic, log

# Every page, and what one must be allowed to do for it.
ROUTES: tuple[Route, ...] = (
    Route("/", login.home, LOGGED_IN),
    Route("/hjem", login.nothing, LOGGED_IN),
    Route("/oppsett", arrangements.overview, LOGGED_IN),
    Route("/logg-inn", login.log_in, OPEN),
    Route("/logg-inn", login.choose, OPEN, "POST"),
    Route("/logg-inn/e-post", login.ask, OPEN, "POST"),
    Route("/logg-inn/oidc", oidc.out, OPEN, ahead=oidc.find_out),
    Route("/logg-inn/tilbake", oidc.back, OPEN, ahead=oidc.find_back, writes=True),
    Route("/logg-inn/ferdig", login.done, LOGGED_IN),
    Route("/logg-inn/{token}", login.open_link, OPEN),
    Route("/logg-inn/{token}", login.use_link, OPEN, "POST"),
    Route("/logg-ut", login.log_out, OPEN, "POST"),
    Route("/konto", account.account, LOGGED_IN),
    Route("/konto/logg-ut", account.end, LOGGED_IN, "POST"),
    Route("/konto/koble", oidc.connect, LOGGED_IN, "POST"),
    Route("/konto/koble-fra", account.disconnect, LOGGED_IN, "POST"),
    Route("/sprak", login.speak, OPEN, "POST"),
    Route("/mine", mine.mine, Action.SEE),
    Route("/masse", bulk.bulk, Action.COMPLETE),
    Route("/matrise", matrix.matrix, Action.COMPLETE),
    Route("/matrise/celle", asking.cell, Action.COMPLETE),
    Route("/sporsmal", asking.history, LOGGED_IN),
    Route("/sporsmal", asking.ask, Action.INVITE, "POST"),
    Route("/sporsmal/svar", asking.answer, LOGGED_IN, "POST"),
    Route("/sporsmal/angre", asking.take_back, LOGGED_IN, "POST"),
    Route("/samtaler", talks.ledger, Action.COMPLETE),
    Route("/utskrift.css", paper.sheet, LOGGED_IN),
    Route("/behov", needs.overview, Action.SEE),
    Route("/behov", needs.decide, Action.REGISTER_CASE, "POST"),
    Route("/behov/angre", needs.take_back, Action.REGISTER_CASE, "POST"),
    Route("/oppgaver/gjort", acting.complete, Action.COMPLETE, "POST"),
    Route("/oppgaver/ikke-aktuelt", acting.not_applicable, Action.DECIDE, "POST"),
    Route("/oppgaver/hjelp", acting.help_wanted, Action.COMPLETE, "POST"),
    Route("/oppgaver/ny-dato", acting.move, Action.DECIDE, "POST"),
    Route("/oppgaver/samtale", acting.talk, Action.COMPLETE, "POST"),
    Route("/oppgaver/angre", acting.undo, Action.COMPLETE, "POST"),
    Route("/elev/{number}", pupil.show, Action.SEE),
    Route("/saker", turns.overview, Action.REGISTER_CASE),
    Route("/sak/{number}", case.show, Action.SEE),
    Route("/sak/{number}", case.register, Action.SEE, "POST"),
    Route("/sak/{number}/trekk", case.withdraw, Action.SEE, "POST"),
    Route("/nettverk", network.overview, Action.NETWORK),
    Route("/nettverk/filer", network_files.start, Action.NETWORK),
    Route(
        "/nettverk/filer",
        network_files.merge,
        Action.NETWORK,
        "POST",
        stores=False,
        max_files=network_files.MOST_FILES,
    ),
    *(
        Route(f"/nettverk/samling/{key}", gatherings.gathering, Action.NETWORK)
        for key in gatherings.GATHERINGS
    ),
    Route("/indikatorer", compared.overview, Action.FIGURES),
    Route("/indikatorer/{code}", indicators.indicator, Action.FIGURES),
    Route("/indikatorer/{code}/arsak", causes.give, Action.EXPLAIN, "POST"),
    Route("/indikatorer/{code}/arsak/angre", causes.take_back, Action.EXPLAIN, "POST"),
    Route("/indikatorer/{code}/kommentar", measuring.write_comment, Action.MEASURE, "POST"),
    Route("/indikatorer/{code}/tiltak", measuring.decide, Action.MEASURE, "POST"),
    Route("/tiltak", measuring.overview, Action.REMARKS),
    Route("/tiltak", measuring.decide, Action.MEASURE, "POST"),
    Route("/tiltak/angre", measuring.take_back, LOGGED_IN, "POST"),
    Route("/tiltak/avvik", deviating.create, Action.MEASURE, "POST"),
    Route("/tiltak/avvik/ny", deviating.new, Action.MEASURE),
    Route("/tiltak/avvik/ny", deviating.new, Action.MEASURE, "POST"),
    Route("/tiltak/avvik/{number}", deviating.one, LOGGED_IN),
    Route("/tiltak/avvik/{number}/endre", deviating.change, Action.MEASURE, "POST"),
    Route("/tiltak/avvik/{number}/lukk", deviating.close, LOGGED_IN, "POST"),
    Route("/tiltak/{number}", measuring.one, LOGGED_IN),
    Route("/tiltak/{number}/endre", measuring.change, Action.MEASURE, "POST"),
    Route("/tiltak/{number}/gjort", measuring.finish, LOGGED_IN, "POST"),
    Route("/tiltak/{number}/lukk", measuring.close, Action.MEASURE, "POST"),
    Route("/verdier", values.overview, Action.VALUES),
    Route("/verdier/{figure}", value.one, Action.VALUES),
    Route("/verdier/{figure}", value.register, Action.REGISTER_VALUES, "POST"),
    Route("/verdier/{figure}/angre", value.take_back, Action.REGISTER_VALUES, "POST"),
    Route("/verdier/{figure}/fjern", value.withdraw, Action.REGISTER_VALUES, "POST"),
    Route("/telling", counting.overview, Action.VALUES),
    Route("/telling/gsi", gsi.overview, Action.REGISTER_VALUES),
    Route("/prognose", forecast.show, Action.FIGURES),
    Route("/frys", freezing.preview, Action.FREEZE),
    Route("/frys", freezing.do, Action.FREEZE, "POST"),
    Route("/rapport", reporting.show, Action.REPORT),
    Route("/innsyn", readings.overview, Action.AUDIT),
    Route("/arshjul", wheel.wheel, LOGGED_IN),
    Route("/arshjul/rediger", wheel_editing.edit, Action.WHEEL),
    Route("/arshjul/rediger/se", wheel_editing.preview, Action.WHEEL, "POST"),
    Route("/arshjul/rediger", wheel_editing.save, Action.WHEEL, "POST"),
    Route("/arshjul/rediger/tilbake", wheel_editing.go_back, Action.WHEEL, "POST"),
    Route("/arshjul/rediger/fil", wheel_editing.download, Action.WHEEL),
    Route("/skolerute", skolerute.show, Action.ROLLOVER),
    Route("/skolerute/se", skolerute.preview, Action.ROLLOVER, "POST"),
    Route("/skolerute", skolerute.save, Action.ROLLOVER, "POST"),
    Route("/skolerute/angre", skolerute.take_back, Action.ROLLOVER, "POST"),
    Route("/vikar", substitutes.overview, LOGGED_IN),
    Route("/vikar/se", substitutes.preview, LOGGED_IN, "POST"),
    Route("/vikar", substitutes.do, LOGGED_IN, "POST"),
    Route("/vikar/slutt", substitutes.stop, LOGGED_IN, "POST"),
    Route("/personer", people.overview, Action.HAND_OVER),
    Route("/personer/ny", people.new, Action.HAND_OVER),
    Route("/personer/ny", people.create, Action.HAND_OVER, "POST"),
    Route("/personer/{number}", person.one, Action.HAND_OVER),
    Route("/personer/{number}", person.change, Action.HAND_OVER, "POST"),
    Route("/personer/{number}/rolle", person.role, Action.HAND_OVER, "POST"),
    Route("/personer/{number}/slutt", person.end, Action.HAND_OVER, "POST"),
    Route("/personer/{number}/slutter", person.leave, Action.HAND_OVER, "POST"),
    Route("/personer/{number}/angre", person.undo, Action.HAND_OVER, "POST"),
    Route("/historikk", history.history, LOGGED_IN),
    Route("/historikk/angre", history.undo, LOGGED_IN, "POST"),
    Route("/hjelp", helping.overview, OPEN),
    Route("/tilgjengelighet", statements.accessibility, OPEN),
    Route("/personvern", statements.privacy, OPEN),
    Route("/paminnelser", reminders.reminders, LOGGED_IN),
    Route("/paminnelser", reminders.choose, LOGGED_IN, "POST"),
    Route("/kalender", subscriptions.subscriptions, LOGGED_IN),
    Route("/kalender", subscriptions.make, LOGGED_IN, "POST"),
    Route("/kalender/{number}/koder", subscriptions.codes, LOGGED_IN),
    Route("/kalender/av", subscriptions.stop, LOGGED_IN, "POST"),
    Route("/moter", meetings.overview, Action.INVITE),
    Route("/moter", meetings.new, Action.INVITE, "POST"),
    Route("/moter/{number}", meetings.one, Action.INVITE),
    Route("/moter/{number}/flytt", meetings.move, Action.INVITE, "POST"),
    Route("/moter/{number}/avlys", meetings.call_off, Action.INVITE, "POST"),
    Route("/moter/{number}/inviter", meetings.invite, Action.INVITE, "POST"),
    Route("/moter/{number}/ta-av", meetings.take_off, Action.INVITE, "POST"),
    Route("/moter/{number}/svar", meetings.enter, Action.INVITE, "POST"),
    Route("/ppt", ppt.show, Action.QUEUE),
    Route("/ppt/foreligger", ppt_acting.deliver, Action.QUEUE, "POST"),
    Route("/ppt/mangler", ppt_acting.send_back, Action.QUEUE, "POST"),
    Route("/ppt/fullstendig", ppt_acting.complete, Action.QUEUE, "POST"),
    Route("/ppt/nummer", ppt_acting.number, Action.QUEUE, "POST"),
    Route("/ppt/fordel", ppt_acting.assign, Action.ASSIGN, "POST"),
    Route("/ppt/angre", ppt_acting.undo, Action.QUEUE, "POST"),
    Route("/ppt/moter", ppt_meetings.overview, Action.MEET_PPT),
    Route("/ppt/moter", ppt_meetings.new, Action.MEET_PPT, "POST"),
    Route("/ppt/moter/{number}", ppt_meetings.one, Action.MEET_PPT),
    Route("/ppt/moter/{number}/saker", ppt_meetings.agenda, Action.MEET_PPT, "POST"),
    Route("/ppt/moter/{number}/holdt", ppt_meetings.hold, Action.MEET_PPT, "POST"),
    Route("/ppt/moter/{number}/trekk", ppt_meetings.withdraw, Action.MEET_PPT, "POST"),
    Route("/arsskifte", rollover.wizard, Action.ROLLOVER),
    Route("/arsskifte/elever", rollover_acting.pupils, Action.ROLLOVER, "POST"),
    Route("/arsskifte/ansvar", rollover_acting.duty, Action.ROLLOVER, "POST"),
    Route("/arsskifte/se", rollover.preview, Action.ROLLOVER, "POST"),
    Route("/arsskifte/apne", rollover_acting.open_, Action.ROLLOVER, "POST"),
    Route("/arsskifte/lukk", rollover_acting.close, Action.ROLLOVER, "POST"),
    Route("/arsskifte/angre", rollover_acting.undo, Action.ROLLOVER, "POST"),
    Route("/enheter", units.overview, Action.IMPORT),
    Route("/enheter", units.new, Action.IMPORT, "POST"),
    Route("/enheter/angre", units.undo, Action.IMPORT, "POST"),
    Route("/enheter/{number}", units.one, Action.IMPORT),
    Route("/enheter/{number}/navn", units.rename, Action.IMPORT, "POST"),
    Route("/enheter/{number}/avdeling", units.move, Action.IMPORT, "POST"),
    Route("/enheter/{number}/del", units.split, Action.IMPORT, "POST"),
    Route("/enheter/{number}/sla-sammen", units.merge, Action.IMPORT, "POST"),
    Route("/enheter/{number}/lukk", units.close, Action.IMPORT, "POST"),
    Route("/like-elever", duplicates.overview, Action.IMPORT),
    Route("/like-elever/angre", duplicates.undo, Action.IMPORT, "POST"),
    Route("/like-elever/{number}/{other}", duplicates.pair, Action.IMPORT),
    Route("/like-elever/{number}/{other}", duplicates.merge, Action.IMPORT, "POST"),
    Route("/like-elever/{number}/{other}/se", duplicates.preview, Action.IMPORT, "POST"),
    Route("/like-elever/{number}/{other}/ikke-samme", duplicates.not_same, Action.IMPORT, "POST"),
    Route("/svar/{token}", answering.show, OPEN),
    Route("/svar/{token}", answering.answer, OPEN, "POST"),
    Route("/import", imports.start, Action.IMPORT),
    Route("/import", imports.upload, Action.IMPORT, "POST", max_files=1),
    Route("/import/mal.xlsx", imports.book, Action.IMPORT),
    Route("/import/uttrekk.xlsx", imports.takeout, Action.IMPORT),
    Route("/import/gjort/{number}", imports.done, Action.IMPORT),
    Route("/import/gjort/{number}/angre", imports.undo, Action.IMPORT, "POST"),
    Route("/import/gjort/{number}/avvist.csv", imports.refused_rows, Action.IMPORT),
    Route("/import/{number}", import_checking.show, Action.IMPORT),
    Route("/import/{number}/kolonner", import_checking.columns, Action.IMPORT, "POST"),
    Route("/import/{number}/rett", import_checking.correct, Action.IMPORT, "POST"),
    Route("/import/{number}/importer", import_checking.do, Action.IMPORT, "POST"),
    Route("/import/{number}/avbryt", import_checking.drop, Action.IMPORT, "POST"),
    Route("/import/{number}/avvist.csv", import_checking.refused, Action.IMPORT),
    Route("/drift", operations.operations, Action.ADMINISTER),
)
MISSING = Route("/{path:path}", login.missing, OPEN)
STATIC = "/static"


class Beside:
    """Below a path all goes to another application: a mount would miss a path with a line break."""

    def __init__(self, app: App, place: str, other: App) -> None:
        self._app, self._place, self._other = app, place, GZipMiddleware(other, minimum_size=1_000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if not str(scope.get("path", "")).startswith(f"{self._place}/"):
            await self._app(scope, receive, send)
            return
        # In the scope itself, so that which route has answered is known outside as well.
        scope["root_path"] = scope.get("root_path", "") + self._place
        await self._other(scope, receive, send)


class Kept(StaticFiles):
    """Files that never change under a name: a browser may keep them for a day."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file, with how long it may be kept."""
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=86400"
        return response


def create_app(site: Site, say: Callable[[str], None] | None = None) -> App:
    """The application. It reads no clock and no environment: all it knows is in `site`.

    `say` is given a line of each request, for the access log.
    """
    counted = metrics.Counted()
    listeners = [counted.note, *([] if say is None else [log(say, site.clock)])]
    app = FastAPI(
        title="iopflow",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # Feeds never come this far: some calendars cannot read what is compressed (feeds 3).
        middleware=[Middleware(GZipMiddleware, minimum_size=1_000)],
        exception_handlers={HTTPException: _refused, Exception: _broken},
    )
    for route in ROUTES:
        app.router.routes.append(
            Bound(route.path, endpoint(site, route), methods=_methods(route.method))
        )
    app.router.routes.append(Bound("/healthz", _alive, methods=["GET", "HEAD"]))
    app.router.routes.append(Bound("/readyz", ready.endpoint(site), methods=["GET", "HEAD"]))
    missing = endpoint(site, MISSING)
    figures = metrics.endpoint(site, counted, missing)
    app.router.routes.append(Bound("/metrics", figures, methods=["GET", "HEAD"]))
    app.mount(STATIC, Kept(directory=_static()), name="static")
    app.router.routes.append(Bound(MISSING.path, missing, methods=["GET", "HEAD"]))
    api = create_api(site)
    feeds = feed.Feeds(site, Beside(app, PLACE, api))
    routes = [*app.routes, Bound(feed.PATH, feeds), Mount(PLACE, api)]
    # What goes wrong is answered with the headers as well, and told.
    https = (site.settings.base_url or "").startswith("https://")
    told = Traffic(Security(feeds, https=https), routes, listeners)
    return Proxied(told, site.settings.trusted_proxies)


def _methods(method: str) -> list[str]:
    return ["GET", "HEAD"] if method == "GET" else [method]


def _static() -> Path:
    return Path(str(resources.files("iopflow.web"))) / "static"


async def _refused(request: Request, error: Exception) -> Response:
    """A method or a form that no page has: said in words."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    return _alone(request, status, N_("Dette kan ikke gjøres her: gå til forsiden og prøv igjen."))


async def _broken(request: Request, _error: Exception) -> Response:
    """A fault of ours. What was not finished is undone with its transaction."""
    return _alone(
        request, 500, N_("Noe gikk galt hos oss, og ingenting ble lagret. Prøv igjen om litt.")
    )


def _alone(request: Request, status: int, message: str) -> Response:
    """A page that needs neither the database nor templates of the operator's own."""
    asked = request.cookies.get("sprak", "")
    language = asked if asked in LANGUAGES else "nb"
    with speaking(language):
        made = environment().get_template("pages/broken.html")
        text = made.render(language=language, message=_(message))
    return HTMLResponse(text, status_code=status)


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("ok")
