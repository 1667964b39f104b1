"""The cause of what is late or missing: said by whoever decides, with evidence, per pupil."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.happenings import (
    Done,
    NotNow,
    not_after_today,
    not_long_before,
    occasion,
    still_here,
)
from iopflow.engine.ledger import Act, Change
from iopflow.engine.references import reference
from iopflow.indicators import AGAINST, CAUSES
from iopflow.models import Scope, What, metadata
from iopflow.queries.prepared import among, read
from iopflow.queries.standing import TaskRow
from iopflow.refusals import Refused
from iopflow.status import Status
from iopflow.texts import _, counted, short_date
from iopflow.words import cause_word, talk_word

_KEPT = ("cause", "evidence", "reason")  # what a delay says
_Key = tuple[int, str, int]  # the year served, the step, the pupil


class Doubted(Refused):
    """A cause that what is registered speaks against: saved once somebody says that it holds.

    It says what speaks against it; how to say that one is sure, is for whoever shows it.
    """


def delay(
    session: Session,
    tasks: Sequence[TaskRow],
    *,
    cause: str,
    on: date,
    today: date,
    act: Act,
    evidence: str | None = None,
    reason: str | None = None,
    sure: bool = False,
) -> Done:
    """Says why steps of pupils are late or missing; before the limit, that they will be.

    There is one cause for each pupil, step, year and day: the same day again corrects it. Refuses
    (NotNow) a cause that is not one of `CAUSES`, a day to come, a class's or the school's step, and
    one that has not opened, is done in time, does not apply, or whose pupil has left. A cause that
    may justify does so only with evidence: without, it is kept, and the answer says so. Raises
    Doubted for one that a talk speaks against, unless whoever gives it is `sure`.
    """
    if cause not in CAUSES:
        raise NotNow(
            _("Årsaken «{cause}» finnes ikke: skriv en av {causes}.").format(
                cause=cause, causes=", ".join(CAUSES)
            )
        )
    not_after_today(on, today)
    evidence = reference(evidence) if evidence and evidence.strip() else None
    reason = (reason or "").strip() or None
    for task in tasks:
        _late_or_missing(task)
        not_long_before(on, task)
        still_here(task, on)
    doubt(tasks, cause, sure=sure)
    return _write(session, tasks, on, {"cause": cause, "evidence": evidence, "reason": reason}, act)


def may_have_cause(task: TaskRow) -> bool:
    """Whether a step is late or missing, or is open and may come to be."""
    return task.scope is Scope.PUPIL and _why_not(task) is None


def contradicted(tasks: Sequence[TaskRow], cause: str) -> list[TaskRow]:
    """The tasks of which something else is registered than the cause says."""
    against = AGAINST.get(cause)
    return [one for one in tasks if against is not None and one.said == against]


def doubt(tasks: Sequence[TaskRow], cause: str, *, sure: bool) -> None:
    """Raises Doubted for a cause that a talk speaks against, unless somebody is sure of it."""
    against = contradicted(tasks, cause)
    if not against or sure:
        return
    pupils = counted(len({one.subject_id for one in against}), _("{n} elev"), _("{n} elever"))
    raise Doubted(
        _(
            "Årsaken «{cause}» stemmer ikke med samtalen for {pupils}: der er det ført «{word}»."
        ).format(cause=cause_word(cause), pupils=pupils, word=talk_word(against[0].said or ""))
    )


def _late_or_missing(task: TaskRow) -> None:
    words = {"step": task.step.title.get(), "subject": task.subject}
    if task.scope is not Scope.PUPIL:
        raise NotNow(
            _("{step} gjelder ikke en elev: årsaker registreres for elever.").format(**words)
        )
    why = _why_not(task)
    if why is not None:
        opens = short_date(task.facts.opens) if task.facts.opens else ""
        raise NotNow(why.format(opens=opens, **words))


def _why_not(task: TaskRow) -> str | None:
    """Why a step needs no cause, as a sentence to fill in."""
    match task.status:
        case Status.DONE if not task.moved:  # a date agreed by hand moves no limit of a figure
            return _("{step} for {subject} er gjort i tide: da er det ingen årsak å registrere.")
        case Status.NOT_APPLICABLE:
            return _("{step} for {subject} står som «ikke aktuelt»: bruk «reopen» først.")
        case Status.CANCELLED:
            return _("{subject} har sluttet ved skolen: {step} mangler ikke lenger.")
        case Status.PLANNED:
            return _("{step} for {subject} åpner først {opens}: vent til da.")
        case _:
            return None


@cache
def _recorded() -> Select[Any]:
    table = metadata.tables["happening"]
    return select(*(table.c[name] for name in ("id", "year", "step", "subject_id", *_KEPT))).where(
        table.c.what == What.DELAY,
        table.c.scope == Scope.PUPIL,
        table.c.occasion == bindparam("occasion"),
        among(table.c.subject_id, "pupils"),
    )


def _write(
    session: Session, tasks: Sequence[TaskRow], on: date, said: Mapping[str, Any], act: Act
) -> Done:
    """Inserts what is new and changes what is another; what is not said again stands."""
    days = {occasion(task.step, What.DELAY, on) for task in tasks}
    pupils = sorted({task.subject_id for task in tasks})
    there: dict[_Key, Any] = {
        (row.year, row.step, row.subject_id): row
        for day in days
        for row in read(session, _recorded(), occasion=day, pupils=pupils)
    }
    received = {
        "recorded_on": ledger.day_of(act),
        "recorded_at": act.at,
        "by_id": act.actor_id,
    }
    done = Done()
    if CAUSES[said["cause"]] and not said["evidence"]:
        proven = {key for key, row in there.items() if row.evidence and row.cause == said["cause"]}
        without = [one for one in tasks if _key(one) not in proven]
        done.warnings += [_needs_evidence(one, said["cause"]) for one in without]
    new: list[dict[str, Any]] = []
    changes: list[Change] = []
    # A pupil at two schools has a task at each, and one cause.
    for key, task in {_key(task): task for task in tasks}.items():
        row = there.get(key)
        if row is None:
            new.append(
                {
                    "owner_id": task.owner_id,
                    "year": task.year.start,
                    "step": task.step.key,
                    "scope": Scope.PUPIL,
                    "subject_id": task.subject_id,
                    "what": What.DELAY,
                    "occasion": occasion(task.step, What.DELAY, on),
                    "on_day": on,
                    **said,
                    **received,
                }
            )
            continue
        after = {
            name: value
            for name, value in said.items()
            # Another cause brings evidence of its own; the same one keeps what is not said anew.
            if (value is not None or row.cause != said["cause"]) and value != getattr(row, name)
        }
        if after:
            before = {name: getattr(row, name) for name in after}
            changes.append(Change(row.id, before, after, task.owner_id, task.subject_id))
        else:
            done.unchanged += 1
    ledger.insert_rows(session, "happening", new, act)
    ledger.update_rows(session, "happening", changes, act)
    done.added = len(new)
    done.changed = len(new) + len(changes)
    return done


def _key(task: TaskRow) -> _Key:
    return task.year.start, task.step.key, task.subject_id


def _needs_evidence(task: TaskRow, cause: str) -> str:
    return _(
        "{subject}: «{cause}» rettferdiggjør ikke forsinkelsen uten en henvisning. Skriv hvor det "
        "står, for eksempel et arkivnummer (--evidence)."
    ).format(subject=task.subject, cause=cause_word(cause))
