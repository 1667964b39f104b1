"""What the story needs of single cases, once all of them are written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from iopflow.demo.case import Case
from iopflow.demo.dice import Dice
from iopflow.demo.schools import LARGE
from iopflow.demo.year import Skoleruter

Choice = Callable[[Case], bool]


class Mending:
    """Changes a few cases: what no rule of the others would give, and what people get wrong."""

    def __init__(self, dice: Dice, ruter: dict[str, Skoleruter], base: int) -> None:
        self._dice = dice
        self._ruter = ruter
        self._base = base
        self._taken: set[str] = set()

    def mend(self, cases: list[Case]) -> list[Case]:
        """The cases in the same order."""
        found = {str(case): case for case in self._come_at_last(cases)}
        for name, choice, change in (
            ("before consent", self._plain, self._decided_before_consent),
            ("without consent", self._plain, self._assessed_without_consent),
            ("prolonged", self._of_half_a_year, self._prolonged),
            ("november", self._referred_in_autumn, self._incomplete_in_november),
            ("may", self._assessed_in_autumn, self._incomplete_in_may),
        ):
            case = self._one(name, (case for case in found.values() if choice(case)))
            if case is not None:
                found[str(case)] = change(case)
        return list(found.values())

    def _one(self, name: str, cases: Iterable[Case]) -> Case | None:
        free = [case for case in cases if str(case) not in self._taken]
        case = min(free, key=lambda one: self._dice.roll(name, one), default=None)
        self._taken.add(str(case))
        return case

    def _come_at_last(self, cases: list[Case]) -> Iterator[Case]:
        """An assessment that a later vedtak rests on comes in the end, a year too late."""
        leaning = {(case.pupil.key, case.year) for case in cases if not case.needs_assessment}
        for case in cases:
            if (
                case.referred_on is not None
                and case.received_on is None
                and (case.pupil.key, case.year + 1) in leaning
            ):
                day = date(case.year + 1, 3, 8) + timedelta(
                    days=self._dice.between(0, 40, "at last", case)
                )
                yield replace(
                    case,
                    received_on=self._ruter[case.school].work_day(day),
                    assessment_to=date(case.year + 4, 7, 31),
                )
            else:
                yield case

    # ------------------------------------------------------------------ what people get wrong

    def _plain(self, case: Case) -> bool:
        return (
            case.year == self._base - 1
            and case.school == LARGE
            and case.received_on is not None
            and case.decided_on is not None
            and case.outcome == "granted"
            and case.arrival is None
            and not case.says_no
        )

    def _decided_before_consent(self, case: Case) -> Case:
        """Against § 11-7 third paragraph: the guardians were asked when all was decided."""
        if case.decided_on is None:
            return case
        day = self._ruter[case.school].days_on(case.decided_on, 6)
        kept = tuple(one for one in case.consents if one[0] != "vedtak")
        return replace(case, consents=(*kept, ("vedtak", day, "given")))

    def _assessed_without_consent(self, case: Case) -> Case:
        """Against the same: nobody finds an answer from before the referral."""
        return replace(case, consents=tuple(one for one in case.consents if one[0] == "vedtak"))

    # ------------------------------------------------------------------ where cases stand

    def _of_half_a_year(self, case: Case) -> bool:
        last = case.pupil.grade(case.year) == 10
        return (
            case.year == self._base
            and case.school == LARGE
            and last
            and case.outcome == "granted"
            and case.years_granted == 1
            and case.decided_on is not None
            and case.decided_on <= date(self._base, 9, 30)
            and case.valid_to is not None
        )

    def _prolonged(self, case: Case) -> Case:
        """A vedtak until Christmas: the need is judged anew in the autumn."""
        day = self._ruter[case.school].work_day(date(case.year, 12, 14))
        return replace(case, first_to=date(case.year, 12, 31), prolonged_on=day)

    def _referred_in_autumn(self, case: Case) -> bool:
        start, end = date(self._base, 10, 15), date(self._base, 11, 13)
        return (
            case.year == self._base + 1
            and case.referred_on is not None
            and start <= case.referred_on <= end
        )

    def _incomplete_in_november(self, case: Case) -> Case:
        day = self._ruter[case.school].work_day(date(self._base, 12, 8))
        return replace(case, complete_on=day)

    def _assessed_in_autumn(self, case: Case) -> bool:
        return (
            case.year == self._base + 1
            and case.arrival is None
            and case.referred_on is not None
            and case.referred_on <= date(self._base + 1, 2, 15)
            and case.received_on is not None
            and case.received_on >= date(self._base + 1, 8, 1)
        )

    def _incomplete_in_may(self, case: Case) -> Case:
        day = self._ruter[case.school].work_day(date(self._base + 1, 6, 8))
        return replace(case, complete_on=day, twice_sent_back=True)
