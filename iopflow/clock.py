"""The only reader of the clock: everything below the edge is told what time it is."""

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The day it is in Norway at an aware moment: deadlines end at midnight in Europe/Oslo."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no day")
    return moment.astimezone(OSLO).date()


def local(moment: datetime) -> datetime:
    """An aware moment as Norwegian time."""
    return moment.astimezone(OSLO)


def parse_moment(text: str) -> datetime:
    """Reads an ISO date or date-time; without a zone it is Norwegian time. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=OSLO)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} lies outside the calendar") from error


def elapsed() -> float:
    """Seconds on a clock that nobody sets and that runs while the machine sleeps, where it can."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def pause(seconds: float) -> None:
    """Waits."""
    time.sleep(seconds)


def aware(moment: datetime) -> datetime:
    """A moment as it was meant: a database that keeps no zone gives UTC without saying so."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
