"""People change: duties handed over for good or for a time, and substitutes who stand in.

A hand-over moves roles: they end for one and begin for another, and rights, tasks, mails and feeds
follow, because all of them are read from the roles of the day. A substitute's roles are copies with
an end, which say in whose place they are held; the absent person keeps the rights and the name, and
only the mails go to the substitute (`Roster.present`).

Open measures and deviations name a person, and no role. They go along when all that somebody has at
a school goes to another for good; a substitute gets none, as whoever is away comes back to them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.engine import ledger
from iopflow.engine.holdings import (
    Days,
    Holding,
    Where,
    common,
    holdings_at,
    holdings_of,
    last,
    merged,
    roles_of,
)
from iopflow.engine.ledger import Act, Change, Gone
from iopflow.models import Person, metadata
from iopflow.queries.access import NotAllowed, Viewer, sees_pupil
from iopflow.queries.giving import takeable
from iopflow.queries.handing import led_roles, seen_from_class
from iopflow.queries.holders import stays_of
from iopflow.queries.remarks import (
    DeviationRow,
    MeasureRow,
    deviations_for,
    may_answer,
    measures_for,
)
from iopflow.refusals import Refused
from iopflow.roles import ROLES, Action, Place
from iopflow.texts import _, short_date

BACK = timedelta(days=31)  # how long ago a change of people may begin: longer is a correction


@dataclass(frozen=True, slots=True)
class Role:
    """A role of somebody at a place, for some days."""

    role: str
    place: Place
    at_id: int
    starts: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class Duty:
    """An open measure or deviation that somebody else is to answer for."""

    table: str
    row: MeasureRow | DeviationRow
    taker_id: int

    @property
    def words(self) -> str:
        """As it is told before it is done, without the text, which is for the school's readers."""
        about = self.row.indicator or _("et steg i årshjulet")
        words = (
            _("Tiltak om {about}, innen {day}")
            if self.table == "measure"
            else _("Avvik om {about}, innen {day}")
        )
        return words.format(about=about, day=short_date(self.row.due))

    def change(self) -> Change:
        """What is written."""
        before, after = {"person_id": self.row.person_id}, {"person_id": self.taker_id}
        return Change(self.row.id, before, after, self.row.owner_id)


