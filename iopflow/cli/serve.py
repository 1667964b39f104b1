"""`serve`: the pages, with the clock inside."""

import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING

import click

from iopflow.cli.command import command
from iopflow.cli.edge import engine, running_from, settings
from iopflow.cli.mails import pass_once
from iopflow.cli.options import now_option
from iopflow.refusals import Refused
from iopflow.texts import _

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from iopflow.settings import Settings

PORT = 8765
HOST = "127.0.0.1"
HURRY = 20  # seconds that a request at hand gets to end when we are told to stop


@command(
    "serve",
    _(
        "Starter sidene på denne maskinen, med klokken inni: påminnelser sendes mens den går. Sett "
        "en omvendt mellomtjener foran når andre skal nå dem. Stopp med Ctrl-C."
    ),
    examples=("iopflow serve", "iopflow serve --port 9000 --no-worker"),
)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help=_("Porten; ellers 8765."))
@click.option(
    "--host",
    default=HOST,
    metavar=_("ADRESSE"),
    help=_(
        "Adressen det lyttes på; ellers 127.0.0.1, som bare denne maskinen når. 0.0.0.0 er alle, "
        "til en beholder (container)."
    ),
)
@click.option("--no-worker", is_flag=True, help=_("Bare sidene: klokken går et annet sted."))
@click.option(
    "--no-access-log",
    is_flag=True,
    help=_("Skriv ingen linje for hver forespørsel. Linjene har verken navn eller adresser."),
)
@now_option()
def serve_command(
    port: int, host: str, no_worker: bool, no_access_log: bool, now: datetime | None
) -> None:
    """The pages."""
    from iopflow import db

    with engine() as opened:
        db.require_schema(opened.execution_options(iopflow_reading=True))
        serve(
            opened,
            settings(),
            running_from(now),
            port=port,
            host=host,
            ringing=not no_worker,
            say=None if no_access_log else _say,
        )


def serve(
    opened: "Engine",
    known: "Settings",
    reads: Callable[[], datetime],
    *,
    port: int,
    host: str = HOST,
    ringing: bool = True,
    demo: bool = False,
    say: Callable[[str], None] | None = None,
) -> None:
    """Serves until it is stopped, with the clock inside where `ringing`, and a line of each request
    to `say`. Raises Refused.
    """
    import uvicorn

    from iopflow.clock import now
    from iopflow.garbage import settle
    from iopflow.reminders.watch import Watch
    from iopflow.scheduler import JOB, stopping
    from iopflow.scheduler import clock as bell
    from iopflow.web.app import create_app
    from iopflow.web.page import Site

    class Server(uvicorn.Server):
        """Also tells the clock when it is told to end."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            stop.ask()
            super().handle_exit(sig, frame)

    with _bound(host, port) as listening, stopping() as stop:
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{listening.getsockname()[1]}"
        site = Site(opened, known, reads, demo=demo)
        app = create_app(site, say)
        # Not uvicorn's access log, which has the secrets of the calendars in it, nor its belief in
        # whatever proxy is on this machine: see traffic and proxies.
        server = Server(
            uvicorn.Config(
                app,
                access_log=False,
                proxy_headers=False,
                log_level="warning",
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=HURRY,
            )
        )

        def end() -> None:
            server.should_exit = True

        stop.then = end  # also where it does not listen to signals yet
        watch = Watch()
        rung = bell(lambda: pass_once(opened, known, reads, stop.is_asked, watch))
        if ringing:
            rung.start()
            site.ring = lambda: rung.modify_job(JOB, next_run_time=now())
        click.echo(_("Sidene er på {address}. Stopp med Ctrl-C.").format(address=address))
        settle()
        try:
            server.run(sockets=[listening])
        finally:
            if ringing:
                rung.shutdown()


def _say(line: str) -> None:
    """Writes a line of the log. Nobody's page fails because nobody reads it."""
    with suppress(OSError, ValueError):
        click.echo(line, err=True)


def _bound(host: str, port: int) -> socket.socket:
    """The port, taken before anything else begins. Raises Refused where it is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        if number == errno.EADDRINUSE:
            said = _("Port {port} er opptatt: velg en annen med --port.")
        elif number == errno.EACCES:
            said = _("Port {port} er bare for root: velg en fra 1024 med --port.")
        else:
            said = _("{host} er ingen adresse på denne maskinen: velg en annen med --host.")
        raise Refused(said.format(host=host, port=port)) from error
