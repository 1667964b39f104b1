"""From rows of pupils to the entries of the contract: one per indicator and group, as sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from iopflow.indicators import INDICATORS, Indicator
from iopflow.measure.calendar import Known, fixed_day, known_schools, parameters
from iopflow.measure.groups import OVER, By, Groups
from iopflow.measure.statement import sums
from iopflow.queries.masking import OF
from iopflow.schoolyear import Year, how_to_add_skolerute
from iopflow.texts import _

EXTRAS = ("mangler_sv", "not_possible")  # the extra numbers that are no outcome of a talk


@dataclass(slots=True)
class Figure:
    """One entry: an indicator for one group. With a `problem` there are no numbers."""

    indicator: Indicator
    network: str | None
    school: str | None
    unit: str | None
    year: Year
    as_of: date | None
    counted_on: date | None
    provisional: bool
    problem: str | None
    school_id: int | None = None  # its number: the id is unique within its owner only
    numerator: int = 0
    done_late: int = 0
    open: int = 0
    unknown: int = 0
    justified: int = 0
    recorded_after: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    extras: dict[str, int] = field(default_factory=dict)
    running: bool = False  # more is to be counted in it: provisional, or with meetings to come

    @property
    def denominator(self) -> int:
        """All counted: nobody is in two results."""
        return self.numerator + self.done_late + self.open + self.unknown

    @property
    def rate(self) -> float | None:
        """The share on time; None where there is no case (ikke aktuelt)."""
        return self.numerator / self.denominator if self.denominator else None

    def add(self, row: Any) -> None:
        """Adds pupils with the same result and reason."""
        if row.result == "excluded":
            self.excluded[row.reason] = self.excluded.get(row.reason, 0) + row.pupils
            return
        setattr(self, row.result, getattr(self, row.result) + row.pupils)
        self.justified += row.justified
        self.recorded_after += row.recorded_after
        if row.reason is not None:  # the final outcome of a talk
            self.extras[row.reason] = self.extras.get(row.reason, 0) + row.pupils
        if row.extra:
            (name,) = (one for one in self.indicator.extras if one in EXTRAS)
            self.extras[name] = self.extras.get(name, 0) + row.extra

    def _extra(self, name: str) -> int:
        if name == "invited":
            return self.denominator - self._extra("not_invited")
        return self.extras.get(name, 0)

    def to_json(self) -> dict[str, Any]:
        """The entry of the contract, its fields in the contract's order."""
        there = self.problem is None
        entry = {
            "indicator": self.indicator.code,
            "network": self.network,
            "school": self.school,
            "unit": self.unit,
            "year": str(self.year),
            "as_of": self.as_of and self.as_of.isoformat(),
            "counted_on": self.counted_on and self.counted_on.isoformat(),
            "provisional": self.provisional,
            "numerator": self.numerator if there else None,
            "denominator": self.denominator if there else None,
            "rate": self.rate if there else None,
            "done_late": self.done_late if there else None,
            "open": self.open if there else None,
            "unknown": self.unknown if there else None,
            "justified": self.justified if there else None,
            "excluded": dict(sorted(self.excluded.items())),
            "recorded_after": self.recorded_after if there else None,
            "revision": None,
            "definition": self.indicator.definition,
            "problem": self.problem,
        }
        for name in self.indicator.extras:
            entry[name] = self._extra(name) if there else None
        return entry

    def numbered(self) -> dict[str, Any]:
        """The entry with the number of its school, as `queries.masking` needs and takes out."""
        return self.to_json() | {OF: self.school_id}


@dataclass(frozen=True, slots=True)
class Asked:
    """What figures are asked for: the schools, the year, and the day facts are read to."""

    schools: Mapping[int, Known]
    year: Year
    today: date
    as_of: date | None

    def day(self, school: Known, name: str | None) -> date | None:
        """A named day at a school."""
        if name is None:
            return None
        return school.anchors[name] if name in school.anchors else fixed_day(self.year, name)

    def read_to(self, indicator: Indicator, school: Known) -> date | None:
        """The day to which facts are read: the one asked for, else the counting date or today."""
        default = self.day(school, indicator.read_to)
        return self.as_of or (default and min(default, self.today))

    def days(self, indicator: Indicator) -> dict[str, str | None]:
        """How the statement gets its days."""
        read_to = None if self.as_of is not None else indicator.read_to
        return {"counted": indicator.counted, "read_to": read_to}

    def parameters(self, schools: Sequence[int]) -> dict[str, Any]:
        """The parameters of the statement."""
        return parameters(self.year, schools, today=self.today, as_of=self.as_of)

    def problem(self, indicator: Indicator, school: Known) -> str | None:
        """The skoleruter that a figure needs and the school lacks."""
        needed = (
            indicator.needs if self.as_of is not None else (*indicator.needs, indicator.read_to)
        )
        lacking = [name for name in needed if self.day(school, name) is None]
        if not lacking:
            return None
        years = {"previous": self.year.previous, "next": self.year.next}
        missing = {years.get(name.partition(".")[0], self.year) for name in lacking}
        return _("skoleruten for {years} mangler ved {school}: {remedy}").format(
            years=_(" og ").join(str(year) for year in sorted(missing)),
            school=school.name,
            remedy=how_to_add_skolerute(),
        )

    def whole(self, indicator: Indicator) -> list[int]:
        """The schools that lack nothing."""
        return [
            number
            for number, school in self.schools.items()
            if self.problem(indicator, school) is None
        ]


