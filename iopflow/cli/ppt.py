"""`ppt deliver`, `send-back`, `complete`, `number`, `assign`, `undo`: what PPT does, by command."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli.command import Group, command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    by_option,
    day_option,
    dry_option,
    now_option,
)
from iopflow.cli.ppt_cases import case_options, perform, tell_dry
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.engine.happenings import Done
    from iopflow.queries.ppt import QueueCase

_EVENTS = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
MOST_EVENTS = 5_000  # of one act

ppt_command = Group(
    name="ppt",
    help=_(
        "Det PPT gjør med sakene i køen sin, én eller flere om gangen. Det samme står på siden "
        "«PPT-kø», med de samme reglene."
    ),
    where=dict.fromkeys(("deliver", "send-back", "complete", "number", "assign", "undo"), "ppt"),
    short={
        "deliver": _("Før at sakkyndig vurdering foreligger"),
        "send-back": _("Send henvisningen tilbake: noe mangler"),
        "complete": _("Før at henvisningen er fullstendig"),
        "number": _("Skriv PPTs eget saksnummer"),
        "assign": _("Fordel saker til en rådgiver"),
        "undo": _("Angre det du førte sist"),
    },
    examples=(
        "iopflow ppt deliver e-17 e-18 --on 28.05.2027 --by petra",
        'iopflow ppt send-back e-17 --note "Rapport om lesing" --by petra',
        "iopflow ppt assign e-17 --to petra --by liv",
    ),
    no_args_is_help=True,
)


@command(
    "deliver",
    _(
        "Fører at sakkyndig vurdering foreligger. Alle eller ingen: nekter loven for én sak, "
        "endres ingen, og den nevnes."
    ),
    examples=("iopflow ppt deliver e-17 e-18 --on 28.05.2027 --valid-to 31.07.2030 --by petra",),
)
@case_options()
@day_option("--on", _("Dagen skolen fikk den; ellers i dag."))
@day_option("--valid-to", _("Siste dag vurderingen gjelder."))
def deliver_command(
    pupils: tuple[str, ...],
    year: Year | None,
    on: date | None,
    valid_to: date | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """The assessments are there."""
    from iopflow.engine import ppt

    def do(at: Work, cases: "Sequence[QueueCase]") -> "Done":
        return ppt.deliver(
            at.session,
            at.rules,
            cases,
            on=on or at.today,
            valid_to=valid_to,
            today=at.today,
            act=at.act("ppt deliver"),
        )

    perform(pupils, year, do, dry=dry_run, now=now, by=by)


@command(
    "send-back",
    _("Sender henvisninger tilbake til skolen, med det som mangler. Da er det skolens tur."),
    examples=('iopflow ppt send-back e-17 --note "Rapport om lesing" --by petra',),
)
@case_options()
@click.option(
    "--note", required=True, metavar=_("TEKST"), help=_("Hva som mangler; skolen ser det.")
)
@day_option("--on", _("Dagen det skjedde; ellers i dag."))
def send_back_command(
    pupils: tuple[str, ...],
    year: Year | None,
    note: str,
    on: date | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """Something is lacking."""
    from iopflow.engine import ppt

    def do(at: Work, cases: "Sequence[QueueCase]") -> "Done":
        return ppt.send_back(
            at.session,
            at.rules,
            cases,
            on=on or at.today,
            note=note,
            today=at.today,
            act=at.act("ppt send-back"),
        )

    perform(pupils, year, do, dry=dry_run, now=now, by=by)


@command(
    "complete",
    _(
        "Fører at henvisningen er fullstendig. Fra den dagen teller PPTs veiledende tid (en norm, "
        "ikke lov)."
    ),
    examples=("iopflow ppt complete e-17 --on 20.02.2027 --by petra",),
)
@case_options()
@day_option("--on", _("Dagen PPT hadde alt; ellers i dag."))
def complete_command(
    pupils: tuple[str, ...],
    year: Year | None,
    on: date | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """Nothing is lacking any more."""
    from iopflow.engine import ppt

    def do(at: Work, cases: "Sequence[QueueCase]") -> "Done":
        return ppt.complete(
            at.session,
            at.rules,
            cases,
            on=on or at.today,
            today=at.today,
            act=at.act("ppt complete"),
        )

    perform(pupils, year, do, dry=dry_run, now=now, by=by)


@command(
    "number",
    _("Skriver PPTs eget saksnummer på en elev. Et tomt nummer tar det bort."),
    examples=("iopflow ppt number e-17 2027/114 --by petra",),
)
@case_options(many=False)
@click.argument("reference", metavar=_("SAKSNUMMER"), help=_("PPTs eget saksnummer."))
def number_command(
    pupils: str,
    year: Year | None,
    reference: str,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """PPT's own number."""
    from iopflow.engine import ppt
    from iopflow.models import Pupil

    def do(at: Work, cases: "Sequence[QueueCase]") -> "Done":
        pupil = at.session.get_one(Pupil, cases[0].pupil_id)
        return ppt.number(at.session, pupil, reference, act=at.act("ppt number"))

    perform((pupils,), year, do, dry=dry_run, now=now, by=by)


