"""The wheel of one's schools as a calendar, and the dates of the network: nobody is counted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlmodel import Session, col

from iopflow.clock import aware
from iopflow.feeds.changes import Change
from iopflow.feeds.entries import entry_of, short, uid_of
from iopflow.feeds.writing import Entry
from iopflow.models import FeedShows, School, metadata
from iopflow.queries.feeds import Feed
from iopflow.queries.places import calendars
from iopflow.queries.prepared import read
from iopflow.queries.rules import Rules
from iopflow.wheel import Step, due_within

# When is counted and when one meets: what a network has in common.
_COMMON = frozenset({"snapshot", "meeting"})
_OF_ALL = frozenset({"school", "network"})
_SKOLERUTE = ("day_off", "school", "school_year")


def wheel_entries(
    session: Session,
    rules: Rules,
    feed: Feed,
    at: Iterable[int],
    *,
    first: date,
    last: date,
) -> Iterator[Entry]:
    """An event for each step of the wheels of some schools on each day it is due, both included.

    Where the schools differ in the day of a step, the title says whose it is.
    """
    schools = session.execute(
        select(School).where(col(School.id).in_(list(at))).order_by(col(School.key))
    ).scalars()
    days: dict[tuple[str, int], dict[date, list[School]]] = defaultdict(lambda: defaultdict(list))
    titles: dict[tuple[str, int], str] = {}
    found = list(schools)
    rutes = calendars(session, [school.number for school in found])
    for school in found:
        wheels = rules.readable(school.wheel_in_force, in_network=school.network_id is not None)
        rute = rutes.get(school.number, {})
        for step, served, dates in due_within(wheels, rute.get, first, last):
            if dates.due is not None and _is_meant(feed, step):
                key = step.key, served.start
                days[key][dates.due].append(school)
                titles.setdefault(key, short(step.title))
    change = _change(session, feed)
    for key, by_day in days.items():
        for due, whose in by_day.items():
            title = titles[key] if len(by_day) == 1 else f"{titles[key]} ({_names(whose)})"
            which = () if len(by_day) == 1 else (due,)
            yield entry_of(feed, uid_of(feed, "wheel", *key, *which), title, due, due, change)


def _is_meant(feed: Feed, step: Step) -> bool:
    if feed.shows is FeedShows.WHEEL:
        return True
    return step.kind in _COMMON and step.scope in _OF_ALL


def _names(schools: Sequence[School]) -> str:
    return ", ".join(school.name for school in schools)


def _change(session: Session, feed: Feed) -> Change | None:
    """When a skolerute last changed: then days may have moved."""
    row = read(session, _changed(), owner=feed.owner_id).one()
    if row.at is None:
        return None
    return Change(aware(row.at), row.times)


@cache
def _changed() -> Select[Any]:
    event = metadata.tables["event"]
    columns: list[Any] = [func.max(event.c.at).label("at"), func.count().label("times")]
    return select(*columns).where(
        event.c.table_name.in_(_SKOLERUTE), event.c.owner_id == bindparam("owner")
    )
