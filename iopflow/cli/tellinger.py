"""`freeze`, `tellinger`: signing the figures of a counting date, and reading what was signed."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow import clock
from iopflow.cli import figures, output
from iopflow.cli.command import Words, command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    by_option,
    dry_option,
    format_option,
    now_option,
    reason_option,
    school_option,
    year_option,
)
from iopflow.cli.output import Column, Row
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted

if TYPE_CHECKING:
    from iopflow.tellinger import Revision


def _countings() -> Sequence[str]:
    from iopflow.tellinger import COUNTINGS

    return tuple(COUNTINGS)


@command(
    "freeze",
    _(
        "Fryser tallene på et tellingstidspunkt: det som iopflow vet nå, med utfallet for hver "
        "elev, signert av deg. Det som registreres senere, endrer aldri en frosset telling.\n\n"
        "0110 fryser P4, P5, P6 og P10_host; 0103 fryser P7_host, P9 og P10_host; 0106 fryser P1; "
        "skoleslutt fryser P1, P2, P3, P7, P7_var, P8, P10 og P10_var.\n\nFryses den samme "
        "tellingen på nytt, blir det en ny revisjon, og den trenger en begrunnelse. Den gamle står "
        "som den er."
    ),
    examples=(
        "iopflow freeze 0103 --school lia --year 2026-27 --by rita --dry-run",
        "iopflow freeze 0103 --school lia --year 2026-27 --by rita",
        'iopflow freeze 0103 --school lia --year 2026-27 --by rita --reason "glemt elevsamtale"',
    ),
)
@click.argument(
    "counting",
    type=Words(_countings),
    metavar="0110|0103|0106|skoleslutt",
    help=_("Tellingstidspunktet: 1. oktober, 1. mars, 1. juni eller siste skoledag."),
)
@school_option(_("Skolen som telles."), required=True)
@year_option(_("Skoleåret som telles."), required=True)
@reason_option(_("Hvorfor tellingen rettes; må være med når den er frosset før."))
@dry_option()
@now_option()
@by_option()
@format_option()
def freeze_command(
    counting: str,
    school: str,
    year: Year,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """Freezes."""
    from iopflow import tellinger
    from iopflow.queries import access

    how = output.asked(form, path)
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        found = access.school(at.session, at.viewer, school, Action.FREEZE)
        act = at.act("freeze", reason)
        revision = tellinger.freeze(at.session, at.rules, found, year, counting, act=act)
        rows = [
            row
            for row in tellinger.frozen(at.session, schools=[found.number], year=year)
            if row["counted"] == counting
        ]
    words = (
        _("Prøvekjøring: tellingen {counted} for {year} ville blitt frosset, revisjon {n}.")
        if dry_run
        else _("Tellingen {counted} for {year} er frosset, revisjon {n}.")
    )
    said = words.format(counted=counting, year=year, n=revision)
    output.show(how, rows, _columns(rows), counted=said)


class _Revision(click.ParamType[Any]):
    """The number of a revision, or all."""

    name = "revisjon"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> "Revision":
        if value == "all":
            return "all"
        if not re.fullmatch("[1-9][0-9]{0,5}", str(value)):
            self.fail(
                _("«{value}» er ikke en revisjon: skriv et tall fra 1, eller all.").format(
                    value=value
                ),
                param,
                ctx,
            )
        return int(value)


@command(
    "tellinger",
    _(
        "Viser de frosne tallene: hva de var, når de ble frosset, av hvem og hvorfor. Den nyeste "
        "revisjonen vises om du ikke ber om en annen. «iopflow indicators» viser tallene slik de "
        "er nå.\n\n--explain viser elevene bak et frosset tall."
    ),
    examples=(
        "iopflow tellinger --year 2025-26",
        "iopflow tellinger --school lia --indicator P3 --revision all",
        "iopflow tellinger --school lia --year 2025-26 --explain P3 --by rita",
        "iopflow tellinger --format xlsx -o tellinger.xlsx",
    ),
)
@school_option(_("Bare denne skolen."))
@year_option(_("Bare dette skoleåret."))
@click.option(
    "--indicator",
    type=Words(figures.codes),
    metavar="P1…P10",
    help=_("Bare denne indikatoren, for eksempel P3."),
)
@click.option(
    "--revision",
    type=_Revision(),
    metavar="N|all",
    help=_("En bestemt revisjon, eller all for alle; ellers den nyeste."),
)
@click.option(
    "--explain",
    type=Words(figures.codes),
    metavar="P1…P10",
    help=_("Vis elevene bak denne indikatoren, slik de ble frosset."),
)
@now_option()
@by_option()
@format_option()
def tellinger_command(
    school: str | None,
    year: Year | None,
    indicator: str | None,
    revision: "Revision",
    explain: str | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """What is frozen."""
    from iopflow.queries.masking import mask

    how = output.asked(form, path)
    if explain is not None and indicator is not None:
        raise click.UsageError(_("--explain og --indicator kan ikke brukes sammen: velg én."))
    with work(now=now, by=by) as at:
        if explain is not None:
            _explain(at, how, explain, school, year, revision)
            return
        from iopflow import tellinger

        found = tellinger.frozen(
            at.session,
            schools=_schools(at, school, Action.FIGURES),
            year=year,
            revision=revision,
            numbered=True,
        )
        # (what is hidden for the others' sake is hidden when it is asked for alone)
        rows = [
            row
            for row in mask(at.session, at.viewer, found)
            if indicator in (None, row["indicator"])
        ]
    said = counted(len(rows), _("{n} frosset tall."), _("{n} frosne tall."))
    output.show(how, rows, _columns(rows), counted=said)
    for problem in dict.fromkeys(row["problem"] for row in rows if row["problem"]):
        click.echo(problem, err=True)


def _schools(at: Work, school: str | None, action: Action) -> list[int]:
    from iopflow.cli.year import schools_for

    return [one.number for one in schools_for(at, school, action)]


def _explain(
    at: Work,
    how: output.Asked,
    code: str,
    school: str | None,
    year: Year | None,
    revision: "Revision",
) -> None:
    """The pupils behind a frozen figure: only those whom the asker sees."""
    from sqlmodel import col

    from iopflow import tellinger
    from iopflow.indicators import BY_CODE
    from iopflow.models import Pupil
    from iopflow.queries.access import sees_behind

    rows = tellinger.pupils(
        at.session,
        code,
        schools=_schools(at, school, Action.EXPLAIN),
        year=year,
        revision=revision,
        visible=sees_behind(at.viewer, BY_CODE[code], col(Pupil.id)),
    )
    columns = [*_which(rows), *figures.explained()]
    keys = ("pupil", "result", "reason", "on", "recorded_on", "school", "indicator")
    said = counted(len(rows), _("{n} frosset linje."), _("{n} frosne linjer."))
    output.show(how, rows, columns, keys=(*keys, "year", "counted", "revision"), counted=said)


def _which(rows: Sequence[Row]) -> list[Column]:
    """The telling that a row is of; what is the same in every row is known already."""
    columns = [
        Column(_("Skoleår"), lambda row: row["year"]),
        Column(_("Telling"), lambda row: row["counted"]),
    ]
    if any(row["revision"] != 1 for row in rows):
        columns.append(Column(_("Revisjon"), lambda row: row["revision"], right=True))
    return columns


def _columns(rows: Sequence[Row]) -> list[Column]:
    return [
        *_which(rows),
        Column(_("Indikator"), lambda row: row["indicator"]),
        Column(_("Skole"), lambda row: row["school"]),
        *figures.numbers(),
        Column(_("Frosset"), lambda row: _local(row["frozen_at"])),
        Column(_("Av"), lambda row: row["by"], gives=True),
        Column(_("Begrunnelse"), lambda row: row["reason"], gives=True),
    ]


def _local(moment: str) -> str:
    """A moment as it was in Norway."""
    return f"{datetime.fromisoformat(moment).astimezone(clock.OSLO):%d.%m.%Y %H:%M}"
