"""When steps are due: the days of the wheel that ships, at each school and in the year served."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from iopflow.demo.year import Skoleruter
from iopflow.schoolyear import Year
from iopflow.wheel import Dates, Wheel, load


@cache
def _wheels() -> tuple[Wheel, ...]:
    return load("spesialskole"), load("ikit")


class Timetable:
    """The dates of steps, from the wheel file and the skoleruter of the demo."""

    def __init__(self, ruter: Mapping[str, Skoleruter]) -> None:
        self._ruter = ruter
        self._found: dict[tuple[str, str, int], Dates] = {}

    def dates(self, step: str, school: str, year: int) -> Dates:
        """The dates of a step at a school, in the year it serves."""
        place = (step, school, year)
        if place not in self._found:
            ruter = self._ruter[school]
            wheel = next(wheel for wheel in _wheels() if step in wheel)
            self._found[place] = wheel.dates(
                wheel[step], Year(year), lambda other: ruter.years.get(other.start)
            )
        return self._found[place]

    def due(self, step: str, school: str, year: int) -> date:
        """The day a step is due; only for steps whose day does not hang on a case."""
        due = self.dates(step, school, year).due
        if due is None:
            raise LookupError(step)
        return due

    def window(self, step: str, school: str, year: int) -> tuple[date, date]:
        """The days from which and by which a step is done."""
        opens = self.dates(step, school, year).opens
        due = self.due(step, school, year)
        return opens or due, due
