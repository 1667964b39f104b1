"""How figures are divided: by school, avdeling or class, or all schools as one."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import Session

from iopflow.models import UnitKind, metadata

By = Literal["school", "unit", "class", "network"]

# The columns that the rows are added up over.
OVER: dict[By, tuple[str, ...]] = {
    "school": ("school_id",),
    "unit": ("school_id", "class_id"),
    "class": ("school_id", "class_id"),
    "network": (),
}


class Groups:
    """The groups of the schools, by the id that the entries give (None for a school as one)."""

    def __init__(self, session: Session, schools: Sequence[int], by: By) -> None:
        self._of_class: dict[int, str] = {}
        self._of_school: dict[int, set[str]] = {}
        self._divided = by in ("unit", "class")
        if not self._divided:
            return
        unit = metadata.tables["unit"]
        above = unit.alias()
        rows = session.execute(
            select(unit.c.id, unit.c.school_id, unit.c.key, above.c.key)
            .outerjoin(above, above.c.id == unit.c.parent_id)
            .where(unit.c.school_id.in_(schools), unit.c.kind == UnitKind.KLASSE)
        )
        for unit_id, school_id, key, avdeling in rows:
            group = avdeling if by == "unit" and avdeling is not None else key
            self._of_class[unit_id] = group
            self._of_school.setdefault(school_id, set()).add(group)

    def of_school(self, school_id: int) -> Sequence[str | None]:
        """The groups of a school, in order."""
        return sorted(self._of_school.get(school_id, ())) if self._divided else (None,)

    def of_row(self, row: Any) -> str | None:
        """The group of a row of sums; pupils without a class have none."""
        return self._of_class.get(row.class_id) if self._divided else None
