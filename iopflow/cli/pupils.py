"""`pupils`: where each pupil is in the year."""

from datetime import datetime

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import work
from iopflow.cli.options import (
    by_option,
    format_option,
    now_option,
    school_option,
    year_option,
)
from iopflow.cli.output import Column
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted


@command(
    "pupils",
    _(
        "Viser hvor hver elev er i årshjulet: hvilken tilstand eleven har nådd, og hvor mange steg "
        "som er åpne, over frist og gjort. Uten --year vises skoleåret vi er i."
    ),
    examples=(
        "iopflow pupils --class 3a",
        "iopflow pupils --school lia --year 2027-28 --format csv",
    ),
)
@click.option("--pupil", metavar=_("ELEV"), help=_("Bare denne eleven."))
@click.option(
    "--class", "unit", metavar=_("KLASSE"), help=_("Bare denne klassen eller avdelingen.")
)
@school_option(_("Bare denne skolen."))
@year_option(_("Skoleåret planene gjelder; ellers det vi er i."))
@now_option()
@by_option()
@format_option()
def pupils_command(
    pupil: str | None,
    unit: str | None,
    school: str | None,
    year: Year | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The list."""
    from iopflow.queries.permits import known_pupil
    from iopflow.queries.pupils import pupils
    from iopflow.queries.tasks import Asked

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        at.viewer.require(Action.SEE)
        if pupil is not None:
            known_pupil(at.session, at.viewer, pupil)
        served = year or Year.of(at.today)
        asked = Asked(pupil=pupil, unit=unit, school=school, year=served)
        found = pupils(at.session, at.rules, at.viewer, asked, today=at.today)
        rows = [row.to_json() for row in found]
    keys = ("pupil", "year", "school", "state", "title", "open", "overdue", "done", "steps")
    columns = [
        Column(_("Elev"), lambda row: row["pupil"]),
        Column(_("Skole"), lambda row: row["school"]),
        Column(_("Tilstand"), lambda row: row["title"], gives=True),
        Column(_("Åpne"), lambda row: row["open"] or "", right=True),
        Column(_("Over frist"), lambda row: row["overdue"] or "", right=True),
        Column(_("Gjort"), lambda row: f"{row['done']}/{row['steps']}", right=True),
    ]
    late = sum(1 for row in rows if row["overdue"])
    said = _("{pupils} i {year}, {late} med noe over frist.").format(
        pupils=counted(len(rows), _("{n} elev"), _("{n} elever")), year=served, late=late
    )
    output.show(how, rows, columns, keys=keys, counted=said)
