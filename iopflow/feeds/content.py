"""What a feed contains: which deadlines are left, as a number, as codes, or as the step alone."""

import base64
import hmac
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.feeds.changes import Change, Changes, Group, changes_of, group_of
from iopflow.feeds.shown import Shown
from iopflow.feeds.writing import Content, Entry, feed_bytes, plain
from iopflow.models import FeedLevel, Scope, metadata
from iopflow.queries.access import Viewer, counting
from iopflow.queries.feeds import OWN, Feed, State, last_role_day, roles_at, state, viewer_of
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _, counted, short_date, speaking

LEFT = frozenset({Status.PLANNED, Status.WAITING, Status.OPEN, Status.OVERDUE})
BACK = timedelta(days=60)  # how long a deadline that has passed stays in the calendar
# From so many days on a step is also drawn as a window; phones hide long bars, so that the last
# day is always an event of its own.
WINDOW = timedelta(days=28)
_TITLE = 120  # signs of a step's title, so that the number after it is never cut


@dataclass(frozen=True, slots=True)
class File:
    """The .ics file of a feed, and whom it shows; None where the feed has come to its end."""

    body: bytes
    shown: Shown | None


def render(
    session: Session,
    rules: Rules,
    feed: Feed,
    *,
    today: date,
    language: str = "nb",
    address: str | None = None,
) -> File:
    """The file of a feed as it stands today, in the person's language or else the given."""
    with speaking(feed.language or language):
        content, shown = content_of(session, rules, feed, today=today, address=address)
        return File(feed_bytes(content), shown)


def content_of(
    session: Session, rules: Rules, feed: Feed, *, today: date, address: str | None = None
) -> tuple[Content, Shown | None]:
    """What the feed says on a day, in the language in use, and of whom.

    The roles are asked anew each time. A feed that is over has one event that says so: programs
    keep all the old ones when they get an error, or a calendar without events.
    """
    viewer = viewer_of(session, feed, today=today)
    standing = state(session, viewer, feed, today=today)
    shown = None
    if standing is not State.LIVING:
        entries = [_farewell(session, feed, standing, today)]
    else:
        there = _there(session, rules, feed, viewer, today)
        shown = Shown.of(there)
        seen = [row for row in there if _in_window(row, today)]
        entries = list(_entries(session, feed, seen)) or [_nothing(feed, today)]
    content = Content(_("IOP-frister"), tuple(entries), f"{address}/" if address else None)
    return content, shown


def code_of(feed: Feed, pupil_id: int) -> str:
    """The pupil's code in this feed: looks random, and is another in each feed."""
    return base64.b32encode(_mixed(feed, "pupil", pupil_id)).decode()[:6]


def last_day(today: date) -> date:
    """The last day of the feed: that of the school year."""
    return Year.of(today).on(7, 31)


def _in_window(row: TaskRow, today: date) -> bool:
    due = row.facts.due
    return due is not None and today - BACK <= due <= last_day(today)


def _there(
    session: Session, rules: Rules, feed: Feed, viewer: Viewer, today: date
) -> list[TaskRow]:
    """The tasks of the feed's place in the years of its window, whatever their status and day."""
    first, last = today - BACK, last_day(today)
    reader = counting(viewer, roles_at(session, viewer, feed))
    found = []
    for start in range(Year.of(first).start, Year.of(last).start + 2):
        asked = Asked(
            person=feed.person if feed.at_kind == OWN else None,
            unit=_key(feed, "unit"),
            school=_key(feed, "school"),
            year=Year(start),
        )
        found += tasks(session, rules, reader, asked, today=today)
    return found


def _key(feed: Feed, kind: str) -> str | None:
    return feed.at.partition(":")[2] if feed.at_kind == kind else None


def _entries(session: Session, feed: Feed, seen: Sequence[TaskRow]) -> Iterator[Entry]:
    left: dict[Group, list[TaskRow]] = {}
    for row in seen:
        if row.status in LEFT:
            left.setdefault(group_of(row), []).append(row)
    yield from _windows(feed, left)
    if feed.level is FeedLevel.STEPS:
        yield from (_deadline(feed, group, _title(rows)) for group, rows in left.items())
        return
    changes = changes_of(session, seen)
    shown = left
    if feed.level is FeedLevel.CODES:
        yield from _coded(session, feed, left, changes)
        shown = {group: rows for group, rows in left.items() if group.scope is not Scope.PUPIL}
    for group, rows in shown.items():
        yield _deadline(feed, group, _numbered(group, rows), changes.of_group.get(group))


