"""`forecast`: where each figure is heading before its counting date."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import click

from iopflow import texts
from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.edge import work
from iopflow.cli.options import (
    by_option,
    day_option,
    format_option,
    now_option,
    school_option,
    year_option,
)
from iopflow.cli.output import Column
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _


def foreseen() -> Sequence[str]:
    """The indicators that can be foreseen."""
    from iopflow.forecast import FORESEEN

    return tuple(one.code for one in FORESEEN)


@command(
    "forecast",
    _(
        "Viser hva hver indikator kan bli ved telledatoen: dårligst hvis ikke mer blir gjort i "
        "tide, best hvis alt åpent blir det, og hva som er å vente etter hvordan det gikk før, "
        "med et spenn som skal holde i åtte av ti tilfeller. Med for lite historikk står det "
        "det i stedet for et tall. docs/prognose.md sier hvordan det regnes, og hvor ofte det "
        "har holdt.\n\nDen som ikke leder skolen ser ikke små tall."
    ),
    examples=(
        "iopflow forecast --school lia --by rita",
        "iopflow forecast --school lia --year 2025-26 --as-of 01.05.2026 --format json",
    ),
)
@school_option(_("Bare denne skolen."))
@year_option(_("Skoleåret; ellers det vi er i."))
@click.option(
    "--indicator",
    type=Words(foreseen),
    metavar="P1…P9",
    help=_("Bare denne indikatoren, for eksempel P3."),
)
@day_option("--as-of", _("Slik det så ut denne dagen; ellers i dag."))
@now_option()
@by_option()
@format_option()
@click.pass_context
def forecast_command(
    ctx: click.Context,
    school: str | None,
    year: Year | None,
    indicator: str | None,
    as_of: date | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The forecasts."""
    from iopflow.cli.year import schools_for
    from iopflow.forecast import FORESEEN, outlooks
    from iopflow.indicators import BY_CODE
    from iopflow.queries.masking import mask_forecasts

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        day = as_of or at.today
        if day > at.today:
            raise Refused(
                _("Velg i dag eller en dag før: ingen vet hva som er gjort senere."),
            )
        found = outlooks(
            at.session,
            schools=[one.number for one in schools_for(at, school, Action.FIGURES)],
            year=year or Year.of(day),
            day=day,
            indicators=(BY_CODE[indicator],) if indicator is not None else FORESEEN,
        )
        rows = mask_forecasts(at.session, at.viewer, [one.numbered() for one in found])
    output.show(how, rows, _columns())
    problems = {row["problem"]: bool(row.get("masked")) for row in rows if row["problem"]}
    for problem in problems:
        click.echo(problem, err=True)
    if not all(problems.values()):
        ctx.exit(3)


def _columns() -> list[Column]:
    return [
        Column(_("Indikator"), lambda row: row["indicator"]),
        Column(_("Skole"), lambda row: row["school"], gives=True),
        Column(_("Frist"), lambda row: output.day(row["limit"])),
        Column(_("I tide"), lambda row: _share(row), right=True),
        Column(_("Åpne"), lambda row: row["open"], right=True),
        Column(_("Dårligst"), lambda row: _percent(row["worst"]), right=True),
        Column(_("Ventet"), _expected, right=True),
        Column(_("Spenn"), _range, right=True),
        Column(_("Best"), lambda row: _percent(row["best"]), right=True),
    ]


def _share(row: Mapping[str, Any]) -> str:
    return "" if row["problem"] else f"{row['numerator']}/{row['denominator']}"


def _percent(rate: float | None) -> str:
    return "" if rate is None else texts.percent(rate, 0)


def _expected(row: Mapping[str, Any]) -> str:
    if row["problem"]:
        return ""
    if not row["denominator"]:
        return _("ikke aktuelt")
    return _("for lite historikk") if row["few"] else _percent(row["expected"])


def _range(row: Mapping[str, Any]) -> str:
    if row["low"] is None or not row["open"]:
        return ""
    return f"{texts.number(100 * row['low'])}–{texts.percent(row['high'], 0)}"
