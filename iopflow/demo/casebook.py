"""How each pupil's case goes year after year: in time or late, as the story has it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from iopflow.demo.case import Case, Cases
from iopflow.demo.dice import Dice
from iopflow.demo.mending import Mending
from iopflow.demo.pupils import GRADES, Pupil
from iopflow.demo.schools import LARGE, M_FYRET, M_MIDDLE, NEIGHBOUR, SPECIAL, avdeling_of
from iopflow.demo.story import share
from iopflow.demo.year import Skoleruter

# A new assessment is made when a stage begins and now and then between.
_ASSESSED_IN = (1, 3, 5, 8)


class CaseBook:
    """Writes the cases for the years served `base - 3` to `base + 1`."""

    def __init__(self, dice: Dice, ruter: dict[str, Skoleruter], base: int) -> None:
        self._dice = dice
        self._ruter = ruter
        self._base = base
        self._say_no: set[str] = set()

    def write(self, pupils: tuple[Pupil, ...]) -> Cases:
        """Every pupil's cases, with the shares of the story."""
        outlined = [case for pupil in pupils for case in self._outline(pupil)]
        groups: dict[tuple[str, str, int], list[Case]] = defaultdict(list)
        for case in outlined:
            groups[case.school, case.avdeling if case.school == LARGE else "", case.year].append(
                case
            )
        written = [case for group in groups.values() for case in self._dates(group)]
        return Cases(Mending(self._dice, self._ruter, self._base).mend(sorted(written, key=str)))

    # ------------------------------------------------------------------ which years

    def _outline(self, pupil: Pupil) -> Iterator[Case]:
        if pupil.need is None:
            return
        assessment_to = vedtak_to = 0
        start = max(pupil.need[0], self._base - 3)
        for year in range(start, min(pupil.need[1], pupil.entry + GRADES - 1, self._base + 1) + 1):
            first = date(year, 8, 31)
            stay = pupil.stay_on(first) or next(
                (stay for stay in pupil.stays if first <= stay.starts < date(year + 1, 8, 1)), None
            )
            if stay is None:
                continue
            grade = pupil.grade(year)
            assessed = year == start or grade in _ASSESSED_IN or year > assessment_to
            if assessed:
                later = [found for found in _ASSESSED_IN if found > grade]
                assessment_to = pupil.entry + (min(later) if later else GRADES + 1) - 2
            decided = year > vedtak_to
            years = 1
            if decided and self._dice.chance(0.4, "several years", pupil.key, year):
                years = assessment_to - year + 1
            if decided:
                vedtak_to = year + years - 1
            if not (assessed or decided):
                continue
            case = Case(
                pupil=pupil,
                year=year,
                school=stay.school,
                avdeling=avdeling_of(stay.class_in(grade)),
                arrival=stay.starts if stay.starts > first else None,
                needs_assessment=assessed,
                needs_vedtak=decided,
                years_granted=years,
                assessment_to=date(assessment_to + 1, 7, 31) if assessed else None,
            )
            yield case
            if self._declines(case) == "utredning" or (
                decided and self._outcome(case) == "refused"
            ):
                # The case rests there; the pupil stays in the ordinary teaching.
                return

    # ------------------------------------------------------------------ dates

    def _dates(self, group: list[Case]) -> Iterator[Case]:
        school, avdeling, year = group[0].school, group[0].avdeling, group[0].year
        place = avdeling if school == LARGE else None
        age = year - 1 - (self._base - 3)
        punctual = [
            case
            for case in group
            if case.needs_assessment and not case.arrival and not self._sent_in_june(case)
        ]
        # The office in the other municipality is the slower one.
        in_time = self._dice.quota(
            punctual,
            share("P1", school, place, age),
            "P1",
            burden=lambda case: 0.35 if case.pupil.home == NEIGHBOUR else 0.0,
        )
        if school == SPECIAL and year >= self._base - 2:
            self._say_no.add(self._one_of(case for case in group if not case.needs_assessment))
        assessed = [self._assessment(case, case in in_time) for case in group]
        ready = [
            case
            for case in assessed
            if case.needs_vedtak
            and not case.arrival
            and (case.received_on is None or case.received_on <= date(year, 6, 4))
        ]
        keys = self._dice.quota(
            (str(case) for case in ready), share("P2", school, place, age), "P2"
        )
        written = [self._vedtak(case, str(case) in keys) for case in assessed]
        if year == self._base and avdeling == M_MIDDLE:
            written = self._without_end(written, keys)
        yield from written

    def _one_of(self, cases: Iterable[Case]) -> str:
        """The key of one case; empty if there is none."""
        keys = [str(case) for case in cases]
        return min(keys, key=lambda key: self._dice.roll("one of", key), default="")

    def _without_end(self, cases: list[Case], in_time: frozenset[str]) -> list[Case]:
        """One vedtak made in time lacks its last day: an error that somebody has to find."""
        found = self._one_of(case for case in cases if case.valid_to and str(case) in in_time)
        return [replace(case, valid_to=None) if str(case) == found else case for case in cases]

    def _sent_in_june(self, case: Case) -> bool:
        """Some of those who move in are known only when the counting is over."""
        return (
            case.new
            and case.pupil.grade(case.year) > 1
            and self._dice.chance(0.3, "sent in june", case.pupil.key)
        )

    def _between(self, low: int, high: int, what: str, case: Case) -> timedelta:
        return timedelta(days=self._dice.between(low, high, what, case))

    def _work(self, case: Case, day: date) -> date:
        return self._ruter[case.school].work_day(day)

    def _assessment(self, case: Case, in_time: bool) -> Case:
        if not case.needs_assessment:
            return case
        year = case.year
        late_need = False
        if case.arrival:
            # Comes with papers from the former school.
            needed = case.arrival - self._between(8, 10, "needed", case)
            referred = needed + timedelta(days=3)
            received = self._work(case, case.arrival + self._between(1, 5, "received", case))
        elif self._sent_in_june(case):
            needed = date(year, 6, 2) + self._between(0, 12, "needed", case)
            referred = needed + timedelta(days=4)
            received = self._work(case, date(year, 8, 19) + self._between(0, 35, "received", case))
            late_need = True
        else:
            if case.new:
                needed = date(year - 1, 11, 10) + self._between(0, 80, "needed", case)
            else:
                needed = date(year - 1, 9, 20) + self._between(0, 75, "needed", case)
            referred = needed + self._between(18, 45, "referred", case)
            received = self._received(case, in_time, referred)
        needed, referred = self._work(case, needed), self._work(case, referred)
        complete: date | None = referred
        if not case.arrival and not late_need and self._dice.chance(0.4, "incomplete", case):
            complete = self._work(case, referred + self._between(7, 35, "complete", case))
        answers = [("utredning", self._answered(case, needed, referred), "given")]
        never: date | None = received
        if self._declines(case) == "utredning":
            day = answers[0][1]
            answers = [("utredning", day, "refused"), ("vedtak", day, "refused")]
            never = None
        elif (
            case.school == LARGE and not in_time and self._dice.chance(0.08, "no assessment", case)
        ):
            never = None
        refused = answers[0][2] == "refused"
        return replace(
            case,
            needed_since=needed,
            referred_on=None if refused else referred,
            complete_on=None if refused else complete,
            received_on=never,
            assessment_to=case.assessment_to if never else None,
            consents=tuple(answers),
        )

    def _answered(self, case: Case, needed: date, referred: date) -> date:
        """Consent comes before the referral: at once where papers come along, else in its time."""
        days = 0 if case.arrival else 2 if self._sent_in_june(case) else 5
        if days == 5 and self._dice.chance(0.5, "slow answer", case):
            days = self._dice.between(8, max(8, (referred - needed).days - 2), "answered", case)
        return max(needed, min(self._work(case, needed + timedelta(days=days)), referred))

    def _received(self, case: Case, in_time: bool, referred: date) -> date:
        year = case.year
        if in_time:
            # Most come in May; the last ones on the last day.
            back = int(75 * self._dice.roll("received", case) ** 2)
            day = max(date(year, 5, 31) - timedelta(days=back), referred + timedelta(days=28))
            return self._work(case, min(day, date(year, 5, 31)))
        if self._dice.chance(0.55, "june", case):
            day = date(year, 6, 1) + self._between(0, 14, "late", case)
            return max(date(year, 6, 1), day - timedelta(days=max(0, day.weekday() - 4)))
        return self._work(case, date(year, 8, 14) + self._between(0, 38, "late", case))

    def _declines(self, case: Case) -> str:
        """Which consent the guardians of a few refuse, for this year."""
        if case.year < self._base - 2 or case.arrival:
            return ""
        if case.school == LARGE and case.needs_assessment:
            return "utredning" if self._dice.chance(0.04, "refuses", case) else ""
        return "vedtak" if str(case) in self._say_no else ""

    def _vedtak(self, case: Case, in_time: bool) -> Case:
        if not case.needs_vedtak or (case.needs_assessment and case.received_on is None):
            return case
        decided = self._decided(case, in_time)
        answers = list(case.consents)
        asked = self._work(case, decided - self._between(3, 9, "asked", case))
        if case.received_on:
            asked = max(asked, case.received_on)
        if self._declines(case) == "vedtak":
            no = self._work(case, date(case.year, 5, 20) + self._between(0, 20, "no", case))
            no = max(no, case.received_on or no)
            # One year the answer was no from the start, the next a yes was taken back.
            kind = "withdrawn" if (self._base - case.year) % 2 == 0 else "refused"
            if kind == "withdrawn":
                answers.append(("vedtak", no - timedelta(days=7), "given"))
            answers.append(("vedtak", no, kind))
            # After the summer the school and the guardians have found a way.
            asked = self._work(case, date(case.year, 9, 1) + self._between(0, 14, "yes", case))
            decided = self._work(case, asked + timedelta(days=6))
        answers.append(("vedtak", asked, "given"))
        decided = max(decided, asked)
        outcome = self._outcome(case)
        start = max(date(case.year, 8, 1), decided)
        if case.arrival:
            start = max(case.arrival, decided)
        notified = decided
        if self._dice.chance(0.15, "notified late", case):
            notified = self._work(case, decided + self._between(2, 6, "notified", case))
        notified = max(notified, decided)
        granted = outcome != "refused"
        return replace(
            case,
            consents=tuple(answers),
            decided_on=decided,
            outcome=outcome,
            valid_from=start if granted else None,
            valid_to=date(case.year + case.years_granted, 7, 31) if granted else None,
            notified_on=notified,
            arrived_on=max(
                notified, self._work(case, notified + self._between(3, 6, "arrived", case))
            ),
            departs=granted and self._dice.chance(0.05, "departs", case),
        )

    def _decided(self, case: Case, in_time: bool) -> date:
        year = case.year
        last = self._ruter[case.school].last(year - 1)
        received = case.received_on or date(year, 4, 30)
        if case.arrival:
            return self._work(case, received + self._between(3, 6, "decided", case))
        if in_time:
            window = (last - date(year, 6, 1)).days
            day = self._work(case, date(year, 6, 1) + self._between(0, window, "decided", case))
            return min(max(day, received + timedelta(days=3)), last)
        if received < last and self._dice.chance(0.65, "before the holidays", case):
            day = last + self._between(3, 10, "decided", case)
            return max(self._work(case, day), last + timedelta(days=3))
        day = max(date(year, 8, 17), received + timedelta(days=6))
        return self._work(case, day + self._between(0, 20, "decided", case))

    def _outcome(self, case: Case) -> str:
        roll = self._dice.roll("outcome", case)
        if (
            case.school == LARGE
            and roll > 0.94
            and case.avdeling != M_FYRET
            and case.year <= self._base
        ):
            return "refused"
        return "partly" if roll < 0.07 else "granted"
