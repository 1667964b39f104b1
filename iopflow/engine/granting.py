"""Roles by hand: one given, one that ends, and one who leaves. Who may do it stands in roles.GIVES;
what others hold is never touched unseen.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session

from iopflow.engine import ledger, people, undoing
from iopflow.engine.happenings import Done
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.engine.people import BACK, Plan
from iopflow.models import Person, metadata
from iopflow.queries import giving
from iopflow.queries.access import NotAllowed, Viewer
from iopflow.queries.giving import At, Spot
from iopflow.queries.staff import Held, Member, may_change
from iopflow.refusals import Refused
from iopflow.roles import Place
from iopflow.texts import _, short_date

GIVE, END, NEW, CHANGE, LEAVE = (
    *("role give", "role end", "person new", "person change", "person leave"),
)
UNDO = "role undo"
UNDOABLE = (GIVE, END, CHANGE, LEAVE, "substitute", "hand_over")
_TABLES = ("role_grant", "person", "measure", "deviation")
_DAY = timedelta(days=1)
Known = Mapping[At, Spot]


class Wrong(Refused):
    """One field of a form that cannot be so: `field` says which."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field


def check_give(
    session: Session,
    viewer: Viewer,
    known: Known,
    person: Member,
    role: str,
    at: At,
    starts: date,
    ends: date | None,
    *,
    today: date,
) -> None:
    """Raises NotAllowed for a role that is not the viewer's to give, Wrong for days that cannot
    be.
    """
    giving.require(viewer, known, role, at, person.id)
    if ends is not None and ends < starts:
        raise Wrong(
            "til",
            _("Siste dag {end} er før første dag {start}.").format(
                end=short_date(ends), start=short_date(starts)
            ),
        )
    if starts < today - BACK:
        raise Wrong(
            "fra",
            _("Første dag {start} er mer enn en måned siden: velg en senere dag.").format(
                start=short_date(starts)
            ),
        )
    grant = metadata.tables["role_grant"]
    there = session.execute(
        select(grant.c.starts, grant.c.ends, grant.c.for_id).where(
            grant.c.person_id == person.id,
            grant.c.role == role,
            grant.c.at_kind == at[0].value,
            grant.c.at_id == at[1],
        )
    ).all()
    for row in there:
        overlaps = row.starts <= (ends or date.max) and starts <= (row.ends or date.max)
        if row.for_id is None and overlaps:
            raise Wrong(
                "rolle",
                _("{person} har denne rollen her fra før, {days}.").format(
                    person=person.name, days=_days(row.starts, row.ends)
                ),
            )
        if row.starts == starts:
            raise Wrong(
                "fra",
                _("{person} er vikar her fra samme dag: velg en annen første dag.").format(
                    person=person.name
                ),
            )


def give(
    session: Session,
    viewer: Viewer,
    known: Known,
    person: Member,
    role: str,
    at: At,
    starts: date,
    ends: date | None,
    *,
    today: date,
    act: Act,
) -> None:
    """Gives a role. Raises NotAllowed and Wrong as `check_give`."""
    check_give(session, viewer, known, person, role, at, starts, ends, today=today)
    row = {
        "owner_id": viewer.owner_id,
        "person_id": person.id,
        "role": role,
        "at_kind": at[0].value,
        "at_id": at[1],
        "starts": starts,
        "ends": ends,
        "for_id": None,
    }
    ledger.insert_rows(session, "role_grant", [row], act)


def may_end(viewer: Viewer, known: Known, held: Held) -> bool:
    """Whether the viewer may end a role: one's own to give, or any where one administers.

    A substitute's role ends on the page of substitutes.
    """
    if not held.mine or held.for_name is not None:
        return False
    if any(grant.place is Place.OWNER for grant in giving.givers(viewer)):
        return True
    return giving.may_give(known, held.role, (held.place, held.at_id))


