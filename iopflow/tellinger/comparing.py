"""What a revision changed: the figures side by side, and which pupils have another result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from iopflow.models import School, metadata
from iopflow.schoolyear import Year
from iopflow.tellinger.countings import COUNTINGS
from iopflow.tellinger.reading import frozen


@dataclass(frozen=True, slots=True)
class Moved:
    """A pupil whose result is another: the id, and what it was and is (None: was not counted)."""

    pupil_id: int
    indicator: str
    part: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Two revisions of one indicator. `moved` are all of them, whoever asks: count, or narrow."""

    indicator: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    moved: tuple[Moved, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing that is shown is another."""
        names = ("numerator", "denominator", "done_late", "open", "unknown", "excluded")
        was = self.before or {}
        return not self.moved and all(was.get(name) == self.after.get(name) for name in names)

    @property
    def redefined(self) -> bool:
        """Whether the two count by different definitions."""
        return self.before is not None and self.before["definition"] != self.after["definition"]


def compare(
    session: Session, school: School, year: Year, counted: str, revision: int
) -> list[Compared]:
    """A revision beside the one before it, by indicator; nothing where there is none before."""
    entries = {
        (one["indicator"], one["revision"]): one
        for one in frozen(session, schools=[school.number], year=year, revision="all")
        if one["counted"] == counted
    }
    if revision <= 1 or not any(n == revision for _code, n in entries):
        return []
    was, now = (_results(session, school, year, counted, n) for n in (revision - 1, revision))
    return [
        Compared(
            code,
            entries.get((code, revision - 1)),
            entries[code, revision],
            tuple(_moved(code, was, now)),
        )
        for code in COUNTINGS[counted].indicators
        if (code, revision) in entries
    ]


_Key = tuple[str, str, int]  # indicator, its part, pupil


def _moved(
    code: str, was: Mapping[_Key, list[str]], now: Mapping[_Key, list[str]]
) -> Iterable[Moved]:
    for key in sorted({*was, *now}):
        if key[0] != code or was.get(key) == now.get(key):
            continue
        before, after = was.get(key, []), now.get(key, [])
        # A pupil has a line for each meeting; what is the same in both says nothing.
        left, come = _without(before, after), _without(after, before)
        for place in range(max(len(left), len(come))):
            yield Moved(
                key[2],
                code,
                key[1],
                left[place] if place < len(left) else None,
                come[place] if place < len(come) else None,
            )


def _without(some: Iterable[str], others: Iterable[str]) -> list[str]:
    rest = list(others)
    kept = []
    for one in some:
        if one in rest:
            rest.remove(one)
        else:
            kept.append(one)
    return kept


def _results(
    session: Session, school: School, year: Year, counted: str, revision: int
) -> dict[_Key, list[str]]:
    telling, line = metadata.tables["telling"], metadata.tables["telling_pupil"]
    rows = session.execute(
        select(line.c.indicator, line.c.part, line.c.pupil_id, line.c.result)
        .join(telling, telling.c.id == line.c.telling_id)
        .where(
            telling.c.school_id == school.number,
            telling.c.year == year.start,
            telling.c.counted == counted,
            telling.c.revision == revision,
        )
        .order_by(line.c.result)
    )
    found: dict[_Key, list[str]] = {}
    for row in rows:
        found.setdefault((row.indicator, row.part, row.pupil_id), []).append(row.result)
    return found


def named(
    session: Session, pupils: Iterable[int], visible: ColumnElement[bool]
) -> Mapping[int, str]:
    """The names of those of the pupils whom somebody may see, by SQL over pupil.id."""
    pupil = metadata.tables["pupil"]
    asked = sorted(set(pupils))
    if not asked:
        return {}
    rows = session.execute(select(pupil.c.id, pupil.c.name).where(pupil.c.id.in_(asked), visible))
    return {row.id: row.name for row in rows}
