"""`exchange export` and `exchange merge`: frozen figures between schools, without pupils."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import Group as Commands
from iopflow.cli.command import command
from iopflow.cli.edge import work
from iopflow.cli.options import SchoolYearType, by_option, format_option, now_option
from iopflow.cli.output import Column, Row
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted, percent

if TYPE_CHECKING:
    from iopflow.cli.edge import Work
    from iopflow.exchange import Between, Group
    from iopflow.models import School

exchange_command = Commands(
    name="exchange",
    help=_(
        "Utveksler frosne tall mellom skolene i et nettverk, uten elever. Hver skole eller "
        "skoleeier lager en fil; en i nettverket legger dem sammen. Små tall er skjult, også for "
        "den som regner på summene. Se docs/nettverk.md."
    ),
    where={"export": "exchange", "merge": "exchange"},
    short={
        "export": _("Lag en fil med skolens frosne tall, uten elever"),
        "merge": _("Legg filer fra flere skoler sammen: median og spredning, ingen rangering"),
    },
    examples=(
        "iopflow exchange export --school lia --year 2025-26 -o lia.json --by rita",
        "iopflow exchange merge lia.json fjell.json -o network.json",
    ),
    no_args_is_help=True,
)


@command(
    "export",
    _(
        "Lager en fil med de frosne tallene for ett eller flere skoleår: den nyeste revisjonen av "
        "hvert tall. I filen er det ingen elever og ingen personer, og tall på én til fire elever "
        "er skjult, sammen med det som ellers ville røpet dem.\n\nFilen har en sjekksum: blir noe "
        "endret, tas den ikke imot. Uten --school og --owner er alle skolene du har tall for med."
    ),
    examples=(
        "iopflow exchange export --school lia --year 2025-26 -o lia.json --by rita",
        (
            "iopflow exchange export --owner eikedal --year 2024-25 --year 2025-26 "
            "-o eikedal.json --by eli"
        ),
    ),
)
@click.option(
    "--school",
    "keys",
    metavar=_("SKOLE"),
    multiple=True,
    help=_("Skolen; kan skrives flere ganger."),
)
@click.option("--owner", metavar=_("EIER"), help=_("Alle skolene til denne skoleeieren."))
@click.option("--network", metavar=_("NETTVERK"), help=_("Alle skolene i dette nettverket."))
@click.option(
    "--year",
    "years",
    type=SchoolYearType(),
    metavar=_("SKOLEÅR"),
    multiple=True,
    required=True,
    help=_("Skoleåret; kan skrives flere ganger."),
)
@click.option(
    "-o", "--output", "path", metavar=_("FIL.json"), required=True, help=_("Filen som lages.")
)
@now_option()
@by_option()
def export_command(
    keys: tuple[str, ...],
    owner: str | None,
    network: str | None,
    years: tuple[Year, ...],
    path: str,
    now: datetime | None,
    by: str | None,
) -> None:
    """A file of figures."""
    from iopflow import exchange

    with work(now=now, by=by) as at:
        schools = _schools(at, keys, owner, network)
        content = exchange.exported(at.session, schools, sorted(set(years)), now=at.now)
    found = content["schools"]
    asked = " ".join(str(year) for year in sorted(set(years)))
    if not found:
        raise Refused(
            _("Ingen telling er frosset for {years}: frys med «iopflow freeze» først.").format(
                years=asked
            )
        )
    output.write(Path(path), exchange.written(content))
    figures = sum(len(one["figures"]) for one in found)
    click.echo(
        _("{path}: {figures} fra {schools}. Elever og personer er ikke med.").format(
            path=path,
            figures=counted(figures, _("{n} frosset tall"), _("{n} frosne tall")),
            schools=counted(len(found), _("{n} skole"), _("{n} skoler")),
        )
    )
    click.echo(_("Sjekksum (SHA-256): {digest}").format(digest=content["sha256"]))
    there = {(one["owner"], one["school"]) for one in found}
    if len(there) < len(schools):
        missing = sorted({one.key for one in schools} - {key for _owner, key in there})
        click.echo(
            _("Uten frosne tall for {years}: {schools}.").format(
                years=asked, schools=", ".join(missing)
            ),
            err=True,
        )


def _schools(
    at: "Work", keys: Sequence[str], owner: str | None, network: str | None
) -> "list[School]":
    """The schools that are asked for, and whose figures the asker may see."""
    from sqlalchemy import select
    from sqlmodel import col

    from iopflow.models import Owner
    from iopflow.queries import access, places

    if keys and (owner is not None or network is not None):
        raise click.UsageError(_("--school, --owner og --network kan ikke brukes sammen."))
    if keys:
        found = [access.school(at.session, at.viewer, key, Action.FIGURES) for key in keys]
        return list({one.number: one for one in found}.values())
    at.viewer.require(Action.FIGURES)
    schools = access.visible_schools(at.viewer, at.session, Action.FIGURES)
    if owner is not None:
        owner_id = at.session.execute(select(col(Owner.id)).where(col(Owner.key) == owner)).scalar()
        schools = [one for one in schools if one.owner_id == owner_id]
    if network is not None:
        there = {one.number for one in places.schools(at.session, network=network)}
        schools = [one for one in schools if one.number in there]
    if not schools:
        raise Refused(_("Fant ingen skoler du har tall for: sjekk --owner og --network."))
    return schools


@command(
    "merge",
    _(
        "Legger sammen filer fra «iopflow exchange export»: for hvert tall hvor mange skoler, "
        "summen der den kan vises, medianen og spredningen. Skolene blir ikke rangert, og ikke "
        "nevnt med navn uten --names. Der en skoles tall er skjult, men ligger mellom to tall, "
        "gjør medianen det også. Trenger ingen database.\n\nFiler som er endret, eller som teller "
        "den samme indikatoren på ulike måter, blir avvist. Er en skole med flere ganger, gjelder "
        "den nyeste revisjonen."
    ),
    examples=(
        "iopflow exchange merge lia.json fjell.json",
        "iopflow exchange merge skoler/*.json -o network.json",
        "iopflow exchange merge skoler/*.json --names -o nettverk.xlsx",
    ),
)
@click.argument(
    "files", nargs=-1, required=True, metavar=_("FIL.json …"), help=_("Filene fra skolene.")
)
@click.option(
    "--split", is_flag=True, help=_("Hold ulike definisjoner av samme indikator hver for seg.")
)
@click.option("--names", is_flag=True, help=_("Ta med skolene med navn, alfabetisk."))
@format_option()
def merge_command(
    files: tuple[str, ...], split: bool, names: bool, form: str | None, path: str | None
) -> None:
    """The network."""
    from iopflow.exchange import merged, of_network, read

    how = output.asked(form, path)
    said: list[str] = []
    schools = [one for name in files for one in read(Path(name))["schools"]]
    groups = merged(schools, split=split, said=said)
    rows = [row for group in groups for row in _rows(group, names=names)]
    if how.form == "json":
        output.show_json(how, of_network([_json(group, names=names) for group in groups]))
    else:
        output.show(how, rows, _columns(names=names), keys=_KEYS)
    for sentence in said:
        click.echo(sentence, err=True)
    click.echo(
        _("{schools} og {figures}, ingen rangering.").format(
            schools=counted(_count(groups), _("{n} skole"), _("{n} skoler")),
            figures=counted(len(groups), _("{n} tall"), _("{n} tall")),
        ),
        err=how.form != "table" or how.path is not None,
    )


def _count(groups: "Sequence[Group]") -> int:
    return len(
        {(school["owner"], school["school"]) for one in groups for school, _figure in one.figures}
    )


_MEASURES = ("median", "lower", "upper", "least", "most")
_ENDS = tuple(f"{name}_{end}" for name in _MEASURES for end in ("from", "to"))
_KEYS = (
    *("indicator", "year", "counted", "definition", "school", "municipality"),
    *("schools", "shown", "not_shown", "without_cases"),
    *("denominator", "numerator_from", "numerator_to", *_ENDS),
)


def _json(group: "Group", *, names: bool) -> dict[str, Any]:
    """A group with all that is told of it; the schools by name, in the order of the alphabet."""
    found = _row(group)
    del found["school"], found["municipality"]
    if names:
        found["by_school"] = [
            {
                "owner": school["owner"],
                "school": school["school"],
                "name": school["name"],
                "municipality": school["municipality"],
                **{
                    name: figure[name]
                    for name in ("denominator", "numerator_least", "numerator_most")
                },
            }
            for school, figure in group.figures
        ]
    return found


def _rows(group: "Group", *, names: bool) -> Iterator[dict[str, Any]]:
    """The row of the network, and with names one for each school."""
    from iopflow.exchange.spread import share

    yield _row(group)
    for school, figure in group.figures if names else ():
        yield {
            **dict.fromkeys(_KEYS),
            **_which(group),
            "school": school["name"],
            "municipality": school["municipality"],
            "denominator": figure["denominator"],
            "numerator_from": figure["numerator_least"],
            "numerator_to": figure["numerator_most"],
            **_ends("median", share(figure)),
        }


def _which(group: "Group") -> dict[str, Any]:
    return {
        "indicator": group.indicator,
        "year": group.year,
        "counted": group.counted,
        "definition": group.definition,
    }


def _row(group: "Group") -> dict[str, Any]:
    least, most = group.numerators
    ends: dict[str, float | None] = {}
    for name in _MEASURES:
        ends |= _ends(name, getattr(group, name))
    return {
        **_which(group),
        "school": None,
        "municipality": None,
        "schools": len(group.figures),
        "shown": len(group.shares),
        "not_shown": group.not_shown,
        "without_cases": group.without_cases,
        "denominator": group.denominator,
        "numerator_from": least,
        "numerator_to": most,
        **ends,
    }


def _ends(name: str, between: "Between | None") -> dict[str, float | None]:
    return {
        f"{name}_from": None if between is None else between.least,
        f"{name}_to": None if between is None else between.most,
    }


def _columns(*, names: bool) -> list[Column]:
    columns = [
        Column(_("Skoleår"), lambda row: row["year"]),
        Column(_("Telling"), lambda row: row["counted"]),
        Column(_("Indikator"), lambda row: row["indicator"]),
        Column(_("Skole"), lambda row: row["school"] or _("alle"), gives=True),
        Column(_("Skoler"), lambda row: row["schools"], right=True),
        Column(_("Vises"), lambda row: row["shown"], right=True),
        Column(_("Median"), lambda row: _words(row, "median"), right=True),
        Column(_("Halvparten mellom"), _middle, right=True),
        Column(_("Lavest og høyest"), _outer, right=True),
        Column(_("Antall"), _sum, right=True),
    ]
    if not names:
        del columns[3]
    return columns


def _words(row: Row, name: str) -> str:
    """A share, or the two that it lies between."""
    least, most = row[f"{name}_from"], row[f"{name}_to"]
    if least is None:
        return ""
    return _range(percent(least, 0), percent(most, 0))


def _range(least: str, most: str) -> str:
    return least if least == most else f"{least.rstrip('%').rstrip()}–{most}"


def _middle(row: Row) -> str:
    return _pair(_words(row, "lower"), _words(row, "upper"))


def _outer(row: Row) -> str:
    return _pair(_words(row, "least"), _words(row, "most"))


def _pair(lower: str, upper: str) -> str:
    return _("{lower} og {upper}").format(lower=lower, upper=upper) if lower else ""


def _sum(row: Mapping[str, Any]) -> str:
    least, most, of = row["numerator_from"], row["numerator_to"], row["denominator"]
    if of is None or least is None:
        return ""
    return f"{_range(str(least), str(most))}/{of}"
