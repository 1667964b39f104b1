"""`ppt-meeting plan`, `held`, `show`, `withdraw`: the meetings of an avdeling with PPT."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import Group, command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    Number,
    by_option,
    day_option,
    dry_option,
    format_option,
    now_option,
    reason_option,
)
from iopflow.cli.output import Column
from iopflow.cli.ppt_cases import tell_dry
from iopflow.refusals import Refused
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.queries.ppt_meetings import WithPpt

ppt_meeting_command = Group(
    name="ppt-meeting",
    help=_(
        "Samarbeidsmøtene mellom en avdeling og PPT (01.02–31.05): hvilke elever de tar opp, hvem "
        "som var der, og hvem som ble behandlet. Bare når både skolen og PPT var til stede, er "
        "møtet holdt med begge parter. Innkalling på e-post: «iopflow meeting»."
    ),
    where=dict.fromkeys(("plan", "held", "show", "withdraw"), "ppt_meetings"),
    short={
        "plan": _("Lag et møte med de åpne sakene på lista"),
        "held": _("Før at møtet er holdt: hvem var der, og hvem ble behandlet"),
        "show": _("Se møtene, eller sakslista for ett"),
        "withdraw": _("Trekk et møte som er ført feil"),
    },
    examples=(
        "iopflow ppt-meeting plan smatrinn --on 2027-02-10 --by heidi",
        "iopflow ppt-meeting held 3 --present heidi --present petra --treated e-17 --by heidi",
    ),
    no_args_is_help=True,
)

_number = click.argument(
    "number", type=Number(), metavar=_("NR"), help=_("Nummeret i «iopflow ppt-meeting show».")
)


@command(
    "plan",
    _(
        "Lager et møte mellom en avdeling og PPT. Uten --pupil kommer de åpne sakene til "
        "avdelingens elever på lista, så langt du ser dem."
    ),
    examples=("iopflow ppt-meeting plan smatrinn --on 2027-02-10 --by heidi",),
)
@click.argument("unit", metavar=_("AVDELING"), help=_("Avdelingens id."))
@day_option("--on", _("Dagen møtet er."), required=True)
@click.option(
    "--pupil", "pupils", multiple=True, metavar=_("ELEV"), help=_("Bare denne; kan gjentas.")
)
@dry_option()
@now_option()
@by_option()
def plan_command(
    unit: str,
    on: date,
    pupils: tuple[str, ...],
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """A meeting with its agenda."""
    from iopflow.engine import ppt_meetings as acts
    from iopflow.queries import ppt_meetings as read

    with work(now=now, by=by, write=True, dry=dry_run) as at:
        where = read.unit_of(at.session, at.viewer, unit, today=at.today)
        cases = read.proposed(at.session, at.rules, at.viewer, where, today=at.today)
        known = {one.pupil: one.pupil_id for one in cases}
        for key in pupils:
            if key not in known:
                raise Refused(
                    _("{pupil} har ingen åpen sak ved {unit}: sjekk id-en.").format(
                        pupil=key, unit=unit
                    )
                )
        wanted = {known[key] for key in pupils or known}
        made = acts.plan(at.session, where, on, wanted, act=at.act("ppt-meeting plan"))
    click.echo(
        _("Møte {n}, {day}: {cases}.").format(
            n=made,
            day=output.day(on),
            cases=counted(len(wanted), _("{n} sak"), _("{n} saker")),
        )
    )
    tell_dry(dry_run)


@command(
    "held",
    _(
        "Fører at møtet er holdt. Årshjulets steg for avdelingen følger av det første møtet som er "
        "holdt. Det samme en gang til er en retting."
    ),
    examples=(
        "iopflow ppt-meeting held 3 --present heidi --present petra --all-treated --by petra",
    ),
)
@_number
@click.option(
    "--present",
    "people",
    multiple=True,
    required=True,
    metavar=_("PERSON"),
    help=_("Hvem som var der; kan gjentas."),
)
@click.option(
    "--treated",
    "pupils",
    multiple=True,
    metavar=_("ELEV"),
    help=_("En elev som ble behandlet; kan gjentas."),
)
@click.option("--all-treated", is_flag=True, help=_("Alle på lista ble behandlet."))
@dry_option()
@now_option()
@by_option()
def held_command(
    number: int,
    people: tuple[str, ...],
    pupils: tuple[str, ...],
    all_treated: bool,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """Who came, and who was treated."""
    from iopflow.engine import ppt_meetings as acts
    from iopflow.queries import ppt_meetings as read

    with work(now=now, by=by, write=True, dry=dry_run) as at:
        meeting = _meeting(at, number)
        able = {one.key: one for one in read.attendable(at.session, meeting.unit, today=at.today)}
        able |= {one.key: one for one in meeting.people}
        agenda = {one.pupil: one.pupil_id for one in meeting.agenda}
        unknown = [key for key in people if key not in able]
        unknown += [key for key in pupils if key not in agenda]
        if unknown:
            raise Refused(
                _("{ids} står ikke på lista, eller har ingen rolle her: sjekk id-ene.").format(
                    ids=", ".join(unknown)
                )
            )
        done = acts.hold(
            at.session,
            at.rules,
            meeting,
            [able[key] for key in dict.fromkeys(people)],
            {agenda[key] for key in (agenda if all_treated else pupils)},
            today=at.today,
            act=at.act("ppt-meeting held"),
        )
        for warning in done.warnings:
            click.echo(_("Merk: {warning}").format(warning=warning), err=True)
        both = _meeting(at, number).both
    click.echo(
        _("Møte {n} er holdt med begge parter til stede.").format(n=number)
        if both
        else _("Møte {n} er holdt, men bare én part var der.").format(n=number)
    )
    tell_dry(dry_run)


@command(
    "show",
    _("Viser møtene for dette skoleåret og det neste; med NR sakslista, så langt du ser den."),
    examples=("iopflow ppt-meeting show --by heidi", "iopflow ppt-meeting show 3 --by petra"),
)
@click.argument("number", type=Number(), required=False, metavar=_("[NR]"), help=_("Ett møte."))
@format_option()
@now_option()
@by_option()
def show_command(
    number: int | None,
    form: str | None,
    path: str | None,
    now: datetime | None,
    by: str | None,
) -> None:
    """The meetings, or the agenda of one."""
    from iopflow.queries.ppt_meetings import with_ppt
    from iopflow.roles import Action

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        at.viewer.require(Action.MEET_PPT)
        if number is not None:
            _show_agenda(_meeting(at, number), how)
        else:
            _show_all(with_ppt(at.session, at.viewer, today=at.today), how)


def _show_all(found: "list[WithPpt]", how: output.Asked) -> None:
    rows: list[dict[str, Any]] = [
        {
            "meeting": one.number,
            "unit": one.unit.key,
            "school": one.unit.school,
            "year": str(one.year),
            "on": one.on_day,
            "held": one.held,
            "both": one.both,
            "pupils": len(one.agenda) + one.hidden,
        }
        for one in found
    ]
    columns = [
        Column(_("Nr"), lambda row: row["meeting"], right=True),
        Column(_("Dag"), lambda row: output.day(row["on"])),
        Column(_("Avdeling"), lambda row: row["unit"]),
        Column(_("Skole"), lambda row: row["school"]),
        Column(_("Saker"), lambda row: row["pupils"], right=True),
        Column(_("Status"), _standing),
    ]
    said = _("{held} holdt, {both} med begge parter til stede.").format(
        held=sum(one.held for one in found), both=sum(one.both for one in found)
    )
    output.show(how, rows, columns, counted=said)


def _standing(row: output.Row) -> str:
    if not row["held"]:
        return _("planlagt")
    return _("holdt, begge parter") if row["both"] else _("holdt, bare én part")


def _show_agenda(meeting: "WithPpt", how: output.Asked) -> None:
    rows: list[dict[str, Any]] = [
        {
            "pupil": one.pupil,
            "reference": one.reference,
            "treated": one.treated if meeting.held else None,
        }
        for one in meeting.agenda
    ]
    words = {True: _("ja"), False: _("nei"), None: ""}
    columns = [
        Column(_("Sak"), lambda row: row["reference"] or row["pupil"]),
        Column(_("Elev"), lambda row: row["pupil"]),
        Column(_("Behandlet"), lambda row: words[row["treated"]]),
    ]
    said = [counted(len(rows), _("{n} sak."), _("{n} saker."))]
    if meeting.hidden:
        said.append(
            counted(
                meeting.hidden,
                _("{n} sak til, som du ikke ser."),
                _("{n} saker til, som du ikke ser."),
            )
        )
    if meeting.people:
        there = ", ".join(one.key for one in meeting.people)
        said.append(_("Til stede: {people}.").format(people=there))
    output.show(how, rows, columns, counted=" ".join(said))


@command(
    "withdraw",
    _("Trekker et møte som aldri var, eller som er ført feil. Loggen beholder det."),
    examples=('iopflow ppt-meeting withdraw 3 --reason "feil avdeling" --by heidi',),
)
@_number
@reason_option(_("Begrunnelsen (må være med)."))
@dry_option()
@now_option()
@by_option()
def withdraw_command(
    number: int, reason: str | None, dry_run: bool, now: datetime | None, by: str | None
) -> None:
    """Never was."""
    from iopflow.engine import ppt_meetings as acts

    with work(now=now, by=by, write=True, dry=dry_run) as at:
        acts.withdraw(
            at.session,
            at.rules,
            _meeting(at, number),
            reason=reason or "",
            today=at.today,
            act=at.act("ppt-meeting withdraw", reason),
        )
    click.echo(_("Møte {n} er trukket.").format(n=number))
    tell_dry(dry_run)


def _meeting(at: Work, number: int) -> "WithPpt":
    from iopflow.queries.ppt_meetings import one_with_ppt

    return one_with_ppt(at.session, at.viewer, number, today=at.today)
