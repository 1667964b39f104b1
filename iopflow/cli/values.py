"""`values` and `value`: the indicators that iopflow does not compute, listed and registered."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from iopflow.cli import output
from iopflow.cli.command import Words, command
from iopflow.cli.edge import Work, work
from iopflow.cli.options import (
    by_option,
    dry_option,
    format_option,
    now_option,
    read_day,
    reason_option,
    school_option,
    year_option,
)
from iopflow.cli.output import Column, day
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _, counted, number

if TYPE_CHECKING:
    from iopflow.engine.figure_values import At
    from iopflow.models import School
    from iopflow.queries.figure_values import Value
    from iopflow.registered import Registered


def codes() -> Sequence[str]:
    """The indicators, and the other words for them."""
    from iopflow.registered import ALIASES, BY_CODE

    return (*BY_CODE, *ALIASES)


def _indicator(word: str) -> "Registered":
    from iopflow.registered import ALIASES, BY_CODE

    return BY_CODE[ALIASES.get(word, word)]


@command(
    "values",
    _(
        "Viser indikatorene som iopflow ikke regner ut (S, T, R og ØK): det skolen har registrert, "
        "og det som mangler. Det nettverket ikke har utviklet (P11 og R3), står som det."
    ),
    examples=(
        "iopflow values --school lia --year 2026-27",
        "iopflow values --indicator OK2 --by rita",
        "iopflow values --format xlsx -o verdier.xlsx",
    ),
)
@school_option(_("Bare denne skolen."))
@year_option(_("Skoleåret; ellers det vi er i."))
@click.option(
    "--indicator",
    type=Words(codes),
    metavar="S1…OK2",
    help=_("Bare denne indikatoren, for eksempel S8."),
)
@now_option()
@by_option()
@format_option()
def values_command(
    school: str | None,
    year: Year | None,
    indicator: str | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The list."""
    from iopflow.cli.year import schools_for

    how = output.asked(form, path)
    only = _indicator(indicator).code if indicator is not None else None
    with work(now=now, by=by) as at:
        asked = year or Year.of(at.today)
        rows = [
            row
            for one in schools_for(at, school, Action.VALUES)
            for row in _rows(at, one, asked)
            if only in (None, row["indicator"])
        ]
    lacking = sum(row["standing"] == "missing" for row in rows)
    said = counted(lacking, _("{n} tall mangler."), _("{n} tall mangler."))
    output.show(how, rows, _columns(), counted=said)


def _rows(at: Work, school: "School", year: Year) -> list[dict[str, Any]]:
    """A row for each figure, and one for each counting date that has none."""
    from iopflow.queries.figure_values import shown_to, values_of
    from iopflow.registered import REGISTERED

    found = values_of(at.session, school, (year,))
    seen = shown_to(at.session, at.viewer, school, found)
    rows = []
    for one in REGISTERED:
        mine = [value for value in seen if value.indicator == one.code]
        base = {"indicator": one.code, "school": school.key, "year": str(year)}
        if not one.is_developed:
            rows.append(base | _nothing("not_developed"))
            continue
        for counting in one.counted:
            here = [value for value in mine if value.slot == counting]
            rows += [base | _told(value) for value in here]
            if not here:
                rows.append(base | _nothing("missing", _day(at, school, year, counting)))
        rows += [base | _told(value) for value in mine if value.slot not in one.counted]
    return rows


def _told(value: "Value") -> dict[str, Any]:
    amount = value.amount
    return {
        "counted_on": value.counted_on.isoformat(),
        "category": value.category,
        "unit": value.unit,
        "value": value.value if not value.hidden else None,
        "of": value.of if not value.hidden else None,
        "amount": float(amount) if amount is not None else None,
        "source": value.source,
        "standing": "hidden" if value.hidden else "registered",
    }


def _nothing(standing: str, counted_on: date | None = None) -> dict[str, Any]:
    empty = dict.fromkeys(("category", "unit", "value", "of", "amount", "source"))
    return {
        "counted_on": counted_on and counted_on.isoformat(),
        **empty,
        "standing": standing,
    }


def _day(at: Work, school: "School", year: Year, counting: str) -> date | None:
    from iopflow.refusals import Refused
    from iopflow.tellinger import counting_day

    try:
        return counting_day(at.session, school, year, counting)
    except Refused:  # no skolerute, and so no day yet
        return None


def _columns() -> list[Column]:
    return [
        Column(_("Indikator"), lambda row: _indicator(row["indicator"]).name),
        Column(_("Skole"), lambda row: row["school"]),
        Column(_("Telledato"), lambda row: day(row["counted_on"])),
        Column(_("Kategori"), lambda row: row["category"] or "", gives=True),
        Column(_("Klasse"), lambda row: row["unit"] or "", drops=True),
        Column(_("Verdi"), lambda row: _value(row), right=True),
        Column(_("Av"), lambda row: _written(row["of"]), right=True),
        Column(_("Kilde"), lambda row: row["source"] or "", gives=True, drops=True),
    ]


def _value(row: Mapping[str, Any]) -> str:
    words = {
        "missing": _("mangler"),
        "not_developed": _("ikke utviklet"),
        "hidden": "•",
    }
    return words.get(row["standing"]) or _written(row["value"])


def _written(stored: str | None) -> str:
    """A stored number as people write it; a text that is none as it is."""
    from iopflow.queries.figure_values import decimal_of, places_of

    found = decimal_of(stored)
    return (stored or "") if found is None else number(found, places_of(found))


