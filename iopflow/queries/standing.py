"""How each task of a list stands: its facts, read in a handful of statements, and its status."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from iopflow.facts import CaseFacts, happened, refused, stands
from iopflow.models import Scope, What, metadata
from iopflow.queries import holders
from iopflow.queries.cases import cases_of
from iopflow.queries.places import calendars
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import NETWORK_WHEEL, Rules, wheel_in_force
from iopflow.schoolyear import SchoolYear, Year
from iopflow.status import Status, TaskFacts, late_days, status
from iopflow.wheel import Step

_NO_CASE = CaseFacts()
TALK_WORDS = (What.DECLINED, What.NO_REPLY, What.CANCELLED, What.NOT_POSSIBLE, What.INVITED)


@dataclass(slots=True)
class TaskRow:
    """One task with all that is derived about it."""

    id: int
    year: Year
    step: Step
    scope: Scope
    subject_id: int
    subject: str
    school_id: int | None
    owner_id: int
    facts: TaskFacts
    status: Status
    late_days: int
    moved: bool = False
    left_on: date | None = None  # the last day of a pupil who has left the school
    recorded_at: Any = None
    duty: holders.Duty = field(default_factory=lambda: holders.Duty(None))
    responsible: list[str] = field(default_factory=list)
    reminded: list[str] = field(default_factory=list)  # of them: not who has a substitute today
    help_wanted_on: date | None = None  # while it is not done
    said: What | None = None  # the last word on a talk that has not been held

    def to_json(self, language: str | None = None) -> dict[str, Any]:
        """The entry of the contract."""
        return {
            "task": self.id,
            "year": str(self.year),
            "step": self.step.key,
            "title": self.step.title.get(language),
            "scope": self.step.scope,
            "subject": self.subject,
            "opens": _iso(self.facts.opens),
            "due": _iso(self.facts.due),
            "limit": _iso(self.facts.limit),
            "status": self.status.value,
            "happened_on": _iso(self.facts.happened_on),
            "recorded_at": self.recorded_at.isoformat() if self.recorded_at else None,
            "responsible": self.responsible,
            "late_days": self.late_days,
        }


class Reader:
    """All that the rows of one list share, read once in a handful of statements."""

    def __init__(
        self,
        session: Session,
        rules: Rules,
        found: Sequence[Any],
        today: date,
    ) -> None:
        self.today = today
        starts = {row.year for row in found}
        self.years = {one: Year(one) for start in starts for one in (start, start - 1)}
        subjects = {(row.scope, row.subject_id) for row in found}
        ids = {scope: sorted(n for kind, n in subjects if kind is scope) for scope in Scope}
        at = sorted({row.school_id for row in found} - {None})
        schools = read(session, _schools(), schools=at).all()
        self.steps = rules.of_schools(
            (one.id, one.wheel, one.network_id is not None) for one in schools
        )
        self.rules = rules
        self.network_steps = {
            step.key: step
            for wheel in rules.readable(NETWORK_WHEEL, in_network=False)
            for step in wheel.steps
        }
        self.rutes = calendars(session, at)
        self.live_from = {one.id: one.live_from for one in schools}
        self.happenings = _happenings(session, starts, ids, today)
        known = cases_of(session, ids[Scope.PUPIL])
        self.cases = {pupil_id: case.known_on(today) for pupil_id, case in known.items()}
        pupils = read(session, _pupils(), pupils=ids[Scope.PUPIL]).all()
        self.people = holders.Holders(
            session,
            found,
            today=today,
            owners={one.id: one.owner_id for one in schools},
            ppt={one.id: one.ppt_id for one in pupils},
        )
        self.keys = {
            Scope.PUPIL: {one.id: one.key for one in pupils},
            Scope.SCHOOL: {one.id: one.key for one in schools},
            Scope.UNIT: _keys(session, "unit", ids[Scope.UNIT]),
            Scope.NETWORK: _keys(session, "network", ids[Scope.NETWORK]),
        }
        self._subjects: dict[tuple[Scope, int, int | None], _About] = {}
        # Which predecessors there are: those only that a step of these schools can wait for.
        before = {
            key for steps in self.steps.values() for step in steps.values() for key in step.hard
        } | {key for step in self.network_steps.values() for key in step.hard}
        self.cycle = {
            (row.year, row.scope, row.subject_id, row.school_id, row.step)
            for row in found
            if row.step in before
        }

    def row(self, one: Any) -> TaskRow | None:
        steps = self.network_steps if one.school_id is None else self.steps[one.school_id]
        step = steps.get(one.step)
        step = step and step.of_year(self.years[one.year])
        if step is None or step.off:  # the wheel is another now; what happened stands
            if (one.year, one.scope, one.subject_id, one.step) not in self.happenings:
                return None
            step = step or self.rules.retired(one.step, one.scope)
        about = self._about(one)
        words = self._of(one, about.left_on)
        happening = _deciding(words, step) if words else None
        facts = self._facts(one, step, steps, words, happening, about)
        how = status(facts, today=self.today)
        responsible, reminded = about.people(self.people, step.responsible)
        return TaskRow(
            one.id,
            self.years[one.year],
            step,
            one.scope,
            one.subject_id,
            about.key,
            one.school_id,
            one.owner_id,
            facts,
            how,
            late_days(facts, how, today=self.today),
            one.moved,
            about.left_on,
            happening.recorded_at if happening is not None else None,
            about.duty,
            responsible,
            reminded,
            _help_wanted(words) if words and facts.happened_on is None else None,
            last_word(words) if words and step.kind == "conversation" else None,
        )

    def _about(self, one: Any) -> "_About":
        """What all tasks of a subject at a school share: read off once."""
        asked = (one.scope, one.subject_id, one.school_id)
        found = self._subjects.get(asked)
        if found is None:
            of_pupil = one.scope is Scope.PUPIL
            found = self._subjects[asked] = _About(
                self.keys[one.scope][one.subject_id],
                self.people.duty(one),
                self._case(one),
                self._left_on(one),
                of_pupil and not self.people.stays(one.subject_id, one.school_id),
            )
        return found

    def _facts(
        self,
        one: Any,
        step: Step,
        steps: Mapping[str, Step],
        words: Sequence[Any],
        happening: Any,
        about: "_About",
    ) -> TaskFacts:
        if step.fact is None:
            happened_on = happening.on_day if happening is not None else None
            declined = bool(words) and ends_declined(words)
        else:
            first_day = self._first_day(one)
            happened_on = happened(step.fact, about.case, year=one.year, first_day=first_day)
            declined = refused(step.fact, about.case, year=one.year)
        return TaskFacts(
            one.opens,
            one.due,
            one.limit_day,
            happened_on,
            bool(words) and any(row.what is What.NOT_APPLICABLE for row in words),
            declined,
            about.left,
            self.waits_for(one, step, steps) if step.hard else (),
            step.needs_vedtak and self._suspended(one, about),
            self.live_from.get(one.school_id),
        )

    def _case(self, one: Any) -> CaseFacts:
        return self.cases.get(one.subject_id, _NO_CASE) if one.scope is Scope.PUPIL else _NO_CASE

    def _first_day(self, one: Any) -> date | None:
        rute = self._rute(one)
        return rute.first_day if rute is not None else None

    def _rute(self, one: Any) -> SchoolYear | None:
        return self.rutes.get(one.school_id, {}).get(self.years[one.year])

    def _of(self, one: Any, left_on: date | None) -> Sequence[Any]:
        """What happened on the step until the day; a school that the pupil has left sees nothing
        later.
        """
        found = self.happenings.get((one.year, one.scope, one.subject_id, one.step), ())
        if not found or left_on is None:
            return found
        return [row for row in found if row.on_day <= left_on]

    def _left_on(self, one: Any) -> date | None:
        if one.scope is not Scope.PUPIL or one.school_id is None:
            return None
        return self.people.last_day(one.subject_id, one.school_id)

    def waits_for(self, one: Any, step: Step, steps: Mapping[str, Step]) -> tuple[str, ...]:
        """The legal predecessors that the subject's cycle holds and that have not happened."""
        waiting = []
        for key in step.hard:
            year = one.year if key in step.after else one.year - 1
            before = (year, one.scope, one.subject_id, one.school_id, key)
            if before not in self.cycle or key not in steps:
                continue
            if not self._stands(_Stand(*before[:4], key), steps[key]):
                waiting.append(key)
        return tuple(waiting)

    def _stands(self, one: Any, step: Step) -> bool:
        if step.fact is not None:
            first_day = self._first_day(one)
            return stands(step.fact, self._case(one), year=one.year, first_day=first_day)
        return _deciding(self._of(one, self._left_on(one)), step) is not None

    def _suspended(self, one: Any, about: "_About") -> bool:
        """Whether no vedtak is valid in the year of an IOP step (opplæringslova § 11-10)."""
        found = about.suspended.get(one.year)
        if found is None:
            rute = self._rute(one) if one.scope is Scope.PUPIL else None
            found = about.suspended[one.year] = (
                rute is not None
                and self.today >= rute.first_day
                and not about.case.granted(min(self.today, rute.last_day))
            )
        return found


