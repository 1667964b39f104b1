"""What the database and the other files have of those a list of pupils names."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from iopflow.importing.sheets import Sheet
from iopflow.models import Enrolment, Owner, Person, Pupil, RoleGrant, School, Unit, UnitKind
from iopflow.queries.imports import Importer
from iopflow.roles import Place


@dataclass(frozen=True, slots=True)
class Stay:
    """An enrolment, with the id of its class and the grade of its first day."""

    starts: date
    ends: date | None
    unit: str
    grade: int

    @property
    def last(self) -> date:
        """The last day, as far as it is known."""
        return self.ends or date.max


@dataclass(slots=True)
class Listed:
    """A pupil of the database, with the enrolments by the id of the school."""

    key: str
    name: str
    month: str | None
    stays: dict[str, list[Stay]] = field(default_factory=dict)

    def at(self, school: str) -> list[Stay]:
        """The enrolments at a school."""
        return self.stays.get(school, [])


def folded(said: str) -> str:
    """A name as it is compared: small letters, one space between words."""
    return " ".join(said.casefold().split())


def _short(said: str) -> str:
    """The name of a class as it is compared: «3 A» is «3a»."""
    return "".join(said.casefold().split())


class Directory:
    """Ids by what people call things; rows of the same import are there too."""

    def __init__(
        self, session: Session, sheets: Mapping[str, Sheet], owner: str, by: Importer
    ) -> None:
        self._session = session
        self._sheets = sheets
        self._by = by
        self._owner_id = session.execute(
            select(col(Owner.id)).where(col(Owner.key) == owner)
        ).scalar()

    def _stored(self, model: Any, *columns: Any) -> Iterator[Any]:
        """The owner's rows."""
        mine = model.owner_id == self._owner_id
        return iter(self._session.execute(select(*columns).where(mine)))

    def _given(self, file: str) -> Iterator[dict[str, str]]:
        """The rows of a file of the same import."""
        sheet = self._sheets.get(file)
        if sheet is not None:
            for _number, cells in sheet.rows():
                yield dict(zip(sheet.columns, cells, strict=False))

    # ------------------------------------------------------------------ schools and classes

    @cached_property
    def _schools(self) -> dict[str, str]:
        """The name of each school one may import for."""
        allowed = self._by.schools
        found = {
            key: name
            for number, key, name in self._stored(School, School.id, School.key, School.name)
            if allowed is None or number in allowed
        }
        if allowed is None:
            found |= {row.get("school", ""): row.get("name", "") for row in self._given("schools")}
        return found

    @property
    def only_school(self) -> str | None:
        """The one school, where there is but one."""
        return next(iter(self._schools)) if len(self._schools) == 1 else None

    def schools(self, said: str) -> list[str]:
        """The school of an id, or those of a name."""
        if said in self._schools:
            return [said]
        return [key for key, name in self._schools.items() if folded(name) == folded(said)]

    @cached_property
    def _classes(self) -> dict[str, dict[str, str]]:
        """By school: the name of each class."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        school_of = dict(map(tuple, self._stored(School, School.id, School.key)))
        for key, name, kind, school_id in self._stored(
            Unit, Unit.key, Unit.name, Unit.kind, Unit.school_id
        ):
            if kind is UnitKind.KLASSE:
                found[school_of[school_id]][key] = name
        for row in self._given("units"):
            if row.get("kind") == UnitKind.KLASSE:
                found[row.get("school", "")][row.get("unit", "")] = row.get("name", "")
        return found

    def has_classes(self, school: str) -> bool:
        """Whether a school has any class."""
        return bool(self._classes.get(school))

    def classes(self, school: str, said: str) -> list[str]:
        """The class of an id at a school, or those of a name."""
        there = self._classes.get(school, {})
        if said in there:
            return [said]
        named = [key for key, name in there.items() if _short(name) == _short(said)]
        return named or [key for key in there if _short(key) == _short(said)]

    # ------------------------------------------------------------------ people

    @cached_property
    def _people(self) -> dict[str, tuple[str, str]]:
        """The name and address of everybody who works here."""
        found = {
            key: (folded(name), folded(email or ""))
            for key, name, email in self._stored(Person, Person.key, Person.name, Person.email)
        }
        return found | {
            row.get("person", ""): (folded(row.get("name", "")), folded(row.get("email", "")))
            for row in self._given("people")
        }

    def people(self, said: str) -> list[str]:
        """The person of an id or an address, or those of a name."""
        if said in self._people:
            return [said]
        word = folded(said)
        by_address = [key for key, (_name, address) in self._people.items() if address == word]
        return by_address or [key for key, (name, _at) in self._people.items() if name == word]

    @cached_property
    def importer(self) -> str | None:
        """Whoever imports."""
        wanted = self._by.person_id
        people = self._stored(Person, Person.id, Person.key)
        return next(
            (key for number, key in people if wanted is not None and number == wanted), None
        )

    def held(self, role: str, today: date) -> dict[tuple[str, str], date]:
        """Who has a role where, today or later, and since when; not those who stand in."""
        places = {
            Place.UNIT.value: dict(map(tuple, self._stored(Unit, Unit.id, Unit.key))),
            Place.PUPIL.value: dict(map(tuple, self._stored(Pupil, Pupil.id, Pupil.key))),
        }
        statement = (
            select(
                col(Person.key), col(RoleGrant.at_kind), col(RoleGrant.at_id), col(RoleGrant.starts)
            )
            .join(Person, col(Person.id) == col(RoleGrant.person_id))
            .where(
                col(RoleGrant.owner_id) == self._owner_id,
                col(RoleGrant.role) == role,
                col(RoleGrant.at_kind).in_(list(places)),
                col(RoleGrant.for_id).is_(None),
                or_(col(RoleGrant.ends).is_(None), col(RoleGrant.ends) >= today),
            )
            .order_by(col(RoleGrant.starts))
        )
        return {
            (person, f"{kind}:{places[kind].get(at, '')}"): starts
            for person, kind, at, starts in self._session.execute(statement)
        }

    # ------------------------------------------------------------------ pupils

    @cached_property
    def pupil_keys(self) -> set[str]:
        """The ids of all pupils."""
        return {key for (key,) in self._stored(Pupil, Pupil.key)}

    def pupils(self, schools: Collection[str]) -> dict[str, Listed]:
        """The pupils of some schools, and those of none, by id."""
        ids = {
            number: key
            for number, key in self._stored(School, School.id, School.key)
            if key in schools
        }
        statement = (
            select(
                col(Pupil.key),
                col(Pupil.name),
                col(Pupil.birth_month),
                col(Enrolment.school_id),
                col(Enrolment.starts),
                col(Enrolment.ends),
                col(Unit.key),
                col(Enrolment.grade),
            )
            .outerjoin(Enrolment, col(Enrolment.pupil_id) == col(Pupil.id))
            .outerjoin(Unit, col(Unit.id) == col(Enrolment.class_id))
            .where(
                col(Pupil.owner_id) == self._owner_id,
                or_(col(Enrolment.id).is_(None), col(Enrolment.school_id).in_(list(ids))),
            )
            .order_by(col(Enrolment.starts))
        )
        found: dict[str, Listed] = {}
        for key, name, month, school_id, *stay in self._session.execute(statement):
            one = found.setdefault(key, Listed(key, name, month))
            if school_id is not None:
                starts, ends, unit, grade = stay
                one.stays.setdefault(ids[school_id], []).append(
                    Stay(starts, ends, unit or "", grade)
                )
        return found
