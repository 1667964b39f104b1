"""An export is a read that must be traceable: an event for each pupil, in its transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Act
from iopflow.models import School
from iopflow.texts import _


def note(
    session: Session, pupils: Iterable[tuple[int, int]], said: Mapping[str, Any], act: Act
) -> None:
    """Says on each pupil (number, owner) that the case was taken out, by whom and what for.

    `act.reason` is the purpose. Raises NotNow without one.
    """
    if not (act.reason or "").strip():
        raise NotNow(_("Skriv hva eksporten skal brukes til: --purpose."))
    ledger.note_exports(session, act, ((owner_id, pupil_id, said) for pupil_id, owner_id in pupils))


def note_school(session: Session, school: School, said: Mapping[str, Any], act: Act) -> None:
    """The same of a school, whose year was taken out."""
    ledger.note_exports(session, act, [(school.owner, None, {**said, "school": school.key})])
