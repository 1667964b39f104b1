"""Everything that is looked at, as one list."""

from collections.abc import Iterator

from iopflow.doctor import calendar, duties, entering, needs, post, reading, running, wheels
from iopflow.doctor.findings import Check, Examined, Finding, Severity

CHECKS: tuple[Check, ...] = (
    Check("schools", calendar.schools, whole=True),
    Check("wheel", wheels.readable),
    Check("rule", wheels.rules),
    Check("skolerute", calendar.skoleruter),
    Check("opened", calendar.opened),
    Check("live", calendar.live),
    Check("responsible", duties.responsible),
    Check("address", duties.addresses),
    Check("reminder", calendar.reminders),
    Check("needs", needs.decided),
    Check("readings", reading.many),
    Check("mail-settings", post.settled, whole=True),
    Check("mail-server", post.server, whole=True, slow=True),
    Check("mail-folder", post.folder, whole=True),
    Check("undelivered", post.undelivered),
    Check("waiting", post.waiting, whole=True),
    Check("clock", running.clock, whole=True),
    Check("time-zone", running.time_zone, whole=True),
    Check("backup", running.backup, whole=True),
    Check("database", running.database, whole=True, slow=True),
    Check("disk", running.disk, whole=True),
    Check("log-in", entering.ways, whole=True),
    Check("monitor", running.monitor, whole=True),
)


def examine(on: Examined, *, quick: bool = False) -> Iterator[Finding]:
    """The findings, what does not work first. `quick` leaves out what takes time."""
    found = [
        finding
        for check in CHECKS
        if (on.whole or not check.whole) and not (quick and check.slow)
        for finding in check.look(on)
    ]
    yield from sorted(found, key=lambda one: list(Severity).index(one.severity))