def _coded(
    session: Session, feed: Feed, left: Mapping[Group, Sequence[TaskRow]], changes: Changes
) -> Iterator[Entry]:
    """An event for each pupil; those with a protected address never appear singly."""
    rows = [row for some in left.values() for row in some if row.scope is Scope.PUPIL]
    hidden = set(
        read(session, _protected(), pupils=sorted({row.subject_id for row in rows})).scalars()
    )
    for row in rows:
        if row.subject_id in hidden or row.facts.due is None:
            continue
        title = _("{step}: sak {code}").format(
            step=_title([row]), code=code_of(feed, row.subject_id)
        )
        # A moved deadline is the same event on another day.
        uid = _uid(feed, "pupil", row.step.key, row.year, row.subject_id, row.school_id)
        yield _entry(feed, uid, title, row.facts.due, row.facts.due, changes.of_task.get(row.id))


def _windows(feed: Feed, left: Mapping[Group, Sequence[TaskRow]]) -> Iterator[Entry]:
    windows: dict[tuple[Group, date], TaskRow] = {}
    for group, rows in left.items():
        for row in rows:
            opens = row.facts.opens
            if opens is not None and group.due - opens >= WINDOW:
                windows.setdefault((group, opens), row)
    for (group, opens), row in windows.items():
        title = _("Vindu: {step}, {opens}–{due}").format(
            step=_title([row]), opens=short_date(opens), due=short_date(group.due)
        )
        uid = _uid(feed, "window", group.step, group.year, group.scope, opens, group.due)
        yield _entry(feed, uid, title, opens, group.due)


def _deadline(feed: Feed, group: Group, title: str, change: Change | None = None) -> Entry:
    uid = _uid(feed, "deadline", group.step, group.year, group.scope, group.due)
    return _entry(feed, uid, title, group.due, group.due, change)


def _title(rows: Sequence[TaskRow]) -> str:
    title = plain(rows[0].step.title.get())
    return title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…"


def _numbered(group: Group, rows: Sequence[TaskRow]) -> str:
    """The step with how many pupils or classes are left; a school or network has one of each."""
    number = len({row.subject_id for row in rows})
    if group.scope is Scope.PUPIL:
        left = counted(number, _("{n} elev igjen"), _("{n} elever igjen"))
    elif group.scope is Scope.UNIT and rows[0].step.scope == "class":
        left = counted(number, _("{n} klasse igjen"), _("{n} klasser igjen"))
    elif group.scope is Scope.UNIT:
        left = counted(number, _("{n} avdeling igjen"), _("{n} avdelinger igjen"))
    else:
        return _title(rows)
    return f"{_title(rows)}: {left}"


def _nothing(feed: Feed, today: date) -> Entry:
    """Without it, programs would keep the deadlines that are done."""
    day = Year.of(today).on(8, 1)
    title = _("Ingen frister igjen dette skoleåret")
    return _entry(feed, _uid(feed, "nothing", day), title, day, day)


def _farewell(session: Session, feed: Feed, standing: State, today: date) -> Entry:
    day = local_date(feed.created_at)
    if standing is State.REVOKED and feed.revoked_at is not None:
        day = local_date(feed.revoked_at)
        title = _("Kalenderlenken er trukket tilbake: lag en ny i iopflow")
    elif standing is State.ENDED:
        day = feed.ends_on
        title = _("Kalenderlenken er avsluttet fordi den ikke var i bruk: lag en ny i iopflow")
    else:
        ended = last_role_day(session, feed, today=today)
        day = max(day, ended + timedelta(days=1)) if ended is not None else day
        title = _("Kalenderlenken er trukket tilbake: rollen den gjaldt, er avsluttet")
    at = datetime.combine(day, time(), UTC)
    change = Change(feed.revoked_at or at, 1)
    return _entry(feed, _uid(feed, "farewell", standing), title, day, day, change)


def _entry(
    feed: Feed, uid: str, title: str, first: date, last: date, change: Change | None = None
) -> Entry:
    """An event that is never older than the feed it stands in."""
    at, times = (change.at, change.times) if change is not None else (feed.created_at, 0)
    return Entry(uid, title, first, last, feed.created_at, max(at, feed.created_at), times)


def _uid(feed: Feed, *parts: object) -> str:
    """The same for the same event, says nothing of it, and is another in each feed."""
    return f"{uuid.UUID(bytes=_mixed(feed, *parts)[:16], version=4)}@iopflow"


def _mixed(feed: Feed, *parts: object) -> bytes:
    return hmac.digest(feed.key.encode(), "|".join(map(str, parts)).encode(), sha256)


@cache
def _protected() -> Select[Any]:
    pupil = metadata.tables["pupil"]
    return select(pupil.c.id).where(among(pupil.c.id, "pupils"), pupil.c.protected.is_(True))
