"""`log`: all that is registered about a pupil, who did it, and what stood there before."""

from datetime import datetime

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import work
from iopflow.cli.options import by_option, format_option, now_option
from iopflow.cli.output import Column, Row
from iopflow.cli.readings import note
from iopflow.texts import _, counted


@command(
    "log",
    _(
        "Viser alt som er registrert om en elev, det nyeste nederst: hvem som gjorde det, når, hva "
        "som sto der før og hva som står der nå. Loggen kan ikke endres."
    ),
    examples=("iopflow log e-17", "iopflow log e-17 --format json --by frida"),
)
@click.argument("pupil", metavar=_("ELEV"), help=_("Elevens id."))
@now_option()
@by_option()
@format_option()
def log_command(
    pupil: str,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The events."""
    from iopflow.queries import access
    from iopflow.queries.log import log_of
    from iopflow.queries.log_words import values_words, what_word

    how = output.asked(form, path)
    with work(now=now, by=by, write=True) as at:
        found = access.pupil(at.session, at.viewer, pupil)
        note(at, "log", pupils=[found.number])
        rows = [one.to_json() for one in log_of(at.session, at.rules, at.viewer, found)]
    columns = [
        Column(_("Når"), lambda row: output.moment(row["at"])),
        Column(_("Hvem"), _who, gives=True),
        Column(_("Hva"), lambda row: what_word(row["what"]), gives=True),
        Column(_("Nå"), lambda row: values_words(row["after"]), gives=True),
        Column(_("Før"), lambda row: values_words(row["before"]), gives=True, drops=True),
        Column(_("Begrunnelse"), lambda row: row["reason"], gives=True),
    ]
    keys = ("at", "by", "for", "act", "table", "what", "before", "after", "reason", "integration")
    said = _("{entries} om {pupil}.").format(
        entries=counted(len(rows), _("{n} registrering"), _("{n} registreringer")), pupil=pupil
    )
    output.show(how, rows, columns, keys=keys, counted=said)


def _who(row: Row) -> str:
    """Who did it, and in whose place; or which program, over the API."""
    if row["integration"] is not None:
        return _("API: {label}").format(label=row["integration"])
    who = row["by"] or _("administrator")
    return _("{who} (for {away})").format(who=who, away=row["for"]) if row["for"] else who
