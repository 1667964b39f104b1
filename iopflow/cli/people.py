"""`hand-over` and `substitute`: people change, and duties, rights, mails and feeds follow."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli.command import command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import Option, by_option, day_option, now_option
from iopflow.cli.output import day
from iopflow.refusals import Refused
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.engine.people import Plan


def _options(end_help: str) -> Option:
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(
            (
                click.option(
                    "--from",
                    "giver",
                    required=True,
                    metavar=_("PERSON"),
                    help=_("Den som gir fra seg, eller er borte."),
                ),
                click.option(
                    "--to",
                    "taker",
                    required=True,
                    metavar=_("PERSON"),
                    help=_("Den som overtar."),
                ),
                day_option("--start", _("Første dag; ellers i dag.")),
                day_option("--end", end_help),
                click.option(
                    "--pupil",
                    "pupils",
                    multiple=True,
                    metavar=_("ELEV"),
                    help=_("Bare denne eleven; kan gjentas."),
                ),
                click.option(
                    "--apply", is_flag=True, help=_("Gjør det; uten er det en prøvekjøring.")
                ),
                now_option(),
                by_option(),
            )
        ):
            function = option(function)
        return function

    return add


@command(
    "hand-over",
    _(
        "Gir rollene til en person videre til en annen fra en dag, for godt eller til en annen dag."
        " Oppgaver, rettigheter, påminnelser og kalendere følger med fra den dagen. Uten --apply "
        "vises bare hva som ville skjedd."
    ),
    examples=(
        "iopflow hand-over --from kari --to per --start 2027-01-04",
        "iopflow hand-over --from kari --to per --start 2027-01-04 --pupil e1 --apply",
    ),
)
@_options(_("Siste dag, om rollene skal tilbake; ellers for godt."))
def hand_over_command(
    giver: str,
    taker: str,
    start: date | None,
    end: date | None,
    pupils: tuple[str, ...],
    apply: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """For good, or until a day."""
    from iopflow.engine import people

    with work(now=now, by=by, write=True, dry=not apply) as at:
        one, other, numbers = _asked(at, giver, taker, pupils)
        plan = people.hand_over(
            at.session,
            at.viewer,
            one,
            other,
            start=start or at.today,
            end=end,
            pupils=numbers,
            today=at.today,
        )
        _refuse_uncovered(plan, pupils)
        _carry_out(at, plan, giver, taker, start or at.today, "hand_over")
        _tell(plan, apply=apply)


@command(
    "substitute",
    _(
        "Setter inn en vikar: fra første til siste dag har vikaren de samme rollene, og "
        "påminnelsene går til vikaren og ikke til den som er borte. Begge ser oppgavene og kan "
        "føre dem. Det går over av seg selv. Uten --apply vises bare hva som ville skjedd."
    ),
    examples=(
        "iopflow substitute --from kari --to per --start 2027-01-04 --end 2027-02-12 --apply",
        "iopflow substitute --from kari --to per --stop --apply",
    ),
)
@_options(_("Siste dag vikaren er der (må være med)."))
@click.option("--stop", is_flag=True, help=_("Avslutt vikariatet nå."))
def substitute_command(
    giver: str,
    taker: str,
    start: date | None,
    end: date | None,
    pupils: tuple[str, ...],
    apply: bool,
    now: datetime | None,
    by: str | None,
    stop: bool,
) -> None:
    """For a time."""
    from iopflow.engine import people

    if end is None and not stop:
        raise click.UsageError(_("Skriv siste dag med --end: et vikariat går over av seg selv."))
    with work(now=now, by=by, write=True, dry=not apply) as at:
        one, other, numbers = _asked(at, giver, taker, pupils)
        if stop or end is None:
            plan = people.stop(at.session, at.viewer, one, other, today=at.today)
        else:
            plan = people.substitute(
                at.session,
                at.viewer,
                one,
                other,
                start=start or at.today,
                end=end,
                pupils=numbers,
                today=at.today,
            )
            _refuse_uncovered(plan, pupils)
        _carry_out(at, plan, giver, taker, start or at.today, "substitute")
        _tell(plan, apply=apply)


def _asked(at: Work, giver: str, taker: str, pupils: tuple[str, ...]) -> tuple[Any, Any, list[int]]:
    from iopflow.queries.places import find

    owner = at.viewer.owner_id
    one, other = (find(at.session, "person", key, owner_id=owner) for key in (giver, taker))
    numbers = [find(at.session, "pupil", key, owner_id=one.owner_id).id for key in pupils]
    return one, other, numbers


def _refuse_uncovered(plan: "Plan", pupils: tuple[str, ...]) -> None:
    if pupils and not plan.changes_something and not plan.stays:
        raise Refused(
            _("{pupils}: ingen rolle å gi videre for disse elevene; sjekk --from.").format(
                pupils=", ".join(pupils)
            )
        )


def _carry_out(at: Work, plan: "Plan", giver: str, taker: str, start: date, kind: str) -> None:
    """Writes the plan, and tells whose tasks become whose by the day it begins."""
    from iopflow.engine import people
    from iopflow.queries.access import EVERYONE
    from iopflow.queries.tasks import at_work

    people.carry_out(at.session, plan, at.act(kind))
    at.session.flush()
    if not plan.roles:
        return
    on = max(start, at.today)
    rows = [
        row
        for row in at_work(at.session, at.rules, EVERYONE, today=on, person=taker)
        if row.status.value in ("open", "overdue")
    ]
    late = sum(row.status.value == "overdue" for row in rows)
    steps = Counter(row.step.title.get() for row in rows)
    click.echo(
        _("{taker} har fra {day}: {tasks}, {late} over frist.").format(
            taker=taker,
            day=day(on),
            tasks=counted(len(rows), _("{n} åpen oppgave"), _("{n} åpne oppgaver")),
            late=late,
        )
    )
    for step, n in sorted(steps.items()):
        click.echo(f"  {n:3} {step}")
    left = at_work(at.session, at.rules, EVERYONE, today=on, person=giver)
    waiting = sum(row.status.value in ("open", "overdue") for row in left)
    if kind == "hand_over":
        click.echo(
            _("{giver} har igjen: {tasks}.").format(
                giver=giver, tasks=counted(waiting, _("{n} åpen oppgave"), _("{n} åpne oppgaver"))
            )
        )


def _tell(plan: "Plan", *, apply: bool) -> None:
    from iopflow.roles import ROLES

    def said(role: Any) -> str:
        until = day(role.ends) if role.ends is not None else _("videre")
        return f"{ROLES[role.role].title.get()} ({role.place.value}), {day(role.starts)}–{until}"

    for role in plan.roles:
        click.echo(_("Overtas: {role}").format(role=said(role)))
    for role, why in plan.stays:
        click.echo(_("Står som før: {role}: {why}").format(role=said(role), why=why))
    if not plan.changes_something:
        click.echo(_("Ingenting å endre."))
    elif apply:
        click.echo(_("Gjort: rettigheter, oppgaver, påminnelser og kalendere følger dagen."))
    else:
        click.echo(_("Prøvekjøring: ingenting er lagret. Skriv --apply for å gjøre det."), err=True)
