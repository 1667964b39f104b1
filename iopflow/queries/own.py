"""The schools that a person has to do with."""

from datetime import date
from typing import Any

from sqlalchemy import or_, select, union
from sqlmodel import Session

from iopflow.models import metadata
from iopflow.queries.access import Viewer
from iopflow.roles import Place


def own_schools(session: Session, viewer: Viewer, *, today: date) -> set[int]:
    """The schools, by number, at which a role of today is held, or which it is held over."""
    tables = metadata.tables
    school, unit, pupil, stay = (tables[name] for name in ("school", "unit", "pupil", "enrolment"))
    here = (stay.c.starts <= today, or_(stay.c.ends.is_(None), stay.c.ends >= today))
    held = {
        place: [grant.at_id for grant in viewer.grants if grant.place is place] for place in Place
    }
    of_offices = select(pupil.c.id).where(pupil.c.ppt_id.in_(held[Place.PPT]))
    from_place: dict[Place, Any] = {
        Place.SCHOOL: select(school.c.id).where(school.c.id.in_(held[Place.SCHOOL])),
        Place.UNIT: select(unit.c.school_id).where(unit.c.id.in_(held[Place.UNIT])),
        Place.PUPIL: select(stay.c.school_id).where(stay.c.pupil_id.in_(held[Place.PUPIL]), *here),
        Place.PPT: select(stay.c.school_id).where(stay.c.pupil_id.in_(of_offices), *here),
        Place.OWNER: select(school.c.id).where(school.c.owner_id.in_(held[Place.OWNER])),
        Place.NETWORK: select(school.c.id).where(school.c.network_id.in_(held[Place.NETWORK])),
    }
    asked = [from_place[place] for place, at in held.items() if at]
    return set(session.execute(union(*asked)).scalars()) if asked else set()
