"""A figure before its counting date: what is sure, what still can be, and what to expect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.forecast.chances import Chance, chance
from iopflow.forecast.history import OPEN, History
from iopflow.forecast.spread import SHARE, Group, Range, numbers, range_of
from iopflow.indicators import BY_CODE, INDICATORS, Indicator
from iopflow.measure import TIMED
from iopflow.measure.calendar import known_schools
from iopflow.measure.delays import limit_day
from iopflow.measure.explain import behind
from iopflow.measure.figures import Asked
from iopflow.models import metadata
from iopflow.queries.masking import OF
from iopflow.schoolyear import Year

# Those with a limit that can be counted down to: all but the meetings of P10.
FORESEEN: tuple[Indicator, ...] = tuple(
    one for one in INDICATORS if all(part.code in TIMED for part in (one.summed() or (one,)))
)
MOST_OTHERS = 40  # other schools of the owner that are looked to


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pupil who is open while there still is time."""

    pupil_id: int
    pupil: str


@dataclass(slots=True)
class Part:
    """The open pupils of one limit: how many days are left, and their chance (None: unknown)."""

    indicator: Indicator
    limit: date
    left: int
    waiting: list[Waiting] = field(default_factory=list)
    chance: Chance | None = None


@dataclass(slots=True)
class Outlook:
    """The forecast of an indicator at a school on a day. With a `problem` there are no numbers.

    `lost` are those counted who cannot be in time any more. `expected` and `range` are None where
    there is too little history for some of the open.
    """

    indicator: Indicator
    network: str | None
    school: str
    school_id: int
    year: Year
    day: date
    counted_on: date | None
    problem: str | None
    numerator: int = 0
    lost: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    range: Range | None = None

    @property
    def open(self) -> int:
        """How many can still be in time."""
        return sum(len(part.waiting) for part in self.parts)

    @property
    def denominator(self) -> int:
        """All counted."""
        return self.numerator + self.lost + self.open

    @property
    def few(self) -> bool:
        """Whether there is too little history to say what is to be expected."""
        return any(part.waiting and part.chance is None for part in self.parts)

    @property
    def worst(self) -> float | None:
        """The rate if no more is done in time."""
        return self._rate(0)

    @property
    def best(self) -> float | None:
        """The rate if all that is open is done in time."""
        return self._rate(self.open)

    @property
    def expected(self) -> float | None:
        """The rate to be expected: each open pupil counts with its chance."""
        if self.few:
            return None
        return self._rate(
            sum(len(part.waiting) * part.chance.rate for part in self.parts if part.chance)
        )

    @property
    def low(self) -> float | None:
        """The lower end of the range."""
        return self._rate(self.range.low) if self.range is not None else None

    @property
    def high(self) -> float | None:
        """The upper end of the range."""
        return self._rate(self.range.high) if self.range is not None else None

    def _rate(self, more: float) -> float | None:
        return (self.numerator + more) / self.denominator if self.denominator else None

    def to_json(self) -> dict[str, Any]:
        """The entry, with the names of the figures' entries where it says the same."""
        there = self.problem is None
        known = [part for part in self.parts if part.waiting and part.chance is not None]
        open_parts = [part for part in self.parts if part.waiting]
        return {
            "indicator": self.indicator.code,
            "network": self.network,
            "school": self.school,
            "unit": None,
            "year": str(self.year),
            "day": self.day.isoformat(),
            "counted_on": self.counted_on and self.counted_on.isoformat(),
            "limit": _iso(min((part.limit for part in open_parts), default=None)),
            "days_left": min((part.left for part in open_parts), default=None),
            "numerator": self.numerator if there else None,
            "lost": self.lost if there else None,
            "open": self.open if there else None,
            "denominator": self.denominator if there else None,
            "excluded": dict(sorted(self.excluded.items())),
            "worst": self.worst if there else None,
            "low": self.low if there else None,
            "expected": self.expected if there else None,
            "high": self.high if there else None,
            "best": self.best if there else None,
            "share": SHARE,
            "few": self.few,
            "followed": sum(part.chance.followed for part in known if part.chance),
            "own": sum(part.chance.own for part in known if part.chance),
            "definition": self.indicator.definition,
            "problem": self.problem,
        }

    def numbered(self) -> dict[str, Any]:
        """The entry with the number of its school, as `queries.masking` needs and takes out."""
        return self.to_json() | {OF: self.school_id}


