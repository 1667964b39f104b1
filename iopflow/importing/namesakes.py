"""Pupils of one name in one class after an import: perhaps one pupil under two ids.

It is a question and no error, and is asked only of what the import brings or changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col

from iopflow.importing.listed import folded
from iopflow.importing.tableplan import TablePlan
from iopflow.models import Pupil
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.importing.planner import Planner

Place = tuple[str, int]  # file and row


@dataclass(frozen=True, slots=True)
class Namesakes:
    """The name, the id of the class, and each pupil's id with its row, where it is in the file."""

    name: str
    unit: str
    pupils: tuple[tuple[str, Place | None], ...]

    def sentence(self) -> str:
        """As a person reads it."""
        return _(
            "{n} elever heter {name} i klassen {unit}: {pupils}. Er det samme elev, stryker du den "
            "ene raden eller skriver id-en eleven har."
        ).format(
            n=len(self.pupils),
            name=self.name,
            unit=self.unit,
            pupils=_(" og ").join(
                _("{id} ({file} rad {row})").format(id=key, file=place[0], row=place[1])
                if place is not None
                else _("{id} (i iopflow)").format(id=key)
                for key, place in self.pupils
            ),
        )


def namesakes(planner: "Planner", plans: Sequence[TablePlan]) -> list[Namesakes]:
    """Those that the import brings together, or whose rows it brings."""
    places = _places(plans)
    classes = _classes(planner, places)
    if not classes:
        return []
    names = _names(planner, plans)
    units = {number: key for key, number in planner.known.ids("unit").items()}
    together: dict[tuple[int, str], list[int]] = defaultdict(list)
    for pupil, class_id in _in_class(planner, planner.known.stays):
        if class_id in classes and pupil in names:
            same = together[class_id, folded(names[pupil][1])]
            if pupil not in same:
                same.append(pupil)
    return [
        Namesakes(
            names[pupils[0]][1],
            units[class_id],
            tuple((names[one][0], places.get(one)) for one in pupils),
        )
        for (class_id, _name), pupils in together.items()
        if len(pupils) > 1 and any(one in places for one in pupils)
    ]


def _places(plans: Sequence[TablePlan]) -> dict[int, Place]:
    """The pupils whose name or class is new or changes, and where it stands."""
    found: dict[int, Place] = {}
    for plan in plans:
        if plan.table.file in {"pupils", "enrolments"}:
            decides = "name" if plan.table.file == "pupils" else "class_id"
            for row in (*plan.added, *plan.changed):
                if row.is_new or decides in row.before:
                    found.setdefault(plan.pupil_of(row) or 0, (plan.file, row.number))
    return found


def _in_class(planner: "Planner", pupils: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Each pupil with a class, now or later."""
    stays = planner.known.stays
    for pupil in pupils:
        for stay in stays.get(pupil, ()):
            if stay.class_id is not None and stay.ends >= planner.today:
                yield pupil, stay.class_id


def _classes(planner: "Planner", pupils: Iterable[int]) -> set[int]:
    """Their classes, at the schools of whoever imports."""
    schools, units = planner.by.schools, planner.known.units
    return {
        class_id
        for _pupil, class_id in _in_class(planner, pupils)
        if schools is None or units[class_id][1] in schools
    }


def _names(planner: "Planner", plans: Sequence[TablePlan]) -> dict[int, tuple[str, str]]:
    """Id and name of each pupil, as they will stand; of the database only whom one may see."""
    found: dict[int, tuple[str, str]] = {}
    if planner.by.sees_names:
        statement = select(col(Pupil.id), col(Pupil.key), col(Pupil.name)).where(
            col(Pupil.owner_id) == planner.owner_id
        )
        if not planner.by.sees_protected:
            statement = statement.where(col(Pupil.protected).is_(False))
        found = {number: (key, name) for number, key, name in planner.session.execute(statement)}
    for plan in plans:
        if plan.table.file == "pupils":
            found |= {row.row_id: (row["key"], row["name"]) for row in (*plan.added, *plan.changed)}
    return found
