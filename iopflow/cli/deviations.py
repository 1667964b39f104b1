"""`deviation list`, `raise` and `close`: limits that were missed, and what is put right."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import Group, Words, command
from iopflow.cli.edge import Work, work
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
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.models import School
    from iopflow.queries.remarks import DeviationRow

deviation_command = Group(
    name="deviation",
    help=_(
        "Avvik: frister som ble brutt, hvorfor, og hva som rettes. docs/tiltak.md forteller mer."
    ),
    where=dict.fromkeys(("list", "raise", "close"), "deviations"),
    short={
        "list": _("Se avvikene, det åpne først"),
        "raise": _("Meld et avvik"),
        "close": _("Lukk et avvik, med en henvisning til arkivet"),
    },
    examples=(
        "iopflow deviation list --school lia --open --by rita",
        'iopflow deviation close 3 --evidence "2026/1042-3" --by rita',
    ),
    no_args_is_help=True,
)


def causes() -> Sequence[str]:
    """The causes that may be said."""
    from iopflow.indicators import CAUSES

    return tuple(CAUSES)


@command(
    "list",
    _(
        "Viser avvikene ved skolene du leser for: det åpne først, kortest frist øverst. "
        "Den som ikke leder skolen, ser ikke antallet når det er under fem."
    ),
    examples=(
        "iopflow deviation list --school lia --year 2026-27 --by rita",
        "iopflow deviation list --mine --by rita",
    ),
)
@school_option(_("Bare denne skolen."))
@year_option(_("Bare dette skoleåret."))
@click.option("--open", "only_open", is_flag=True, help=_("Bare det som ikke er lukket."))
@click.option("--mine", is_flag=True, help=_("Bare det du selv skal følge opp."))
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
    from iopflow.queries.remarks import deviations_at, deviations_for, pupils_shown

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        if mine:
            found = at_own_schools(at, deviations_for(at.session, person_numbers(at)))
        else:
            found = deviations_at(at.session, schools_read(at, school))
        found = narrowed(found, year, only_open=only_open)
        found.sort(key=lambda one: one.due if one.is_open else date.max)
        keys = ids_of(at, found)
        rows: list[dict[str, Any]] = [
            {
                "deviation": one.id,
                "school": keys["school", one.school_id],
                "year": str(one.year),
                "about": one.step or one.indicator,
                "pupils": pupils_shown(at.viewer, one),
                "cause": one.cause,
                "description": one.description,
                "correction": one.correction,
                "raised_on": one.raised_on,
                "person": keys["person", one.person_id],
                "due": one.due,
                "status": _status(one, at.today),
                "closed_on": one.closed_on,
                "evidence": one.evidence,
            }
            for one in found
        ]
    late = sum(row["status"] == "overdue" for row in rows)
    said = _("{what}, {late} over fristen.").format(
        what=counted(len(rows), _("{n} avvik"), _("{n} avvik")), late=late
    )
    output.show(how, rows, _columns(), counted=said)


def _status(one: "DeviationRow", today: date) -> str:
    if not one.is_open:
        return "closed"
    return "overdue" if one.is_overdue(today) else "open"


def _columns() -> list[Column]:
    from iopflow.words import cause_word

    return [
        Column(_("Nr."), lambda row: row["deviation"], right=True),
        Column(_("Skole"), lambda row: row["school"], drops=True),
        Column(_("Skoleår"), lambda row: row["year"]),
        Column(_("Gjelder"), lambda row: row["about"]),
        Column(
            _("Elever"), lambda row: "•" if row["pupils"] is None else row["pupils"], right=True
        ),
        Column(_("Årsak"), lambda row: cause_word(row["cause"]), gives=True, drops=True),
        Column(_("Hva"), lambda row: row["description"], gives=True),
        Column(_("Følges opp av"), lambda row: row["person"] or ""),
        Column(_("Innen"), lambda row: day(row["due"])),
        Column(_("Status"), lambda row: status_word(row["status"])),
    ]


@command(
    "raise",
    _(
        "Melder et avvik om et tall eller et steg. Du følger det opp selv innen 14 dager, om du "
        "ikke sier noe annet. Skriv aldri navn på elever: teksten leses av skoleeieren."
    ),
    examples=(
        (
            "iopflow deviation raise P4 --school lia --pupils 5 --cause kapasitet_ppt "
            '--description "Fem manglet IOP." --correction "Skrives i uke 47." --by rita'
        ),
    ),
)
@click.argument(
    "about", metavar=_("TALL|STEG"), help=_("Tallet, som P4, eller steget, som iop.malvalgsamtale.")
)
@school_option(_("Skolen avviket gjelder."), required=True)
@year_option(_("Skoleåret; ellers det vi er i."))
@click.option(
    "--pupils",
    type=click.IntRange(0, 5_000),
    required=True,
    metavar=_("TALL"),
    help=_("Hvor mange elever."),
)
@click.option("--cause", type=Words(causes), required=True, metavar=_("ÅRSAK"), help=_("Hvorfor."))
@click.option("--description", required=True, metavar=_("TEKST"), help=_("Hva avviket er."))
@click.option("--correction", required=True, metavar=_("TEKST"), help=_("Hva som rettes."))
@click.option("--person", metavar=_("PERSON"), help=_("Hvem som følger det opp; ellers du selv."))
@day_option("--due", _("Når det skal være rettet; ellers om 14 dager."))
@dry_option()
@now_option()
@by_option()
def raise_command(
    about: str,
    school: str,
    year: Year | None,
    pupils: int,
    cause: str,
    description: str,
    correction: str,
    person: str | None,
    due: date | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """A new one."""
    from iopflow.engine import remarks
    from iopflow.queries import access

    with work(now=now, by=by, write=True, dry=dry_run) as at:
        found = access.school(at.session, at.viewer, school, Action.MEASURE)
        step = _step(at, found, about)
        number = remarks.raise_deviation(
            at.session,
            remarks.About(found.owner, found.number, year or Year.of(at.today), about),
            remarks.Story(
                *(cause, description, correction),
                person_for(at, found, person) if person is not None else None,
                due,
            ),
            pupils=pupils,
            step=step,
            rules=at.rules,
            act=at.act("deviation"),
        )
    tell(_("Avvik {number} er meldt.").format(number=number), dry=dry_run)


def _step(at: Work, school: "School", about: str) -> str | None:
    """The step that is meant; None for a figure. Raises Refused for neither."""
    from iopflow.queries.remarks import steps_of

    if about in codes():
        return None
    if about not in steps_of(at.rules, school):
        raise Refused(
            _(
                "Fant verken tallet eller steget «{about}»: skriv som P4 eller iop.malvalgsamtale."
            ).format(about=about[:60])
        )
    return about


@command(
    "close",
    _(
        "Lukker et avvik. Henvisningen sier hvor i arkivet det står at det er rettet. Det kan den "
        "som følger det opp, og den som melder avvik."
    ),
    examples=('iopflow deviation close 3 --evidence "2026/1042-3" --by rita',),
)
@click.argument("number", type=Number(), metavar=_("NUMMER"), help=_("Avvikets nummer."))
@click.option(
    "--evidence",
    required=True,
    metavar=_("REFERANSE"),
    help=_("Hvor det står i arkivet, for eksempel 2026/1042-3."),
)
@day_option("--on", _("Dagen det ble rettet; ellers i dag."))
@dry_option()
@now_option()
@by_option()
def close_command(
    number: int,
    evidence: str,
    on: date | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """The end of one."""
    from iopflow.engine import remarks
    from iopflow.queries.remarks import deviation_by

    with work(now=now, by=by, write=True, dry=dry_run) as at:
        row = row_to_end(at, visible_row(at, deviation_by(at.session, number)))
        act = at.act("deviation_close")
        changed = remarks.close_deviation(at.session, row, on or at.today, evidence, act=act)
    tell(_("Avviket er lukket.") if changed else _("Det sto slik fra før."), dry=dry_run)
