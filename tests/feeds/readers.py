"""Three calendar programs' own readers, which share no code with the writer or one another."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

with warnings.catch_warnings():  # their imports use what Python is about to drop
    warnings.simplefilter("ignore")
    import ics
    import vobject
    from ical.calendar_stream import IcsCalendarStream


@dataclass(frozen=True, order=True)
class Read:
    """An event as a program understands it; `last` is its last day, included."""

    first: date
    last: date
    title: str
    uid: str


def by_vobject(written: bytes) -> list[Read]:
    """The reader of Radicale and others; it also checks what each component must have."""
    calendar = vobject.readOne(written.decode())
    calendar.validate(raiseException=True)
    return sorted(
        Read(
            event.dtstart.value,
            event.dtend.value - timedelta(days=1),
            event.summary.value,
            event.uid.value,
        )
        for event in calendar.contents.get("vevent", ())
    )


def by_ics(written: bytes) -> list[Read]:
    """A reader with a grammar of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calendar = ics.Calendar(written.decode())
    found = []
    for event in calendar.events:
        assert event.all_day
        last = event.end.date() - timedelta(days=1)
        found.append(Read(event.begin.date(), last, event.name or "", event.uid))
    return sorted(found)


def by_ical(written: bytes) -> list[Read]:
    """The reader of Home Assistant, the strictest: one mistake refuses the file."""
    calendar = IcsCalendarStream.calendar_from_ics(written.decode())
    found = []
    for event in calendar.events:
        assert type(event.start) is date
        assert event.dtend is not None
        last = event.dtend - timedelta(days=1)
        found.append(Read(event.start, last, event.summary or "", event.uid or ""))
    return sorted(found)


READERS: tuple[Callable[[bytes], list[Read]], ...] = (by_vobject, by_ics, by_ical)
