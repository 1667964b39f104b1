"""Registering the facts of a case: need, assessment, consent, vedtak (opplæringslova § 11-7).

The tasks of these steps follow from the facts. Registering the same key again is a correction; a
wrong row is withdrawn with a reason. Both leave an event.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.happenings import Done, NotNow, not_after_today
from iopflow.engine.lawful import courses_of, lawful, told_of
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.opening import open_needed
from iopflow.engine.references import checked
from iopflow.facts import CaseFacts
from iopflow.lifecycle import Circumstances, turned_15
from iopflow.models import (
    Answer,
    Consenter,
    ConsentKind,
    Outcome,
    Pupil,
    metadata,
)
from iopflow.queries.courses import Histories
from iopflow.queries.rules import Rules
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date
from iopflow.words import day_word


@dataclass(frozen=True, slots=True)
class Case:
    """One pupil's case for the year served, as the acts below need it."""

    pupil: Pupil
    year: Year
    facts: CaseFacts
    about: Circumstances
    rules: Rules
    road_only: bool = False
    tasks_follow: bool = True  # at once; else whoever acts on many lets those of all follow


def case_of(
    session: Session,
    rules: Rules,
    pupil: Pupil,
    year: Year,
    *,
    road_only: bool = False,
    known: Histories | None = None,
) -> Case:
    """Reads a pupil's case. Raises NotNow for a pupil who is enrolled nowhere.

    `known` is what has been read of many pupils already. `road_only` is said for those who see the
    road to the assessment and no decision: refusals then tell nothing of what lies beyond it.
    """
    histories = known or Histories(session, [pupil.number])
    if histories.stay(pupil.number, year.start) is None:
        raise NotNow(_("Eleven er ikke innskrevet ved noen skole: importer enrolments.csv først."))
    facts = histories.cases.get(pupil.number, CaseFacts())
    about = histories.circumstances(pupil.number, year.start)
    return Case(pupil, year, facts, about, rules, road_only)


def need(session: Session, rules: Rules, case: Case, *, since: date, today: date, act: Act) -> Done:
    """A new or renewed assessment is needed for the year, known since a day."""
    not_after_today(since, today)
    row = case.facts.assessment(case.year.start)
    if row is not None:
        in_order(since, row.referred_on, "needed_since", "referred_on")
        in_order(since, row.received_on, "needed_since", "received_on")
    left = case.about.left_on
    if left is not None and left < min(since, case.year.on(8, 1)):
        raise NotNow(
            _(
                "Eleven sluttet {day}: importer den nye innskrivingen (enrolments.csv) først."
            ).format(day=short_date(left))
        )
    with lawful(session, case, today=today) as told:
        done = put(session, "assessment", case, {}, {"needed_since": since}, "needed_since", act)
    done.warnings += told
    return follow(session, rules, case, done, act)


