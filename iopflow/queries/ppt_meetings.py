"""The meetings of avdelinger with PPT, their agendas, and who was there, for those who may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, select, true
from sqlmodel import Session

from iopflow.models import Side, UnitKind, another, metadata
from iopflow.queries.access import Viewer, sees_pupil
from iopflow.queries.handing import held_at
from iopflow.queries.places import NotFound
from iopflow.queries.ppt import QueueCase, queue
from iopflow.queries.rules import Rules
from iopflow.roles import ROLES, Action, Place, Sight
from iopflow.schoolyear import Year
from iopflow.texts import _, sort_key

STEP = "iop.ppt_samarbeidsmoter"


@dataclass(frozen=True, slots=True)
class MeetingUnit:
    """An avdeling whose meetings with PPT the viewer plans or records."""

    number: int
    owner_id: int
    key: str
    name: str
    school_id: int
    school: str
    school_name: str


@dataclass(frozen=True, slots=True)
class OnAgenda:
    """A pupil on the agenda whom the viewer may see."""

    pupil_id: int
    pupil: str
    name: str
    reference: str | None
    treated: bool

    @property
    def case_number(self) -> str:
        """PPT's own number of the case, else the pupil's code."""
        return self.reference or self.pupil


@dataclass(frozen=True, slots=True)
class Attending:
    """Somebody who was there, or could be, and for which side."""

    person_id: int
    key: str
    name: str
    side: Side


@dataclass(frozen=True, slots=True)
class WithPpt:
    """A meeting. `hidden` counts the pupils on its agenda whom the viewer may not see."""

    number: int
    unit: MeetingUnit
    year: Year
    on_day: date
    held: bool
    agenda: tuple[OnAgenda, ...]
    hidden: int
    people: tuple[Attending, ...]

    @property
    def both(self) -> bool:
        """Whether both the school and PPT were there (seed P1: «begge parter til stede»)."""
        return self.held and {one.side for one in self.people} == set(Side)


def units(session: Session, viewer: Viewer, *, today: date) -> list[MeetingUnit]:
    """The avdelinger that the viewer leads, or where PPT has a pupil whom the viewer sees."""
    unit, school = metadata.tables["unit"], metadata.tables["school"]
    rows = session.execute(
        select(
            unit.c.id,
            unit.c.owner_id,
            unit.c.key,
            unit.c.name,
            unit.c.school_id,
            school.c.key,
            school.c.name,
        )
        .join(school, school.c.id == unit.c.school_id)
        .where(unit.c.kind == UnitKind.AVDELING, _within_reach(viewer, unit, today))
    )
    found = [MeetingUnit(*row) for row in rows]
    return sorted(found, key=lambda one: (sort_key(one.school_name), sort_key(one.name)))


def _within_reach(viewer: Viewer, unit: Any, today: date) -> ColumnElement[bool]:
    if viewer.is_everyone:
        return true()
    stay, class_ = another("enrolment"), another("unit")
    with_pupils = (
        select(class_.c.parent_id)
        .join(stay, stay.c.class_id == class_.c.id)
        .where(
            stay.c.starts <= today,
            or_(stay.c.ends.is_(None), stay.c.ends >= today),
            sees_pupil(viewer, stay.c.pupil_id, action=Action.MEET_PPT, sight=Sight.ASSESSMENT),
        )
    )
    return or_(
        unit.c.id.in_(viewer.at(Place.UNIT, Action.MEET_PPT)),
        unit.c.school_id.in_(viewer.at(Place.SCHOOL, Action.MEET_PPT)),
        unit.c.id.in_(with_pupils),
    )


def unit_of(session: Session, viewer: Viewer, key: str, *, today: date) -> MeetingUnit:
    """One of those avdelinger by id. Raises NotAllowed, NotFound."""
    viewer.require(Action.MEET_PPT)
    for one in units(session, viewer, today=today):
        if one.key == key:
            return one
    raise NotFound(_("Fant ikke avdelingen «{key}»: sjekk id-en.").format(key=key))


def with_ppt(session: Session, viewer: Viewer, *, today: date) -> list[WithPpt]:
    """The meetings that serve this school year or the next, the newest first."""
    year = Year.of(today)
    table = metadata.tables["ppt_meeting"]
    return _meetings(session, viewer, table.c.year.in_([year.start, year.next.start]), today)


def one_with_ppt(session: Session, viewer: Viewer, number: int, *, today: date) -> WithPpt:
    """One meeting. Raises NotAllowed, NotFound."""
    viewer.require(Action.MEET_PPT)
    found = _meetings(session, viewer, metadata.tables["ppt_meeting"].c.id == number, today)
    if not found:
        raise NotFound(_("Fant ikke møtet {n}: sjekk nummeret i listen.").format(n=number))
    return found[0]


def _meetings(
    session: Session, viewer: Viewer, where: ColumnElement[bool], today: date
) -> list[WithPpt]:
    table = metadata.tables["ppt_meeting"]
    reach = {one.number: one for one in units(session, viewer, today=today)}
    rows = session.execute(
        select(table)
        .where(where, table.c.unit_id.in_(list(reach)))
        .order_by(table.c.on_day.desc(), table.c.id)
    ).all()
    numbers = [row.id for row in rows]
    schools = {row.id: reach[row.unit_id].school_id for row in rows}
    agendas, hidden = _agendas(session, viewer, schools)
    people = _people(session, numbers)
    return [
        WithPpt(
            row.id,
            reach[row.unit_id],
            Year(row.year),
            row.on_day,
            row.held,
            tuple(agendas.get(row.id, ())),
            hidden.get(row.id, 0),
            tuple(people.get(row.id, ())),
        )
        for row in rows
    ]


def _agendas(
    session: Session, viewer: Viewer, schools: Mapping[int, int]
) -> tuple[dict[int, list[OnAgenda]], dict[int, int]]:
    """The pupils on the agendas of meetings (number → school), and how many are not shown."""
    table, pupil = metadata.tables["ppt_meeting_pupil"], metadata.tables["pupil"]
    found: dict[int, list[OnAgenda]] = {}
    hidden: dict[int, int] = {}
    for school_id in sorted(set(schools.values())):
        seen = sees_pupil(viewer, pupil.c.id, school_id=literal(school_id))
        rows = session.execute(
            select(
                table.c.meeting_id,
                table.c.treated,
                pupil.c.id,
                pupil.c.key,
                pupil.c.name,
                pupil.c.ppt_reference,
                seen.label("seen"),
            )
            .join(pupil, pupil.c.id == table.c.pupil_id)
            .where(table.c.meeting_id.in_([n for n, at in schools.items() if at == school_id]))
        )
        for row in sorted(rows, key=lambda one: (sort_key(one.name), one.key)):
            if row.seen:
                one = OnAgenda(row.id, row.key, row.name, row.ppt_reference, row.treated)
                found.setdefault(row.meeting_id, []).append(one)
            else:
                hidden[row.meeting_id] = hidden.get(row.meeting_id, 0) + 1
    return found, hidden


def _people(session: Session, numbers: Sequence[int]) -> dict[int, list[Attending]]:
    table, person = metadata.tables["ppt_meeting_person"], metadata.tables["person"]
    rows = session.execute(
        select(table.c.meeting_id, table.c.side, person.c.id, person.c.key, person.c.name)
        .join(person, person.c.id == table.c.person_id)
        .where(table.c.meeting_id.in_(numbers))
    )
    found: dict[int, list[Attending]] = {}
    for row in rows:
        one = Attending(row.id, row.key, row.name, row.side)
        found.setdefault(row.meeting_id, []).append(one)
    return {number: _in_order(some) for number, some in found.items()}


def proposed(
    session: Session, rules: Rules, viewer: Viewer, unit: MeetingUnit, *, today: date
) -> list[QueueCase]:
    """The open cases of the avdeling's pupils whom the viewer sees: what the agenda begins with."""
    table = metadata.tables["unit"]
    classes = set(
        session.execute(
            select(table.c.id).where(
                or_(table.c.id == unit.number, table.c.parent_id == unit.number)
            )
        ).scalars()
    )
    cases = queue(session, rules, viewer, today=today, sight=None)
    mine = [one for one in cases if one.class_id in classes and not one.rests]
    return sorted(
        {one.pupil_id: one for one in reversed(mine)}.values(),
        key=lambda one: (sort_key(one.name), one.pupil),
    )


