"""Two school owners in one database, with the same ids, and everybody there is to ask as.

Eikedal is Lia skole with all its people and PPT. The other has schools, pupils, people, meetings
and feeds with the very same ids of the import tables, and MARK in every text.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session
from sqlmodel.sql.sqltypes import AutoString

from iopflow import db
from iopflow.clock import OSLO
from iopflow.engine.opening import open_year
from iopflow.models import FeedShows, MeetingKind, UnitKind, metadata
from iopflow.queries.hashes import hashed
from iopflow.queries.places import schools
from iopflow.schoolyear import Year
from tests.factories import RULES, Lia, act, lia
from tests.web.conftest import in_use
from tests.web.left_behind import leave_behind
from tests.web.ppt_kit import cast_of, fill_ppt

MARK = "Fremmedord"
FEED = "feed-of-kari-" + 40 * "x"
_TEXTS = {"name", "label", "place", "note", "reason", "comment", "archive_ref", "evidence"} | {
    *("answer_note", "source", "what", "text", "outcome", "description", "correction"),
}


def two_owners(url: str) -> None:
    """The world."""
    in_use(url)
    fill_ppt(url)
    engine = db.create_engine(url)
    with db.session(engine) as session:
        ours = cast_of(session)
        for key, table in (("nett", "network"), ("ppt", "ppt_office")):
            ours.ids[key] = session.execute(select(metadata.tables[table].c.id)).scalar_one()
        _people(ours)
        _key(session, ours.owner_id, "ours")
        theirs = lia(session)
        theirs.ids["eikedal"] = theirs.owner_id
        _pupils(theirs)
        open_year(session, RULES, Year(2026), schools(session), act=act())
        for cast in (ours, theirs):
            _more(cast)
            leave_behind(cast, MARK if cast is theirs else "")
        _mark(session, theirs.owner_id)
        network = metadata.tables["network"]  # under one id the two would share it (contract)
        mine = network.c.owner_id == theirs.owner_id
        session.execute(network.update().where(mine).values(key="annet-nett"))
        _key(session, theirs.owner_id, "annen")
        _key(session, ours.owner_id, "eikedal")
        school = metadata.tables["school"]
        session.execute(school.update().values(live_from=date(2026, 8, 1)))
    db.analyze(engine)
    engine.dispose()


def _people(cast: Lia) -> None:
    """Those whom Lia skole lacks: another avdeling, substitutes, a coordinator, supervision."""
    cast.ids["mellom"] = cast.add(
        "unit", key="mellom", school_id=cast.ids["lia"], kind=UnitKind.AVDELING, name="Mellom"
    )
    cast.ids["5a"] = cast.add(
        "unit",
        key="5a",
        school_id=cast.ids["lia"],
        kind=UnitKind.KLASSE,
        name="5a",
        parent_id=cast.ids["mellom"],
    )
    cast.pupil("e7", class_="5a", ppt_id=cast.ids["ppt"])
    cast.vedtak("e7")
    for name, starts, ends in (
        ("foran", date(2026, 11, 27), date(2026, 12, 31)),
        ("under", date(2026, 11, 1), date(2026, 11, 26)),
        ("etter", date(2026, 10, 1), date(2026, 11, 25)),
    ):
        cast.grant(name, "kontaktlaerer", "unit", "3a", starts=starts, ends=ends)
    cast.grant("nils", "ikit_koordinator", "network", "nett")
    cast.grant("tora", "tilsyn", "school", "lia")
    cast.grant("ledig", "faglaerer", "unit", "f3")


def _pupils(cast: Lia) -> None:
    """The same ids as at Lia."""
    for key in ("e1", "e2", "e3", "e5", "e7"):
        cast.pupil(key, protected=key == "e5")
        cast.vedtak(key)
    cast.pupil("f1", "fjell", "f3")
    cast.grant("per", "spesialpedagog", "pupil", "e1")
    cast.grant("olav", "skoleadministrasjon", "school", "lia")
    cast.grant("eli", "skoleeier", "owner", "eikedal")
    cast.grant("ada", "admin", "owner", "eikedal")
    cast.grant("nils", "ikit_koordinator", "network", "nett")
    cast.ids["ppt"] = cast.add("ppt_office", key="ppt", name="PPT", municipality=MARK)
    cast.grant("liv", "ppt_leder", "ppt", "ppt")
    cast.grant("petra", "ppt_radgiver", "pupil", "e1")
    pupil = metadata.tables["pupil"]
    mine = pupil.c.owner_id == cast.owner_id
    cast.session.execute(pupil.update().where(mine).values(ppt_id=cast.ids["ppt"]))


def _more(cast: Lia) -> None:
    """Meetings and feeds at both schools, and what PPT has to do with each pupil."""
    known = metadata.tables["assessment"]
    has = {
        row.pupil_id
        for row in cast.session.execute(select(known.c.pupil_id).where(known.c.year == 2027))
    }
    for key in ("e1", "e4", "e7", "f1", "e6", "e5"):
        if key in cast.ids and cast.ids[key] not in has:
            cast.need(key, 2027, needed_since=date(2026, 10, 1), referred_on=date(2026, 11, 2))
    for school, unit in (("lia", "smatrinn"), ("fjell", "f3")):
        meeting = cast.add(
            "meeting",
            school_id=cast.ids[school],
            kind=MeetingKind.TEAM,
            starts_at=datetime(2026, 12, 3, 13, 0, tzinfo=OSLO),
            ends_at=datetime(2026, 12, 3, 14, 0, tzinfo=OSLO),
            place="Rom 1",
            uid=f"{cast.owner_id}-{school}",
            created_at=datetime(2026, 11, 1, 8, 0, tzinfo=OSLO),
            changed_at=datetime(2026, 11, 1, 8, 0, tzinfo=OSLO),
            created_by=cast.ids["kari"],
        )
        cast.ids[f"meeting {school}"] = meeting
        cast.ids[f"ppt_meeting {school}"] = cast.add(
            "ppt_meeting", unit_id=cast.ids[unit], year=2026, on_day=date(2026, 12, 8), held=False
        )
    for person in ("kari", "siri"):
        cast.add(
            "feed_token",
            person_id=cast.ids[person],
            token_hash=hashed(FEED if person == "kari" else FEED + person)
            if cast.owner_id == 1
            else hashed(f"{cast.owner_id} {person}"),
            at_kind="person",
            at_id=cast.ids[person],
            shows=FeedShows.DEADLINES,
            level="codes",
            label="Min",
            created_at=datetime(2026, 9, 1, 8, 0, tzinfo=OSLO),
        )


def _mark(session: Session, owner_id: int) -> None:
    """The mark in every text of an owner that a person has written."""
    for table in metadata.sorted_tables:
        texts = [
            one
            for one in table.c
            if one.name in _TEXTS and isinstance(one.type, AutoString) and "owner_id" in table.c
        ]
        for column in texts:
            marked: Any = column + f" {MARK}"
            session.execute(
                table.update()
                .where(table.c.owner_id == owner_id, column.is_not(None))
                .values({column.name: marked})
            )


def _key(session: Session, owner_id: int, key: str) -> None:
    owner = metadata.tables["owner"]
    session.execute(owner.update().where(owner.c.id == owner_id).values(key=key))
