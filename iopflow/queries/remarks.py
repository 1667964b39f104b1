"""What schools say of their figures and do about them: comments, measures and deviations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlmodel import Session

from iopflow.indicators import BY_CODE
from iopflow.models import School, another, metadata
from iopflow.naming import is_named
from iopflow.queries.access import Viewer, sees_pupil, visible_schools
from iopflow.queries.masking import is_few
from iopflow.queries.own import own_schools
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.registered import IMPORTED
from iopflow.roles import ROLES, Action, Place
from iopflow.schoolyear import Year
from iopflow.texts import sort_key

# The figures that something may be said of and done about.
CODES: tuple[str, ...] = (*BY_CODE, *IMPORTED)


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure with the name of the person responsible.

    Done on `done_on`, or closed without being done on `closed_on`: `outcome` says how it went, or
    why not.
    """

    id: int
    year: Year
    indicator: str
    text: str
    person: str
    person_id: int
    due: date
    done_on: date | None
    outcome: str | None
    closed_on: date | None
    decided_on: date
    follows: int | None
    school_id: int
    school: str
    owner_id: int

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.done_on is None and self.closed_on is None

    def is_overdue(self, today: date) -> bool:
        """Whether it is still to be done, and its day has passed."""
        return self.is_open and self.due < today


@dataclass(frozen=True, slots=True)
class DeviationRow:
    """A deviation: how many pupils, why, what is put right. `evidence` says where it is closed.

    `person` follows it up until `due`.
    """

    id: int
    year: Year
    indicator: str | None
    step: str | None
    tasks: tuple[int, ...]
    pupils: int
    cause: str
    description: str
    correction: str
    raised_on: date
    by: str
    person: str
    person_id: int | None
    due: date
    closed_on: date | None
    evidence: str | None
    school_id: int
    school: str
    owner_id: int

    @property
    def is_open(self) -> bool:
        """Whether it is not put right yet."""
        return self.closed_on is None

    def is_overdue(self, today: date) -> bool:
        """Whether it is not put right, and its day has passed."""
        return self.is_open and self.due < today


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said of one figure of a school and year, and done about it.

    `comment` is empty where nothing is said. `earlier` are the measures of the year before.
    """

    comment: str
    measures: list[MeasureRow]
    earlier: list[MeasureRow]


@dataclass(frozen=True, slots=True)
class Comment:
    """The comment on a figure that is in force: who wrote it, and when."""

    id: int
    text: str
    by: str
    by_id: int | None
    on_day: date


def remarks_of(session: Session, school_id: int, year: Year) -> dict[str, Remark]:
    """What a school says of its figures of a year, by code; figures without anything are left out.

    Whoever asks has been let in already: see `Action.REMARKS`.
    """
    found: dict[str, Remark] = {}
    for code, comment in comments_of(session, school_id, year).items():
        if comment.text:
            found[code] = Remark(comment.text, [], [])
    for row in measures_of(session, [school_id], [year, year.previous]):
        remark = found.setdefault(row.indicator, Remark("", [], []))
        (remark.measures if row.year == year else remark.earlier).append(row)
    return found


def comments_of(session: Session, school_id: int, year: Year) -> dict[str, Comment]:
    """The comments on a school's figures of a year, by code; an empty one was taken away."""
    table, person = metadata.tables["indicator_comment"], metadata.tables["person"]
    rows = session.connection().execute(
        select(table, person.c.name.label("by"))
        .outerjoin(person, person.c.id == table.c.by_id)
        .where(table.c.school_id == school_id, table.c.year == year.start)
    )
    return {
        row.indicator: Comment(row.id, row.text, row.by or "", row.by_id, row.on_day)
        for row in rows
    }


def measures_of(
    session: Session, schools: Collection[int], years: Collection[Year] | None = None
) -> list[MeasureRow]:
    """The measures of schools, of some years or of all, the first due first."""
    table = metadata.tables["measure"]
    where = [table.c.school_id.in_(list(schools))]
    if years is not None:
        where.append(table.c.year.in_([year.start for year in years]))
    return _measures(session, and_(*where))


