"""The options that many commands share, and how their values are read."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

from iopflow import clock
from iopflow.bounds import FIRST_DAY, LARGEST, LAST_DAY
from iopflow.cli.command import Words
from iopflow.schoolyear import Year
from iopflow.texts import _

_DIGITS = re.compile(r"[0-9]{1,10}")
Function = Callable[..., Any]
Option = Callable[[Function], Function]


class Number(click.ParamType[Any]):
    """The number of a row, as lists show it."""

    name = "nr"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not _DIGITS.fullmatch(text) or int(text) > LARGEST:
            self.fail(_("«{value}» er ikke et nummer fra listen.").format(value=text), param, ctx)
        return int(text)


class Day(click.ParamType[Any]):
    """A day, ISO or as Norwegians write it."""

    name = "dato"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        day = read_day(value)
        if day is None:
            self.fail(
                _("«{value}» er ikke en dato: skriv 2026-05-31 eller 31.05.2026.").format(
                    value=value
                ),
                param,
                ctx,
            )
        return day


def read_day(text: str) -> date | None:
    """The day written as 2026-05-31 or 31.05.2026, or None."""
    day, _dot, rest = text.strip().partition(".")
    month, _dot, year = rest.partition(".")
    iso = f"{year}-{month:0>2}-{day:0>2}" if year else day
    try:
        found = date.fromisoformat(iso)
    except ValueError:
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


class Moment(click.ParamType[Any]):
    """A moment; without a zone it is Norwegian time."""

    name = "tidspunkt"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = clock.parse_moment(value)
            if not FIRST_DAY <= clock.local_date(moment) <= LAST_DAY:
                raise ValueError
            return moment
        except (ValueError, OverflowError):
            self.fail(
                _(
                    "«{value}» er ikke et tidspunkt: skriv 2026-05-31 eller 2026-05-31T08:00."
                ).format(value=value),
                param,
                ctx,
            )


class SchoolYearType(click.ParamType[Any]):
    """A school year such as 2026-27."""

    name = "skoleår"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Year:
        if isinstance(value, Year):
            return value
        try:
            return Year.parse(value)
        except ValueError:
            self.fail(
                _("«{value}» er ikke et skoleår: skriv for eksempel {example}.").format(
                    value=value, example=_example_year(value)
                ),
                param,
                ctx,
            )


def _example_year(text: str) -> Year:
    """The year somebody may have meant: 2026 is 2026-27."""
    start = text[:4]
    return Year(int(start)) if start.isdecimal() and len(start) == 4 else Year(2026)


STATUSES = (
    "planned",
    "waiting",
    "open",
    "overdue",
    "done",
    "done_late",
    "declined",
    "not_applicable",
    "suspended",
    "before_start",
    "cancelled",
)


def now_option() -> Option:
    """--now: what the command takes the time to be."""
    return click.option(
        "--now",
        type=Moment(),
        metavar=_("TIDSPUNKT"),
        help=_("Lat som om klokken er dette, for eksempel 2026-05-31T08:00; ellers nå."),
    )


def by_option() -> Option:
    """--by: who signs."""
    return click.option(
        "--by",
        metavar=_("PERSON"),
        help=_("Hvem du er: id-en fra people.csv. Uten den er du administrator (bare SQLite)."),
    )


def format_option() -> Option:
    """--format and -o: how a list comes out, and where."""

    def add(function: Function) -> Function:
        function = click.option(
            "-o",
            "--output",
            "path",
            metavar=_("FIL"),
            help=_("Skriv til en fil i stedet for skjermen."),
        )(function)
        return click.option(
            "--format",
            "form",
            type=Words(("table", "json", "csv", "xlsx")),
            help=_("Hvordan listen skrives: table (for skjermen), json, csv eller xlsx (Excel)."),
        )(function)

    return add


def reason_option(help_: str) -> Option:
    """--reason: why, for the log."""
    return click.option("--reason", metavar=_("TEKST"), help=help_)


def year_option(help_: str, *, required: bool = False) -> Option:
    """--year: the school year served."""
    return click.option(
        "--year", type=SchoolYearType(), metavar=_("SKOLEÅR"), required=required, help=help_
    )


def school_option(help_: str, *, required: bool = False) -> Option:
    """--school: the id of a school."""
    return click.option("--school", metavar=_("SKOLE"), required=required, help=help_)


def day_option(name: str, help_: str, *, required: bool = False) -> Option:
    """An option that takes a day."""
    return click.option(name, type=Day(), metavar=_("DATO"), required=required, help=help_)


def archive_option() -> Option:
    """--archive-ref: where the document itself lies."""
    return click.option(
        "--archive-ref",
        metavar=_("REFERANSE"),
        help=_("Hvor dokumentet ligger i arkivet, for eksempel 2026/1042-3; aldri selve filen."),
    )


def dry_option() -> Option:
    """--dry-run: show and change nothing."""
    return click.option(
        "--dry-run", is_flag=True, help=_("Vis hva som ville skjedd; ingenting endres.")
    )
