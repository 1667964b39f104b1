"""What a person does to tasks: complete, reopen, not applicable, move, and the words of a talk.

Each function takes the tasks (already narrowed to what the person may see), refuses what law or
logic refuses with the missing thing named, warns of the rest, and writes through the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.models import Enrolment, Pupil, Scope, What, metadata
from iopflow.queries.standing import TaskRow
from iopflow.refusals import Refused
from iopflow.texts import _
from iopflow.wheel import Step

# The words of a talk and what each needs before it (contract: import tables).
NEEDS_INVITATION = frozenset({What.DECLINED, What.NO_REPLY})
TALK = (
    What.INVITED,
    What.HELD,
    What.DECLINED,
    What.NO_REPLY,
    What.CANCELLED,
    What.NOT_POSSIBLE,
)


@dataclass(slots=True)
class Done:
    """What an act changed, and what it wants to tell."""

    changed: int = 0
    unchanged: int = 0
    warnings: list[str] = field(default_factory=list)


class NotNow(Refused):
    """Law or logic refuses the act as things stand."""


def complete(
    session: Session,
    tasks: Sequence[TaskRow],
    *,
    on: date,
    today: date,
    act: Act,
    titles: dict[str, str] | None = None,
) -> Done:
    """Records that steps happened on a day. `held` for talks and meetings, `done` for the rest.

    Refuses (NotNow) a day after today, a step whose facts have a table of their own, a step that is
    not applicable, and one whose legal predecessor is missing; other predecessors give warnings.
    """
    _not_after_today(on, today)
    for task in tasks:
        _by_hand(task)
        _not_waived(task)
        if task.facts.waits_for:
            raise NotNow(
                _(
                    "{step} for {subject} kan ikke registreres: loven krever først {missing}."
                ).format(
                    step=task.step.title.get(),
                    subject=task.subject,
                    missing=", ".join(_titles(task.facts.waits_for, titles)),
                )
            )
    done = _record(session, tasks, _happening_word, on, act)
    done.warnings += [
        _("{step} for {subject}: vedtaket gjelder ikke i dag.").format(
            step=task.step.title.get(), subject=task.subject
        )
        for task in tasks
        if task.facts.suspended
    ]
    return done


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
    _not_after_today(on, today)
    for task in tasks:
        if task.step.happening != "held":
            raise NotNow(
                _("{step} er ikke en samtale eller et møte: bruk «iopflow complete».").format(
                    step=task.step.title.get()
                )
            )
        _by_hand(task)
        if what in NEEDS_INVITATION and not _invited(session, task, on):
            raise NotNow(
                _(
                    "{subject}: «{what}» trenger en invitasjon samme dag eller før; registrer "
                    "«talk invited» først."
                ).format(subject=task.subject, what=what.value)
            )
    return _record(session, tasks, lambda _step: what, on, act, reason=reason)


def not_applicable(
    session: Session, tasks: Sequence[TaskRow], *, on: date, today: date, reason: str, act: Act
) -> Done:
    """Says that steps do not apply to a subject this year, with the reason."""
    _not_after_today(on, today)
    if not reason.strip():
        raise NotNow(_("«Ikke aktuelt» trenger en begrunnelse: skriv --reason."))
    for task in tasks:
        _by_hand(task)
        if task.step.kind == "conversation":
            raise NotNow(
                _(
                    "{step}: en samtale kan ikke være «ikke aktuelt»; bruk «talk declined» eller "
                    "«talk not-possible»."
                ).format(step=task.step.title.get())
            )
        if task.facts.happened_on is not None:
            raise NotNow(
                _("{step} for {subject} er gjort: bruk «reopen» først.").format(
                    step=task.step.title.get(), subject=task.subject
                )
            )
    return _record(session, tasks, lambda _step: What.NOT_APPLICABLE, on, act, reason=reason)


def reopen(
    session: Session, tasks: Sequence[TaskRow], *, reason: str, act: Act, what: What | None = None
) -> Done:
    """Takes back what was recorded on steps, with a reason; the log keeps it.

    Without `what` it takes back done, held and not applicable; with it, that word only.
    """
    if not reason.strip():
        raise NotNow(_("Å åpne igjen trenger en begrunnelse: skriv --reason."))
    done = Done()
    for task in tasks:
        _by_hand(task)
        words = {What.DONE, What.HELD, What.NOT_APPLICABLE} if what is None else {what}
        rows = [row for row in _happenings(session, task) if row["what"] in words]
        if not rows:
            raise NotNow(
                _("{step} for {subject} har ingenting å ta tilbake.").format(
                    step=task.step.title.get(), subject=task.subject
                )
            )
        done.changed += ledger.delete_rows(
            session, "happening", [Gone(row["id"], row) for row in rows], act
        )
    return done


def move(session: Session, tasks: Sequence[TaskRow], *, due: date, reason: str, act: Act) -> Done:
    """Agrees another due day. A step's own limit, and the limits of the figures, never move."""
    if not reason.strip():
        raise NotNow(_("Å flytte en frist trenger en begrunnelse: skriv --reason."))
    changes = []
    for task in tasks:
        if task.step.date_basis == "law":
            raise NotNow(
                _("{step}: fristen står i lov eller forskrift ({law}) og kan ikke flyttes.").format(
                    step=task.step.title.get(), law=task.step.law or "–"
                )
            )
        if task.facts.due is None:
            raise NotNow(_("{step} har ingen frist å flytte.").format(step=task.step.title.get()))
        before = {"due": task.facts.due, "moved": task.moved}
        after: dict[str, Any] = {"due": due, "moved": True}
        if task.facts.opens is not None and due < task.facts.opens:
            raise NotNow(
                _("{step}: ny frist {due} er før steget åpner {opens}.").format(
                    step=task.step.title.get(), due=due, opens=task.facts.opens
                )
            )
        pupil_id = task.subject_id if task.scope is Scope.PUPIL else None
        changes.append(Change(task.id, before, after, task.owner_id, pupil_id))
    return Done(changed=ledger.update_rows(session, "task", changes, act))


