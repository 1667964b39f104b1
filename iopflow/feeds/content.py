"""What a feed contains: which deadlines are left, as a number, as codes, or as the step alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.feeds.changes import Change, Changes, Group, changes_of, group_of
from iopflow.feeds.entries import code_of, entry_of, short, uid_of
from iopflow.feeds.shown import Shown
from iopflow.feeds.wheel import wheel_entries
from iopflow.feeds.writing import Content, Entry, feed_bytes
from iopflow.models import FeedLevel, FeedShows, Scope, metadata
from iopflow.queries.access import Viewer, counting
from iopflow.queries.feeds import (
    OWN,
    Feed,
    State,
    last_role_day,
    roles_at,
    schools_of,
    state,
    viewer_of,
)
from iopflow.queries.own import own_schools
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from iopflow.status import Status
from iopflow.texts import _, counted, short_date, speaking

LEFT = frozenset({Status.PLANNED, Status.WAITING, Status.OPEN, Status.OVERDUE})
DONE = frozenset({Status.DONE, Status.DONE_LATE})
BACK = timedelta(days=60)  # how long a deadline that has passed stays in the calendar
# From so many days on a step is also drawn as a window; phones hide long bars, so that the last
# day is always an event of its own.
WINDOW = timedelta(days=28)
# More events than this make a file that Google drops and a telephone chokes on (feeds 2.3): then
# pupils are counted, whatever level was chosen.
MOST = 1_000


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
    keep all the old ones when they get an error, or a calendar without events. Raises WheelError
    where a wheel that it shows cannot be read: without it deadlines would seem to be done.
    """
    viewer = viewer_of(session, feed, today=today)
    standing = state(session, viewer, feed, today=today)
    shown: Shown | None = Shown()
    if standing is not State.LIVING:
        entries = [_farewell(session, feed, standing, today)]
        shown = shown if standing is State.WITHDRAWN else None  # a role may be given back
    elif feed.shows is not FeedShows.DEADLINES:
        at = schools_of(session, viewer, feed, today=today)
        first, last = today - BACK, last_day(today)
        entries = list(wheel_entries(session, rules, feed, at, first=first, last=last))
        entries = entries or [_nothing(feed, today)]
    else:
        there = _there(session, rules, feed, viewer, today)
        shown = Shown.of(there)
        seen = [row for row in there if _in_window(row, today)]
        entries = list(_entries(session, feed, seen)) or [_nothing(feed, today)]
    if standing is State.LIVING:
        rules.require_readable(session, own_schools(session, viewer, today=today))
    content = Content(_names()[feed.shows], tuple(entries), f"{address}/" if address else None)
    return content, shown


def _names() -> Mapping[FeedShows, str]:
    return {
        FeedShows.DEADLINES: _("IOP-frister"),
        FeedShows.WHEEL: _("Årshjul IOP"),
        FeedShows.DATES: _("Telledatoer og samlinger"),
    }


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
    if feed.level is FeedLevel.CODES:
        seen = _without_protected(session, seen)
    left, done = _grouped(seen, LEFT), _grouped(seen, DONE) if feed.ticks else {}
    counting = feed.level is not FeedLevel.STEPS
    changes = changes_of(session, seen) if counting or done else Changes()
    yield from _windows(feed, left)
    singly = sum(map(len, left.values())) + sum(map(len, done.values())) <= MOST
    if feed.level is FeedLevel.CODES and singly:
        yield from _coded(feed, left, changes)
        yield from _coded(feed, done, changes, tick="✓ ")
        left, done = _without_pupils(left), _without_pupils(done)
    for group, rows in left.items():
        title = _numbered(group, rows) if counting else short(rows[0].step.title)
        yield _deadline(feed, group, title, changes.of_group.get(group))
    for group, rows in done.items():
        if group not in left:
            title = f"✓ {short(rows[0].step.title)}"
            yield _deadline(feed, group, title, changes.of_group.get(group))


def _grouped(seen: Sequence[TaskRow], statuses: frozenset[Status]) -> dict[Group, list[TaskRow]]:
    found: dict[Group, list[TaskRow]] = {}
    for row in seen:
        if row.status in statuses:
            found.setdefault(group_of(row), []).append(row)
    return found


