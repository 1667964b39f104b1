"""People change: duties handed over for good or for a time, and substitutes who stand in.

A hand-over moves roles: they end for one and begin for another, and rights, tasks, mails and feeds
follow, because all of them are read from the roles of the day. A substitute's roles are copies with
an end, which say in whose place they are held; the absent person keeps the rights and the name, and
only the mails go to the substitute (`Roster.present`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.models import Person, metadata
from iopflow.queries.access import NotAllowed, Viewer
from iopflow.queries.handing import leads
from iopflow.refusals import Refused
from iopflow.roles import Place
from iopflow.texts import _, short_date

BACK = timedelta(days=31)  # how long ago a change of people may begin: longer is a correction
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Role:
    """A role of somebody at a place, for some days."""

    role: str
    place: Place
    at_id: int
    starts: date
    ends: date | None


@dataclass(slots=True)
class Plan:
    """What a change of people does: the roles that begin, are cut or go; and what stays, and why.

    Nothing is written before `carry_out`.
    """

    begins: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    goes: list[Gone] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)  # what the receiver holds by it
    stays: list[tuple[Role, str]] = field(default_factory=list)

    @property
    def changes_something(self) -> bool:
        """Whether it is anything but what stands already."""
        return bool(self.begins or self.changes or self.goes)


def hand_over(
    session: Session,
    viewer: Viewer,
    giver: Person,
    taker: Person,
    *,
    start: date,
    end: date | None = None,
    pupils: Sequence[int] = (),
    today: date,
) -> Plan:
    """The plan of a hand-over from a day, for good or until another. Raises Refused, NotAllowed.

    With `pupils` (numbers) only those: the taker gets the role at each pupil, which is nearer than
    the class, so that the duty moves while the giver keeps the rest.
    """
    _refuse(giver, taker, start, end, today)
    plan = Plan()
    for row in _held(session, giver, start, end):
        if pupils and Place(row.at_kind) is not Place.PUPIL:
            continue
        if pupils and row.at_id not in pupils:
            continue
        _allow(session, viewer, row, today)
        _give(session, plan, row, taker, start, end)
    if pupils:
        _give_pupils(session, viewer, plan, giver, taker, start, end, pupils, today)
    return plan


def substitute(
    session: Session,
    viewer: Viewer,
    away: Person,
    taker: Person,
    *,
    start: date,
    end: date,
    pupils: Sequence[int] = (),
    today: date,
) -> Plan:
    """The plan of somebody standing in from one day to another. Raises Refused, NotAllowed."""
    _refuse(away, taker, start, end, today)
    plan = Plan()
    for row in _held(session, away, start, end):
        if pupils and (Place(row.at_kind) is not Place.PUPIL or row.at_id not in pupils):
            continue
        _allow(session, viewer, row, today)
        _begin(session, plan, row, taker, max(start, row.starts), _earliest(end, row.ends), away)
    return plan


def stop(session: Session, viewer: Viewer, away: Person, taker: Person, *, today: date) -> Plan:
    """The plan of a substitution that ends now: its roles hold until yesterday."""
    plan = Plan()
    for row in _rows(session, taker.number, for_id=away.number):
        if row.ends is not None and row.ends < today:
            continue
        _allow(session, viewer, row, today, whose=away.number)
        plan.roles.append(Role(row.role, Place(row.at_kind), row.at_id, row.starts, row.ends))
        _cut(plan, row, today - _DAY)
    return plan


def carry_out(session: Session, plan: Plan, act: Act) -> None:
    """Writes a plan."""
    ledger.delete_rows(session, "role_grant", plan.goes, act)
    ledger.update_rows(session, "role_grant", plan.changes, act)
    ledger.insert_rows(session, "role_grant", plan.begins, act)


def _refuse(giver: Person, taker: Person, start: date, end: date | None, today: date) -> None:
    if giver.id == taker.id:
        raise Refused(_("{person} kan ikke overta fra seg selv.").format(person=giver.key))
    if giver.owner_id != taker.owner_id:
        raise Refused(
            _("{giver} og {taker} hører til hver sin skoleeier: velg to hos samme.").format(
                giver=giver.key, taker=taker.key
            )
        )
    if end is not None and end < start:
        raise Refused(
            _("Siste dag {end} er før første dag {start}.").format(
                end=short_date(end), start=short_date(start)
            )
        )
    if start < today - BACK:
        raise Refused(
            _(
                "Første dag {start} er mer enn en måned siden: rett heller rollene i roles.csv."
            ).format(start=short_date(start))
        )


def _allow(
    session: Session, viewer: Viewer, row: Any, today: date, *, whose: int | None = None
) -> None:
    """Raises NotAllowed unless the role is the viewer's own, or at a place the viewer leads."""
    own = viewer.person_id in (row.person_id, whose)
    if viewer.is_everyone or own or leads(session, viewer, row, today=today):
        return
    raise NotAllowed(
        _("Bare den som har rollen, og den som leder der, kan gi den videre ({role}).").format(
            role=row.role
        )
    )


