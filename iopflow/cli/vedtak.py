"""`vedtak`: the decision of a case, and corrections to it (opplæringslova § 11-7)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

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
@archive_option()
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
    archive_ref: str | None,
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
        "archive_ref": archive_ref,
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

    register(
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
