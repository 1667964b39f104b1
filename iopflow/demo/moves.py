"""What else happens in the cases: asked for consent, sent back, interim replies, closed, pauses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from iopflow.demo.case import Case
from iopflow.demo.members import World
from iopflow.demo.pupils import Pupil
from iopflow.demo.schools import LARGE, NEIGHBOUR
from iopflow.demo.story import MEASURES, MISSING, NOT_NEEDED

MONTH = timedelta(days=31)


@dataclass(frozen=True)
class Move:
    """A row of moves.csv in the making."""

    pupil: Pupil
    year: int
    what: str
    on: date
    note: str = ""
    evidence: str = ""

    def __str__(self) -> str:
        return f"{self.pupil.key}/{self.year}/{self.what}/{self.on}"


@dataclass(frozen=True)
class Pause:
    """A row of pauses.csv in the making."""

    pupil: Pupil
    year: int
    starts: date
    ends: date
    court: str
    cause: str
    evidence: str = ""


class Moves:
    """Tells the moves of every case, each where the rules of a case allow it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.dice
        self._base = world.base

    def all(self) -> list[Move]:
        """In the order of pupils and years."""
        found = [*self._concerns()]
        for case in self._world.cases.all:
            found += self._asked(case)
            found += self._sent_back(case)
            found += self._interim(case)
            found += self._closed(case)
        found += self._not_needed()
        return sorted(found, key=lambda move: (move.pupil.key, move.year, move.on, move.what))

    def _work(self, case: Case, day: date) -> date:
        return self._world.ruter[case.school].work_day(day)

    def _between(self, low: int, high: int, what: str, about: object) -> timedelta:
        return timedelta(days=self._dice.between(low, high, what, about))

    # ------------------------------------------------------------------ ordinary teaching

    def _concerns(self) -> Iterator[Move]:
        for pupil, year, told in self._world.concerns:
            day = told + self._between(7, 14, "measures", pupil.key)
            rute = self._world.ruter[LARGE]
            case = self._world.cases.of(pupil, year)
            tried = rute.school_day(day)
            if case is not None and case.needed_since is not None and tried >= case.needed_since:
                continue
            if tried > told:
                note = self._dice.pick(MEASURES, "measures", pupil.key)
                yield Move(pupil, year, "measures", tried, note)
            if case is None and self._dice.chance(0.5, "enough", pupil.key):
                note = "Tiltakene virker, og følges opp av kontaktlærer."
                yield Move(pupil, year, "no_need", rute.school_day(tried + MONTH), note)

    # ------------------------------------------------------------------ consents

    def _asked(self, case: Case) -> Iterator[Move]:
        answers = case.answers("utredning")
        if answers and case.needed_since is not None:
            answered = min(answers)
            asked = self._work(case, answered - self._between(2, 12, "asked", case))
            asked = min(max(asked, case.needed_since), answered)
            yield Move(case.pupil, case.year, "asked_utredning", asked)
        if case.needs_assessment and case.received_on is None:
            return
        for answered in self._asked_for(case):
            asked = self._work(case, answered - self._between(4, 16, "asked again", case))
            asked = max(asked, case.received_on or asked)
            yield Move(case.pupil, case.year, "asked_vedtak", asked)

    @staticmethod
    def _asked_for(case: Case) -> Iterator[date]:
        """The answers that somebody asked for; a yes that is taken back was not."""
        days = [
            day
            for kind, day, answer in case.consents
            if kind == "vedtak" and answer != "withdrawn" and day >= (case.received_on or day)
        ]
        before = date.min
        for day in sorted(days):
            late = case.decided_on is not None and day > case.decided_on
            if not late and day - before > timedelta(days=30):
                yield day
            before = day

    # ------------------------------------------------------------------ PPT

    def _sent_back(self, case: Case) -> Iterator[Move]:
        start, complete = case.referred_on, case.complete_on
        if start is None or complete is None or complete <= start:
            return
        back = start + self._between(2, 6, "sent back", case)
        back = max(start, self._work(case, min(back, complete)))
        supplied = max(back, self._work(case, complete - self._between(0, 3, "supplied", case)))
        note = self._dice.pick(MISSING, "missing", case)
        rounds = [(back, supplied, note)]
        if case.twice_sent_back:
            first = self._work(case, back + timedelta(days=20))
            again = self._work(case, date(case.year, 4, 26))
            rounds = [(back, first, note), (again, supplied, "oppdatert pedagogisk rapport")]
        for missed, sent, what in rounds:
            yield Move(case.pupil, case.year, "sent_back", missed, what)
            yield Move(case.pupil, case.year, "supplied", sent)

    # ------------------------------------------------------------------ decisions

    def _interim(self, case: Case) -> Iterator[Move]:
        received, decided = case.received_on, case.decided_on
        if received is None or decided is None or case.says_no or decided - received <= MONTH:
            return
        day = self._work(case, received + self._between(24, 31, "interim", case))
        if received <= day < decided and self._dice.chance(0.7, "interim", case):
            number = self._dice.between(1000, 8999, "interim", case)
            reference = f"{day.year}/{number}-3"
            yield Move(case.pupil, case.year, "interim_reply", day, "", reference)

    def _closed(self, case: Case) -> Iterator[Move]:
        """Where no vedtak came the case ends with the school year."""
        waits = case.referred_on is not None and case.received_on is None
        if waits or (case.received_on is not None and case.received_on > date(case.year + 1, 2, 1)):
            day = self._world.ruter[case.school].school_day(date(case.year + 1, 6, 10))
            if case.decided_on is None and case.pupil.stay_on(day) is not None:
                note = "Ny vurdering er i gang for neste skoleår."
                yield Move(case.pupil, case.year, "closed", day, note)

    def _not_needed(self) -> Iterator[Move]:
        """Somebody has decided that nothing new is needed; for some nobody has."""
        for pupil in self._world.pupils:
            last = self._world.cases.last(pupil)
            if last is None or last.valid_to is None or last.prolonged_on is not None:
                continue
            year = last.valid_to.year
            stays = pupil.stay_on(date(year, 8, 20)) is not None and pupil.grade(year) <= 10
            if (
                year > self._base + 1
                or not stays
                or not self._dice.chance(0.7, "decided", pupil.key)
            ):
                continue
            autumn = self._dice.chance(0.5, "in the autumn", pupil.key)
            day = date(year - 1, 10, 5) if autumn else date(year, 3, 10)
            day = self._work(last, day + self._between(0, 35, "no need", pupil.key))
            if last.decided_on is not None and day > last.decided_on:
                note = self._dice.pick(NOT_NEEDED, "no need", pupil.key)
                yield Move(pupil, year, "no_need", day, note)


