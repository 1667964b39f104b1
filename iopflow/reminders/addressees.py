"""Whom mails go to: people and their addresses, and the schools that their roles lie at."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, or_, select
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.prepared import among, read
from iopflow.reminders.leading import REKTOR
from iopflow.roles import Place


def persons(session: Session, people: Sequence[int]) -> dict[int, Any]:
    """The people by number, with all that a mail needs to know of them."""
    return {one.id: one for one in read(session, _persons(), people=people)}


def owners(session: Session, schools: Sequence[int]) -> dict[int, int]:
    """The owner of each school."""
    return {one.id: one.owner_id for one in read(session, _owners(), schools=schools)}


def networks(session: Session, schools: Sequence[int]) -> list[int]:
    """The networks that the schools are in."""
    return sorted(set(read(session, _networks(), schools=schools).scalars()))


def texts(session: Session, schools: Sequence[int]) -> dict[int, dict[str, dict[str, str]]]:
    """The schools' own sentences, by school, language and part."""
    found: dict[int, dict[str, dict[str, str]]] = {}
    for row in read(session, _own_texts(), schools=schools):
        found.setdefault(row.school_id, {}).setdefault(row.language, {})[row.part] = row.text
    return found


def places(session: Session, persons: Mapping[int, Any], today: date) -> dict[int, list[int]]:
    """The live schools that each person's roles of today lie at."""
    found: dict[int, set[int]] = {}
    for row in read(session, _at_schools(), people=list(persons), today=today):
        found.setdefault(row.person_id, set()).add(row.school_id)
    return {person: sorted(schools) for person, schools in found.items()}


def led(session: Session, people: Sequence[int], today: date) -> dict[int, list[int]]:
    """The schools that each person is rektor of."""
    found: dict[int, list[int]] = {}
    for row in read(session, _rektors(), people=people, today=today):
        found.setdefault(row.person_id, []).append(row.at_id)
    return found


def rektors(session: Session, schools: Sequence[int], today: date) -> set[tuple[int, int]]:
    """Who is rektor of the schools: person and school."""
    found = read(session, _rektors_at(), schools=schools, today=today)
    return {(row.person_id, row.at_id) for row in found}


@cache
def _persons() -> Select[Any]:
    person = metadata.tables["person"]
    return select(
        person.c.id,
        person.c.owner_id,
        person.c.key,
        person.c.name,
        person.c.email,
        person.c.language,
        person.c.wish,
        person.c.refused_email,
    ).where(among(person.c.id, "people"))


@cache
def _owners() -> Select[Any]:
    school = metadata.tables["school"]
    return select(school.c.id, school.c.owner_id).where(among(school.c.id, "schools"))


@cache
def _networks() -> Select[Any]:
    school = metadata.tables["school"]
    return select(school.c.network_id).where(
        among(school.c.id, "schools"), school.c.network_id.is_not(None)
    )


@cache
def _own_texts() -> Select[Any]:
    text = metadata.tables["school_text"]
    return select(text.c.school_id, text.c.language, text.c.part, text.c.text).where(
        among(text.c.school_id, "schools")
    )


def _standing(grant: Any) -> tuple[Any, ...]:
    return (among(grant.c.person_id, "people"), *_holding(grant))


def _holding(grant: Any) -> tuple[Any, ...]:
    today = bindparam("today", type_=Date)
    return (grant.c.starts <= today, or_(grant.c.ends.is_(None), grant.c.ends >= today))


@cache
def _rektors() -> Select[Any]:
    grant = metadata.tables["role_grant"]
    return select(grant.c.person_id, grant.c.at_id).where(
        grant.c.at_kind == Place.SCHOOL, grant.c.role == REKTOR, *_standing(grant)
    )


@cache
def _rektors_at() -> Select[Any]:
    grant = metadata.tables["role_grant"]
    return select(grant.c.person_id, grant.c.at_id).where(
        grant.c.at_kind == Place.SCHOOL,
        among(grant.c.at_id, "schools"),
        grant.c.role == REKTOR,
        *_holding(grant),
    )


@cache
def _at_schools() -> Any:
    """The schools at which the people's roles of today lie, by the kinds of place."""
    grant, school = metadata.tables["role_grant"], metadata.tables["school"]
    unit, stay = metadata.tables["unit"], metadata.tables["enrolment"]
    pupil = metadata.tables["pupil"]
    today = bindparam("today", type_=Date)
    here = or_(stay.c.ends.is_(None), stay.c.ends >= today)
    live = school.c.live_from <= today
    of_person = grant.c.person_id
    ways = (
        (Place.SCHOOL, school.c.id == grant.c.at_id, None),
        (Place.UNIT, unit.c.id == grant.c.at_id, (unit, school.c.id == unit.c.school_id)),
        (Place.OWNER, school.c.owner_id == grant.c.at_id, None),
        (Place.NETWORK, school.c.network_id == grant.c.at_id, None),
    )
    found = []
    for place, meets, via in ways:
        base = select(of_person, school.c.id.label("school_id"))
        if via is None:
            base = base.join(school, meets)
        else:
            base = base.join(via[0], meets).join(school, via[1])
        found.append(base.where(grant.c.at_kind == place, live, *_standing(grant)))
    at_pupil = (
        select(of_person, stay.c.school_id)
        .join(stay, stay.c.pupil_id == grant.c.at_id)
        .join(school, school.c.id == stay.c.school_id)
        .where(grant.c.at_kind == Place.PUPIL, here, live, *_standing(grant))
    )
    at_ppt = (
        select(of_person, stay.c.school_id)
        .join(pupil, pupil.c.ppt_id == grant.c.at_id)
        .join(stay, stay.c.pupil_id == pupil.c.id)
        .join(school, school.c.id == stay.c.school_id)
        .where(grant.c.at_kind == Place.PPT, here, live, *_standing(grant))
    )
    return found[0].union(*found[1:], at_pupil, at_ppt)