@command(
    "assign",
    _(
        "Gir saker til en rådgiver fra en dag. Det gjør PPT-lederen for elevens kontor. Uten "
        "--instead har den som hadde saken, den fortsatt sammen med den nye."
    ),
    examples=("iopflow ppt assign e-17 e-18 --to petra --start 2027-01-04 --instead --by liv",),
)
@case_options()
@click.option("--to", required=True, metavar=_("PERSON"), help=_("Rådgiveren (id i people.csv)."))
@day_option("--start", _("Første dag; ellers i dag."))
@click.option("--instead", is_flag=True, help=_("I stedet for den som har saken nå."))
def assign_command(
    pupils: tuple[str, ...],
    year: Year | None,
    to: str,
    start: date | None,
    instead: bool,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """An adviser has them."""
    from iopflow.engine import ppt
    from iopflow.queries import access
    from iopflow.queries.places import find
    from iopflow.roles import Action

    def do(at: Work, cases: "Sequence[QueueCase]") -> "Done":
        for key in pupils:
            owner_id = access.pupil(at.session, at.viewer, key, Action.ASSIGN).owner
        return ppt.assign(
            at.session,
            {one.pupil_id for one in cases},
            find(at.session, "person", to, owner_id=owner_id),
            starts=start or at.today,
            instead=instead,
            today=at.today,
            act=at.act("ppt assign"),
        )

    perform(pupils, year, do, dry=dry_run, now=now, by=by)


@command(
    "undo",
    _(
        "Tar tilbake det du nettopp førte med en av disse kommandoene, som helhet. Loggen beholder "
        "begge deler. Har andre bygd på det, nektes det."
    ),
    examples=("iopflow ppt undo 118-121 --by petra",),
)
@click.argument("events", metavar=_("HVA"), help=_("Slik kommandoen selv skrev det: 118-121."))
@dry_option()
@now_option()
@by_option()
def undo_command(events: str, dry_run: bool, now: datetime | None, by: str | None) -> None:
    """Takes back."""
    from iopflow.engine import ppt
    from iopflow.queries.ppt import queue
    from iopflow.roles import Action

    found = _EVENTS.fullmatch(events)
    first, last = (int(found[1]), int(found[2])) if found else (0, MOST_EVENTS)
    if last - first >= MOST_EVENTS:
        raise click.UsageError(_("Skriv det som kommandoen selv skrev, for eksempel 118-121."))
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        at.viewer.require(Action.QUEUE)
        cases = queue(at.session, at.rules, at.viewer, today=at.today, delivered=True)
        done = ppt.undo(
            at.session,
            range(first, last + 1),
            {one.pupil_id for one in cases},
            today=at.today,
            act=at.act("ppt undo", _("angret")),
        )
    click.echo(
        counted(done.changed, _("{n} registrering angret."), _("{n} registreringer angret."))
    )
    tell_dry(dry_run)
