"""Deciding for many pupils at once whether something new is needed for a year, and taking it back.

The same facts and the same moves as one by one: a need, consent to a vedtak asked for, or that
nothing is needed, with the reason. All are registered, or none.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.cases import DELIVERED
from iopflow.engine.happenings import Done, NotNow, not_after_today
from iopflow.engine.lawful import newly_irregular
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.opening import open_needed
from iopflow.engine.references import said
from iopflow.facts import CaseFacts
from iopflow.models import ConsentKind, MoveKind, Pupil, metadata
from iopflow.queries.courses import Histories
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.texts import _


class Word(StrEnum):
    """What can be decided of a year."""

    NEED = "need"
    VEDTAK = "vedtak"  # the assessment still holds: consent to a new vedtak has been asked for
    NO_NEED = "no_need"


# Moves that need no need.
_WITHOUT_NEED = frozenset({MoveKind.MEASURES, MoveKind.NO_NEED, MoveKind.ASKED_VEDTAK})
_MOVES = {Word.VEDTAK: MoveKind.ASKED_VEDTAK, Word.NO_NEED: MoveKind.NO_NEED}


def decide(
    session: Session,
    rules: Rules,
    pupils: Sequence[Pupil],
    year: Year,
    word: Word,
    *,
    on: date,
    reason: str | None = None,
    called: Callable[[Pupil], str] = lambda pupil: pupil.key,
    today: date,
    act: Act,
) -> Done:
    """Registers the same for all of the pupils, or refuses (NotNow) and names those it cannot be.

    A no needs a reason. What is there already is left as it is. `called` is how a refusal names a
    pupil, by the id unless a page shows the names.
    """
    not_after_today(on, today)
    if word is Word.NO_NEED and not (reason and reason.strip()):
        raise NotNow(_("Skriv hvorfor det ikke trengs noe nytt."))
    reason = said(reason) if reason else None
    ids = [pupil.number for pupil in pupils]
    before = Histories(session, ids)
    nowhere = [called(one) for one in pupils if before.stay(one.number, year.start) is None]
    if nowhere:
        raise NotNow(
            _("{pupil} er ikke innskrevet ved noen skole: importer enrolments.csv først.").format(
                pupil=", ".join(nowhere)
            )
        )
    new = [one for one in pupils if not _is_there(before, one, year, word, on)]
    table, fields = _row(word, on, reason)
    corrected = _corrected(session, [one for one in pupils if one not in new], year, fields)
    received = {"recorded_on": ledger.day_of(act), "recorded_at": act.at}
    with session.begin_nested():
        rows = [
            {"owner_id": one.owner_id, "pupil_id": one.id, "year": year.start, **fields, **received}
            for one in new
        ]
        ledger.insert_rows(session, table, rows, act)
        changed = ledger.update_rows(session, table, corrected, act)
        refused = _refusals(before, Histories(session, ids), new, called, today)
        if refused:
            raise NotNow("\n".join(refused))
    _follow(session, rules, new, year, act)
    added = len(new)
    return Done(changed=added + changed, added=added, unchanged=len(ids) - added - changed)


def _row(word: Word, on: date, reason: str | None) -> tuple[str, Mapping[str, Any]]:
    if word is Word.NEED:
        return "assessment", {"needed_since": on}
    return "case_move", {"kind": _MOVES[word], "on_day": on, "note": reason}


def _is_there(known: Histories, pupil: Pupil, year: Year, word: Word, on: date) -> bool:
    case = known.cases.get(pupil.number)
    if case is None:
        return False
    if word is Word.NEED:
        return case.assessment(year.start) is not None
    kind = _MOVES[word].value
    return any((row.kind, row.year, row.on_day) == (kind, year.start, on) for row in case.moves)


def _corrected(
    session: Session, pupils: Sequence[Pupil], year: Year, fields: Mapping[str, Any]
) -> list[Change]:
    """The reason of a no that is there already, where another is given now."""
    if fields.get("note") is None:
        return []
    table = metadata.tables["case_move"]
    statement = select(table.c.id, table.c.owner_id, table.c.pupil_id, table.c.note).where(
        among(table.c.pupil_id, "pupils"),
        table.c.year == year.start,
        table.c.kind == fields["kind"],
        table.c.on_day == fields["on_day"],
        table.c.note.is_distinct_from(fields["note"]),
    )
    return [
        Change(row.id, {"note": row.note}, {"note": fields["note"]}, row.owner_id, row.pupil_id)
        for row in read(session, statement, pupils=[pupil.number for pupil in pupils])
    ]


def _refusals(
    before: Histories,
    after: Histories,
    pupils: Sequence[Pupil],
    called: Callable[[Pupil], str],
    today: date,
) -> list[str]:
    """What goes against a rule now and did not before, a sentence for each pupil."""
    found = []
    for pupil in pupils:
        told = _irregular(before, pupil, today)
        new = [words for words in _irregular(after, pupil, today) if words not in told]
        if new:
            found.append(
                _("Ikke registrert for {pupil}. {why}").format(
                    pupil=called(pupil), why=" ".join(dict.fromkeys(new))
                )
            )
    return found


def _irregular(known: Histories, pupil: Pupil, today: date) -> list[str]:
    courses = known.courses(pupil.number, until=today)
    return [one.words for course in courses for one in course.irregular]


def take_back(
    session: Session,
    rules: Rules,
    pupils: Sequence[Pupil],
    year: Year,
    word: Word,
    *,
    reason: str,
    called: Callable[[Pupil], str] = lambda pupil: pupil.key,
    act: Act,
) -> Done:
    """Takes what was decided away for all of the pupils, with a reason; the log keeps it.

    Refuses (NotNow) where there is nothing to take back, a need on which more has been built, and
    what would leave the rest against a rule.
    """
    if not reason.strip():
        raise NotNow(_("Å trekke en registrering trenger en begrunnelse: skriv --reason."))
    name = "assessment" if word is Word.NEED else "case_move"
    table = metadata.tables[name]
    statement = select(table).where(among(table.c.pupil_id, "pupils"), table.c.year == year.start)
    if word is not Word.NEED:
        statement = statement.where(table.c.kind == _MOVES[word])
    rows = [
        row._asdict() for row in read(session, statement, pupils=[pupil.number for pupil in pupils])
    ]
    there = {row["pupil_id"] for row in rows}
    for one in pupils:
        if one.id not in there:
            raise NotNow(
                _("Fant ingen slik registrering å trekke for {pupil}.").format(pupil=called(one))
            )
    built = {row["pupil_id"] for row in rows if any(row.get(day) for day in DELIVERED)}
    ids, today = [pupil.number for pupil in pupils], ledger.day_of(act)
    before = Histories(session, ids)
    if word is Word.NEED:
        built |= {
            row["pupil_id"] for row in rows if _is_built_on(row, before.cases[row["pupil_id"]])
        }
    with session.begin_nested():
        gone = [Gone(row["id"], row) for row in rows]
        done = Done(changed=ledger.delete_rows(session, name, gone, act))
        after = Histories(session, ids)
        built |= {
            number
            for number in ids
            if newly_irregular(
                before.courses(number, until=today), after.courses(number, until=today)
            )
        }
        if built:
            raise NotNow(
                _(
                    "Saken er i gang for {pupil}: trekk først det som er registrert etter behovet."
                ).format(pupil=", ".join(called(one) for one in pupils if one.id in built))
            )
    _follow(session, rules, pupils, year, act, close=True)
    return done


def _is_built_on(need: Mapping[str, Any], case: CaseFacts) -> bool:
    """Whether consent to an assessment for the year of a need, or a move, has come since."""
    since = [
        *((row.year, row.on_day) for row in case.consents if row.kind == ConsentKind.UTREDNING),
        *((row.year, row.on_day) for row in case.moves if row.kind not in _WITHOUT_NEED),
    ]
    return any(year == need["year"] and on >= need["needed_since"] for year, on in since)


def _follow(
    session: Session,
    rules: Rules,
    pupils: Sequence[Pupil],
    year: Year,
    act: Act,
    *,
    close: bool = False,
) -> None:
    """The tasks follow from the facts, for all pupils of an owner at once."""
    for owner_id in sorted({pupil.owner for pupil in pupils}):
        open_needed(
            session,
            rules,
            owner_id=owner_id,
            years=[year],
            act=act,
            pupil_ids=[pupil.number for pupil in pupils if pupil.owner == owner_id],
            close=close,
        )
