"""`backup` and `restore`: a copy of the database while it is in use, and its way back."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import address, engine, settings, work
from iopflow.cli.options import by_option, now_option
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.backup import Holds


@command(
    "backup",
    _(
        "Tar en hel kopi av databasen mens den er i bruk (SQLite), og prøver at den er hel. Filen "
        "inneholder taushetsbelagte opplysninger: legg den et trygt sted, på en annen maskin.\n\n"
        "På PostgreSQL tar du kopien med pg_dump, og sier fra med --made."
    ),
    examples=("iopflow backup kopi.db", "iopflow backup --made"),
)
@click.argument("file", metavar=_("FIL"), required=False, help=_("Hvor kopien skal ligge."))
@click.option("--force", is_flag=True, help=_("Skriv over filen hvis den finnes."))
@click.option(
    "--made", is_flag=True, help=_("Kopien er tatt på en annen måte: bare skriv ned at den er det.")
)
@now_option()
@by_option()
def backup_command(
    file: str | None, force: bool, made: bool, now: datetime | None, by: str | None
) -> None:
    """A copy."""
    from iopflow import backup

    if made == (file is not None):
        raise click.UsageError(_("Skriv enten FIL eller --made."))
    with work(now=now, by=by) as at:
        at.viewer.require(Action.ADMINISTER)
    if file is not None:
        with engine() as opened:
            found = backup.back_up(opened, Path(file), force=force)
        click.echo(_("Kopien {file} er hel. {what}").format(file=file, what=_told(found)))
    with work(now=now, by=by, write=True) as at:
        backup.note(at.session, at.now)
    if made:
        click.echo(_("Skrevet ned: det er tatt sikkerhetskopi."))


@command(
    "restore",
    _(
        "Henter databasen tilbake fra en kopi (SQLite). Uten --apply vises bare hva kopien "
        "inneholder. Databasen som er der nå, blir liggende ved siden av, med endelsen "
        ".before-restore.\n\nStopp «serve» og «worker» først."
    ),
    examples=("iopflow restore kopi.db", "iopflow restore kopi.db --apply"),
)
@click.argument("file", metavar=_("FIL"), help=_("Kopien, slik «iopflow backup» laget den."))
@click.option("--apply", "apply_", is_flag=True, help=_("Gjør det; uten dette er det en prøve."))
@now_option()
@by_option()
def restore_command(file: str, apply_: bool, now: datetime | None, by: str | None) -> None:
    """The way back."""
    from iopflow import backup

    url = settings().database
    database = backup.file_of(url)
    if by is not None:  # without, it is the administrator of an embedded database
        with work(now=now, by=by) as at:
            at.viewer.require(Action.ADMINISTER)
    copy = Path(file)
    found = backup.holds(copy)
    click.echo(_("Kopien: {what}").format(what=_told(found)))
    click.echo(_("I bruk nå: {what}").format(what=_present(database)))
    if not apply_:
        click.echo(_("Prøvekjøring: skriv --apply for å hente kopien tilbake."))
        return
    kept = backup.restore(copy, database)
    click.echo(_("Databasen {url} er hentet tilbake.").format(url=address(url)))
    if kept is not None:
        click.echo(_("Den som var der, ligger i {file}.").format(file=kept))
    if found.is_older:
        click.echo(_("Kopien er fra en eldre iopflow: kjør «iopflow init»."))
    click.echo(_("E-post som er sendt siden kopien, sendes ikke igjen: se «iopflow doctor»."))


def _present(database: Path) -> str:
    from iopflow import backup

    if not database.exists():
        return _("ingen database.")
    try:
        return _told(backup.holds(database))
    except Refused as refused:
        return str(refused)


def _told(found: "Holds") -> str:
    from iopflow.doctor.running import moment

    event, mail = found.newest_event, found.newest_mail
    return _("{schools}, {pupils}, sist endret {event}, siste e-postdag {mail}.").format(
        schools=counted(found.schools, _("{n} skole"), _("{n} skoler")),
        pupils=counted(found.pupils, _("{n} elev"), _("{n} elever")),
        event=moment(event) if event is not None else _("aldri"),
        mail=output.day(mail) or _("aldri"),
    )
