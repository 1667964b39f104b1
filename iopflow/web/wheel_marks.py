"""Which steps stand on a wheel of twelve months: those due in them, whichever year they serve."""

from collections.abc import Iterable
from datetime import timedelta

from iopflow.days import Calendar
from iopflow.web.wheel_layout import Circle, Mark
from iopflow.wheel import Wheel, due_within

LONG = 60  # days: meetings that go on for two months are a band, not only the day they end


def marks_of(wheels: Iterable[Wheel], calendar: Calendar, circle: Circle) -> tuple[Mark, ...]:
    """The steps due in the twelve months, titled in the language in use, not yet counted."""
    found = []
    for step, served, days in due_within(
        wheels, calendar, circle.first, circle.end - timedelta(days=1)
    ):
        if days.due is None:
            continue
        lasts = days.opens is not None and (days.due - days.opens).days >= LONG
        found.append(
            Mark(
                step.key,
                step.title.get(),
                days.due,
                days.opens,
                served=served,
                window=step.kind == "meeting" and lasts,
            )
        )
    return tuple(found)
