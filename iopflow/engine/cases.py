"""Registering the facts of a case: need, assessment, consent, vedtak (opplæringslova § 11-7).

The tasks of these steps follow from the facts. Registering the same key again is a correction; a
wrong row is withdrawn with a reason. Both leave an event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session, col

from iopflow.engine import ledger
from iopflow.engine.happenings import Done, NotNow
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.opening import open_needed
from iopflow.facts import CaseFacts, stands
from iopflow.models import (
    Answer,
    ConsentKind,
    Enrolment,
    Outcome,
    Pupil,
    School,
    SchoolYearRow,
    metadata,
)
from iopflow.queries.cases import cases_of
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date
from iopflow.wheel import Step


@dataclass(frozen=True, slots=True)
class Case:
    """One pupil's case for the year served, as the acts below need it."""

    pupil: Pupil
    year: Year
    facts: CaseFacts
    steps: Mapping[str, Step]
    first_day: date | None
    rules: Rules


def case_of(session: Session, rules: Rules, pupil: Pupil, year: Year) -> Case:
    """Reads a pupil's case, with the wheel of the school where the pupil is, or will be."""
    stays = session.execute(
        select(School, col(SchoolYearRow.first_day), col(Enrolment.starts))
        .join(Enrolment, col(Enrolment.school_id) == col(School.id))
        .outerjoin(
            SchoolYearRow,
            (col(SchoolYearRow.school_id) == col(School.id))
            & (col(SchoolYearRow.year) == year.start),
        )
        .where(col(Enrolment.pupil_id) == pupil.id)
        .order_by(col(Enrolment.starts))
    ).all()
    # The latest stay that begins before the year is over, else the first one after it.
    begun = [stay for stay in stays if stay.starts <= year.on(7, 31)]
    row = begun[-1] if begun else next(iter(stays), None)
    if row is None:
        raise NotNow(
            _("{pupil} er ikke innskrevet ved noen skole: importer enrolments.csv først.").format(
                pupil=pupil.key
            )
        )
    school, first_day, _starts = row
    facts = cases_of(session, [pupil.number]).get(pupil.number, CaseFacts())
    return Case(pupil, year, facts, rules.steps(school), first_day, rules)


def need(session: Session, rules: Rules, case: Case, *, since: date, today: date, act: Act) -> Done:
    """A new or renewed assessment is needed for the year, known since a day."""
    _not_after_today("--since", since, today)
    done = _put(session, "assessment", case, {}, {"needed_since": since}, "needed_since", act)
    return _follow(session, rules, case, done, act)


def assessment(
    session: Session,
    rules: Rules,
    case: Case,
    values: Mapping[str, date | None],
    *,
    today: date,
    act: Act,
) -> Done:
    """Days in the life of an assessment: referred_on, complete_on, received_on, valid_to.

    Refuses (NotNow) without a registered need, and to receive one without consent (§ 11-7).
    """
    for name in ("referred_on", "complete_on", "received_on"):
        day = values.get(name)
        if day is not None:
            _not_after_today(name, day, today)
    if not any(row.year == case.year.start for row in case.facts.assessments):
        raise NotNow(
            _(
                "Behovet for {year} er ikke registrert: bruk «iopflow need {pupil} --year {year}»."
            ).format(year=case.year, pupil=case.pupil.key)
        )
    for name in ("referred_on", "received_on"):
        if values.get(name) is not None:
            _guard(case, f"assessment.{name}")
    changed = {name: day for name, day in values.items() if day is not None}
    there = next(row for row in case.facts.assessments if row.year == case.year.start)
    merged = {name: changed.get(name) or getattr(there, name) for name in DELIVERED}
    _in_order(merged["referred_on"], merged["complete_on"], "--referred", "--complete")
    _in_order(merged["referred_on"], merged["received_on"], "--referred", "--received")
    _in_order(merged["received_on"], merged["valid_to"], "--received", "--valid-to")
    deciding = "received_on" if "received_on" in changed else None
    done = _put(session, "assessment", case, {}, changed, deciding, act)
    done.added = 0 if any(getattr(there, name) for name in DELIVERED) else done.changed
    answer = case.facts.answer(ConsentKind.UTREDNING.value, case.year.start)
    if "referred_on" in changed and (answer is None or not answer.given):
        done.warnings.append(
            _("Samtykke til utredning er ikke registrert; PPT kan ikke utrede før det er gitt.")
        )
    return _follow(session, rules, case, done, act)


