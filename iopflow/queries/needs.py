"""Who needs what for a year at some schools: what is proposed, and what somebody has decided."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, Select, bindparam, case, or_, select
from sqlmodel import Session

from iopflow.facts import CaseFacts
from iopflow.lifecycle import Coming, Decision, Proposal, proposal
from iopflow.models import School, Scope, What, metadata
from iopflow.queries.access import Viewer, sees_pupil
from iopflow.queries.cases import whole_cases_of
from iopflow.queries.courses import CONCERN
from iopflow.queries.own import own_schools
from iopflow.queries.places import calendars, schools
from iopflow.queries.prepared import among, read
from iopflow.roles import Action, Sight
from iopflow.schoolyear import SchoolYear, Year
from iopflow.texts import sort_key

# PPT sees the road to an assessment alone, and none of this.
SIGHTS = (Sight.ALL, Sight.NO_TALKS)
SPECIAL = "spesialskole"  # the wheel that a school names for itself; an empty column says nothing
ORDER = (Decision.UNDECIDED, Decision.YES, Decision.NO, Decision.NONE)


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A pupil at a school in a year. `may_decide`: the viewer may say yes or no."""

    pupil_id: int
    pupil: str
    name: str
    school_id: int
    school: str
    year: Year
    unit: str
    grade: int
    may_decide: bool
    proposal: Proposal

    @property
    def is_undecided(self) -> bool:
        """Whether a person has still to decide."""
        return self.proposal.decision is Decision.UNDECIDED

    def to_json(self, language: str | None = None) -> dict[str, Any]:
        """The row as the command line prints it."""
        found = self.proposal
        return {
            "pupil": self.pupil,
            "school": self.school,
            "year": str(self.year),
            "grade": self.grade,
            "reasons": [one.rule.key for one in found.reasons],
            "titles": [one.rule.title.get(language) for one in found.reasons],
            "why": [one.why for one in found.reasons],
            "basis": [one.rule.basis.value for one in found.reasons],
            "paragraphs": [one.rule.paragraph for one in found.reasons],
            "proposes": [one.value for one in found.proposes],
            "state": found.decision.value,
            "since": found.since.isoformat() if found.since else None,
            "decided_on": found.decided_on.isoformat() if found.decided_on else None,
            "reason": found.note,
        }


def schools_with_needs(session: Session, viewer: Viewer, *, today: date) -> list[School]:
    """The schools whose pupils the viewer may see here, in the order of their ids."""
    if viewer.is_everyone:
        return schools(session)
    if not set(SIGHTS) & set(viewer.sights):
        return []
    own = own_schools(session, viewer, today=today)
    return [one for one in schools(session, owner_id=viewer.owner_id) if one.number in own]


def needs(
    session: Session,
    viewer: Viewer,
    at: Sequence[School],
    year: Year,
    *,
    today: date,
    only: Collection[int] | None = None,
) -> list[NeedRow]:
    """Every pupil enrolled at the schools in the year whom the viewer may see, undecided first.

    Enrolled is who is there on the first school day, or comes later in the year, and has not left.
    A school without a skolerute for the year has nobody. `only` narrows it to some pupils.
    """
    known = {one.number: one for one in at}
    ruter = calendars(session, sorted(known), only=[year.previous, year])
    stays = _grouped(_read_stays(session, viewer, sorted(known), year, only))
    members = {
        key: about
        for key, mine in stays.items()
        if (rute := ruter.get(key[0], {}).get(year)) is not None
        and (
            about := _coming(
                mine,
                rute,
                ruter[key[0]].get(year.previous),
                special=known[key[0]].wheel == SPECIAL,
                today=today,
            )
        )
        is not None
    }
    pupil_ids = sorted({pupil_id for _school, pupil_id in members})
    cases = whole_cases_of(session, pupil_ids)
    doubts = {
        row.subject_id: row.on_day
        for row in read(session, _doubts(), pupils=pupil_ids, year=year.start, today=today)
    }
    found = []
    for (school_id, pupil_id), about in members.items():
        mine = stays[school_id, pupil_id]
        shown = max(mine, key=lambda row: (row.starts <= today, row.starts))
        facts = cases.get(pupil_id, CaseFacts()).known_on(today)
        found.append(
            NeedRow(
                pupil_id=pupil_id,
                pupil=shown.key,
                name=shown.name,
                school_id=school_id,
                school=known[school_id].key,
                year=year,
                unit=shown.unit or "",
                grade=about.grade,
                may_decide=bool(shown.may),
                proposal=proposal(facts, year.start, _with_doubt(about, doubts.get(pupil_id))),
            )
        )
    return sorted(
        found,
        key=lambda row: (ORDER.index(row.proposal.decision), row.school, sort_key(row.name)),
    )


