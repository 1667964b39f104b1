"""How the talks that were missed ended: beside whose turn it was, so that neither hides the other.

That guardians declined is registered on the talk, and is no cause of a delay until somebody says
so: a table of courts and causes alone would read as if nobody knew, and as if the school was idle.
"""

from collections import Counter
from collections.abc import Mapping

from iopflow.measure import Waited
from iopflow.measure.delays import NOBODY
from iopflow.models import School
from iopflow.queries.figure_values import leads
from iopflow.queries.masking import is_few
from iopflow.texts import _
from iopflow.web.page import Page

EVERY = ""  # the key of all courts together


def ended(page: Page, school: School, pupils: Mapping[str, Waited]) -> dict[str, str]:
    """How the missed talks ended, in words: of all, and by the court they are counted under.

    Where a part is of one to four pupils it is told to those alone who lead the school.
    """
    found: dict[str, Counter[str]] = {}
    for one in pupils.values():
        if one.missed:
            court = one.court.value if one.court is not None else NOBODY
            reason = one.line["reason"] or ""
            for key in (EVERY, court):
                found.setdefault(key, Counter())[reason] += 1
    whole = leads(page.who, school)
    parts = [n for counts in found.values() for n in counts.values()]
    if not whole and any(is_few(n) for n in parts):
        return {}
    return {key: words for key, counts in found.items() if (words := _words(counts))}


def _words(counts: Mapping[str, int]) -> str:
    said = {
        "declined": _("{n} takket nei"),
        "no_reply": _("{n} svarte ikke"),
        "cancelled": _("{n} ble avlyst"),
        "not_invited": _("{n} ikke invitert"),
        "held": _("{n} holdt etter fristen"),
    }
    return ", ".join(words.format(n=counts[key]) for key, words in said.items() if counts.get(key))
