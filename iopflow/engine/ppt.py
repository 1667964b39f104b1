"""What PPT does in its queue: one act on one case or many, and who has which case.

The acts on a case are those of `engine/cases.py` and `engine/casework.py`, with their refusals;
here they are done to all or to none, and taken back as one.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from iopflow.engine import ledger, people
from iopflow.engine.cases import Case, assessment, case_of, follow_all
from iopflow.engine.casework import move
from iopflow.engine.happenings import Done, NotNow
from iopflow.engine.holdings import holdings_at
from iopflow.engine.ledger import Act, Change
from iopflow.engine.people import BACK, Plan
from iopflow.engine.references import said
from iopflow.engine.undoing import rows_of, taken_back
from iopflow.models import MoveKind, Person, Pupil, RoleGrant
from iopflow.queries.advisers import ADVISER
from iopflow.queries.courses import Histories
from iopflow.queries.ppt import QueueCase
from iopflow.queries.rules import Rules
from iopflow.refusals import Refused
from iopflow.roles import ROLES, Place, Sight
from iopflow.texts import _, short_date

LONGEST_NUMBER = 40
# What PPT's acts write, and may take back. None of them makes an assessment's row: the need does.
_UNDONE = ("assessment", "case_move", "pupil", "role_grant")
_ACTS = ("ppt deliver", "ppt complete", "ppt send-back", "ppt number", "ppt assign")


def deliver(
    session: Session,
    rules: Rules,
    cases: Sequence[QueueCase],
    *,
    on: date,
    valid_to: date | None = None,
    called: Callable[[Pupil], str] = lambda pupil: pupil.key,
    today: date,
    act: Act,
) -> Done:
    """The assessments are there. Raises NotNow naming all that refuse; then none is changed.

    What was delivered on another day is not delivered over: that is taken back first.
    """
    values = {"received_on": on, "valid_to": valid_to}

    def do(case: Case) -> Done:
        row = case.facts.assessment(case.year.start)
        if row is not None and row.received_on not in (None, on):
            raise NotNow(
                _("Levert {day} fra før: trekk den leveringen først hvis den er feil.").format(
                    day=short_date(row.received_on)
                )
            )
        return assessment(session, rules, case, values, today=today, act=act)

    return _each(session, rules, cases, do, act, called)


def complete(
    session: Session,
    rules: Rules,
    cases: Sequence[QueueCase],
    *,
    on: date,
    called: Callable[[Pupil], str] = lambda pupil: pupil.key,
    today: date,
    act: Act,
) -> Done:
    """The referrals are complete: PPT's guiding time begins. Raises NotNow."""
    values = {"complete_on": on}
    return _each(
        session,
        rules,
        cases,
        lambda case: assessment(session, rules, case, values, today=today, act=act),
        act,
        called,
    )


def send_back(
    session: Session,
    rules: Rules,
    cases: Sequence[QueueCase],
    *,
    on: date,
    note: str,
    called: Callable[[Pupil], str] = lambda pupil: pupil.key,
    today: date,
    act: Act,
) -> Done:
    """Something is lacking: the note says what, and the ball is the school's. Raises NotNow."""
    return _each(
        session,
        rules,
        cases,
        lambda case: move(
            session, case, MoveKind.SENT_BACK, on=on, note=note.strip(), today=today, act=act
        ),
        act,
        called,
    )


def number(session: Session, pupil: Pupil, reference: str, *, act: Act) -> Done:
    """PPT's own number of a pupil's case; empty takes it away. Raises BadText.

    A national identity number has no place in iopflow.
    """
    given = said(reference, longest=LONGEST_NUMBER)
    if (pupil.ppt_reference or "") == given:
        return Done(unchanged=1)
    before, after = {"ppt_reference": pupil.ppt_reference}, {"ppt_reference": given or None}
    change = Change(pupil.number, before, after, pupil.owner, pupil.number)
    return Done(changed=ledger.update_rows(session, "pupil", [change], act))


