"""`serve`: the pages, with the clock inside."""

from collections.abc import Callable
from datetime import datetime

import click

from iopflow import clock
from iopflow.cli.command import command
from iopflow.cli.edge import engine, settings
from iopflow.cli.mails import pass_once
from iopflow.cli.options import now_option
from iopflow.texts import _

PORT = 8765


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
    serve(port=port, ringing=not no_worker, now=now)


def serve(*, port: int, ringing: bool, now: datetime | None = None, demo: bool = False) -> None:
    """Serves until it is stopped. `now` holds the clock still, for the demo."""
    import uvicorn

    from iopflow import db
    from iopflow.scheduler import clock as bell
    from iopflow.web.app import create_app
    from iopflow.web.page import Site

    reads: Callable[[], datetime] = clock.now if now is None else lambda: now
    with engine() as opened:
        db.require_schema(opened.execution_options(iopflow_reading=True))
        app = create_app(Site(opened, settings(), reads, demo=demo))
        # No access log: addresses of pages are not for files that nobody looks after.
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=port,
                access_log=False,
                log_level="warning",
                server_header=False,
                date_header=False,
            )
        )
        rung = bell(lambda: pass_once(opened, reads), background=True) if ringing else None
        if rung is not None:
            rung.start()
        click.echo(_("Sidene er på http://127.0.0.1:{port}. Stopp med Ctrl-C.").format(port=port))
        try:
            server.run()
        finally:
            if rung is not None:
                rung.shutdown()
