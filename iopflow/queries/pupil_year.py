"""One pupil's school year as its page shows it: who works with the pupil, and every step due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from iopflow.clock import local_date
from iopflow.models import Pupil, School, Scope, Unit, What, metadata
from iopflow.queries.access import Viewer, sights_of_pupil
from iopflow.queries.holders import Duty, Roster, Stay, stays_of
from iopflow.queries.log import Entry, log_of
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.queries.pupils import Road, road_of
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TALK_WORDS, TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.roles import Sight
from iopflow.schoolyear import Year
from iopflow.status import Status

CONTACT, ADVISER = "kontaktlaerer", "ppt_radgiver"
# Who makes and follows the plan beside the contact teacher (domain: IOP-team).
TEAM = ("spesialpedagog", "faglaerer", "miljoterapeut", "miljoarbeider")
_NOT_SHOWN = frozenset({Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Recorded:
    """When what happened on a step was written down, and the event that tells by whom."""

    on: date | None = None
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class PupilYear:
    """What is shown of a pupil's school year, as far as the viewer's roles see.

    `rows` are the steps due from August to July, whichever year they serve; `before` those that
    serve the year and were due earlier. `words` are what was said of a talk that is not held, day
    by day. `road` is None where there is nothing to derive it from, or where the viewer sees only
    the road to an assessment.
    """

    year: Year
    school: School | None
    unit: str
    staff: Mapping[str, Sequence[str]]
    road: Road | None
    rows: Sequence[TaskRow]
    before: Sequence[TaskRow]
    recorded: Mapping[int, Recorded]
    words: Mapping[int, Sequence[tuple[What, date]]]
    log: Sequence[Entry]
    names: Mapping[str, str] = field(default_factory=dict)  # of those in the log, by id


def pupil_year(
    session: Session, rules: Rules, viewer: Viewer, pupil: Pupil, year: Year, *, today: date
) -> PupilYear:
    """The year of a pupil whom the viewer sees, read in a constant number of statements."""
    whole = bool(sights_of_pupil(session, viewer, pupil) & {Sight.ALL, Sight.NO_TALKS})
    asked = Asked(pupil_id=pupil.number, years=(year, year.next))
    seen = [
        row
        for row in tasks(session, rules, viewer, asked, today=today)
        if row.status not in _NOT_SHOWN
    ]
    first, last = year.on(8, 1), year.on(7, 31)
    stay = _stay(stays_of(session, [pupil.number])[pupil.number], seen, first, last, today)
    school = session.get(School, stay.school_id) if stay is not None else None
    unit = session.get(Unit, stay.class_id) if stay is not None and stay.class_id else None
    staff = _Staff(session, pupil, school, stay, today)
    log = log_of(session, rules, viewer, pupil)
    happened = _happened(session, pupil, seen)
    return PupilYear(
        year=year,
        school=school,
        unit=unit.name if unit is not None else "",
        staff=staff.by_role((CONTACT, ADVISER, *TEAM) if whole else (CONTACT, ADVISER)),
        road=_road(session, rules, school, year, seen, today) if whole else None,
        rows=[row for row in seen if _belongs(row, year, first, last)],
        before=[
            row for row in seen if row.year == year and row.facts.due and row.facts.due < first
        ],
        recorded=_recorded(seen, happened, log),
        words={row.id: _words(row, happened, today) for row in seen if row.said is not None},
        log=log,
        names=_names(session, pupil.owner, log),
    )


def _belongs(row: TaskRow, year: Year, first: date, last: date) -> bool:
    due = row.facts.due
    return first <= due <= last if due is not None else row.year == year


def _stay(
    stays: Sequence[Stay], seen: Sequence[TaskRow], first: date, last: date, today: date
) -> Stay | None:
    """Where the pupil was in the year; today where that is in it. What another school had of the
    pupil is told only to those who see something of it.
    """
    known = {row.school_id for row in seen}
    there = [
        stay
        for stay in stays
        if stay.starts <= last
        and stay.not_over(first)
        and (stay.school_id in known or stay.not_over(today))
    ]
    now = [stay for stay in there if stay.covers(today)]
    return next(iter(now or there[::-1]), None)


def _road(
    session: Session,
    rules: Rules,
    school: School | None,
    year: Year,
    seen: Sequence[TaskRow],
    today: date,
) -> Road | None:
    if school is None:
        return None
    own = [row for row in seen if row.year == year and row.school_id == school.id]
    rute = calendars(session, [school.number], only=[year]).get(school.number, {}).get(year)
    if not own or rute is None:
        return None
    return road_of(rules, school, own, rute, today=today)


class _Staff:
    """Those who work with the pupil today, where the pupil still is at the school."""

    def __init__(
        self,
        session: Session,
        pupil: Pupil,
        school: School | None,
        stay: Stay | None,
        today: date,
    ) -> None:
        self._session, self._roster = session, None
        if school is None or stay is None or not stay.not_over(today):
            return
        self._roster = Roster(session, today=today, owners={school.number: school.owner})
        self._duty = Duty(school.number, pupil.number, pupil.ppt_id, stay.class_id)

    def by_role(self, roles: Iterable[str]) -> dict[str, Sequence[str]]:
        """The names of those who hold each role nearest the pupil; nobody is no entry."""
        if self._roster is None:
            return {}
        held = {role: list(self._roster.people(role, self._duty)) for role in roles}
        person = metadata.tables["person"]
        numbers = sorted({one for people in held.values() for one in people})
        query = select(person.c.id, person.c.name).where(among(person.c.id, "people"))
        names = {row.id: row.name for row in read(self._session, query, people=numbers)}
        return {
            role: sorted(names[one] for one in people) for role, people in held.items() if people
        }


# ---------------------------------------------------------------- what happened, and who says so


@cache
def _of_pupil() -> Select[Any]:
    happening = metadata.tables["happening"]
    return select(
        happening.c.id,
        happening.c.year,
        happening.c.step,
        happening.c.what,
        happening.c.on_day,
        happening.c.recorded_on,
    ).where(
        among(happening.c.year, "years"),
        among(happening.c.subject_id, "pupils"),
        happening.c.scope == Scope.PUPIL,
    )


def _happened(
    session: Session, pupil: Pupil, rows: Iterable[TaskRow]
) -> dict[tuple[int, str], list[Any]]:
    years = sorted({row.year.start for row in rows})
    found: dict[tuple[int, str], list[Any]] = {}
    for one in read(session, _of_pupil(), years=years, pupils=[pupil.number]):
        found.setdefault((one.year, one.step), []).append(one)
    return found


def _names(session: Session, owner_id: int, log: Iterable[Entry]) -> dict[str, str]:
    keys = {key for one in log for key in (one.by, one.stands_in_for) if key is not None}
    person = metadata.tables["person"]
    query = select(person.c.key, person.c.name).where(
        person.c.owner_id == owner_id, person.c.key.in_(sorted(keys))
    )
    return {row.key: row.name for row in session.execute(query)}


def _recorded(
    rows: Iterable[TaskRow],
    happened: Mapping[tuple[int, str], Sequence[Any]],
    log: Sequence[Entry],
) -> dict[int, Recorded]:
    """Who wrote down what settled each step: a happening, or a day in the case."""
    by_row = {(one.table, one.row): one for one in log if one.after is not None}
    found = {}
    for row in rows:
        if row.facts.happened_on is None:
            continue
        if row.step.fact is not None:
            entry = _fact(row, log)
            on = _written(entry) if entry is not None else None
        else:
            one = _decisive(row, happened)
            entry = by_row.get(("happening", one.id)) if one is not None else None
            on = one.recorded_on if one is not None else None
        found[row.id] = Recorded(on, entry)
    return found


def _decisive(row: TaskRow, happened: Mapping[tuple[int, str], Sequence[Any]]) -> Any:
    own = happened.get((row.year.start, row.step.key), ())
    return next(
        (
            one
            for one in own
            if one.what == row.step.happening and one.on_day == row.facts.happened_on
        ),
        None,
    )


def _fact(row: TaskRow, log: Sequence[Entry]) -> Entry | None:
    """The newest event that wrote the day of a step of the case."""
    table, _dot, column = (row.step.fact or "").partition(".")
    iso = row.facts.happened_on.isoformat() if row.facts.happened_on is not None else ""
    wanted = {"kind": column, "on_day": iso} if table == "consent" else {column: iso}
    said = (
        one
        for one in reversed(log)
        if one.table == table and one.after is not None and wanted.items() <= one.after.items()
    )
    return next(said, None)


def _written(entry: Entry) -> date:
    """The day on which somebody wrote it down: an import says which, of a row that it brings."""
    said = (entry.after or {}).get("recorded_on") if entry.before is None else None
    return date.fromisoformat(said) if said is not None else local_date(entry.at)


def _words(
    row: TaskRow, happened: Mapping[tuple[int, str], Sequence[Any]], today: date
) -> list[tuple[What, date]]:
    """What was said of a talk, in order: invited, no answer, declined."""
    last = row.left_on or today
    own = happened.get((row.year.start, row.step.key), ())
    said = [one for one in own if one.what in TALK_WORDS and one.on_day <= last]
    ordered = sorted(said, key=lambda one: (one.on_day, one.what is not What.INVITED, one.id))
    return [(one.what, one.on_day) for one in ordered]
