"""`archive export` and `archive check`: cases in an open format, for archive and supervision."""

import os
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iopflow.cli import output
from iopflow.cli.command import Group, command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import by_option, now_option, school_option, year_option
from iopflow.cli.readings import note
from iopflow.cli.run import DONE, REFUSED
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.archive import Export, Order

archive_command = Group(
    name="archive",
    help=_(
        "Tar ut saker i et åpent format: én elev til arkivet, eller et skoleår til tilsynet. "
        "Dokumentene er ikke med, men referansene til dem. Formatet står i docs/archive.md."
    ),
    where={"export": "archive", "check": "archive"},
    short={
        "export": _("Ta ut saken til en elev, eller sakene i et skoleår"),
        "check": _("Prøv om et uttrekk er helt"),
    },
    examples=(
        'iopflow archive export e-17 -o e-17.zip --purpose "avlevering" --by rita',
        "iopflow archive check e-17.zip",
    ),
    no_args_is_help=True,
)


@command(
    "export",
    _(
        "Tar ut alt som er registrert om en elev, eller sakene til alle elevene ved en skole i et "
        "skoleår (--school og --year), som en zip av tekstfiler med sjekksummer. Bare rektor kan "
        "det, og hvert uttrekk står i loggen til hver elev, med formålet.\n\nUten --names er "
        "elever og ansatte koder. Filen inneholder taushetsbelagte opplysninger uansett."
    ),
    examples=(
        'iopflow archive export e-17 -o e-17.zip --purpose "avlevering til arkivet" --by rita',
        (
            "iopflow archive export --school lia --year 2026-27 -o tilsyn.zip "
            '--purpose "tilsyn 2027" --by rita'
        ),
    ),
)
@click.argument("pupil", metavar=_("ELEV"), required=False, help=_("Elevens id."))
@school_option(_("Skolen, sammen med --year."))
@year_option(_("Skoleåret sakene gjelder, sammen med --school."))
@click.option("-o", "--output", "path", metavar=_("FIL.zip"), required=True, help=_("Filen."))
@click.option(
    "--purpose", metavar=_("TEKST"), required=True, help=_("Hva uttrekket skal brukes til.")
)
@click.option("--basis", metavar=_("TEKST"), help=_("Hjemmelen, når den er en annen enn vanlig."))
@click.option(
    "--names/--without-names",
    default=False,
    help=_("Ta med navnene på elever og ansatte; ellers bare koder."),
)
@now_option()
@by_option()
def export_command(
    pupil: str | None,
    school: str | None,
    year: Year | None,
    path: str,
    purpose: str,
    basis: str | None,
    names: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """An export."""
    if (pupil is not None) == (school is not None or year is not None):
        raise click.UsageError(_("Skriv enten ELEV, eller --school og --year."))
    if pupil is None and (school is None or year is None):
        raise click.UsageError(_("Skriv både --school og --year."))
    target = Path(path)
    if target.exists():
        raise Refused(_("{path} finnes fra før: velg et annet navn.").format(path=path))
    beside = target.with_name(f".{target.name}.part")
    progress = output.Progress()
    try:
        with work(now=now, by=by, write=True) as at:
            from iopflow.archive import Order

            order = Order(at.by, at.now, purpose.strip(), basis, names)
            export = _export(at, pupil, school, year, order, progress)
            content = export.zipped()
            digest = sha256(content).hexdigest()
            _note(at, export, year, order, digest)
            if pupil is not None:
                note(at, "archive export", pupils=[one.id for one in export.pupils])
            else:
                note(at, "archive export", lists={export.school.number: len(export.pupils)})
            _write(beside, content)  # what is not logged is not kept
        beside.replace(target)
    finally:
        progress.end()
        if beside.exists():
            beside.unlink()
    said = counted(len(export.pupils), _("{n} elev"), _("{n} elever"))
    click.echo(
        _("{path}: {pupils}, SHA-256 {digest}.").format(path=path, pupils=said, digest=digest)
    )


def _export(
    at: Work,
    pupil: str | None,
    school: str | None,
    year: Year | None,
    order: "Order",
    progress: output.Progress,
) -> "Export":
    from iopflow import archive
    from iopflow.queries import access

    if pupil is not None:
        found = access.pupil(at.session, at.viewer, pupil, Action.EXPORT)
        return archive.of_pupil(at.session, at.rules, at.viewer, found, pupil, order)
    where = access.school(at.session, at.viewer, school or "", Action.EXPORT)
    progress.say(_("Leser sakene"))
    return archive.of_school_year(
        at.session,
        at.rules,
        at.viewer,
        where,
        year or Year.of(at.today),
        order,
        progress=lambda done, of: progress(_("Pakker elever"), done, of),
    )


def _note(at: Work, export: "Export", year: Year | None, order: "Order", digest: str) -> None:
    """The export in the log, with the hash of the file."""
    from iopflow.engine import exports

    act = at.act("archive export", order.purpose)
    said = {"sha256": digest, "names": order.names}
    if year is not None:
        said |= {"export": str(year)}
        exports.note_school(at.session, export.school, said, act)
    exports.note(at.session, [(one.id, one.owner_id) for one in export.pupils], said, act)


def _write(path: Path, content: bytes) -> None:
    """A file that only its owner reads."""
    try:
        if path.exists():  # left behind by one that was broken off
            path.unlink()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Refused(
            _("Får ikke skrevet {path}: {why}.").format(path=path, why=error.strerror)
        ) from error


@command(
    "check",
    _(
        "Prøver om et uttrekk er helt: sjekksummene, kolonnene, og at tallet på rader er det "
        "metadata sier. Trenger ingen database."
    ),
    examples=("iopflow archive check tilsyn.zip",),
)
@click.argument("file", metavar=_("FIL"), help=_("Uttrekket."))
def check_command(file: str) -> int:
    """Whether it is whole."""
    from iopflow.archive import check

    about, wrong = check(Path(file))
    for one in wrong:
        click.echo(f"{file}: {one.file} {one.why}.", err=True)
    if wrong:
        return REFUSED
    pupils = counted(about["counts"]["pupils"], _("{n} elev"), _("{n} elever"))
    click.echo(
        _("{file} er helt: {pupils}, {events}.").format(
            file=file,
            pupils=pupils,
            events=counted(
                about["counts"].get("log.jsonl", 0),
                _("{n} registrering"),
                _("{n} registreringer"),
            ),
        )
    )
    return DONE
