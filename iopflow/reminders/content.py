"""What a mail says, read when it is sent: step names with counts, and never whom they are about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, or_, select
from sqlmodel import Session

from iopflow.models import MailKind, Wish, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.holders import Roster
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.reminders.countings import countings
from iopflow.reminders.days import AHEAD, Skoleruter, head_sees_from, is_sending_day, nudged_until
from iopflow.reminders.leading import REKTOR, UNHELD, Key, heads, queues, sections
from iopflow.reminders.sections import ForCounting, Line, Section, fingerprint, lines
from iopflow.roles import Place
from iopflow.schoolyear import Year
from iopflow.status import Status

WEEK = timedelta(days=7)
_WAITING_FOR_SOMEBODY = frozenset({Status.OPEN, Status.OVERDUE})


@dataclass(frozen=True, slots=True)
class Content:
    """All that a mail to one person says.

    `lines` are the person's own steps that come, `behind` those that are over their date, `more`
    what those who lead are told. `late` is a hash of all that is behind, `said` one of each date
    that comes: stored of a mail, so that the next one need not say the same again. `pressing` are
    those of `said` that come before the next digest.

    `rests`: a day off at all the person's schools. `delayed` is the day it should have come.
    `texts` are the school's own sentences, by part.
    """

    kind: MailKind
    name: str
    email: str
    language: str
    overdue: int
    lines: tuple[Line, ...]
    behind: tuple[Line, ...]
    late: str
    said: frozenset[str]
    pressing: frozenset[str]
    more: tuple[Section, ...] = ()
    wish: Wish = Wish.NUDGE
    is_refused: bool = False
    rests: bool = False
    delayed: date | None = None
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def coming(self) -> int:
        """How many steps have a date that comes."""
        return sum(line.count for line in self.lines)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        if self.lines:
            return False
        return self.kind is MailKind.NUDGE or not (self.overdue or self.more)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the mails of some people share, read once."""

    today: date
    mine: Mapping[Key, Sequence[TaskRow]]
    ruter: Mapping[int, Skoleruter]
    seen: Mapping[int, date | None]
    more: Mapping[Key, Sequence[Section]]
    schools: Mapping[int, Sequence[int]]  # of each person, by number
    counting: Mapping[int, Sequence[ForCounting]]
    texts: Mapping[int, Mapping[str, Mapping[str, str]]]  # school, language, part


def contents(
    session: Session, rules: Rules, people: Mapping[int, MailKind], *, today: date
) -> dict[int, Content]:
    """What each person's mail says today, by number; people without an address have none."""
    persons = {one.id: one for one in read(session, _persons(), people=list(people)).all()}
    places = _places(session, persons, today)
    schools = sorted({number for some in places.values() for number in some})
    networks = sorted(set(read(session, _networks(), schools=schools).scalars()))
    weekly = any(kind is MailKind.DIGEST for kind in people.values())
    rows = tasks(
        session,
        rules,
        EVERYONE,
        Asked(
            schools=schools,
            networks=networks,
            years=_years(today),
            due_by=_due_by(today, weekly=weekly),
        ),
        today=today,
    )
    known = _known(session, rules, rows, schools, places, today, weekly=weekly)
    return {
        number: _content(people[number], one, known) for number, one in persons.items() if one.email
    }


def _known(
    session: Session,
    rules: Rules,
    rows: Sequence[TaskRow],
    schools: Sequence[int],
    places: Mapping[int, Sequence[int]],
    today: date,
    *,
    weekly: bool,
) -> _Read:
    ruter = calendars(session, schools)
    seen: dict[int, date | None] = {}
    mine: dict[Key, list[TaskRow]] = {}
    for row in rows:
        if row.status in _WAITING_FOR_SOMEBODY and _is_told(row, today):
            for person in row.reminded:
                mine.setdefault((row.owner_id, person), []).append(row)
    more: dict[Key, list[Section]] = {}
    counting: dict[int, list[ForCounting]] = {}
    if weekly:
        owners = {one.id: one.owner_id for one in read(session, _owners(), schools=schools)}
        roster = Roster(session, today=today, owners=owners)
        of_schools = [row for row in rows if row.school_id is not None]
        led_by = heads(of_schools, roster)
        seen = _seen((row for row in of_schools if row.id in led_by), ruter)
        more = sections(session, of_schools, ruter, roster, seen, today=today)
        for key, queue in queues(session, rules, schools, roster, today=today).items():
            more.setdefault(key, []).append(queue)
        led = _led(session, places, today)
        counting = {
            person: [
                one if len(at) > 1 else replace(one, school=None)
                for number in at
                for one in found.get(number, ())
            ]
            for found in [
                countings(session, sorted({n for s in led.values() for n in s}), today=today)
            ]
            for person, at in led.items()
        }
    return _Read(today, mine, ruter, seen, more, places, counting, _texts(session, schools))


