"""What became, in earlier years, of those who were open as many days before the limit as today.

A year in which a school registered nothing at all of a step is from before it began to: it tells
nothing of how long things take.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from iopflow.forecast.chances import Followed
from iopflow.indicators import Indicator
from iopflow.measure.calendar import Known, known_schools
from iopflow.measure.delays import limit_day
from iopflow.measure.explain import behind
from iopflow.measure.figures import Asked
from iopflow.schoolyear import Year

YEARS = 5  # how far back it is looked
OPEN = frozenset({"open", "unknown"})
DONE = frozenset({"numerator", "done_late"})


@dataclass(slots=True)
class History:
    """The earlier years of some schools, as known on a day. Each question is asked once."""

    session: Session
    schools: Sequence[int]
    day: date
    _known: dict[Year, dict[int, Known]] = field(default_factory=dict)
    _ended: dict[tuple[str, Year], dict[tuple[int, int], Any]] = field(default_factory=dict)
    _found: dict[tuple[str, Year, int], list[Followed]] = field(default_factory=dict)

    def followed(self, part: Indicator, year: Year, left: int) -> list[Followed]:
        """Those of the years before `year` who were open so many days before their limit."""
        key = (part.code, year, left)
        if key not in self._found:
            before = [Year(year.start - back) for back in range(1, YEARS + 1)]
            self._found[key] = [one for then in before for one in self._of_year(part, then, left)]
        return self._found[key]

    def _of_year(self, part: Indicator, year: Year, left: int) -> list[Followed]:
        asked = Asked(self._schools(year), year, self.day, None)
        whole = asked.whole(part)
        over = [number for number in whole if self._is_over(asked, part, number)]
        ended = self._outcomes(part, year) if over else {}
        kept = {number for (number, _pupil), row in ended.items() if row.result in DONE}
        landmarks: dict[date, list[int]] = {}
        for number in (one for one in over if one in kept):
            limit = limit_day(asked, asked.schools[number], part)
            if limit is not None:
                landmarks.setdefault(limit - timedelta(days=left), []).append(number)
        if not landmarks:
            return []
        found = []
        for landmark, numbers in landmarks.items():
            some = {number: asked.schools[number] for number in numbers}
            then = Asked(some, year, self.day, landmark)
            for row in behind(self.session, then, part, part, None):
                if row.result in OPEN:
                    end = ended.get((row.school_id, row.pupil_id))
                    last = asked.read_to(part, asked.schools[row.school_id]) or landmark
                    found.append(_followed(row, end, year, landmark, last))
        return found

    def _schools(self, year: Year) -> dict[int, Known]:
        if year not in self._known:
            self._known[year] = known_schools(self.session, year, self.schools)
        return self._known[year]

    def _is_over(self, asked: Asked, part: Indicator, number: int) -> bool:
        """Whether the counting date had come by the day: else the year tells too little."""
        counted = asked.day(asked.schools[number], part.read_to)
        return counted is not None and counted <= self.day

    def _outcomes(self, part: Indicator, year: Year) -> dict[tuple[int, int], Any]:
        """What became of each pupil, as the figure of that year counts it."""
        key = (part.code, year)
        if key not in self._ended:
            asked = Asked(self._schools(year), year, self.day, None)
            self._ended[key] = {
                (row.school_id, row.pupil_id): row
                for row in behind(self.session, asked, part, part, None)
            }
        return self._ended[key]


def _followed(row: Any, end: Any, year: Year, landmark: date, last: date) -> Followed:
    """One pupil from the landmark on. Whoever is counted no more was seen on that day last."""
    if end is None or end.result == "excluded":
        return Followed(row.school_id, year.start, 0, done=False)
    if end.result in OPEN:
        return Followed(row.school_id, year.start, max(0, (last - landmark).days), done=False)
    days = max(1, (end.on_day - landmark).days)
    return Followed(row.school_id, year.start, days, done=True)
