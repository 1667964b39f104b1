"""What people type, read kindly: days as Norwegians write them, and numbers of tasks."""

import re
from collections.abc import Iterable
from datetime import date

from iopflow.refusals import Refused
from iopflow.texts import _, short_date

_SHORT = re.compile(r"(\d{1,2})[.\s/-]?(\d{1,2})[.\s/-]?(\d{4}|\d{2})")
_DIGITS = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})")
_TODAY = frozenset({"", "i dag", "idag", "today"})
_LARGEST = 2**63 - 1


class Unclear(Refused):
    """Something typed that cannot be read; the message says how to write it."""


def day(typed: str, today: date) -> date:
    """A day such as 4.5.26, 04.05.2026, 040526, 2026-05-04 or «i dag». Raises Unclear."""
    text = typed.strip().lower()
    if text in _TODAY:
        return today
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    found = (_DIGITS if text.isdecimal() else _SHORT).fullmatch(text)
    if found is not None:
        number, month, year = (int(part) for part in found.groups())
        try:
            return date(year + 2000 if year < 100 else year, month, number)
        except ValueError:
            pass
    raise Unclear(
        _("«{typed}» er ingen dato: skriv som {example}.").format(
            typed=typed[:40], example=short_date(today)
        )
    )


def numbers(words: Iterable[str]) -> list[int]:
    """The task numbers of a form, each once. Raises Unclear."""
    found = []
    for word in words:
        if not word.isdecimal() or int(word) > _LARGEST:
            raise Unclear(_("Skjemaet kunne ikke leses: åpne siden på nytt og prøv igjen."))
        found.append(int(word))
    return list(dict.fromkeys(found))
