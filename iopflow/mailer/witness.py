"""The Message-IDs that have gone out, in a file outside the database.

A database restored from yesterday's copy does not know what was sent since; this does. It also
knows a mail that was taken by the mail server just before a crash. It holds no address and no name.
"""

import os
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from iopflow.settings import Settings

_READ_BACK = 4 * 1024 * 1024  # bytes from the end: tens of thousands of mails


class Witness:
    """A file of lines «moment Message-ID», only ever added to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = -1  # bytes read so far; below zero before the first look
        self._known: set[str] = set()

    @classmethod
    def of(cls, settings: Settings) -> "Witness | None":
        """Beside an SQLite database, or where IOPFLOW_SENT_LOG says; else there is none."""
        if settings.sent_log is not None:
            return cls(settings.sent_log)
        url = make_url(settings.database)
        if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
            return None
        return cls(Path(f"{url.database}.sent"))

    def __contains__(self, message_id: str) -> bool:
        self._refresh()
        return message_id in self._known

    def note(self, message_id: str, now: datetime) -> None:
        """Adds one line, on the disk before it returns. A file that cannot be written is no reason
        not to send: the database marks the mail as well.
        """
        self._known.add(message_id)
        try:
            with self._path.open("a", encoding="ascii") as file:
                file.write(f"{now:%Y-%m-%dT%H:%M:%SZ} {message_id}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            return

    def _refresh(self) -> None:
        """Reads what has been added since the last look. Raises OSError where that cannot be."""
        try:
            size = self._path.stat().st_size
            if size == self._read:
                return
            first = self._read < 0 or size < self._read
            with self._path.open("rb") as file:
                file.seek(max(0, size - _READ_BACK) if first else self._read)
                lines = file.read().decode("ascii", "replace").splitlines()
                self._read = file.tell()
        except FileNotFoundError:  # nothing has gone out yet
            return
        self._known |= {line.rpartition(" ")[2] for line in lines}
