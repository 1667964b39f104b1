"""A pupil leaves a school: the enrolment gets its last day. Nothing is deleted."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change
from iopflow.models import Enrolment, Pupil
from iopflow.refusals import Refused
from iopflow.texts import _, short_date


def end_enrolments(session: Session, last_days: Mapping[int, date], act: Act) -> int:
    """Gives enrolments (by number) their last day. Returns how many were changed.

    What is already so is left alone. Raises Refused for a day before the pupil began, and where the
    enrolment has got another last day meanwhile.
    """
    rows = session.execute(
        select(col(Enrolment.id), Enrolment, col(Pupil.key))
        .join(Pupil, col(Pupil.id) == col(Enrolment.pupil_id))
        .where(col(Enrolment.id).in_(list(last_days)))
        .order_by(col(Enrolment.id))
    )
    changes = []
    for number, stay, key in rows:
        day = last_days[number]
        if stay.ends == day:
            continue
        refuse_last_day(stay.starts, day)
        if stay.ends is not None and stay.ends < day:
            raise Refused(
                _("{pupil} har alt siste dag {day}: se over på nytt.").format(
                    pupil=key, day=short_date(stay.ends)
                )
            )
        changes.append(
            Change(number, {"ends": stay.ends}, {"ends": day}, stay.owner, stay.pupil_id)
        )
    return ledger.update_rows(session, "enrolment", changes, act)


def refuse_last_day(starts: date, day: date) -> None:
    """Raises Refused for a last day before the first."""
    if day < starts:
        raise Refused(
            _("Eleven begynte {day}: skriv en dag etter det.").format(day=short_date(starts))
        )
