"""`measure list`, `add` and `done`: what a school does about its figures."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import Group, Words, command
from iopflow.cli.edge import work
from iopflow.cli.options import (
    Number,
    by_option,
    day_option,
    dry_option,
    format_option,
    now_option,
    school_option,
    year_option,
)
from iopflow.cli.output import Column, day
from iopflow.cli.remarks import (
    at_own_schools,
    codes,
    ids_of,
    narrowed,
    person_for,
    person_numbers,
    row_to_end,
    schools_read,
    status_word,
    tell,
    visible_row,
)
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.queries.remarks import MeasureRow

measure_command = Group(
    name="measure",
    help=_(
        "Tiltak: hva skolen gjør med et tall, av hvem og innen når. docs/tiltak.md forteller mer."
    ),
    where=dict.fromkeys(("list", "add", "done"), "measures"),
    short={
        "list": _("Se tiltakene, det åpne først"),
        "add": _("Vedta et tiltak"),
        "done": _("Før et tiltak som gjort, og hva som kom ut av det"),
    },
    examples=(
        "iopflow measure list --school lia --open --by rita",
        'iopflow measure done 12 --outcome "Alle behov var meldt i desember." --by heidi',
    ),
    no_args_is_help=True,
)


@command(
    "list",
    _(
        "Viser tiltakene ved skolene du leser for: det åpne først, kortest frist øverst. "
        "For tiltak fra tidligere år vises også tallet det året og året etter, der du kan se det."
    ),
    examples=(
        "iopflow measure list --school lia --year 2026-27 --by rita",
        "iopflow measure list --mine --by heidi",
        "iopflow measure list --format xlsx -o tiltak.xlsx",
    ),
)
@school_option(_("Bare denne skolen."))
@year_option(_("Bare dette skoleåret."))
@click.option("--open", "only_open", is_flag=True, help=_("Bare det som ikke er gjort."))
@click.option("--mine", is_flag=True, help=_("Bare det du selv skal gjøre."))
@now_option()
@by_option()
@format_option()
def list_command(
    school: str | None,
    year: Year | None,
    only_open: bool,
    mine: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The list."""
    from iopflow.queries.remarks import measures_for, measures_of
    from iopflow.tellinger import before_after

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        if mine:
            found = at_own_schools(at, measures_for(at.session, person_numbers(at)))
        else:
            found = measures_of(at.session, schools_read(at, school))
        found = narrowed(found, year, only_open=only_open)
        found.sort(key=lambda one: (not one.is_open, one.due, one.id))
        moved = before_after(at.session, at.viewer, found, today=at.today)
        keys = ids_of(at, found)
        rows: list[dict[str, Any]] = [
            {
                "measure": one.id,
                "school": keys["school", one.school_id],
                "year": str(one.year),
                "indicator": one.indicator,
                "text": one.text,
                "person": keys["person", one.person_id],
                "due": one.due,
                "status": _status(one, at.today),
                "done_on": one.done_on,
                "closed_on": one.closed_on,
                "outcome": one.outcome,
                "follows": one.follows,
                "before": moved[one.id].before if one.id in moved else None,
                "after": moved[one.id].after if one.id in moved else None,
            }
            for one in found
        ]
    late = sum(row["status"] == "overdue" for row in rows)
    said = _("{what}, {late} over fristen.").format(
        what=counted(len(rows), _("{n} tiltak"), _("{n} tiltak")), late=late
    )
    output.show(how, rows, _columns(), counted=said)


def _status(one: "MeasureRow", today: date) -> str:
    if one.done_on is not None:
        return "done"
    if one.closed_on is not None:
        return "closed"
    return "overdue" if one.is_overdue(today) else "open"


def _columns() -> list[Column]:
    return [
        Column(_("Nr."), lambda row: row["measure"], right=True),
        Column(_("Skole"), lambda row: row["school"], drops=True),
        Column(_("Skoleår"), lambda row: row["year"]),
        Column(_("Tall"), lambda row: row["indicator"]),
        Column(_("Tiltak"), lambda row: row["text"], gives=True),
        Column(_("Ansvarlig"), lambda row: row["person"]),
        Column(_("Innen"), lambda row: day(row["due"])),
        Column(_("Status"), lambda row: status_word(row["status"])),
        Column(_("Før og etter"), _moved, drops=True),
    ]


def _moved(row: Mapping[str, Any]) -> str:
    if row["before"] is None:
        return ""
    from iopflow.tellinger import arrow

    return arrow(row["before"], row["after"])


@command(
    "add",
    _("Vedtar et tiltak. Skriv aldri navn på elever: teksten leses av skoleeieren."),
    examples=(
        (
            'iopflow measure add P1 --school lia --text "Melde behov innen 1. desember" '
            "--person heidi --due 01.12.2026 --by rita"
        ),
    ),
)
@click.argument("code", type=Words(codes), metavar="P1…OK2", help=_("Tallet det gjelder."))
@school_option(_("Skolen tiltaket gjelder."), required=True)
@year_option(_("Skoleåret; ellers det vi er i."))
@click.option("--text", required=True, metavar=_("TEKST"), help=_("Hva som skal gjøres."))
@click.option("--person", required=True, metavar=_("PERSON"), help=_("Hvem som er ansvarlig."))
@day_option("--due", _("Når det skal være gjort."), required=True)
@click.option(
    "--follows",
    type=Number(),
    metavar=_("NUMMER"),
    help=_("Tiltaket fra et tidligere år det viderefører."),
)
@dry_option()
@now_option()
@by_option()
def add_command(
    code: str,
    school: str,
    year: Year | None,
    text: str,
    person: str,
    due: date,
    follows: int | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """A new one."""
    from iopflow.engine import remarks
    from iopflow.queries import access
    from iopflow.queries.remarks import measure_by

    with work(now=now, by=by, write=True, dry=dry_run) as at:
        found = access.school(at.session, at.viewer, school, Action.MEASURE)
        about = remarks.About(found.owner, found.number, year or Year.of(at.today), code)
        before = visible_row(at, measure_by(at.session, follows)) if follows is not None else None
        number = remarks.decide(
            at.session,
            about,
            text,
            person_id=person_for(at, found, person),
            due=due,
            follows=before,
            act=at.act("measure"),
        )
    tell(_("Tiltak {number} er vedtatt.").format(number=number), dry=dry_run)


@command(
    "done",
    _("Fører et tiltak som gjort. Det kan den ansvarlige, og den som vedtar tiltak."),
    examples=('iopflow measure done 12 --outcome "Alle behov var meldt i desember." --by heidi',),
)
@click.argument("number", type=Number(), metavar=_("NUMMER"), help=_("Tiltakets nummer."))
@click.option("--outcome", required=True, metavar=_("TEKST"), help=_("Hva som kom ut av det."))
@day_option("--on", _("Dagen det ble gjort; ellers i dag."))
@dry_option()
@now_option()
@by_option()
def done_command(
    number: int,
    outcome: str,
    on: date | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """The end of one."""
    from iopflow.engine import remarks
    from iopflow.queries.remarks import measure_by

    with work(now=now, by=by, write=True, dry=dry_run) as at:
        row = row_to_end(at, visible_row(at, measure_by(at.session, number)))
        act = at.act("measure_done")
        changed = remarks.finish(at.session, row, on or at.today, outcome, act=act)
    tell(_("Tiltaket er ført som gjort.") if changed else _("Det sto slik fra før."), dry=dry_run)
