"""Who is at which school in a year, in which class, and from when with a vedtak."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from iopflow.demo import cast
from iopflow.demo.case import Cases
from iopflow.demo.cast import Person
from iopflow.demo.dice import Dice
from iopflow.demo.pupils import Pupil
from iopflow.demo.schools import LARGE, avdeling_of
from iopflow.demo.staff import Staff
from iopflow.demo.story import share
from iopflow.demo.year import Skoleruter
from iopflow.schoolyear import Year


@dataclass(frozen=True)
class Member:
    """A pupil in a school year: `start` the first day, `granted_on` the first with a vedtak."""

    pupil: Pupil
    year: int
    school: str
    class_key: str
    start: date
    end: date
    new: bool
    late: bool
    granted_on: date | None

    @property
    def avdeling(self) -> str:
        """The avdeling of the class."""
        return avdeling_of(self.class_key)

    @property
    def key(self) -> str:
        """The code of the pupil."""
        return self.pupil.key

    def __str__(self) -> str:
        return f"{self.pupil.key}/{self.year}"


@dataclass(frozen=True)
class World:
    """All that the tables tell of, as the modules that write happenings see it."""

    dice: Dice
    base: int
    ruter: Mapping[str, Skoleruter]
    pupils: tuple[Pupil, ...]
    staff: Staff
    cases: Cases

    @cached_property
    def years(self) -> range:
        """The years served in the story: three of history, this one, and the coming one."""
        return range(self.base - 3, self.base + 2)

    @cached_property
    def members(self) -> Mapping[int, tuple[Member, ...]]:
        """The members of each year served."""
        return {
            year: tuple(
                member for pupil in self.pupils if (member := self._member(pupil, year)) is not None
            )
            for year in self.years
        }

    def _member(self, pupil: Pupil, year: int) -> Member | None:
        august, july = date(year, 8, 1), date(year + 1, 7, 31)
        stays = [
            stay for stay in pupil.stays if stay.starts <= july and (stay.ends or july) >= august
        ]
        if not stays or not 1 <= pupil.grade(year) <= 10:
            return None
        rute = self.ruter[stays[0].school]
        first, last = rute.first(year), rute.last(year)
        start = max(first, stays[0].starts)
        end = min(last, stays[-1].ends or last)
        return Member(
            pupil=pupil,
            year=year,
            school=stays[0].school,
            class_key=stays[0].class_in(pupil.grade(year)),
            start=start,
            end=end,
            new=stays[0].starts >= august
            and pupil.school_on(rute.last(year - 1)) != stays[0].school,
            late=start > first,
            granted_on=self.cases.first_granted(pupil, start, end),
        )

    @cached_property
    def concerns(self) -> tuple[tuple[Pupil, int, date], ...]:
        """The doubts told to rektor at the large school: pupil, year served, and the day.

        Some weeks before a need that is new; and a few of this autumn that may come to nothing.
        """
        rute = self.ruter[LARGE]
        found = []
        for case in self.cases.all:
            first = case.pupil.need is not None and case.year == case.pupil.need[0]
            if not first or case.school != LARGE or case.needed_since is None:
                continue
            weeks = timedelta(days=self.dice.between(28, 60, "concern", case))
            before = case.needed_since - weeks
            if Year.of(before).start not in rute.years:
                continue
            day = rute.school_day(before)
            if case.pupil.school_on(day) == LARGE and not case.arrival:
                found.append((case.pupil, case.year, day))
        others = [
            pupil
            for pupil in self.pupils
            if pupil.need is None
            and pupil.school_on(date(self.base, 10, 15)) == LARGE
            and pupil.school_on(date(self.base + 1, 8, 20)) == LARGE
            and 2 <= pupil.grade(self.base) <= 9
        ]
        for pupil in sorted(others, key=lambda one: self.dice.roll("concern", one.key))[:4]:
            days = timedelta(days=self.dice.between(0, 40, "concern on", pupil.key))
            day = rute.school_day(date(self.base, 10, 8) + days)
            found.append((pupil, self.base + 1, day))
        return tuple(found)

    def teacher(self, pupil: Pupil, day: date) -> Person:
        """The kontaktlærer of a pupil on a day, or of the last class before it."""
        class_key = pupil.class_on(day)
        if class_key is None:
            stay = min(pupil.stays, key=lambda stay: abs((stay.starts - day).days))
            year = stay.starts.year if stay.starts.month >= 8 else stay.starts.year - 1
            class_key = stay.class_in(pupil.grade(year))
        return self.staff.teacher(class_key, day)

    def leader(self, avdeling: str, day: date) -> Person:
        """The avdelingsleder on a day."""
        return self.staff.holder("avdelingsleder", f"unit:{avdeling}", day)

    def head(self, school: str, day: date) -> Person:
        """The rektor on a day."""
        return self.staff.holder("rektor", f"school:{school}", day)

    def forgets(self, class_key: str, day: date, share: float) -> float:
        """How much of what is late is never done: most of it in the classes of two teachers."""
        slow = (cast.MORGAN.key, cast.SANDER.key)
        return max(share, 0.75) if self.staff.teacher(class_key, day).key in slow else share

    def in_time(
        self, indicator: str, members: Iterable[Member], *, counted: int, about: str
    ) -> frozenset[str]:
        """The members (`pupil/year`) who are on time; `counted` is the year whose figure it is."""
        groups: dict[tuple[str, str], list[Member]] = defaultdict(list)
        for member in members:
            groups[member.school, member.avdeling if member.school == LARGE else ""].append(member)
        found: set[str] = set()
        for (school, avdeling), group in groups.items():
            rate = share(indicator, school, avdeling or None, counted - (self.base - 3))
            chosen = self.dice.quota(group, rate, about, counted, burden=self._burden())
            found.update(str(member) for member in chosen)
        return frozenset(found)

    def _burden(self) -> Callable[[Member], float]:
        # Some teachers are always early and some never; most of the late ones share a few classes.
        habits = {
            cast.MORGAN.key: 2.0,
            cast.SANDER.key: 0.7,
            cast.KAIA.key: -0.5,
            cast.MALFRID.key: -0.5,
            cast.TIRIL.key: -0.5,
        }

        def burden(member: Member) -> float:
            teacher = self.staff.teacher(member.class_key, member.start).key
            return habits.get(teacher, 0.3 * self.dice.roll("habit", teacher))

        return burden
