"""Lia skole with an open year, for feeds: nasty names, a protected pupil, two schools."""

import pytest
from sqlalchemy import update
from sqlmodel import Session

from iopflow.engine.opening import open_year
from iopflow.models import metadata
from iopflow.queries.places import schools
from tests.factories import RULES, YEAR, Lia, act, lia

NAMES = {
    "e1": "Åse-Béatrice Øye",
    "e2": "Nils; Fold\\n\r\nBEGIN:VEVENT",
    "e3": "محمد ابن علي",
    "e5": "Vår Vern",
}


@pytest.fixture
def cast(session: Session) -> Lia:
    """e1–e3 in 3a with a vedtak, e4 in 3b, e5 in 3a with a protected address; the year is open."""
    cast = lia(session)
    for key in ("e1", "e2", "e3", "e5"):
        cast.pupil(key, protected=key == "e5")
        cast.need(key)
        cast.vedtak(key)
        pupil = metadata.tables["pupil"]
        session.execute(update(pupil).where(pupil.c.id == cast.ids[key]).values(name=NAMES[key]))
    cast.pupil("e4", class_="3b")
    cast.pupil("f1", "fjell", "f3")
    cast.vedtak("f1")
    cast.grant("ada", "admin", "owner", "eikedal")
    cast.grant("eli", "skoleeier", "owner", "eikedal")
    cast.grant("per", "spesialpedagog", "pupil", "e1")
    for year in (YEAR, YEAR.next):
        open_year(session, RULES, year, schools(session), act=act())
    return cast
