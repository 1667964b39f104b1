"""What an event of the log says, in the words of people."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from iopflow.lifecycle import HAPPENED, Happened
from iopflow.models import MoveKind
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date

# The step stands beside it; numbers of rows say nothing to a reader.
_UNTOLD = frozenset({"step", "recorded_on", "school_id", "class_id", "ppt_id", "merged_into"})


def what_word(what: str) -> str:
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
    }.get(what, what)


def values_words(values: Mapping[str, Any] | None) -> str:
    """The columns of a row in one line: words as they are, days as Norwegians write them."""
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
        if isinstance(value, str) and (day := _day(value)) is not None:
            shown = short_date(day)
        elif name == "year":
            shown = Year(int(str(value)))
        if value is True:
            told.append(names.get(name, name))
        else:
            told.append(f"{names[name]} {shown}" if name in names else str(shown))
    return ", ".join(told)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