def figures(
    session: Session,
    *,
    schools: Sequence[int],
    year: Year,
    today: date,
    as_of: date | None = None,
    by: By = "school",
    indicators: Sequence[Indicator] | None = None,
) -> list[Figure]:
    """The entries for schools (by their numbers), by indicator, school and group.

    `by` "network" sums all the schools given into one entry; "unit" and "class" add an entry
    without a unit for pupils who have no class. `today` bounds the default `as_of`. A school
    without a skolerute that a definition needs gets no numbers but the problem.
    """
    known = known_schools(session, year, schools)
    asked = Asked({number: known[number] for number in schools}, year, today, as_of)
    groups = Groups(session, schools, by)
    counts = _Counts(session, asked, OVER[by])
    chosen = INDICATORS if indicators is None else indicators
    if by == "network":
        return [_network(indicator, asked, counts) for indicator in chosen if schools]
    return [figure for indicator in chosen for figure in _divided(indicator, asked, groups, counts)]


class _Counts:
    """The rows of the statements, each read once although a sum reads its parts' again."""

    def __init__(self, session: Session, asked: Asked, over: tuple[str, ...]) -> None:
        self._session = session
        self._asked = asked
        self._over = over
        self._read: dict[Any, Sequence[Row[Any]]] = {}

    def rows(self, indicator: Indicator, schools: Sequence[int]) -> list[Row[Any]]:
        """The sums of an indicator's parts over the schools."""
        found: list[Row[Any]] = []
        days = self._asked.days(indicator)
        for part in indicator.summed() or (indicator,):
            key = (part.code, *days.values(), *schools)
            if key not in self._read:
                statement = sums(part, over=self._over, **days)
                known = self._asked.parameters(schools)
                self._read[key] = self._session.execute(statement, known).all()
            found += self._read[key]
        return found


def _divided(indicator: Indicator, asked: Asked, groups: Groups, counts: _Counts) -> list[Figure]:
    found = {
        (number, unit): _empty(indicator, asked, number, unit)
        for number in asked.schools
        for unit in groups.of_school(number)
    }
    for row in counts.rows(indicator, asked.whole(indicator)):
        unit = groups.of_row(row)
        key = (row.school_id, unit)
        if key not in found:  # pupils without a class are counted too
            found[key] = _empty(indicator, asked, row.school_id, None)
        found[key].add(row)
    order = {number: place for place, number in enumerate(asked.schools)}
    return [found[key] for key in sorted(found, key=lambda one: order[one[0]])]


def _empty(indicator: Indicator, asked: Asked, number: int, unit: str | None) -> Figure:
    school = asked.schools[number]
    as_of, counted_on = asked.read_to(indicator, school), asked.day(school, indicator.counted)
    return Figure(
        indicator,
        school.network,
        school.key,
        unit,
        asked.year,
        as_of,
        counted_on,
        as_of is not None and counted_on is not None and as_of < counted_on,
        asked.problem(indicator, school),
        number,
        running=_running(indicator, asked, school),
    )


def _running(indicator: Indicator, asked: Asked, school: Known) -> bool:
    """Whether the day facts are read to is before the one from which all is counted."""
    as_of, settled = asked.read_to(indicator, school), asked.day(school, indicator.settles)
    return as_of is not None and settled is not None and as_of < settled


def _network(indicator: Indicator, asked: Asked, counts: _Counts) -> Figure:
    """One figure for all the schools; a problem at one of them is a problem of the whole.

    Its days are the latest of the schools', and it is provisional while one of them is.
    """
    each = [_empty(indicator, asked, number, None) for number in asked.schools]
    networks = {figure.network for figure in each}
    problems = [figure.problem for figure in each if figure.problem]
    total = Figure(
        indicator,
        networks.pop() if len(networks) == 1 else None,
        None,
        None,
        asked.year,
        max((one.as_of for one in each if one.as_of), default=None),
        max((one.counted_on for one in each if one.counted_on), default=None),
        any(figure.provisional for figure in each),
        "; ".join(problems) or None,
        running=any(figure.running for figure in each),
    )
    if not problems:
        for row in counts.rows(indicator, list(asked.schools)):
            total.add(row)
    return total