def measures_for(session: Session, people: Collection[int]) -> list[MeasureRow]:
    """What people are to do still, the first due first."""
    table = metadata.tables["measure"]
    return _measures(
        session,
        and_(
            table.c.person_id.in_(list(people)),
            table.c.done_on.is_(None),
            table.c.closed_on.is_(None),
        ),
    )


def measure_by(session: Session, number: int) -> MeasureRow | None:
    """One measure by its number, whoever asks."""
    found = _measures(session, metadata.tables["measure"].c.id == number)
    return found[0] if found else None


def deviations_of(session: Session, school_id: int, year: Year | None) -> list[DeviationRow]:
    """The deviations of a school, of a year or of all, the newest first."""
    table = metadata.tables["deviation"]
    where = [table.c.school_id == school_id]
    if year is not None:
        where.append(table.c.year == year.start)
    return _deviations(session, and_(*where))


def deviations_at(session: Session, schools: Collection[int]) -> list[DeviationRow]:
    """The deviations of schools, the newest first."""
    return _deviations(session, metadata.tables["deviation"].c.school_id.in_(list(schools)))


def deviations_for(session: Session, people: Collection[int]) -> list[DeviationRow]:
    """What people are to put right still, the newest first."""
    table = metadata.tables["deviation"]
    return _deviations(
        session, and_(table.c.person_id.in_(list(people)), table.c.closed_on.is_(None))
    )


def raised_for(
    session: Session, school_id: int, year: Year, indicator: str
) -> dict[int, list[int]]:
    """The numbers of the open deviations about a figure, by the pupil whose task is in them."""
    found = [
        one
        for one in deviations_of(session, school_id, year)
        if one.is_open and one.indicator == indicator
    ]
    ids = sorted({number for one in found for number in one.tasks})
    if not ids:
        return {}
    task = metadata.tables["task"]
    statement = select(task.c.id, task.c.subject_id).where(among(task.c.id, "ids"))
    pupils = {row.id: row.subject_id for row in read(session, statement, ids=ids)}
    raised: dict[int, list[int]] = {}
    for one in found:
        for pupil in {pupils[number] for number in one.tasks if number in pupils}:
            raised.setdefault(pupil, []).append(one.id)
    return raised


def deviation_by(session: Session, number: int) -> DeviationRow | None:
    """One deviation by its number, whoever asks."""
    found = _deviations(session, metadata.tables["deviation"].c.id == number)
    return found[0] if found else None


def _measures(session: Session, where: ColumnElement[bool]) -> list[MeasureRow]:
    table, school, person = metadata.tables["measure"], another("school"), another("person")
    rows = session.connection().execute(
        select(table, person.c.name.label("person"), school.c.name.label("school"))
        .join(person, person.c.id == table.c.person_id)
        .join(school, school.c.id == table.c.school_id)
        .where(where)
        .order_by(table.c.due, table.c.id)
    )
    return [_measure(row) for row in rows]


def _measure(row: Any) -> MeasureRow:
    return MeasureRow(
        *(row.id, Year(row.year), row.indicator, row.text, row.person, row.person_id, row.due),
        *(row.done_on, row.outcome, row.closed_on, row.decided_on, row.follows),
        *(row.school_id, row.school, row.owner_id),
    )


def _deviations(session: Session, where: ColumnElement[bool]) -> list[DeviationRow]:
    table, school, person = metadata.tables["deviation"], another("school"), another("person")
    owner = another("person")
    names = (person.c.name.label("by"), owner.c.name.label("person"), school.c.name.label("school"))
    rows = session.connection().execute(
        select(table, *names)
        .outerjoin(person, person.c.id == table.c.by_id)
        .outerjoin(owner, owner.c.id == table.c.person_id)
        .join(school, school.c.id == table.c.school_id)
        .where(where)
        .order_by(table.c.raised_on.desc(), table.c.id.desc())
    )
    return [_deviation(row) for row in rows]


def _deviation(row: Any) -> DeviationRow:
    return DeviationRow(
        *(row.id, Year(row.year), row.indicator, row.step, _numbers(row.tasks), row.pupils),
        *(row.cause, row.description, row.correction, row.raised_on, row.by or ""),
        *(row.person or "", row.person_id, row.due),
        *(row.closed_on, row.evidence, row.school_id, row.school, row.owner_id),
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(",") if one)


