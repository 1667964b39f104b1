"""What a person does to tasks: complete, reopen, not applicable, move.

Each function takes the tasks (already narrowed to what the person may see), refuses what law or
logic refuses with the missing thing named, warns of the rest, and writes through the ledger.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

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
)
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.talks import stands_on
from iopflow.models import Scope, What
from iopflow.queries.standing import TaskRow
from iopflow.texts import _, short_date
from iopflow.wheel import BINDING, Step

# What is said beside a step, also one whose facts have a table of their own.
BESIDE = frozenset({What.HELP_WANTED, What.DELAY})


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
    not_after_today(on, today)
    for task in tasks:
        by_hand(task)
        not_long_before(on, task)
        not_waived(task)
        still_here(task, on)
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
    done = record(session, tasks, _happening_word, on, act)
    done.warnings += [
        _("{step} for {subject}: vedtaket gjelder ikke i dag.").format(
            step=task.step.title.get(), subject=task.subject
        )
        for task in tasks
        if task.facts.suspended
    ]
    return done


def not_applicable(
    session: Session, tasks: Sequence[TaskRow], *, on: date, today: date, reason: str, act: Act
) -> Done:
    """Says that steps do not apply to a subject this year, with the reason."""
    not_after_today(on, today)
    if not reason.strip():
        raise NotNow(_("«Ikke aktuelt» trenger en begrunnelse: skriv --reason."))
    for task in tasks:
        by_hand(task)
        not_long_before(on, task)
        still_here(task, on)
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
    return record(session, tasks, lambda _step: What.NOT_APPLICABLE, on, act, reason=reason)


def help_wanted(
    session: Session, tasks: Sequence[TaskRow], *, on: date, today: date, act: Act
) -> Done:
    """Says that whoever holds the duty needs help with it: the head hears at once, and kindly."""
    not_after_today(on, today)
    for task in tasks:
        still_here(task, on)
        if task.facts.happened_on is not None or task.facts.not_applicable:
            raise NotNow(
                _("{step} for {subject} er avsluttet: det er ingenting å få hjelp til.").format(
                    step=task.step.title.get(), subject=task.subject
                )
            )
    return record(session, tasks, lambda _step: What.HELP_WANTED, on, act, reason=act.reason)


def reopen(
    session: Session,
    tasks: Sequence[TaskRow],
    *,
    reason: str,
    act: Act,
    what: What | None = None,
    on: date | None = None,
) -> Done:
    """Takes back what was recorded on steps, with a reason; the log keeps it.

    Without `what` it takes back done, held and not applicable; with it, that word only. `on` is the
    day of it, which must be said where a step has taken place on several days (P10).
    """
    if not reason.strip():
        raise NotNow(_("Å åpne igjen trenger en begrunnelse: skriv --reason."))
    done = Done()
    for task in tasks:
        if what not in BESIDE:
            by_hand(task)
        words = {What.DONE, What.HELD, What.NOT_APPLICABLE} if what is None else {what}
        rows = [
            row
            for row in happenings_of(session, task)
            if row["what"] in words and on in (None, row["on_day"])
        ]
        days = {row["on_day"] for row in rows if row["what"] == What.HELD}
        if len(days) > 1:
            raise NotNow(
                _("{step} for {subject} er holdt flere dager ({days}): skriv --on DATO.").format(
                    step=task.step.title.get(),
                    subject=task.subject,
                    days=", ".join(short_date(day) for day in sorted(days)),
                )
            )
        if what is What.DELAY and len(rows) > 1:
            raise NotNow(
                _("{step} for {subject} har flere årsaker ({days}): skriv --on DATO.").format(
                    step=task.step.title.get(),
                    subject=task.subject,
                    days=", ".join(short_date(row["on_day"]) for row in rows),
                )
            )
        if not rows:
            raise NotNow(
                _("{step} for {subject} har ingenting å ta tilbake.").format(
                    step=task.step.title.get(), subject=task.subject
                )
            )
        hanging = stands_on(session, task, rows)
        if hanging is not None:
            raise NotNow(
                _("{step} for {subject}: «{what}» bygger på dette; ta det tilbake først.").format(
                    step=task.step.title.get(), subject=task.subject, what=hanging
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
        if task.step.date_basis in BINDING:
            raise NotNow(
                _("{step}: fristen står i lov eller forskrift ({law}) og kan ikke flyttes.").format(
                    step=task.step.title.get(), law=task.step.law or "–"
                )
            )
        if task.facts.due is None:
            raise NotNow(_("{step} har ingen frist å flytte.").format(step=task.step.title.get()))
        if task.facts.happened_on is not None or task.facts.not_applicable:
            raise NotNow(
                _("{step} for {subject} er avsluttet: fristen kan ikke flyttes nå.").format(
                    step=task.step.title.get(), subject=task.subject
                )
            )
        end = task.year.on(7, 31)
        if due > end:
            raise NotNow(
                _("{step}: ny frist {due} er etter at skoleåret er slutt ({end}).").format(
                    step=task.step.title.get(), due=short_date(due), end=short_date(end)
                )
            )
        before = {"due": task.facts.due, "moved": task.moved}
        after: dict[str, Any] = {"due": due, "moved": True}
        if task.facts.opens is not None and due < task.facts.opens:
            raise NotNow(
                _("{step}: ny frist {due} er før steget åpner {opens}.").format(
                    step=task.step.title.get(),
                    due=short_date(due),
                    opens=short_date(task.facts.opens),
                )
            )
        pupil_id = task.subject_id if task.scope is Scope.PUPIL else None
        changes.append(Change(task.id, before, after, task.owner_id, pupil_id))
    return Done(changed=ledger.update_rows(session, "task", changes, act))


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


def _titles(keys: Sequence[str], titles: dict[str, str] | None) -> list[str]:
    return [(titles or {}).get(key, key) for key in keys]
