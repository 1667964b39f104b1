"""Calendar feeds: whose they are, whether they live, and where a person may have one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from iopflow.clock import aware, local_date
from iopflow.models import (
    FeedLevel,
    FeedShows,
    FeedToken,
    Owner,
    Person,
    PptOffice,
    RoleGrant,
    School,
    Unit,
)
from iopflow.queries import access
from iopflow.queries.access import Grant, NotAllowed, Viewer
from iopflow.queries.hashes import hashed
from iopflow.queries.own import own_schools
from iopflow.queries.places import NotFound, find
from iopflow.refusals import Refused
from iopflow.roles import ROLES, Action, Place
from iopflow.schoolyear import Year
from iopflow.texts import _

OWN = "person"
# Thirteen months: one that is fetched once a year, with the school year, goes on.
UNFETCHED = timedelta(days=396)
_TABLES: dict[str, Any] = {"unit": Unit, "school": School, "ppt": PptOffice}


class State(StrEnum):
    """Whether a feed gives deadlines. One that does not says why, in one event."""

    LIVING = "living"
    REVOKED = "revoked"
    ENDED = "ended"
    REPLACED = "replaced"  # another was made in its place, and the time for the change is over
    WITHDRAWN = "withdrawn"  # the person no longer holds a role there


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed with the person it belongs to.

    `at_kind` is "person" (own deadlines), "unit", "school" or "ppt", and `at` the place in the
    words of a command. The wheel and the network's dates are those of a school, or ("person") of
    all the person's schools. `key` makes the feed's ids and codes unguessable; it is the hash of
    the token, never the token. `id` is None for a feed that is only looked at.
    """

    id: int | None
    owner_id: int
    owner: str
    person_id: int
    person: str
    language: str | None
    at_kind: str
    at_id: int
    at: str
    level: FeedLevel
    created_at: datetime
    key: str = field(repr=False)
    shows: FeedShows = FeedShows.DEADLINES
    ticks: bool = False
    label: str = ""
    revoked_at: datetime | None = None
    valid_to: date | None = None
    fetched_at: datetime | None = None
    fetched_by: str | None = None

    @property
    def has_codes(self) -> bool:
        """Whether it tells of pupils singly, by a code."""
        return self.shows is FeedShows.DEADLINES and self.level is FeedLevel.CODES

    @property
    def ends_on(self) -> date:
        """The first day on which nobody has fetched it for thirteen months."""
        return local_date((self.fetched_at or self.created_at) + UNFETCHED)


def by_token(session: Session, token: str) -> Feed | None:
    """The feed of a secret address. It is found by the hash: no secret is compared."""
    return next(iter(_feeds(session, col(FeedToken.token_hash) == hashed(token))), None)


def feed_of(session: Session, viewer: Viewer, number: int) -> Feed:
    """A feed by its number, for the person it belongs to and the administrator. Raises NotFound."""
    found = _feeds(session, col(FeedToken.id) == number)
    if not found or not may_handle(viewer, found[0].person_id, found[0].owner_id):
        raise NotFound(_("Fant ikke kalenderlenke {n}: se «iopflow feed list».").format(n=number))
    return found[0]


def feeds(session: Session, viewer: Viewer, person: str | None) -> list[Feed]:
    """The feeds of a person, or all that the viewer may handle. Raises NotAllowed."""
    if person is not None:
        whose = person_for(session, viewer, person)
        return _feeds(session, col(FeedToken.person_id) == whose.id)
    if viewer.is_everyone:
        return _feeds(session)
    if viewer.may(Action.ADMINISTER):
        return _feeds(session, col(FeedToken.owner_id) == viewer.owner_id)
    return _feeds(session, col(FeedToken.person_id) == viewer.person_id)


def person_for(session: Session, viewer: Viewer, key: str) -> Person:
    """The person whose feeds are meant: oneself, or anybody for the administrator."""
    if viewer.key is not None and key in (viewer.key, viewer.key.rpartition(":")[2]):
        return session.get_one(Person, viewer.person_id)
    if not viewer.may(Action.ADMINISTER):
        raise NotAllowed(
            _("Du kan bare ha dine egne kalenderlenker: skriv --person {you}.").format(
                you=viewer.key
            )
        )
    found: Person = find(session, "person", key, owner_id=viewer.owner_id)
    return found


def may_handle(viewer: Viewer, person_id: int, owner_id: int) -> bool:
    """Whether the viewer may see, show and revoke a person's feeds."""
    return (
        viewer.is_everyone
        or viewer.person_id == person_id
        or (viewer.owner_id == owner_id and viewer.may(Action.ADMINISTER))
    )


def imagined(
    session: Session,
    person: Person,
    at: str,
    level: FeedLevel,
    *,
    today: date,
    key: str,
    shows: FeedShows = FeedShows.DEADLINES,
    ticks: bool = False,
) -> Feed:
    """A feed that is not stored: the one that would be, were it made now.

    Raises NotFound for an unknown place and NotAllowed where the person has no role that sees
    tasks there.
    """
    kind, _colon, place = at.partition(":")
    if kind == OWN and not place:
        at_id = person.number
    elif kind in _TABLES and place:
        at_id = find(session, kind, place, owner_id=person.owner_id).number
    else:
        raise Refused(
            _("«{at}» er ikke et sted: skriv person, unit:ID, school:ID eller ppt:ID.").format(
                at=at
            )
        )
    if shows is not FeedShows.DEADLINES and kind not in (OWN, "school"):
        raise Refused(
            _("Årshjulet og datoene er en skoles: skriv school:ID, eller la stedet stå tomt.")
        )
    year = Year.of(today)
    feed = Feed(
        id=None,
        owner_id=person.owner,
        owner=session.get_one(Owner, person.owner_id).key,
        person_id=person.number,
        person=person.key,
        language=person.language,
        at_kind=kind,
        at_id=at_id,
        at=at,
        level=level,
        created_at=datetime(year.start, 8, 1, tzinfo=UTC),
        key=hashed(f"{key} {person.number} {at}"),
        shows=shows,
        ticks=ticks,
    )
    if not has_place(session, viewer_of(session, feed, today=today), feed, today=today):
        raise NotAllowed(
            _(
                "{person} har ingen rolle som ser oppgavene der ({at}): "
                "uten et sted gjelder lenken egne frister."
            ).format(person=person.key, at=at)
            if kind != OWN
            else _("{person} har ingen rolle som ser oppgaver.").format(person=person.key)
        )
    return feed


