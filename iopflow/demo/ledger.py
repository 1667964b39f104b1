"""What happened, as rows of happenings.csv in the making."""

from dataclasses import dataclass
from datetime import date, timedelta

from iopflow.demo.cast import Person
from iopflow.demo.dice import Dice
from iopflow.demo.story import JUSTIFYING, REASONS


@dataclass(frozen=True)
class Happening:
    """One thing that happened on a step, for a year served."""

    year: int
    step: str
    subject: str
    what: str
    on: date
    recorded_on: date
    by: str
    reason: str = ""
    cause: str = ""
    evidence: str = ""


class Ledger:
    """Collects happenings and decides how many days later each was written down."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self.rows: list[Happening] = []

    def add(
        self,
        year: int,
        step: str,
        subject: str,
        what: str,
        on: date,
        by: Person,
        *,
        reason: str = "",
        at_once: bool = False,
    ) -> None:
        """Something happened on a day."""
        recorded = on if at_once else self.recorded(on, year, step, subject, what)
        self.rows.append(Happening(year, step, subject, what, on, recorded, by.key, reason))

    def delay(
        self, year: int, step: str, subject: str, on: date, by: Person, causes: tuple[str, ...]
    ) -> None:
        """Somebody says why it takes longer; where it may justify, mostly with a reference."""
        about = (step, subject, year)
        cause = self._dice.pick(causes, "cause", *about)
        evidence = ""
        if cause in JUSTIFYING and self._dice.chance(0.75, "evidence", *about):
            evidence = f"Logg {on.year}/{self._dice.between(100, 899, 'log', *about)}"
        self.rows.append(
            Happening(year, step, subject, "delay", on, on, by.key, REASONS[cause], cause, evidence)
        )

    def recorded(self, on: date, *about: object) -> date:
        """Mostly the same day; some write things down days later. Never on a Saturday or Sunday."""
        roll = self._dice.roll("recorded", on, *about)
        lag = (
            0 if roll < 0.62 else int((roll - 0.6) * 10) if roll < 0.88 else int((roll - 0.5) * 28)
        )
        day = on + timedelta(days=lag)
        return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