def present(
    session: Session, meeting: TaskRow, pupils: Sequence[Pupil], *, on: date, today: date, act: Act
) -> Done:
    """Records which pupils were represented at a class's meeting held that day (P10)."""
    _not_after_today(on, today)
    if not any(
        row["what"] is What.HELD and row["on_day"] == on for row in _happenings(session, meeting)
    ):
        raise NotNow(
            _("{subject} har ikke noe {step} registrert {on}: registrer møtet først.").format(
                subject=meeting.subject, step=meeting.step.title.get().lower(), on=on
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
                    pupil=pupil.key, subject=meeting.subject, on=on
                )
            )
        rows.append((meeting, Scope.PUPIL, pupil.id))
    return _write(session, rows, lambda _step: What.PRESENT, on, act, None)


def waiting_warnings(tasks: Sequence[TaskRow], others: Sequence[TaskRow]) -> list[str]:
    """Predecessors that are not law and not done: worth a word, never a refusal.

    `others` are all tasks of the same subjects; a predecessor that the cycle lacks says nothing.
    """
    there = {(o.year, o.scope, o.subject_id, o.school_id, o.step.key): o for o in others}
    words = []
    for task in tasks:
        missing = []
        for keys, year in (
            (task.step.after, task.year),
            (task.step.after_previous, task.year.previous),
        ):
            found = [
                there[place]
                for key in keys
                if key not in task.step.hard
                and (place := (year, task.scope, task.subject_id, task.school_id, key)) in there
            ]
            not_done = [other for other in found if other.facts.happened_on is None]
            if found and (not task.step.any_of or len(not_done) == len(found)):
                missing += not_done
        if missing:
            words.append(
                _("{step} for {subject}: {missing} er ikke registrert ennå.").format(
                    step=task.step.title.get(),
                    subject=task.subject,
                    missing=", ".join(other.step.title.get() for other in missing),
                )
            )
    return words


def _happening_word(step: Step) -> What:
    return What(step.happening)


