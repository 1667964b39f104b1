"""Who holds which role from when to when: the rows of people.csv and roles.csv."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from iopflow.demo import cast
from iopflow.demo.cast import Person
from iopflow.demo.dice import Dice
from iopflow.demo.names import LAST, STAFF_FIRST
from iopflow.demo.pupils import GRADES, Pupil
from iopflow.demo.schools import CLASSES, LARGE, PPT_AWAY, SPECIAL, stage

_LEAVES_IN_A_YEAR = 0.16


@dataclass(frozen=True)
class Grant:
    """A row of roles.csv. `known` is the day the school wrote it down."""

    person: Person
    role: str
    at: str
    starts: date
    ends: date | None
    known: date


class Staff:
    """Everyone's roles over the years `base - 4` to `base + 1`."""

    def __init__(self, dice: Dice, base: int) -> None:
        self._dice = dice
        self._first = base - 4
        self._base = base
        self._names = {person.name for person in cast.CAST}
        self.people: list[Person] = list(cast.CAST)
        self.grants: list[Grant] = []
        self._holders: dict[tuple[str, str], list[Grant]] = defaultdict(list)
        self._steady()
        self._tussevik()
        self._makeskjer()

    def holder(self, role: str, at: str, day: date) -> Person:
        """Who answers for a place on a day; the latest to arrive where several do."""
        grants = self._holders[role, at]
        there = [
            grant
            for grant in grants
            if grant.starts <= day and (grant.ends is None or day <= grant.ends)
        ]
        # After the last row the last holder still does the work.
        return (there or grants)[-1].person

    def teacher(self, class_key: str, day: date) -> Person:
        """The kontaktlærer of a class on a day."""
        return self.holder("kontaktlaerer", f"unit:{class_key}", day)

    def advise(self, cases: Iterable[tuple[Pupil, date]]) -> None:
        """Gives each referred pupil an adviser at the PPT office, from the day of the need."""
        for pupil, since in cases:
            leaves = pupil.stays[-1].ends
            if pupil.ppt == PPT_AWAY:
                chain = [(cast.VIGDIS, since, leaves)]
            elif self._dice.chance(0.5, "adviser", pupil.key):
                chain = [(cast.SYNNE, since, leaves)]
            else:
                # Ulrik left the office in the autumn a year ago; Greta took over his cases.
                change = date(self._base - 1, 10, 1)
                chain = [
                    (cast.ULRIK, since, change - timedelta(days=1)),
                    (cast.GRETA, change, leaves),
                ]
                if since >= change:
                    chain = [(cast.GRETA, since, leaves)]
            for person, starts, ends in chain:
                if ends is None or starts <= ends:
                    self._grant(person, "ppt_radgiver", f"pupil:{pupil.key}", starts, ends)

    def attach(self, person: Person, role: str, pupil: Pupil) -> None:
        """Somebody who works with one pupil only."""
        self._grant(
            person, role, f"pupil:{pupil.key}", max(pupil.stays[0].starts, self._opening), None
        )

    # ------------------------------------------------------------------ posts

    @property
    def _opening(self) -> date:
        return date(self._first, 8, 1)

    def _grant(
        self,
        person: Person,
        role: str,
        at: str,
        starts: date,
        ends: date | None,
        known: date | None = None,
    ) -> None:
        grant = Grant(person, role, at, starts, ends, known or starts)
        self.grants.append(grant)
        self._holders[role, at].append(grant)

    def _steady(self) -> None:
        for role, at, person in cast.STEADY:
            self._grant(person, role, at, self._opening, None)
        # The special school got a new head; the figures say so.
        change = date(self._base - 2, 8, 1)
        at = f"school:{SPECIAL}"
        self._grant(cast.SEVERIN, "rektor", at, self._opening, change - timedelta(days=1))
        self._grant(cast.RAGNA, "rektor", at, change, None)

    def _tussevik(self) -> None:
        named = {"t-torsk": cast.SANDER, "t-bris": cast.HALLVARD}
        for unit in CLASSES:
            if unit.school != SPECIAL:
                continue
            at = f"unit:{unit.key}"
            for role in ("kontaktlaerer", "miljoterapeut", "miljoarbeider"):
                if self._holders[role, at]:
                    continue
                first = named.get(unit.key) if role == "kontaktlaerer" else None
                for person, starts, ends in self._chain(first, role, unit.key):
                    self._grant(person, role, at, starts, ends)
            self._grant(cast.STINE, "spesialpedagog", at, self._opening, None)
        # A substitute each autumn, in a class whose teacher is away for some weeks.
        for year, unit_key in ((self._base - 1, "t-sei"), (self._base, "t-kuling")):
            self._grant(
                cast.VIGGO,
                "kontaktlaerer",
                f"unit:{unit_key}",
                date(year, 10, 19),
                date(year, 12, 18),
            )

    def _chain(
        self, first: Person | None, *about: str
    ) -> Iterator[tuple[Person, date, date | None]]:
        """One after another in a post: now and then somebody leaves in the summer."""
        person, starts = first or self._colleague(*about, self._first), self._opening
        if first is None:
            for year in range(self._first + 1, self._base + 1):
                if self._dice.chance(_LEAVES_IN_A_YEAR, "leaves", *about, year):
                    yield person, starts, date(year, 7, 31)
                    person, starts = self._colleague(*about, year), date(year, 8, 1)
        yield person, starts, None

    def _makeskjer(self) -> None:
        """Teachers follow their class through a stage, and begin again with the next one."""
        span = {0: (1, 4), 1: (5, 3), 2: (8, 3)}
        named = {(0, 2): cast.KAIA, (1, 1): cast.MORGAN}
        teams = {
            (part, slot): list(self._chain(named.get((part, slot)), "m", str(part), str(slot)))
            for part, (_, length) in span.items()
            for slot in range(length * 2)
        }
        for year in range(self._first, self._base + 2):
            for grade in range(1, GRADES + 1):
                part = stage(grade)
                start, length = span[part]
                for letter in range(2):
                    slot = ((year - (grade - start)) % length) * 2 + letter
                    begins, finishes = date(year, 8, 1), date(year + 1, 7, 31)
                    person = next(
                        person
                        for person, starts, ends in teams[part, slot]
                        if starts <= begins and (ends is None or begins <= ends)
                    )
                    self._grant(
                        person,
                        "kontaktlaerer",
                        f"unit:m-{grade}{'ab'[letter]}",
                        begins,
                        finishes,
                        date(year, 6, 1),
                    )
        for unit in CLASSES:
            if unit.school == LARGE and unit.key != "m-fyrlykta":
                self._grant(cast.STIAN, "spesialpedagog", f"unit:{unit.key}", self._opening, None)
        for person, starts, ends in self._chain(None, "m", "miljoterapeut"):
            self._grant(person, "miljoterapeut", "unit:m-fyrlykta", starts, ends)
        for subject, grades in (("music", (5, 6, 7)), ("crafts", (8, 9, 10))):
            for person, starts, ends in self._chain(None, "m", subject):
                for grade in grades:
                    self._grant(person, "faglaerer", f"unit:m-{grade}a", starts, ends)

    def _colleague(self, *about: object) -> Person:
        for attempt in range(100):
            first = self._dice.pick(STAFF_FIRST, "staff first", *about, attempt)
            last = self._dice.pick(LAST, "staff last", *about, attempt)
            if (name := f"{first} {last}") not in self._names:
                self._names.add(name)
                person = Person(name)
                self.people.append(person)
                return person
        raise AssertionError(about)
