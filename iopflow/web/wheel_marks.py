"""Which steps stand on a wheel of twelve months: those due in them, whichever year they serve."""

from collections.abc import Iterable, Iterator

from iopflow.days import Calendar
from iopflow.schoolyear import Year
from iopflow.web.wheel_layout import Circle, Mark
from iopflow.wheel import MissingSkolerute, Wheel

LONG = 60  # days: meetings that go on for two months are a band, not only the day they end


def marks_of(wheels: Iterable[Wheel], calendar: Calendar, circle: Circle) -> tuple[Mark, ...]:
    """The steps due in the twelve months, titled in the language in use, not yet counted.

    A spring holds the last steps of its own year and the first ones of the year after. What counts
    from a skolerute that is not there is left out.
    """
    return tuple(_marks(wheels, calendar, circle))


def _marks(wheels: Iterable[Wheel], calendar: Calendar, circle: Circle) -> Iterator[Mark]:
    years = range(Year.of(circle.first).start, Year.of(circle.end).start + 2)
    for wheel in wheels:
        for served in map(Year, years):
            for step in wheel.steps:
                if step.off or not step.lives_in(served):
                    continue
                try:
                    days = wheel.dates(step, served, calendar)
                except MissingSkolerute:
                    continue
                if days.due is None or not circle.holds(days.due):
                    continue
                lasts = days.opens is not None and (days.due - days.opens).days >= LONG
                yield Mark(
                    step.key,
                    step.title.get(),
                    days.due,
                    days.opens,
                    served=served,
                    window=step.kind == "meeting" and lasts,
                )
