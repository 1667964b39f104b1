"""`talk` and `present`: talks with guardians and pupils, and who came to a class's meeting."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.doing import TALK_WORDS, perform, task_options, tell, undo_reopen
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    by_option,
    day_option,
    dry_option,
    now_option,
    reason_option,
    year_option,
)
from iopflow.cli.selection import check_step, check_words, chosen
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.queries.standing import TaskRow


@command(
    "talk",
    _(
        "Registrerer hva som skjedde med en samtale: invited (invitert), held (holdt), declined "
        "(foresatte takket nei), no-reply (ikke svar), cancelled (avlyst), not-possible (lot seg "
        "ikke gjennomføre).\n\n«declined» og «no-reply» trenger en invitasjon samme dag eller før. "
        "Å takke nei stopper påminnelsene, men eleven blir stående i P8 og P9. Tjente én samtale "
        "både eleven og foresatte (P7 og P9), skriv den andre samtalen med --also."
    ),
    examples=(
        "iopflow talk invited 121 122 --on 10.05.2026",
        "iopflow talk declined 121",
        (
            "iopflow talk held --step iop.utviklingssamtale --year 2026-27 --subject e-17 "
            "--also iop.elevsamtale_host"
        ),
    ),
)
@click.argument("word", type=Words(TALK_WORDS), metavar=_("HVA"), help="|".join(TALK_WORDS))
@day_option("--on", _("Dagen det skjedde; ellers i dag."))
@click.option(
    "--also",
    "also",
    multiple=True,
    metavar=_("STEG"),
    help=_("Samtalen tjente også dette steget, for eksempel iop.elevsamtale_host."),
)
@reason_option(_("En kort begrunnelse til loggen."))
@task_options()
def talk_command(
    word: str,
    words: tuple[str, ...],
    step: str | None,
    year: Year | None,
    subjects: tuple[str, ...],
    on: date | None,
    also: tuple[str, ...],
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
) -> None:
    """A word of a talk."""
    from iopflow.engine import talks
    from iopflow.models import What

    what = What(word.replace("-", "_"))
    check_words(words, step, year, subjects)
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        rows = chosen(at, words, step=step, year=year, subjects=subjects, action=Action.COMPLETE)
        rows = [*rows, *_also(at, rows, also)]
        act = at.act("talk", reason)
        done = perform(
            at,
            rows,
            lambda some: talks.talk(
                at.session, some, what, on=on or at.today, today=at.today, act=act, reason=reason
            ),
        )
        tell(at, rows, done, dry=dry_run, form=form, undo=undo_reopen(at, rows, word))


def _also(at: Work, rows: "Sequence[TaskRow]", steps: Sequence[str]) -> "list[TaskRow]":
    """The same pupils' tasks on the other steps that the talk served, in the same year."""
    found: list[TaskRow] = []
    for step in steps:
        for year in sorted({row.year for row in rows}):
            subjects = [row.subject for row in rows if row.year == year]
            found += chosen(at, (), step=step, year=year, subjects=subjects, action=Action.COMPLETE)
    return found


@command(
    "present",
    _(
        "Registrerer hvilke elever som var representert av foresatte på klassens foreldremøte "
        "(P10). Møtet må være registrert som holdt den dagen, og elevene må gå i klassen."
    ),
    examples=(
        "iopflow complete --step iop.foreldremote_host --year 2026-27 --subject 3a --on 10.09.2026",
        "iopflow present --step iop.foreldremote_host --class 3a --on 10.09.2026 e-17 e-18 e-20",
        (
            "iopflow present --step iop.foreldremote_host --class 3a --on 10.09.2026 e-18 "
            '--withdraw --reason "feil elev"'
        ),
    ),
)
@click.argument(
    "pupils", nargs=-1, required=True, metavar=_("ELEV …"), help=_("Elevene som var representert.")
)
@click.option("--step", required=True, metavar=_("STEG"), help=_("Hvilket foreldremøte."))
@click.option("--class", "unit", required=True, metavar=_("KLASSE"), help=_("Klassen."))
@day_option("--on", _("Dagen møtet ble holdt."), required=True)
@year_option(_("Skoleåret; ellers det møtet ble holdt i."))
@click.option("--withdraw", is_flag=True, help=_("Ta tilbake det som ble registrert ved en feil."))
@click.option("--reason", metavar=_("TEKST"), help=_("Hvorfor det tas tilbake."))
@dry_option()
@now_option()
@by_option()
def present_command(
    pupils: tuple[str, ...],
    step: str,
    unit: str,
    on: date,
    year: Year | None,
    withdraw: bool,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """Who was represented."""
    from iopflow.engine import talks
    from iopflow.queries import access

    with work(now=now, by=by, write=True, dry=dry_run) as at:
        meeting = _meeting(at, step, unit, year or Year.of(on))
        found = [
            access.pupil(at.session, at.viewer, key, Action.COMPLETE)
            for key in dict.fromkeys(pupils)
        ]
        if withdraw:
            done = talks.absent(
                at.session,
                meeting,
                found,
                on=on,
                reason=reason or "",
                act=at.act("withdraw present", reason),
            )
        else:
            done = talks.present(
                at.session, meeting, found, on=on, today=at.today, act=at.act("present")
            )
    if withdraw:
        click.echo(
            _("{class_} {day}: {changed} elever tatt tilbake.").format(
                class_=unit, day=output.day(on), changed=done.changed
            )
        )
        return
    click.echo(
        _("{class_} {day}: {changed} elever registrert, {unchanged} sto der fra før.").format(
            class_=unit, day=output.day(on), changed=done.changed, unchanged=done.unchanged
        )
    )
    if dry_run:
        click.echo(_("Prøvekjøring: ingenting er lagret."), err=True)


def _meeting(at: Work, step: str, unit: str, year: Year) -> "TaskRow":
    """The class's meeting of the year. Raises Refused where the class has none."""
    check_step(at, step)
    rows = chosen(at, (), step=step, year=year, subjects=[unit], action=Action.COMPLETE)
    if rows[0].scope != "unit":
        raise Refused(
            _(
                "{step} er ikke et møte for en klasse: bruk for eksempel iop.foreldremote_host."
            ).format(step=step)
        )
    return rows[0]