@dataclass(slots=True)
class _About:
    """A subject at a school on the day: who answers, the case, and whether a pupil has left.

    What is asked again for each step is kept: by role those who are responsible and reminded, by
    year whether its IOP rests.
    """

    key: str
    duty: holders.Duty
    case: CaseFacts
    left_on: date | None
    left: bool
    held: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    suspended: dict[int, bool] = field(default_factory=dict)

    def people(self, known: holders.Holders, role: str) -> tuple[list[str], list[str]]:
        """The ids of those who hold the role, and of those of them who are reminded."""
        found = self.held.get(role)
        if found is None:
            found = self.held[role] = (
                known.responsible(self.duty, role),
                known.reminded(self.duty, role),
            )
        return found


def _deciding(words: Sequence[Any], step: Step) -> Any:
    """The happening that decides: the first of the step's own kind."""
    rows = [row for row in words if row.what == step.happening]
    return rows[0] if len(rows) == 1 else min(rows, key=lambda row: row.on_day, default=None)


def _help_wanted(words: Sequence[Any]) -> date | None:
    """The last day on which somebody asked for help."""
    return max((row.on_day for row in words if row.what is What.HELP_WANTED), default=None)


def ends_declined(words: Iterable[Any]) -> bool:
    """Whether the last of the words on a talk is a no; `words` have `what`, `on_day` and `id`."""
    return last_word(words) is What.DECLINED


