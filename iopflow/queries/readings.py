"""Who has opened what stands of pupils, as far as the asker answers for it; and who opened many."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlmodel import Session

from iopflow.clock import OSLO, aware
from iopflow.models import metadata
from iopflow.queries import holders
from iopflow.queries.access import Viewer, sees_pupil
from iopflow.roles import Action, Place

# Nobody's work opens so many pupils so fast: a whole avdeling is gone through in a morning.
MANY, WITHIN = 40, timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Read:
    """One reading. Without a pupil it is a list of `n` of them, or a pupil who is here no more."""

    at: datetime
    person_id: int | None
    person: str | None  # the id
    name: str | None
    integration: str | None  # the label of the API's token
    pupil: str | None  # the id
    pupil_id: int | None
    pupil_name: str | None
    school: str | None  # the id
    what: str
    n: int

    def to_json(self) -> dict[str, Any]:
        """The entry as the command line prints it: no name of a pupil."""
        return {
            "at": self.at.isoformat(),
            "person": self.person,
            "integration": self.integration,
            "pupil": self.pupil,
            "school": self.school,
            "what": self.what,
            "n": self.n,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """Which readings: days are Norwegian, both among them."""

    pupil: str | None = None  # the id
    person_id: int | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Rush:
    """An account that opened more than MANY different pupils within WITHIN, at its worst."""

    person: str | None  # the id
    name: str | None
    integration: str | None
    starts: datetime
    n: int
    school: str | None  # the id, where all of them go to one


def readings(
    session: Session, viewer: Viewer, asked: Asked, *, most: int | None = None
) -> list[Read]:
    """Those that the viewer answers for, the newest first. Raises NotAllowed."""
    viewer.require(Action.AUDIT)
    reading = metadata.tables["reading"]
    statement = _joined().where(_seen(viewer), *_narrowed(asked))
    statement = statement.order_by(reading.c.at.desc(), reading.c.id.desc()).limit(most)
    return [_read(row) for row in session.execute(statement)]


def found_in(
    session: Session, viewer: Viewer, asked: Asked
) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """The people and the pupils (number, name) of whom there are readings in the days asked for."""
    viewer.require(Action.AUDIT)
    person, pupil = metadata.tables["person"], metadata.tables["pupil"]
    days = _narrowed(Asked(first=asked.first, last=asked.last))

    def named(table: Any) -> list[tuple[int, str]]:
        base = _joined().where(_seen(viewer), table.c.id.is_not(None), *days)
        some = base.with_only_columns(table.c.id, table.c.name).distinct()
        return [(row.id, row.name) for row in session.execute(some)]

    return named(person), named(pupil)


def pupils_by_school(session: Session, pupils: Collection[int], *, today: date) -> dict[int, int]:
    """How many of the pupils each school has, today or at the end, by the school's number."""
    stays = holders.stays_of(session, sorted(pupils))
    here = Counter(
        next((one for one in reversed(of) if one.covers(today)), of[-1]).school_id
        for of in stays.values()
    )
    return dict(here)


def rushes(
    session: Session, viewer: Viewer, since: datetime, *, schools: Iterable[int] | None = None
) -> list[Rush]:
    """Accounts that have opened very many pupils in a short time, of whom the viewer answers for.

    With `schools` (numbers) all that was read at those, whoever asks.
    """
    reading = metadata.tables["reading"]
    seen = _seen(viewer) if schools is None else reading.c.school_id.in_(list(schools))
    where = (seen, reading.c.pupil_key.is_not(None), reading.c.at >= since)
    many = session.execute(
        _joined()
        .with_only_columns(reading.c.person_id, reading.c.token_id)
        .where(*where)
        .group_by(reading.c.person_id, reading.c.token_id)
        .having(func.count(reading.c.pupil_key.distinct()) > MANY)
    ).all()
    if not many:
        return []
    rows = session.execute(_joined().where(*where).order_by(reading.c.at, reading.c.id)).all()
    of_account: dict[tuple[int | None, int | None], list[Any]] = {}
    for row in rows:
        of_account.setdefault((row.person_id, row.token_id), []).append(row)
    found = [_worst(of_account[account.person_id, account.token_id]) for account in many]
    return sorted((one for one in found if one is not None), key=lambda one: one.starts)


