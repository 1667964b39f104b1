"""A head asks a colleague about steps that are not done, and is answered: kindly, and not often."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.engine import ledger
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Act, Change
from iopflow.engine.references import said
from iopflow.models import Answering, Asking, Delivery, MailKind, metadata
from iopflow.queries.questions import Asked, week_of
from iopflow.texts import _, short_date

LONGEST = 200


@dataclass(frozen=True, slots=True)
class About:
    """What is asked about: the step of a year, perhaps of a class, and how much is not done."""

    owner_id: int
    year: int
    step: str
    unit_id: int | None
    tasks: int


def ask(
    session: Session,
    about: About,
    person: Any,
    asking: Asking,
    *,
    note: str,
    sender: str,
    act: Act,
) -> int:
    """Asks a person (a row with id, name and email), who gets a mail at once. Returns its number.

    The mail holds the step and how many, never the note. `sender` is the domain of Message-IDs.
    Raises NotNow where the person has been asked about the step this week, by anybody; BadText.
    """
    week = week_of(local_date(act.at))
    table = metadata.tables["question"]
    there = session.execute(
        select(table.c.asked_at).where(
            table.c.owner_id == about.owner_id,
            table.c.person_id == person.id,
            table.c.year == about.year,
            table.c.step == about.step,
            table.c.week == week,
        )
    ).first()
    if there is not None:
        raise NotNow(
            _("{person} er alt spurt om dette steget denne uken ({day}): vent på svaret.").format(
                person=person.name, day=short_date(local_date(there.asked_at))
            )
        )
    row = {
        "owner_id": about.owner_id,
        "asker_id": act.actor_id,
        "person_id": person.id,
        "year": about.year,
        "step": about.step,
        "unit_id": about.unit_id,
        "week": week,
        "asking": asking,
        "tasks": about.tasks,
        "note": _note(note),
        "asked_at": act.at,
    }
    (number,) = ledger.insert_rows(session, "question", [row], act)
    _post(session, about, person, number, sender, act)
    return number


def answer(session: Session, one: Asked, answering: Answering, *, note: str, act: Act) -> None:
    """Writes the answer of the person asked; a later one takes its place. Raises BadText."""
    new = {"answer": answering, "answer_note": _note(note), "answered_at": act.at}
    before = {name: getattr(one, name) for name in new}
    if before | {"answered_at": act.at} == new:
        return  # the button was pressed twice
    changes = [Change(one.number, before, new, one.owner_id)]
    ledger.update_rows(session, "question", changes, act)


def _note(text: str) -> str | None:
    return said(text, longest=LONGEST) or None


def _post(session: Session, about: About, person: Any, number: int, sender: str, act: Act) -> None:
    """The mail, ready at once. Whoever has no address finds the question in iopflow."""
    if not person.email:
        return
    # With the moment: a database restored from a copy gives the same number once more.
    told = f"question:{about.owner_id}:{number}:{act.at.isoformat()}"
    message_id = f"<{hashlib.sha256(told.encode()).hexdigest()[:32]}@{sender}>"
    session.connection().execute(
        insert(metadata.tables["mail"]),
        [
            {
                "owner_id": about.owner_id,
                "send_on": local_date(act.at),
                "person_id": person.id,
                "kind": MailKind.QUESTION,
                "about_id": number,
                "version": 0,
                "delivery": Delivery.DUE,
                "message_id": message_id,
                "domain": person.email.rpartition("@")[2].lower(),
                "decided_at": act.at,
                "ready_at": act.at,
                "tries": 0,
            }
        ],
    )
