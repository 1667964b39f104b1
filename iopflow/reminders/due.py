"""Who is due a mail today, as a set: far fewer rows than tasks, and never one too few.

What is decided here is wider than what is sent: whether a step still waits for somebody is read
again, exactly, when the mail is written (`content.py`), and a mail with nothing to say is dropped.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, select
from sqlmodel import Session

from iopflow.models import MailKind, Wish, metadata
from iopflow.queries.duties import duty_of, open_duties, open_of_networks
from iopflow.queries.holders import Duty, Roster
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules, wheel_in_force
from iopflow.reminders.addressees import rektors
from iopflow.reminders.days import (
    AHEAD,
    JUNE,
    Skoleruter,
    digest_day,
    is_sending_day,
    is_summer_day,
    nudged_until,
    summer_digest_day,
)
from iopflow.reminders.leading import leaders
from iopflow.reminders.measuring import with_measures
from iopflow.schoolyear import Year, is_statutory_day
from iopflow.wheel import Step

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that somebody is due.

    `day` is the day it belongs to, and `since` the first day on which it, or one before it, should
    have gone while nothing ran. `daily`: by the person's own wish, besides the usual ones.
    """

    kind: MailKind
    day: date
    since: date | None = None
    daily: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """What a school's mails of a day are about: due from one day to another."""

    due: Due
    first: date
    last: date
    summer: bool = False  # nothing but what binds in the cases, to rektor


def window(ruter: Skoleruter, today: date, *, ran: date | None = None) -> Window | None:
    """The mails of a school's day; None where nothing is sent.

    `ran` is the last day before today on which mails were decided: a digest or a nudge that should
    have gone in between goes now.
    """
    if is_summer_day(ruter, today):
        return _in_summer(ruter, today, ran)
    if not is_sending_day(ruter, today):
        return None
    missed = [day for day in _days_after(ran, today) if is_sending_day(ruter, day)]
    digests = [day for day in missed if digest_day(ruter, day) == day]
    day = digest_day(ruter, today)
    if day is not None and (day == today or day in digests):
        return _digest(today, day, min(digests, default=None))
    until = nudged_until(ruter, today)
    if until is None:
        return None
    since = max(missed, default=None)
    first = today + _DAY if since is None else today
    # One that is caught up has the id of the day it belongs to: a database put back from a copy
    # then knows that it went out.
    return Window(Due(MailKind.NUDGE, since or today, since), first, until)


def _in_summer(ruter: Skoleruter, today: date, ran: date | None) -> Window | None:
    day = summer_digest_day(ruter, today)
    missed = [one for one in _days_after(ran, today) if summer_digest_day(ruter, one) == one]
    if day is None or not (day == today or day in missed):
        return None
    return replace(_digest(today, day, min(missed, default=None)), summer=True)


def _digest(today: date, day: date, since: date | None = None, *, daily: bool = False) -> Window:
    # The oldest that counts serves last year, and was due in the spring before it.
    oldest = Year.of(today).previous.previous.on(8, 1)
    return Window(Due(MailKind.DIGEST, day, since, daily), oldest, today + AHEAD)


def _days_after(ran: date | None, today: date) -> list[date]:
    """The days between the last run and today: none at the first run ever."""
    if ran is None:
        return []
    return [ran + n * _DAY for n in range(1, (today - ran).days)]


