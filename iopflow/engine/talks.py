"""The words of a talk and of a class's meeting: the ledger behind P7–P10."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlmodel import Session, col

from iopflow.engine import ledger
from iopflow.engine.happenings import (
    Done,
    NotNow,
    by_hand,
    happenings_of,
    not_after_today,
    not_long_before,
    not_waived,
    record,
    still_here,
    write,
)
from iopflow.engine.ledger import Act, Gone
from iopflow.models import Enrolment, Pupil, Scope, What, metadata
from iopflow.queries.standing import TaskRow
from iopflow.texts import _, short_date

# The words that need an invitation on the same day or before (contract: import tables).
NEEDS_INVITATION = frozenset({What.DECLINED, What.NO_REPLY})


def talk(
    session: Session,
    tasks: Sequence[TaskRow],
    what: What,
    *,
    on: date,
    today: date,
    act: Act,
    reason: str | None = None,
) -> Done:
    """Records a word of a talk: invited, held, declined, no reply, cancelled, not possible."""
    not_after_today(on, today)
    for task in tasks:
        if task.step.happening != "held":
            raise NotNow(
                _("{step} er ikke en samtale eller et møte: bruk «iopflow complete».").format(
                    step=task.step.title.get()
                )
            )
        by_hand(task)
        not_long_before(on, task)
        not_waived(task)
        still_here(task, on)
        if what in NEEDS_INVITATION and not _invited(session, task, on):
            raise NotNow(
                _(
                    "{subject}: «{what}» trenger en invitasjon samme dag eller før; registrer "
                    "«talk invited» først."
                ).format(subject=task.subject, what=what.value)
            )
    return record(session, tasks, lambda _step: what, on, act, reason=reason)


def uninvited(session: Session, tasks: Sequence[TaskRow], on: date) -> list[TaskRow]:
    """The talks that nobody had been invited to by a day."""
    return [task for task in tasks if not _invited(session, task, on)]


def present(
    session: Session, meeting: TaskRow, pupils: Sequence[Pupil], *, on: date, today: date, act: Act
) -> Done:
    """Records which pupils were represented at a class's meeting held that day (P10)."""
    not_after_today(on, today)
    if not any(
        row["what"] is What.HELD and row["on_day"] == on for row in happenings_of(session, meeting)
    ):
        raise NotNow(
            _("{subject} har ikke noe {step} registrert {on}: registrer møtet først.").format(
                subject=meeting.subject, step=meeting.step.title.get().lower(), on=short_date(on)
            )
        )
    rows = []
    for pupil in pupils:
        enrolled = session.execute(
            select(col(Enrolment.id)).where(
                col(Enrolment.pupil_id) == pupil.id,
                col(Enrolment.class_id) == meeting.subject_id,
                col(Enrolment.starts) <= on,
                or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= on),
            )
        ).first()
        if enrolled is None:
            raise NotNow(
                _("{pupil} gikk ikke i {subject} {on}.").format(
                    pupil=pupil.key, subject=meeting.subject, on=short_date(on)
                )
            )
        rows.append((meeting, Scope.PUPIL, pupil.id))
    return write(session, rows, lambda _step: What.PRESENT, on, act, None)


def absent(
    session: Session,
    meeting: TaskRow,
    pupils: Sequence[Pupil],
    *,
    on: date,
    reason: str,
    act: Act,
) -> Done:
    """Takes back that pupils were represented, with a reason; the log keeps it."""
    if not reason.strip():
        raise NotNow(_("Å trekke en registrering trenger en begrunnelse: skriv --reason."))
    table = metadata.tables["happening"]
    gone = []
    for pupil in pupils:
        row = session.execute(
            select(table).where(
                table.c.year == meeting.year.start,
                table.c.step == meeting.step.key,
                table.c.what == What.PRESENT,
                table.c.scope == Scope.PUPIL,
                table.c.subject_id == pupil.id,
                table.c.on_day == on,
            )
        ).first()
        if row is None:
            raise NotNow(
                _("{pupil} står ikke som representert {on}.").format(
                    pupil=pupil.key, on=short_date(on)
                )
            )
        gone.append(Gone(row.id, row._asdict()))
    return Done(changed=ledger.delete_rows(session, "happening", gone, act))


def stands_on(session: Session, task: TaskRow, gone: Sequence[dict[str, object]]) -> str | None:
    """What of a talk or meeting would hang in the air if rows were taken back; None if nothing.

    A decline stands on an invitation the same day or before, a presence on the class's meeting.
    """
    taken = {row["id"] for row in gone}
    left = [row for row in happenings_of(session, task) if row["id"] not in taken]
    invited = min((row["on_day"] for row in left if row["what"] is What.INVITED), default=date.max)
    for row in left:
        if row["what"] in NEEDS_INVITATION and row["on_day"] < invited:
            return str(row["what"].value)
    days = [row["on_day"] for row in gone if row["what"] is What.HELD]
    if not task.step.many or not days:
        return None
    table = metadata.tables["happening"]
    present = session.execute(
        select(table.c.id)
        .join(Enrolment, col(Enrolment.pupil_id) == table.c.subject_id)
        .where(
            table.c.year == task.year.start,
            table.c.step == task.step.key,
            table.c.what == What.PRESENT,
            table.c.on_day.in_(days),
            col(Enrolment.class_id) == task.subject_id,
            col(Enrolment.starts) <= table.c.on_day,
            or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= table.c.on_day),
        )
        .limit(1)
    ).first()
    return What.PRESENT.value if present is not None else None


def _invited(session: Session, task: TaskRow, on: date) -> bool:
    return any(
        row["what"] is What.INVITED and row["on_day"] <= on for row in happenings_of(session, task)
    )
