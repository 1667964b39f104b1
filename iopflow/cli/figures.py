"""`indicators`: P1–P10 as counts, and the pupils behind one of them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from iopflow import texts
from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    day_option,
    format_option,
    now_option,
    school_option,
    year_option,
)
from iopflow.cli.output import Column, day
from iopflow.cli.readings import note
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted
from iopflow.words import reason_word, result_word

if TYPE_CHECKING:
    from iopflow.measure import By
    from iopflow.models import School

GROUPINGS = ("school", "unit", "class")


def codes() -> Sequence[str]:
    """The indicators that can be asked for."""
    from iopflow.indicators import BY_CODE

    return tuple(BY_CODE)


@command(
    "indicators",
    _(
        "Viser kvalitetsindikatorene P1–P10 for et skoleår, en linje for hver skole. Uten tall å "
        "dele på står det «ikke aktuelt», aldri 0 %. --explain viser elevene bak et tall, også de "
        "som er holdt utenfor og hvorfor.\n\n--by tar to slags svar: school, unit eller class "
        "deler tallene opp; alt annet er personen som spør. Skriv --by to ganger for å si begge "
        "deler."
    ),
    examples=(
        "iopflow indicators --year 2025-26",
        "iopflow indicators --school lia --year 2025-26 --by class --by rita",
        "iopflow indicators --school lia --year 2025-26 --explain P3",
        "iopflow indicators --network nett --format xlsx -o tall.xlsx",
    ),
)
@school_option(_("Bare denne skolen."))
@click.option("--network", metavar=_("NETTVERK"), help=_("Hele nettverket som ett tall."))
@year_option(_("Skoleåret; ellers det vi er i."))
@day_option("--as-of", _("Slik det sto denne dagen; ellers tellingsdatoen, eller i dag før den."))
@click.option(
    "--by",
    "by",
    multiple=True,
    metavar="school|unit|class|" + _("PERSON"),
    help=_("Del opp etter skole, avdeling eller klasse; eller hvem du er."),
)
@click.option(
    "--explain",
    type=Words(codes),
    metavar="P1…P10",
    help=_("Vis elevene bak denne indikatoren, for eksempel P3."),
)
@now_option()
@format_option()
@click.pass_context
def indicators_command(
    ctx: click.Context,
    school: str | None,
    network: str | None,
    year: Year | None,
    as_of: date | None,
    by: tuple[str, ...],
    explain: str | None,
    now: datetime | None,
    form: str | None,
    path: str | None,
) -> None:
    """The figures."""
    how = output.asked(form, path)
    if school is not None and network is not None:
        raise click.UsageError(_("--school og --network kan ikke brukes sammen: velg én."))
    grouping, person = _by(by)
    if explain is not None:
        with work(now=now, by=person, write=True) as at:
            served = year or Year.of(at.today)
            show = _explain(at, how, explain, school, network, served, as_of)
        show()
        return
    with work(now=now, by=person) as at:
        served = year or Year.of(at.today)
        rows = figures(at, school, network, served, as_of=as_of, grouping=grouping)
    said = _("{n} tall for {year}.").format(n=len(rows), year=served)
    output.show(how, rows, _columns(rows), counted=said)
    problems = {row["problem"]: bool(row.get("masked")) for row in rows if row["problem"]}
    for problem in problems:
        click.echo(problem, err=True)
    if not all(problems.values()):  # what is masked could well be computed
        ctx.exit(3)


def _by(words: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The grouping and the person among the values of --by."""
    groupings = [word for word in words if word in GROUPINGS]
    people = [word for word in words if word not in GROUPINGS]
    if len(groupings) > 1 or len(people) > 1:
        raise click.UsageError(
            _("--by kan si én oppdeling (school, unit eller class) og én person, ikke flere.")
        )
    return next(iter(groupings), None), next(iter(people), None)


def _schools(at: Work, school: str | None, network: str | None, action: Action) -> "list[School]":
    """The schools whose figures are asked for and may be seen."""
    from iopflow.cli.year import schools_for
    from iopflow.queries import places

    schools = schools_for(at, school, action)
    if network is not None:
        # Schools of several owners may share a network, each owner with a row of its own for it.
        members = {one.number for one in places.schools(at.session, network=network)}
        schools = [one for one in schools if one.number in members]
        if not schools:
            raise places.not_found(at.session, "network", network, owner_id=at.viewer.owner_id)
    return schools


def figures(
    at: Work,
    school: str | None,
    network: str | None,
    year: Year,
    *,
    as_of: date | None = None,
    grouping: str | None = None,
) -> list[dict[str, Any]]:
    """The entries of the contract."""
    from iopflow import measure

    schools = _schools(at, school, network, Action.FIGURES)
    return measure.shown(
        at.session,
        at.viewer,
        schools=[one.number for one in schools],
        year=year,
        today=at.today,
        as_of=as_of,
        by=_grouping(grouping, network),
    )


def _grouping(grouping: str | None, network: str | None) -> "By":
    """How the entries are grouped: by school, or the network as one, unless --by says otherwise."""
    match grouping:
        case "unit" | "class" | "school":
            return grouping
        case _:
            return "school" if network is None else "network"


