"""Who comes and goes: fills the seats of the three schools, seen from the year in progress."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from iopflow.demo.dice import Dice
from iopflow.demo.guests import GUESTS
from iopflow.demo.names import FIRST, LAST
from iopflow.demo.pupils import GRADES, Pupil, Stay
from iopflow.demo.schools import LARGE, MUNICIPALITY, NEIGHBOUR, PPT_AWAY, PPT_HOME, SPECIAL, TINY

ORDINARY_SEATS = 39
# Ordinary seats whose pupils have a vedtak from one grade to another.
ORDINARY_NEEDS = {3: (1, 10), 11: (3, 10), 17: (4, 8), 24: (6, 10)}
# Pupils with a hidden address, by grade this year and seat: seen by few, counted everywhere.
PROTECTED = frozenset({(6, (1, 1)), (8, (3, 3)), (3, (3, 20))})

Need = tuple[int, int]


@dataclass(frozen=True)
class _Draft:
    """A pupil before the code and the name are given; `order` is the seat."""

    entry: int
    stays: tuple[Stay, ...]
    need: Need | None
    away: bool
    story: str
    order: tuple[int, ...]


class Admissions:
    """Fills the seats of the schools for the years `base - 4` to `base + 1`."""

    def __init__(self, dice: Dice, base: int) -> None:
        self._dice = dice
        self._base = base
        self._first = base - 4
        self._drafts: list[_Draft] = []

    def pupils(self) -> tuple[Pupil, ...]:
        """Everyone who is at one of the schools in these years."""
        for entry in range(self._first - GRADES + 1, self._base + 2):
            grade = self._base - entry + 1
            self._vesleskjer(entry, grade)
            self._tussevik(entry, grade)
            self._makeskjer(entry, grade)
        self._guests()
        return tuple(self._named())

    # ------------------------------------------------------------------ seats

    def _stay(
        self,
        school: str,
        entry: int,
        number: int,
        *,
        year: int | None = None,
        until: int | None = None,
        fyret: bool = False,
    ) -> Stay | None:
        """From 1 August of a year (the first grade) to 31 July after `until` (the tenth grade)."""
        begins = entry if year is None else year
        last = entry + GRADES - 1 if until is None else until
        if last < self._first or begins > self._base + 1 or last < begins:
            return None
        start = max(begins, self._first)
        return Stay(
            school=school,
            starts=date(start, 8, 1),
            ends=date(last + 1, 7, 31),
            known_from=date(start, 2, 1),
            # That the tenth grade ends is known all along, a move from the spring before.
            known_to=date(last, 8, 1) if until is None else date(last + 1, 4, 20),
            number=number,
            fyret=fyret,
        )

    def _admit(
        self,
        entry: int,
        *stays: Stay | None,
        order: tuple[int, ...],
        need: Need | None = None,
        away: bool = False,
        story: str = "",
    ) -> None:
        """Takes a pupil in, if any of the stays lies in these years."""
        if kept := tuple(stay for stay in stays if stay is not None):
            self._drafts.append(_Draft(entry, kept, need, away, story, order))

    def _seat(
        self,
        school: str,
        entry: int,
        number: int,
        *,
        order: tuple[int, ...],
        need: Need | None = None,
        away: bool = False,
    ) -> None:
        """A seat through ten grades: some move away in a summer, and a newcomer takes the seat."""
        leaves = self._dice.between(entry + 1, entry + 31, "leaves", school, entry, number)
        if leaves >= entry + 8:
            stay = self._stay(school, entry, number)
            self._admit(entry, stay, order=order, need=need, away=away)
            return
        before = self._stay(school, entry, number, until=leaves)
        after = self._stay(school, entry, number, year=leaves + 1)
        first = need and (need[0], min(need[1], leaves))
        then = need and (max(need[0], leaves + 1), need[1])
        self._admit(entry, before, order=order, need=first, away=away)
        self._admit(entry, after, order=(*order, 1), need=then, away=away)

    # ------------------------------------------------------------------ schools

    def _vesleskjer(self, entry: int, grade: int) -> None:
        # Pupils per grade this year; none in the third grade, so one year had no new pupil at all.
        for seat in range({2: 2, 3: 0, 9: 2}.get(grade, 1)):
            stay = self._stay(TINY, entry, seat)
            self._admit(entry, stay, order=(0, seat), need=(entry, entry + 9))

    def _tussevik(self, entry: int, grade: int) -> None:
        whole = (entry, entry + 9)
        for seat in range(6 if grade % 3 == 0 or grade == 7 else 5):
            if (grade, seat) == (5, 0):
                self._moves_to_vesleskjer(entry, grade)
                continue
            away = self._dice.chance(0.22, "away", entry, seat)
            self._seat(SPECIAL, entry, grade + seat, order=(1, seat), need=whole, away=away)
        # From the fifth grade some come from ordinary schools in the neighbour municipality.
        if grade % 2 == 0:
            stay = self._stay(SPECIAL, entry, grade + 7, year=entry + 4)
            self._admit(entry, stay, order=(1, 8), need=(entry + 4, entry + 9), away=True)

    def _moves_to_vesleskjer(self, entry: int, number: int) -> None:
        """To the tiny school by the sea in January, in the middle of the year before this."""
        january, notice = date(self._base, 1, 6), date(self._base - 1, 12, 1)
        here = self._stay(SPECIAL, entry, number)
        if here is None:
            return
        there = replace(here, school=TINY, starts=january, known_from=notice)
        here = replace(here, ends=january - timedelta(days=1), known_to=notice)
        need = (entry, entry + 9)
        self._admit(entry, here, there, order=(1, 0), need=need, story="mover")

    def _makeskjer(self, entry: int, grade: int) -> None:
        fyret = self._stay(LARGE, entry, 0, fyret=True)
        self._admit(entry, fyret, order=(2, 0), need=(entry, entry + 9))
        for seat in range(ORDINARY_SEATS):
            if seat == 0 and grade % 2 == 1:
                self._moves_to_tussevik(entry, seat)
                continue
            grades = ORDINARY_NEEDS.get(seat)
            need = grades and (entry + grades[0] - 1, entry + grades[1] - 1)
            self._seat(LARGE, entry, seat, order=(3, seat), need=need)

    def _moves_to_tussevik(self, entry: int, seat: int) -> None:
        """Changes to the special school at the eighth grade; a newcomer takes the seat."""
        before = self._stay(LARGE, entry, seat, until=entry + 6)
        after = self._stay(SPECIAL, entry, entry, year=entry + 7)
        if before and after:
            # Both schools hear of it on the same day.
            after = replace(after, known_from=before.known_to or after.known_from)
        need = (entry + 4, entry + 9)
        self._admit(entry, before, after, order=(3, seat), need=need, story="mover")
        self._admit(entry, self._stay(LARGE, entry, seat, year=entry + 7), order=(3, seat, 1))

    def _guests(self) -> None:
        """Those who come after the start, and those who do not stay."""
        notice = timedelta(days=10)
        for guest in GUESTS:
            year = self._base - guest.years_ago
            entry = year - guest.grade + 1
            starts = guest.starts.on(year)
            ends = guest.ends.on(year) if guest.ends else date(entry + GRADES, 7, 31)
            stay = Stay(
                school=guest.school,
                starts=starts,
                ends=ends,
                known_from=starts - notice,
                known_to=ends - notice if guest.ends else date(ends.year - 1, 8, 1),
                number=guest.grade,
            )
            special = guest.school == SPECIAL
            self._admit(
                entry,
                stay,
                order=(9, guest.grade, guest.years_ago),
                need=(year, year + 9) if special else None,
                away=special and guest.grade % 2 == 0,
                story=guest.story,
            )

    # ------------------------------------------------------------------ codes and names

    def _named(self) -> Iterator[Pupil]:
        prefixes = {TINY: "v", SPECIAL: "t", LARGE: "m"}
        counters = dict.fromkeys(prefixes.values(), 0)
        taken: set[str] = set()
        # Codes are given as pupils arrive, mixed within a year so that a code tells nothing.
        drafts = sorted(
            self._drafts,
            key=lambda draft: (
                draft.stays[0].starts,
                self._dice.roll("code", draft.entry, draft.order),
            ),
        )
        for draft in drafts:
            prefix = prefixes[draft.stays[0].school]
            counters[prefix] += 1
            key = f"{prefix}-{counters[prefix]:03}"
            month = self._dice.between(1, 12, "month", key)
            yield Pupil(
                key=key,
                name=self._name(key, taken),
                entry=draft.entry,
                birth_month=f"{draft.entry - 6}-{month:02}",
                stays=draft.stays,
                need=draft.need,
                protected=self._protected(draft),
                ppt=self._ppt(draft),
                home=NEIGHBOUR if draft.away else MUNICIPALITY,
                story=draft.story,
            )

    def _protected(self, draft: _Draft) -> bool:
        seat = (self._base - draft.entry + 1, draft.order[:2])
        return seat in PROTECTED and draft.stays[-1].covers(date(self._base, 9, 15))

    def _ppt(self, draft: _Draft) -> str | None:
        if draft.need is None:
            return None
        return PPT_AWAY if draft.away else PPT_HOME

    def _name(self, key: str, taken: set[str]) -> str:
        for attempt in range(100):
            first = self._dice.pick(FIRST, "first", key, attempt)
            last = self._dice.pick(LAST, "last", key, attempt)
            if (name := f"{first} {last}") not in taken:
                taken.add(name)
                return name
        raise AssertionError(key)