def due(
    session: Session,
    rules: Rules,
    owners: Sequence[int],
    *,
    today: date,
    ran: Mapping[int, date | None] | None = None,
) -> dict[int, Due]:
    """The people (by number) who are due a mail today, and of which kind.

    A digest covers a nudge: somebody who works at two schools gets one mail. `ran` is the last day
    on which each owner's mails were decided. School by school, so that those whose mails are about
    the same tasks come together.
    """
    if not is_statutory_day(today):  # a weekend or a public holiday, at every school
        return {}
    schools = read(session, _live_schools(), owners=owners, today=today).all()
    year = Year.of(today)
    # The next year as well: the last days of June look ahead to August.
    ruter = calendars(session, [one.id for one in schools], only=(year, year.next))
    windows: dict[Window, list[Any]] = {}
    for school in schools:
        last = (ran or {}).get(school.owner_id)
        found = window(ruter.get(school.id, {}), today, ran=last)
        if found is not None:
            windows.setdefault(found, []).append(school)
    daily = _daily(session, owners, today)
    if daily:
        at_work = [one for at, some in windows.items() if not at.summer for one in some]
        windows[_digest(today, today, daily=True)] = at_work
    roster = Roster(session, today=today, owners={one.id: one.owner_id for one in schools})
    steps = rules.of_schools((one.id, one.wheel, one.network_id is not None) for one in schools)
    people: dict[int, Due] = {}
    first: dict[int, int] = {}
    for one, at in windows.items():
        numbers = [school.id for school in at]
        if one.summer:
            found_here = rektors(session, numbers, today)
        else:
            found_here = set(_people(session, roster, steps, one, at, today))
            if one.due.kind is MailKind.DIGEST and not one.due.daily:
                found_here |= leaders(session, numbers, today)
            if one.due.kind is MailKind.DIGEST:
                found_here |= with_measures(session, numbers, today)
        for person, school in found_here:
            if one.due.daily and person not in daily:
                continue
            first[person] = min(school, first.get(person, school))
            if person not in people or people[person].kind is not MailKind.DIGEST:
                people[person] = one.due
    return {person: people[person] for person in sorted(people, key=lambda one: (first[one], one))}


def _daily(session: Session, owners: Sequence[int], today: date) -> set[int]:
    """Those who want a digest every school day now: in June, by their own choice."""
    if today.month != JUNE:
        return set()
    person = metadata.tables["person"]
    wanting = select(person.c.id).where(
        among(person.c.owner_id, "owners"), person.c.wish == Wish.JUNE
    )
    return set(read(session, wanting, owners=owners).scalars())


def _people(
    session: Session,
    roster: Roster,
    steps: Mapping[int, Mapping[str, Step]],
    asked: Window,
    schools: Sequence[Any],
    today: date,
) -> Iterator[tuple[int, int]]:
    """Those who hold open duties, each with the number of the school."""
    year = Year.of(today)
    rows = read(
        session,
        _open_tasks(),
        schools=[school.id for school in schools],
        years=[year.previous.start, year.start, year.next.start],
        first=asked.first,
        last=asked.last,
        today=today,
    )
    of_networks = read(
        session,
        _open_network_tasks(),
        networks=[school.network_id for school in schools if school.network_id is not None],
        first=asked.first,
        last=asked.last,
    )
    at_network = {school.network_id: school.id for school in schools}
    for row in rows:
        step = steps[row.school_id].get(row.step)
        step = step and step.of_year(Year(row.year))
        if step is not None and not step.off:
            for person in roster.present(step.responsible, duty_of(row)):
                yield person, row.school_id
    for row in of_networks:
        school = at_network[row.network_id]
        step = steps[school].get(row.step)
        if step is not None and not step.off:
            for person in roster.present(step.responsible, Duty(school, network_id=row.network_id)):
                yield person, school


@cache
def _live_schools() -> Select[Any]:
    """Schools that have begun with iopflow: before that nothing is sent (contract: go-live)."""
    school = metadata.tables["school"]
    return (
        select(school.c.id, school.c.owner_id, wheel_in_force(school.c), school.c.network_id)
        .where(
            among(school.c.owner_id, "owners"),
            school.c.live_from <= bindparam("today", type_=Date),
        )
        .order_by(school.c.id)
    )


@cache
def _open_network_tasks() -> Select[Any]:
    return open_of_networks()


@cache
def _open_tasks() -> Select[Any]:
    """The kinds of duty that may be open, each once."""
    return open_duties("year").distinct()