def consent(
    session: Session,
    rules: Rules,
    case: Case,
    *,
    kind: ConsentKind,
    answer: Answer,
    on: date,
    today: date,
    act: Act,
) -> Done:
    """An answer to a request for consent; the latest one stands."""
    _not_after_today("--on", on, today)
    if answer is Answer.WITHDRAWN and not any(
        row.kind == kind and row.year == case.year.start and row.given
        for row in case.facts.consents
    ):
        raise NotNow(_("Et samtykke må være gitt før det kan trekkes: registrer «given» først."))
    key = {"kind": kind, "on_day": on}
    done = _put(session, "consent", case, key, {"answer": answer}, "answer", act)
    return _follow(session, rules, case, done, act)


def vedtak(
    session: Session,
    rules: Rules,
    case: Case,
    values: Mapping[str, Any],
    *,
    decided: date,
    outcome: Outcome,
    today: date,
    act: Act,
) -> Done:
    """A decision. Refuses without an assessment, and to grant without consent (§ 11-7)."""
    _not_after_today("--decided", decided, today)
    valid_from, valid_to = values.get("valid_from"), values.get("valid_to")
    stored = next(
        (
            row
            for row in case.facts.vedtak
            if (row.year, row.decided_on) == (case.year.start, decided)
        ),
        None,
    )
    if stored is not None:
        valid_from, valid_to = valid_from or stored.valid_from, valid_to or stored.valid_to
    _in_order(valid_from, valid_to, "--valid-from", "--valid-to")
    if values.get("departs") and not values.get("reason"):
        raise NotNow(
            _(
                "Et vedtak som avviker fra sakkyndig vurdering må begrunnes (§ 11-7): "
                "skriv --reason."
            )
        )
    consent_needed = outcome is not Outcome.REFUSED
    _guard(case, "vedtak.decided_on", unless=() if consent_needed else ("consent.vedtak",))
    changed = {"outcome": outcome} | {
        name: value for name, value in values.items() if value is not None
    }
    done = _put(session, "vedtak", case, {"decided_on": decided}, changed, "outcome", act)
    if consent_needed and (valid_from is None or valid_to is None):
        done.warnings.append(
            _("Vedtaket mangler gyldig fra eller til, og gjelder da ingen dag: registrer begge.")
        )
    return _follow(session, rules, case, done, act)


def withdraw(
    session: Session, table: str, case: Case, key: Mapping[str, Any], *, reason: str, act: Act
) -> Done:
    """Takes a wrongly registered row away, with a reason; the log keeps all it held."""
    if not reason.strip():
        raise NotNow(_("Å trekke en registrering trenger en begrunnelse: skriv --reason."))
    there = _row(session, metadata.tables[table], case, key)
    if there is None:
        raise NotNow(
            _("Fant ingen slik registrering å trekke for {pupil}.").format(pupil=case.pupil.key)
        )
    done = Done(changed=ledger.delete_rows(session, table, [Gone(there["id"], there)], act))
    return _follow(session, case.rules, case, done, act, close=True)


DELIVERED = ("referred_on", "complete_on", "received_on", "valid_to")


