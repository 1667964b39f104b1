"""The network's own wheel: counting dates, gatherings, the parent survey and the quality report."""

from datetime import date, timedelta

from iopflow.demo import cast
from iopflow.demo.ledger import Ledger
from iopflow.demo.members import World
from iopflow.demo.schools import NETWORK, SCHOOL_KEYS, SPECIAL
from iopflow.demo.timetable import Timetable

_GATHERINGS = (
    # step, month, earliest day, calendar years after the start
    ("ikit.samling_3", 9, 14, 0),
    ("ikit.samling_4", 11, 9, 0),
    ("ikit.samling_1", 2, 3, 1),
    ("ikit.samling_2", 4, 14, 1),
    ("ikit.fellessamling", 6, 6, 1),
)


class NetworkWork:
    """Writes what the schools and the network do with their figures."""

    def __init__(self, world: World, times: Timetable, ledger: Ledger) -> None:
        self._world = world
        self._times = times
        self._ledger = ledger

    def write(self) -> None:
        """The years with teaching: three of history and the one in progress."""
        for year in range(self._world.base - 3, self._world.base + 1):
            for step, month, day, later in _GATHERINGS:
                nominal = date(year + later, month, day) + timedelta(
                    days=self._world.dice.between(0, 8, step, year)
                )
                on = self._world.ruter[SPECIAL].school_day(nominal)
                self._ledger.add(year, step, NETWORK, "held", on, cast.TELLEF)
            for school in SCHOOL_KEYS:
                self._school(school, year)

    def _school(self, school: str, year: int) -> None:
        rute = self._world.ruter[school]
        for step, nominal in (
            ("ikit.telling_0110", date(year, 10, 1)),
            ("ikit.telling_0103", date(year + 1, 3, 1)),
            ("ikit.telling_skoleslutt", rute.last(year)),
            ("ikit.foreldreundersokelse", date(year + 1, 6, 9)),
            ("ikit.kvalitetsmelding", date(year + 1, 6, 1)),
        ):
            # Counted on the day or when the head finds the time; the large school takes longest.
            most = {"vesleskjer": 0, "tussevik": 2}.get(school, 6)
            if step == "ikit.foreldreundersokelse":
                most = 0
            on = nominal + timedelta(days=self._world.dice.between(0, most, step, school, year))
            on = rute.work_day(on)
            if on < nominal and step.startswith("ikit.telling"):
                # Nobody counts on a Saturday; the first working day after.
                on = rute.after_school_days(nominal, 1)
            self._ledger.add(year, step, school, "done", on, self._world.head(school, on))
