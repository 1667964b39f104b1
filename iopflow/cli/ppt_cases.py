"""The cases of PPT's commands: named by pupil, done to all or none, and how it is taken back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli.doing import signed
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    Function,
    Option,
    by_option,
    dry_option,
    now_option,
    year_option,
)
from iopflow.refusals import Refused
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.engine.happenings import Done
    from iopflow.queries.ppt import QueueCase


def case_options(*, many: bool = True) -> Option:
    """PUPIL…, --year, and what every act of PPT takes."""

    def add(function: Function) -> Function:
        for option in reversed(
            (
                click.argument(
                    "pupils",
                    nargs=-1 if many else 1,
                    required=True,
                    metavar=_("ELEV …") if many else _("ELEV"),
                    help=_("Elevenes id.") if many else _("Elevens id."),
                ),
                year_option(_("Skoleåret vurderingen gjelder; ellers saken som står åpen.")),
                dry_option(),
                now_option(),
                by_option(),
            )
        ):
            function = option(function)
        return function

    return add


def perform(
    pupils: Sequence[str],
    year: Year | None,
    do: "Callable[[Work, Sequence[QueueCase]], Done]",
    *,
    dry: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """One act on the cases of some pupils."""
    from iopflow.engine.undoing import last_event
    from iopflow.roles import Action

    with work(now=now, by=by, write=True, dry=dry) as at:
        at.viewer.require(Action.QUEUE)
        cases = _cases(at, pupils, year)
        first = last_event(at.session) + 1
        done = do(at, cases)
        events = f"{first}-{last_event(at.session)}"
        for warning in dict.fromkeys(done.warnings):
            click.echo(_("Merk: {warning}").format(warning=warning), err=True)
        said = counted(len(cases), _("{n} sak"), _("{n} saker"))
        click.echo(
            _("{cases} ført.").format(cases=said)
            if done.changed
            else _("{cases} sto slik fra før.").format(cases=said)
        )
        if done.changed and not dry:
            line = f"iopflow ppt undo {events}{signed(at)}"
            click.echo(_("Angre: {line}").format(line=line), err=True)
    tell_dry(dry)


def _cases(at: Work, pupils: Sequence[str], year: Year | None) -> "list[QueueCase]":
    """The case of each pupil: that of the year, or the one that is not delivered."""
    from iopflow.queries import access
    from iopflow.queries.ppt import queue

    everything = queue(at.session, at.rules, at.viewer, today=at.today, delivered=True)
    found = []
    for key in dict.fromkeys(pupils):
        pupil = access.pupil(at.session, at.viewer, key)
        mine = [one for one in everything if one.pupil_id == pupil.id]
        meant = [one for one in mine if year == one.year or (year is None and not one.delivered)]
        if not meant:
            raise Refused(
                _("{pupil} har ingen sak som står åpen i PPT-køen: sjekk --year.").format(pupil=key)
            )
        if len(meant) > 1:
            raise Refused(
                _("{pupil} har saker for flere skoleår: skriv hvilket med --year.").format(
                    pupil=key
                )
            )
        found += meant
    return found


def tell_dry(dry: bool) -> None:
    """Says that nothing is kept."""
    if dry:
        click.echo(_("Prøvekjøring: ingenting er lagret."), err=True)