def end(
    session: Session,
    viewer: Viewer,
    known: Known,
    roles: Sequence[Held],
    last: date,
    *,
    today: date,
    act: Act,
) -> int:
    """Ends roles after a last day, and those of whoever stands in there. Returns how many.

    One that has not begun by then was never held. Raises NotAllowed, Wrong.
    """
    for held in roles:
        if not may_end(viewer, known, held):
            raise NotAllowed(
                _("Du kan ikke avslutte rollen {role} her: be en med flere rettigheter.").format(
                    role=held.title
                )
            )
    if last < today - BACK:
        raise Wrong(
            "siste",
            _("{day} er mer enn en måned siden: velg en senere dag.").format(day=short_date(last)),
        )
    ending = [one for one in roles if one.lasts(last + _DAY)]
    _keep_an_administrator(session, ending, last)
    rows = _rows(session, ending)
    gone = [Gone(row.id, row._asdict()) for row in rows if row.starts > last]
    cut = [
        Change(row.id, {"ends": row.ends}, {"ends": last}, row.owner_id)
        for row in rows
        if row.starts <= last and (row.ends is None or row.ends > last)
    ]
    if gone:
        ledger.delete_rows(session, "role_grant", gone, act)
    if cut:
        ledger.update_rows(session, "role_grant", cut, act)
    return len(ending)


def leave(
    session: Session,
    viewer: Viewer,
    known: Known,
    person: Member,
    last: date,
    taker: Person | None,
    *,
    today: date,
    act: Act,
) -> Plan | None:
    """Ends all that a person holds after a last day; with a taker, who takes it over from the day
    after. Returns the plan of the hand-over. Raises Refused, NotAllowed, Wrong.
    """
    ending = [one for one in person.roles if may_end(viewer, known, one) and one.lasts(last + _DAY)]
    if not ending:
        raise Wrong("siste", _("Ingen roller varer lenger enn til den dagen."))
    plan = None
    if taker is not None:
        plan = people.hand_over(
            session,
            viewer,
            session.get_one(Person, person.id),
            taker,
            start=last + _DAY,
            today=today,
        )
        people.carry_out(session, plan, act)
    end(session, viewer, known, ending, last, today=today, act=act)
    return plan


def _rows(session: Session, roles: Sequence[Held]) -> list[Any]:
    """The rows of the roles as they stand now, with those of who stands in for the holder there."""
    grant = metadata.tables["role_grant"]
    same = {(one.person_id, one.role, one.place.value, one.at_id) for one in roles}
    ids = {one.id for one in roles}
    people_ids = {one.person_id for one in roles}
    rows = session.execute(
        select(grant).where(or_(grant.c.id.in_(ids), grant.c.for_id.in_(people_ids)))
    )
    return [
        row
        for row in rows
        if row.id in ids or (row.for_id, row.role, row.at_kind, row.at_id) in same
    ]


def _keep_an_administrator(session: Session, roles: Sequence[Held], last: date) -> None:
    """Raises Wrong where nobody would administer the owner after the day."""
    ending = [one for one in roles if one.role == "admin"]
    if not ending:
        return
    grant = metadata.tables["role_grant"]
    others = session.execute(
        select(func.count(grant.c.id)).where(
            grant.c.role == "admin",
            grant.c.at_id.in_({one.at_id for one in ending}),
            grant.c.id.not_in([one.id for one in ending]),
            grant.c.for_id.is_(None),
            grant.c.starts <= last + _DAY,
            or_(grant.c.ends.is_(None), grant.c.ends > last),
        )
    ).scalar_one()
    if not others:
        raise Wrong("siste", _("Da har ingen rollen administrator: gi den til en annen først."))


def undo(
    session: Session,
    viewer: Viewer,
    known: Known,
    events: Collection[int],
    *,
    member: Member | None = None,
    act: Act,
) -> Done:
    """Takes back what one's own events did to roles, where one may still do the same; with a
    member, what was changed of that person as well.

    Nobody gets back what was handed on unless somebody who leads there takes it back; measures and
    deviations that went along come back with the roles. Raises NotNow where it has been changed
    since.
    """
    administers = any(grant.place is Place.OWNER for grant in giving.givers(viewer))

    def meant(row: dict[str, Any]) -> bool:
        if "person_id" not in row:
            return (
                member is not None and row["id"] == member.id and may_change(viewer, member, known)
            )
        if "at_kind" not in row:
            return True  # a measure or deviation: the roles of the same act decide
        at = (Place(row["at_kind"]), row["at_id"])
        if row["for_id"] is not None and row["for_id"] == viewer.person_id:
            # One's own substitute, as long as the role is one's own.
            held = {(one.role, one.place, one.at_id) for one in viewer.grants}
            return (row["role"], *at) in held
        return administers or giving.may_give(known, row["role"], at)

    return undoing.taken_back(session, events, _TABLES, act, meant, UNDOABLE)


def _days(starts: date, ends: date | None) -> str:
    until = short_date(ends) if ends is not None else _("videre")
    return f"{short_date(starts)}–{until}"
