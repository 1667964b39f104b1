"""What is done in a case beside its four facts: moves, pauses, appeals, and assistance."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from iopflow.engine.cases import Case, follow, in_order, not_after, put, row_of
from iopflow.engine.happenings import Done, NotNow, not_after_today
from iopflow.engine.lawful import lawful
from iopflow.engine.ledger import Act
from iopflow.lifecycle import BY_TIME, Court, Happened
from iopflow.models import AppealKind, MoveKind, Outcome, SupportKind, metadata
from iopflow.roles import Action
from iopflow.texts import _, short_date


class Beside(StrEnum):
    """What is registered in a case and is none of what happens in it."""

    PAUSE = "pause"
    APPEAL = "appeal"
    SUPPORT = "support"


# What PPT may register as well as the school: its own work, and who is waited for.
_OF_PPT = frozenset(
    {Happened.REFERRED, Happened.COMPLETE, Happened.RECEIVED, Happened.SENT_BACK, Beside.PAUSE}
)
# What one must be allowed to do to register each. Doubt is a happening of the wheel; the rest that
# is not here the calendar does by itself.
MAY: Mapping[Happened | Beside, Action] = {
    what: Action.REGISTER_ASSESSMENT if what in _OF_PPT else Action.REGISTER_CASE
    for what in (*Happened, *Beside)
    if what not in BY_TIME | {Happened.CONCERN}
}


def move(
    session: Session,
    case: Case,
    kind: MoveKind,
    *,
    on: date,
    note: str | None = None,
    evidence: str | None = None,
    today: date,
    act: Act,
) -> Done:
    """Something happened in the case: asked for consent, sent back, supplied, closed, …

    Refuses (NotNow) what the moves of a case refuse: a state in which it cannot happen, and
    sending back or closing without saying why.
    """
    not_after_today(on, today)
    row = case.facts.assessment(case.year.start)
    if kind is MoveKind.SENT_BACK and row is not None and row.received_on is not None:
        raise NotNow(
            _(
                "Sakkyndig vurdering er levert {day}: saken kan ikke sendes tilbake etterpå. Var "
                "leveringen feil, trekk den først."
            ).format(day=short_date(row.received_on))
        )
    values = {"note": note, "evidence": evidence}
    said = {name: value for name, value in values.items() if value is not None}
    with lawful(session, case, today=today) as told:
        done = put(session, "case_move", case, {"kind": kind, "on_day": on}, said, "note", act)
    done.warnings += told
    return follow(session, case.rules, case, done, act)


def pause(
    session: Session,
    case: Case,
    *,
    starts: date,
    court: Court | None = None,
    ends: date | None = None,
    cause: str | None = None,
    evidence: str | None = None,
    today: date,
    act: Act,
) -> Done:
    """The case waits for a court, from a day and perhaps to one, for a cause of its own.

    The same first day again changes or ends the pause. Two pauses of a case never overlap. A pause
    moves no deadline: it says where the days went, and why.
    """
    not_after("starts", starts, today)
    if case.road_only:
        _on_the_road(case, starts)
    table = metadata.tables["pause"]
    there = row_of(session, table, case, {"starts": starts})
    if there is None and court is None:
        raise NotNow(_("Skriv hvem saken venter på: skole, ppt, foresatte eller kommune."))
    if there is None and not cause:
        raise NotNow(_("Skriv hvorfor saken venter (--cause)."))
    last = ends or (there["ends"] if there is not None else None)
    in_order(starts, last, "starts", "ends")
    for other in case.facts.pauses:
        overlaps = other.starts != starts and (
            other.starts <= (last or date.max) and starts <= (other.ends or date.max)
        )
        if other.year == case.year.start and overlaps:
            raise NotNow(
                _("Saken venter allerede disse dagene: avslutt den andre pausen først (--to).")
            )
    values = {
        "court": court.value if court is not None else None,
        "ends": ends,
        "cause": cause,
        "evidence": evidence,
    }
    said = {name: value for name, value in values.items() if value is not None}
    # A pause has no day of its own on which it was received.
    return put(session, "pause", case, {"starts": starts}, said, None, act, dated=False)


def _on_the_road(case: Case, starts: date) -> None:
    """Raises NotNow for a pause that PPT would write after the assessment was there."""
    row = case.facts.assessment(case.year.start)
    if row is None or (row.received_on is not None and starts > row.received_on):
        raise NotNow(_("Sakkyndig vurdering er levert: skolen registrerer opphold etter det."))


def appeal(
    session: Session,
    case: Case,
    values: Mapping[str, Any],
    *,
    registered: date,
    today: date,
    act: Act,
) -> Done:
    """An appeal, and how far it has come: kind, reviewed_on, forwarded_on, result, closed_on.

    Whoever decided looks at it first; the statsforvalter decides (forvaltningsloven § 33,
    opplæringslova § 29-1). Refuses a first review after the sending on, and a vedtak that is not
    there to appeal against; one on lacking implementation may come at any time (Udir 8.4).
    """
    not_after("registered_on", registered, today)
    there = row_of(session, metadata.tables["appeal"], case, {"registered_on": registered}) or {}
    days = {
        name: values.get(name) or there.get(name)
        for name in ("reviewed_on", "forwarded_on", "closed_on")
    }
    before, column = registered, "registered_on"
    for name, day in days.items():
        if day is not None:
            not_after(name, day, today)
            in_order(before, day, column, name)
            before, column = day, name
    kind = values.get("kind") or there.get("kind")
    decided = [row.decided_on for row in case.facts.vedtak if row.year == case.year.start]
    if kind != AppealKind.GJENNOMFORING and not any(day <= registered for day in decided):
        raise NotNow(
            _(
                "Det er ikke registrert noe vedtak å klage på for {year} den dagen "
                "(forvaltningsloven § 28): registrer vedtaket først, eller rett datoen."
            ).format(year=case.year)
        )
    if days["closed_on"] is not None and not (values.get("result") or there.get("result")):
        raise NotNow(_("En klage som er avsluttet har et utfall: skriv --result."))
    said = {name: value for name, value in values.items() if value is not None}
    key = {"registered_on": registered}
    return put(session, "appeal", case, key, said, None, act, dated=False)


def support(
    session: Session,
    case: Case,
    kind: SupportKind,
    values: Mapping[str, Any],
    *,
    sought: date,
    today: date,
    act: Act,
) -> Done:
    """Assistance or physical adaptation: sought, decided, in force; no assessment is required.

    A lane of its own beside the case (opplæringslova §§ 11-4, 11-5), kept by pupil, not by year.
    """
    not_after("sought_on", sought, today)
    for name in ("decided_on", "notified_on"):
        if values.get(name) is not None:
            not_after(name, values[name], today)
    key = {"kind": kind, "sought_on": sought}
    there = row_of(session, metadata.tables["support"], case, key) or {}
    merged = {name: values.get(name) or there.get(name) for name in _SUPPORT}
    in_order(sought, merged["decided_on"], "sought_on", "decided_on")
    in_order(merged["decided_on"], merged["notified_on"], "decided_on", "notified_on")
    in_order(merged["valid_from"], merged["valid_to"], "valid_from", "valid_to")
    if merged["decided_on"] is not None and merged["outcome"] is None:
        raise NotNow(_("--outcome mangler: skriv granted, partly eller refused."))
    granted = merged["outcome"] in (Outcome.GRANTED, Outcome.PARTLY)
    if granted and merged["valid_from"] is None:
        raise NotNow(_("Skriv fra hvilken dag det gjelder: --valid-from."))
    said = {name: value for name, value in values.items() if value is not None}
    return put(session, "support", case, key, said, "decided_on", act, of_year=False)


_SUPPORT = ("decided_on", "outcome", "valid_from", "valid_to", "notified_on")