def undecided(
    session: Session, viewer: Viewer, at: Sequence[School], year: Year, *, today: date
) -> Counter[int]:
    """How many pupils nobody has decided on, by the school's number."""
    rows = needs(session, viewer, at, year, today=today)
    return Counter(row.school_id for row in rows if row.is_undecided)


def _with_doubt(about: Coming, on: date | None) -> Coming:
    return Coming(about.day, about.grade, about.new_from, about.special, on)


def _coming(
    stays: Sequence[Any],
    rute: SchoolYear,
    before: SchoolYear | None,
    *,
    special: bool,
    today: date,
) -> Coming | None:
    """What the rules ask of a pupil; None for one who is not, or no longer, at the school."""
    until = min(today, rute.last_day)
    if not any(row.ends is None or row.ends >= until for row in stays):
        return None
    there = _on(stays, rute.first_day)
    later = min((row.starts for row in stays if row.starts > rute.first_day), default=None)
    if not there and (later is None or later > rute.last_day):
        return None
    # Without last year's skolerute, mid-June stands for its last school day.
    previous = before.last_day if before is not None else rute.year.previous.on(6, 15)
    return Coming(
        day=rute.first_day if there or later is None else later,
        grade=max(row.grade + rute.year.start - Year.of(row.starts).start for row in stays),
        new_from=None
        if _on(stays, previous)
        else min(row.starts for row in stays if row.starts > previous),
        special=special,
    )


def _on(stays: Iterable[Any], day: date) -> bool:
    return any(row.starts <= day and (row.ends is None or row.ends >= day) for row in stays)


def _grouped(rows: Iterable[Any]) -> Mapping[tuple[int, int], list[Any]]:
    found: dict[tuple[int, int], list[Any]] = {}
    for row in rows:
        found.setdefault((row.school_id, row.pupil_id), []).append(row)
    return found


def _read_stays(
    session: Session,
    viewer: Viewer,
    school_ids: Sequence[int],
    year: Year,
    only: Collection[int] | None,
) -> Iterator[Any]:
    stay, pupil = metadata.tables["enrolment"], metadata.tables["pupil"]
    unit = metadata.tables["unit"]
    statement = (
        select(
            stay.c.school_id,
            stay.c.pupil_id,
            stay.c.starts,
            stay.c.ends,
            stay.c.grade,
            pupil.c.key,
            pupil.c.name,
            unit.c.name.label("unit"),
            case((_sees(viewer, stay, Action.REGISTER_CASE), 1), else_=0).label("may"),
        )
        .join(pupil, pupil.c.id == stay.c.pupil_id)
        .outerjoin(unit, unit.c.id == stay.c.class_id)
        .where(
            among(stay.c.school_id, "schools"),
            stay.c.starts <= year.on(7, 31),
            or_(stay.c.ends.is_(None), stay.c.ends >= year.previous.on(1, 1)),
            _sees(viewer, stay, Action.SEE),
        )
    )
    if only is not None:
        statement = statement.where(among(stay.c.pupil_id, "pupils"))
    given = {} if only is None else {"pupils": only}
    yield from read(session, statement, schools=school_ids, **given)


def _sees(viewer: Viewer, stay: Any, action: Action) -> ColumnElement[bool]:
    """SQL: whether a role that sees more than PPT does allows the action on the pupil."""
    return or_(
        *(
            sees_pupil(
                viewer, stay.c.pupil_id, school_id=stay.c.school_id, action=action, sight=sight
            )
            for sight in SIGHTS
        )
    )


@cache
def _doubts() -> Select[Any]:
    happening = metadata.tables["happening"]
    return select(happening.c.subject_id, happening.c.on_day).where(
        happening.c.step == CONCERN,
        happening.c.what == What.DONE,
        happening.c.scope == Scope.PUPIL,
        happening.c.year == bindparam("year", type_=Integer),
        happening.c.on_day <= bindparam("today", type_=Date),
        among(happening.c.subject_id, "pupils"),
    )
