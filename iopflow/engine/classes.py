"""Pupils change class from a day, or leave: what was before stays with the old class."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change
from iopflow.models import another, metadata
from iopflow.schoolyear import Year

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Moves:
    """The enrolments that change and those that begin. Nothing is written before `write`."""

    changes: list[Change] = field(default_factory=list)
    begins: list[dict[str, Any]] = field(default_factory=list)
    pupils: set[int] = field(default_factory=set)

    def write(self, session: Session, act: Act) -> None:
        """Writes them."""
        ledger.update_rows(session, "enrolment", self.changes, act)
        ledger.insert_rows(session, "enrolment", self.begins, act)


def stays_from(
    session: Session, school_id: int, day: date, *, classes: Collection[int] | None = None
) -> list[Any]:
    """The enrolments at a school that last to a day or longer, of some classes or of all."""
    stay = metadata.tables["enrolment"]
    meant = select(stay).where(
        stay.c.school_id == school_id, or_(stay.c.ends.is_(None), stay.c.ends >= day)
    )
    if classes is not None:
        meant = meant.where(stay.c.class_id.in_(list(classes)))
    return list(session.execute(meant.order_by(stay.c.pupil_id, stay.c.starts)).all())


def into(session: Session, stays: Collection[Any], class_id: int, day: date) -> Moves:
    """What it takes for these enrolments to be in a class from a day.

    An enrolment that has begun ends the day before, and a new one begins, in the grade of the day.
    """
    moves = Moves()
    begun = _begun_on(session, stays, day)
    for stay in stays:
        if stay.class_id == class_id:
            continue
        moves.pupils.add(stay.pupil_id)
        if stay.starts >= day:
            before: dict[str, Any] = {"class_id": stay.class_id}
            moves.changes.append(_change(stay, before, {"class_id": class_id}))
            continue
        moves.changes.append(_change(stay, {"ends": stay.ends}, {"ends": day - _DAY}))
        if stay.pupil_id not in begun:  # another enrolment begins there that day
            row = stay._asdict()
            del row["id"]
            grade = stay.grade + Year.of(day).start - Year.of(stay.starts).start
            moves.begins.append(row | {"starts": day, "class_id": class_id, "grade": grade})
    return moves


def until(stays: Collection[Any], last: date | None) -> Moves:
    """What it takes for these enrolments to end on a day; without a day they do not end."""
    moves = Moves()
    for stay in stays:
        if stay.ends != last and (last is None or stay.starts <= last):
            moves.pupils.add(stay.pupil_id)
            moves.changes.append(_change(stay, {"ends": stay.ends}, {"ends": last}))
    return moves


def _change(stay: Any, before: dict[str, Any], after: dict[str, Any]) -> Change:
    return Change(stay.id, before, after, stay.owner_id, stay.pupil_id)


def _begun_on(session: Session, stays: Collection[Any], day: date) -> set[int]:
    stay = another("enrolment")
    pupils, schools = {one.pupil_id for one in stays}, {one.school_id for one in stays}
    return set(
        session.execute(
            select(stay.c.pupil_id).where(
                stay.c.pupil_id.in_(pupils), stay.c.school_id.in_(schools), stay.c.starts == day
            )
        ).scalars()
    )
