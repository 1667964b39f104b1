"""What those who lead are told in their weekly mail: lists by step with counts, nobody ranked.

Slow and open: a head has something in the list only after whoever holds the duty has been told
when (`days.head_sees_from`), and hears at once only what a teacher asks help for. Rektor gets
counts, PPT its queue.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, Select, bindparam, func, or_, select
from sqlmodel import Session

from iopflow.lifecycle import Court
from iopflow.models import Scope, another, metadata
from iopflow.queries.courses import Histories
from iopflow.queries.holders import Duty, Roster
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.reminders.days import Skoleruter, long_over
from iopflow.reminders.sections import ForHead, ForPpt, ForRektor, Section, counts
from iopflow.roles import Place
from iopflow.schoolyear import Year
from iopflow.status import Status

HEAD, REKTOR = "avdelingsleder", "rektor"
PPT = ("ppt_radgiver", "ppt_leder")
QUIET = timedelta(days=56)  # eight weeks without a word about a pupil who has something overdue
UNHELD = timedelta(days=28)  # how long before its date a duty that nobody holds is told
AUTUMN = 8  # in August the whole autumn is looked through
RECEIVED = "assessment.received_on"
PPT_AHEAD = timedelta(days=28)

Key = tuple[int, str]  # a person: the owner's number, and the id


def leaders(session: Session, schools: Sequence[int], today: date) -> set[tuple[int, int]]:
    """The people who may have something to be told about these schools: person and school."""
    grant, unit = metadata.tables["role_grant"], metadata.tables["unit"]
    standing = (grant.c.starts <= today, or_(grant.c.ends.is_(None), grant.c.ends >= today))
    at_units = (
        select(grant.c.person_id, unit.c.school_id)
        .join(unit, (grant.c.at_kind == Place.UNIT) & (grant.c.at_id == unit.c.id))
        .where(among(unit.c.school_id, "schools"), grant.c.role == HEAD, *standing)
    )
    at_schools = select(grant.c.person_id, grant.c.at_id).where(
        grant.c.at_kind == Place.SCHOOL,
        among(grant.c.at_id, "schools"),
        grant.c.role == REKTOR,
        *standing,
    )
    assessment, stay = another("assessment"), another("enrolment")
    pupil = another("pupil")
    in_queue = (
        select(grant.c.person_id, stay.c.school_id)
        .select_from(assessment)
        .join(stay, stay.c.pupil_id == assessment.c.pupil_id)
        .join(pupil, pupil.c.id == assessment.c.pupil_id)
        .join(
            grant,
            or_(
                (grant.c.at_kind == Place.PUPIL) & (grant.c.at_id == pupil.c.id),
                (grant.c.at_kind == Place.PPT) & (grant.c.at_id == pupil.c.ppt_id),
            ),
        )
        .where(
            assessment.c.received_on.is_(None),
            assessment.c.year >= Year.of(today).start,
            among(stay.c.school_id, "schools"),
            grant.c.role.in_(PPT),
            *standing,
        )
    )
    found = read(session, at_units.union(at_schools, in_queue), schools=schools)
    return {(person, school) for person, school in found}


def sections(
    session: Session,
    rows: Sequence[TaskRow],
    ruter: Mapping[int, Skoleruter],
    roster: Roster,
    led_by: Mapping[int, Sequence[str]],
    seen: Mapping[int, date | None],
    *,
    today: date,
) -> dict[Key, list[Section]]:
    """What each leader is told, by person; only sections that say something.

    `led_by` is what `heads` says of the rows, `seen` from when each is in a head's list.
    """
    found: dict[Key, list[Section]] = {}
    for key, mine in _by_head(rows, led_by).items():
        for_head = _for_head(session, mine, seen, today)
        if not for_head.is_empty:
            found.setdefault(key, []).append(for_head)
    long = {school: long_over(rute, today) for school, rute in ruter.items()}
    for key, mine in _by_role(rows, roster, REKTOR).items():
        for_rektor = _for_rektor(mine, long, today)
        if not for_rektor.is_empty:
            found.setdefault(key, []).append(for_rektor)
    return found


def heads(rows: Iterable[TaskRow], roster: Roster) -> dict[int, list[str]]:
    """Who leads those who hold each task, by its number: rektor where a unit has no head.

    Nobody leads themselves: a task that only the leader holds is not there.
    """
    found = {}
    for row in rows:
        people = roster.present(HEAD, row.duty) or roster.present(REKTOR, row.duty)
        leading = [one for one in people.values() if one not in row.responsible]
        if leading:
            found[row.id] = leading
    return found


def _by_head(
    rows: Iterable[TaskRow], led_by: Mapping[int, Sequence[str]]
) -> dict[Key, list[TaskRow]]:
    found: dict[Key, list[TaskRow]] = {}
    for row in rows:
        for head in led_by.get(row.id, ()):
            found.setdefault((row.owner_id, head), []).append(row)
    return found


def _by_role(rows: Iterable[TaskRow], roster: Roster, role: str) -> dict[Key, list[TaskRow]]:
    found: dict[Key, list[TaskRow]] = {}
    for row in rows:
        for person in roster.present(role, row.duty).values():
            found.setdefault((row.owner_id, person), []).append(row)
    return found


def _for_head(
    session: Session, rows: Sequence[TaskRow], seen: Mapping[int, date | None], today: date
) -> ForHead:
    late = [row for row in rows if row.status is Status.OVERDUE]
    helped = [
        row
        for row in rows
        if row.help_wanted_on is not None and row.status in (Status.OPEN, Status.OVERDUE)
    ]
    told = [
        row
        for row in late
        if row.help_wanted_on is None and (day := seen.get(row.id)) is not None and day <= today
    ]
    return ForHead(
        counts(told),
        counts(helped),
        _quiet(session, late, today),
        _unreached(session, rows),
    )


def _quiet(session: Session, late: Sequence[TaskRow], today: date) -> int:
    """Pupils with something overdue about whom nothing has been recorded for a long time."""
    waiting = {row.subject_id for row in late if row.scope is Scope.PUPIL and _is_long(row, today)}
    if not waiting:
        return 0
    happening = metadata.tables["happening"]
    lately = read(
        session,
        select(happening.c.subject_id)
        .where(
            happening.c.scope == Scope.PUPIL,
            among(happening.c.subject_id, "pupils"),
            happening.c.year >= Year.of(today).previous.start,
        )
        .group_by(happening.c.subject_id)
        .having(func.max(happening.c.recorded_on) > today - QUIET),
        pupils=sorted(waiting),
    )
    return len(waiting - set(lately.scalars()))


def _is_long(row: TaskRow, today: date) -> bool:
    return row.facts.due is not None and row.facts.due <= today - QUIET


def _unreached(session: Session, rows: Iterable[TaskRow]) -> int:
    """How many of those who hold the duties have no address that mails reach."""
    people = {(row.owner_id, key) for row in rows for key in row.responsible}
    person = metadata.tables["person"]
    without = read(
        session,
        select(person.c.owner_id, person.c.key).where(
            among(person.c.owner_id, "owners"),
            or_(person.c.email.is_(None), person.c.refused_email == person.c.email),
        ),
        owners=sorted({owner for owner, _key in people}),
    )
    return len(people & {(row.owner_id, row.key) for row in without})


def _for_rektor(mine: Sequence[TaskRow], over: Mapping[int, date], today: date) -> ForRektor:
    """`over` is the last date that is long over, by school."""
    long = [
        row
        for row in mine
        if row.status is Status.OVERDUE
        and row.facts.due is not None
        and row.facts.due <= over.get(row.school_id or 0, date.min)
    ]
    unheld = [row for row in mine if not row.responsible and _is_near(row, today)]
    return ForRektor(len(long), len({row.step.key for row in long}), counts(unheld))


def unheld_until(today: date) -> date:
    """The last date for which it is told that nobody holds a duty; in August the whole autumn."""
    return Year.of(today).on(12, 31) if today.month == AUTUMN else today + UNHELD


def _is_near(row: TaskRow, today: date) -> bool:
    """Whether a duty comes so soon that somebody must hold it."""
    return (
        row.status in (Status.OPEN, Status.OVERDUE, Status.PLANNED)
        and row.facts.due is not None
        and row.facts.due <= unheld_until(today)
    )


def queues(
    session: Session,
    rules: Rules,
    schools: Sequence[int],
    roster: Roster,
    over_guide: Collection[tuple[int, int]],
    *,
    today: date,
) -> dict[Key, ForPpt]:
    """The assessments that are not there yet, for each adviser and head of PPT.

    `over_guide` are the cases, by pupil and year, that have been at PPT past the guiding time.
    Every week while one is overdue or due within four weeks, and the first week of each month.
    """
    steps = [step.key for step in rules.all_steps(session) if step.fact == RECEIVED]
    waiting = read(
        session, _not_received(), schools=schools, year=Year.of(today).start, today=today
    )
    mine: dict[Key, dict[int, Any]] = {}
    for row in waiting:
        if row.step not in steps:
            continue
        duty = Duty(row.school_id, pupil_id=row.pupil_id, ppt_id=row.ppt_id)
        for role in PPT:
            for person in roster.present(role, duty).values():
                mine.setdefault((row.owner_id, person), {})[row.id] = row
    pupils = {row.pupil_id for some in mine.values() for row in some.values()}
    histories = Histories(session, sorted(pupils))
    turn = {
        (row.pupil_id, row.year): histories.course(
            row.pupil_id, row.year, until=today, assessment_only=True
        ).turn
        for some in mine.values()
        for row in some.values()
    }
    found: dict[Key, ForPpt] = {}
    for key, some in mine.items():
        # Whose case rests, after a no, waits for nobody.
        cases = [row for row in some.values() if turn[row.pupil_id, row.year] is not None]
        due = min((row.due for row in cases if row.due), default=None)
        if today.day <= 7 or (due is not None and due <= today + PPT_AHEAD):
            with_whom = Counter(turn[row.pupil_id, row.year] for row in cases)
            late = sum(row.due is not None and row.due < today for row in cases)
            over = sum((row.pupil_id, row.year) in over_guide for row in cases)
            guardians, at_work = with_whom[Court.FORESATTE], with_whom[Court.PPT]
            school = len(cases) - guardians - at_work
            found[key] = ForPpt(school, at_work, late, due, guardians, over)
    return found


@cache
def _not_received() -> Select[Any]:
    """Assessments needed for this year or the next, and the date they have in the wheel."""
    assessment, task = another("assessment"), another("task")
    stay, pupil = another("enrolment"), another("pupil")
    year = bindparam("year", type_=Integer)
    today = bindparam("today", type_=Date)
    return (
        select(
            assessment.c.id,
            assessment.c.owner_id,
            assessment.c.pupil_id,
            assessment.c.year,
            assessment.c.complete_on,
            pupil.c.ppt_id,
            task.c.school_id,
            task.c.step,
            task.c.due,
        )
        .select_from(assessment)
        .join(pupil, pupil.c.id == assessment.c.pupil_id)
        .join(
            task,
            (task.c.subject_id == assessment.c.pupil_id)
            & (task.c.year == assessment.c.year)
            & (task.c.scope == Scope.PUPIL),
        )
        .join(
            stay,
            (stay.c.pupil_id == assessment.c.pupil_id)
            & (stay.c.school_id == task.c.school_id)
            & or_(stay.c.ends.is_(None), stay.c.ends >= today),
        )
        .where(
            assessment.c.received_on.is_(None),
            assessment.c.year >= year,
            assessment.c.needed_since <= today,
            among(task.c.school_id, "schools"),
        )
    )