def _not_after_today(on: date, today: date) -> None:
    if on > today:
        raise NotNow(
            _("{on} er etter i dag ({today}): skriv dagen det skjedde.").format(on=on, today=today)
        )


def _by_hand(task: TaskRow) -> None:
    if task.step.fact is not None:
        command = task.step.fact.partition(".")[0]
        raise NotNow(
            _(
                "{step} følger av sakens egne opplysninger og krysses ikke av: "
                "bruk «iopflow {command}»."
            ).format(step=task.step.title.get(), command=command)
        )


def _not_waived(task: TaskRow) -> None:
    if task.facts.not_applicable:
        raise NotNow(
            _("{step} for {subject} står som «ikke aktuelt»: bruk «reopen» først.").format(
                step=task.step.title.get(), subject=task.subject
            )
        )


def _titles(keys: Sequence[str], titles: dict[str, str] | None) -> list[str]:
    return [(titles or {}).get(key, key) for key in keys]


def _invited(session: Session, task: TaskRow, on: date) -> bool:
    return any(
        row["what"] is What.INVITED and row["on_day"] <= on for row in _happenings(session, task)
    )


def _happenings(session: Session, task: TaskRow) -> list[dict[str, Any]]:
    table = metadata.tables["happening"]
    rows = session.execute(
        select(table).where(
            and_(
                table.c.year == task.year.start,
                table.c.scope == task.scope,
                table.c.subject_id == task.subject_id,
                table.c.step == task.step.key,
            )
        )
    )
    return [row._asdict() for row in rows]


def occasion(step: Step, what: What, on: date) -> str:
    """What sets happenings of one kind apart: nothing where it happens once, else the day."""
    once = what in {What.DONE, What.NOT_APPLICABLE} or (what is What.HELD and not step.many)
    return "" if once else on.isoformat()


def _record(
    session: Session,
    tasks: Sequence[TaskRow],
    word: Any,
    on: date,
    act: Act,
    reason: str | None = None,
) -> Done:
    rows = [(task, task.scope, task.subject_id) for task in tasks]
    return _write(session, rows, word, on, act, reason)


def _write(
    session: Session,
    rows: Sequence[tuple[TaskRow, Scope, int | None]],
    word: Any,
    on: date,
    act: Act,
    reason: str | None,
) -> Done:
    """Inserts what is new, changes the day of what is there, leaves what is the same."""
    done = Done()
    new: list[dict[str, Any]] = []
    changes: list[Change] = []
    table = metadata.tables["happening"]
    day = ledger.day_of(act)
    for task, scope, subject_id in rows:
        what = word(task.step)
        kind = occasion(task.step, what, on)
        there = session.execute(
            select(
                table.c.id, table.c.on_day, table.c.recorded_on, table.c.recorded_at, table.c.reason
            ).where(
                table.c.year == task.year.start,
                table.c.subject_id == subject_id,
                table.c.step == task.step.key,
                table.c.what == what,
                table.c.occasion == kind,
                table.c.scope == scope,
            )
        ).first()
        if there is None:
            new.append(
                {
                    "owner_id": task.owner_id,
                    "year": task.year.start,
                    "step": task.step.key,
                    "scope": scope,
                    "subject_id": subject_id,
                    "what": what,
                    "occasion": kind,
                    "on_day": on,
                    "recorded_on": day,
                    "recorded_at": act.at,
                    "by_id": act.actor_id,
                    "reason": reason,
                }
            )
        elif there.on_day != on or there.reason != reason:
            before = {
                "on_day": there.on_day,
                "recorded_on": there.recorded_on,
                "recorded_at": there.recorded_at,
                "reason": there.reason,
            }
            after = {"on_day": on, "recorded_on": day, "recorded_at": act.at, "reason": reason}
            pupil_id = subject_id if scope is Scope.PUPIL else None
            changes.append(Change(there.id, before, after, task.owner_id, pupil_id))
        else:
            done.unchanged += 1
    ledger.insert_rows(session, "happening", new, act)
    ledger.update_rows(session, "happening", changes, act)
    done.changed += len(new) + len(changes)
    return done
