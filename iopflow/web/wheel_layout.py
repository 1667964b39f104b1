"""Where things stand on the wheel: angles of days, markers that never overlap, lanes of windows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from itertools import pairwise
from math import asin, cos, degrees, pi, radians, sin

from iopflow.schoolyear import Year

SIZE = 500  # of the square picture, in units that are pixels where it is 500 wide
CENTRE = SIZE / 2
TRACK = 181.0  # the circle that markers stand on
ONE, MANY = 16.0, 20.0  # radius of a marker for one step, and for several
AIR = 3.0  # between two markers


class State(IntEnum):
    """How a step stands, the most pressing last."""

    DONE = 1
    NOT_BEGUN = 2
    UNDER_WAY = 3
    SOON = 4
    OVERDUE = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A step on the wheel: its title in the reader's language, its days, and how it stands.

    `done` of `total` tasks are done, where anybody has counted. `window` says that the days from
    `opens` to `due` are drawn as well: meetings that go on for months. `served` is the year the
    step serves, for whoever counts its tasks.
    """

    key: str
    title: str
    due: date
    opens: date | None = None
    done: int | None = None
    total: int | None = None
    state: State | None = None
    window: bool = False
    served: Year | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """One sign on the wheel: a step, or several whose signs would overlap."""

    marks: tuple[Mark, ...]
    angle: float

    @property
    def radius(self) -> float:
        """Several steps need room for their number."""
        return ONE if len(self.marks) == 1 else MANY

    @property
    def state(self) -> State | None:
        """The most pressing of its steps."""
        return max((mark.state for mark in self.marks if mark.state is not None), default=None)

    @property
    def first(self) -> date:
        """The first due day."""
        return self.marks[0].due

    @property
    def last(self) -> date:
        """The last due day."""
        return self.marks[-1].due


@dataclass(frozen=True, slots=True)
class Circle:
    """Twelve months as a circle, the first of them in the middle of the top."""

    first: date

    def __post_init__(self) -> None:
        if self.first.day != 1:
            raise ValueError(f"{self.first} is not the first day of a month")

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of the months, and of the month after."""
        ordinal = self.first.year * 12 + self.first.month - 1
        return tuple(date((ordinal + n) // 12, (ordinal + n) % 12 + 1, 1) for n in range(13))

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.first.replace(year=self.first.year + 1)

    def holds(self, day: date) -> bool:
        """Whether the day is one of the twelve months."""
        return self.first <= day < self.end

    def angle(self, day: date) -> float:
        """Degrees clockwise from the top."""
        whole = (self.end - self.first).days
        top = (self.months[1] - self.first).days / 2
        return ((day - self.first).days - top) / whole * 360

    def clip(self, day: date) -> float:
        """The angle of the nearest day that is on the circle."""
        return self.angle(min(max(day, self.first), self.end))

    def markers(self, marks: Iterable[Mark]) -> tuple[Marker, ...]:
        """The markers, in order of days: whoever would overlap stand together.

        Days at the seam are moved away from it, so that the last step does not touch the first.
        """
        ordered = sorted(marks, key=lambda mark: (mark.due, mark.key))
        markers = [self._marker((mark,)) for mark in ordered]
        while True:
            near = [
                (other.angle - one.angle - apart(one, other), place)
                for place, (one, other) in enumerate(pairwise(markers))
            ]
            least, place = min(near, default=(0.0, 0))
            if least >= 0:
                return tuple(markers)
            joined = self._marker(markers[place].marks + markers[place + 1].marks)
            markers[place : place + 2] = [joined]

    def _marker(self, marks: tuple[Mark, ...]) -> Marker:
        seam = degrees(asin((MANY + AIR / 2) / TRACK))
        low, high = self.angle(self.first) + seam, self.angle(self.end) - seam
        middle = (self.angle(marks[0].due) + self.angle(marks[-1].due)) / 2
        return Marker(marks, min(max(middle, low), high))


def apart(one: Marker, other: Marker) -> float:
    """The degrees that two neighbours need between their middles."""
    return degrees(2 * asin((one.radius + other.radius + AIR) / 2 / TRACK))


def lanes(marks: Iterable[Mark]) -> tuple[tuple[Mark, int], ...]:
    """The windows, each with its lane from the outside in: those that meet have different lanes."""
    windows = sorted(
        (mark for mark in marks if mark.window and mark.opens is not None),
        key=lambda mark: (mark.opens, mark.due, mark.key),
    )
    ends: list[date] = []
    placed = []
    for mark in windows:
        opens = mark.opens or mark.due
        lane = next((lane for lane, end in enumerate(ends) if end < opens), len(ends))
        ends[lane : lane + 1] = [mark.due]
        placed.append((mark, lane))
    return tuple(placed)


def point(angle: float, radius: float) -> tuple[float, float]:
    """A place on the picture, from degrees clockwise and the distance from the middle."""
    turn = radians(angle) - pi / 2
    return CENTRE + radius * cos(turn), CENTRE + radius * sin(turn)


@dataclass(frozen=True, slots=True)
class Box:
    """The room a word or a marker takes, around its middle."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, others: Sequence["Box"]) -> bool:
        """Whether it touches one of the others."""
        return any(
            abs(self.x - other.x) * 2 < self.width + other.width
            and abs(self.y - other.y) * 2 < self.height + other.height
            for other in others
        )
