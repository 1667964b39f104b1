"""What classes and avdelinger do: parents' meetings, themes, applications, teams, workshops."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta

from iopflow.demo.ledger import Ledger
from iopflow.demo.members import Member, World
from iopflow.demo.schools import AVDELINGER, CLASSES, LARGE, Unit, avdeling_of
from iopflow.demo.story import share
from iopflow.demo.timetable import Timetable

_SLOW = 0.5  # who forgets more than this does nothing in time


class ClassWork:
    """Writes what happens in classes and avdelinger."""

    def __init__(self, world: World, times: Timetable, ledger: Ledger) -> None:
        self._world = world
        self._times = times
        self._ledger = ledger
        self._dice = world.dice
        self._by_class: dict[tuple[int, str], list[Member]] = defaultdict(list)
        for year in world.years:
            for member in world.members[year]:
                self._by_class[year, member.class_key].append(member)

    def write(self) -> None:
        """Every year served."""
        for year in self._world.years:
            for unit in CLASSES:
                self._class(unit, year)
            for unit in AVDELINGER:
                self._avdeling(unit, year)

    def _before(self, unit: Unit, due: date, most: int, *about: object) -> date:
        back = int(most * self._dice.roll("before", unit.key, *about) ** 1.5)
        return self._world.ruter[unit.school].school_day(due - timedelta(days=back))

    def _prompt(self, unit: Unit, counted: int, *about: object) -> bool:
        avdeling = avdeling_of(unit.key) if unit.school == LARGE else None
        rate = share("other", unit.school, avdeling, counted - (self._world.base - 3))
        return self._dice.chance(rate, "prompt", unit.key, *about)

    def _task(self, unit: Unit, step: str, year: int, counted: int) -> None:
        """A task of the unit: done up to the date, some days after it, or at times forgotten."""
        due = self._times.due(step, unit.school, year)
        rute = self._world.ruter[unit.school]
        forgotten = 0.3
        if unit.parent is not None:
            forgotten = self._world.forgets(unit.key, due, forgotten)
        if self._prompt(unit, counted, step, year) and forgotten < _SLOW:
            day = self._before(unit, due, 12, step, year)
        elif not self._dice.chance(forgotten, "forgotten", unit.key, step, year):
            days = self._dice.between(1, 11, "late", unit.key, step, year)
            day = rute.after_school_days(due, days)
        else:
            return
        if unit.parent is None:
            by = self._world.leader(unit.key, day)
        else:
            by = self._world.staff.teacher(unit.key, day)
        what = "held" if step in ("iop.workshop", "iop.ppt_samarbeidsmoter") else "done"
        self._ledger.add(year, step, unit.key, what, day, by)

    def _class(self, unit: Unit, year: int) -> None:
        self._task(unit, "iop.soknad_faglaerertimer", year, year - 1)
        self._task(unit, "iop.felles_tema", year, year)
        rute = self._world.ruter[unit.school]
        autumn = rute.first(year) + timedelta(
            days=self._dice.between(10, 38, "autumn", unit.key, year)
        )
        spring = self._before(unit, date(year + 1, 4, 30), 75, "spring", year)
        if not self._prompt(unit, year, "autumn meeting", year):
            autumn = date(year, 10, 12) + timedelta(
                days=self._dice.between(0, 20, "late autumn", unit.key, year)
            )
        self._parents(
            unit, "iop.foreldremote_host", year, _evening(rute.school_day(autumn), rute.school_day)
        )
        # Some classes never get round to the meeting in spring.
        if self._prompt(unit, year, "spring meeting", year) or self._dice.chance(
            0.6, "spring", unit.key, year
        ):
            self._parents(unit, "iop.foreldremote_var", year, _evening(spring, rute.school_day))

    def _parents(self, unit: Unit, step: str, year: int, day: date) -> None:
        teacher = self._world.staff.teacher(unit.key, day)
        self._ledger.add(year, step, unit.key, "held", day, teacher, at_once=True)
        avdeling = avdeling_of(unit.key) if unit.school == LARGE else None
        rate = share("P10", unit.school, avdeling, year - (self._world.base - 3))
        if unit.school == LARGE and self._dice.chance(0.05, "nobody counted", unit.key, step, year):
            # The meeting was held; who was represented nobody wrote down.
            return
        pupils = self._in_class(unit.key, year, day)
        present = self._dice.quota((member.key for member in pupils), rate, step, year, unit.key)
        for key in sorted(present):
            self._ledger.add(year, step, key, "present", day, teacher, at_once=True)

    def _in_class(self, class_key: str, year: int, day: date) -> list[Member]:
        return [m for m in self._by_class[year, class_key] if m.pupil.class_on(day) == class_key]

    def _avdeling(self, unit: Unit, year: int) -> None:
        for step in ("iop.etablere_team", "iop.workshop", "iop.ppt_samarbeidsmoter"):
            self._task(unit, step, year, year - 1)


def _evening(day: date, school_day: Callable[[date], date]) -> date:
    """Parents' meetings are on Monday to Thursday evenings."""
    return school_day(day - timedelta(days=1)) if day.weekday() == 4 else day