def _is_told(row: TaskRow, today: date) -> bool:
    return row.facts.due is not None and row.facts.due <= today + AHEAD


def _due_by(today: date, *, weekly: bool) -> date:
    """How far ahead is read: those who lead hear earlier of duties that nobody holds."""
    if not weekly:
        return today + AHEAD
    return Year.of(today).on(12, 31) if today.month == 8 else today + UNHELD


def _seen(rows: Iterable[TaskRow], ruter: Mapping[int, Skoleruter]) -> dict[int, date | None]:
    """From when the head has each overdue task in a list, by its number; once for each date."""
    days: dict[tuple[int, date], date | None] = {}
    found = {}
    for row in rows:
        if row.status is Status.OVERDUE and row.facts.due is not None:
            at = (row.school_id or 0, row.facts.due)
            if at not in days:
                days[at] = head_sees_from(ruter.get(at[0], {}), at[1])
            found[row.id] = days[at]
    return found


def _content(kind: MailKind, person: Any, known: _Read) -> Content:
    today, key = known.today, (person.owner_id, person.key)
    rows = known.mine.get(key, ())
    late = [row for row in rows if row.status is Status.OVERDUE]
    coming = [row for row in rows if row.status is Status.OPEN and _comes(kind, row, known)]
    more: list[Section] = []
    if kind is MailKind.DIGEST:
        more = [*known.more.get(key, ()), *known.counting.get(person.id, ())]
    if person.wish is Wish.CALENDAR:  # the dates that come stand in the person's calendar
        coming = []
    at = known.schools.get(person.id, ())
    behind = lines(late, known.ruter, known.seen)
    said = {_date_of(row): row.facts.due for row in coming}
    said |= {
        fingerprint(one.counted, one.day): one.day for one in more if isinstance(one, ForCounting)
    }
    lasting = [one for one in more if not isinstance(one, ForCounting)]
    language = person.language or "nb"
    return Content(
        kind,
        person.name,
        person.email,
        language,
        len(late),
        lines(coming, known.ruter, {}),
        behind,
        fingerprint(*sorted(row.id for row in late), *lasting) if late or lasting else "",
        frozenset(said),
        frozenset(told for told, due in said.items() if due and due < today + WEEK),
        tuple(more),
        person.wish,
        person.refused_email == person.email,
        bool(at) and not any(is_sending_day(known.ruter.get(one, {}), today) for one in at),
        texts=_texts_for(known, at, language),
    )


def _comes(kind: MailKind, row: TaskRow, known: _Read) -> bool:
    due, ruter = row.facts.due, known.ruter.get(row.school_id or 0, {})
    if due is None or kind is MailKind.DIGEST:
        return due is not None
    return known.today <= due <= (nudged_until(ruter, known.today) or known.today)


def _date_of(row: TaskRow) -> str:
    return fingerprint(row.step.key, row.facts.due)


def _years(today: date) -> tuple[Year, Year, Year]:
    """Last year as well: what was left undone there is overdue, whatever the month."""
    year = Year.of(today)
    return year.previous, year, year.next


def _texts_for(known: _Read, schools: Sequence[int], language: str) -> Mapping[str, str]:
    """The sentences of the person's first school, in the person's language."""
    return known.texts.get(schools[0], {}).get(language, {}) if schools else {}


def _texts(session: Session, schools: Sequence[int]) -> dict[int, dict[str, dict[str, str]]]:
    found: dict[int, dict[str, dict[str, str]]] = {}
    for row in read(session, _own_texts(), schools=schools):
        found.setdefault(row.school_id, {}).setdefault(row.language, {})[row.part] = row.text
    return found


