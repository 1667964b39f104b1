"""`report`: the quality report of a school and year as PDF, XLSX or HTML."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.edge import Work, settings, work
from iopflow.cli.options import by_option, now_option, year_option
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import LANGUAGES, _

if TYPE_CHECKING:
    from iopflow.models import School
    from iopflow.report import Report

FORMS = ("html", "pdf", "xlsx")


@command(
    "report",
    _(
        "Skriver kvalitetsrapporten for en skole og et skoleår: hensikt, figur, kommentar og "
        "tiltak for P1–P10, årene før, nettverket, registrerte tall, årshjulet og hvordan tallene "
        "er laget. Filens ending sier om den blir HTML, PDF eller XLSX.\n\n"
        "Ingen elev er nevnt, og et tall som hviler på under fem elever, vises ikke. Rapporten er "
        "til skolen og skoleeieren; med --public kan den offentliggjøres: da vises heller ikke at "
        "én til fire mangler. Skriv --school flere ganger for flere rapporter; hver fil får da "
        "skolens id i navnet."
    ),
    examples=(
        "iopflow report --school lia --year 2025-26 -o rapport.pdf --by rita",
        "iopflow report --school lia --year 2025-26 -o rapport.html --language nn --by rita",
        "iopflow report --school lia --school fjell --year 2025-26 -o tall.xlsx",
    ),
)
@click.option(
    "--school",
    "schools",
    multiple=True,
    required=True,
    metavar=_("SKOLE"),
    help=_("Skolen rapporten gjelder; kan skrives flere ganger."),
)
@year_option(_("Skoleåret rapporten gjelder."), required=True)
@click.option(
    "-o",
    "--output",
    "path",
    required=True,
    metavar=_("FIL"),
    help=_("Filen som skrives: .html, .pdf eller .xlsx."),
)
@click.option(
    "--language",
    type=Words(LANGUAGES),
    help=_("Språket i rapporten; ellers skolens eget."),
)
@click.option(
    "--public",
    is_flag=True,
    help=_("Den offentlige utgaven: også tellere og rester under fem elever er skjult."),
)
@now_option()
@by_option()
@click.pass_context
def report_command(
    ctx: click.Context,
    schools: tuple[str, ...],
    year: Year,
    path: str,
    language: str | None,
    public: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """The reports."""
    from iopflow.queries import access

    form = Path(path).suffix.lstrip(".").lower()
    if form not in FORMS:
        raise click.UsageError(
            _("{path}: filen skal slutte på .html, .pdf eller .xlsx.").format(path=path)
        )
    keys = list(dict.fromkeys(schools))
    progress = output.Progress()
    problems: list[str] = []
    with work(now=now, by=by) as at:
        # All are found before the first file is written.
        found = [access.school(at.session, at.viewer, key, Action.REPORT) for key in keys]
        for done, school in enumerate(found, start=1):
            progress(_("Rapport"), done, len(found))
            made = _made(at, school, year, language, public=public)
            target = _target(Path(path), made, several=len(found) > 1)
            _write(target, _content(made, form))
            progress.end()
            click.echo(_("Rapporten er skrevet: {path}").format(path=target))
            problems += [f"{made.key}: {problem}" for problem in made.problems]
            problems += [f"{made.key}: {_named(made)}"] if made.naming else []
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        ctx.exit(3)


def _named(made: "Report") -> str:
    return _(
        "Teksten til {codes} ser ut til å nevne en elev ved navn: rett den før rapporten deles."
    ).format(codes=", ".join(made.naming))


def _made(
    at: Work, school: "School", year: Year, language: str | None, *, public: bool
) -> "Report":
    from iopflow import report
    from iopflow.web.report_wheel import picture

    spoken = language or school.language
    return report.build(
        at.session,
        at.rules,
        school,
        year,
        today=at.today,
        language=spoken,
        edition=report.Edition.PUBLIC if public else report.Edition.SCHOOL,
        wheel=picture(at.session, at.rules, school, year, spoken),
        own=settings().templates,
    )


def _content(made: "Report", form: str) -> bytes:
    from iopflow import report

    own = settings().templates
    match form:
        case "pdf":
            return report.pdf(made, own)
        case "xlsx":
            return report.xlsx(made)
        case _:
            return report.html(made, own).encode()


def _target(path: Path, made: "Report", *, several: bool) -> Path:
    return path.with_name(f"{path.stem}-{made.key}{path.suffix}") if several else path


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Refused(
            _("Får ikke skrevet {path}: {why}.").format(path=path, why=error.strerror)
        ) from error
