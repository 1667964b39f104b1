"""`log`: all that is registered about a pupil, who did it, and what stood there before."""

from datetime import datetime

import click

from iopflow.cli import output
from iopflow.cli.command import command
from iopflow.cli.edge import work
from iopflow.cli.options import by_option, format_option, now_option, read_day
from iopflow.cli.output import Column, Row
from iopflow.cli.readings import note
from iopflow.schoolyear import Year
from iopflow.texts import _, counted


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
@format_option()
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
    with work(now=now, by=by, write=True) as at:
        found = access.pupil(at.session, at.viewer, pupil)
        note(at, "log", pupils=[found.number])
        rows = [one.to_json() for one in log_of(at.session, at.rules, at.viewer, found)]
    columns = [
        Column(_("Når"), lambda row: output.moment(row["at"])),
        Column(_("Hvem"), _who, gives=True),
        Column(_("Hva"), _what, gives=True),
        Column(_("Nå"), lambda row: _values(row["after"]), gives=True),
        Column(_("Før"), lambda row: _values(row["before"]), gives=True, drops=True),
        Column(_("Begrunnelse"), lambda row: row["reason"], gives=True),
    ]
    keys = ("at", "by", "for", "act", "table", "what", "before", "after", "reason", "integration")
    said = _("{entries} om {pupil}.").format(
        entries=counted(len(rows), _("{n} registrering"), _("{n} registreringer")), pupil=pupil
    )
    output.show(how, rows, columns, keys=keys, counted=said)


def _who(row: Row) -> str:
    """Who did it, and in whose place; or which program, over the API."""
    if row["integration"] is not None:
        return _("API: {label}").format(label=row["integration"])
    who = row["by"] or _("administrator")
    return _("{who} (for {away})").format(who=who, away=row["for"]) if row["for"] else who


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
        "case_move": _("Hendelse i saken"),
        "support": _("Assistanse og tilrettelegging"),
        "ppt_meeting_pupil": _("Møte med PPT"),
        "export": _("Eksport av saken"),
    }.get(row["what"], str(row["what"]))


def _values(values: Row | None) -> str:
    """Column values in one cell: words as they are, days as Norwegians write them."""
    from iopflow.lifecycle import HAPPENED, Happened
    from iopflow.models import MoveKind

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
        "answered_by": _("svart av"),
        "archive_ref": _("arkiv"),
        "sought_on": _("søkt"),
        "registered_on": _("kommet inn"),
        "reviewed_on": _("vurdert"),
        "forwarded_on": _("oversendt"),
        "closed_on": _("avsluttet"),
        "recorded_on": _("registrert"),
        "starts": _("fra"),
        "ends": _("til"),
        "due": _("frist"),
        "departs": _("avviker fra sakkyndig vurdering"),
        "protected": _("skjermet"),
    }
    words = {
        "done": _("gjort"),
        "held": _("holdt"),
        "not_applicable": _("ikke aktuelt"),
        "invited": _("invitert"),
        "declined": _("takket nei"),
        "no_reply": _("ikke svar"),
        "cancelled": _("avlyst"),
        "not_possible": _("lot seg ikke gjennomføre"),
        "present": _("representert"),
        "delay": _("forsinket"),
        "granted": _("innvilget"),
        "partly": _("delvis innvilget"),
        "refused": _("nei"),
        "given": _("ja"),
        "withdrawn": _("trukket tilbake"),
        "assistanse": _("personlig assistanse"),
        "fysisk": _("fysisk tilrettelegging"),
        "kommune": _("hjemkommunen"),
    }
    words |= {kind.value: HAPPENED[Happened(kind.value)].get() for kind in MoveKind}
    told = []
    for name, value in (values or {}).items():
        if name in _UNTOLD or value is False:
            continue
        shown: object = words.get(str(value), value)
        if isinstance(value, str) and (day := read_day(value)) is not None:
            shown = output.day(day)
        elif name == "year":
            shown = Year(int(str(value)))
        if value is True:
            told.append(names.get(name, name))
        else:
            told.append(f"{names[name]} {shown}" if name in names else str(shown))
    return ", ".join(told)


# The step stands in the column before; numbers of rows say nothing to a reader.
_UNTOLD = frozenset({"step", "recorded_on", "school_id", "class_id", "ppt_id"})