def _places(session: Session, persons: Mapping[int, Any], today: date) -> dict[int, list[int]]:
    """The live schools that each person's roles of today lie at."""
    found: dict[int, set[int]] = {}
    for row in read(session, _at_schools(), people=list(persons), today=today):
        found.setdefault(row.person_id, set()).add(row.school_id)
    return {person: sorted(schools) for person, schools in found.items()}


def _led(
    session: Session, places: Mapping[int, Sequence[int]], today: date
) -> dict[int, list[int]]:
    """The schools that each person is rektor of."""
    found: dict[int, list[int]] = {}
    for row in read(session, _rektors(), people=list(places), today=today):
        found.setdefault(row.person_id, []).append(row.at_id)
    return found


@cache
def _persons() -> Select[Any]:
    person = metadata.tables["person"]
    return select(
        person.c.id,
        person.c.owner_id,
        person.c.key,
        person.c.name,
        person.c.email,
        person.c.language,
        person.c.wish,
        person.c.refused_email,
    ).where(among(person.c.id, "people"))


@cache
def _owners() -> Select[Any]:
    school = metadata.tables["school"]
    return select(school.c.id, school.c.owner_id).where(among(school.c.id, "schools"))


@cache
def _networks() -> Select[Any]:
    school = metadata.tables["school"]
    return select(school.c.network_id).where(
        among(school.c.id, "schools"), school.c.network_id.is_not(None)
    )


@cache
def _own_texts() -> Select[Any]:
    text = metadata.tables["school_text"]
    return select(text.c.school_id, text.c.language, text.c.part, text.c.text).where(
        among(text.c.school_id, "schools")
    )


def _standing(grant: Any) -> tuple[Any, ...]:
    today = bindparam("today", type_=Date)
    return (
        among(grant.c.person_id, "people"),
        grant.c.starts <= today,
        or_(grant.c.ends.is_(None), grant.c.ends >= today),
    )


@cache
def _rektors() -> Select[Any]:
    grant = metadata.tables["role_grant"]
    return select(grant.c.person_id, grant.c.at_id).where(
        grant.c.at_kind == Place.SCHOOL, grant.c.role == REKTOR, *_standing(grant)
    )


@cache
def _at_schools() -> Any:
    """The schools at which the people's roles of today lie, by the kinds of place."""
    grant, school = metadata.tables["role_grant"], metadata.tables["school"]
    unit, stay = metadata.tables["unit"], metadata.tables["enrolment"]
    pupil = metadata.tables["pupil"]
    today = bindparam("today", type_=Date)
    here = or_(stay.c.ends.is_(None), stay.c.ends >= today)
    live = school.c.live_from <= today
    of_person = grant.c.person_id
    ways = (
        (Place.SCHOOL, school.c.id == grant.c.at_id, None),
        (Place.UNIT, unit.c.id == grant.c.at_id, (unit, school.c.id == unit.c.school_id)),
        (Place.OWNER, school.c.owner_id == grant.c.at_id, None),
        (Place.NETWORK, school.c.network_id == grant.c.at_id, None),
    )
    found = []
    for place, meets, via in ways:
        base = select(of_person, school.c.id.label("school_id"))
        if via is None:
            base = base.join(school, meets)
        else:
            base = base.join(via[0], meets).join(school, via[1])
        found.append(base.where(grant.c.at_kind == place, live, *_standing(grant)))
    at_pupil = (
        select(of_person, stay.c.school_id)
        .join(stay, stay.c.pupil_id == grant.c.at_id)
        .join(school, school.c.id == stay.c.school_id)
        .where(grant.c.at_kind == Place.PUPIL, here, live, *_standing(grant))
    )
    at_ppt = (
        select(of_person, stay.c.school_id)
        .join(pupil, pupil.c.ppt_id == grant.c.at_id)
        .join(stay, stay.c.pupil_id == pupil.c.id)
        .join(school, school.c.id == stay.c.school_id)
        .where(grant.c.at_kind == Place.PPT, here, live, *_standing(grant))
    )
    return found[0].union(*found[1:], at_pupil, at_ppt)
