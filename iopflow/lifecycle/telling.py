"""Where the days of a case went, in one line: «skolen 40 · PPT 90 (21 etter fristen)»."""

from iopflow.lifecycle.running import Spent
from iopflow.texts import _, counted


def spent_words(clock: Spent, after: Spent | None = None) -> str:
    """The days by court, those after the limit in brackets, and pauses at the end.

    Days on which nobody was waited for stand last: before anything was registered, mostly.
    """
    rows = [
        (court.text.get(), days, after.by_court[court] if after is not None else 0)
        for court, days in clock.by_court.items()
    ]
    rows.append((_("ingen"), clock.resting, after.resting if after is not None else 0))
    told = " · ".join(_court(*row) for row in rows if row[1] or row[2])
    if clock.paused:
        told += "; " + counted(clock.paused, _("1 dag pause"), _("{n} dager pause"))
    return told


def _court(who: str, days: int, late: int) -> str:
    if late and not days:
        return _("{who} {late} etter fristen").format(who=who, late=late)
    if late:
        return _("{who} {n} ({late} etter fristen)").format(who=who, n=days, late=late)
    return f"{who} {days}"