def answerable(session: Session, school_id: int, *, today: date) -> list[tuple[int, str]]:
    """Who may be responsible for a measure of a school: whoever has a role of today at it or in a
    unit of it, and does not only look on. By number and name, in the order of names.
    """
    found = _holders(session, [school_id], today)
    return sorted({(row.id, row.name) for row in found}, key=lambda one: sort_key(one[1]))


def holding(session: Session, schools: Collection[int], *, today: date) -> set[tuple[int, int]]:
    """Those who may be responsible at some schools, today or later: school and person."""
    return {(row.school_id, row.id) for row in _holders(session, schools, today, coming=True)}


def may_answer(role: str, place: Place) -> bool:
    """Whether a role makes somebody one who may be responsible for a measure."""
    there = place in {Place.SCHOOL, Place.UNIT}
    return there and ROLES[role].answers and Action.SEE in ROLES[role].may


def _holders(
    session: Session, schools: Collection[int], today: date, *, coming: bool = False
) -> Sequence[Any]:
    grant, person, unit = (metadata.tables[one] for one in ("role_grant", "person", "unit"))
    roles = [key for key in ROLES if may_answer(key, Place.SCHOOL)]
    begun = [] if coming else [grant.c.starts <= today]
    of_unit = grant.c.at_kind == Place.UNIT.value
    school = case((of_unit, unit.c.school_id), else_=grant.c.at_id)
    return (
        session.connection()
        .execute(
            select(person.c.id, person.c.name, school.label("school_id"))
            .join(grant, grant.c.person_id == person.c.id)
            .outerjoin(unit, and_(of_unit, unit.c.id == grant.c.at_id))
            .where(
                grant.c.role.in_(roles),
                grant.c.at_kind.in_([Place.SCHOOL.value, Place.UNIT.value]),
                *begun,
                or_(grant.c.ends.is_(None), grant.c.ends >= today),
                school.in_(list(schools)),
            )
            .distinct()
        )
        .all()
    )


def sees(session: Session, viewer: Viewer, row: MeasureRow | DeviationRow, *, today: date) -> bool:
    """Whether somebody may read it: at a school of theirs, or their own where they have a role."""
    if row.school_id in {one.number for one in visible_schools(viewer, session, Action.REMARKS)}:
        return True
    own = viewer.person_id is not None and row.person_id == viewer.person_id
    return own and row.school_id in own_schools(session, viewer, today=today)


def writable(session: Session, viewer: Viewer) -> set[int]:
    """The schools whose measures and deviations somebody may write."""
    if not viewer.may(Action.MEASURE):
        return set()
    return {one.number for one in visible_schools(viewer, session, Action.MEASURE)}


def may_end(
    viewer: Viewer, writes_at: Collection[int], *, school_id: int, person_id: int | None
) -> bool:
    """Whether somebody may say that a measure or deviation of a school is over: whoever answers for
    it (`person_id`), or may write it, as they may at the schools `writes_at`.
    """
    own = viewer.person_id is not None and person_id == viewer.person_id
    return own or school_id in writes_at


def steps_of(rules: Rules, school: School) -> dict[str, str]:
    """The steps that a deviation of a school may be about, by key with the title."""
    return {
        step.key: step.title.get()
        for wheel in rules.of_school(school)
        for step in wheel.steps
        if not step.off
    }


def pupils_shown(viewer: Viewer, row: DeviationRow) -> int | None:
    """How many pupils a deviation is about; None where so few may be recognised by one who does not
    lead the school.
    """
    leads = viewer.is_everyone or row.school_id in viewer.at(Place.SCHOOL, Action.FIGURES)
    return row.pupils if leads or not is_few(row.pupils) else None


def pupils_named(session: Session, viewer: Viewer, school_id: int, *texts: str) -> bool:
    """Whether texts hold the whole name of a pupil of the school whom the viewer sees.

    Only of those, so that nobody can ask whether somebody is a pupil there.
    """
    pupil, stay = metadata.tables["pupil"], metadata.tables["enrolment"]
    here = select(stay.c.pupil_id).where(stay.c.school_id == school_id)
    rows = session.execute(
        select(pupil.c.name).where(pupil.c.id.in_(here), sees_pupil(viewer, pupil.c.id))
    )
    return is_named((name for (name,) in rows), *texts)
