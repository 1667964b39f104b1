"""Registering a fact of a case, or withdrawing a wrong one: what those commands share."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli.doing import signed
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    Function,
    Option,
    by_option,
    dry_option,
    now_option,
    year_option,
)
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.engine.cases import Case
    from iopflow.engine.happenings import Done


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


def register(
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
        road_only = access.sees_road_only(at.session, at.viewer, found)
        case = cases.case_of(at.session, at.rules, found, year, road_only=road_only)
        if withdraw is not None:
            table, key = withdraw
            act = at.act(f"withdraw {kind}", reason)
            if kind == "assessment":
                done = cases.withdraw_assessment(at.session, case, reason=reason or "", act=act)
            else:
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
            "case-event": _("Hendelsen i saken"),
            "pause": _("Pausen"),
            "appeal": _("Klagen"),
            "support": _("Tilretteleggingen"),
        }
        what = (
            _("trukket") if withdraw else _("registrert") if done.changed else _("sto slik fra før")
        )
        click.echo(
            _("{name} for {pupil} i {year}: {what}.").format(
                name=names[kind], pupil=pupil, year=year, what=what
            )
        )
        # Withdrawing undoes a row that is new; a correction is undone by the old values.
        if not dry and done.added and withdraw is None:
            words = " ".join(["iopflow", kind, pupil, "--year", str(year), *undo, "--withdraw"])
            line = words + _(' --reason "…"') + signed(at)
            click.echo(_("Angre: {line}").format(line=line), err=True)
    if dry:
        click.echo(_("Prøvekjøring: ingenting er lagret."), err=True)
