"""A case: need, consents, sakkyndig vurdering and vedtak of a pupil for one year served."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from iopflow.demo.pupils import Pupil


@dataclass(frozen=True)
class Case:
    """What happens in one pupil's case for one year served. Days that never come are None."""

    pupil: Pupil
    year: int
    school: str
    avdeling: str
    arrival: date | None
    needs_assessment: bool
    needs_vedtak: bool
    years_granted: int
    needed_since: date | None = None
    referred_on: date | None = None
    complete_on: date | None = None
    received_on: date | None = None
    assessment_to: date | None = None
    consents: tuple[tuple[str, date, str], ...] = ()
    decided_on: date | None = None
    outcome: str = "granted"
    valid_from: date | None = None
    valid_to: date | None = None
    notified_on: date | None = None
    arrived_on: date | None = None
    departs: bool = False
    # The vedtak that lasts until `first_to` is prolonged by another, decided on `prolonged_on`.
    first_to: date | None = None
    prolonged_on: date | None = None
    twice_sent_back: bool = False

    @property
    def new(self) -> bool:
        """Whether the year is the pupil's first at the school."""
        stay = self.pupil.stay_on(self.arrival or date(self.year, 8, 31))
        return stay is not None and stay.starts >= date(self.year, 8, 1)

    def answers(self, kind: str) -> tuple[date, ...]:
        """The days of the answers to a request for consent."""
        return tuple(day for asked, day, _answer in self.consents if asked == kind)

    @property
    def says_no(self) -> bool:
        """Whether an answer was no."""
        return any(answer != "given" for _kind, _day, answer in self.consents)

    def __str__(self) -> str:
        return f"{self.pupil.key}/{self.year}"


@dataclass
class Cases:
    """All cases, and what they say of a pupil on a day."""

    all: list[Case]
    _by_pupil: dict[str, list[Case]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for case in self.all:
            self._by_pupil[case.pupil.key].append(case)

    def granted(self, pupil: Pupil, day: date) -> bool:
        """Whether a vedtak grants on the day."""
        return any(_grants(case, day) for case in self._by_pupil[pupil.key])

    def first_granted(self, pupil: Pupil, start: date, end: date) -> date | None:
        """The first day of a stretch on which the pupil has a vedtak."""
        if self.granted(pupil, start):
            return start
        days = [
            case.valid_from
            for case in self._by_pupil[pupil.key]
            if case.valid_from
            and start <= case.valid_from <= end
            and _grants(case, case.valid_from)
        ]
        return min(days, default=None)

    def last(self, pupil: Pupil) -> Case | None:
        """The pupil's case for the latest year."""
        return max(self._by_pupil[pupil.key], key=lambda case: case.year, default=None)

    def of(self, pupil: Pupil, year: int) -> Case | None:
        """The pupil's case for a year served."""
        return next((case for case in self._by_pupil[pupil.key] if case.year == year), None)


def _grants(case: Case, day: date) -> bool:
    return (
        case.decided_on is not None
        and case.outcome != "refused"
        and case.valid_from is not None
        and case.valid_to is not None
        and case.valid_from <= day <= case.valid_to
    )
