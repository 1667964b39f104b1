"""Planning a meeting with PPT, its agenda, and recording who came and which pupils were treated.

A meeting that was held is also `held` on the wheel's step of the avdeling, on the first such day.
"""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import ledger, talks
from iopflow.engine.happenings import Done, NotNow, happenings_of, not_after_today
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.models import Scope, What, metadata
from iopflow.queries.access import EVERYONE
from iopflow.queries.ppt_meetings import STEP, Attending, MeetingUnit, WithPpt
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date


def plan(
    session: Session, unit: MeetingUnit, on: date, pupils: Collection[int], *, act: Act
) -> int:
    """A meeting of an avdeling on a day, for the school year after it, with pupils on its agenda.

    Returns its number. Raises NotNow where there is one that day.
    """
    table = metadata.tables["ppt_meeting"]
    there = select(table.c.id).where(table.c.unit_id == unit.number, table.c.on_day == on)
    if session.execute(there).first() is not None:
        raise NotNow(
            _("{unit} har alt et møte med PPT {day}: bruk det, eller velg en annen dag.").format(
                unit=unit.name, day=short_date(on)
            )
        )
    row = {
        "owner_id": unit.owner_id,
        "unit_id": unit.number,
        "year": Year.of(on).next.start,
        "on_day": on,
        "held": False,
    }
    (number,) = ledger.insert_rows(session, "ppt_meeting", [row], act)
    _add(session, unit.owner_id, number, pupils, act)
    return number


def change_agenda(session: Session, meeting: WithPpt, pupils: Collection[int], *, act: Act) -> Done:
    """These pupils are on the agenda, of those whom whoever asks can see; the others stay."""
    there = {one.pupil_id for one in meeting.agenda}
    wanted = set(pupils)
    new = wanted - there
    _add(session, meeting.unit.owner_id, meeting.number, new, act)
    gone = _gone(session, "ppt_meeting_pupil", meeting.number)
    off = [one for one in gone if one.before["pupil_id"] in there - wanted]
    ledger.delete_rows(session, "ppt_meeting_pupil", off, act)
    return Done(changed=len(new) + len(off), added=len(new))


def hold(
    session: Session,
    rules: Rules,
    meeting: WithPpt,
    people: Sequence[Attending],
    treated: Collection[int],
    *,
    today: date,
    act: Act,
) -> Done:
    """The meeting was held: who came, and which pupils were treated. Again, it is a correction.

    Raises NotNow for a day that has not come, and where nobody was there.
    """
    not_after_today(meeting.on_day, today)
    if not people:
        raise NotNow(_("Ingen er ført som til stede: kryss av hvem som var der."))
    done = Done()
    owner_id, number = meeting.unit.owner_id, meeting.number
    if not meeting.held:
        change = Change(number, {"held": False}, {"held": True}, owner_id)
        done.changed += ledger.update_rows(session, "ppt_meeting", [change], act)
    changes = [
        Change(
            row.row_id,
            {"treated": row.before["treated"]},
            {"treated": row.before["pupil_id"] in treated},
            owner_id,
            row.before["pupil_id"],
        )
        for row in _gone(session, "ppt_meeting_pupil", number)
        if row.before["pupil_id"] in {one.pupil_id for one in meeting.agenda}
        and row.before["treated"] != (row.before["pupil_id"] in treated)
    ]
    done.changed += ledger.update_rows(session, "ppt_meeting_pupil", changes, act)
    wanted = {one.person_id: one.side for one in people}
    there = _gone(session, "ppt_meeting_person", number)
    known = {row.before["person_id"] for row in there}
    off = [row for row in there if row.before["person_id"] not in wanted]
    new = [
        {"owner_id": owner_id, "meeting_id": number, "person_id": person_id, "side": side}
        for person_id, side in wanted.items()
        if person_id not in known
    ]
    done.changed += ledger.delete_rows(session, "ppt_meeting_person", off, act)
    ledger.insert_rows(session, "ppt_meeting_person", new, act)
    done.changed += len(new)
    _tell_wheel(session, rules, meeting, done, today=today, act=act)
    return done


