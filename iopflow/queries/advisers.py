"""Who has which pupils' cases at PPT, and who could have: roles at the pupil, read as sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, or_, select
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.prepared import among, read
from iopflow.texts import sort_key

ADVISER = "ppt_radgiver"


@dataclass(frozen=True, slots=True)
class Adviser:
    """Who has a pupil's case at PPT today; `away` is the one in whose place, by name."""

    person_id: int
    key: str
    name: str
    away: str | None = None


def advisers_of(
    session: Session, pupils: Sequence[int], *, today: date
) -> dict[int, tuple[Adviser, ...]]:
    """Who advises on each pupil today, by name; a substitute says for whom."""
    found: dict[int, list[Adviser]] = {}
    for row in read(session, _advisers(), pupils=pupils, today=today):
        found.setdefault(row.at_id, []).append(Adviser(row.id, row.key, row.name, row.away))
    return {
        pupil_id: tuple(sorted(set(some), key=lambda one: (sort_key(one.name), one.away or "")))
        for pupil_id, some in found.items()
    }


def candidates(session: Session, offices: Sequence[int], *, today: date) -> list[Adviser]:
    """Who advises, or has advised, on pupils of some offices: those to choose from, by name."""
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    pupil = metadata.tables["pupil"]
    rows = session.execute(
        select(person.c.id, person.c.key, person.c.name)
        .join(grant, grant.c.person_id == person.c.id)
        .join(pupil, pupil.c.id == grant.c.at_id)
        .where(
            grant.c.role == ADVISER,
            grant.c.at_kind == "pupil",
            grant.c.starts <= today,
            pupil.c.ppt_id.in_(offices),
        )
        .distinct()
    )
    found = [Adviser(row.id, row.key, row.name) for row in rows]
    return sorted(found, key=lambda one: (sort_key(one.name), one.key))


@cache
def _advisers() -> Select[Any]:
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    away = person.alias("away")
    today = bindparam("today", type_=Date)
    return (
        select(grant.c.at_id, person.c.id, person.c.key, person.c.name, away.c.name.label("away"))
        .join(person, person.c.id == grant.c.person_id)
        .outerjoin(away, away.c.id == grant.c.for_id)
        .where(
            grant.c.role == ADVISER,
            grant.c.at_kind == "pupil",
            grant.c.starts <= today,
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
            among(grant.c.at_id, "pupils"),
        )
    )
