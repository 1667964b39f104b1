"""The frozen figures of schools as they may leave them, read from the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from iopflow import __version__
from iopflow.clock import OSLO
from iopflow.exchange.files import FORMAT, VERSION, sealed
from iopflow.exchange.hiding import hidden
from iopflow.models import Network, Owner, School, metadata
from iopflow.queries.masking import FEWEST
from iopflow.schoolyear import Year
from iopflow.tellinger import frozen
from iopflow.texts import sort_key


def exported(
    session: Session, schools: Sequence[School], years: Sequence[Year], *, now: datetime
) -> dict[str, Any]:
    """The file: the newest revision of each figure that the schools have frozen in the years."""
    return sealed(
        {
            "format": FORMAT,
            "format_version": VERSION,
            "iopflow": __version__,
            "exported_at": now.astimezone(OSLO).isoformat(timespec="seconds"),
            "fewest": FEWEST,
            "schools": published(session, schools, years),
        }
    )


def published(
    session: Session, schools: Sequence[School], years: Sequence[Year]
) -> list[dict[str, Any]]:
    """Each school that has frozen something, by name, with what may be shown of its figures."""
    numbers = [one.number for one in schools]
    wheels = _wheels(session, numbers)
    owners = {row.id: row.key for row in session.execute(select(col(Owner.id), col(Owner.key)))}
    networks = {
        row.id: row.key for row in session.execute(select(col(Network.id), col(Network.key)))
    }
    wanted = {str(year) for year in years}
    # The key of a school is unique within its owner only, and entries have no more than the key.
    found = []
    for owner_id in sorted({one.owner for one in schools}):
        of_owner = {one.key: one for one in schools if one.owner == owner_id}
        entries: dict[str, list[dict[str, Any]]] = {}
        for entry in frozen(session, schools=[one.number for one in of_owner.values()]):
            if entry["year"] in wanted:
                number = of_owner[entry["school"]].number
                telling = (number, entry["year"], entry["counted"], entry["revision"])
                entries.setdefault(entry["school"], []).append(entry | {"wheel": wheels[telling]})
        for key, of_school in entries.items():
            school = of_owner[key]
            found.append(
                {
                    "owner": owners[owner_id],
                    "school": key,
                    "name": school.name,
                    "municipality": school.municipality,
                    "network": networks.get(school.network_id),
                    "figures": hidden(of_school),
                }
            )
    return sorted(found, key=lambda one: (sort_key(one["name"]), one["owner"], one["school"]))


def _wheels(session: Session, schools: Sequence[int]) -> dict[tuple[int, str, str, int], str]:
    """The version of the wheel of each telling."""
    telling = metadata.tables["telling"]
    rows = session.execute(
        select(
            telling.c.school_id,
            telling.c.year,
            telling.c.counted,
            telling.c.revision,
            telling.c.wheel,
        ).where(telling.c.school_id.in_(schools))
    )
    return {
        (row.school_id, str(Year(row.year)), row.counted, row.revision): row.wheel for row in rows
    }