def last_word(words: Iterable[Any]) -> What | None:
    """What was said last of a talk: that it was declined, or no answer came, or an invitation."""
    last = max(
        (row for row in words if row.what in TALK_WORDS),
        key=lambda row: (row.on_day, row.what is not What.INVITED, row.id),
        default=None,
    )
    return last.what if last is not None else None


@dataclass(frozen=True, slots=True)
class _Stand:
    """The key of a task, where only the key is needed."""

    year: int
    scope: Scope
    subject_id: int
    school_id: int | None
    step: str


@cache
def _schools() -> Select[Any]:
    school = metadata.tables["school"]
    return select(
        school.c.id,
        school.c.key,
        school.c.owner_id,
        wheel_in_force(school.c),
        school.c.network_id,
        school.c.live_from,
    ).where(among(school.c.id, "schools"))


@cache
def _pupils() -> Select[Any]:
    pupil = metadata.tables["pupil"]
    return select(pupil.c.id, pupil.c.key, pupil.c.ppt_id).where(among(pupil.c.id, "pupils"))


@cache
def _named(table: str) -> Select[Any]:
    subject = metadata.tables[table]
    return select(subject.c.id, subject.c.key).where(among(subject.c.id, "subjects"))


@cache
def what_happened() -> Select[Any]:
    """All that happened to subjects of a kind in some years."""
    happening = metadata.tables["happening"]
    return select(
        happening.c.id,
        happening.c.year,
        happening.c.subject_id,
        happening.c.step,
        happening.c.what,
        happening.c.on_day,
        happening.c.recorded_at,
    ).where(
        among(happening.c.year, "years"),
        among(happening.c.subject_id, "subjects"),
        happening.c.scope == bindparam("scope", type_=happening.c.scope.type),
    )


def _happenings(
    session: Session, years: set[int], ids: Mapping[Scope, Sequence[int]], today: date
) -> dict[tuple[int, Scope, int, str], list[Any]]:
    """What has happened on each step until the day."""
    found: dict[tuple[int, Scope, int, str], list[Any]] = {}
    for scope, subjects in ids.items():
        if subjects:
            known = {"years": years, "subjects": subjects, "scope": scope}
            for row in read(session, what_happened(), **known).all():
                _id, year, subject_id, step, _what, on_day, _recorded_at = row
                if on_day <= today:
                    found.setdefault((year, scope, subject_id, step), []).append(row)
    return found


def _keys(session: Session, table: str, ids: Sequence[int]) -> dict[int, str]:
    return {row.id: row.key for row in read(session, _named(table), subjects=ids)} if ids else {}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
