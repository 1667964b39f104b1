"""Where the days of a case went, in one line: «skolen 40 · PPT 90 (21 etter fristen)»."""

from iopflow.lifecycle.running import Spent
from iopflow.texts import _


def spent_words(clock: Spent, after: Spent | None = None) -> str:
    """The days by court, those after the limit in brackets, and pauses at the end."""
    parts = []
    for court, days in clock.by_court.items():
        late = after.by_court[court] if after is not None else 0
        if days or late:
            words = f"{court.text.get()} {days}"
            if late:
                words += _(" ({n} etter fristen)").format(n=late)
            parts.append(words)
    told = " · ".join(parts) or _("ingen dager")
    if clock.paused:
        told += _("; av dem {n} i opphold").format(n=clock.paused)
    return told