def _without_pupils(groups: Mapping[Group, list[TaskRow]]) -> dict[Group, list[TaskRow]]:
    return {group: rows for group, rows in groups.items() if group.scope is not Scope.PUPIL}


def _without_protected(session: Session, seen: Sequence[TaskRow]) -> list[TaskRow]:
    """Pupils with a protected address never appear singly, and a window may be of one pupil."""
    pupils = sorted({row.subject_id for row in seen if row.scope is Scope.PUPIL})
    hidden = set(read(session, _protected(), pupils=pupils).scalars())
    return [row for row in seen if row.scope is not Scope.PUPIL or row.subject_id not in hidden]


def _coded(
    feed: Feed,
    groups: Mapping[Group, Sequence[TaskRow]],
    changes: Changes,
    *,
    tick: str = "",
) -> Iterator[Entry]:
    """An event for each pupil."""
    rows = [row for some in groups.values() for row in some if row.scope is Scope.PUPIL]
    for row in rows:
        if row.facts.due is None:
            continue
        title = tick + _("{step}: sak {code}").format(
            step=short(row.step.title), code=code_of(feed, row.subject_id)
        )
        # A moved deadline is the same event on another day.
        uid = uid_of(feed, "pupil", row.step.key, row.year, row.subject_id, row.school_id)
        yield entry_of(feed, uid, title, row.facts.due, row.facts.due, changes.of_task.get(row.id))


def _windows(feed: Feed, left: Mapping[Group, Sequence[TaskRow]]) -> Iterator[Entry]:
    windows: dict[tuple[Group, date], TaskRow] = {}
    for group, rows in left.items():
        for row in rows:
            opens = row.facts.opens
            if opens is not None and group.due - opens >= WINDOW:
                windows.setdefault((group, opens), row)
    for (group, opens), row in windows.items():
        title = _("Vindu: {step}, {opens}–{due}").format(
            step=short(row.step.title), opens=short_date(opens), due=short_date(group.due)
        )
        uid = uid_of(feed, "window", group.step, group.year, group.scope, opens, group.due)
        yield entry_of(feed, uid, title, opens, group.due)


def _deadline(feed: Feed, group: Group, title: str, change: Change | None = None) -> Entry:
    uid = uid_of(feed, "deadline", group.step, group.year, group.scope, group.due)
    return entry_of(feed, uid, title, group.due, group.due, change)


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
        return short(rows[0].step.title)
    return f"{short(rows[0].step.title)}: {left}"


def _nothing(feed: Feed, today: date) -> Entry:
    """Without it, programs would keep the deadlines that are done."""
    day = Year.of(today).on(8, 1)
    title = _("Ingen frister igjen dette skoleåret")
    return entry_of(feed, uid_of(feed, "nothing", day), title, day, day)


def _farewell(session: Session, feed: Feed, standing: State, today: date) -> Entry:
    day = local_date(feed.created_at)
    if standing is State.REVOKED and feed.revoked_at is not None:
        day = local_date(feed.revoked_at)
        title = _("Kalenderlenken er trukket tilbake: lag en ny i iopflow")
    elif standing is State.REPLACED and feed.valid_to is not None:
        day = feed.valid_to + timedelta(days=1)
        title = _("Kalenderlenken er byttet ut: bruk den nye i iopflow")
    elif standing is State.ENDED:
        day = feed.ends_on
        title = _("Kalenderlenken er avsluttet fordi den ikke var i bruk: lag en ny i iopflow")
    else:
        ended = last_role_day(session, feed, today=today)
        day = max(day, ended + timedelta(days=1)) if ended is not None else day
        title = _("Kalenderlenken er trukket tilbake: rollen den gjaldt, er avsluttet")
    at = datetime.combine(day, time(), UTC)
    change = Change(feed.revoked_at or at, 1)
    return entry_of(feed, uid_of(feed, "farewell", standing), title, day, day, change)


@cache
def _protected() -> Select[Any]:
    pupil = metadata.tables["pupil"]
    return select(pupil.c.id).where(among(pupil.c.id, "pupils"), pupil.c.protected.is_(True))
