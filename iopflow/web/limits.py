"""How often somebody may ask: counted in memory, by each process for itself."""

from collections import OrderedDict
from datetime import datetime, timedelta

_KNOWN = 20_000  # those who asked longest ago are forgotten


class Limit:
    """So many within a time, counted from the first of them."""

    def __init__(self, most: int, within: timedelta) -> None:
        self._most, self._within = most, within
        self._counts: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def wait(self, who: str, *, now: datetime) -> int:
        """Counts one more. Returns the seconds to wait where it was one too many, else 0."""
        since, count = self._counts.pop(who, (now, 0))
        if not since <= now < since + self._within:
            since, count = now, 0
        self._counts[who] = (since, count + 1)
        if len(self._counts) > _KNOWN:
            self._counts.popitem(last=False)
        if count < self._most:
            return 0
        return max(1, int((since + self._within - now).total_seconds()))