def assessment(
    session: Session,
    rules: Rules,
    case: Case,
    values: Mapping[str, Any],
    *,
    today: date,
    act: Act,
) -> Done:
    """Days in the life of an assessment: referred_on, complete_on, received_on, valid_to.

    `archive_ref` is where the document itself lies. Refuses (NotNow) without a registered need, and
    what the moves of a case refuse: to refer or receive without consent (§ 11-7), days that are out
    of order.
    """
    for name in ("referred_on", "complete_on", "received_on"):
        day = values.get(name)
        if day is not None:
            not_after(name, day, today)
    if not any(row.year == case.year.start for row in case.facts.assessments):
        raise NotNow(
            _("Behovet for {year} er ikke registrert: registrer det først.").format(year=case.year)
        )
    changed = {name: value for name, value in values.items() if value is not None}
    there = next(row for row in case.facts.assessments if row.year == case.year.start)
    merged = {name: changed.get(name) or getattr(there, name) for name in DELIVERED}
    in_order(merged["referred_on"], merged["complete_on"], "referred_on", "complete_on")
    in_order(merged["referred_on"], merged["received_on"], "referred_on", "received_on")
    in_order(merged["complete_on"], merged["received_on"], "complete_on", "received_on")
    in_order(merged["received_on"], merged["valid_to"], "received_on", "valid_to")
    deciding = "received_on" if "received_on" in changed else None
    with lawful(session, case, today=today) as told:
        done = put(session, "assessment", case, {}, changed, deciding, act)
    is_new = not any(getattr(there, name) for name in DELIVERED)
    done.added = done.changed if is_new and any(name in changed for name in DELIVERED) else 0
    done.warnings += told
    return follow(session, rules, case, done, act)


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
    answered_by: Consenter | None = None,
) -> Done:
    """An answer to a request for consent; the latest one stands.

    `answered_by` is refused where it is not whose answer it is: from 15 years the pupil's (§ 24-5).
    """
    not_after_today(on, today)
    if answer is Answer.WITHDRAWN and not any(
        row.kind == kind and row.year == case.year.start and row.given and row.on_day <= on
        for row in case.facts.consents
    ):
        raise NotNow(
            _("Et samtykke må være gitt før det kan trekkes: registrer at det ble gitt først.")
        )
    key = {"kind": kind, "on_day": on}
    there = row_of(session, metadata.tables["consent"], case, key)
    if there is not None and there["answer"] is not answer:
        raise NotNow(
            _(
                "Det er registrert et annet svar {day}: skriv dagen det nye svaret kom, eller "
                "trekk det gamle hvis det var feil."
            ).format(day=short_date(on))
        )
    values: dict[str, Any] = {"answer": answer}
    if answered_by is not None:
        values["answered_by"] = answered_by
    with lawful(session, case, today=today) as told:
        done = put(session, "consent", case, key, values, "answer", act)
    done.warnings += told
    if answered_by is None and turned_15(case.about.birth_month, on):
        done.warnings.append(
            _("Eleven er fylt 15 år og svarer selv (§ 24-5): skriv hvem som svarte.")
        )
    return follow(session, rules, case, done, act)


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
    """A decision. Refuses without an assessment, to grant without consent, to depart from the
    assessment without a reason (§ 11-7), and days on which another vedtak grants already.
    """
    not_after("decided_on", decided, today)
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
    in_order(valid_from, valid_to, "valid_from", "valid_to")
    for name in ("notified_on", "arrived_on"):
        if values.get(name) is not None:
            not_after(name, values[name], today)
    notified = values.get("notified_on") or (stored.notified_on if stored else None)
    arrived = values.get("arrived_on") or (stored.arrived_on if stored else None)
    in_order(decided, notified, "decided_on", "notified_on")
    in_order(
        notified or decided, arrived, "notified_on" if notified else "decided_on", "arrived_on"
    )
    changed = {"outcome": outcome} | {
        name: value for name, value in values.items() if value is not None
    }
    with lawful(session, case, today=today) as told:
        done = put(session, "vedtak", case, {"decided_on": decided}, changed, "outcome", act)
    done.warnings += told
    consent_needed = outcome is not Outcome.REFUSED
    if consent_needed and (valid_from is None or valid_to is None):
        done.warnings.append(
            _("Vedtaket mangler gyldig fra eller til, og gjelder da ingen dag: registrer begge.")
        )
    return follow(session, rules, case, done, act)


def withdraw(
    session: Session, table: str, case: Case, key: Mapping[str, Any], *, reason: str, act: Act
) -> Done:
    """Takes a wrongly registered row away, with a reason; the log keeps all it held.

    What goes against a rule without it is told: the row was wrong all the same.
    """
    if not reason.strip():
        raise NotNow(_("Å trekke en registrering trenger en begrunnelse: skriv --reason."))
    there = row_of(session, metadata.tables[table], case, key)
    if there is None:
        raise NotNow(
            _(
                "Fant ingen slik registrering å trekke for {pupil}: sjekk dagen og skoleåret."
            ).format(pupil=case.pupil.key)
        )
    before = courses_of(session, case, ledger.day_of(act))
    done = Done(changed=ledger.delete_rows(session, table, [Gone(there["id"], there)], act))
    done.warnings += told_of(session, case, before, act)
    return follow(session, case.rules, case, done, act, close=True)


