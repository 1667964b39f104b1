"""The network's own wheel: counting dates, gatherings, the parent survey and the quality report."""

from datetime import date, timedelta

from iopflow.demo.cast import TELLEF
from iopflow.demo.ledger import Ledger
from iopflow.demo.members import World
from iopflow.demo.schools import LARGE, NETWORK, SCHOOL_KEYS, SPECIAL, TINY
from iopflow.demo.timetable import Timetable

_GATHERINGS = (
    "ikit.samling_3",
    "ikit.samling_4",
    "ikit.samling_1",
    "ikit.samling_2",
    "ikit.fellessamling",
)
_COUNTS = ("ikit.telling_0110", "ikit.telling_0103", "ikit.telling_skoleslutt")
_TASKS = ("ikit.foreldreundersokelse", "ikit.kvalitetsmelding")
# How many days after a counting date the head finds the time.
_SLOW = {TINY: 0, SPECIAL: 2, LARGE: 6}


class NetworkWork:
    """Writes what the schools and the network do with their figures."""

    def __init__(self, world: World, times: Timetable, ledger: Ledger) -> None:
        self._world = world
        self._times = times
        self._ledger = ledger

    def write(self) -> None:
        """The years with teaching: three of history and the one in progress."""
        for year in range(self._world.base - 3, self._world.base + 1):
            for step in _GATHERINGS:
                self._ledger.add(year, step, NETWORK, "held", self._gathering(step, year), TELLEF)
            for school in SCHOOL_KEYS:
                self._school(school, year)

    def _gathering(self, step: str, year: int) -> date:
        """A school day well inside the weeks the wheel gives for it."""
        opens, due = self._times.window(step, SPECIAL, year)
        days = int((due - opens).days * (0.3 + 0.4 * self._world.dice.roll(step, year)))
        return self._world.ruter[SPECIAL].school_day(opens + timedelta(days=days))

    def _school(self, school: str, year: int) -> None:
        rute, dice = self._world.ruter[school], self._world.dice
        for step in _COUNTS:
            nominal = self._times.due(step, school, year)
            on = rute.days_on(nominal, dice.between(0, _SLOW[school], step, school, year))
            self._ledger.add(year, step, school, "done", on, self._world.head(school, on))
        for step in _TASKS:
            due = self._times.due(step, school, year)
            on = rute.work_day(due - timedelta(days=dice.between(0, 9, step, school, year)))
            self._ledger.add(year, step, school, "done", on, self._world.head(school, on))
