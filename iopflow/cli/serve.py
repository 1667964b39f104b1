"""`serve`: the pages, with the clock inside."""

import socket
from collections.abc import Callable
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
@click.option("--no-worker", is_flag=True, help=_("Bare sidene: klokken går et annet sted."))
@now_option()
def serve_command(port: int, no_worker: bool, now: datetime | None) -> None:
    """The pages."""
    from iopflow import db

    with engine() as opened:
        db.require_schema(opened.execution_options(iopflow_reading=True))
        serve(opened, settings(), running_from(now), port=port, ringing=not no_worker)


def serve(
    opened: "Engine",
    known: "Settings",
    reads: Callable[[], datetime],
    *,
    port: int,
    ringing: bool = True,
    demo: bool = False,
) -> None:
    """Serves until it is stopped, with the clock inside where `ringing`. Raises Refused."""
    import uvicorn

    from iopflow.garbage import settle
    from iopflow.reminders.watch import Watch
    from iopflow.scheduler import clock as bell
    from iopflow.scheduler import stopping
    from iopflow.web.app import create_app
    from iopflow.web.page import Site

    class Server(uvicorn.Server):
        """Also tells the clock when it is told to end."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            stop.ask()
            super().handle_exit(sig, frame)

    with _bound(port) as listening, stopping() as stop:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = create_app(Site(opened, known, reads, demo=demo))
        # No access log: addresses of pages are not for files that nobody looks after.
        server = Server(
            uvicorn.Config(
                app,
                access_log=False,
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
        click.echo(_("Sidene er på {address}. Stopp med Ctrl-C.").format(address=address))
        settle()
        try:
            server.run(sockets=[listening])
        finally:
            if ringing:
                rung.shutdown()


def _bound(port: int) -> socket.socket:
    """The port, taken before anything else begins. Raises Refused where somebody has it."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise Refused(
            _("Port {port} er opptatt: velg en annen med --port.").format(port=port)
        ) from error
