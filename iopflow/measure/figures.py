"""From rows of pupils to the entries of the contract: sums, never averages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from iopflow.indicators import INDICATORS, Indicator
from iopflow.measure.calendar import fixed_day, parameters, school_days
from iopflow.measure.statement import default_day, parts, sums
from iopflow.models import Unit, UnitKind
from iopflow.schoolyear import Year
from iopflow.texts import _

By = Literal["school", "unit", "class", "network"]
COUNTS = ("numerator", "done_late", "open", "unknown")


@dataclass(slots=True)
class Figure:
    """One entry: an indicator for one group. With a `problem` there are no numbers."""

    indicator: Indicator
    network: str | None
    school: str | None
    unit: str | None
    year: Year
    as_of: date | None = None
    counted_on: date | None = None
    numerator: int = 0
    done_late: int = 0
    open: int = 0
    unknown: int = 0
    justified: int = 0
    recorded_after: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    extras: dict[str, int] = field(default_factory=dict)
    problem: str | None = None
    early: bool = False  # one of the schools summed is read before its counting date

    @property
    def denominator(self) -> int:
        """All counted: nobody is in two results."""
        return self.numerator + self.done_late + self.open + self.unknown

    @property
    def rate(self) -> float | None:
        """The share on time; None where there is no case (ikke aktuelt)."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def provisional(self) -> bool:
        """Whether facts are read to a day before the counting date."""
        return self.early or (
            self.as_of is not None and self.counted_on is not None and self.as_of < self.counted_on
        )

    def add(self, result: str, reason: str | None, row: Any) -> None:
        """Adds a group of pupils with the same result and reason."""
        if result == "excluded":
            self.excluded[reason or ""] = self.excluded.get(reason or "", 0) + row.pupils
            return
        setattr(self, result, getattr(self, result) + row.pupils)
        self.justified += row.justified
        self.recorded_after += row.recorded_after
        if reason in self.extras:
            self.extras[reason] += row.pupils
        for name in ("mangler_sv", "not_possible"):
            if name in self.extras:
                self.extras[name] += row.extra

    def to_json(self) -> dict[str, Any]:
        """The entry of the contract, its fields in the contract's order."""
        null = self.problem is not None
        extras = dict(self.extras)
        if "invited" in extras:
            extras["invited"] = self.denominator - extras["not_invited"]
        return {
            "indicator": self.indicator.code,
            "network": self.network,
            "school": self.school,
            "unit": self.unit,
            "year": str(self.year),
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "counted_on": self.counted_on.isoformat() if self.counted_on else None,
            "provisional": self.provisional,
            "numerator": None if null else self.numerator,
            "denominator": None if null else self.denominator,
            "rate": None if null else self.rate,
            "done_late": None if null else self.done_late,
            "open": None if null else self.open,
            "unknown": None if null else self.unknown,
            "justified": None if null else self.justified,
            "excluded": dict(sorted(self.excluded.items())),
            "recorded_after": None if null else self.recorded_after,
            "revision": None,
            "definition": self.indicator.version,
            "problem": self.problem,
        } | {name: None if null else number for name, number in extras.items()}


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
    """The entries for schools (by their numbers), in the order of the indicators and groups.

    `by` "network" sums all the schools given into one entry. `today` bounds the default `as_of`.
    A school without a skolerute that a definition needs gets no numbers but the problem.
    """
    known = school_days(session, year, schools)
    units = _Units(session, schools, by)
    found: list[Figure] = []
    for indicator in INDICATORS if indicators is None else indicators:
        found += _of(session, indicator, year, schools, known, units, today, as_of, by)
    return found


def _of(
    session: Session,
    indicator: Indicator,
    year: Year,
    schools: Sequence[int],
    known: dict[int, tuple[str, str | None, dict[str, date | None]]],
    units: "_Units",
    today: date,
    as_of: date | None,
    by: By,
) -> list[Figure]:
    groups: dict[int, dict[str | None, Figure]] = {}
    whole: list[int] = []
    for school_id in schools:
        figure = empty(indicator, year, known[school_id], today, as_of)
        if figure.problem is None:
            whole.append(school_id)
        groups[school_id] = {
            unit: replace(figure, unit=unit, excluded={}, extras=dict(figure.extras))
            for unit in units.of_school(school_id)
        }
    for row in _rows(session, indicator, year, whole, today, as_of):
        of_school = groups[row.school_id]
        unit = units.group(row.class_id)
        if unit not in of_school:  # pupils without a class are counted too
            figure = empty(indicator, year, known[row.school_id], today, as_of)
            of_school[unit] = replace(figure, unit=unit)
        of_school[unit].add(row.result, row.reason, row)
    found = [figure for school_id in schools for figure in groups[school_id].values()]
    return [_sum(indicator, year, found)] if by == "network" and found else found


