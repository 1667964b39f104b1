"""`tasks`: what waits, what is late and what is done."""

from datetime import datetime

import click

from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.edge import work
from iopflow.cli.options import (
    STATUSES,
    by_option,
    format_option,
    now_option,
    school_option,
    year_option,
)
from iopflow.cli.selection import KEYS, check_step, columns, summed_up
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _


@command(
    "tasks",
    _(
        "Viser oppgavene du har lov til å se: steg i årshjulet for elever, klasser, avdelinger og "
        "skoler, med frist, status og hvem som har ansvaret.\n\n"
        "Et steg hører til skoleåret det gjelder: målvalg som gjøres våren 2027, hører til 2027-28."
    ),
    examples=(
        "iopflow tasks --person kari --status overdue --status open",
        "iopflow tasks --class 3a --year 2026-27",
        "iopflow tasks --step iop.arsevaluering --format json",
    ),
)
@click.option("--person", metavar=_("PERSON"), help=_("Bare det denne personen har ansvar for."))
@click.option("--pupil", metavar=_("ELEV"), help=_("Bare denne eleven."))
@click.option(
    "--class", "unit", metavar=_("KLASSE"), help=_("Bare denne klassen eller avdelingen.")
)
@school_option(_("Bare denne skolen."))
@click.option("--step", metavar=_("STEG"), help=_("Bare dette steget, for eksempel iop.malvalg."))
@click.option(
    "--status",
    "statuses",
    type=Words(STATUSES),
    multiple=True,
    metavar="STATUS",
    help=_("Bare denne statusen: {words}. Kan gjentas.").format(words=", ".join(STATUSES)),
)
@year_option(_("Bare dette skoleåret, for eksempel 2026-27."))
@now_option()
@by_option()
@format_option()
def tasks_command(
    person: str | None,
    pupil: str | None,
    unit: str | None,
    school: str | None,
    step: str | None,
    statuses: tuple[str, ...],
    year: Year | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The list."""
    from iopflow.queries.permits import known_pupil
    from iopflow.queries.tasks import Asked, tasks

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        if not at.viewer.may(Action.FIGURES):
            at.viewer.require(Action.SEE)
        if step is not None:
            check_step(at, step)
        if pupil is not None:
            known_pupil(at.session, at.viewer, pupil)
        asked = Asked(
            person=person,
            pupil=pupil,
            unit=unit,
            school=school,
            step=step,
            status=Status(statuses[0]) if len(statuses) == 1 else None,
            year=year,
        )
        found = tasks(at.session, at.rules, at.viewer, asked, today=at.today)
        rows = [row.to_json() for row in found if not statuses or row.status.value in statuses]
    output.show(how, rows, columns(rows), keys=KEYS, counted=summed_up(rows))
