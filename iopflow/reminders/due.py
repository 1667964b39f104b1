"""Who is due a mail today, as a set: far fewer rows than tasks, and never one too few.

What is decided here is wider than what is sent: whether a step still waits for somebody is read
again, exactly, when the mail is written (`content.py`), and a mail with nothing to say is dropped.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, case, exists, or_, select
from sqlmodel import Session

from iopflow.models import MailKind, Scope, What, another, metadata
from iopflow.queries.holders import Duty, Roster
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.reminders.days import AHEAD, Skoleruter, digest_day, is_sending_day, nudged_until
from iopflow.roles import Place
from iopflow.schoolyear import Year, is_statutory_day
from iopflow.wheel import Step

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """What a school's mails of a day are about: due from one day to another, and of which kind."""

    kind: MailKind
    first: date
    last: date


def window(
    ruter: Skoleruter, today: date, *, missed: frozenset[date] = frozenset()
) -> Window | None:
    """The mails of a school's day; None where nothing is sent.

    `missed` are days on which nothing ran: a digest that should have gone then goes now.
    """
    if not is_sending_day(ruter, today):
        return None
    day = digest_day(ruter, today)
    if day is not None and (day == today or day in missed):
        # The oldest that counts serves last year, and was due in the spring before it.
        return Window(MailKind.DIGEST, Year.of(today).previous.previous.on(8, 1), today + AHEAD)
    until = nudged_until(ruter, today)
    return None if until is None else Window(MailKind.NUDGE, today + _DAY, until)


def due(
    session: Session,
    rules: Rules,
    owners: Sequence[int],
    *,
    today: date,
    missed: Mapping[int, frozenset[date]] | None = None,
) -> dict[int, MailKind]:
    """The people (by number) who are due a mail today, and its kind.

    A digest covers a nudge: somebody who works at two schools gets one mail.
    """
    if not is_statutory_day(today):  # a weekend or a public holiday, at every school
        return {}
    schools = read(session, _live_schools(), owners=owners, today=today).all()
    year = Year.of(today)
    # The next year as well: the last days of June look ahead to August.
    ruter = calendars(session, [one.id for one in schools], only=(year, year.next))
    windows: dict[Window, list[Any]] = {}
    for school in schools:
        gone = (missed or {}).get(school.owner_id, frozenset())
        found = window(ruter.get(school.id, {}), today, missed=gone)
        if found is not None:
            windows.setdefault(found, []).append(school)
    roster = Roster(session, today=today, owners={one.id: one.owner_id for one in schools})
    steps = rules.of_schools((one.id, one.wheel, one.network_id is not None) for one in schools)
    people: dict[int, MailKind] = {}
    for one, at in windows.items():
        for person in _people(session, roster, steps, one, at, today):
            if people.get(person) is not MailKind.DIGEST:
                people[person] = one.kind
    return people


def _people(
    session: Session,
    roster: Roster,
    steps: Mapping[int, Mapping[str, Step]],
    asked: Window,
    schools: Iterable[Any],
    today: date,
) -> Iterator[int]:
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
    for row in rows:
        step = steps[row.school_id].get(row.step)
        if step is not None and not step.off:
            yield from roster.people(step.responsible, _duty(row))


def _duty(row: Any) -> Duty:
    if row.scope is Scope.PUPIL:
        return Duty(row.school_id, row.pupil_id, row.ppt_id, row.class_id)
    if row.scope is Scope.UNIT:
        return Duty(row.school_id, unit_id=row.unit_id)
    return Duty(row.school_id)


@cache
def _live_schools() -> Select[Any]:
    """Schools that have begun with iopflow: before that nothing is sent (contract: go-live)."""
    school = metadata.tables["school"]
    return (
        select(school.c.id, school.c.owner_id, school.c.wheel, school.c.network_id)
        .where(
            among(school.c.owner_id, "owners"),
            school.c.live_from <= bindparam("today", type_=Date),
        )
        .order_by(school.c.id)
    )


@cache
def _open_tasks() -> Select[Any]:
    """The kinds of duty that may be open, each once: step, class, and the pupil only where
    somebody holds a role for that pupil alone.
    """
    task, school = metadata.tables["task"], metadata.tables["school"]
    stay, pupil = another("enrolment"), another("pupil")
    done, grant = another("happening"), another("role_grant")
    first, last, today = (bindparam(name, type_=Date) for name in ("first", "last", "today"))
    of_pupil = task.c.scope == Scope.PUPIL
    happened = exists(
        select(done.c.id).where(
            done.c.year == task.c.year,
            done.c.subject_id == task.c.subject_id,
            done.c.step == task.c.step,
            or_(
                done.c.what == What.DONE,
                done.c.what == What.HELD,
                done.c.what == What.NOT_APPLICABLE,
            ),
            done.c.scope == task.c.scope,
        )
    )
    held_for_pupil = exists(
        select(grant.c.id).where(
            grant.c.at_kind == Place.PUPIL.value,
            grant.c.at_id == task.c.subject_id,
            grant.c.starts <= today,
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
        )
    )
    return (
        select(
            task.c.school_id,
            task.c.scope,
            task.c.step,
            case((and_(of_pupil, held_for_pupil), task.c.subject_id)).label("pupil_id"),
            case((task.c.scope == Scope.UNIT, task.c.subject_id)).label("unit_id"),
            stay.c.class_id,
            pupil.c.ppt_id,
        )
        .select_from(task)
        .join(school, school.c.id == task.c.school_id)
        .outerjoin(
            stay,
            and_(
                of_pupil,
                stay.c.school_id == task.c.school_id,
                stay.c.pupil_id == task.c.subject_id,
                or_(stay.c.ends.is_(None), stay.c.ends >= today),
            ),
        )
        .outerjoin(pupil, and_(of_pupil, pupil.c.id == task.c.subject_id))
        .where(
            among(task.c.school_id, "schools"),
            among(task.c.year, "years"),
            task.c.due >= first,
            task.c.due <= last,
            task.c.due >= school.c.live_from,
            or_(task.c.scope != Scope.PUPIL, stay.c.id.is_not(None)),
            ~happened,
        )
        .distinct()
    )