def _rows(
    session: Session,
    indicator: Indicator,
    year: Year,
    schools: Sequence[int],
    today: date,
    as_of: date | None,
) -> Iterable[Any]:
    known = parameters(year, schools, today=today, as_of=as_of)
    for part in parts(indicator):
        yield from session.execute(sums(indicator, part, given=as_of is not None), known)


def empty(
    indicator: Indicator,
    year: Year,
    school: tuple[str, str | None, dict[str, date | None]],
    today: date,
    as_of: date | None,
) -> Figure:
    key, network, named = school
    counted = _day(indicator.counted, year, named)
    read_to = as_of if as_of is not None else _day(default_day(indicator), year, named)
    if as_of is None and read_to is not None:
        read_to = min(read_to, today)
    return Figure(
        indicator,
        network,
        key,
        None,
        year,
        as_of=read_to,
        counted_on=counted,
        extras=dict.fromkeys(indicator.extras, 0),
        problem=_problem(indicator, year, named, key, given=as_of is not None),
    )


def _day(name: str | None, year: Year, named: dict[str, date | None]) -> date | None:
    if name is None:
        return None
    if name in named:
        return named[name]
    return fixed_day(year, name)


def _problem(
    indicator: Indicator, year: Year, named: dict[str, date | None], school: str, *, given: bool
) -> str | None:
    """The skoleruter that the definition needs and the school lacks."""
    years = {"next.": year.next, "previous.": year.previous}
    missing = set()
    for name in indicator.needs:
        # The meetings need the last day only to know how far to read.
        if named[name] is None and not (indicator.counted is None and given):
            shift = next((prefix for prefix in years if name.startswith(prefix)), None)
            missing.add(years[shift] if shift else year)
    if not missing:
        return None
    return _("skoleruten for {years} mangler ved {school}: importer school_years.csv").format(
        years=_(" og ").join(str(one) for one in sorted(missing)), school=school
    )


class _Units:
    """The groups of the schools: each class, or the avdeling above it; or the school as one."""

    def __init__(self, session: Session, schools: Sequence[int], by: By) -> None:
        self._groups: dict[int, str] = {}
        self._of_school: dict[int, list[str | None]] = {school_id: [] for school_id in schools}
        self._by = by
        if by not in ("unit", "class"):
            return
        parent = aliased(Unit)
        rows = session.execute(
            select(col(Unit.id), col(Unit.school_id), col(Unit.key), col(parent.key))
            .outerjoin(parent, col(parent.id) == col(Unit.parent_id))
            .where(col(Unit.school_id).in_(schools), col(Unit.kind) == UnitKind.KLASSE)
        )
        for unit_id, school_id, key, above in rows:
            group = above if by == "unit" and above is not None else key
            self._groups[unit_id] = group
            self._of_school[school_id].append(group)

    def of_school(self, school_id: int) -> list[str | None]:
        """The groups of a school in order; one without a name where it is not divided."""
        if self._by not in ("unit", "class"):
            return [None]
        return sorted(set(self._of_school[school_id]), key=lambda one: one or "")

    def group(self, class_id: int | None) -> str | None:
        """The group of a class; pupils without a class have none."""
        return self._groups.get(class_id) if class_id is not None else None


def _sum(indicator: Indicator, year: Year, found: Sequence[Figure]) -> Figure:
    """One figure for all the schools; a problem at one of them is a problem of the whole."""
    networks = {figure.network for figure in found}
    total = Figure(
        indicator,
        networks.pop() if len(networks) == 1 else None,
        None,
        None,
        year,
        as_of=max((one.as_of for one in found if one.as_of), default=None),
        counted_on=max((one.counted_on for one in found if one.counted_on), default=None),
        extras=dict.fromkeys(indicator.extras, 0),
    )
    total.early = any(figure.provisional for figure in found)
    problems = [figure.problem for figure in found if figure.problem]
    if problems:
        total.problem = "; ".join(problems)
        return total
    for figure in found:
        for name in (*COUNTS, "justified", "recorded_after"):
            setattr(total, name, getattr(total, name) + getattr(figure, name))
        for reason, number in figure.excluded.items():
            total.excluded[reason] = total.excluded.get(reason, 0) + number
        for name, number in figure.extras.items():
            total.extras[name] += number
    return total