def assign(
    session: Session,
    pupils: Collection[int],
    adviser: Person,
    *,
    starts: date,
    instead: bool = False,
    today: date,
    act: Act,
) -> Done:
    """The adviser has these pupils' cases from a day; `instead` ends it for all others.

    Whoever asks must be allowed to assign each of them, and the edge has seen to it. Raises
    Refused.
    """
    if starts < today - BACK:
        raise Refused(
            _(
                "Første dag {start} er mer enn en måned siden: rett heller rollene i roles.csv."
            ).format(start=short_date(starts))
        )
    _may_see_pupils(session, adviser, starts)
    days, plan, done = (starts, date.max), Plan(), Done()
    places = [(ADVISER, Place.PUPIL, pupil_id) for pupil_id in sorted(pupils)]
    for where, holding in holdings_at(session, adviser.owner, places).items():
        new = holding.give(adviser.number, None, days)
        others = holding.others(adviser.number, days) if instead else ()
        for person_id, for_id in others:
            holding.take(person_id, for_id, days)
        people.settle(plan, where, holding, adviser, None)
        done.changed += bool(new or others)
        done.unchanged += not (new or others)
    people.carry_out(session, plan, act)
    return done


def _may_see_pupils(session: Session, adviser: Person, starts: date) -> None:
    """Raises Refused for somebody whose other roles by the contract see no pupil, or not all.

    An administrator, an owner or the school's office would get a pupil by a slip of the keyboard.
    """
    held = session.execute(
        select(col(RoleGrant.role)).where(
            col(RoleGrant.person_id) == adviser.id,
            or_(col(RoleGrant.ends).is_(None), col(RoleGrant.ends) >= starts),
        )
    ).scalars()
    barred = [role for role in held if ROLES[role].sight in (Sight.NOTHING, Sight.NO_TALKS)]
    if barred:
        raise Refused(
            _("{person} er {role} og kan ikke være rådgiver: velg en som arbeider i PPT.").format(
                person=adviser.key, role=ROLES[barred[0]].title.get()
            )
        )


def undo(
    session: Session, events: Collection[int], pupils: Collection[int], *, today: date, act: Act
) -> Done:
    """Takes back what one's own act in the queue did to some pupils' cases, as a whole.

    Raises NotNow where somebody has built on it or changed it since.
    """
    before = _irregular(session, pupils, today)
    with session.begin_nested():
        done = taken_back(session, events, _UNDONE, act, lambda row: _about(row) in pupils, _ACTS)
        if _irregular(session, pupils, today) - before:
            raise NotNow(
                _("Andre har ført noe som bygger på dette, og det kan ikke angres: se på saken.")
            )
    return done


def touched(session: Session, events: Collection[int], act: Act) -> set[int]:
    """The pupils whose cases one's own act was about: nobody's word but the log's."""
    return {_about(row) for row in rows_of(session, events, _UNDONE, act, _ACTS)}


def _about(row: dict[str, Any]) -> int:
    """The pupil that a row is about."""
    if "at_id" in row:
        return int(row["at_id"]) if row["at_kind"] == Place.PUPIL.value else 0
    return int(row.get("pupil_id") or row["id"])


def _irregular(session: Session, pupils: Iterable[int], today: date) -> set[tuple[int, str]]:
    histories = Histories(session, sorted(pupils))
    return {
        (pupil_id, one.words)
        for pupil_id in pupils
        for course in histories.courses(pupil_id, until=today)
        for one in course.irregular
    }


def _each(
    session: Session,
    rules: Rules,
    cases: Sequence[QueueCase],
    do: Callable[[Case], Done],
    act: Act,
    called: Callable[[Pupil], str],
) -> Done:
    """The act on all of the cases or on none. Raises NotNow, naming each that refuses.

    `called` is how it names a pupil, by the id unless a page shows the names.
    """
    done, refusals, changed = Done(), list[str](), list[Case]()
    ids = sorted({one.pupil_id for one in cases})
    known = Histories(session, ids)
    found = session.execute(select(Pupil).where(col(Pupil.id).in_(ids))).scalars()
    pupils = {one.number: one for one in found}
    with session.begin_nested():
        for one in cases:
            pupil = pupils[one.pupil_id]
            try:
                with session.begin_nested():
                    case = case_of(session, rules, pupil, one.year, road_only=True, known=known)
                    changed.append(replace(case, tasks_follow=False))
                    part = do(changed[-1])
            except NotNow as refused:
                refusals.append(
                    _("Ikke registrert for {pupil}. {why}").format(pupil=called(pupil), why=refused)
                )
                continue
            done.changed += part.changed
            done.unchanged += part.unchanged
            done.warnings += part.warnings
        if refusals:
            if len(cases) > 1:
                refusals.append(_("Ingenting er endret: {n} saker var med.").format(n=len(cases)))
            raise NotNow("\n".join(dict.fromkeys(refusals)))
        follow_all(session, rules, changed, act)
    return done
