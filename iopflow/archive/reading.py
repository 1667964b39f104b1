"""What is stored of some pupils, read a table at a time for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, or_, select
from sqlmodel import Session

from iopflow.models import Scope, metadata
from iopflow.queries.handing import places_of_pupils, words_of
from iopflow.queries.prepared import among, read
from iopflow.queries.standing import TaskRow
from iopflow.roles import ROLES, Place
from iopflow.schoolyear import Year

Rows = dict[int, list[Any]]

# Where the facts of a pupil stand: the file of the export and the table, and what each column is
# called there where the model has another name.
STORED: Mapping[str, str] = {
    "facts/assessments.csv": "assessment",
    "facts/consents.csv": "consent",
    "facts/vedtak.csv": "vedtak",
    "facts/moves.csv": "case_move",
    "facts/pauses.csv": "pause",
    "facts/appeals.csv": "appeal",
    "facts/support.csv": "support",
}
NAMED: Mapping[str, str] = {"on": "on_day", "from": "starts", "to": "ends"}


@dataclass(frozen=True, slots=True)
class One:
    """A pupil as an export needs it. `until` is the last day of one who has left the school."""

    id: int
    owner_id: int
    key: str
    name: str
    protected: bool
    until: date | None
    row: Any


def pupils_of(session: Session, pupil_ids: Sequence[int], last: Mapping[int, date]) -> list[One]:
    """The pupils, by code."""
    rows = read(session, _pupils(), pupils=pupil_ids)
    return sorted(
        (
            One(row.id, row.owner_id, row.key, row.name, row.protected, last.get(row.id), row)
            for row in rows
        ),
        key=lambda one: (one.key, one.id),
    )


def of_year(
    session: Session, school_id: int, year: Year, rows: Sequence[TaskRow], today: date
) -> tuple[list[int], dict[int, date]]:
    """The pupils of a school's year; and the last day of those who have left it since."""
    stay = metadata.tables["enrolment"]
    first, end = year.on(8, 1), year.on(7, 31)
    there = select(stay.c.pupil_id).where(
        stay.c.school_id == school_id,
        stay.c.starts <= end,
        or_(stay.c.ends.is_(None), stay.c.ends >= first),
    )
    ids = sorted({*session.execute(there).scalars(), *(row.subject_id for row in rows)})
    ends: dict[int, date] = {}
    here = select(stay.c.pupil_id, stay.c.ends).where(
        stay.c.school_id == school_id, among(stay.c.pupil_id, "pupils")
    )
    for row in read(session, here, pupils=ids):
        ends[row.pupil_id] = max(ends.get(row.pupil_id, date.min), row.ends or date.max)
    return ids, {pupil_id: day for pupil_id, day in ends.items() if day < today}


def by_last_day(rows: Sequence[TaskRow], last: Mapping[int, date]) -> dict[date, list[int]]:
    """The tasks of those who have left, by the day on which the school saw them last."""
    found: dict[date, list[int]] = {}
    for row in rows:
        if row.subject_id in last:
            found.setdefault(last[row.subject_id], []).append(row.id)
    return found


def facts(session: Session, pupil_ids: Sequence[int]) -> dict[str, Rows]:
    """The rows of each file but roles and tasks, by pupil."""
    found = {
        file: _by(read(session, _of(table), pupils=pupil_ids), "pupil_id")
        for file, table in STORED.items()
    }
    found["facts/happenings.csv"] = _by(read(session, _happenings(), pupils=pupil_ids), "pupil_id")
    found["facts/enrolments.csv"] = _by(read(session, _enrolments(), pupils=pupil_ids), "pupil_id")
    return found