def percent(row: output.Row) -> str:
    """A rate as people read it, or why there is none."""
    if row["problem"]:
        return "–"
    if row["rate"] is None:
        return _("ikke aktuelt")
    return texts.percent(row["rate"])


def _columns(rows: Sequence[Any]) -> list[Column]:
    columns = [
        Column(_("Indikator"), lambda row: row["indicator"]),
        Column(_("Skole"), lambda row: row["school"] or row["network"]),
    ]
    if any(row["unit"] for row in rows):
        columns.append(Column(_("Enhet"), lambda row: row["unit"]))
    return [
        *columns,
        *numbers(),
        Column(_("Telles"), lambda row: day(row["counted_on"])),
        Column(_("Merk"), lambda row: _("foreløpig") if row["provisional"] else "", gives=True),
    ]


def numbers() -> list[Column]:
    """What a figure says, live or frozen."""
    return [
        Column(_("Andel"), percent, right=True),
        Column(_("Teller"), lambda row: row["numerator"], right=True),
        Column(_("Nevner"), lambda row: row["denominator"], right=True),
        Column(_("For sent"), lambda row: _part(row, "done_late"), right=True),
        Column(_("Åpne"), lambda row: _part(row, "open"), right=True),
        Column(_("Ukjent"), lambda row: _part(row, "unknown"), right=True, drops=True),
        Column(_("Utenfor"), lambda row: sum((row["excluded"] or {}).values()) or "", right=True),
    ]


def _part(row: Mapping[str, Any], name: str) -> Any:
    """A part of a figure: nothing where it is nobody, • where it is not shown."""
    return "•" if row[name] is None and not row["problem"] else row[name] or ""


def explained() -> list[Column]:
    """What is said of a pupil behind a figure, live or frozen."""
    return [
        Column(_("Elev"), lambda row: row["pupil"]),
        Column(_("Resultat"), lambda row: result_word(row["result"], row["indicator"])),
        Column(_("Hvorfor"), lambda row: reason_word(row["reason"]), gives=True),
        Column(_("Skjedde"), lambda row: day(row["on"])),
        Column(_("Registrert"), lambda row: day(row["recorded_on"])),
    ]


# The keys of a line, as a file has them in columns.
EXPLAINED = ("pupil", "result", "reason", "on", "recorded_on", "school", "indicator", "unit")

CLOCK_KEYS = (
    "limit",
    "late_days",
    "since",
    "days",
    "late_by_court",
    "paused",
    "net_days",
    "turn",
    "court",
    "cause",
    "evidence",
    "justified",
    "where",
)


def _explain(
    at: Work,
    how: output.Asked,
    code: str,
    school: str | None,
    network: str | None,
    year: Year,
    as_of: date | None,
) -> Callable[[], None]:
    """The pupils behind a figure, ready to be shown: only those whom the asker sees."""
    from sqlmodel import col

    from iopflow import measure
    from iopflow.indicators import BY_CODE
    from iopflow.models import Pupil
    from iopflow.queries.access import sees_behind

    schools = _schools(at, school, network, Action.EXPLAIN)
    asked: dict[str, Any] = {
        "schools": [one.number for one in schools],
        "year": year,
        "today": at.today,
        "as_of": as_of,
        "visible": sees_behind(at.viewer, BY_CODE[code], col(Pupil.id)),
    }
    shown = explained()
    keys: Sequence[str] = EXPLAINED
    if code in measure.CLOCKED:
        pupils = measure.waited(at.session, BY_CODE[code], **asked)
        rows = [one.to_json() | {"where": one.words} for one in pupils]
        shown = [*shown, Column(_("Hvor dagene gikk"), lambda row: row["where"], gives=True)]
        keys = [*keys, *(key for key in CLOCK_KEYS if key not in keys)]
    else:
        rows = measure.explain(at.session, BY_CODE[code], **asked)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["result"]] = counts.get(row["result"], 0) + 1
    parts = ", ".join(f"{n} {result_word(result)}" for result, n in counts.items())
    said = _("{code} i {year}: {lines}. {parts}").format(
        code=code,
        year=year,
        lines=counted(len(rows), _("{n} linje"), _("{n} linjer")),
        parts=parts,
    )
    shown_of = {(row["school"], row["pupil"]) for row in rows if row["pupil"]}
    of_school = Counter(key for key, _pupil in shown_of)
    note(at, "indicators", lists={one.number: of_school[one.key] for one in schools})
    return partial(output.show, how, rows, shown, keys=keys, counted=said.rstrip())


def matrix(rows: Sequence[dict[str, Any]]) -> str:
    """A small table: an indicator a line, a school a column."""
    schools = list(dict.fromkeys(str(row["school"]) for row in rows))
    cells = {(row["indicator"], str(row["school"])): percent(row) for row in rows}
    codes = list(dict.fromkeys(row["indicator"] for row in rows))
    lines: list[dict[str, Any]] = [
        {"code": code} | {school: cells.get((code, school), "") for school in schools}
        for code in codes
    ]
    columns = [Column("", lambda row: row["code"])]
    columns += [_school_column(school) for school in schools]
    return output.table(lines, columns, width=output.WIDE)


def _school_column(school: str) -> Column:
    return Column(school, lambda row: row[school], right=True)
