"""The dates of a school's year: one plan row per step and variant, in the words of the wheel."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from iopflow.schoolyear import SchoolYear, Year, how_to_add_skolerute
from iopflow.texts import _
from iopflow.wheel import MissingSkolerute, Step, Wheel

ANY_GRADE = (-10, 99)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """When a step opens and is due for one kind of subject: these grades, this arrival.

    `late`: 0 for all, 1 for those there on the first school day, 2 for those who came on `arrival`.
    `early` is 1 where the step also concerns days before the pupil came (facts of the case).
    """

    step: str
    scope: str
    cohort: str | None
    grade_from: int
    grade_to: int
    late: int
    arrival: date | None
    early: int
    opens: date | None
    due: date | None
    limit_day: date | None

    def values(self) -> dict[str, object]:
        """The row as column values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Who or what an opened year does not cover, and why."""

    what: str  # "step", "pupil", "year" or "wheel"
    id: str
    reason: str

    @classmethod
    def wheel(cls, name: str | None, why: str) -> "Uncovered":
        """A school whose wheel cannot be read, so that nothing is opened there."""
        return cls("wheel", name or "", why)

    @classmethod
    def pupil(cls, key: str, *, concerned: bool) -> "Uncovered":
        """A pupil who gets talks but no IOP tasks."""
        return cls(
            "pupil",
            key,
            _(
                "vedtak gjelder ikke første skoledag og ingen behov er åpne: "
                "registrer behov eller vedtak"
            )
            if concerned
            else _("uten vedtak og uten behov: får samtaler og foreldremøter, ikke IOP-steg"),
        )


def plan_rows(
    wheels: Sequence[Wheel],
    year: Year,
    calendar: Mapping[Year, SchoolYear],
    arrivals: Sequence[date],
) -> tuple[list[PlanRow], list[Uncovered]]:
    """All plan rows of a school for the year served, and the steps that cannot be planned."""
    if year not in calendar:
        return [], [
            Uncovered(
                "year",
                str(year),
                _no_skolerute(year),
            )
        ]
    rows: list[PlanRow] = []
    uncovered: list[Uncovered] = []
    for wheel in wheels:
        for step in (one.of_year(year) for one in wheel.steps):
            if not step.opens_tasks_in(year):
                continue
            try:
                rows += _rows(wheel, step, year, calendar, arrivals)
            except MissingSkolerute as missing:
                uncovered.append(
                    Uncovered(
                        "step",
                        step.key,
                        _no_skolerute(missing.year),
                    )
                )
    return rows, uncovered


def _no_skolerute(year: Year) -> str:
    return _("skoleruten for {year} mangler: {remedy}").format(
        year=year, remedy=how_to_add_skolerute()
    )


def _rows(
    wheel: Wheel,
    step: Step,
    year: Year,
    calendar: Mapping[Year, SchoolYear],
    arrivals: Sequence[date],
) -> list[PlanRow]:
    rows = []
    late = step.has_late
    for grades in _grade_ranges(step):
        for kind, arrival in [(1 if late else 0, None), *((2, day) for day in arrivals if late)]:
            dates = wheel.dates(step, year, calendar.get, grade=max(grades[0], 0), arrival=arrival)
            rows.append(
                PlanRow(
                    step.key,
                    step.scope,
                    step.cohort,
                    *grades,
                    kind,
                    arrival,
                    1 if step.fact else 0,
                    dates.opens,
                    dates.due,
                    dates.limit,
                )
            )
    return rows


def _grade_ranges(step: Step) -> list[tuple[int, int]]:
    """The grades cut into stretches with the same dates: all grades at once where none is named."""
    named = step.grades
    if not named:
        return [ANY_GRADE]
    ranges = []
    start = ANY_GRADE[0]
    for grade in sorted(named):
        if start <= grade - 1:
            ranges.append((start, grade - 1))
        ranges.append((grade, grade))
        start = grade + 1
    return [*ranges, (start, ANY_GRADE[1])]
