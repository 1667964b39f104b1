"""`wheel check` and `wheel show`: is a wheel file right, and which days does it give a school."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import Group, command
from iopflow.cli.edge import Work, settings, work
from iopflow.cli.options import by_option, format_option, now_option, school_option, year_option
from iopflow.cli.output import Column, day
from iopflow.refusals import Refused
from iopflow.roles import ROLES
from iopflow.schoolyear import Year, how_to_add_skolerute
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.models import School
    from iopflow.schoolyear import SchoolYear
    from iopflow.wheel import Step, Wheel


wheel_command = Group(
    name="wheel",
    help=_("Årshjulet: stegene i året, hvem som har ansvaret, rekkefølgen og fristene."),
    where={"check": "wheel", "show": "wheel"},
    short={
        "check": _("Kontroller en årshjulfil"),
        "show": _("Vis årshjulet til en skole med virkelige datoer"),
    },
    examples=(
        "iopflow wheel show --school lia --year 2026-27",
        "iopflow wheel check mitt-hjul.toml",
    ),
    no_args_is_help=True,
)


@command(
    "check",
    _(
        "Leser en årshjulfil strengt og sier alt som er feil i den, med fil, steg og felt. En fil "
        "uten feil kan skolen ta i bruk (kolonnen wheel i schools.csv)."
    ),
    examples=("iopflow wheel check calendars/wheels/spesialskole.toml",),
)
@click.argument(
    "file", metavar=_("FIL"), help=_("En .toml-fil, eller navnet på et hjul som følger med.")
)
def check_command(file: str) -> None:
    """Reads strictly."""
    from iopflow.wheel import load

    path = Path(file)
    if path.suffix and not path.is_file():
        raise Refused(_("Filen {file} finnes ikke: sjekk stien.").format(file=file))
    wheel = load(path if path.is_file() else file, directories=settings().wheel_directories)
    click.echo(
        _("{name}: {steps} steg og {states} tilstander, ingen feil.").format(
            name=path.name, steps=len(wheel.steps), states=len(wheel.states)
        )
    )


@command(
    "show",
    _(
        "Viser årshjulet til en skole for et skoleår: når hvert steg åpner, fristen etter skolens "
        "egen skolerute, og hvem som har ansvaret. Steg som ikke krysses av, vises uten frist. Med "
        "--svg tegnes fristene fra august til juli som et hjul."
    ),
    examples=(
        "iopflow wheel show --school lia --year 2026-27",
        "iopflow wheel show --school lia --year 2026-27 -o hjulet.xlsx",
        "iopflow wheel show --school lia --year 2026-27 --svg hjulet.svg",
    ),
)
@school_option(_("Skolen."), required=True)
@year_option(_("Skoleåret stegene gjelder; ellers det vi er i."))
@click.option(
    "--svg",
    "svg",
    metavar=_("FIL"),
    help=_("Tegn hjulet i en SVG-fil i stedet for å skrive listen."),
)
@now_option()
@by_option()
@format_option()
def show_command(
    school: str,
    year: Year | None,
    svg: str | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The wheel with real dates."""
    from iopflow.queries import places

    if svg is not None and (form is not None or path is not None):
        raise click.UsageError(_("--svg tegner en fil: skriv den uten --format og -o."))
    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        # A wheel holds no pupil: everyone at the same school owner may look.
        found = places.find(at.session, "school", school, owner_id=at.viewer.owner_id)
        served = year or Year.of(at.today)
        if svg is not None:
            _draw(at, found, served, Path(svg))
            return
        rows = _rows(at, found, served)
    columns = [
        Column(_("Steg"), lambda row: row["step"]),
        Column(_("Hva"), lambda row: row["title"], gives=True),
        Column(_("For"), lambda row: _scope(row["scope"]), drops=True),
        Column(_("Åpner"), lambda row: day(row["opens"]), drops=True),
        Column(_("Frist"), lambda row: day(row["due"])),
        Column(_("Ansvarlig"), lambda row: _role(row["responsible"]), gives=True),
    ]
    counted = _("{n} steg i årshjulet til {school} for {year}.").format(
        n=len(rows), school=school, year=served
    )
    output.show(how, rows, columns, counted=counted)


def _rows(at: Work, school: "School", year: Year) -> list[dict[str, Any]]:
    rute = _rute(at, school, year)
    rows = [
        _row(wheel, step, year, rute)
        for wheel in at.rules.of_school(school)
        for step in (one.of_year(year) for one in wheel.steps)
        if step.lives_in(year) and not step.off
    ]
    return sorted(rows, key=lambda row: (row["due"] or date.max, row["opens"] or date.max))


def _rute(at: Work, school: "School", year: Year) -> "dict[Year, SchoolYear]":
    from iopflow.queries.places import calendars

    number = school.id or 0
    rute = calendars(at.session, [number]).get(number, {})
    if year not in rute:
        raise Refused(
            _("Skoleruten for {year} mangler ved {school}: {remedy}.").format(
                year=year, school=school.name, remedy=how_to_add_skolerute()
            )
        )
    return rute


def _draw(at: Work, school: "School", year: Year, path: Path) -> None:
    """The picture of what is due from August to July, for this year served and for the next."""
    from iopflow.web.wheel_layout import Circle
    from iopflow.web.wheel_marks import marks_of
    from iopflow.web.wheel_svg import Picture, draw

    circle = Circle(year.on(8, 1))
    marks = marks_of(at.rules.of_school(school), _rute(at, school, year).get, circle)
    picture = Picture(school.name, str(year), circle.first, marks, at.today, link=None)
    output.write(path, draw(picture, style=True))
    click.echo(
        _("{n} frister i skoleåret {year} er tegnet i {file}.").format(
            n=len(marks), year=year, file=path
        )
    )


def _row(
    wheel: "Wheel", step: "Step", year: Year, rute: "dict[Year, SchoolYear]"
) -> dict[str, Any]:
    from iopflow.wheel import Dates, MissingSkolerute

    problem = None
    try:
        dates = wheel.dates(step, year, rute.get)
    except MissingSkolerute as missing:
        dates = Dates(None, None, None)
        problem = _("skoleruten for {year} mangler").format(year=missing.year)
    return {
        "step": step.key,
        "title": step.title.get(),
        "kind": step.kind,
        "scope": step.scope,
        "serves": step.serves,
        "opens": dates.opens,
        "due": dates.due,
        "limit": dates.limit,
        "responsible": step.responsible,
        "approver": step.approver,
        "after": [*step.after, *step.after_previous],
        "hard": list(step.hard),
        "indicators": list(step.indicators),
        "basis": step.basis,
        "law": step.law,
        "certainty": step.certainty,
        "problem": problem,
    }


def _scope(scope: str) -> str:
    return {
        "pupil": _("elev"),
        "class": _("klasse"),
        "unit": _("avdeling"),
        "school": _("skole"),
        "network": _("nettverk"),
    }.get(scope, scope)


def _role(key: str) -> str:
    role = ROLES.get(key)
    return role.title.get() if role is not None else key
