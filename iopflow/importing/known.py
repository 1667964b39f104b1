"""What an import can refer to: rows of the database, and new rows of the import itself."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from iopflow.importing.rows import BadRow, Fault
from iopflow.models import UnitKind, metadata
from iopflow.queries.places import KINDS
from iopflow.queries.rules import Rules
from iopflow.texts import _
from iopflow.wheel import Step, WheelError
from iopflow.wheel.fields import nearest

# The file in which a kind of thing stands, for those whose id others refer to.
FILE_OF: Mapping[str, str] = {
    "school": "schools",
    "unit": "units",
    "ppt": "ppt_offices",
    "person": "people",
    "pupil": "pupils",
    "network": "schools",
    "owner": "schools",
}
KIND_OF: Mapping[str, str] = {
    file: kind for kind, file in FILE_OF.items() if kind not in {"network", "owner"}
}
READ = 5_000  # rows fetched at a time


@dataclass(frozen=True, slots=True)
class Stay:
    """An enrolment, as far as the rules ask about it."""

    school_id: int
    starts: date
    ends: date
    class_id: int | None

    def covers(self, day: date) -> bool:
        """Whether the pupil is there that day."""
        return self.starts <= day <= self.ends


class Known:
    """Numbers by id, and the few facts about places and pupils that rules need.

    New rows get numbers below zero, which become real ones when the plan is applied.
    """

    def __init__(
        self, session: Session, rules: Rules, owner_key: str, owner_id: int | None
    ) -> None:
        self.session = session
        self.rules = rules
        self.owner_key = owner_key
        self.owner_id = owner_id
        self.refused: dict[tuple[str, str], tuple[str, int]] = {}
        self.gone: dict[int, tuple[str, int]] = {}  # refused after they got a number
        self.led: dict[str, str] = {}  # ids of pupils who were merged, as the files name them
        self._ids: dict[str, dict[str, int]] = {}
        self._merged: dict[str, str] | None = None
        self._next = 0
        self._units: dict[int, tuple[UnitKind, int]] | None = None
        self._stays: dict[int, list[Stay]] | None = None
        self._schools: dict[int, tuple[str | None, int | None]] | None = None
        self._steps: dict[tuple[str | None, bool], dict[str, Step]] = {}
        self._all_steps: dict[str, Step] | None = None

    # ------------------------------------------------------------------ ids

    def provisional(self) -> int:
        """A number for a new row."""
        self._next -= 1
        return self._next

    def ids(self, kind: str) -> dict[str, int]:
        """Every id of a kind, with its number; rows of this import are put in as they are read."""
        if kind not in self._ids:
            table: Any = metadata.tables[str(KINDS[kind].__tablename__)]
            mine = table.c.key == self.owner_key if kind == "owner" else self._mine(table)
            found = self.session.execute(select(table.c.key, table.c.id).where(mine))
            self._ids[kind] = dict(map(tuple, found))
            if kind == "owner":
                self._ids[kind].setdefault(self.owner_key, self.provisional())
        return self._ids[kind]

    def id_of(self, kind: str, number: int) -> str:
        """The id that a number stands for."""
        found = (key for key, row_id in self.ids(kind).items() if row_id == number)
        return next(found, str(number))

    @property
    def merged(self) -> dict[str, str]:
        """The ids of pupils who are rows of another no more, with the id of the one who stayed."""
        if self._merged is None:
            rows = {row_id: (key, into) for row_id, key, into in self._pupils_merged()}
            self._merged = {}
            for key, into in rows.values():
                while into in rows:
                    into = rows[into][1]
                self._merged[key] = self.id_of("pupil", into)
        return self._merged

    def _pupils_merged(self) -> Iterable[Any]:
        pupil = metadata.tables["pupil"]
        return self.session.execute(
            select(pupil.c.id, pupil.c.key, pupil.c.merged_into).where(
                self._mine(pupil), pupil.c.merged_into.is_not(None)
            )
        )

    def staying(self, key: str) -> str:
        """The id of the pupil whom an id leads to: another where the two were merged."""
        into = self.merged.get(key)
        if into is None:
            return key
        self.led[key] = into
        return into

    def number(self, column: str, kind: str, key: str) -> int:
        """The number of what an id points at. Raises BadRow, with the row that is missing."""
        if kind == "pupil":
            key = self.staying(key)
        found = self.ids(kind).get(key)
        if found is not None:
            return found
        place = self.refused.get((kind, key))
        if place is not None:
            raise self.waits_for(column, place)
        raise BadRow(
            column,
            _("finnes ikke"),
            _("legg den til i {file}, eller rett id-en").format(file=f"{FILE_OF[kind]}.csv"),
        )

    @staticmethod
    def waits_for(column: str, place: tuple[str, int]) -> BadRow:
        """The refusal of a row because the one it refers to is refused."""
        return BadRow(
            column,
            _("raden den viser til er avvist ({file} rad {row})").format(
                file=place[0], row=place[1]
            ),
            _("rett den raden først"),
            Fault.WAITS,
        )

    def _mine(self, table: Any) -> Any:
        return table.c.owner_id == self.owner_id

    def _read(self, table: str, *columns: str) -> Iterable[Any]:
        stored = metadata.tables[table]
        statement = select(*(stored.c[name] for name in columns)).where(self._mine(stored))
        return self.session.execute(statement.execution_options(yield_per=READ))

    # ------------------------------------------------------------------ places

    @property
    def units(self) -> dict[int, tuple[UnitKind, int]]:
        """Kind and school of each unit."""
        if self._units is None:
            rows = self._read("unit", "id", "kind", "school_id")
            self._units = {unit_id: (kind, school_id) for unit_id, kind, school_id in rows}
        return self._units

    @property
    def schools(self) -> dict[int, tuple[str | None, int | None]]:
        """Wheel (with the school's own changes, where there are any) and network of each school."""
        if self._schools is None:
            rows = self._read("school", "id", "wheel", "own_wheel", "network_id")
            self._schools = {
                school_id: (own or wheel, network) for school_id, wheel, own, network in rows
            }
        return self._schools

    # ------------------------------------------------------------------ pupils

    @property
    def stays(self) -> dict[int, list[Stay]]:
        """The enrolments of each pupil, as they will stand after the import."""
        if self._stays is None:
            self._stays = {}
            for pupil_id, *stay in self._read(
                "enrolment", "pupil_id", "school_id", "starts", "ends", "class_id"
            ):
                self.add_stay(pupil_id, *stay)
        return self._stays

    def is_here(self, pupil_id: int, schools: Container[int], today: date) -> bool:
        """Whether the pupil is at one of the schools, or will be; else whether it was the last."""
        stays = sorted(self.stays.get(pupil_id, ()), key=lambda stay: stay.starts)
        here = [stay for stay in stays if stay.ends >= today] or stays[-1:]
        return any(stay.school_id in schools for stay in here)

    def forget_stays(self) -> None:
        """Starts over, before the enrolments of the import are put in."""
        self._stays = {}

    def add_stay(
        self, pupil_id: int, school_id: int, starts: date, ends: date | None, class_id: int | None
    ) -> None:
        """One enrolment more."""
        if self._stays is None:
            self._stays = {}
        stay = Stay(school_id, starts, ends or date.max, class_id)
        self._stays.setdefault(pupil_id, []).append(stay)

    # ------------------------------------------------------------------ steps

    def step(self, key: str) -> Step:
        """A step of any wheel of the owner's schools. Raises BadRow with the nearest."""
        if self._all_steps is None:
            self._all_steps = {}
            wheels = {(wheel, True) for wheel, _network in self.schools.values()} | {(None, True)}
            for wheel in sorted(wheels, key=lambda one: one[0] or ""):
                for name, step in self._of_wheel(*wheel).items():
                    self._all_steps.setdefault(name, step)
        if key not in self._all_steps:
            raise BadRow("step", _("finnes ikke i årshjulet"), nearest(key, list(self._all_steps)))
        return self._all_steps[key]

    def has_step(self, school_id: int, key: str) -> bool:
        """Whether a school's wheel, or its network's, has a step."""
        wheel, network = self.schools[school_id]
        return key in self._of_wheel(wheel, network is not None)

    def _of_wheel(self, wheel: str | None, in_network: bool) -> dict[str, Step]:
        kind = (wheel, in_network)
        if kind not in self._steps:
            try:
                wheels = self.rules.named(wheel, in_network=in_network)
            except WheelError:
                wheels = ()  # said where the school is: see check_wheel
            self._steps[kind] = {step.key: step for one in wheels for step in one.steps}
        return self._steps[kind]

    def check_wheel(self, name: str) -> None:
        """Raises BadRow unless there is a wheel of that name without mistakes."""
        try:
            self.rules.wheel(name)
        except WheelError as error:
            raise BadRow(
                "wheel", error.problems[0].rstrip("."), _("rett navnet eller hjulet")
            ) from error
