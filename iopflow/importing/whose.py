"""Which pupil a row of a list is about: by its id, else by name among those of the school."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from iopflow.importing.listed import Directory, Listed, Stay, folded
from iopflow.importing.listline import Line

# Ids of ours, where a list has none.
_OURS = "elev-"
# How surely a row is about a pupil of the same name, the surest first.
_LIKE = ("start and class", "start", "end", "class", "now", "nowhere")


def find_pupils(lines: Sequence[Line], directory: Directory, today: date) -> None:
    """Whom each row is about: by its id, else by name among those of the school."""
    schools = {line.school for line in lines if line.school}
    listed = directory.pupils(schools)
    for line in lines:
        line.key = line.said("elev_id") or ""
        line.pupil = listed.get(line.key)
    said = {line.key for line in lines}
    free = {key: one for key, one in listed.items() if key not in said}
    named: dict[str, dict[str, Listed]] = defaultdict(dict)
    for key in sorted(free, key=_in_order):
        named[folded(free[key].name)][key] = free[key]
    # The surest first, so that a namesake does not take the place of somebody.
    for likeness in _LIKE:
        for line in lines:
            if line.key or not line.name or not line.school:
                continue
            same = named.get(folded(line.name), {})
            found = (one for one in same.values() if _may_be(line, one, likeness, today))
            line.pupil = next(found, None)
            if line.pupil is not None:
                line.key = line.pupil.key
                del same[line.key]
    _number(lines, directory)


def _may_be(line: Line, pupil: Listed, likeness: str, today: date) -> bool:
    month = line.said("fødselsmåned")
    if month and pupil.month and month != pupil.month:
        return False
    if likeness == "nowhere":
        return not pupil.stays
    return any(_alike(line, stay, likeness, today) for stay in pupil.at(line.school))


def _alike(line: Line, stay: Stay, likeness: str, today: date) -> bool:
    if likeness == "start and class":
        return line.said("fra") == stay.starts and line.unit == stay.unit
    if likeness == "start":
        return bool(line.said("fra") == stay.starts)
    if likeness == "end":
        return stay.ends is not None and line.said("til") == stay.ends
    if stay.last < today:
        return False
    return likeness == "now" or line.unit == stay.unit


def _number(lines: Sequence[Line], directory: Directory) -> None:
    """New ids, in the order of the file, that say nothing of whom they are."""
    taken = {line.key for line in lines} | directory.pupil_keys
    last = max((_in_order(key) for key in taken if _is_ours(key)), default=(0, ""))[0]
    for line in lines:
        if not line.key and not line.faults:
            last += 1
            line.key = f"{_OURS}{last}"


def _is_ours(key: str) -> bool:
    return key.startswith(_OURS) and key.removeprefix(_OURS).isdecimal()


def _in_order(key: str) -> tuple[int, str]:
    """Ids of ours by number, after all others."""
    return (int(key.removeprefix(_OURS)), "") if _is_ours(key) else (0, key)