def _held(session: Session, person: Person, start: date, end: date | None) -> Iterable[Any]:
    """The person's own roles on any of the days."""
    return [
        row
        for row in _rows(session, person.number, for_id=None)
        if (row.ends is None or row.ends >= start) and (end is None or row.starts <= end)
    ]


def _rows(session: Session, person_id: int, *, for_id: int | None) -> Sequence[Any]:
    grant = metadata.tables["role_grant"]
    same = grant.c.for_id.is_(None) if for_id is None else grant.c.for_id == for_id
    found = session.execute(
        select(grant).where(grant.c.person_id == person_id, same).order_by(grant.c.id)
    )
    return found.all()


def _give(
    session: Session, plan: Plan, row: Any, taker: Person, start: date, end: date | None
) -> None:
    """The taker holds the role for the days, the giver before and after them."""
    begins, ends = max(start, row.starts), _earliest(end, row.ends)
    _begin(session, plan, row, taker, begins, ends, None)
    after = None if end is None else end + _DAY
    comes_back = after is not None and (row.ends is None or row.ends >= after)
    if row.starts < start:
        _cut(plan, row, start - _DAY)
        if comes_back:
            plan.begins.append(_copy(row) | {"starts": after})
    elif comes_back:
        _change(plan, row, {"starts": after})
    else:
        plan.goes.append(Gone(row.id, row._asdict()))


def _give_pupils(
    session: Session,
    viewer: Viewer,
    plan: Plan,
    giver: Person,
    taker: Person,
    start: date,
    end: date | None,
    pupils: Sequence[int],
    today: date,
) -> None:
    """Pupils of the giver's classes: the taker gets the same role at each of them."""
    stay = metadata.tables["enrolment"]
    in_class = session.execute(
        select(stay.c.pupil_id, stay.c.class_id).where(
            stay.c.pupil_id.in_(pupils), or_(stay.c.ends.is_(None), stay.c.ends >= start)
        )
    ).all()
    for row in _held(session, giver, start, end):
        for pupil_id, class_id in in_class:
            if Place(row.at_kind) is not Place.UNIT or row.at_id != class_id:
                continue
            _allow(session, viewer, row, today)
            at_pupil = row._asdict() | {"at_kind": Place.PUPIL.value, "at_id": pupil_id}
            begins, ends = max(start, row.starts), _earliest(end, row.ends)
            _begin(session, plan, _Row(**at_pupil), taker, begins, ends, None)


@dataclass(frozen=True, slots=True)
class _Row:
    """A role as a row of `role_grant`."""

    id: int
    owner_id: int
    person_id: int
    role: str
    at_kind: str
    at_id: int
    starts: date
    ends: date | None
    for_id: int | None


def _begin(
    session: Session,
    plan: Plan,
    row: Any,
    taker: Person,
    starts: date,
    ends: date | None,
    away: Person | None,
) -> None:
    """The taker holds a role for some days, unless that is so already."""
    role = Role(row.role, Place(row.at_kind), row.at_id, starts, ends)
    grant = metadata.tables["role_grant"]
    there = session.execute(
        select(grant).where(
            grant.c.person_id == taker.id,
            grant.c.role == row.role,
            grant.c.at_kind == row.at_kind,
            grant.c.at_id == row.at_id,
            or_(grant.c.ends.is_(None), grant.c.ends >= starts),
        )
    ).all()
    covering = [
        one
        for one in there
        if one.starts <= starts and (one.ends is None or (ends is not None and one.ends >= ends))
    ]
    if covering:
        own = covering[0].for_id is None
        why = _("{taker} har rollen fra før") if own else _("{taker} er vikar her fra før")
        plan.stays.append((role, why.format(taker=taker.key)))
        return
    plan.roles.append(role)
    same_day = next((one for one in there if one.starts == starts), None)
    if same_day is not None:  # it begins the same day and ends too early
        _change(plan, same_day, {"ends": ends})
        return
    new = {"person_id": taker.id, "starts": starts, "ends": ends}
    plan.begins.append(_copy(row) | new | {"for_id": None if away is None else away.id})


def _cut(plan: Plan, row: Any, last: date) -> None:
    if row.starts > last:
        plan.goes.append(Gone(row.id, row._asdict()))
    else:
        _change(plan, row, {"ends": last})


def _change(plan: Plan, row: Any, after: dict[str, Any]) -> None:
    before = {name: getattr(row, name) for name in after}
    plan.changes.append(Change(row.id, before, after, row.owner_id))


def _copy(row: Any) -> dict[str, Any]:
    names = ("owner_id", "person_id", "role", "at_kind", "at_id", "starts", "ends", "for_id")
    return {name: getattr(row, name) for name in names}


def _earliest(one: date | None, other: date | None) -> date | None:
    days = [day for day in (one, other) if day is not None]
    return min(days, default=None)
