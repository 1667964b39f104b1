"""What a mail says, read when it is sent: step names with counts, and never whom they are about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from iopflow.models import MailKind, Wish
from iopflow.queries.access import EVERYONE
from iopflow.queries.holders import Roster
from iopflow.queries.places import calendars
from iopflow.queries.pressing import timers_of
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.reminders import addressees, casetimers
from iopflow.reminders.countings import countings
from iopflow.reminders.days import (
    AHEAD,
    Skoleruter,
    head_sees_from,
    is_sending_day,
    is_summer_day,
    nudged_until,
)
from iopflow.reminders.leading import Key, heads, queues, sections, unheld_until
from iopflow.reminders.measuring import measuring
from iopflow.reminders.sections import (
    ForCases,
    ForCounting,
    ForMeasures,
    Line,
    Section,
    fingerprint,
    lines,
)
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
    `texts` are the school's own sentences, by part. `summer`: rektor's, of what binds in the cases.
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
    summer: bool = False

    @property
    def coming(self) -> int:
        """How many steps have a date that comes."""
        return sum(line.count for line in self.lines)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        if self.lines:
            return False
        more = any(not isinstance(one, ForCases) or one.presses for one in self.more)
        return self.kind is MailKind.NUDGE or not (self.overdue or more)


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
    measures: Mapping[int, ForMeasures]
    texts: Mapping[int, Mapping[str, Mapping[str, str]]]  # school, language, part
    summer: Mapping[int, Sequence[Section]]  # of each rektor whose schools have their summer


def contents(
    session: Session, rules: Rules, people: Mapping[int, MailKind], *, today: date
) -> dict[int, Content]:
    """What each person's mail says today, by number; people without an address have none."""
    persons = addressees.persons(session, list(people))
    places = addressees.places(session, persons, today)
    schools = sorted({number for some in places.values() for number in some})
    networks = addressees.networks(session, schools)
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
    known = _known(session, rules, rows, schools, (persons, places), today, weekly=weekly)
    return {
        number: _content(people[number], one, known) for number, one in persons.items() if one.email
    }


def _known(
    session: Session,
    rules: Rules,
    rows: Sequence[TaskRow],
    schools: Sequence[int],
    people: tuple[Mapping[int, Any], Mapping[int, Sequence[int]]],
    today: date,
    *,
    weekly: bool,
) -> _Read:
    persons, places = people
    ruter = calendars(session, schools)
    seen: dict[int, date | None] = {}
    mine: dict[Key, list[TaskRow]] = {}
    for row in rows:
        if row.status in _WAITING_FOR_SOMEBODY and _is_told(row, today):
            for person in row.reminded:
                mine.setdefault((row.owner_id, person), []).append(row)
    more: dict[Key, list[Section]] = {}
    counting: dict[int, list[ForCounting]] = {}
    summer: dict[int, list[Section]] = {}
    measures: dict[int, ForMeasures] = {}
    if weekly:
        measures = measuring(session, places, today)
        owners = addressees.owners(session, schools)
        roster = Roster(session, today=today, owners=owners)
        of_schools = [row for row in rows if row.school_id is not None]
        led_by = heads(of_schools, roster)
        seen = _seen((row for row in of_schools if row.id in led_by), ruter)
        more = sections(session, of_schools, ruter, roster, led_by, seen, today=today)
        timers = timers_of(session, rules, schools, today=today, until=today + casetimers.TOLD)
        over = casetimers.over_guide(timers)
        for key, queue in queues(session, rules, schools, roster, over, today=today).items():
            more.setdefault(key, []).append(queue)
        for key, cases in casetimers.sections(timers, roster, today=today).items():
            more.setdefault(key, []).append(cases)
        led = addressees.led(session, list(places), today)
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
        binding = casetimers.in_summer(timers, roster, today=today)
        for number in _in_summer(led, places, ruter, today):
            of_person = binding.get((persons[number].owner_id, persons[number].key))
            summer[number] = [] if of_person is None else [of_person]
    return _Read(
        *(today, mine, ruter, seen, more, places, counting, measures),
        *(addressees.texts(session, schools), summer),
    )


def _in_summer(
    led: Mapping[int, Sequence[int]],
    places: Mapping[int, Sequence[int]],
    ruter: Mapping[int, Skoleruter],
    today: date,
) -> Iterator[int]:
    """Those who are rektor where it is summer, and have no school where it is not."""
    for person, at in led.items():
        summer = any(is_summer_day(ruter.get(one, {}), today) for one in at)
        if summer and not _is_at_work(places.get(person, ()), ruter, today):
            yield person


def _is_at_work(schools: Sequence[int], ruter: Mapping[int, Skoleruter], today: date) -> bool:
    return any(is_sending_day(ruter.get(one, {}), today) for one in schools)


def _is_told(row: TaskRow, today: date) -> bool:
    return row.facts.due is not None and row.facts.due <= today + AHEAD


def _due_by(today: date, *, weekly: bool) -> date:
    """How far ahead is read: those who lead hear earlier of duties that nobody holds."""
    if not weekly:
        return today + AHEAD
    return unheld_until(today)


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
    summer = known.summer.get(person.id) if kind is MailKind.DIGEST else None
    rows = known.mine.get(key, ()) if summer is None else ()
    late = [row for row in rows if row.status is Status.OVERDUE]
    coming = [row for row in rows if row.status is Status.OPEN and _comes(kind, row, known)]
    more: list[Section] = []
    if summer is not None:
        more = list(summer)
    elif kind is MailKind.DIGEST:
        more = [*known.more.get(key, ()), *known.counting.get(person.id, ())]
        if person.id in known.measures:
            more.append(known.measures[person.id])
    if person.wish is Wish.CALENDAR:  # the dates that come stand in the person's calendar
        coming = []
    at = known.schools.get(person.id, ())
    behind = lines(late, known.ruter, known.seen)
    said = {_date_of(row): row.facts.due for row in coming}
    said |= {
        fingerprint(one.counted, one.day): one.day for one in more if isinstance(one, ForCounting)
    }
    lasting: list[object] = []
    for one in more:
        if isinstance(one, ForCases):
            said |= {fingerprint(step, day): day for day, step in one.near}
            lasting += [one.late] if one.late else []
        elif isinstance(one, ForMeasures):
            said |= {fingerprint("tiltak", day): day for day in one.days}
            lasting += [f"tiltak {one.late}"] if one.late else []
        elif not isinstance(one, ForCounting):
            lasting.append(one)
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
        summer is None and bool(at) and not _is_at_work(at, known.ruter, today),
        texts=_texts_for(known, at, language),
        summer=summer is not None,
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
