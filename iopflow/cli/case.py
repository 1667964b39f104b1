"""`need`, `assessment`, `consent`, `vedtak`: the facts of a case (opplæringslova § 11-7)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli.acts import signed
from iopflow.cli.command import Words, command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    Function,
    Option,
    by_option,
    day_option,
    dry_option,
    now_option,
    reason_option,
    year_option,
)
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.engine.acts import Done
    from iopflow.engine.cases import Case


def case_options() -> Option:
    """PUPIL --year, and what every act of a case takes."""

    def add(function: Function) -> Function:
        for option in reversed(
            (
                click.argument("pupil", metavar=_("ELEV"), help=_("Elevens id.")),
                year_option(_("Skoleåret saken gjelder, for eksempel 2027-28."), required=True),
                click.option(
                    "--withdraw",
                    is_flag=True,
                    help=_(
                        "Trekk en registrering som er feil (med --reason); loggen beholder den."
                    ),
                ),
                dry_option(),
                now_option(),
                by_option(),
            )
        ):
            function = option(function)
        return function

    return add


def _register(
    pupil: str,
    year: Year,
    action: Action,
    kind: str,
    do: "Callable[[Work, Case], Done]",
    *,
    withdraw: tuple[str, Mapping[str, Any]] | None,
    reason: str | None,
    dry: bool,
    now: datetime | None,
    by: str | None,
    undo: Sequence[str],
) -> None:
    """One act on one case: registers, or takes the row of that table and key away."""
    from iopflow.engine import cases
    from iopflow.queries import access

    with work(now=now, by=by, write=True, dry=dry) as at:
        found = access.pupil(at.session, at.viewer, pupil, action)
        case = cases.case_of(at.session, at.rules, found, year)
        if withdraw is not None:
            table, key = withdraw
            act = at.act(f"withdraw {kind}", reason)
            done = cases.withdraw(at.session, table, case, key, reason=reason or "", act=act)
        else:
            done = do(at, case)
        for warning in done.warnings:
            click.echo(_("Merk: {warning}").format(warning=warning), err=True)
        names = {
            "need": _("Behovet"),
            "assessment": _("Sakkyndig vurdering"),
            "consent": _("Samtykket"),
            "vedtak": _("Vedtaket"),
        }
        what = (
            _("trukket") if withdraw else _("registrert") if done.changed else _("sto slik fra før")
        )
        click.echo(
            _("{name} for {pupil} i {year}: {what}.").format(
                name=names[kind], pupil=pupil, year=year, what=what
            )
        )
        if not dry and done.changed and withdraw is None:
            words = " ".join(["iopflow", kind, pupil, "--year", str(year), *undo, "--withdraw"])
            line = words + _(' --reason "…"') + signed(at)
            click.echo(_("Angre: {line}").format(line=line), err=True)
    if dry:
        click.echo(_("Prøvekjøring: ingenting er lagret."), err=True)


@command(
    "need",
    _(
        "Melder at eleven trenger ny eller fornyet sakkyndig vurdering for et skoleår. Da følger "
        "resten av saken: henvisning, vurdering, vedtak og IOP-stegene for året.\n\n«--withdraw» "
        "tar bort behovet og datoene for vurderingen som hører til."
    ),
    examples=("iopflow need e-17 --year 2027-28 --since 12.01.2027 --by frida",),
)
@case_options()
@day_option("--since", _("Dagen behovet ble kjent; ellers i dag."))
@reason_option(_("Begrunnelsen når registreringen trekkes."))
def need_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    since: date | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """An assessment is needed."""
    from iopflow.engine import cases

    def do(at: Work, case: "Case") -> "Done":
        return cases.need(
            at.session,
            at.rules,
            case,
            since=since or at.today,
            today=at.today,
            act=at.act("need", reason),
        )

    _register(
        pupil,
        year,
        Action.REGISTER_CASE,
        "need",
        do,
        withdraw=("assessment", {}) if withdraw else None,
        reason=reason,
        dry=dry_run,
        now=now,
        by=by,
        undo=(),
    )


@command(
    "assessment",
    _(
        "Registrerer datoene i arbeidet med sakkyndig vurdering: henvist til PPT, saken komplett, "
        "vurderingen mottatt, og hvor lenge den gjelder. Behovet må være meldt, og loven krever "
        "samtykke til utredning først."
    ),
    examples=(
        "iopflow assessment e-17 --year 2027-28 --referred 20.01.2027",
        "iopflow assessment e-17 --year 2027-28 --received 28.05.2027 --valid-to 31.07.2030",
    ),
)
@case_options()
@day_option("--referred", _("Dagen saken ble henvist til PPT."))
@day_option("--complete", _("Dagen PPT hadde alt de trengte."))
@day_option("--received", _("Dagen skolen fikk sakkyndig vurdering."))
@day_option("--valid-to", _("Siste dag vurderingen gjelder."))
@reason_option(_("Begrunnelsen når registreringen trekkes."))
def assessment_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    referred: date | None,
    complete: date | None,
    received: date | None,
    valid_to: date | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """Days in the life of an assessment."""
    from iopflow.engine import cases

    values = {
        "referred_on": referred,
        "complete_on": complete,
        "received_on": received,
        "valid_to": valid_to,
    }
    if not withdraw and not any(values.values()):
        raise click.UsageError(
            _("Skriv minst én dato: --referred, --complete, --received eller --valid-to.")
        )

    def do(at: Work, case: "Case") -> "Done":
        act = at.act("assessment", reason)
        return cases.assessment(at.session, at.rules, case, values, today=at.today, act=act)

    _register(
        pupil,
        year,
        Action.REGISTER_ASSESSMENT,
        "assessment",
        do,
        withdraw=("assessment", {}) if withdraw else None,
        reason=reason,
        dry=dry_run,
        now=now,
        by=by,
        undo=(),
    )


@command(
    "consent",
    _(
        "Registrerer svaret på et samtykke: til utredning hos PPT, eller til vedtaket. Det siste "
        "svaret gjelder.\n\nHar foresatte ombestemt seg, skriv «--answer withdrawn». «--withdraw» "
        "er noe annet: da var det registreringen som var feil."
    ),
    examples=(
        "iopflow consent e-17 --year 2027-28 --kind utredning --answer given --on 15.01.2027",
        "iopflow consent e-17 --year 2027-28 --kind vedtak --answer refused",
    ),
)
@case_options()
@click.option(
    "--kind", required=True, type=Words(("utredning", "vedtak")), help=_("Hva det samtykkes til.")
)
@click.option(
    "--answer",
    type=Words(("given", "refused", "withdrawn")),
    help=_("given (ja), refused (nei) eller withdrawn (trukket tilbake)."),
)
@day_option("--on", _("Dagen svaret kom; ellers i dag."))
@reason_option(_("Begrunnelsen når registreringen trekkes."))
def consent_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    kind: str,
    answer: str | None,
    on: date | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """An answer."""
    from iopflow.cli.edge import moment
    from iopflow.clock import local_date
    from iopflow.engine import cases
    from iopflow.models import Answer, ConsentKind

    if answer is None and not withdraw:
        raise click.UsageError(_("--answer mangler: skriv given, refused eller withdrawn."))
    now = moment(now)
    day = on or local_date(now)

    def do(at: Work, case: "Case") -> "Done":
        return cases.consent(
            at.session,
            at.rules,
            case,
            kind=ConsentKind(kind),
            answer=Answer(answer or ""),
            on=day,
            today=at.today,
            act=at.act("consent", reason),
        )

    key = {"kind": ConsentKind(kind), "on_day": day}
    _register(
        pupil,
        year,
        Action.REGISTER_CASE,
        "consent",
        do,
        withdraw=("consent", key) if withdraw else None,
        reason=reason,
        dry=dry_run,
        now=now,
        by=by,
        undo=("--kind", kind, "--on", day.isoformat()),
    )


@command(
    "vedtak",
    _(
        "Registrerer et enkeltvedtak om individuelt tilrettelagt opplæring. Loven krever sakkyndig "
        "vurdering og samtykke først. Samme elev, skoleår og vedtaksdato en gang til er en "
        "retting, for eksempel når brevet er sendt eller kommet fram."
    ),
    examples=(
        (
            "iopflow vedtak e-17 --year 2027-28 --decided 10.06.2027 --outcome granted "
            "--valid-from 01.08.2027 --valid-to 31.07.2028"
        ),
        "iopflow vedtak e-17 --year 2027-28 --decided 10.06.2027 --notified 11.06.2027",
    ),
)
@case_options()
@day_option("--decided", _("Dagen vedtaket ble fattet."), required=True)
@click.option(
    "--outcome",
    type=Words(("granted", "partly", "refused")),
    help=_("granted (innvilget), partly (delvis) eller refused (avslag)."),
)
@day_option("--valid-from", _("Første dag vedtaket gjelder."))
@day_option("--valid-to", _("Siste dag vedtaket gjelder."))
@day_option("--notified", _("Dagen foresatte ble varslet om vedtaket."))
@day_option("--arrived", _("Dagen vedtaket kom fram; klagefristen regnes herfra."))
@click.option("--decided-by", metavar=_("NAVN"), help=_("Hvem som fattet vedtaket."))
@click.option("--departs", is_flag=True, help=_("Vedtaket avviker fra sakkyndig vurdering."))
@reason_option(_("Begrunnelsen for et avvik, eller når registreringen trekkes."))
def vedtak_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    decided: date,
    outcome: str | None,
    valid_from: date | None,
    valid_to: date | None,
    notified: date | None,
    arrived: date | None,
    decided_by: str | None,
    departs: bool,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """A decision."""
    from iopflow.engine import cases
    from iopflow.models import Outcome

    given = {
        "valid_from": valid_from,
        "valid_to": valid_to,
        "notified_on": notified,
        "arrived_on": arrived,
        "decided_by": decided_by,
        "departs": departs or None,
        "reason": reason,
    }

    def do(at: Work, case: "Case") -> "Done":
        there = _standing(at, case, decided)
        if outcome is None and there is None:
            raise click.UsageError(_("--outcome mangler: skriv granted, partly eller refused."))
        values = {**given}
        if there is not None:  # a correction names only what is new
            values = {
                name: there[name] if value is None else value for name, value in given.items()
            }
        return cases.vedtak(
            at.session,
            at.rules,
            case,
            values,
            decided=decided,
            outcome=Outcome(outcome) if outcome else (there or {})["outcome"],
            today=at.today,
            act=at.act("vedtak", reason),
        )

    _register(
        pupil,
        year,
        Action.REGISTER_CASE,
        "vedtak",
        do,
        withdraw=("vedtak", {"decided_on": decided}) if withdraw else None,
        reason=reason,
        dry=dry_run,
        now=now,
        by=by,
        undo=("--decided", decided.isoformat()),
    )


def _standing(at: Work, case: "Case", decided: date) -> Mapping[str, Any] | None:
    """The vedtak of that pupil, year and day, if it is registered already."""
    from sqlalchemy import select

    from iopflow.models import metadata

    table = metadata.tables["vedtak"]
    found = at.session.execute(
        select(table).where(
            table.c.pupil_id == case.pupil.id,
            table.c.year == case.year.start,
            table.c.decided_on == decided,
        )
    ).first()
    return dict(found._asdict()) if found is not None else None
