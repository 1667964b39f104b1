"""Pupils whose stay does not follow the school year: the boundary cases of the indicators."""

from dataclasses import dataclass
from datetime import date

from iopflow.demo.schools import LARGE, SPECIAL


@dataclass(frozen=True)
class Day:
    """A month and day, so many calendar years after the start of a school year."""

    month: int
    day: int
    later: int = 0

    def on(self, year: int) -> date:
        """The date, for a school year."""
        return date(year + self.later, self.month, self.day)


@dataclass(frozen=True)
class Guest:
    """Who comes so many years before the one in progress; `ends` None: stays to the tenth grade."""

    years_ago: int
    school: str
    grade: int
    starts: Day
    ends: Day | None
    story: str


GUESTS = (
    # 3 September counts in P6, 4 September is too late, October is outside.
    Guest(0, SPECIAL, 3, Day(9, 3), None, "late_3_sep"),
    Guest(0, SPECIAL, 6, Day(9, 4), None, "late_4_sep"),
    Guest(0, SPECIAL, 2, Day(10, 12), None, "late_october"),
    Guest(1, SPECIAL, 7, Day(9, 4), Day(7, 31, 1), "late_4_sep"),
    Guest(2, SPECIAL, 4, Day(9, 3), Day(7, 31, 2), "late_3_sep"),
    # Began in August and moved on in September: in no count of 1 October.
    Guest(0, SPECIAL, 5, Day(8, 1), Day(9, 18), "left_september"),
    Guest(1, SPECIAL, 2, Day(8, 1), Day(9, 22), "left_september"),
    Guest(2, SPECIAL, 8, Day(8, 1), Day(9, 11), "left_september"),
    # A few weeks before the summer: too short for the talks of the half-year.
    Guest(1, LARGE, 6, Day(5, 26, 1), Day(7, 31, 1), "short"),
    Guest(2, LARGE, 4, Day(5, 24, 1), Day(7, 31, 1), "short"),
    Guest(3, SPECIAL, 5, Day(5, 2, 1), Day(7, 31, 2), "short"),
)
