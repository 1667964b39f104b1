"""Taking back that a year was opened: its tasks go, as long as nothing has happened in it."""

from typing import Any

from sqlalchemy import delete, exists, func, or_, select
from sqlmodel import Session, col

from iopflow.engine import ledger
from iopflow.engine.happenings import NotNow
from iopflow.engine.ledger import Act, Change
from iopflow.engine.opening import open_needed, untouched
from iopflow.models import (
    Assessment,
    Enrolment,
    School,
    SchoolYearRow,
    Scope,
    Telling,
    Vedtak,
    another,
    metadata,
)
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.texts import _


def close_year(session: Session, rules: Rules, year: Year, school: School, *, act: Act) -> int:
    """Takes the year's tasks at a school away and says it is not open. Returns how many went.

    Tasks that facts of a case speak of stay, as before a year is opened. Raises NotNow where
    something has been recorded in the year, a date has been agreed, or its figures are frozen.
    """
    task = metadata.tables["task"]
    row = session.execute(_rute(school, year)).first()
    if row is None or row.opened_at is None:
        raise NotNow(_("Skoleåret {year} er ikke åpnet.").format(year=year))
    why = obstacle(session, year, school)
    if why is not None:
        raise NotNow(why)
    ours = [task.c.school_id == school.id, task.c.year == year.start]
    gone = len(session.execute(delete(task).where(*ours).returning(task.c.id)).all())
    gone += _close_network(session, year, school)
    change = Change(row.id, {"opened_at": row.opened_at}, {"opened_at": None}, school.owner)
    ledger.update_rows(session, "school_year", [change], act)
    said = {"school": school.key, "year": str(year), "removed": gone}
    ledger.note_all(session, act, "task", [(school.owner, said)])
    pupils = list(session.execute(_spoken_of(year, school)).scalars())
    if pupils:
        answers = open_needed(
            session, rules, owner_id=school.owner, years=[year], act=act, pupil_ids=pupils
        )
        gone -= sum(one.added for one in answers if one.year == year)
    return gone


def obstacle(session: Session, year: Year, school: School) -> str | None:
    """Why the opening of a year can no longer be taken back; None where it can."""
    task = metadata.tables["task"]
    ours = [task.c.school_id == school.id, task.c.year == year.start]
    if session.execute(select(task.c.id).where(*ours, ~untouched(task)).limit(1)).first():
        return _(
            "Noe er ført i {year}, og åpningen kan ikke angres: rett det enkelte i stedet."
        ).format(year=year)
    if session.execute(select(task.c.id).where(*ours, task.c.moved.is_(True)).limit(1)).first():
        return _("Det er avtalt nye datoer i {year}, og åpningen kan ikke angres.").format(
            year=year
        )
    frozen = select(col(Telling.id)).where(
        col(Telling.school_id) == school.id, col(Telling.year) == year.start
    )
    if session.execute(frozen.limit(1)).first():
        return _("En telling i {year} er frosset, og åpningen kan ikke angres.").format(year=year)
    return None


def _rute(school: School, year: Year) -> Any:
    return select(col(SchoolYearRow.id), col(SchoolYearRow.opened_at)).where(
        col(SchoolYearRow.school_id) == school.id, col(SchoolYearRow.year) == year.start
    )


def _close_network(session: Session, year: Year, school: School) -> int:
    """The network's own tasks go with the last of its schools."""
    task, other, rute = metadata.tables["task"], another("school"), another("school_year")
    if school.network_id is None:
        return 0
    still = exists(
        select(other.c.id)
        .join(rute, rute.c.school_id == other.c.id)
        .where(
            other.c.network_id == school.network_id,
            other.c.id != school.id,
            rute.c.year == year.start,
            rute.c.opened_at.is_not(None),
        )
    )
    result = session.execute(
        delete(task)
        .where(
            task.c.scope == Scope.NETWORK,
            task.c.subject_id == school.network_id,
            task.c.year == year.start,
            task.c.moved.is_(False),
            untouched(task),
            ~still,
        )
        .returning(task.c.id)
    )
    return len(result.all())


def _spoken_of(year: Year, school: School) -> Any:
    """The pupils of the school for whom a fact of the case speaks of the year."""
    pupils = select(func.distinct(col(Enrolment.pupil_id))).where(
        col(Enrolment.school_id) == school.id,
        or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= year.on(8, 1)),
    )
    needs = select(col(Assessment.pupil_id)).where(col(Assessment.year) == year.start)
    decided = select(col(Vedtak.pupil_id)).where(col(Vedtak.year) == year.start)
    return pupils.where(
        or_(col(Enrolment.pupil_id).in_(needs), col(Enrolment.pupil_id).in_(decided))
    )
