"""`cases`: whose turn it is in every case one may see."""

from collections import Counter
from datetime import datetime

import click

from iopflow.cli import output
from iopflow.cli.casework import COURTS
from iopflow.cli.command import Words, command
from iopflow.cli.edge import work
from iopflow.cli.options import by_option, format_option, now_option, read_day, school_option
from iopflow.cli.output import Column
from iopflow.lifecycle import Court
from iopflow.roles import Action
from iopflow.texts import _


@command(
    "cases",
    _(
        "Viser alle saker der noen venter på noe: hvem sin tur, siden når, og hva som skal skje "
        "nå. De som har ventet lengst, står først. PPT har sin egen kø (ppt-queue)."
    ),
    examples=(
        "iopflow cases --waiting-for skole --by heidi",
        "iopflow cases --format xlsx -o saker.xlsx",
    ),
)
@school_option(_("Bare denne skolen."))
@click.option(
    "--waiting-for",
    "court",
    type=Words(COURTS),
    help=_("Bare de som venter på: ") + "|".join(COURTS),
)
@now_option()
@by_option()
@format_option()
def cases_command(
    school: str | None,
    court: str | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The list."""
    from iopflow.queries.turns import turns

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        at.viewer.require(Action.SEE)
        found = turns(at.session, at.viewer, today=at.today)
    rows = [
        one.to_json()
        for one in found
        if school in (None, one.school) and court in (None, one.course.turn)
    ]
    columns = [
        Column(_("Elev"), lambda row: row["pupil"]),
        Column(_("Klasse"), lambda row: row["unit"], drops=True),
        Column(_("Skoleår"), lambda row: row["year"]),
        Column(_("Saken står"), lambda row: row["title"], gives=True),
        Column(_("Venter på"), lambda row: Court(row["turn"]).text.get()),
        Column(_("Siden"), lambda row: output.day(read_day(row["since"]))),
        Column(_("Dager"), lambda row: row["days"], right=True),
        Column(_("Hva nå"), lambda row: row["next"], gives=True),
    ]
    counts = Counter(row["turn"] for row in rows)
    said = ", ".join(
        _("{n} venter på {who}").format(n=counts[one.value], who=one.text.get())
        for one in Court
        if counts[one.value]
    )
    keys = ("pupil", "year", "school", "unit", "state", "title", "turn", "since", "days", "next")
    output.show(
        how, rows, columns, keys=(*keys, "irregular"), counted=f"{said or _('Ingen venter')}."
    )
