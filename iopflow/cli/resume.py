"""`resume`: somebody has looked at the clock, and it is right now."""

from datetime import datetime

import click

from iopflow.cli.command import command
from iopflow.cli.edge import work
from iopflow.cli.options import by_option, now_option
from iopflow.clock import local
from iopflow.roles import Action
from iopflow.texts import _


@command(
    "resume",
    _(
        "Lar klokken gå videre. Har maskinens klokke hoppet mer enn fem minutter tilbake eller et "
        "døgn fram, sendes ingenting før den er rett igjen, eller til noen har sett på den og sier "
        "at den er det."
    ),
    examples=("iopflow resume",),
)
@now_option()
@by_option()
def resume_command(now: datetime | None, by: str | None) -> None:
    """The clock is right."""
    from iopflow.queries.pulses import CLOCK
    from iopflow.reminders import pulse

    with work(now=now, by=by, write=True) as at:
        at.viewer.require(Action.ADMINISTER)
        for job in (CLOCK, pulse.RESUMED):
            pulse.beat(at.session, at.now, job)
        moment = local(at.now)
    click.echo(_("Klokken går videre fra {moment}.").format(moment=f"{moment:%d.%m.%Y kl. %H.%M}"))
