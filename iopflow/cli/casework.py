"""`case-event`, `pause`, `appeal`, `support`: what is done in a case beside its four facts."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli.command import Words, command
from iopflow.cli.edge import Work
from iopflow.cli.options import Option, day_option, reason_option
from iopflow.cli.registering import case_options, register
from iopflow.schoolyear import Year
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.engine.cases import Case
    from iopflow.engine.happenings import Done

# Words of the models and of Court, not imported for a --help: a test holds them together.
MOVES = (
    *("measures", "no_need", "asked_utredning", "sent_back", "supplied", "asked_vedtak"),
    *("interim_reply", "closed"),
)
COURTS = ("skole", "ppt", "foresatte", "kommune")
APPEALS = ("vedtak", "gjennomforing")


def _evidence_option() -> Option:
    return click.option(
        "--evidence", metavar=_("REF"), help=_("Henvisning til arkiv eller logg, ikke dokumentet.")
    )


@command(
    "case-event",
    _(
        "Registrerer noe som skjer i en sak: measures (tiltak i ordinær opplæring), no_need (ikke "
        "behov for noe nytt i år), asked_utredning og asked_vedtak (bedt om samtykke), sent_back "
        "(PPT mangler noe), supplied (ettersendt), interim_reply (foreløpig svar) og closed "
        "(saken avsluttet). Det flytter saken, og den det er turen til, får dagene fra da av."
        "\n\n«sent_back», «no_need» og «closed» trenger --note."
    ),
    examples=(
        "iopflow case-event e-17 --year 2027-28 --what asked_utredning --on 12.01.2027",
        (
            "iopflow case-event e-17 --year 2027-28 --what sent_back "
            '--note "pedagogisk rapport" --by petra'
        ),
    ),
)
@case_options()
@click.option("--what", required=True, type=Words(MOVES), metavar=_("HVA"), help=", ".join(MOVES))
@day_option("--on", _("Dagen det skjedde; ellers i dag."))
@click.option("--note", metavar=_("TEKST"), help=_("Hva som mangler, eller hvorfor."))
@_evidence_option()
@reason_option(_("Begrunnelsen når registreringen trekkes."))
def case_event_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    what: str,
    on: date | None,
    note: str | None,
    evidence: str | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """A move of the case."""
    from iopflow.cli.edge import moment
    from iopflow.clock import local_date
    from iopflow.engine import casework
    from iopflow.lifecycle import Happened
    from iopflow.models import MoveKind

    now = moment(now)
    kind, day = MoveKind(what), on or local_date(now)

    def do(at: Work, case: "Case") -> "Done":
        act = at.act("case-event", reason)
        return casework.move(
            at.session, case, kind, on=day, note=note, evidence=evidence, today=at.today, act=act
        )

    register(
        pupil,
        year,
        casework.MAY[Happened(what)],
        "case-event",
        do,
        withdraw=("case_move", {"kind": kind, "on_day": day}) if withdraw else None,
        reason=reason,
        dry=dry_run,
        now=now,
        by=by,
        undo=("--what", what, "--on", day.isoformat()),
    )


@command(
    "pause",
    _(
        "Registrerer at en sak venter på noen, fra en dag og eventuelt til en dag, med en årsak. "
        "Dagene ligger da hos den saken venter på, og står som opphold: netto tid er uten dem. En "
        "pause flytter ingen frist.\n\nSamme første dag en gang til endrer eller avslutter pausen."
    ),
    examples=(
        (
            "iopflow pause e-17 --year 2027-28 --from 01.02.2027 --court foresatte "
            '--cause "reist bort" --evidence 2027/114-3'
        ),
        "iopflow pause e-17 --year 2027-28 --from 01.02.2027 --to 14.02.2027",
    ),
)
@case_options()
@day_option("--from", _("Første dag saken venter."), required=True)
@day_option("--to", _("Siste dag den venter; ellers venter den fortsatt."))
@click.option("--court", type=Words(COURTS), help=_("Hvem den venter på: ") + "|".join(COURTS))
@click.option("--cause", metavar=_("TEKST"), help=_("Hvorfor den venter."))
@_evidence_option()
@reason_option(_("Begrunnelsen når registreringen trekkes."))
def pause_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    court: str | None,
    cause: str | None,
    evidence: str | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
    **days: date | None,
) -> None:
    """A pause of the case."""
    from iopflow.engine import casework
    from iopflow.lifecycle import Court

    starts, ends = days["from"], days["to"]
    if starts is None:
        raise click.UsageError(_("--from mangler: skriv første dag saken venter."))

    def do(at: Work, case: "Case") -> "Done":
        return casework.pause(
            at.session,
            case,
            starts=starts,
            court=Court(court) if court is not None else None,
            ends=ends,
            cause=cause,
            evidence=evidence,
            today=at.today,
            act=at.act("pause", reason),
        )

    register(
        pupil,
        year,
        casework.MAY[casework.Beside.PAUSE],
        "pause",
        do,
        withdraw=("pause", {"starts": starts}) if withdraw else None,
        reason=reason,
        dry=dry_run,
        now=now,
        by=by,
        undo=("--from", starts.isoformat()),
    )


@command(
    "appeal",
    _(
        "Registrerer en klage og hvor langt den er kommet: mottatt, vurdert av den som vedtok, "
        "sendt til statsforvalteren, avsluttet med et utfall. En klage på manglende gjennomføring "
        "(--kind gjennomforing) har ingen frist; en klage på vedtaket trenger vedtaket."
    ),
    examples=(
        "iopflow appeal e-17 --year 2027-28 --registered 01.07.2027 --kind vedtak",
        "iopflow appeal e-17 --year 2027-28 --registered 01.07.2027 --reviewed 10.07.2027",
    ),
)
@case_options()
@day_option("--registered", _("Dagen klagen kom."), required=True)
@click.option("--kind", type=Words(APPEALS), help=_("Hva det klages på."))
@day_option("--reviewed", _("Dagen den som vedtok hadde vurdert klagen."))
@day_option("--forwarded", _("Dagen klagen ble sendt til statsforvalteren."))
@click.option("--result", metavar=_("TEKST"), help=_("Utfallet, for eksempel medhold."))
@day_option("--closed", _("Dagen klagen var avgjort."))
@reason_option(_("Begrunnelsen når registreringen trekkes."))
def appeal_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    registered: date,
    kind: str | None,
    reviewed: date | None,
    forwarded: date | None,
    result: str | None,
    closed: date | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """An appeal."""
    from iopflow.engine import casework
    from iopflow.models import AppealKind

    values = {
        "kind": AppealKind(kind) if kind is not None else None,
        "reviewed_on": reviewed,
        "forwarded_on": forwarded,
        "result": result,
        "closed_on": closed,
    }

    def do(at: Work, case: "Case") -> "Done":
        act = at.act("appeal", reason)
        return casework.appeal(
            at.session, case, values, registered=registered, today=at.today, act=act
        )

    register(
        pupil,
        year,
        casework.MAY[casework.Beside.APPEAL],
        "appeal",
        do,
        withdraw=("appeal", {"registered_on": registered}) if withdraw else None,
        reason=reason,
        dry=dry_run,
        now=now,
        by=by,
        undo=("--registered", registered.isoformat()),
    )


@command(
    "support",
    _(
        "Registrerer personlig assistanse (§ 11-4) eller fysisk tilrettelegging og hjelpemidler "
        "(§ 11-5): søkt, vedtatt, gjelder. Det er et løp ved siden av saken og trenger ingen "
        "sakkyndig vurdering. --year er skoleåret eleven går i."
    ),
    examples=(
        "iopflow support e-17 --year 2027-28 --kind assistanse --sought 01.03.2027",
        (
            "iopflow support e-17 --year 2027-28 --kind assistanse --sought 01.03.2027 "
            "--decided 20.03.2027 --outcome granted --valid-from 01.08.2027"
        ),
    ),
)
@case_options()
@click.option("--kind", required=True, type=Words(("assistanse", "fysisk")), help="§ 11-4|§ 11-5")
@day_option("--sought", _("Dagen det ble søkt eller meldt."), required=True)
@day_option("--decided", _("Dagen vedtaket ble fattet."))
@click.option(
    "--outcome",
    type=Words(("granted", "partly", "refused")),
    help=_("granted (innvilget), partly (delvis) eller refused (avslag)."),
)
@day_option("--valid-from", _("Første dag det gjelder."))
@day_option("--valid-to", _("Siste dag det gjelder; ellers til videre."))
@day_option("--notified", _("Dagen foresatte ble varslet."))
@click.option("--archive-ref", metavar=_("REF"), help=_("Hvor vedtaket ligger i arkivet."))
@reason_option(_("Begrunnelsen når registreringen trekkes."))
def support_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    kind: str,
    sought: date,
    decided: date | None,
    outcome: str | None,
    valid_from: date | None,
    valid_to: date | None,
    notified: date | None,
    archive_ref: str | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """Assistance, or physical adaptation."""
    from iopflow.engine import casework
    from iopflow.models import Outcome, SupportKind

    values = {
        "decided_on": decided,
        "outcome": Outcome(outcome) if outcome is not None else None,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "notified_on": notified,
        "archive_ref": archive_ref,
    }
    which = SupportKind(kind)

    def do(at: Work, case: "Case") -> "Done":
        act = at.act("support", reason)
        return casework.support(
            at.session, case, which, values, sought=sought, today=at.today, act=act
        )

    register(
        pupil,
        year,
        casework.MAY[casework.Beside.SUPPORT],
        "support",
        do,
        withdraw=("support", {"kind": which, "sought_on": sought}) if withdraw else None,
        reason=reason,
        dry=dry_run,
        now=now,
        by=by,
        undo=("--kind", kind, "--sought", sought.isoformat()),
    )
