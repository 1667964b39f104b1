"""`need`, `assessment`, `consent`: the facts of a case before its vedtak (§ 11-7)."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from iopflow.cli.command import Words, command
from iopflow.cli.edge import Work
from iopflow.cli.options import archive_option, day_option, reason_option
from iopflow.cli.registering import case_options, register
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.engine.cases import Case
    from iopflow.engine.happenings import Done


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

    register(
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
        "samtykke før en vurdering mottas.\n\n«--withdraw» tømmer datoene; behovet står."
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
@archive_option()
@reason_option(_("Begrunnelsen når registreringen trekkes."))
def assessment_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    referred: date | None,
    complete: date | None,
    received: date | None,
    valid_to: date | None,
    archive_ref: str | None,
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
        "archive_ref": archive_ref,
    }
    if not withdraw and not any(values.values()):
        raise click.UsageError(
            _(
                "Skriv minst én dato (--referred, --complete, --received, --valid-to) eller "
                "--archive-ref."
            )
        )

    def do(at: Work, case: "Case") -> "Done":
        act = at.act("assessment", reason)
        return cases.assessment(at.session, at.rules, case, values, today=at.today, act=act)

    register(
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
@click.option(
    "--answered-by",
    type=Words(("foresatte", "elev")),
    help=_("Hvem som svarte; fra 15 år eleven selv (§ 24-5)."),
)
@reason_option(_("Begrunnelsen når registreringen trekkes."))
def consent_command(
    pupil: str,
    year: Year,
    withdraw: bool,
    kind: str,
    answer: str | None,
    on: date | None,
    answered_by: str | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """An answer."""
    from iopflow.cli.edge import moment
    from iopflow.clock import local_date
    from iopflow.engine import cases
    from iopflow.models import Answer, Consenter, ConsentKind

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
            answered_by=Consenter(answered_by) if answered_by is not None else None,
        )

    key = {"kind": ConsentKind(kind), "on_day": day}
    register(
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
