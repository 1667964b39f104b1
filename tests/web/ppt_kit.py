"""PPT at Lia skole: an office, two advisers, its head, and four cases for the year that comes."""

from datetime import date

from sqlalchemy import select
from sqlmodel import Session

from iopflow import db
from iopflow.models import metadata
from tests.factories import Lia
from tests.web.conftest import Pages


def cast_of(session: Session) -> Lia:
    """The cast of the pages, by the ids of the import tables."""
    owner = metadata.tables["owner"]
    cast = Lia(session, session.execute(select(owner.c.id)).scalar_one(), {})
    for name in ("school", "unit", "pupil", "person"):
        table = metadata.tables[name]
        rows = session.execute(select(table.c.key, table.c.id))
        cast.ids |= {row.key: row.id for row in rows}
    return cast


def with_ppt(pages: Pages) -> None:
    """PPT behind pages."""
    fill_ppt(str(pages.engine.url.render_as_string(hide_password=False)))


def fill_ppt(url: str) -> None:
    """e1 and e2 are Petra's, e3 has nobody, e5 is protected and Petra's; Anne is an adviser too."""
    engine = db.create_engine(url)
    with db.session(engine) as session:
        cast = cast_of(session)
        cast.ids["ppt"] = cast.add(
            "ppt_office", key="ppt", name="PPT Eikedal", municipality="Eikedal"
        )
        pupil = metadata.tables["pupil"]
        session.execute(pupil.update().where(pupil.c.key != "f1").values(ppt_id=cast.ids["ppt"]))
        given = metadata.tables["assessment"]  # those of the year that has begun
        session.execute(
            given.update().values(referred_on=date(2026, 2, 5), received_on=date(2026, 5, 20))
        )
        for key in ("e1", "e2", "e3", "e5"):
            cast.need(key, 2027, needed_since=date(2026, 10, 1), referred_on=date(2026, 11, 2))
            cast.consent(key, "utredning", year=2027, on=date(2026, 10, 15))
        for key in ("e1", "e2", "e5"):
            cast.grant("petra", "ppt_radgiver", "pupil", key)
        cast.grant("anne", "ppt_radgiver", "pupil", "e4")
        cast.grant("liv", "ppt_leder", "ppt", "ppt")
    engine.dispose()
