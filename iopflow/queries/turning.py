"""The turn of the year at one school: what is ready for the next year, and what is lacking.

Counts are of all pupils; names only of those whom the viewer sees there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from iopflow.clock import aware, local_date
from iopflow.models import DayOff, Enrolment, Pupil, School, SchoolYearRow, Unit
from iopflow.queries.access import Viewer, sees_pupil
from iopflow.queries.holders import Duty, Roster
from iopflow.queries.rules import Rules
from iopflow.queries.units import UnitRow, units_of
from iopflow.roles import ROLES, Action
from iopflow.schoolyear import Year
from iopflow.texts import sort_key
from iopflow.wheel import Step

LAST_GRADE = 10


@dataclass(frozen=True, slots=True)
class Rute:
    """The skolerute of a year, with its days off."""

    first_day: date
    last_day: date
    planning_day: date | None
    opened_on: date | None
    days_off: list[tuple[date, date, str]]


@dataclass(frozen=True, slots=True)
class Mover:
    """A pupil around the turn of the year. `name` is None for one whom the viewer does not see."""

    pupil_id: int
    name: str | None
    before: bool  # enrolled at the end of the old year
    after: bool  # enrolled on the first school day of the new one
    grade: int  # in the new year
    class_before: int | None
    class_after: int | None
    ppt_id: int | None

    @property
    def leaves(self) -> bool:
        """Whether the pupil is here no more."""
        return self.before and not self.after

    @property
    def is_done(self) -> bool:
        """Whether the tenth grade is behind the pupil, who is enrolled all the same."""
        return self.after and self.grade > LAST_GRADE


@dataclass(frozen=True, slots=True)
class Lack:
    """A role that nobody holds for some steps, and where."""

    role: str
    where: list[str]
    steps: list[str]


@dataclass(slots=True)
class Turn:
    """What the pages of the wizard show of one school and the year that comes."""

    school: School
    year: Year
    rute: Rute | None
    old_day: date
    new_day: date
    change_day: date
    movers: list[Mover]
    classes: list[UnitRow]
    units: list[UnitRow]
    lacks: list[Lack]

    @property
    def moves_up(self) -> int:
        """Pupils who go on."""
        return sum(one.before and one.after for one in self.movers)

    @property
    def leaving(self) -> list[Mover]:
        """Those who leave."""
        return [one for one in self.movers if one.leaves]

    @property
    def new(self) -> list[Mover]:
        """Those who come."""
        return [one for one in self.movers if one.after and not one.before]

    @property
    def done(self) -> list[Mover]:
        """Those who have been in the tenth grade, of whom nobody has said that they leave."""
        return [one for one in self.movers if one.is_done]

    @property
    def unplaced(self) -> list[Mover]:
        """Those who have no class in the new year."""
        use = {one.id for one in self.classes}
        return [one for one in self.movers if one.after and one.class_after not in use]

    @property
    def without_teacher(self) -> list[UnitRow]:
        """Classes in use without a contact teacher."""
        return [one for one in self.classes if one.pupils and not one.teachers]

    @property
    def pupils_without_teacher(self) -> int:
        """How many pupils these classes have."""
        return sum(one.pupils for one in self.without_teacher)


def turn(
    session: Session, rules: Rules, viewer: Viewer, school: School, year: Year, *, today: date
) -> Turn:
    """What is ready at a school for a year, in a constant number of statements."""
    rutes = {
        row.year: row
        for row in session.execute(
            select(SchoolYearRow).where(
                col(SchoolYearRow.school_id) == school.id,
                col(SchoolYearRow.year).in_((year.start, year.previous.start)),
            )
        ).scalars()
    }
    this, before = rutes.get(year.start), rutes.get(year.previous.start)
    old_day = before.last_day if before is not None else year.previous.on(6, 15)
    new_day = this.first_day if this is not None else year.on(8, 17)
    units = units_of(session, school, new_day)
    in_use = [one for one in units if one.closed_on is None or one.closed_on > new_day]
    classes = [one for one in in_use if one.is_class]
    movers = _movers(session, viewer, school, year, old_day, new_day)
    return Turn(
        school,
        year,
        _rute(session, school, this) if this is not None else None,
        old_day,
        new_day,
        max(year.on(8, 1), today),
        movers,
        classes,
        in_use,
        _lacks(session, rules, school, year, in_use, movers, new_day),
    )


def _rute(session: Session, school: School, row: SchoolYearRow) -> Rute:
    days = session.execute(
        select(col(DayOff.starts), col(DayOff.ends), col(DayOff.what))
        .where(
            col(DayOff.school_id) == school.id,
            col(DayOff.starts) >= row.first_day,
            col(DayOff.starts) <= row.last_day,
        )
        .order_by(col(DayOff.starts))
    )
    return Rute(
        row.first_day,
        row.last_day,
        row.planning_day,
        local_date(aware(row.opened_at)) if row.opened_at is not None else None,
        [(starts, ends or starts, what) for starts, ends, what in days],
    )


def _movers(
    session: Session, viewer: Viewer, school: School, year: Year, old_day: date, new_day: date
) -> list[Mover]:
    rows = session.execute(
        select(
            col(Pupil.id),
            col(Pupil.name),
            col(Pupil.ppt_id),
            col(Enrolment.starts),
            col(Enrolment.ends),
            col(Enrolment.class_id),
            col(Enrolment.grade),
            sees_pupil(
                viewer,
                col(Pupil.id),
                school_id=col(Enrolment.school_id),
                action=Action.ROLLOVER,
            ).label("seen"),
        )
        .join(Pupil, col(Pupil.id) == col(Enrolment.pupil_id))
        .where(
            col(Enrolment.school_id) == school.id,
            col(Enrolment.starts) <= new_day,
            or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= old_day),
        )
        .order_by(col(Enrolment.starts))
    ).all()
    stays: dict[int, list[Any]] = {}
    for row in rows:
        stays.setdefault(row.id, []).append(row)
    found = [_mover(some, year, old_day, new_day) for some in stays.values()]
    return sorted(
        (one for one in found if one.before or one.after),
        key=lambda one: (one.name is None, sort_key(one.name or "")),
    )


def _mover(stays: Sequence[Any], year: Year, old_day: date, new_day: date) -> Mover:
    old, new = _on(stays, old_day), _on(stays, new_day)
    stay = new or old or stays[-1]
    return Mover(
        stay.id,
        stay.name if stay.seen else None,
        old is not None,
        new is not None,
        stay.grade + year.start - Year.of(stay.starts).start,
        old.class_id if old is not None else None,
        new.class_id if new is not None else None,
        stay.ppt_id,
    )


def _on(stays: Iterable[Any], day: date) -> Any:
    return next(
        (one for one in stays if one.starts <= day and (one.ends is None or day <= one.ends)), None
    )


def _lacks(
    session: Session,
    rules: Rules,
    school: School,
    year: Year,
    units: Sequence[UnitRow],
    movers: Sequence[Mover],
    day: date,
) -> list[Lack]:
    """The duties of classes, avdelinger and the school itself that nobody holds on a day."""
    steps = rules.of_schools([(school.number, school.wheel, school.network_id is not None)])
    roster = Roster(session, today=day, owners={school.number: school.owner})
    used = {one.class_after for one in movers if one.after}
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for step in steps[school.number].values():
        if not step.opens_tasks_in(year) or not step.responsible:
            continue
        for name, duty in _duties(step, school, units, used):
            if step.responsible in ROLES and not roster.people(step.responsible, duty):
                where, titles = found.setdefault(step.responsible, ({}, {}))
                where[name] = None
                titles[step.title.get()] = None
    return [
        Lack(ROLES[role].title.get(), list(where), list(titles))
        for role, (where, titles) in found.items()
    ]


def _duties(
    step: Step, school: School, units: Sequence[UnitRow], used: set[int | None]
) -> Iterator[tuple[str, Duty]]:
    if step.scope == "school":
        yield school.name, Duty(school.number)
    for one in units:
        if (step.scope == "class" and one.is_class and one.id in used) or (
            step.scope == "unit" and not one.is_class
        ):
            yield one.name, Duty(school.number, unit_id=one.id)


def enrolled_elsewhere(
    session: Session, school: School, pupils: Iterable[int], day: date
) -> Mapping[int, str]:
    """Which of some pupils are enrolled at another school on a day: number and name."""
    rows = session.execute(
        select(col(Pupil.id), col(Pupil.name))
        .join(Enrolment, col(Enrolment.pupil_id) == col(Pupil.id))
        .where(
            col(Pupil.id).in_(list(pupils)),
            col(Enrolment.school_id) != school.id,
            or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= day),
        )
    )
    return {row[0]: row[1] for row in rows}


def class_names(session: Session, school: School) -> dict[int | None, str]:
    """The names of a school's units by number, the closed ones too."""
    rows = session.execute(
        select(col(Unit.id), col(Unit.name)).where(col(Unit.school_id) == school.id)
    )
    return {row[0]: row[1] for row in rows}