def outlooks(
    session: Session,
    *,
    schools: Sequence[int],
    year: Year,
    day: date,
    indicators: Sequence[Indicator] = FORESEEN,
) -> list[Outlook]:
    """The forecasts for schools (by their numbers), by indicator and school.

    What is known on `day` decides; facts after it, and years whose counting date had not come, do
    not exist. After the counting date nothing is open, and the forecast is the figure.
    """
    known = known_schools(session, year, schools)
    asked = Asked({number: known[number] for number in schools}, year, day, None)
    histories = _histories(session, schools, day)
    found = []
    for indicator in indicators:
        empty = {number: _empty(asked, indicator, number, day) for number in schools}
        for code in indicator.parts or (indicator.code,):
            _count(session, asked, indicator, BY_CODE[code], empty)
        for number, one in empty.items():
            _foresee(one, histories[number])
            found.append(one)
    return found


def _empty(asked: Asked, indicator: Indicator, number: int, day: date) -> Outlook:
    school = asked.schools[number]
    return Outlook(
        indicator,
        school.network,
        school.key,
        number,
        asked.year,
        day,
        asked.day(school, indicator.counted),
        asked.problem(indicator, school),
    )


def _count(
    session: Session,
    asked: Asked,
    indicator: Indicator,
    part: Indicator,
    outlooks: Mapping[int, Outlook],
) -> None:
    """Adds the pupils of a part to the forecasts of their schools."""
    parts: dict[int, Part] = {}
    for number, one in outlooks.items():
        limit = limit_day(asked, asked.schools[number], part)
        if one.problem is None and limit is not None:
            parts[number] = Part(part, limit, (limit - one.day).days)
            one.parts.append(parts[number])
    rows = behind(session, asked, indicator, part, None)
    for row in sorted(rows, key=lambda row: row.key):
        one = outlooks[row.school_id]
        if row.result == "excluded":
            one.excluded[row.reason] = one.excluded.get(row.reason, 0) + 1
        elif row.result == "numerator":
            one.numerator += 1
        elif row.result in OPEN and parts[row.school_id].left >= 0:
            parts[row.school_id].waiting.append(Waiting(row.pupil_id, row.key))
        else:
            one.lost += 1


def _foresee(one: Outlook, history: History) -> None:
    """Fills in the chances, and the range where all of them are known."""
    for part in one.parts:
        if part.waiting:
            earlier = history.followed(part.indicator, one.year, part.left)
            part.chance = chance(earlier, one.school_id, part.left)
    if one.problem is None and one.denominator and not one.few:
        groups = [
            Group(len(part.waiting), part.chance.rate, part.chance.alike)
            for part in one.parts
            if part.chance is not None
        ]
        one.range = range_of(numbers(groups)) if groups else Range(0, 0, 1.0)


def _histories(session: Session, schools: Sequence[int], day: date) -> dict[int, History]:
    """The history that each school looks to: its own, and that of the owner's other schools."""
    table = metadata.tables["school"]
    rows = session.execute(select(table.c.id, table.c.owner_id).order_by(table.c.id)).all()
    owner_of = {row.id: row.owner_id for row in rows}
    together: dict[int, History] = {}
    found = {}
    for number in schools:
        owner = owner_of[number]
        every = [one for one, of in owner_of.items() if of == owner]
        if len(every) <= MOST_OTHERS:
            if owner not in together:
                together[owner] = History(session, every, day)
            found[number] = together[owner]
        else:  # the next ones by number, so that the answer is the same each time
            others = [one for one in every if one != number][:MOST_OTHERS]
            found[number] = History(session, sorted([number, *others]), day)
    return found


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
