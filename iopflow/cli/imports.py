"""`import`: from files to facts, first as a trial, and back again."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    by_option,
    format_option,
    now_option,
    reason_option,
    school_option,
)
from iopflow.cli.output import Column
from iopflow.cli.readings import note
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iopflow.engine.opening import Opened
    from iopflow.importing import Plan


@command(
    "import",
    _(
        "Leser inn tabellene fra skolens systemer: en Excel-bok med et ark for hver tabell, eller "
        "en mappe eller zip-fil med CSV-filer. Uten "
        "--apply er det en prøve som viser hva som er nytt, endret, uendret, avvist og ikke i "
        "filen. Samme fil en gang til endrer ingenting, og det som mangler i filen, slettes "
        "aldri.\n\nEn rad som er feil, avvises sammen med radene som trenger den, og havner i en "
        "egen fil med forklaring; resten leses inn. Med --strict leses ingenting inn hvis noe er "
        "feil.\n\n--template lager en Excel-bok å fylle ut, med hjelp og nedtrekkslister. --export "
        "tar ut det som står i iopflow, i de samme tabellene: rett i regnearket og les boka inn "
        "igjen, så ser du hver endring først."
    ),
    examples=(
        "iopflow import eksport/",
        "iopflow import eksport.zip --apply",
        "iopflow import --template mal.xlsx",
        "iopflow import mal.xlsx --apply",
        "iopflow import --export skolen.xlsx --table pupils --table enrolments --by rita",
        "iopflow import --list",
        'iopflow import --undo 3 --reason "feil fil"',
    ),
)
@click.argument(
    "source", required=False, metavar=_("MAPPE|FIL"), help=_("En .xlsx, en mappe eller en .zip.")
)
@click.option("--apply", "apply_", is_flag=True, help=_("Gjør det; uten dette er det en prøve."))
@click.option("--strict", is_flag=True, help=_("Alt eller ingenting: en eneste feil stopper alt."))
@click.option("--owner", metavar=_("SKOLEEIER"), help=_("Id-en til skoleeieren dataene tilhører."))
@click.option(
    "--refused", metavar=_("FIL"), help=_("Hvor de avviste radene skrives; ellers avvist.csv.")
)
@click.option(
    "--template",
    metavar=_("FIL.xlsx"),
    help=_("Lag en tom Excel-bok å fylle ut, med et ark for hver tabell."),
)
@click.option(
    "--export",
    metavar=_("FIL.xlsx"),
    help=_("Ta ut det som står i iopflow, til å rette i regneark og lese inn igjen."),
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar=_("TABELL"),
    help=_("Med --export: bare denne tabellen, som pupils. Kan stå flere ganger."),
)
@school_option(_("Med --export: bare denne skolen."))
@click.option("--list", "list_", is_flag=True, help=_("Vis importene som er gjort."))
@click.option("--undo", type=int, metavar="NR", help=_("Angre import nummer NR (med --reason)."))
@reason_option(_("Hvorfor importen angres."))
@now_option()
@by_option()
@format_option()
@click.pass_context
def import_command(
    ctx: click.Context,
    source: str | None,
    apply_: bool,
    strict: bool,
    owner: str | None,
    refused: str | None,
    template: str | None,
    export: str | None,
    tables: tuple[str, ...],
    school: str | None,
    list_: bool,
    undo: int | None,
    reason: str | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """Reads in, lists or undoes."""
    how = output.asked(form, path)
    asked = (source is not None, template is not None, export is not None, list_, undo is not None)
    if sum(asked) != 1:
        raise click.UsageError(
            _(
                "Skriv en mappe eller fil, eller --template FIL.xlsx, --export FIL.xlsx, --list "
                "eller --undo NR."
            )
        )
    if export is None and (tables or school is not None):
        raise click.UsageError(_("--table og --school hører til --export FIL.xlsx."))
    if template is not None:
        from iopflow.importing.template import write_template

        sheets = write_template(Path(template))
        click.echo(_("{path}: {n} ark å fylle ut.").format(path=template, n=sheets))
        return
    if export is not None:
        _export(Path(export), tables, school, owner, now=now, by=by)
        return
    if list_:
        with work(now=now, by=by) as at:
            at.viewer.require(Action.IMPORT)
            _list(at, how)
    elif undo is not None:
        with work(now=now, by=by, write=True) as at:
            at.viewer.require(Action.IMPORT)
            _undo(at, undo, reason)
    else:
        with work(now=now, by=by, write=True, dry=not apply_, grows=True) as at:
            at.viewer.require(Action.IMPORT)
            plan, opened = _import(at, Path(source or ""), owner=owner, strict=strict, apply=apply_)
            before = _untold(at)
            if plan.refused:  # where it cannot be written nothing is read in either
                _write_refused(plan, Path(refused or "avvist.csv"))
        stopped = strict and bool(plan.refused)
        _tell(how, plan, applied=apply_ and not stopped)
        _tell_changes(plan)
        _tell_warnings(plan)
        _tell_unlikely(plan)
        _tell_doubts(plan)
        if apply_ and not stopped:
            _tell_opened(opened, before)
        if plan.refused:
            _tell_refused(plan, Path(refused or "avvist.csv"))
        if stopped:
            raise Refused(_("Ingenting er lest inn (--strict): rett radene og prøv igjen."))
        if plan.refused:
            ctx.exit(3)


def _export(
    path: Path,
    tables: tuple[str, ...],
    school: str | None,
    owner: str | None,
    *,
    now: datetime | None,
    by: str | None,
) -> None:
    """Writes what stands in iopflow as a workbook, and notes how many pupils are in it."""
    from iopflow.importing.extract import extract, reach
    from iopflow.importing.tables import BY_FILE
    from iopflow.importing.takeout import book
    from iopflow.importing.template import refuse_path, write_book
    from iopflow.queries import access
    from iopflow.queries.readings import pupils_by_school

    refuse_path(path, "--export skolen.xlsx")
    unknown = [one for one in tables if one not in BY_FILE]
    if unknown:
        raise Refused(
            _("Fant ikke tabellen «{table}»: skriv en av {tables}.").format(
                table=unknown[0], tables=", ".join(BY_FILE)
            )
        )
    with work(now=now, by=by, write=True) as at:
        at.viewer.require(Action.IMPORT)
        only = None
        if school is not None:
            only = access.school(at.session, at.viewer, school, Action.IMPORT)
        whose = _whose(at, only.owner if only is not None else at.viewer.owner_id, owner)
        reaching = reach(at.session, at.viewer, school=only.number if only is not None else None)
        made = extract(
            at.session, at.rules, reaching, owner=whose, now=at.now, tables=tables or tuple(BY_FILE)
        )
        if not made.rows:
            raise Refused(_("Rollene dine viser ingenting av det: velg andre tabeller."))
        lists = pupils_by_school(at.session, made.pupils, today=at.today)
        note(at, "import --export", lists=lists)
        content = book(made, by=_signature(at), now=at.now)
    write_book(path, content)  # what is not noted is not given out
    rows = sum(len(one) for one in made.rows.values())
    click.echo(
        _("{path}: {rows} i {n} ark.").format(
            path=path, rows=counted(rows, _("{n} rad"), _("{n} rader")), n=len(made.rows)
        )
    )
    if made.left:
        click.echo(
            _(
                "Ikke med: {rows} som importen ikke kan lese slik de står, se det første arket."
            ).format(rows=counted(len(made.left), _("{n} rad"), _("{n} rader"))),
            err=True,
        )


def _whose(at: Work, number: int | None, key: str | None) -> tuple[int, str]:
    """The owner whose rows are taken out: the one who asks, the one named, or the only one."""
    from sqlalchemy import select
    from sqlmodel import col

    from iopflow.models import Owner

    found = [
        (one, name)
        for one, name in at.session.execute(select(col(Owner.id), col(Owner.key)))
        if one is not None and number in (None, one) and key in (None, name)
    ]
    if len(found) != 1:
        raise Refused(_("Hvilken skoleeier gjelder det? Skriv --owner med id-en."))
    return found[0]


def _signature(at: Work) -> str:
    """Who takes it out, by name."""
    from sqlalchemy import select
    from sqlmodel import col

    from iopflow.models import Person

    named = select(col(Person.name)).where(col(Person.id) == at.viewer.person_id)
    return at.session.execute(named).scalar() or _("administrator")


def _import(
    at: Work, source: Path, *, owner: str | None, strict: bool, apply: bool
) -> "tuple[Plan, Sequence[Opened]]":
    from iopflow import importing
    from iopflow.queries import imports
    from iopflow.queries.access import NotAllowed

    progress = output.Progress()
    try:
        progress.say(_("Leser {source}").format(source=source))
        plan = importing.plan(
            at.session,
            importing.read(source),
            at.rules,
            owner=owner,
            now=at.now,
            by=imports.importer(at.session, at.viewer),
            progress=progress,
        )
        if at.viewer.owner_id is not None and plan.owner_id != at.viewer.owner_id:
            raise NotAllowed(
                _(
                    "Filene tilhører skoleeieren «{owner}», og rollene dine gjelder en annen."
                ).format(owner=plan.owner_key)
            )
        if apply and not (strict and plan.refused):
            act = at.act("import")
            applied = importing.apply(at.session, plan, at.rules, act=act, progress=progress)
            return plan, applied.opened
    finally:
        progress.end()
    return plan, ()


def _untold(at: Work) -> bool:
    """Whether some school has not said from when it uses iopflow."""
    from sqlalchemy import select
    from sqlmodel import col

    from iopflow.models import School

    waiting = select(col(School.id)).where(col(School.live_from).is_(None)).limit(1)
    return at.session.execute(waiting).first() is not None


def _tell_changes(plan: "Plan") -> None:
    """The cells that an import changes, so that nobody overwrites a colleague unknowingly."""
    shown = 10
    changes = [
        one for table in plan.summary if table["changed"] for one in plan.changes(table["table"])
    ]
    for one in changes[:shown]:
        click.echo(
            _("Endres: {table} {key}, {column}: «{before}» → «{after}»").format(
                table=one.table,
                key=" ".join(one.key),
                column=one.column,
                before=one.before,
                after=one.after,
            ),
            err=True,
        )
    if len(changes) > shown:
        click.echo(_("… og {n} til.").format(n=len(changes) - shown), err=True)


def _tell_warnings(plan: "Plan") -> None:
    """What is left as it stands though the files say otherwise."""
    shown = 10
    for warning in plan.warnings[:shown]:
        click.echo(_("Merk: {warning}").format(warning=warning), err=True)
    if len(plan.warnings) > shown:
        click.echo(_("… og {n} til.").format(n=len(plan.warnings) - shown), err=True)


def _tell_unlikely(plan: "Plan") -> None:
    """Figures that are far from those of the year before."""
    shown = 10
    for said in plan.unlikely[:shown]:
        click.echo(_("Stemmer det? {said}").format(said=said), err=True)
    if len(plan.unlikely) > shown:
        click.echo(_("… og {n} til.").format(n=len(plan.unlikely) - shown), err=True)


def _tell_doubts(plan: "Plan") -> None:
    """How a list was read, and pupils who may be one and the same."""
    shown = 10
    doubts = [_("Obs: {what}").format(what=one.sentence()) for one in plan.namesakes]
    for said in (*plan.notes, *doubts[:shown]):
        click.echo(said, err=True)
    if len(doubts) > shown:
        click.echo(_("… og {n} til.").format(n=len(doubts) - shown), err=True)


def _tell_opened(opened: "Sequence[Opened]", waiting: bool) -> None:
    """The tasks that the facts brought with them, and what a new school should do next."""
    added = sum(one.added for one in opened)
    if not added:
        return
    years = sorted({str(one.year) for one in opened if one.added})
    click.echo(
        _("{tasks} i {years}: se «iopflow tasks».").format(
            tasks=counted(added, _("{n} ny oppgave"), _("{n} nye oppgaver")),
            years=", ".join(years),
        ),
        err=True,
    )
    if waiting:
        click.echo(
            _(
                "Er skolen ny i iopflow? Skriv «iopflow go-live --from DATO», så regnes ikke "
                "frister før den dagen som forsinket."
            ),
            err=True,
        )


def _tell(how: output.Asked, plan: "Plan", *, applied: bool) -> None:
    rows: list[dict[str, Any]] = list(plan.summary)
    columns = [
        Column(_("Tabell"), lambda row: row["table"]),
        Column(_("Nye"), lambda row: row["added"], right=True),
        Column(_("Endret"), lambda row: row["changed"], right=True),
        Column(_("Uendret"), lambda row: row["unchanged"], right=True),
        Column(_("Avvist"), lambda row: row["refused"], right=True),
        Column(_("Ikke i filen"), lambda row: row["missing"], right=True),
    ]
    new = sum(row["added"] for row in rows)
    changed = sum(row["changed"] for row in rows)
    words = (
        _("Lest inn: {new} nye og {changed} endrede rader.")
        if applied
        else _("Prøvekjøring: {new} nye og {changed} endrede rader. Skriv --apply for å lese inn.")
    )
    output.show(how, rows, columns, counted=words.format(new=new, changed=changed))


def _write_refused(plan: "Plan", path: Path) -> None:
    from iopflow import importing

    try:
        importing.write_refused(plan, path)
    except OSError as error:
        raise Refused(
            _(
                "Får ikke skrevet de avviste radene til {path} ({why}): velg en annen fil med "
                "--refused."
            ).format(path=path, why=error.strerror)
        ) from error


def _tell_refused(plan: "Plan", path: Path) -> None:
    shown = 5
    for refusal in plan.refused[:shown]:
        click.echo(refusal.sentence(), err=True)
    if len(plan.refused) > shown:
        click.echo(_("… og {n} til.").format(n=len(plan.refused) - shown), err=True)
    n = sum(row["refused"] for row in plan.summary)
    click.echo(
        _("{rows} er avvist: se {path} for rad, kolonne, grunn og hva du kan gjøre.").format(
            rows=counted(n, _("{n} rad"), _("{n} rader")), path=path
        ),
        err=True,
    )


def _undo(at: Work, batch: int, reason: str | None) -> None:
    from iopflow import importing
    from iopflow.queries.imports import batches

    if not (reason or "").strip():
        raise Refused(_("Å angre en import trenger en begrunnelse: skriv --reason."))
    if batch not in {row["batch"] for row in batches(at.session, at.viewer)}:
        raise Refused(_("Fant ingen import nr. {n}: se «iopflow import --list».").format(n=batch))
    undone = importing.undo(at.session, batch, act=at.act("undo import", reason))
    click.echo(
        _(
            "Import nr. {batch} er angret: {rows} rader er satt tilbake, {tasks} oppgaver tatt "
            "bort."
        ).format(batch=batch, rows=undone.rows, tasks=undone.tasks)
    )


_KEYS = ("batch", "at", "owner", "by", "source", "rows", "tasks", "undone_at")


def _list(at: Work, how: output.Asked) -> None:
    from iopflow.queries.imports import batches

    rows = batches(at.session, at.viewer)
    columns = [
        Column(_("Nr."), lambda row: row["batch"], right=True),
        Column(_("Når"), lambda row: output.day(row["at"])),
        Column(_("Skoleeier"), lambda row: row["owner"], drops=True),
        Column(_("Hvem"), lambda row: row["by"] or _("administrator")),
        Column(_("Hva"), lambda row: row["source"], gives=True),
        Column(_("Rader"), lambda row: row["rows"], right=True),
        Column(_("Oppgaver"), lambda row: row["tasks"], right=True),
        Column(_("Angret"), lambda row: output.day(row["undone_at"]), gives=True),
    ]
    output.show(
        how,
        rows,
        columns,
        keys=_KEYS,
        counted=counted(len(rows), _("{n} import."), _("{n} importer.")),
    )
