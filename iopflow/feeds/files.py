"""The file of a feed, written once and given until something happens to those whom it shows.

Every fetch asks the database whether anything was written since: no time is waited for, and what
one process has written all others give.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, case, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from iopflow import __version__, db
from iopflow.feeds.content import render
from iopflow.feeds.shown import NEVER, Shown
from iopflow.models import metadata
from iopflow.queries.feeds import by_token
from iopflow.queries.hashes import hashed
from iopflow.queries.prepared import upsert
from iopflow.queries.rules import Rules

log = logging.getLogger(__name__)
NOTED = timedelta(hours=6)  # how often it is written that somebody has fetched a feed
# So far behind the newest change a file's mark is moved on: sooner, every poll would be a write.
_BEHIND = 100
_MANY = 500  # changes since: reading through more of them costs as much as writing the file anew


@dataclass(frozen=True, slots=True)
class Around:
    """What decides a file's bytes beside the data. `stamp` changes with the rules."""

    rules: Rules
    stamp: str
    today: date
    language: str = "nb"
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a program gets. `body` is None where it has said that it holds this very file.

    `kept` are the columns of `feed_file` to write when the answer has been given; where only the
    mark is moved on, `was` is the one it must still have. `seen` says that it is time to note the
    fetch, which is only done of a feed that has not ended.
    """

    feed_id: int
    owner_id: int
    tag: str
    body: bytes | None
    kept: Mapping[str, Any] = field(default_factory=dict)
    was: int | None = None
    seen: bool = False

    @property
    def is_news(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.kept) or self.seen


@dataclass(frozen=True, slots=True)
class Stale:
    """A known feed whose file is not there, or is not what would be written now."""

    token: str
    stamp: str
    newest: int
    row: Any


def look_up(
    connection: Connection, token: str, around: Around, *, has: str = "", now: datetime
) -> Fetched | Stale | None:
    """What is kept for a secret address, in one look-up; None for an unknown one.

    `has` is the tag of the file that the program holds.
    """
    row = connection.execute(_known(), {"token": hashed(token), "has": has}).first()
    if row is None:
        return None
    stamp, newest = _stamp(around, row), row.newest or 0
    if row.stamp != stamp or (row.mark != newest and _is_touched(connection, row)):
        return Stale(token, stamp, newest, row)
    return Fetched(
        feed_id=row.id,
        owner_id=row.owner_id,
        tag=row.tag,
        body=row.body,
        kept={"mark": newest} if newest - row.mark >= _BEHIND else {},
        was=row.mark,
        seen=_is_noted(row, row.shown is not None, now),
    )


def write_anew(
    session: Session, stale: Stale, around: Around, *, has: str = "", now: datetime
) -> Fetched | None:
    """The file as it is now. What is committed meanwhile is newer than its mark, and found next."""
    feed = by_token(session, stale.token)
    if feed is None:  # an import that made the person was undone
        return None
    file = render(
        session,
        around.rules,
        feed,
        today=around.today,
        language=around.language,
        address=around.address,
    )
    tag = sha256(file.body).hexdigest()[:32]
    kept = {
        "mark": stale.newest,
        "stamp": stale.stamp,
        "tag": tag,
        "body": file.body,
        "shown": file.shown.written() if file.shown is not None else None,
    }
    return Fetched(
        feed_id=stale.row.id,
        owner_id=stale.row.owner_id,
        tag=tag,
        body=None if tag == has else file.body,
        kept=kept,
        seen=_is_noted(stale.row, file.shown is not None, now),
    )


def _is_noted(row: Any, living: bool, now: datetime) -> bool:
    return living and (row.fetched_at is None or now - row.fetched_at >= NOTED)


def keep(engine: Engine, fetched: Fetched, *, now: datetime, by: str) -> None:
    """Writes what a fetch has found out, for the next one. Where another writes, it is left."""
    token = metadata.tables["feed_token"]
    try:
        with db.session(engine, alone=False) as session:
            if fetched.kept:
                _keep_file(session, fetched)
            if fetched.seen:
                session.connection().execute(
                    update(token)
                    .where(token.c.id == fetched.feed_id)
                    .values(fetched_at=now, fetched_by=by or None)
                )
    except SQLAlchemyError as error:  # a long import has the database: the next fetch writes it
        log.warning("A feed could not be kept: %s", type(error).__name__)


def _keep_file(session: Session, fetched: Fetched) -> None:
    file = metadata.tables["feed_file"]
    if "body" not in fetched.kept:
        # Another may have written the file anew meanwhile, or put back an older one.
        same = (file.c.mark == fetched.was, file.c.tag == fetched.tag)
        session.connection().execute(
            update(file).where(file.c.feed_id == fetched.feed_id, *same).values(fetched.kept)
        )
        return
    row = {"owner_id": fetched.owner_id, "feed_id": fetched.feed_id} | dict(fetched.kept)
    written = upsert(session, "feed_file").values(row)
    session.connection().execute(
        written.on_conflict_do_update(
            index_elements=["feed_id", "owner_id"],
            set_={name: written.excluded[name] for name in fetched.kept},
            where=written.excluded.mark >= file.c.mark,  # what was begun first may end last
        )
    )


def _stamp(around: Around, row: Any) -> str:
    """The circumstances: another day has other roles and another window."""
    ended = row.revoked_at, row.valid_to
    return f"{around.today}|{around.language}|{around.address}|{__version__}|{around.stamp}|{ended}"


def _is_touched(connection: Connection, row: Any) -> bool:
    """Whether what was written since the file was may alter it."""
    if row.shown is None:  # it has ended, and nothing but the day or its own row alters that
        return False
    shown = Shown.read(row.shown)
    known = {"mark": row.mark, "owner": row.owner_id, "most": _MANY}
    since = connection.execute(_since(), known).all()
    return len(since) == _MANY or any(
        shown.is_touched_by(event, person_id=row.person_id) for event in since
    )


@cache
def _known() -> Select[Any]:
    token, file, event = (metadata.tables[name] for name in ("feed_token", "feed_file", "event"))
    return (
        select(
            token.c.id,
            token.c.owner_id,
            token.c.person_id,
            token.c.revoked_at,
            token.c.valid_to,
            token.c.fetched_at,
            file.c.mark,
            file.c.stamp,
            file.c.tag,
            file.c.shown,
            case((file.c.tag == bindparam("has"), None), else_=file.c.body).label("body"),
            select(func.max(event.c.id)).scalar_subquery().label("newest"),
        )
        .select_from(token.outerjoin(file, file.c.feed_id == token.c.id))
        .where(token.c.token_hash == bindparam("token"))
    )


@cache
def _since() -> Select[Any]:
    event = metadata.tables["event"]
    return (
        select(event.c.table_name, event.c.row_id, event.c.pupil_id, event.c.before, event.c.after)
        .where(
            event.c.id > bindparam("mark"),
            event.c.owner_id == bindparam("owner"),
            event.c.table_name.not_in(NEVER),
        )
        .order_by(event.c.id)
        .limit(bindparam("most"))
    )
