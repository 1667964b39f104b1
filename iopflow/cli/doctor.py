"""`doctor`: what is wrong, or soon will be, and what to do about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import Work, settings, work
from iopflow.cli.options import by_option, format_option, now_option, school_option
from iopflow.cli.output import Column
from iopflow.roles import Action, Place
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.doctor import Finding

KEYS = ("check", "severity", "school", "wrong", "remedy")


@command(
    "doctor",
    _(
        "Ser etter alt som er galt, eller snart blir det: oppgaver ingen har ansvaret for, "
        "skoleruter som mangler, e-post som ikke kommer fram, en klokke som ikke går, "
        "sikkerhetskopier. Hvert funn sier hva du kan gjøre. Ingenting endres, og ingen elev "
        "nevnes.\n\nUten funn er svarkoden 0, ellers 3."
    ),
    examples=("iopflow doctor", "iopflow doctor --school lia --format json"),
)
@school_option(_("Bare det som gjelder denne skolen."))
@now_option()
@by_option()
@format_option()
@click.pass_context
def doctor_command(
    ctx: click.Context,
    school: str | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The findings."""
    how = output.asked(form, path)
    found = _found(school, now, by)
    rows: list[dict[str, Any]] = [{key: getattr(one, key) for key in KEYS} for one in found]
    said = counted(len(rows), _("{n} funn."), _("{n} funn.")) if rows else _("Ingen funn.")
    if how.on_screen:
        for one in found:
            click.echo(_block(one))
        click.echo(said)
    else:
        columns = [
            Column(_("Alvor"), lambda row: severity_word(row["severity"])),
            Column(_("Skole"), lambda row: row["school"] or ""),
            Column(_("Hva er galt"), lambda row: row["wrong"], gives=True),
            Column(_("Hva du kan gjøre"), lambda row: row["remedy"], gives=True),
        ]
        output.show(how, rows, columns, keys=KEYS, counted=said)
    if rows:
        ctx.exit(3)


def _found(school: str | None, now: datetime | None, by: str | None) -> "Sequence[Finding]":
    from iopflow import doctor
    from iopflow.db import NotReady

    try:
        with work(now=now, by=by) as at:
            return list(doctor.examine(_examined(at, school)))
    except NotReady as error:  # without its schema there is nothing more to look at
        wrong, _colon, remedy = str(error).partition(": ")
        return [doctor.Finding("schema", doctor.Severity.PROBLEM, f"{wrong}.", _sentence(remedy))]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _examined(at: Work, school: str | None) -> Any:
    """The schools the viewer answers for; the installation too, for whoever administers it."""
    from sqlalchemy import select
    from sqlmodel import col

    from iopflow import doctor
    from iopflow.models import Owner
    from iopflow.queries import access

    if school is not None:
        chosen = [access.school(at.session, at.viewer, school, Action.GO_LIVE)]
    else:
        at.viewer.require(Action.GO_LIVE)
        chosen = access.visible_schools(at.viewer, at.session, Action.GO_LIVE)
    whole = school is None and at.viewer.may(Action.ADMINISTER)
    owners = {one.owner for one in chosen}
    if whole:
        owners |= at.viewer.at(Place.OWNER, Action.ADMINISTER)
    if whole and at.viewer.is_everyone:
        numbers = at.session.execute(select(col(Owner.id))).scalars()
        owners |= {number for number in numbers if number is not None}
    return doctor.examined(
        at.session,
        at.rules,
        settings(),
        now=at.now,
        schools=[one.number for one in chosen],
        owners=sorted(owners),
        whole=whole,
    )


def _block(one: "Finding") -> str:
    head = f"{severity_word(one.severity)} ({one.check})"
    where = f"{one.school}: " if one.school else ""
    return f"{head}\n  {where}{one.wrong}\n  → {one.remedy}"


def severity_word(severity: str) -> str:
    """How bad a finding is, in a word."""
    return {"problem": _("Problem"), "warning": _("Varsel")}[severity]
