"""What people type, read kindly: days as Norwegians write them, and numbers of tasks."""

import re
from collections.abc import Iterable
from datetime import date

from iopflow.bounds import FIRST_DAY, LARGEST, LAST_DAY
from iopflow.refusals import Refused
from iopflow.texts import _, short_date

_SHORT = re.compile(r"(\d{1,2})[.\s/-]\s?(\d{1,2})[.\s/-]\s?(\d{4}|\d{2})\.?")
_YEARLESS = re.compile(r"\d{1,2}[.\s/-]\s?\d{1,2}\.?")
_DIGITS = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})")
_NUMBER = re.compile(r"[0-9]{1,10}")
_EVENTS = re.compile(r"([0-9]{1,10})-([0-9]{1,10})")
MOST_EVENTS = 5_000  # of one act
_TODAY = frozenset({"", "i dag", "idag", "today"})


class Unclear(Refused):
    """Something typed that cannot be read; the message says how to write it."""


def day(typed: str, today: date) -> date:
    """A day such as 4.5.26, 04.05.2026, 040526, 2026-05-04 or «i dag». Raises Unclear."""
    text = typed.strip().lower()
    if text in _TODAY:
        return today
    found = _read(text)
    if _YEARLESS.fullmatch(text):
        raise Unclear(
            _("«{typed}» mangler årstallet: skriv som {example}.").format(
                typed=typed[:40], example=short_date(today)
            )
        )
    if found is None or not FIRST_DAY <= found <= LAST_DAY:
        raise Unclear(
            _("«{typed}» er ingen dato: skriv som {example}.").format(
                typed=typed[:40], example=short_date(today)
            )
        )
    return found


def numbers(words: Iterable[str]) -> list[int]:
    """The task numbers of a form, each once. Raises Unclear."""
    given = list(words)
    found = known_numbers(given)
    if len(found) != len(dict.fromkeys(given)):
        raise Unclear(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))
    return found


def events(word: str) -> range | None:
    """The events of one act, as its undo names them: first-last. None where it is no such word."""
    found = _EVENTS.fullmatch(word)
    if found is None:
        return None
    first, last = int(found[1]), int(found[2])
    return range(first, last + 1) if last - first <= MOST_EVENTS and last <= LARGEST else None


def known_numbers(words: Iterable[str]) -> list[int]:
    """Those of the words that can be the number of something, each once."""
    found = [int(word) for word in words if _NUMBER.fullmatch(word)]
    return [number for number in dict.fromkeys(found) if number <= LARGEST]


def _read(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    found = (_DIGITS if text.isdecimal() else _SHORT).fullmatch(text)
    if found is None:
        return None
    number, month, year = (int(part) for part in found.groups())
    try:
        return date(year + 2000 if year < 100 else year, month, number)
    except ValueError:
        return None
