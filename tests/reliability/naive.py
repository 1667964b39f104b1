"""Which mail goes on which day, written a second time: the slow way, from the rules alone.

From ux 4 (rules 1 and 2) and decisions 9 to 12, by somebody who lists every day of twenty years:
- sending days are weekdays that are neither public holidays nor days off at the school, from the
  planning day in August to the last school day;
- the digest goes on the first sending day of a week;
- a nudge goes on the last sending day before a date, where that is at most a fortnight before it
  (a digest looks a fortnight ahead; what lies deeper in a holiday waits for its first mail);
- between the last school day and the planning day, in weeks without a sending day, rektor's goes on
  the first day that is no public holiday (decisions 10).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

import holidays

FORTNIGHT = timedelta(days=14)


class School:
    """A school's sending days, as a sorted list, and what goes on each."""

    def __init__(
        self,
        years: Iterable[tuple[date, date]],
        days_off: Iterable[date],
        *,
        first: date,
        last: date,
    ) -> None:
        """`years` are the first mail day and the last school day of each school year."""
        span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        red = holidays.country_holidays("NO", years=range(first.year, last.year + 1))
        off = set(days_off)
        in_session = {
            begins + timedelta(days=n)
            for begins, ends in years
            for n in range((ends - begins).days + 1)
        }
        self.sending = [
            day
            for day in span
            if day in in_session and day.isoweekday() <= 5 and day not in red and day not in off
        ]
        self._sending = set(self.sending)
        weeks: dict[tuple[int, int], list[date]] = defaultdict(list)
        for day in self.sending:
            weeks[day.isocalendar()[:2]].append(day)
        self.digests = {days[0] for days in weeks.values()}
        self.digest_of_week = {week: days[0] for week, days in weeks.items()}
        self.summer = {
            begins + timedelta(days=n)
            for began, ended in years
            for begins, ends in (
                (date(began.year, 8, 1), began),
                (ended + timedelta(days=1), date(ended.year, 8, 1)),
            )
            for n in range((ends - begins).days)
        }
        working: dict[tuple[int, int], date] = {}
        week = [first - timedelta(days=n) for n in range(1, 7)]  # the first day may be no Monday
        for day in (*reversed(span), *week):
            if day.isoweekday() <= 5 and day not in red:
                working[day.isocalendar()[:2]] = day
        self.summer_of_week = {
            week: day
            for week, day in working.items()
            if day in self.summer and week not in self.digest_of_week
        }
        self._open = {day for day in self.summer if day.isoweekday() <= 5 and day not in red}
        self.nudged: dict[date, list[date]] = defaultdict(list)
        latest = None
        for day in span:
            if latest is not None and day - latest <= FORTNIGHT:
                self.nudged[latest].append(day)
            if day in self._sending:
                latest = day

    def mail(self, day: date) -> tuple[str, date | None] | None:
        """What goes on a day: a digest, or a nudge for the dates up to one; None for nothing.

        "summer" is the digest that goes to rektor alone.
        """
        if day in self.summer_of_week.values():
            return "summer", None
        if day not in self._sending:
            return None
        if day in self.digests:
            return "digest", None
        return "nudge", max(self.nudged[day], default=None)

    def after_silence(self, day: date, ran: date) -> str | None:
        """What goes on a day when nothing has run since another."""
        if day in self._open:
            of_summer = self.summer_of_week.get(day.isocalendar()[:2])
            is_due = of_summer is not None and (of_summer == day or ran < of_summer < day)
            return "summer" if is_due else None
        if day not in self._sending:
            return None
        of_week = self.digest_of_week[day.isocalendar()[:2]]
        return "digest" if of_week == day or ran < of_week < day else "nudge"

    def delayed_since(self, day: date, ran: date) -> date | None:
        """The first digest of its kind that was missed in a silence."""
        of_kind = self.summer_of_week.values() if day in self.summer else self.digests
        return min((one for one in of_kind if ran < one < day), default=None)
