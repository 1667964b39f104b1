"""Whether the machine's clock runs as time does, seen from inside one running process.

A clock that jumps forward by more than a day would send what is not due for long, and a mail cannot
be taken back. (One that is set back is seen in the database: `pulse.is_set_back`. After a machine
has been down nobody can tell the two apart, and the rules for coming back hold.)
"""

from datetime import datetime, timedelta

FORWARD = timedelta(hours=25)


class Watch:
    """Compares the wall clock with one that nobody sets (`clock.elapsed`)."""

    def __init__(self) -> None:
        self._base: tuple[datetime, float] | None = None

    def holds(self, now: datetime, elapsed: float, resumed: datetime | None) -> bool:
        """Whether to wait for a person: the clock has jumped and nobody has said it is right.

        `resumed` is when somebody last did. It ends by itself when the clock goes back to where it
        should be.
        """
        if self._base is None:
            self._base = (now, elapsed)
            return False
        then, at = self._base
        jump = (now - then) - timedelta(seconds=elapsed - at)
        if jump > FORWARD and not (resumed is not None and resumed > now - jump + FORWARD):
            return True
        self._base = (now, elapsed)
        return False