def pauses(world: World) -> list[Pause]:
    """A few stretches in which a case waits for a cause of its own, with where that is logged."""
    return [*_while_assessed(world), *_at_the_municipality(world)]


def _while_assessed(world: World) -> Iterator[Pause]:
    dice = world.dice
    for case in world.cases.all:
        start, end = case.complete_on, case.received_on
        if start is None or end is None or (end - start).days < 60:
            continue
        if case.pupil.home == NEIGHBOUR or not dice.chance(0.06, "pause", case):
            continue
        rute = world.ruter[case.school]
        begins = rute.work_day(start + timedelta(days=dice.between(10, 25, "pause", case)))
        last = rute.work_day(begins + timedelta(days=dice.between(9, 25, "pause ends", case)))
        cause = dice.pick(("foresatte_ikke_naadd", "elev_fravaer"), "pause cause", case)
        evidence = f"Logg {begins.year}/{dice.between(100, 899, 'pause log', case)}"
        if start < begins <= last < end:
            yield Pause(case.pupil, case.year, begins, last, "foresatte", cause, evidence)


def _at_the_municipality(world: World) -> Iterator[Pause]:
    """Where a pupil's home is another municipality the case waits for it now and then."""
    dice, base = world.dice, world.base
    for starts, ends in (
        (date(base, 11, 9), date(base, 12, 11)),
        (date(base + 1, 4, 12), date(base + 1, 6, 4)),
    ):
        open_ = [
            case
            for case in world.cases.all
            if case.year == base + 1
            and case.pupil.home == NEIGHBOUR
            and case.complete_on is not None
            and case.complete_on < starts
            and (case.received_on is None or case.received_on > ends)
            and not case.arrival
        ]
        case = min(open_, key=lambda one: dice.roll("municipality", starts, one), default=None)
        if case is not None:
            rute = world.ruter[case.school]
            number = dice.between(100, 899, "municipality", case)
            yield Pause(
                case.pupil,
                case.year,
                rute.work_day(starts),
                rute.work_day(ends),
                "kommune",
                "innflyttet_etter_frist",
                f"Brev {starts.year}/{number}",
            )