def roles(
    session: Session, pupils: Sequence[One], stays: Rows
) -> dict[int, list[tuple[Any, str, date, date | None]]]:
    """The roles over each pupil: the role, where, and the days it was over the pupil.

    A role at a class or a school is over the pupil while the pupil is there, and not over one with
    a protected address where it does not see those.
    """
    places = places_of_pupils(session, {one.id: one.row.ppt_id for one in pupils})
    every = {at for some in places.values() for at in some}
    words = words_of(session, every)
    held: dict[tuple[Place, int], list[Any]] = {}
    for row in read(session, _grants(), numbers=sorted({at_id for _place, at_id in every})):
        held.setdefault((Place(row.at_kind), row.at_id), []).append(row)
    parents = {
        row.id: row.parent_id for row in read(session, _units(), pupils=[p.id for p in pupils])
    }
    found: dict[int, list[tuple[Any, str, date, date | None]]] = {}
    for one in pupils:
        for at in places[one.id]:
            for row in held.get(at, ()):
                role = ROLES.get(row.role)
                if role is None or (one.protected and at[0] not in role.sees_protected):
                    continue
                for starts, ends in _there(at, stays.get(one.id, ()), parents):
                    first = max(row.starts, starts)
                    final = min(row.ends or date.max, ends)
                    if first <= final:
                        until = None if final == date.max else final
                        found.setdefault(one.id, []).append((row, words[at], first, until))
    return found


def _there(
    at: tuple[Place, int], stays: Sequence[Any], parents: Mapping[int, int | None]
) -> list[tuple[date, date]]:
    """The days on which a pupil was at a place."""
    match at[0]:
        case Place.SCHOOL:
            some = [stay for stay in stays if stay.school_id == at[1]]
        case Place.UNIT:
            some = [
                stay
                for stay in stays
                if stay.class_id is not None
                and at[1] in (stay.class_id, parents.get(stay.class_id))
            ]
        case _:
            return [(date.min, date.max)]
    return [(stay.starts, stay.ends or date.max) for stay in some]


def _by(rows: Any, column: str) -> Rows:
    found: Rows = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found


@cache
def _of(table: str) -> Select[Any]:
    stored = metadata.tables[table]
    return select(stored).where(among(stored.c.pupil_id, "pupils"))


@cache
def _pupils() -> Select[Any]:
    pupil, ppt = metadata.tables["pupil"], metadata.tables["ppt_office"]
    return (
        select(pupil, ppt.c.key.label("ppt"))
        .outerjoin(ppt, ppt.c.id == pupil.c.ppt_id)
        .where(among(pupil.c.id, "pupils"))
    )


@cache
def _happenings() -> Select[Any]:
    happening, person = metadata.tables["happening"], metadata.tables["person"]
    return (
        select(happening, happening.c.subject_id.label("pupil_id"), person.c.key.label("by"))
        .outerjoin(person, person.c.id == happening.c.by_id)
        .where(happening.c.scope == Scope.PUPIL, among(happening.c.subject_id, "pupils"))
    )


@cache
def _enrolments() -> Select[Any]:
    stay, unit = metadata.tables["enrolment"], metadata.tables["unit"]
    school = metadata.tables["school"]
    return (
        select(stay, unit.c.key.label("class"), school.c.key.label("school"))
        .join(school, school.c.id == stay.c.school_id)
        .outerjoin(unit, unit.c.id == stay.c.class_id)
        .where(among(stay.c.pupil_id, "pupils"))
    )


@cache
def _units() -> Select[Any]:
    stay, unit = metadata.tables["enrolment"], metadata.tables["unit"]
    here = select(stay.c.class_id).where(among(stay.c.pupil_id, "pupils"))
    return select(unit.c.id, unit.c.parent_id).where(unit.c.id.in_(here))


@cache
def _grants() -> Select[Any]:
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    away = person.alias("away")
    return (
        select(grant, person.c.key.label("person"), person.c.name, away.c.key.label("for"))
        .join(person, person.c.id == grant.c.person_id)
        .outerjoin(away, away.c.id == grant.c.for_id)
        .where(among(grant.c.at_id, "numbers"))
    )


def people(session: Session, keys: Sequence[str], owner_ids: Sequence[int]) -> dict[str, str]:
    """The names of people, by id."""
    person = metadata.tables["person"]
    rows = read(
        session,
        select(person.c.key, person.c.name).where(among(person.c.owner_id, "owners")),
        owners=owner_ids,
    )
    wanted = set(keys)
    return {row.key: row.name for row in rows if row.key in wanted}
