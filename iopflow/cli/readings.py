"""`readings`: who has opened what stands of pupils; and the note that other commands leave."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import by_option, day_option, format_option, now_option
from iopflow.cli.output import Column, Row
from iopflow.texts import _, counted
from iopflow.words import reading_word


@command(
    "readings",
    _(
        "Viser hvem som har åpnet det som står om elevene, det nyeste øverst: person, når, hvilken "
        "elev og hvilken side eller kommando. Bare rektor kan det, for sin egen skole. Uttrekk og "
        "lister står som én linje med antall elever."
    ),
    examples=(
        "iopflow readings --pupil e-17 --by rita",
        "iopflow readings --person kari --from 2026-11-01 --format csv -o innsyn.csv --by rita",
    ),
)
@click.option("--pupil", metavar=_("ELEV"), help=_("Bare denne eleven."))
@click.option("--person", metavar=_("PERSON"), help=_("Bare det denne personen har åpnet."))
@day_option("--from", _("Fra og med denne dagen."))
@day_option("--to", _("Til og med denne dagen."))
@now_option()
@by_option()
@format_option()
def readings_command(
    pupil: str | None,
    person: str | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
    **days: date | None,
) -> None:
    """The readings."""
    from iopflow.queries import access
    from iopflow.queries.places import find
    from iopflow.queries.readings import Asked, readings
    from iopflow.roles import Action

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        at.viewer.require(Action.AUDIT)
        key = person_id = None
        if pupil is not None:
            key = access.pupil(at.session, at.viewer, pupil, Action.AUDIT).key
        if person is not None:
            person_id = find(at.session, "person", person, owner_id=at.viewer.owner_id).number
        asked = Asked(key, person_id, days["from"], days["to"])
        rows = [one.to_json() for one in readings(at.session, at.viewer, asked)]
    columns = [
        Column(_("Når"), lambda row: output.moment(row["at"])),
        Column(_("Hvem"), _who, gives=True),
        Column(_("Elev"), _whom),
        Column(_("Skole"), lambda row: row["school"], drops=True),
        Column(_("Hva ble åpnet"), lambda row: reading_word(row["what"]), gives=True),
    ]
    keys = ("at", "person", "integration", "pupil", "school", "what", "n")
    said = counted(len(rows), _("{n} lesing."), _("{n} lesinger."))
    output.show(how, rows, columns, keys=keys, counted=said)


def _who(row: Row) -> str:
    if row["integration"] is not None:
        return _("API: {label}").format(label=row["integration"])
    return str(row["person"] or _("administrator"))


def _whom(row: Row) -> str:
    return str(row["pupil"] or counted(row["n"], _("{n} elev"), _("{n} elever")))


def note(
    at: Work, name: str, *, pupils: Sequence[int] = (), lists: Mapping[int, int] | None = None
) -> None:
    """Notes that a command shows pupils, in its transaction: that ends before anything is shown."""
    from iopflow.engine import readings

    what = f"iopflow {name}"
    read = readings.unnoted(at.session, at.viewer, what, pupils=pupils, lists=lists, now=at.now)
    readings.note(at.session, read, now=at.now)
