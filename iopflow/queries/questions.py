"""What has been asked of whom about steps that are not done, as the two of them see it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session

from iopflow.models import Answering, Asking, another, metadata
from iopflow.queries.places import NotFound
from iopflow.queries.prepared import read
from iopflow.schoolyear import Year
from iopflow.texts import _


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the names of the two, and of the class where it was asked of one."""

    number: int
    owner_id: int
    asker_id: int
    asker: str
    person_id: int
    person: str
    year: Year
    step: str
    unit_id: int | None
    unit: str
    week: str
    asking: Asking
    tasks: int
    note: str | None
    asked_at: datetime
    answer: Answering | None
    answer_note: str | None
    answered_at: datetime | None


def week_of(day: date) -> str:
    """The ISO week of a day: 2026-W48."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def asked_of(session: Session, person_id: int) -> list[Asked]:
    """What waits for the person's answer, the oldest first."""
    table = metadata.tables["question"]
    found = _questions(session, (table.c.person_id == person_id) & table.c.answer.is_(None))
    return found[::-1]


def questions_of(session: Session, person_id: int) -> list[Asked]:
    """All that the person has asked or been asked, the newest first."""
    table = metadata.tables["question"]
    mine = or_(table.c.person_id == person_id, table.c.asker_id == person_id)
    return _questions(session, mine)


def asked_about(
    session: Session, people: Collection[int], year: Year, step: str, week: str
) -> dict[int, Asked]:
    """What some people have been asked about a step in a week, by anybody, by person."""
    table = metadata.tables["question"]
    same = (
        table.c.person_id.in_(people)
        & (table.c.year == year.start)
        & (table.c.step == step)
        & (table.c.week == week)
    )
    return {one.person_id: one for one in _questions(session, same)}


def question_to(session: Session, number: int, person_id: int) -> Asked:
    """A question that the person has been asked. Raises NotFound."""
    table = metadata.tables["question"]
    found = _questions(session, (table.c.id == number) & (table.c.person_id == person_id))
    if not found:
        raise NotFound(_("Fant ikke spørsmålet: åpne siden på nytt."))
    return found[0]


def people_by_key(session: Session, owner_id: int, keys: Collection[str]) -> dict[str, Any]:
    """People of an owner by their ids: number, name and e-mail."""
    person = metadata.tables["person"]
    rows = read(
        session,
        select(person.c.id, person.c.key, person.c.name, person.c.email).where(
            person.c.owner_id == owner_id, person.c.key.in_(sorted(keys))
        ),
    )
    return {row.key: row for row in rows}


def _questions(session: Session, where: ColumnElement[bool]) -> list[Asked]:
    table, unit = metadata.tables["question"], metadata.tables["unit"]
    asker, person = another("person"), another("person")
    rows = session.connection().execute(
        select(
            table,
            asker.c.name.label("asker"),
            person.c.name.label("person"),
            unit.c.name.label("unit"),
        )
        .join(asker, asker.c.id == table.c.asker_id)
        .join(person, person.c.id == table.c.person_id)
        .outerjoin(unit, unit.c.id == table.c.unit_id)
        .where(where)
        .order_by(table.c.asked_at.desc(), table.c.id.desc())
    )
    return [
        Asked(
            *(row.id, row.owner_id, row.asker_id, row.asker, row.person_id, row.person),
            *(Year(row.year), row.step, row.unit_id, row.unit or "", row.week),
            *(row.asking, row.tasks, row.note, row.asked_at),
            *(row.answer, row.answer_note, row.answered_at),
        )
        for row in rows
    ]