@command(
    "value",
    _(
        "Registrerer ett tall for en skole, eller retter det. En andel skrives som et antall med "
        "--of ved siden av, eller bare som prosent. ØK1a og ØK1b er i tusen kroner per elev."
    ),
    examples=(
        "iopflow value S8 --school lia --year 2026-27 --counted 0110 --value 12 --of 14 --by rita",
        (
            "iopflow value R1 --school lia --year 2026-27 --counted 0103 --category mestrer "
            "--class 3a --value 6 --of 12 --by olav"
        ),
    ),
)
@click.argument(
    "code", type=Words(codes), metavar="S1…OK2", help=_("Indikatoren, for eksempel S8.")
)
@school_option(_("Skolen tallet gjelder."), required=True)
@year_option(_("Skoleåret tallet gjelder."), required=True)
@click.option(
    "--counted",
    "counting",
    required=True,
    metavar="0110|0103|skoleslutt|" + _("DATO"),
    help=_("Telletidspunktet, eller dagen tallet er fra."),
)
@click.option("--value", required=True, metavar=_("TALL"), help=_("Verdien, som 87,4."))
@click.option(
    "--of", "whole", metavar=_("TALL"), help=_("Av hvor mange, når verdien er et antall.")
)
@click.option("--category", default="", metavar=_("KATEGORI"), help=_("Kategorien, som 1:1."))
@click.option("--class", "unit", default="", metavar=_("KLASSE"), help=_("Klassen, for R1."))
@click.option("--source", metavar=_("TEKST"), help=_("Hvor tallet er fra."))
@reason_option(_("En kort begrunnelse til loggen."))
@dry_option()
@now_option()
@by_option()
def value_command(
    code: str,
    school: str,
    year: Year,
    counting: str,
    value: str,
    whole: str | None,
    category: str,
    unit: str,
    source: str | None,
    reason: str | None,
    dry_run: bool,
    now: datetime | None,
    by: str | None,
) -> None:
    """Registers."""
    from iopflow.engine import figure_values
    from iopflow.engine.figure_values import At, Line
    from iopflow.queries import access
    from iopflow.queries.figure_values import values_of
    from iopflow.refusals import Refused

    one = _indicator(code)
    with work(now=now, by=by, write=True, dry=dry_run) as at:
        found = access.school(at.session, at.viewer, school, Action.REGISTER_VALUES)
        if not one.is_developed:
            raise Refused(
                _(
                    "{name} er ikke ferdig utviklet: nettverket har ikke sagt hva som telles."
                ).format(name=one.name)
            )
        on = _counted_on(at, found, year, one, counting)
        _known_class(at, found, one, unit)
        line = Line(category, value, whole or "")
        there = [
            stored
            for stored in values_of(at.session, found, (year,), code=one.code)
            if (stored.counted_on, stored.unit) == (on, unit)
        ]
        figure_values.check(one, [line], there)
        wrong = [*line.wrong.values()]
        wrong += [why for why in [figure_values.too_early(on, at.today)] if why]
        wrong += [why for why in [figure_values.wrong_source(source or "")] if why]
        if wrong:
            raise Refused("\n".join(wrong))
        if line.is_empty:
            raise Refused(_("Skriv minst én verdi."))
        place = At(found, year, one, on, unit)
        act = at.act(figure_values.VALUE, reason)
        changed = figure_values.register(at.session, place, [line], source=source, act=act)
        doubted = _doubts(at, place, line.category) if changed else []
    if dry_run:
        click.echo(_("Prøvekjøring: ingenting er endret."))
    else:
        click.echo(_("Tallet er registrert.") if changed else _("Det sto slik fra før."))
    for said in doubted:
        click.echo(_("Stemmer det? {said}").format(said=said), err=True)


def _doubts(at: Work, place: "At", category: str) -> list[str]:
    """Why the figure that was just registered should be looked at once more."""
    from iopflow.queries.figure_values import classes_of_any, values_of
    from iopflow.queries.plausible import doubts

    years = (place.year.previous, place.year)
    stored = values_of(at.session, place.school, years, code=place.one.code)
    now = [
        one
        for one in stored
        if (one.year, *one.place) == (place.year, place.one.code, place.day, category, place.unit)
    ]
    before = [one for one in stored if one.year == place.year.previous]
    classes = classes_of_any(at.session, place.school)
    return [one.sentence for one in doubts(now, before, classes)]


def _counted_on(at: Work, school: "School", year: Year, one: "Registered", counting: str) -> date:
    from iopflow.refusals import Refused
    from iopflow.tellinger import counting_day

    if counting in one.counted:
        return counting_day(at.session, school, year, counting)
    found = read_day(counting)
    if found is None or Year.of(found) != year:
        raise Refused(
            _("--counted: skriv {words}, eller en dag i skoleåret {year}.").format(
                words=", ".join(one.counted), year=year
            )
        )
    return found


def _known_class(at: Work, school: "School", one: "Registered", unit: str) -> None:
    from iopflow.queries.figure_values import classes_of
    from iopflow.refusals import Refused

    if unit and not one.by_class:
        raise Refused(_("{name} registreres bare for hele skolen.").format(name=one.name))
    if unit and unit not in classes_of(at.session, school):
        raise Refused(
            _("Fant ikke klassen «{unit}» ved {school}: sjekk id-en.").format(
                unit=unit[:40], school=school.key
            )
        )
