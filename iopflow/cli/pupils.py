"""`pupils` and `log`: where each pupil is in the year, and all that is registered about one."""

from datetime import datetime

import click

from iopflow import clock
from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import work
from iopflow.cli.options import (
    by_option,
    format_option,
    now_option,
    read_day,
    school_option,
    year_option,
)
from iopflow.cli.output import Column, Row
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _


@command(
    "pupils",
    _(
        "Viser hvor hver elev er i årshjulet: hvilken tilstand eleven har nådd, og hvor mange steg "
        "som er åpne, over frist og gjort. Uten --year vises skoleåret vi er i."
    ),
    examples=(
        "iopflow pupils --class 3a",
        "iopflow pupils --school lia --year 2027-28 --format csv",
    ),
)
@click.option("--pupil", metavar=_("ELEV"), help=_("Bare denne eleven."))
@click.option(
    "--class", "unit", metavar=_("KLASSE"), help=_("Bare denne klassen eller avdelingen.")
)
@school_option(_("Bare denne skolen."))
@year_option(_("Skoleåret planene gjelder; ellers det vi er i."))
@now_option()
@by_option()
@format_option("xlsx")
def pupils_command(
    pupil: str | None,
    unit: str | None,
    school: str | None,
    year: Year | None,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The list."""
    from iopflow.queries.permits import known_pupil
    from iopflow.queries.pupils import pupils
    from iopflow.queries.tasks import Asked

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        at.viewer.require(Action.SEE)
        if pupil is not None:
            known_pupil(at.session, at.viewer, pupil)
        served = year or Year.of(at.today)
        asked = Asked(pupil=pupil, unit=unit, school=school, year=served)
        found = pupils(at.session, at.rules, at.viewer, asked, today=at.today)
        rows = [row.to_json() for row in found]
    keys = ("pupil", "year", "school", "state", "title", "open", "overdue", "done", "steps")
    columns = [
        Column(_("Elev"), lambda row: row["pupil"]),
        Column(_("Skole"), lambda row: row["school"]),
        Column(_("Tilstand"), lambda row: row["title"], gives=True),
        Column(_("Åpne"), lambda row: row["open"] or "", right=True),
        Column(_("Over frist"), lambda row: row["overdue"] or "", right=True),
        Column(_("Gjort"), lambda row: f"{row['done']}/{row['steps']}", right=True),
    ]
    late = sum(1 for row in rows if row["overdue"])
    counted = _("{n} elever i {year}, {late} med noe over frist.").format(
        n=len(rows), year=served, late=late
    )
    output.show(how, rows, columns, keys=keys, counted=counted)


@command(
    "log",
    _(
        "Viser alt som er registrert om en elev, det nyeste nederst: hvem som gjorde det, når, hva "
        "som sto der før og hva som står der nå. Loggen kan ikke endres."
    ),
    examples=("iopflow log e-17", "iopflow log e-17 --format json --by frida"),
)
@click.argument("pupil", metavar=_("ELEV"), help=_("Elevens id."))
@now_option()
@by_option()
@format_option("xlsx")
def log_command(
    pupil: str,
    now: datetime | None,
    by: str | None,
    form: str | None,
    path: str | None,
) -> None:
    """The events."""
    from iopflow.queries import access
    from iopflow.queries.log import log_of

    how = output.asked(form, path)
    with work(now=now, by=by) as at:
        found = access.pupil(at.session, at.viewer, pupil)
        rows = [one.to_json() for one in log_of(at.session, at.rules, at.viewer, found)]
    columns = [
        Column(_("Når"), lambda row: _local(row["at"])),
        Column(_("Hvem"), lambda row: row["by"] or _("administrator"), gives=True),
        Column(_("Hva"), _what, gives=True),
        Column(_("Nå"), lambda row: _values(row["after"]), gives=True),
        Column(_("Før"), lambda row: _values(row["before"]), gives=True),
        Column(_("Begrunnelse"), lambda row: row["reason"], gives=True),
    ]
    keys = ("at", "by", "act", "table", "what", "before", "after", "reason")
    counted = _("{n} registreringer om {pupil}.").format(n=len(rows), pupil=pupil)
    output.show(how, rows, columns, keys=keys, counted=counted)


def _local(moment: str) -> str:
    """A moment as it was in Norway."""
    return f"{datetime.fromisoformat(moment).astimezone(clock.OSLO):%d.%m.%Y %H:%M}"


def _what(row: Row) -> str:
    """What an event is about: the step, or the kind of fact."""
    return {
        "pupil": _("Elev"),
        "enrolment": _("Innskriving"),
        "assessment": _("Sakkyndig vurdering"),
        "consent": _("Samtykke"),
        "vedtak": _("Vedtak"),
        "appeal": _("Klage"),
        "pause": _("Opphold i saken"),
    }.get(row["what"], str(row["what"]))


def _values(values: Row | None) -> str:
    """Column values in one cell: words as they are, days as Norwegians write them."""
    names = {
        "needed_since": _("behov"),
        "referred_on": _("henvist"),
        "complete_on": _("komplett"),
        "received_on": _("mottatt"),
        "decided_on": _("vedtatt"),
        "valid_from": _("fra"),
        "valid_to": _("til"),
        "notified_on": _("varslet"),
        "arrived_on": _("kommet fram"),
        "recorded_on": _("registrert"),
        "starts": _("fra"),
        "ends": _("til"),
        "due": _("frist"),
    }
    told = []
    for name, value in (values or {}).items():
        if name in _UNTOLD:
            continue
        shown = value
        if isinstance(value, str) and (day := read_day(value)) is not None:
            shown = output.day(day)
        elif name == "year":
            shown = Year(int(str(value)))
        told.append(f"{names[name]} {shown}" if name in names else str(shown))
    return ", ".join(told)


# The step stands in the column before; numbers of rows say nothing to a reader.
_UNTOLD = frozenset({"step", "recorded_on", "school_id", "class_id", "ppt_id"})
