"""Who comes and goes: fills the seats of the three schools, seen from the year in progress."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from iopflow.demo.dice import Dice
from iopflow.demo.names import FIRST, LAST
from iopflow.demo.pupils import GRADES, Pupil, Stay
from iopflow.demo.schools import LARGE, MUNICIPALITY, NEIGHBOUR, PPT_AWAY, PPT_HOME, SPECIAL, TINY

ORDINARY_SEATS = 39


@dataclass
class _Draft:
    """A pupil before the code and the name are given."""

    entry: int
    stays: list[Stay]
    need_from: int | None = None
    need_to: int = 0
    away: bool = False
    story: str = ""
    order: tuple[int, ...] = field(default=())


@dataclass(frozen=True)
class _Day:
    """A month and day, so many calendar years after the start of a school year."""

    month: int
    day: int
    later: int = 0

    def on(self, year: int) -> date:
        """The date, for a school year."""
        return date(year + self.later, self.month, self.day)


@dataclass(frozen=True)
class _Guest:
    """A stay that does not follow the school year; `ends` None: to the end of the tenth grade."""

    years_ago: int
    school: str
    grade: int
    starts: _Day
    ends: _Day | None
    story: str


# Pupils with a hidden address, by grade this year and seat: seen by few, counted everywhere.
PROTECTED = frozenset({(6, (1, 1)), (8, (3, 3)), (3, (3, 20))})

GUESTS = (
    # The boundaries of P6: 3 September counts, 4 September is too late, October is outside.
    _Guest(0, SPECIAL, 3, _Day(9, 3), None, "late_3_sep"),
    _Guest(0, SPECIAL, 6, _Day(9, 4), None, "late_4_sep"),
    _Guest(0, SPECIAL, 2, _Day(10, 12), None, "late_october"),
    _Guest(1, SPECIAL, 7, _Day(9, 4), _Day(7, 31, 1), "late_4_sep"),
    _Guest(2, SPECIAL, 4, _Day(9, 3), _Day(7, 31, 2), "late_3_sep"),
    # Began in August and moved on in September: in no count of 1 October.
    _Guest(0, SPECIAL, 5, _Day(8, 1), _Day(9, 18), "left_september"),
    _Guest(1, SPECIAL, 2, _Day(8, 1), _Day(9, 22), "left_september"),
    _Guest(2, SPECIAL, 8, _Day(8, 1), _Day(9, 11), "left_september"),
    # A few weeks before the summer: too short for the talks of the half-year.
    _Guest(1, LARGE, 6, _Day(5, 26, 1), _Day(7, 31, 1), "short"),
    _Guest(2, LARGE, 4, _Day(5, 24, 1), _Day(7, 31, 1), "short"),
    _Guest(3, SPECIAL, 5, _Day(5, 2, 1), _Day(7, 31, 2), "short"),
)


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
            self._vesleskjer(entry)
            self._tussevik(entry)
            self._makeskjer(entry)
        self._guests()
        return tuple(self._named())

    # ------------------------------------------------------------------ stays

    def _stay(
        self,
        school: str,
        entry: int,
        year: int,
        number: int,
        *,
        until: int | None = None,
        fyret: bool = False,
    ) -> Stay | None:
        """A stay from 1 August of a year to 31 July after `until` (or the tenth grade)."""
        last = entry + GRADES - 1 if until is None else until
        if last < self._first or year > self._base + 1 or last < year:
            return None
        start = max(year, self._first)
        ends = date(last + 1, 7, 31)
        return Stay(
            school=school,
            starts=date(start, 8, 1),
            ends=ends,
            known_from=date(start, 2, 1),
            # That the tenth grade ends is known all along, a move from the spring before.
            known_to=date(last, 8, 1) if until is None else date(last + 1, 4, 20),
            number=number,
            fyret=fyret,
        )

    def _add(self, entry: int, stays: list[Stay | None], **more: object) -> _Draft | None:
        kept = [stay for stay in stays if stay is not None]
        if not kept:
            return None
        draft = replace(_Draft(entry, kept), **more)  # type: ignore[arg-type]
        self._drafts.append(draft)
        return draft

    def _vesleskjer(self, entry: int) -> None:
        grade = self._base - entry + 1
        # Pupils per grade this year; none in the third grade, so one year had no new pupil at all.
        for seat in range({2: 2, 5: 1, 9: 2, 3: 0}.get(grade, 1)):
            stay = self._stay(TINY, entry, entry, seat)
            self._add(entry, [stay], need_from=entry, need_to=entry + 9, order=(0, seat))

    def _tussevik(self, entry: int) -> None:
        grade = self._base - entry + 1
        for seat in range(6 if grade % 3 == 0 or grade == 7 else 5):
            number = grade + seat
            away = self._dice.chance(0.22, "away", entry, seat)
            moves = grade == 5 and seat == 0
            if moves:
                # Moves to the tiny school by the sea in January of the year before.
                january = date(self._base, 1, 6)
                here = self._stay(SPECIAL, entry, entry, number)
                if here is None:
                    continue
                there = replace(
                    here, school=TINY, starts=january, known_from=date(self._base - 1, 12, 1)
                )
                here = replace(
                    here, ends=january - timedelta(days=1), known_to=date(self._base - 1, 12, 1)
                )
                self._add(
                    entry,
                    [here, there],
                    need_from=entry,
                    need_to=entry + 9,
                    story="mover",
                    order=(1, seat),
                )
                continue
            leaves = self._dice.between(entry + 1, entry + 30, "leaves", entry, seat)
            if leaves < entry + 8:
                self._add(
                    entry,
                    [self._stay(SPECIAL, entry, entry, number, until=leaves)],
                    need_from=entry,
                    need_to=leaves,
                    away=away,
                    order=(1, seat),
                )
                self._add(
                    entry,
                    [self._stay(SPECIAL, entry, leaves + 1, number)],
                    need_from=leaves + 1,
                    need_to=entry + 9,
                    away=away,
                    order=(1, seat, 1),
                )
            else:
                self._add(
                    entry,
                    [self._stay(SPECIAL, entry, entry, number)],
                    need_from=entry,
                    need_to=entry + 9,
                    away=away,
                    order=(1, seat),
                )
        # From the fifth grade some come from ordinary schools in the neighbour municipality.
        if grade % 2 == 0:
            self._add(
                entry,
                [self._stay(SPECIAL, entry, entry + 4, grade + 7)],
                need_from=entry + 4,
                need_to=entry + 9,
                away=True,
                order=(1, 8),
            )

    def _makeskjer(self, entry: int) -> None:
        grade = self._base - entry + 1
        self._add(
            entry,
            [self._stay(LARGE, entry, entry, 0, fyret=True)],
            need_from=entry,
            need_to=entry + 9,
            order=(2, 0),
        )
        for seat in range(ORDINARY_SEATS):
            need_from, need_to = self._ordinary_need(entry, seat)
            if seat == 0 and grade % 2 == 1:
                self._moves_to_tussevik(entry, seat)
                continue
            leaves = self._dice.between(entry + 1, entry + 32, "leaves", "m", entry, seat)
            if leaves >= entry + 8:
                self._add(
                    entry,
                    [self._stay(LARGE, entry, entry, seat)],
                    need_from=need_from,
                    need_to=need_to,
                    order=(3, seat),
                )
                continue
            self._add(
                entry,
                [self._stay(LARGE, entry, entry, seat, until=leaves)],
                need_from=need_from,
                need_to=min(need_to, leaves),
                order=(3, seat),
            )
            self._add(
                entry,
                [self._stay(LARGE, entry, leaves + 1, seat)],
                need_from=None if need_from is None else max(need_from, leaves + 1),
                need_to=need_to,
                order=(3, seat, 1),
            )

    def _ordinary_need(self, entry: int, seat: int) -> tuple[int | None, int]:
        """Some ordinary pupils get a vedtak on the way, some need it no longer after a while."""
        spans = {3: (1, 10), 11: (3, 10), 17: (4, 8), 24: (6, 10)}
        if seat not in spans:
            return None, 0
        first, last = spans[seat]
        return entry + first - 1, entry + last - 1

    def _moves_to_tussevik(self, entry: int, seat: int) -> None:
        """Changes to the special school at the eighth grade; a newcomer takes the seat."""
        before = self._stay(LARGE, entry, entry, seat, until=entry + 6)
        after = self._stay(SPECIAL, entry, entry + 7, entry)
        if before and after:
            # Both schools hear of it on the same day.
            after = replace(after, known_from=before.known_to or after.known_from)
        self._add(
            entry,
            [before, after],
            need_from=entry + 4,
            need_to=entry + 9,
            story="mover",
            order=(3, seat),
        )
        self._add(entry, [self._stay(LARGE, entry, entry + 7, seat)], order=(3, seat, 1))

    def _guests(self) -> None:
        """Those who come after the start, and those who do not stay."""
        for guest in GUESTS:
            year = self._base - guest.years_ago
            entry = year - guest.grade + 1
            starts = guest.starts.on(year)
            ends = guest.ends.on(year) if guest.ends else date(entry + GRADES, 7, 31)
            notice = timedelta(days=10)
            stay = Stay(
                school=guest.school,
                starts=starts,
                ends=ends,
                known_from=starts - notice,
                known_to=ends - notice if guest.ends else date(ends.year - 1, 8, 1),
                number=guest.grade,
            )
            need = guest.school == SPECIAL
            self._add(
                entry,
                [stay],
                need_from=year if need else None,
                need_to=year + 9,
                away=need and guest.grade % 2 == 0,
                story=guest.story,
                order=(9, guest.grade, guest.years_ago),
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
                stays=tuple(draft.stays),
                need_from=draft.need_from,
                need_to=draft.need_to,
                protected=(self._base - draft.entry + 1, draft.order[:2]) in PROTECTED,
                ppt=self._ppt(draft),
                home=NEIGHBOUR if draft.away else MUNICIPALITY,
                story=draft.story,
            )

    def _ppt(self, draft: _Draft) -> str | None:
        if draft.need_from is None:
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
