"""What is late or missing, pupil by pupil: how many days, why, and with whom they lay.

The same rows as the figure counts (`statement`), the causes that were registered (`delay`), and for
P1 and P2 the courses of the pupils' cases. A day lies with whoever had the ball at its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlmodel import Session

from iopflow.indicators import BY_CODE, COURTS, DATA_ERROR, INDICATORS, JUSTIFYING, Indicator
from iopflow.lifecycle import Court, Spent, spent_words
from iopflow.measure.calendar import Known, known_schools
from iopflow.measure.explain import behind, line_of
from iopflow.measure.figures import Asked
from iopflow.measure.statement import MISSED
from iopflow.models import Scope, What, metadata
from iopflow.queries.courses import Histories
from iopflow.queries.prepared import among, read
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.words import cause_word

# Where the limit of each outcome stands among its days, and how many days it is moved by.
_LIMITS: Mapping[str, tuple[int, int]] = {
    "received_before": (0, -1),  # 31 May is on time, 1 June is not
    "decided": (0, 0),
    "done": (-1, 0),
    "held": (-1, 0),
    "held_within": (-1, 0),
}
TIMED: tuple[str, ...] = tuple(one.code for one in INDICATORS if one.outcome.word in _LIMITS)
CLOCKED = ("P1", "P2")  # those whose days follow from the course of a case
NOBODY = "ingen"


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause as registered on a day."""

    on: date
    cause: str | None
    evidence: str | None

    @property
    def justifies(self) -> bool:
        """Whether it may justify and there is evidence for it."""
        return self.cause in JUSTIFYING and bool(self.evidence)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the days of a case went: since it began, and after the limit."""

    since: date | None
    spent: Spent
    late: Spent
    holder: Court | None  # on the limit day
    turn: Court | None  # on the day facts are read to


@dataclass(frozen=True, slots=True)
class Waited:
    """One pupil of a figure: what became of it, how late, why, and where the days went.

    `causes` come in the order of their days; the last one decides. `clock` is there for P1 and P2.
    """

    pupil_id: int
    pupil: str
    school_id: int
    result: str
    line: Mapping[str, Any]
    limit: date
    late_days: int
    causes: tuple[Cause, ...]
    clock: Clock | None

    @property
    def indicator(self) -> str:
        """The code of the figure."""
        return str(self.line["indicator"])

    @property
    def said(self) -> Cause | None:
        """The cause that decides."""
        return self.causes[-1] if self.causes else None

    @property
    def cause(self) -> str | None:
        """Its word."""
        return self.said.cause if self.said is not None else None

    @property
    def counts(self) -> bool:
        """Whether it is among those done late or open, whatever the day."""
        return self.result in MISSED

    @property
    def data_error(self) -> bool:
        """Whether somebody says that nothing was late, and that a registration is wrong."""
        return self.counts and self.cause == DATA_ERROR

    @property
    def missed(self) -> bool:
        """Whether the limit has passed without it."""
        return self.late_days > 0 and not self.data_error

    @property
    def announced(self) -> bool:
        """Whether it is said before the limit that it will be late."""
        return self.counts and not self.late_days and not self.data_error and bool(self.causes)

    @property
    def justified(self) -> bool:
        """As the figure counts it: one cause with evidence is enough."""
        return self.counts and any(one.justifies for one in self.causes)

    @property
    def court(self) -> Court | None:
        """With whom it lay that it was missed; None where the cause says nobody, or it was not.

        The course of the case says so, by who had it on the limit day: what is claimed afterwards
        never moves the days. Where no case tells, the cause does, else it is the school's.
        """
        if not self.missed:
            return None
        if self.clock is not None and self.clock.holder is not None:
            return self.clock.holder
        cause = self.cause
        return COURTS[cause] if cause is not None and cause in COURTS else Court.SKOLE

    @property
    def turn(self) -> Court | None:
        """Who has it now, while it is open."""
        return self.clock.turn if self.clock is not None and self.result == "open" else None

    def to_json(self) -> dict[str, Any]:
        """The line of the contract, and what explains it."""
        said = self.said
        clock: dict[str, Any] = {}
        if self.clock is not None:
            clock = {
                "since": _iso(self.clock.since),
                "days": by_court(self.clock.spent),
                "late_by_court": by_court(self.clock.late),
                "paused": self.clock.spent.paused,
                "net_days": self.clock.spent.net,
                "turn": self.turn.value if self.turn is not None else None,
            }
        return dict(self.line) | {
            "limit": self.limit.isoformat(),
            "late_days": self.late_days,
            **clock,
            "court": self.court.value if self.court is not None else None,
            "cause": self.cause,
            "evidence": said.evidence if said is not None else None,
            "justified": self.justified,
            "causes": [
                {"on": one.on.isoformat(), "cause": one.cause, "evidence": one.evidence}
                for one in self.causes
            ],
        }

    @property
    def went(self) -> str:
        """Where the days went, in one line, without the causes."""
        parts = []
        if self.clock is not None:
            parts.append(spent_words(self.clock.spent, self.clock.late))
            if self.turn is not None:
                parts.append(_("{who} har saken").format(who=self.turn.text.get()))
        elif self.missed and self.court is not None:
            parts.append(self.court.text.get())
        return "; ".join(part for part in parts if part)

    @property
    def words(self) -> str:
        """Where the days went, and the causes, in one line."""
        causes = dict.fromkeys(one.cause for one in self.causes) if self.counts else {}
        told = [self.went, *(cause_word(word) for word in causes if word)]
        return "; ".join(part for part in told if part)


def by_court(spent: Spent) -> dict[str, int]:
    """The days by court, and those on which nobody was waited for: their sum is the whole."""
    return {court.value: spent.by_court[court] for court in Court} | {NOBODY: spent.resting}


def court_word(court: str | None) -> str:
    """A court, or nobody, as people say it."""
    return Court(court).text.get() if court not in (None, NOBODY) else _("ingen")


def waited(
    session: Session,
    indicator: Indicator,
    *,
    schools: Sequence[int],
    year: Year,
    today: date,
    as_of: date | None = None,
    visible: ColumnElement[bool] | None = None,
) -> list[Waited]:
    """A line per pupil of the figure, excluded ones too, by school and pupil. One of `TIMED`.

    Facts are read to `as_of`, or as the figure reads them. `visible` narrows it to the pupils whom
    somebody may see, as SQL over pupil.id.
    """
    asked = Asked(known_schools(session, year, schools), year, today, as_of)
    rows = sorted(
        behind(session, asked, indicator, indicator, visible),
        key=lambda row: (row.school, row.key),
    )
    served = indicator.serving(year)
    pupils = sorted({row.pupil_id for row in rows})
    causes = _causes(session, pupils, served, indicator.steps)
    cases = Histories(session, pupils) if indicator.code in CLOCKED else None
    found = []
    for row in rows:
        at = asked.schools[row.school_id]
        limit, read_to = limit_day(asked, at, indicator), asked.read_to(indicator, at)
        if limit is None or read_to is None:  # cannot be: such a school has no rows
            continue
        done = row.on_day if row.result in ("numerator", "done_late") else None
        late = max(0, ((done or read_to) - limit).days) if row.result in MISSED else 0
        found.append(
            Waited(
                row.pupil_id,
                row.key,
                row.school_id,
                row.result,
                line_of(indicator, row),
                limit,
                late,
                tuple(one for one in causes.get(row.pupil_id, ()) if one.on <= read_to),
                _clock(cases, row.pupil_id, served, done, limit, late, read_to)
                if cases is not None
                else None,
            )
        )
    return found


def limit_day(asked: Asked, school: Known, indicator: Indicator) -> date | None:
    """The last day on time at a school; None where its skolerute is missing."""
    place, moved = _LIMITS[indicator.outcome.word]
    day = asked.day(school, indicator.outcome.days[place])
    return day and day + timedelta(days=moved)


def last_days(
    session: Session, schools: Sequence[int], served: Iterable[Year]
) -> dict[tuple[int | None, Year, str], date]:
    """Until which day a step counts as on time, by the school, the year it serves and its key.

    Where two indicators ask for one step, it is the later of their days.
    """
    years = set(served)
    found: dict[tuple[int | None, Year, str], date] = {}
    for year in sorted(years | {one.previous for one in years}):
        known = known_schools(session, year, schools)
        asked = Asked(known, year, date.max, None)
        for code in TIMED:
            indicator = BY_CODE[code]
            of = indicator.serving(year)
            for number, school in known.items():
                limit = limit_day(asked, school, indicator)
                if limit is None or of not in years:
                    continue
                for step in indicator.steps:
                    key = (number, of, step)
                    found[key] = max(found.get(key, date.min), limit)
    return found


def _clock(
    cases: Histories,
    pupil_id: int,
    served: Year,
    done: date | None,
    limit: date,
    late: int,
    read_to: date,
) -> Clock:
    course = cases.course(pupil_id, served.start, until=read_to)
    since = cases.clock_from(pupil_id, course)
    before = done or read_to + timedelta(days=1)
    return Clock(
        since,
        course.spent(since or before, before),
        course.spent(limit, limit + timedelta(days=late)),
        course.holder(limit),
        course.turn,
    )


@cache
def _registered() -> Select[Any]:
    table = metadata.tables["happening"]
    return (
        select(
            table.c.subject_id,
            table.c.step,
            table.c.on_day,
            table.c.cause,
            table.c.evidence,
        )
        .where(
            table.c.year == bindparam("year"),
            table.c.what == What.DELAY,
            table.c.scope == Scope.PUPIL,
            among(table.c.subject_id, "pupils"),
        )
        .order_by(table.c.on_day, table.c.id)
    )


def _causes(
    session: Session, pupils: Sequence[int], served: Year, steps: Sequence[str]
) -> dict[int, list[Cause]]:
    """What was registered on the steps, in the order of days."""
    found: dict[int, list[Cause]] = {}
    if not pupils:
        return found
    for row in read(session, _registered(), year=served.start, pupils=pupils):
        if row.step in steps:
            one = Cause(row.on_day, row.cause, row.evidence)
            found.setdefault(row.subject_id, []).append(one)
    return found


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
