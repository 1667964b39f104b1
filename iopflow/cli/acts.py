"""`complete`, `reopen`, `not-applicable`, `move`: what a person does to one or many tasks."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli.command import Words, command
from iopflow.cli.doing import TALK_WORDS, mind, perform, signed, task_options, tell, undo_reopen
from iopflow.cli.edge import Work, work
from iopflow.cli.options import day_option, reason_option
from iopflow.cli.selection import check_words, chosen, titles
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.queries.standing import TaskRow


@command(
    "complete",
    _(
        "Registrerer at steg er gjort, på dagen det skjedde. For samtaler og møter betyr det at de "
        "er holdt.\n\nKrever loven at noe annet er på plass først, blir kommandoen avvist og sier "
        "hva som mangler. Alt annet som ikke er gjort, gir bare en merknad. Enten registreres alle "
        "oppgavene, eller ingen."
    ),
    examples=(
        "iopflow complete 118 119 --on 29.05.2026 --by kari",
        "iopflow complete --step iop.arsevaluering --year 2025-26 --subject e-17 e-18",
    ),
)
@day_option("--on", _("Dagen det skjedde; ellers i dag."))
@reason_option(_("En kort begrunnelse til loggen."))
@task_options()
def complete_command(
    words: tuple[str, ...],
    step: str | None,
    year: Year | None,
    subjects: tuple[str, ...],
    on: date | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
) -> None:
    """Done, or held."""
    from iopflow.engine import acts

    check_words(words, step, year, subjects)
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        rows = chosen(at, words, step=step, year=year, subjects=subjects, action=Action.COMPLETE)
        warnings = mind(at, rows)
        act = at.act("complete", reason)
        names = titles(at)
        done = perform(
            at,
            rows,
            lambda some: acts.complete(
                at.session, some, on=on or at.today, today=at.today, act=act, titles=names
            ),
        )
        done.warnings[:0] = warnings
        tell(at, rows, done, dry=dry_run, form=form, undo=undo_reopen(at, rows))


@command(
    "reopen",
    _(
        "Tar tilbake noe som ble registrert ved en feil: gjort, holdt eller ikke aktuelt. Loggen "
        "beholder det som sto, og hvorfor det ble tatt tilbake."
    ),
    examples=(
        'iopflow reopen 118 --reason "registrert på feil elev"',
        'iopflow reopen 121 --what declined --reason "foresatte kom likevel"',
        'iopflow reopen 131 --what delay --on 02.06.2026 --reason "feil årsak"',
    ),
)
@click.option(
    "--what",
    type=Words(
        (
            "done",
            "held",
            "not-applicable",
            "help-wanted",
            "delay",
            *(word for word in TALK_WORDS if word != "held"),
        )
    ),
    metavar=_("ORD"),
    help=_("Ta bare tilbake dette, for eksempel declined eller invited."),
)
@day_option("--on", _("Ta bare tilbake det som er registrert på denne dagen."))
@reason_option(_("Hvorfor det tas tilbake (må være med)."))
@task_options()
def reopen_command(
    words: tuple[str, ...],
    step: str | None,
    year: Year | None,
    subjects: tuple[str, ...],
    what: str | None,
    on: date | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
) -> None:
    """Takes back."""
    from iopflow.engine import acts
    from iopflow.models import What

    check_words(words, step, year, subjects)
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        # A cause is taken back by whoever may give it.
        action = Action.DECIDE if what == "delay" else Action.COMPLETE
        rows = chosen(at, words, step=step, year=year, subjects=subjects, action=action)
        word = What(what.replace("-", "_")) if what is not None else None
        act = at.act("reopen", reason)
        done = perform(
            at,
            rows,
            lambda some: acts.reopen(
                at.session, some, reason=reason or "", act=act, what=word, on=on
            ),
        )
        tell(at, rows, done, dry=dry_run, form=form)


@command(
    "not-applicable",
    _(
        "Sier at steg ikke er aktuelle for en elev eller klasse i år. Begrunnelsen vises sammen "
        "med tallene. En samtale kan ikke være «ikke aktuelt»: bruk «talk declined» eller «talk "
        "not-possible»."
    ),
    examples=('iopflow not-applicable 140 --reason "IOP avsluttet etter ny vurdering"',),
)
@day_option("--on", _("Dagen det ble avgjort; ellers i dag."))
@reason_option(_("Hvorfor det ikke er aktuelt (må være med)."))
@task_options()
def not_applicable_command(
    words: tuple[str, ...],
    step: str | None,
    year: Year | None,
    subjects: tuple[str, ...],
    on: date | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
) -> None:
    """Does not apply this year."""
    from iopflow.engine import acts

    check_words(words, step, year, subjects)
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        rows = chosen(at, words, step=step, year=year, subjects=subjects, action=Action.DECIDE)
        act = at.act("not_applicable", reason)
        done = perform(
            at,
            rows,
            lambda some: acts.not_applicable(
                at.session, some, on=on or at.today, today=at.today, reason=reason or "", act=act
            ),
        )
        tell(at, rows, done, dry=dry_run, form=form, undo=undo_reopen(at, rows))


@command(
    "help-wanted",
    _(
        "Sier at du trenger hjelp til oppgaver. Lederen din ser det i sin ukentlige liste, og "
        "oppgaven regnes ikke som glemt. Det går over av seg selv når oppgaven er gjort."
    ),
    examples=('iopflow help-wanted 118 --reason "mangler den pedagogiske rapporten"',),
)
@day_option("--on", _("Dagen du ba om hjelp; ellers i dag."))
@reason_option(_("Hva du trenger hjelp til."))
@task_options()
def help_wanted_command(
    words: tuple[str, ...],
    step: str | None,
    year: Year | None,
    subjects: tuple[str, ...],
    on: date | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
) -> None:
    """Help is wanted."""
    from iopflow.engine import acts

    check_words(words, step, year, subjects)
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        rows = chosen(at, words, step=step, year=year, subjects=subjects, action=Action.COMPLETE)
        act = at.act("help_wanted", reason)
        done = perform(
            at,
            rows,
            lambda some: acts.help_wanted(
                at.session, some, on=on or at.today, today=at.today, act=act
            ),
        )
        tell(at, rows, done, dry=dry_run, form=form, undo=undo_reopen(at, rows, "help-wanted"))


@command(
    "move",
    _(
        "Avtaler en annen frist for oppgaver. Frister som står i loven, kan ikke flyttes, og "
        "indikatorene teller fortsatt mot sine egne datoer."
    ),
    examples=('iopflow move 131 --due 07.06.2026 --reason "PPT-møtet er flyttet"',),
)
@day_option("--due", _("Den nye fristen."), required=True)
@reason_option(_("Hvorfor fristen flyttes (må være med)."))
@task_options()
def move_command(
    words: tuple[str, ...],
    step: str | None,
    year: Year | None,
    subjects: tuple[str, ...],
    due: date,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
) -> None:
    """Another due day."""
    from iopflow.engine import acts

    check_words(words, step, year, subjects)
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        rows = chosen(at, words, step=step, year=year, subjects=subjects, action=Action.DECIDE)
        act = at.act("move", reason)
        done = perform(
            at,
            rows,
            lambda some: acts.move(at.session, some, due=due, reason=reason or "", act=act),
        )
        tell(at, rows, done, dry=dry_run, form=form, undo=_undo_move(at, rows))


def _undo_move(at: Work, rows: "Sequence[TaskRow]") -> list[str]:
    """One line for each due day that the tasks had."""
    before: dict[date, list[str]] = {}
    for row in rows:
        if row.facts.due is not None:
            before.setdefault(row.facts.due, []).append(str(row.id))
    return [
        f"iopflow move {' '.join(ids)} --due {day.isoformat()}" + _(' --reason "…"') + signed(at)
        for day, ids in before.items()
    ]
