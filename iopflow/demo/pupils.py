"""A pupil and the stays at the schools."""

from dataclasses import dataclass
from datetime import date

from iopflow.demo.schools import (
    LARGE,
    MUNICIPALITY,
    TINY,
    makeskjer_class,
    tussevik_class,
    vesleskjer_class,
)

GRADES = 10


@dataclass(frozen=True)
class Stay:
    """A stretch at one school; `known_from` and `known_to`: when the school heard of the ends."""

    school: str
    starts: date
    ends: date | None
    known_from: date
    known_to: date | None
    number: int
    fyret: bool = False

    def covers(self, day: date) -> bool:
        """Whether the pupil is enrolled on a day."""
        return self.starts <= day and (self.ends is None or day <= self.ends)

    def class_in(self, grade: int) -> str:
        """The class of a pupil of this grade."""
        if self.fyret:
            return "m-fyrlykta"
        if self.school == LARGE:
            return makeskjer_class(grade, self.number)
        return (
            vesleskjer_class(grade) if self.school == TINY else tussevik_class(grade, self.number)
        )


@dataclass(frozen=True)
class Pupil:
    """A pupil: `entry` is the year of the first grade, `need` first and last year with one."""

    key: str
    name: str
    entry: int
    birth_month: str
    stays: tuple[Stay, ...]
    need: tuple[int, int] | None
    protected: bool = False
    ppt: str | None = None
    home: str = MUNICIPALITY
    story: str = ""

    def grade(self, year: int) -> int:
        """The grade in a school year."""
        return year - self.entry + 1

    def stay_on(self, day: date) -> Stay | None:
        """Where the pupil is enrolled on a day."""
        return next((stay for stay in self.stays if stay.covers(day)), None)

    def school_on(self, day: date) -> str | None:
        """The school on a day."""
        stay = self.stay_on(day)
        return stay.school if stay else None

    def class_on(self, day: date) -> str | None:
        """The class on a day."""
        stay = self.stay_on(day)
        year = day.year if day.month >= 8 else day.year - 1
        return stay.class_in(self.grade(year)) if stay else None
