"""Doing something to chosen tasks: to all or to none, with warnings and the way back."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import Words
from iopflow.cli.edge import Work
from iopflow.cli.options import (
    Function,
    Option,
    by_option,
    dry_option,
    now_option,
    year_option,
)
from iopflow.cli.selection import columns
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.engine.happenings import Done
    from iopflow.queries.standing import TaskRow

TALK_WORDS = ("invited", "held", "declined", "no-reply", "cancelled", "not-possible")


def task_options() -> Option:
    """TASK... or --step, --year and --subject: which tasks; and how the answer comes out."""

    def add(function: Function) -> Function:
        for option in reversed(
            (
                click.argument(
                    "words",
                    nargs=-1,
                    metavar=_("OPPGAVE …"),
                    help=_("Oppgavenumre fra «iopflow tasks»; etter --step: hvem det gjelder."),
                ),
                click.option("--step", metavar=_("STEG"), help=_("Steget, i stedet for numre.")),
                year_option(_("Skoleåret steget gjelder (sammen med --step).")),
                click.option(
                    "--subject",
                    "subjects",
                    multiple=True,
                    metavar="ID …",
                    help=_("Elevene, klassene eller skolen det gjelder (sammen med --step)."),
                ),
                dry_option(),
                now_option(),
                by_option(),
                click.option(
                    "--format",
                    "form",
                    type=Words(("table", "json")),
                    help=_("Hvordan svaret skrives: table eller json."),
                ),
            )
        ):
            function = option(function)
        return function

    return add


def perform(
    at: Work,
    rows: "Sequence[TaskRow]",
    do: "Callable[[Sequence[TaskRow]], Done]",
) -> "Done":
    """Does it to all or to none. Where one is refused, every refused one is named."""
    from iopflow.engine.happenings import NotNow

    try:
        with at.session.begin_nested():
            return do(rows)
    except NotNow as first:
        refusals = {str(first): None}
    for row in rows:
        try:
            with at.session.begin_nested():
                do([row])
        except NotNow as refused:
            refusals[str(refused)] = None
    if len(rows) > 1:
        refusals[
            _("Ingenting er endret: {n} oppgaver var med i kommandoen.").format(n=len(rows))
        ] = None
    raise NotNow("\n".join(refusals))


def tell(
    at: Work,
    rows: "Sequence[TaskRow]",
    done: "Done",
    *,
    dry: bool,
    form: str | None,
    undo: Sequence[str] = (),
) -> None:
    """Prints what the tasks are now, what to mind, and how to take it back."""
    from iopflow.queries.tasks import Asked, tasks

    ids = [row.id for row in rows]
    after = tasks(at.session, at.rules, at.viewer, Asked(ids=ids), today=at.today)
    entries: list[dict[str, Any]] = [row.to_json() for row in after]
    for warning in dict.fromkeys(done.warnings):
        click.echo(_("Merk: {warning}").format(warning=warning), err=True)
    output.show(output.asked(form or "table", None), entries, columns(entries))
    changed = _("{n} endret").format(n=done.changed)
    if done.unchanged:
        changed += _(", {n} sto slik fra før").format(n=done.unchanged)
    click.echo(changed + ".", err=form == "json")
    if dry:
        click.echo(_("Prøvekjøring: ingenting er lagret."), err=True)
    elif done.changed:
        for line in undo:
            click.echo(_("Angre: {line}").format(line=line), err=True)


def undo_reopen(at: Work, rows: "Sequence[TaskRow]", what: str | None = None) -> list[str]:
    """The command that takes an act back."""
    numbers = " ".join(str(row.id) for row in rows)
    words = f"iopflow reopen {numbers}"
    if what is not None:
        words += f" --what {what}"
    return [words + _(' --reason "…"') + signed(at)]


def signed(at: Work) -> str:
    """The --by of a suggested command."""
    return f" --by {at.by}" if at.by is not None else ""


def mind(at: Work, rows: "Sequence[TaskRow]") -> list[str]:
    """What is worth a word before the tasks are done: not open yet, or others not done."""
    from iopflow.engine.acts import waiting_warnings
    from iopflow.queries.permits import ids_around
    from iopflow.queries.tasks import Asked, tasks

    early = [
        _("{step} for {subject} åpner først {day}.").format(
            step=row.step.title.get(), subject=row.subject, day=output.day(row.facts.opens)
        )
        for row in rows
        if row.facts.opens is not None and row.facts.opens > at.today
    ]
    around = Asked(ids=ids_around(at.session, rows))
    others = tasks(at.session, at.rules, at.viewer, around, today=at.today)
    return early + waiting_warnings(rows, others)
