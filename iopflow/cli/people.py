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
    from iopflow.models import Person
    from iopflow.queries.standing import TaskRow


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
            pupils=list(numbers),
            today=at.today,
        )
        _carry_out(at, plan, one, other, start or at.today, "hand_over")
        _tell(at, plan, giver, numbers, apply=apply)


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
                pupils=list(numbers),
                today=at.today,
            )
        _carry_out(at, plan, one, other, start or at.today, "substitute")
        _tell(at, plan, giver, numbers, apply=apply)


def _asked(
    at: Work, giver: str, taker: str, pupils: tuple[str, ...]
) -> tuple["Person", "Person", dict[int, str]]:
    """The people and the pupils by number. A pupil that whoever asks does not see is not found;
    the administrator sees none, and may name any.
    """
    from iopflow.queries import access
    from iopflow.queries.places import find
    from iopflow.roles import Action

    owner = at.viewer.owner_id
    one: Person = find(at.session, "person", giver, owner_id=owner)
    other: Person = find(at.session, "person", taker, owner_id=owner or one.owner_id)
    found = {}
    for key in pupils:
        if at.viewer.is_everyone or at.viewer.may(Action.ADMINISTER):
            pupil = find(at.session, "pupil", key, owner_id=one.owner_id)
        else:
            pupil = access.pupil(at.session, at.viewer, key)
        found[pupil.id] = key
    return one, other, found


def _carry_out(
    at: Work, plan: "Plan", giver: "Person", taker: "Person", start: date, kind: str
) -> None:
    """Writes the plan, and tells which tasks become whose by the day it begins, and whose calendars
    change.
    """
    from iopflow.engine import people
    from iopflow.queries.handing import living_feeds, tasks_held

    if not plan.changes_something:
        return
    on = max(start, at.today)
    before = tasks_held(at.session, at.rules, taker, today=on)
    people.carry_out(at.session, plan, at.act(kind))
    at.session.flush()
    if plan.roles:
        had = {row.id for row in before}
        held = tasks_held(at.session, at.rules, taker, today=on)
        _count(taker.key, on, [row for row in held if row.id not in had])
        if kind == "hand_over":
            left = tasks_held(at.session, at.rules, giver, today=on)
            click.echo(
                _("{giver} har igjen: {tasks}.").format(
                    giver=giver.key,
                    tasks=counted(len(left), _("{n} åpen oppgave"), _("{n} åpne oppgaver")),
                )
            )
    feeds = living_feeds(at.session, [giver, taker])
    if feeds:
        whose = ", ".join(f"{key} ({n})" for key, n in sorted(feeds.items()))
        click.echo(_("Kalendere som følger etter: {whose}.").format(whose=whose))


def _count(taker: str, on: date, rows: "list[TaskRow]") -> None:
    """How many tasks somebody gets, by step, and how many of them are late."""
    late = Counter(row.step.title.get() for row in rows if row.status.value == "overdue")
    click.echo(
        _("{taker} får fra {day}: {tasks}, {late} over frist.").format(
            taker=taker,
            day=day(on),
            tasks=counted(len(rows), _("{n} åpen oppgave"), _("{n} åpne oppgaver")),
            late=late.total(),
        )
    )
    for step, n in sorted(Counter(row.step.title.get() for row in rows).items()):
        of_them = _(" ({n} over frist)").format(n=late[step]) if late[step] else ""
        click.echo(f"  {n:3} {step}{of_them}")


def _tell(at: Work, plan: "Plan", giver: str, pupils: dict[int, str], *, apply: bool) -> None:
    from iopflow.queries.handing import words_of
    from iopflow.roles import ROLES

    stays = [role for role, _why in plan.stays]
    places = words_of(
        at.session, [(one.place, one.at_id) for one in (*plan.roles, *plan.ended, *stays)]
    )

    def said(role: Any) -> str:
        until = _("videre") if role.ends in (None, date.max) else day(role.ends)
        where = places[role.place, role.at_id]
        return f"{ROLES[role.role].title.get()} ({where}), {day(role.starts)}–{until}"

    for role in plan.roles:
        click.echo(_("Overtas: {role}").format(role=said(role)))
    for duty in plan.duties:
        click.echo(_("Overtas: {role}").format(role=duty.words))
    for role in plan.ended:
        click.echo(_("Avsluttes: {role}").format(role=said(role)))
    for role, why in plan.stays:
        click.echo(_("Står som før: {role}: {why}").format(role=said(role), why=why))
    for number in plan.not_held:
        click.echo(
            _("Ikke med: {pupil}: {giver} har ingen rolle for eleven i de dagene.").format(
                pupil=pupils[number], giver=giver
            )
        )
    if plan.not_led:
        click.echo(
            _("Ikke med: {roles} som {giver} har, og som du ikke leder.").format(
                roles=counted(plan.not_led, _("{n} rolle"), _("{n} roller")), giver=giver
            )
        )
    if pupils and len(plan.not_held) == len(pupils):
        raise Refused(
            _("{pupils}: ingen rolle å gi videre for disse elevene; sjekk --from.").format(
                pupils=", ".join(pupils.values())
            )
        )
    if not plan.changes_something:
        click.echo(
            _("Ingenting å endre.")
            if plan.stays
            else _("Ingenting å endre: {giver} har ingen slike roller i de dagene.").format(
                giver=giver
            )
        )
    elif apply:
        click.echo(_("Gjort: rettigheter, oppgaver, påminnelser og kalendere følger dagen."))
    else:
        click.echo(_("Prøvekjøring: ingenting er lagret. Skriv --apply for å gjøre det."), err=True)
