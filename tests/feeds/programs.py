"""Two more readers, which are not written in Python: ical.js (Thunderbird) and libical (GNOME)."""

import base64
import ctypes
import ctypes.util
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

from tests.feeds.readers import Read

_DAY = timedelta(days=1)
_VEVENT = 4  # ICAL_VEVENT_COMPONENT


def missing() -> list[str]:
    """What the two need and this machine lacks."""
    found = {"node": shutil.which("node"), "libical3": ctypes.util.find_library("ical")}
    return [name for name, there in found.items() if there is None]


class IcalJs:
    """One process that reads file after file."""

    def __init__(self, asks: IO[str], answers: IO[str]) -> None:
        self._asks, self._answers = asks, answers

    def __call__(self, written: bytes) -> list[Read]:
        """The events of a file. Raises ValueError where the program refuses it."""
        self._asks.write(base64.b64encode(written).decode() + "\n")
        self._asks.flush()
        answer = json.loads(self._answers.readline())
        if isinstance(answer, str):
            raise ValueError(answer)
        return sorted(
            Read(date.fromisoformat(first), date.fromisoformat(end) - _DAY, title, uid)
            for first, end, title, uid in answer
        )


@contextmanager
def icaljs() -> Iterator[IcalJs]:
    """The reader, while it is needed."""
    program = Path(__file__).with_name("icaljs.cjs")
    with subprocess.Popen(
        ["node", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a pipe was asked for")
        yield IcalJs(process.stdin, process.stdout)
        process.stdin.close()


class _Time(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    )

    @property
    def whole_day(self) -> date:
        if not self.is_date:
            raise ValueError("not a whole day")
        return date(self.year, self.month, self.day)


class Libical:
    """The library; it also checks the file against the tables of RFC 5545 and RFC 5546."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(ctypes.util.find_library("ical"))
        for name, result in {
            "icalparser_parse_string": ctypes.c_void_p,
            "icalcomponent_get_first_component": ctypes.c_void_p,
            "icalcomponent_get_next_component": ctypes.c_void_p,
            "icalcomponent_get_summary": ctypes.c_char_p,
            "icalcomponent_get_uid": ctypes.c_char_p,
            "icalcomponent_get_dtstart": _Time,
            "icalcomponent_get_dtend": _Time,
        }.items():
            getattr(self._lib, name).restype = result

    def __call__(self, written: bytes) -> list[Read]:
        """The events of a file. Raises ValueError where the library finds a fault in it."""
        whole = ctypes.c_void_p(self._lib.icalparser_parse_string(ctypes.c_char_p(written)))
        if not whole.value:
            raise ValueError("no calendar")
        try:
            if not self._lib.icalrestriction_check(whole):
                raise ValueError("against the tables of the standard")
            if self._lib.icalcomponent_count_errors(whole):
                raise ValueError("lines that it cannot read")
            return sorted(self._read(one) for one in self._events(whole))
        finally:
            self._lib.icalcomponent_free(whole)

    def _events(self, whole: Any) -> Iterator[Any]:
        one = self._lib.icalcomponent_get_first_component(whole, _VEVENT)
        while one:
            yield ctypes.c_void_p(one)
            one = self._lib.icalcomponent_get_next_component(whole, _VEVENT)

    def _read(self, event: Any) -> Read:
        title = self._lib.icalcomponent_get_summary(event) or b""
        uid = self._lib.icalcomponent_get_uid(event) or b""
        return Read(
            self._lib.icalcomponent_get_dtstart(event).whole_day,
            self._lib.icalcomponent_get_dtend(event).whole_day - _DAY,
            title.decode(),
            uid.decode(),
        )