def viewer_of(session: Session, feed: Feed, *, today: date) -> Viewer:
    """The person whose feed it is, with the roles of today."""
    return access.viewer(session, f"{feed.owner}:{feed.person}", today=today)


def roles_at(session: Session, viewer: Viewer, feed: Feed) -> tuple[Grant, ...]:
    """The roles of today that let the person have the feed; none of them, no feed.

    A unit is also reached from its parent and its school.
    """
    places = _reaching(session, feed)
    return tuple(
        grant
        for grant in viewer.grants
        if (places is None or (grant.place, grant.at_id) in places) and _sees_tasks(grant)
    )


def may_show(viewer: Viewer, shows: FeedShows) -> bool:
    """Whether any role of today opens such a feed anywhere: the network's dates are for leaders."""
    needed = {FeedShows.DEADLINES: Action.SEE, FeedShows.DATES: Action.FIGURES}.get(shows)
    return needed is None or viewer.may(needed)


def has_place(session: Session, viewer: Viewer, feed: Feed, *, today: date) -> bool:
    """Whether a role of today lets the person have the feed."""
    if feed.shows is FeedShows.DEADLINES:
        return bool(roles_at(session, viewer, feed))
    return may_show(viewer, feed.shows) and bool(schools_of(session, viewer, feed, today=today))


def schools_of(session: Session, viewer: Viewer, feed: Feed, *, today: date) -> set[int]:
    """The schools, by number, whose wheel the feed shows."""
    own = own_schools(session, viewer, today=today)
    return own if feed.at_kind == OWN else own & {feed.at_id}


def _sees_tasks(grant: Grant) -> bool:
    role = ROLES[grant.role]
    if grant.place is Place.NETWORK:  # the network's own steps, which have no pupils
        return Action.FIGURES in role.may
    return Action.SEE in role.may


def _reaching(session: Session, feed: Feed) -> set[tuple[Place, int]] | None:
    """The places from which the feed's place is seen; None where any will do."""
    if feed.at_kind == OWN:
        return None
    if feed.at_kind != "unit":
        return {(Place(feed.at_kind), feed.at_id)}
    unit = session.get(Unit, feed.at_id)
    if unit is None:  # an import that made it was undone
        return set()
    return {
        (Place.UNIT, feed.at_id),
        (Place.SCHOOL, unit.school_id),
        *({(Place.UNIT, unit.parent_id)} if unit.parent_id is not None else ()),
    }


def state(session: Session, viewer: Viewer, feed: Feed, *, today: date) -> State:
    """Whether the feed lives on a day. It is asked at every reading."""
    if feed.revoked_at is not None:
        return State.REVOKED
    if feed.valid_to is not None and today > feed.valid_to:
        return State.REPLACED
    if feed.id is not None and today >= feed.ends_on:
        return State.ENDED
    there = has_place(session, viewer, feed, today=today)
    return State.LIVING if there else State.WITHDRAWN


def last_role_day(session: Session, feed: Feed, *, today: date) -> date | None:
    """The last day on which the person held any role, where all have ended."""
    return session.execute(
        select(col(RoleGrant.ends))
        .where(col(RoleGrant.person_id) == feed.person_id, col(RoleGrant.ends) < today)
        .order_by(col(RoleGrant.ends).desc())
        .limit(1)
    ).scalar()


def _feeds(session: Session, *where: ColumnElement[bool]) -> list[Feed]:
    statement = (
        select(FeedToken, Person, col(Owner.key))
        .join(Person, col(Person.id) == col(FeedToken.person_id))
        .join(Owner, col(Owner.id) == col(FeedToken.owner_id))
        .where(*where)
        .order_by(col(FeedToken.id))
    )
    found = session.execute(statement).all()
    names = _names(session, [row for row, _person, _owner in found])
    return [
        Feed(
            id=row.id,
            owner_id=row.owner,
            owner=owner,
            person_id=row.person_id,
            person=person.key,
            language=person.language,
            at_kind=row.at_kind,
            at_id=row.at_id,
            at=OWN if row.at_kind == OWN else names.get((row.at_kind, row.at_id), row.at_kind),
            level=row.level,
            created_at=aware(row.created_at),
            key=row.token_hash,
            shows=row.shows,
            ticks=row.ticks,
            label=row.label,
            revoked_at=aware(row.revoked_at) if row.revoked_at else None,
            valid_to=row.valid_to,
            fetched_at=aware(row.fetched_at) if row.fetched_at else None,
            fetched_by=row.fetched_by,
        )
        for row, person, owner in found
    ]


def _names(session: Session, rows: Sequence[FeedToken]) -> dict[tuple[str, int], str]:
    """The places of feeds in the words of a command."""
    found = {}
    for kind, table in _TABLES.items():
        ids = {row.at_id for row in rows if row.at_kind == kind}
        if ids:
            for one_id, key in session.execute(
                select(table.id, table.key).where(table.id.in_(ids))
            ):
                found[kind, one_id] = f"{kind}:{key}"
    return found
