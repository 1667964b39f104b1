"""What an act in a case does to its course: refused, or told, by the rules that it goes against."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Act
from iopflow.lifecycle import Course, Irregular
from iopflow.queries.courses import Histories
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.engine.cases import Case


@contextmanager
def lawful(session: Session, case: "Case", *, today: date) -> Iterator[list[str]]:
    """What is written in the block must be lawful: else it is undone, and NotNow says why.

    Refused is what itself goes against a rule. What it makes irregular of what was registered
    before is only told, since it may be the truth: the list holds those sentences afterwards.
    """
    told: list[str] = []
    before = courses_of(session, case, today)
    with session.begin_nested():
        yield told
        there = {(course.year, event) for course in before for event in course.events}
        shown = _shown(session, case, today)
        refused = []
        for course, one in _new(before, courses_of(session, case, today)):
            # A row that was changed is new as well: its fact is another.
            is_new = (course.year, one.event) not in there
            words = one.words if shown is None or one.words in shown else _beyond()
            if is_new or one.rule.key == "overlapp":
                refused.append(words)
            elif words == one.words:
                told.append(words)
        if refused:
            raise NotNow(" ".join(dict.fromkeys(refused)))


def newly_irregular(before: Iterable[Course], after: Iterable[Course]) -> list[str]:
    """The sentences of what goes against a rule now and did not before."""
    return [one.words for _course, one in _new(before, after)]


def told_of(session: Session, case: "Case", before: Iterable[Course], act: Act) -> list[str]:
    """The same after an act, as far as whoever acts may read it."""
    today = ledger.day_of(act)
    found = newly_irregular(before, courses_of(session, case, today))
    shown = _shown(session, case, today)
    return [words for words in found if shown is None or words in shown]


def courses_of(session: Session, case: "Case", today: date) -> list[Course]:
    """All cases of the pupil, as they stand in the transaction."""
    return Histories(session, [case.pupil.number]).courses(case.pupil.number, until=today)


def _new(before: Iterable[Course], after: Iterable[Course]) -> Iterator[tuple[Course, Irregular]]:
    known = {
        (course.year, one.event.key, one.words) for course in before for one in course.irregular
    }
    for course in after:
        for one in course.irregular:
            if (course.year, one.event.key, one.words) not in known:
                yield course, one


def _shown(session: Session, case: "Case", today: date) -> set[str] | None:
    """The sentences that one may read who sees only the road to the assessment; None for all."""
    if not case.road_only:
        return None
    histories = Histories(session, [case.pupil.number])
    courses = histories.courses(case.pupil.number, until=today, assessment_only=True)
    return {one.words for course in courses for one in course.irregular}


def _beyond() -> str:
    return _("Saken er kommet videre hos skolen: ta kontakt med skolen før dette registreres.")