def _worst(rows: Sequence[Any]) -> Rush | None:
    """The stretch of WITHIN with the most pupils, where they are more than MANY."""
    window: deque[Any] = deque()
    pupils: Counter[tuple[int, str]] = Counter()
    worst: Rush | None = None
    for row in rows:
        window.append(row)
        pupils[row.owner_id, row.pupil_key] += 1
        while row.at - window[0].at > WITHIN:
            gone = window.popleft()
            pupils[gone.owner_id, gone.pupil_key] -= 1
        n = len(+pupils)
        if n > MANY and (worst is None or n > worst.n):
            worst = _rush(window, n)
    return worst


def _rush(rows: deque[Any], n: int) -> Rush:
    first, schools = rows[0], {row.school_key for row in rows}
    school = schools.pop() if len(schools) == 1 else None
    return Rush(first.person, first.name, first.integration, aware(first.at), n, school)


def _joined() -> Select[Any]:
    reading, person = metadata.tables["reading"], metadata.tables["person"]
    pupil, school = metadata.tables["pupil"], metadata.tables["school"]
    token = metadata.tables["api_token"]
    same = and_(pupil.c.owner_id == reading.c.owner_id, pupil.c.key == reading.c.pupil_key)
    return (
        select(
            reading.c.id,
            reading.c.owner_id,
            reading.c.at,
            reading.c.person_id,
            reading.c.token_id,
            reading.c.what,
            reading.c.n,
            reading.c.pupil_key,
            person.c.key.label("person"),
            person.c.name,
            token.c.label.label("integration"),
            pupil.c.id.label("pupil_id"),
            pupil.c.name.label("pupil_name"),
            school.c.key.label("school_key"),
        )
        .select_from(reading)
        .outerjoin(person, person.c.id == reading.c.person_id)
        .outerjoin(token, token.c.id == reading.c.token_id)
        .outerjoin(pupil, same)
        .outerjoin(school, school.c.id == reading.c.school_id)
    )


def _seen(viewer: Viewer) -> ColumnElement[bool]:
    """SQL: what was read of the viewer's own school, while the pupil went there.

    A pupil whom the viewer may not see singly is left out; one that is here no more is seen by id.
    """
    if viewer.is_everyone:
        return true()
    reading, pupil = metadata.tables["reading"], metadata.tables["pupil"]
    mine = sees_pupil(viewer, pupil.c.id, school_id=reading.c.school_id, action=Action.AUDIT)
    return and_(
        reading.c.owner_id == viewer.owner_id,
        reading.c.school_id.in_(viewer.at(Place.SCHOOL, Action.AUDIT)),
        or_(pupil.c.id.is_(None), mine),
    )


def _narrowed(asked: Asked) -> list[ColumnElement[bool]]:
    reading = metadata.tables["reading"]
    where: list[ColumnElement[bool]] = []
    if asked.pupil is not None:
        where.append(reading.c.pupil_key == asked.pupil)
    if asked.person_id is not None:
        where.append(reading.c.person_id == asked.person_id)
    if asked.first is not None:
        where.append(reading.c.at >= datetime.combine(asked.first, time(), OSLO))
    if asked.last is not None:
        after = datetime.combine(asked.last + timedelta(days=1), time(), OSLO)
        where.append(reading.c.at < after)
    return where


def _read(row: Any) -> Read:
    return Read(
        aware(row.at),
        row.person_id,
        row.person,
        row.name,
        row.integration,
        row.pupil_key,
        row.pupil_id,
        row.pupil_name,
        row.school_key,
        row.what,
        row.n,
    )
