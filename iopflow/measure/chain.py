"""How a missed assessment goes on: no assessment, no vedtak, no IOP in use (domain 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from iopflow.indicators import BY_CODE
from iopflow.measure.calendar import known_schools
from iopflow.measure.delays import Waited, waited
from iopflow.schoolyear import Year

IN_USE = ("P4", "P5")  # of the year after: continuing pupils, and new ones
NO_VEDTAK = "uten_vedtak"


@dataclass(frozen=True, slots=True)
class Chain:
    """One school: the pupils missed in P1, those of them missed in P2, and what came of those.

    `stopped` had no vedtak when the school year began, `late_iop` had one but no IOP in time. Both
    are None until the year has begun, or while its skolerute is missing.
    """

    school_id: int
    assessment: tuple[Waited, ...]
    vedtak: tuple[Waited, ...]
    stopped: tuple[Waited, ...] | None
    late_iop: tuple[Waited, ...] | None

    def far(self) -> dict[int, str]:
        """How far it went with each pupil, by number."""
        links = ("assessment", "vedtak", "stopped", "late_iop")
        return {one.pupil_id: name for name in links for one in getattr(self, name) or ()}

    def counts(self) -> dict[str, int | None]:
        """How many there are of each."""
        return {
            "assessment": len(self.assessment),
            "vedtak": len(self.vedtak),
            "stopped": None if self.stopped is None else len(self.stopped),
            "late_iop": None if self.late_iop is None else len(self.late_iop),
        }


def chains(
    session: Session, *, schools: Sequence[int], year: Year, today: date, as_of: date | None = None
) -> list[Chain]:
    """The chain of each school, as it stands on `as_of` or today: P1 and P2 of the year, P4 and P5
    of the one after. A school that lacks a skolerute has nobody where the figure needs it.
    """
    day = as_of or today
    asked: dict[str, Any] = {"schools": schools, "today": today, "as_of": day}
    first, second = (
        [one for one in waited(session, BY_CODE[code], year=year, **asked) if one.missed]
        for code in ("P1", "P2")
    )
    later = {
        (one.school_id, one.pupil_id): one
        for code in IN_USE
        for one in waited(session, BY_CODE[code], year=year.next, **asked)
    }
    known = known_schools(session, year.next, schools)
    found = []
    for school_id in schools:
        assessment = tuple(one for one in first if one.school_id == school_id)
        pupils = {one.pupil_id for one in assessment}
        vedtak = tuple(
            one for one in second if one.school_id == school_id and one.pupil_id in pupils
        )
        starts = known[school_id].anchors["first"]
        begun = starts is not None and starts < day
        after = [(one, later.get((school_id, one.pupil_id))) for one in vedtak]
        found.append(
            Chain(
                school_id,
                assessment,
                vedtak,
                _those(after, lambda then: then.line["reason"] == NO_VEDTAK) if begun else None,
                _those(after, lambda then: then.missed) if begun else None,
            )
        )
    return found


def _those(after: Sequence[tuple[Waited, Waited | None]], holds: Any) -> tuple[Waited, ...]:
    return tuple(one for one, then in after if then is not None and holds(then))