def withdraw_assessment(session: Session, case: Case, *, reason: str, act: Act) -> Done:
    """Clears the days of an assessment, with a reason. The need stays."""
    if not reason.strip():
        raise NotNow(_("Å trekke en registrering trenger en begrunnelse: skriv --reason."))
    there = _row(session, metadata.tables["assessment"], case, {})
    if there is None or not any(there[name] for name in DELIVERED):
        raise NotNow(
            _("Fant ingen slik registrering å trekke for {pupil}.").format(pupil=case.pupil.key)
        )
    before = {name: there[name] for name in DELIVERED}
    after = dict.fromkeys(DELIVERED)
    change = Change(there["id"], before, after, there["owner_id"], case.pupil.id)
    return Done(changed=ledger.update_rows(session, "assessment", [change], act))


def _guard(case: Case, fact: str, *, unless: Sequence[str] = ()) -> None:
    """Refuses a fact whose legal predecessors, as the wheel declares them, are not there."""
    missing = []
    for step in case.steps.values():
        if step.fact != fact:
            continue
        for key in step.hard:
            before = case.steps[key]
            if before.fact is None or before.fact in unless:
                continue
            if not stands(before.fact, case.facts, year=case.year.start, first_day=case.first_day):
                missing.append(before.title.get())
        if missing:
            raise NotNow(
                _(
                    "{step} for {pupil} kan ikke registreres: loven krever først {missing}{law}."
                ).format(
                    step=step.title.get(),
                    pupil=case.pupil.key,
                    missing=_(" og ").join(missing),
                    law=f" ({step.law})" if step.law else "",
                )
            )


def _put(
    session: Session,
    name: str,
    case: Case,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    deciding: str | None,
    act: Act,
) -> Done:
    """Inserts the row of that key or changes the columns that differ.

    When the deciding column changes, iopflow has received a new fact, and `recorded_on` says when.
    """
    table = metadata.tables[name]
    there = _row(session, table, case, key)
    received = {"recorded_on": ledger.day_of(act), "recorded_at": act.at}
    if there is None:
        row = {
            "owner_id": case.pupil.owner_id,
            "pupil_id": case.pupil.id,
            "year": case.year.start,
            **key,
            **values,
            **received,
        }
        ledger.insert_rows(session, name, [row], act)
        return Done(changed=1, added=1)
    after = {column: value for column, value in values.items() if there[column] != value}
    if not after:
        return Done(unchanged=1)
    if deciding in after:
        after |= received
    before = {column: there[column] for column in after}
    change = Change(there["id"], before, after, there["owner_id"], case.pupil.id)
    return Done(changed=ledger.update_rows(session, name, [change], act))


def _row(
    session: Session, table: Table, case: Case, key: Mapping[str, Any]
) -> dict[str, Any] | None:
    where = [table.c.pupil_id == case.pupil.id, table.c.year == case.year.start]
    where += [table.c[column] == value for column, value in key.items()]
    found = session.execute(select(table).where(*where)).first()
    return found._asdict() if found is not None else None


def _follow(
    session: Session, rules: Rules, case: Case, done: Done, act: Act, *, close: bool = False
) -> Done:
    """The tasks follow from the facts: the year is opened for the pupil where it needs to be.

    `close` also takes away those that a withdrawn fact had opened and on which nothing happened.
    """
    open_needed(
        session,
        rules,
        owner_id=case.pupil.owner,
        years=[case.year],
        act=act,
        pupil_ids=[case.pupil.number],
        close=close,
    )
    return done


def _in_order(first: date | None, last: date | None, earlier: str, later: str) -> None:
    if first is not None and last is not None and last < first:
        raise NotNow(
            _("{later} {last} er før {earlier} {first}: bytt dem om.").format(
                later=later, last=short_date(last), earlier=earlier, first=short_date(first)
            )
        )


def _not_after_today(option: str, day: date, today: date) -> None:
    if day > today:
        raise NotNow(
            _("{option} {day} er etter i dag ({today}): skriv dagen det skjedde.").format(
                option=option, day=short_date(day), today=short_date(today)
            )
        )
