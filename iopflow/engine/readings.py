"""Notes who read of which pupil. A note of a reading is no event: nothing has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, insert, or_, select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.models import KEPT, another, metadata
from iopflow.queries.access import Viewer

TAKEN = "#xlsx"  # behind the page whose list was taken out as a file
AGAIN = timedelta(minutes=5)  # the same page opened again within these is the same reading


@dataclass(frozen=True, slots=True)
class Unnoted:
    """Readings to be noted: of single pupils, and of lists (the number of a school, how many)."""

    viewer: Viewer
    what: str
    pupils: Sequence[int]
    lists: Mapping[int, int]

    def __bool__(self) -> bool:
        return bool(self.pupils or self.lists)


def unnoted(
    session: Session,
    viewer: Viewer,
    what: str,
    *,
    pupils: Sequence[int] = (),
    lists: Mapping[int, int] | None = None,
    now: datetime,
) -> Unnoted:
    """What has not been noted within the last minutes. It only reads: most pages write nothing."""
    known, listed = set(), set()
    some = {school: n for school, n in (lists or {}).items() if n}
    reading, pupil = metadata.tables["reading"], metadata.tables["pupil"]
    lately = and_(
        _is(reading.c.person_id, viewer.person_id),
        _is(reading.c.token_id, viewer.token_id),
        reading.c.what == what,
        reading.c.at > now - AGAIN,
        reading.c.at <= now,
    )
    if pupils:
        same = and_(pupil.c.owner_id == reading.c.owner_id, pupil.c.key == reading.c.pupil_key)
        known = set(
            session.execute(
                select(pupil.c.id).join(reading, same).where(lately, pupil.c.id.in_(pupils))
            ).scalars()
        )
    if some and viewer.token_id is None:  # a program reads a list page by page, and each counts
        listed = set(
            session.execute(
                select(reading.c.school_id).where(
                    lately, reading.c.pupil_key.is_(None), reading.c.school_id.in_(some)
                )
            ).scalars()
        )
    return Unnoted(
        viewer,
        what,
        [number for number in dict.fromkeys(pupils) if number not in known],
        {school: n for school, n in some.items() if school not in listed},
    )


def note(session: Session, read: Unnoted, *, now: datetime) -> None:
    """Writes them. Whoever shows something lets this succeed first: nothing is shown unnoted."""
    said = {
        "at": now,
        "person_id": read.viewer.person_id,
        "token_id": read.viewer.token_id,
        "what": read.what,
    }
    rows: list[dict[str, Any]] = []
    if read.pupils:
        rows += [
            said | {"owner_id": owner, "pupil_key": key, "school_id": school, "n": 1}
            for owner, key, school in _places(session, read.pupils, now)
        ]
    if read.lists:
        table = metadata.tables["school"]
        found = session.execute(
            select(table.c.id, table.c.owner_id).where(table.c.id.in_(read.lists))
        )
        rows += [
            said | {"owner_id": owner, "pupil_key": None, "school_id": id_, "n": read.lists[id_]}
            for id_, owner in found
        ]
    if rows:
        session.connection().execute(insert(metadata.tables["reading"]), rows)


def _places(session: Session, pupils: Sequence[int], now: datetime) -> list[Any]:
    """Owner and id of pupils, and the school of the day, whose head answers for the reading."""
    pupil, stay, today = metadata.tables["pupil"], another("enrolment"), local_date(now)
    here = and_(stay.c.starts <= today, or_(stay.c.ends.is_(None), stay.c.ends >= today))
    school = (
        select(stay.c.school_id)
        .where(stay.c.pupil_id == pupil.c.id)
        .order_by(case((here, 0), else_=1), stay.c.starts.desc(), stay.c.school_id)
        .limit(1)
        .scalar_subquery()
    )
    return list(
        session.execute(select(pupil.c.owner_id, pupil.c.key, school).where(pupil.c.id.in_(pupils)))
    )


def _is(column: Any, value: int | None) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.is_(None) if value is None else column == value
    return found


def forget_readings(session: Session, now: datetime) -> None:
    """Takes away what is older than it is kept."""
    table = metadata.tables["reading"]
    session.connection().execute(delete(table).where(table.c.at < now - KEPT))
