"""Pupils who may be one and the same, put side by side for whoever sees and imports both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from iopflow.models import (
    Assessment,
    Consent,
    Enrolment,
    NotSame,
    Pupil,
    School,
    Scope,
    Unit,
    Vedtak,
    metadata,
)
from iopflow.queries.access import Viewer, sees_pupil, visible_schools
from iopflow.queries.places import NotFound
from iopflow.roles import Action
from iopflow.texts import _, sort_key

ALIKE = 0.82  # of difflib: «Ola Aas» and «Ola Aasen», not «Ola Aas» and «Ole Berg»
MOST = 100  # pairs on the page


@dataclass(frozen=True, slots=True)
class Known:
    """A pupil as far as the likeness goes."""

    id: int
    name: str
    birth_month: str | None

    @property
    def plain(self) -> str:
        """The name without capitals and double spaces."""
        return " ".join(self.name.casefold().split())


@dataclass(frozen=True, slots=True)
class Pair:
    """Two who may be one, and why."""

    one: Known
    other: Known
    why: str


@dataclass(frozen=True, slots=True)
class StayRow:
    """An enrolment in words."""

    school: str
    unit: str
    grade: int
    starts: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two with what is known of it."""

    pupil: Pupil
    stays: list[StayRow]
    assessments: list[int]
    vedtak: list[date]
    consents: int
    happenings: int


def candidates(session: Session, viewer: Viewer, *, today: date) -> list[Pair]:
    """The pairs that nobody has said are two, the likest first; each reads the same sets once."""
    pupils = [Known(*row) for row in session.execute(_mergeable(viewer, session, today))]
    apart = {
        (one, other)
        for one, other in session.execute(
            select(col(NotSame.one_id), col(NotSame.other_id)).where(
                col(NotSame.owner_id) == viewer.owner_id
            )
        )
    }
    pairs = [pair for pair in _pairs(pupils) if (pair.one.id, pair.other.id) not in apart]
    return sorted(pairs, key=lambda pair: sort_key(pair.one.name))


def _pairs(pupils: Sequence[Known]) -> Iterator[Pair]:
    by_name: dict[str, list[Known]] = {}
    by_month: dict[str, list[Known]] = {}
    for one in sorted(pupils, key=lambda one: one.id):
        by_name.setdefault(one.plain, []).append(one)
        if one.birth_month is not None:
            by_month.setdefault(one.birth_month, []).append(one)
    for same in by_name.values():
        for one, other in combinations(same, 2):
            if one.birth_month == other.birth_month and one.birth_month is not None:
                yield Pair(one, other, _("samme navn og fødselsmåned"))
            elif None in (one.birth_month, other.birth_month):
                yield Pair(one, other, _("samme navn, og fødselsmåned mangler"))
    for same in by_month.values():
        for one, other in combinations(same, 2):
            if one.plain != other.plain and _alike(one.plain, other.plain):
                yield Pair(one, other, _("liknende navn og samme fødselsmåned"))


def _alike(one: str, other: str) -> bool:
    found = SequenceMatcher(None, one, other, autojunk=False)
    return found.quick_ratio() >= ALIKE and found.ratio() >= ALIKE


def mergeable(
    session: Session, viewer: Viewer, numbers: Sequence[int], *, today: date
) -> list[Pupil]:
    """These pupils in this order. Raises NotFound where the viewer may not merge one of them."""
    may = {row.id for row in session.execute(_mergeable(viewer, session, today, numbers))}
    if may != set(numbers) or len(may) != len(numbers):
        raise NotFound(_("Fant ikke eleven: åpne siden på nytt."))
    return [session.get_one(Pupil, number) for number in numbers]


def _mergeable(
    viewer: Viewer, session: Session, today: date, numbers: Sequence[int] | None = None
) -> Any:
    """Pupils whom the viewer sees and imports, wherever they are enrolled today or later."""
    schools = [one.id for one in visible_schools(viewer, session, Action.IMPORT)]
    lasts = or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= today)
    elsewhere = select(col(Enrolment.pupil_id)).where(
        lasts, col(Enrolment.school_id).not_in(schools)
    )
    seen = select(col(Enrolment.pupil_id)).where(
        col(Enrolment.school_id).in_(schools),
        sees_pupil(
            viewer,
            col(Enrolment.pupil_id),
            school_id=col(Enrolment.school_id),
            action=Action.IMPORT,
        ),
    )
    asked = select(col(Pupil.id), col(Pupil.name), col(Pupil.birth_month)).where(
        col(Pupil.owner_id) == viewer.owner_id,
        col(Pupil.id).in_(seen),
        col(Pupil.id).not_in(elsewhere),
    )
    return asked if numbers is None else asked.where(col(Pupil.id).in_(numbers))


def side_of(session: Session, pupil: Pupil) -> Side:
    """What is known of one of the two."""
    happening = metadata.tables["happening"]
    stays = session.execute(
        select(
            col(School.name),
            col(Unit.name),
            col(Enrolment.grade),
            col(Enrolment.starts),
            col(Enrolment.ends),
        )
        .join(School, col(School.id) == col(Enrolment.school_id))
        .outerjoin(Unit, col(Unit.id) == col(Enrolment.class_id))
        .where(col(Enrolment.pupil_id) == pupil.id)
        .order_by(col(Enrolment.starts))
    )
    return Side(
        pupil,
        [StayRow(school, unit or "", *rest) for school, unit, *rest in stays],
        sorted(_column(session, col(Assessment.year), Assessment, pupil)),
        sorted(_column(session, col(Vedtak.decided_on), Vedtak, pupil)),
        len(_column(session, col(Consent.id), Consent, pupil)),
        session.execute(
            select(func.count()).where(
                happening.c.scope == Scope.PUPIL, happening.c.subject_id == pupil.id
            )
        ).scalar_one(),
    )


def _column(session: Session, column: Any, table: Any, pupil: Pupil) -> list[Any]:
    return list(session.execute(select(column).where(table.pupil_id == pupil.id)).scalars())