def attendable(session: Session, unit: MeetingUnit, *, today: date) -> list[Attending]:
    """Who may have been there: people with a role today at the avdeling, its pupils or its school,
    or at the PPT office of one of the pupils; PPT is a side of its own.
    """
    grant, person = metadata.tables["role_grant"], metadata.tables["person"]
    stay, pupil, class_ = another("enrolment"), another("pupil"), another("unit")
    offices = (
        select(pupil.c.ppt_id)
        .join(stay, stay.c.pupil_id == pupil.c.id)
        .join(class_, class_.c.id == stay.c.class_id)
        .where(class_.c.parent_id == unit.number, or_(stay.c.ends.is_(None), stay.c.ends >= today))
    )
    rows = session.execute(
        select(person.c.id, person.c.key, person.c.name, grant.c.role)
        .join(grant, grant.c.person_id == person.c.id)
        .where(
            grant.c.starts <= today,
            or_(grant.c.ends.is_(None), grant.c.ends >= today),
            or_(
                held_at(grant, Place.UNIT, unit.number, today),
                and_(grant.c.at_kind == Place.SCHOOL.value, grant.c.at_id == unit.school_id),
                and_(grant.c.at_kind == Place.PPT.value, grant.c.at_id.in_(offices)),
            ),
        )
        .distinct()
    )
    found: dict[int, Attending] = {}
    for row in rows:
        of_ppt = ROLES[row.role].sight is Sight.ASSESSMENT
        if of_ppt or row.id not in found:
            side = Side.PPT if of_ppt else Side.SKOLE
            found[row.id] = Attending(row.id, row.key, row.name, side)
    return _in_order(found.values())


def _in_order(people: Iterable[Attending]) -> list[Attending]:
    return sorted(people, key=lambda one: (one.side.value, sort_key(one.name), one.key))