def withdraw(
    session: Session, rules: Rules, meeting: WithPpt, *, reason: str, today: date, act: Act
) -> None:
    """Takes a meeting away that never was, with a reason; the log keeps it. Raises NotNow.

    What was held for pupils whom one does not see is not one's own to take away.
    """
    if not reason.strip():
        raise NotNow(_("Å trekke et møte trenger en begrunnelse."))
    if meeting.held and meeting.hidden:
        raise NotNow(
            _("Møtet gjaldt også elever du ikke ser: be avdelingslederen eller rektor trekke det.")
        )
    for table in ("ppt_meeting_person", "ppt_meeting_pupil"):
        ledger.delete_rows(session, table, _gone(session, table, meeting.number), act)
    table_ = metadata.tables["ppt_meeting"]
    row = session.execute(select(table_).where(table_.c.id == meeting.number)).one()
    ledger.delete_rows(session, "ppt_meeting", [Gone(row.id, row._asdict())], act)
    _untell_wheel(session, rules, meeting, today=today, act=act)


def _tell_wheel(
    session: Session, rules: Rules, meeting: WithPpt, done: Done, *, today: date, act: Act
) -> None:
    """The step is held on the first day of a meeting; a later one changes nothing."""
    task = _task(session, rules, meeting, today)
    if task is None:
        done.warnings.append(
            _("Årshjulet for {year} er ikke åpnet for {unit}: møtet står, men steget ikke.").format(
                year=meeting.year, unit=meeting.unit.name
            )
        )
    elif task.facts.happened_on is None or task.facts.happened_on > meeting.on_day:
        talks.talk(session, [task], What.HELD, on=meeting.on_day, today=today, act=act)


def _untell_wheel(
    session: Session, rules: Rules, meeting: WithPpt, *, today: date, act: Act
) -> None:
    """The step follows to the first of the other meetings, or is not held any more."""
    task = _task(session, rules, meeting, today)
    if task is None or task.facts.happened_on != meeting.on_day:
        return
    rows = [row for row in happenings_of(session, task) if row["what"] is What.HELD]
    ledger.delete_rows(session, "happening", [Gone(row["id"], row) for row in rows], act)
    table = metadata.tables["ppt_meeting"]
    others = session.execute(
        select(table.c.on_day).where(
            table.c.unit_id == meeting.unit.number,
            table.c.year == meeting.year.start,
            table.c.held.is_(True),
        )
    ).scalars()
    first = min(others, default=None)
    again = _task(session, rules, meeting, today)
    if first is not None and again is not None:
        talks.talk(session, [again], What.HELD, on=first, today=today, act=act)


def _task(session: Session, rules: Rules, meeting: WithPpt, today: date) -> TaskRow | None:
    """The step of the avdeling: whoever may record the meeting has been asked already."""
    task = metadata.tables["task"]
    ids = session.execute(
        select(task.c.id).where(
            task.c.step == STEP,
            task.c.year == meeting.year.start,
            task.c.scope == Scope.UNIT,
            task.c.subject_id == meeting.unit.number,
        )
    ).scalars()
    found = tasks(session, rules, EVERYONE, Asked(ids=list(ids)), today=today)
    return next(iter(found), None)


def _add(session: Session, owner_id: int, number: int, pupils: Collection[int], act: Act) -> None:
    rows = [
        {"owner_id": owner_id, "meeting_id": number, "pupil_id": one, "treated": False}
        for one in sorted(pupils)
    ]
    ledger.insert_rows(session, "ppt_meeting_pupil", rows, act)


def _gone(session: Session, name: str, number: int) -> list[Gone]:
    """The rows of a meeting in a table, whole."""
    table = metadata.tables[name]
    rows = session.execute(select(table).where(table.c.meeting_id == number))
    return [Gone(row.id, row._asdict()) for row in rows]