DELIVERED = ("referred_on", "complete_on", "received_on", "valid_to")


def withdraw_assessment(session: Session, case: Case, *, reason: str, act: Act) -> Done:
    """Clears the days of an assessment, with a reason. The need stays; warnings as `withdraw`."""
    if not reason.strip():
        raise NotNow(_("Å trekke en registrering trenger en begrunnelse: skriv --reason."))
    there = row_of(session, metadata.tables["assessment"], case, {})
    if there is None or not any(there[name] for name in DELIVERED):
        raise NotNow(
            _(
                "Fant ingen slik registrering å trekke for {pupil}: sjekk dagen og skoleåret."
            ).format(pupil=case.pupil.key)
        )
    cleared = (*DELIVERED, "archive_ref")
    before = {name: there[name] for name in cleared}
    after = dict.fromkeys(cleared)
    change = Change(there["id"], before, after, there["owner_id"], case.pupil.id)
    courses = courses_of(session, case, ledger.day_of(act))
    done = Done(changed=ledger.update_rows(session, "assessment", [change], act))
    done.warnings += told_of(session, case, courses, act)
    return done


def put(
    session: Session,
    name: str,
    case: Case,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    deciding: str | None,
    act: Act,
    *,
    dated: bool = True,
    of_year: bool = True,
) -> Done:
    """Inserts the row of that key or changes the columns that differ.

    Words and references among the values are checked. When the deciding column changes, iopflow has
    received a new fact, and `recorded_on` says when.
    `dated` is false of tables without it, `of_year` of those that belong to no school year.
    """
    table = metadata.tables[name]
    values = checked(values)
    there = row_of(session, table, case, key)
    received = {"recorded_on": ledger.day_of(act), "recorded_at": act.at} if dated else {}
    if there is None:
        row = {
            "owner_id": case.pupil.owner_id,
            "pupil_id": case.pupil.id,
            **({"year": case.year.start} if of_year else {}),
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


def row_of(
    session: Session, table: Table, case: Case, key: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The row of a case's year (where the table has one) and key, as it is stored."""
    where = [table.c.pupil_id == case.pupil.id]
    if "year" in table.c:
        where.append(table.c.year == case.year.start)
    where += [table.c[column] == value for column, value in key.items()]
    found = session.execute(select(table).where(*where)).first()
    return found._asdict() if found is not None else None


def follow(
    session: Session, rules: Rules, case: Case, done: Done, act: Act, *, close: bool = False
) -> Done:
    """The tasks follow from the facts: the year is opened for the pupil where it needs to be.

    `close` also takes away those that a withdrawn fact had opened and on which nothing happened.
    """
    if case.tasks_follow:
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


def follow_all(session: Session, rules: Rules, cases: Iterable[Case], act: Act) -> None:
    """The same for many cases whose tasks did not follow at once, as sets."""
    groups: dict[tuple[int, Year], list[int]] = {}
    for case in cases:
        groups.setdefault((case.pupil.owner, case.year), []).append(case.pupil.number)
    for (owner_id, year), ids in sorted(groups.items()):
        open_needed(session, rules, owner_id=owner_id, years=[year], act=act, pupil_ids=ids)


def in_order(first: date | None, last: date | None, earlier: str, later: str) -> None:
    """Raises NotNow for two days in the wrong order, by the names of their columns."""
    if first is not None and last is not None and last < first:
        raise NotNow(
            _sentence(
                _("{later} {last} er før {earlier} {first}: bytt dem om.").format(
                    later=day_word(later),
                    last=short_date(last),
                    earlier=day_word(earlier),
                    first=short_date(first),
                )
            )
        )


def not_after(column: str, day: date, today: date) -> None:
    """Raises NotNow for a day that has not come, where one act has several."""
    if day > today:
        raise NotNow(
            _sentence(
                _("{what} {day} er etter i dag ({today}): skriv dagen det skjedde.").format(
                    what=day_word(column), day=short_date(day), today=short_date(today)
                )
            )
        )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