@dataclass(slots=True)
class Plan:
    """What a change of people does: the roles that begin, are cut or go; and what stays, and why.

    Nothing is written before `carry_out`.
    """

    begins: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    goes: list[Gone] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)  # what the receiver holds by it
    ended: list[Role] = field(default_factory=list)  # a substitute's roles that end now
    stays: list[tuple[Role, str]] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)  # what names the giver, and goes along
    not_led: int = 0  # roles that whoever asks may not give on
    not_held: list[int] = field(default_factory=list)  # pupils asked for, not among the giver's

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
    the class, so that the duty moves while the giver keeps the rest. Who stood in for the giver in
    what is handed over does so no more: there is nobody's place to take. Of all that is given for
    good, open measures and deviations are a part: see `_duties`.
    """
    _refuse(giver, taker, start, end, today)
    viewer = _leading(viewer, taker)
    days = (start, end or date.max)
    plan = Plan()
    wanted, holdings = _wanted(session, viewer, plan, giver, taker, days, pupils, today)
    for where, holding in holdings.items():
        _give(plan, where, holding, taker, None, wanted.get(where, ()))
        holding.take(giver.number, None, days)
        for person_id in holding.stand_ins(giver.number):
            holding.take(person_id, giver.number, days)
        settle(plan, where, holding, taker, None)
    if not pupils and end is None:
        plan.duties = _duties(session, giver, taker, set(wanted), start=start, today=today)
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
    viewer = _leading(viewer, taker)
    plan = Plan()
    wanted, holdings = _wanted(session, viewer, plan, away, taker, (start, end), pupils, today)
    for where, holding in holdings.items():
        _give(plan, where, holding, taker, away.number, wanted.get(where, ()))
        settle(plan, where, holding, taker, away.number)
    return plan


def stop(session: Session, viewer: Viewer, away: Person, taker: Person, *, today: date) -> Plan:
    """The plan of a substitution that ends now: its roles hold until yesterday."""
    plan = Plan()
    days = (today, date.max)
    rows = roles_of(session, taker.number, away.number, days)
    may = _may(session, viewer, rows, (away.number, taker.number), taker.number, today)
    for where, holding in holdings_of(session, taker.owner, taker.number, may).items():
        for first, final in holding.days(taker.number, away.number, days):
            plan.ended.append(Role(*where, first, final))
        holding.take(taker.number, away.number, days)
        settle(plan, where, holding, taker, away.number)
    plan.not_led = len(rows) - len([row for row in rows if may(row)])
    return plan


def carry_out(session: Session, plan: Plan, act: Act) -> None:
    """Writes a plan."""
    ledger.delete_rows(session, "role_grant", plan.goes, act)
    ledger.update_rows(session, "role_grant", plan.changes, act)
    ledger.insert_rows(session, "role_grant", plan.begins, act)
    for table in ("measure", "deviation"):
        moved = [one.change() for one in plan.duties if one.table == table]
        ledger.update_rows(session, table, moved, act)


def _duties(
    session: Session, giver: Person, taker: Person, given: set[Where], *, start: date, today: date
) -> list[Duty]:
    """The open measures and deviations of the giver at the schools where nothing is kept.

    What is due before a first day that comes stays with whoever is there until then.
    """
    rows = roles_of(session, giver.number, None, (start, date.max))
    held = {(row.role, Place(row.at_kind), row.at_id) for row in rows}
    held = {(role, place, at_id) for role, place, at_id in held if may_answer(role, place)}
    school = _schools(session, held | given)
    schools = {school[one] for one in held & given} - {school[one] for one in held - given}
    if not schools:
        return []
    found: list[Duty] = [
        *(Duty("measure", row, taker.number) for row in measures_for(session, [giver.number])),
        *(Duty("deviation", row, taker.number) for row in deviations_for(session, [giver.number])),
    ]
    return [
        one
        for one in found
        if one.row.school_id in schools and (start <= today or one.row.due >= start)
    ]


def _schools(session: Session, roles: Iterable[Where]) -> dict[Where, int]:
    """The school of each role at a school or a unit of it."""
    roles = list(roles)
    unit = metadata.tables["unit"]
    at = [at_id for _role, place, at_id in roles if place is Place.UNIT]
    rows = session.execute(select(unit.c.id, unit.c.school_id).where(unit.c.id.in_(at)))
    of = {row.id: row.school_id for row in rows}
    return {
        (role, place, at_id): at_id if place is Place.SCHOOL else of[at_id]
        for role, place, at_id in roles
        if place is Place.SCHOOL or place is Place.UNIT
    }


def _leading(viewer: Viewer, taker: Person) -> Viewer:
    """Whoever asks, with the roles that lead for this: to oneself nothing is given on by
    administering, which sees no pupils, whatever else one holds. Raises NotAllowed for one who only
    administers.
    """
    if viewer.person_id != taker.id:
        return viewer
    if not viewer.may(Action.SEE):
        raise NotAllowed(
            _("Den som administrerer uten å se elever, kan ikke overta selv: be en leder om det.")
        )
    near = tuple(grant for grant in viewer.grants if grant.place is not Place.OWNER)
    return replace(viewer, grants=near)


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


def _may(
    session: Session,
    viewer: Viewer,
    rows: Sequence[Any],
    own: Sequence[int],
    person_id: int,
    today: date,
) -> Callable[[Any], bool]:
    """Which of somebody's roles the viewer may give on: one's own, or where one leads.

    Raises NotAllowed where it is none of them. The role of one who only looks on is given by
    whoever appoints, in roles.csv, and goes to nobody else.
    """
    if rows and not any(ROLES[row.role].answers for row in rows):
        raise NotAllowed(
            _("Rollen {role} gis ikke videre: skriv heller den nye i roles.csv.").format(
                role=rows[0].role
            )
        )
    if viewer.is_everyone or viewer.person_id in own:
        return lambda row: ROLES[row.role].answers
    led = led_roles(session, viewer, person_id, today=today)
    if rows and not any(row.id in led for row in rows):
        raise NotAllowed(
            _("Bare den som har rollen, og den som leder der, kan gi den videre ({role}).").format(
                role=rows[0].role
            )
        )
    return lambda row: row.id in led and ROLES[row.role].answers


def _no_more_than_seen(
    session: Session, viewer: Viewer, rows: Sequence[Any], may: Callable[[Any], bool]
) -> Callable[[Any], bool]:
    """The same for whoever takes over oneself: only roles that may be taken (`takeable`), and of a
    pupil only where one sees the pupil. Raises NotAllowed where none is.
    """
    own = takeable(viewer)
    pupil = metadata.tables["pupil"]
    at_pupils = {row.at_id for row in rows if row.at_kind == Place.PUPIL}
    statement = select(pupil.c.id).where(pupil.c.id.in_(at_pupils), sees_pupil(viewer, pupil.c.id))
    seen = set(session.execute(statement).scalars())

    def able(row: Any) -> bool:
        shown = row.at_kind != Place.PUPIL or row.at_id in seen
        return may(row) and row.role in own and shown

    if rows and not any(able(row) for row in rows):
        raise NotAllowed(
            _("Du kan ikke selv overta rollen {role}: den ser mer enn du gjør.").format(
                role=ROLES[rows[0].role].title.get()
            )
        )
    return able


def _wanted(
    session: Session,
    viewer: Viewer,
    plan: Plan,
    giver: Person,
    taker: Person,
    days: Days,
    pupils: Sequence[int],
    today: date,
) -> tuple[dict[Where, list[Days]], dict[Where, Holding]]:
    """What is to be given on: the days of each role and place; and who holds what there."""
    rows = roles_of(session, giver.number, None, days)
    at = dict(_at_pupils(session, rows, pupils, days)) if pupils else {}
    if pupils:
        plan.not_held = [one for one in pupils if not any(where[2] == one for where in at)]
        asked = {row.id for some in at.values() for row, _days in some}
        rows = [row for row in rows if row.id in asked]
    may = _may(session, viewer, rows, (giver.number,), giver.number, today)
    if viewer.person_id is not None and viewer.person_id == taker.id:
        may = _no_more_than_seen(session, viewer, rows, may)
    plan.not_led = sum(not may(row) for row in rows)
    if not pupils:
        holdings = holdings_of(session, giver.owner, giver.number, may)
        found = {where: one.days(giver.number, None, days) for where, one in holdings.items()}
        return {where: spans for where, spans in found.items() if spans}, holdings
    wanted = {
        where: merged(span for row, span in some if may(row))
        for where, some in at.items()
        if any(may(row) for row, _span in some)
    }
    return wanted, holdings_at(session, giver.owner, wanted)


def _at_pupils(
    session: Session, rows: Sequence[Any], pupils: Sequence[int], days: Days
) -> Iterator[tuple[Where, list[tuple[Any, Days]]]]:
    """The roles that somebody has for some pupils, of their own or through a class, as roles at
    each pupil, with the days.
    """
    stays, protected = stays_of(session, list(pupils)), seen_from_class(session, pupils)
    for pupil_id in pupils:
        found: dict[str, list[tuple[Any, Days]]] = {}
        for row in rows:
            held = common((row.starts, row.ends or date.max), days)
            place = Place(row.at_kind)
            if held is None:
                continue
            if place is Place.PUPIL and row.at_id == pupil_id:
                found.setdefault(row.role, []).append((row, held))
            if place is not Place.UNIT or Place.PUPIL not in ROLES[row.role].places:
                continue
            if not protected(pupil_id, row.role):
                continue
            for stay in stays.get(pupil_id, ()):
                here = common(held, (stay.starts, stay.ends or date.max))
                if stay.class_id == row.at_id and here is not None:
                    found.setdefault(row.role, []).append((row, here))
        for role, some in found.items():
            yield (role, Place.PUPIL, pupil_id), some


def _give(
    plan: Plan,
    where: Where,
    holding: Holding,
    taker: Person,
    for_id: int | None,
    spans: Sequence[Days],
) -> None:
    for first, final in spans:
        if not holding.give(taker.number, for_id, (first, final)):
            why = (
                _("{taker} har rollen fra før")
                if for_id is None
                else _("{taker} er vikar her fra før")
            )
            ends = None if final == date.max else final
            plan.stays.append((Role(*where, first, ends), why.format(taker=taker.key)))


def settle(plan: Plan, where: Where, holding: Holding, taker: Person, for_id: int | None) -> None:
    """Writes into the plan what has become of a role at a place, for who is to hold it."""
    holding.settle()
    plan.goes += holding.goes()
    plan.changes += holding.changes()
    role, place, at_id = where
    plan.begins += [
        {
            "owner_id": taker.owner,
            "person_id": one.person_id,
            "role": role,
            "at_kind": place.value,
            "at_id": at_id,
            "starts": one.starts,
            "ends": last(one),
            "for_id": one.for_id,
        }
        for one in holding.begins()
    ]
    plan.roles += [
        Role(*where, one.starts, last(one))
        for one in holding.grows()
        if (one.person_id, one.for_id) == (taker.number, for_id)
    ]
