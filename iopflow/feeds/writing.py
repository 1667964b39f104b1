"""How a feed is written as an iCalendar file that every calendar program reads alike.

The library's own short cuts are avoided where they stamp the clock, write names unescaped, or let
control characters through. The bytes follow from the content alone.
"""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, vDuration, vText

PRODUCT = "-//iopflow//feed 1//NO"
POLL = timedelta(hours=4)
LONGEST = 200  # signs of a title: more than any screen shows
_DAY = timedelta(days=1)
# Control characters, lone surrogates, and signs that no text holds (they break whole files).
_BARRED = frozenset({"Cc", "Cs"})
_NO_SIGNS = frozenset("\ufeff\ufffe\uffff")


@dataclass(frozen=True, slots=True)
class Entry:
    """One all-day event. `last` is its last day, `changes` how often what it says has changed."""

    uid: str
    title: str
    first: date
    last: date
    created_at: datetime
    changed_at: datetime
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """All that one feed says. `address` is the page that asks for a log-in, where there is one."""

    name: str
    entries: tuple[Entry, ...]
    address: str | None = None


def feed_bytes(content: Content) -> bytes:
    """The .ics file: the same bytes for the same content."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, vText(plain(content.name)))
    calendar.add("refresh-interval", vDuration(POLL), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(POLL))
    for entry in sorted(content.entries, key=lambda one: (one.first, one.last, one.title, one.uid)):
        calendar.add_component(_event(entry, content.address))
    written: bytes = calendar.to_ical(sorted=False)
    return written


def _event(entry: Entry, address: str | None) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", _moment(entry.changed_at))
    event.add("last-modified", _moment(entry.changed_at))
    event.add("created", _moment(entry.created_at))
    event.add("sequence", entry.changes)
    event.add("dtstart", entry.first)
    event.add("dtend", entry.last + _DAY)  # the first day after it
    event.add("summary", plain(entry.title))
    if address is not None:
        event.add("url", address)
    event.add("categories", ["IOP", "Frist"])
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add("x-microsoft-cdo-busystatus", "FREE")
    event.add("status", "CONFIRMED")
    return event


def _moment(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def plain(text: str) -> str:
    """A text that no calendar program misreads: one line, no control characters, no backslash.

    Three programs take an escaped backslash before an n for a line break.
    """
    line = " ".join(text.split()).replace("\\", "/")
    kept = "".join(
        sign for sign in line if unicodedata.category(sign) not in _BARRED and sign not in _NO_SIGNS
    ).strip()
    return kept if len(kept) <= LONGEST else kept[: LONGEST - 1].rstrip() + "…"
