"""Which rows of the database the files speak of, so that only those can be missing from them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from iopflow.importing.known import Known
from iopflow.importing.reading import Source
from iopflow.models import Scope
from iopflow.roles import Place

Belongs = Callable[[Any], bool]


class Spoken:
    """The schools that the files name. A folder of one school says nothing about the others."""

    def __init__(self, known: Known, source: Source) -> None:
        self._known = known
        self._source = source

    @cached_property
    def schools(self) -> frozenset[int] | None:
        """Their numbers; None where the files name none, or all of the owner's."""
        ids = self._known.ids("school")
        named: set[str] = set()
        for sheet in self._source.sheets.values():
            named |= sheet.schools()
        if not named or all(key in named for key, number in ids.items() if number > 0):
            return None
        return frozenset(ids[key] for key in named if key in ids)

    def belongs(self, file: str) -> Belongs | None:
        """Tells whether a row of the database is one the file could have had; None is always."""
        schools = self.schools
        if schools is None or file == "schools":
            return None
        if file in {"school_years", "days_off", "units", "enrolments", "values"}:
            return lambda row: row.school_id in schools
        if file in {"people", "ppt_offices"}:
            return lambda _row: False  # they belong to no school
        if file == "pupils":
            return lambda row: self._pupil(row.id, schools)
        if file == "roles":
            return lambda row: self._at(row.at_kind, row.at_id, schools)
        if file == "happenings":
            return lambda row: self._at(str(row.scope), row.subject_id, schools)
        return lambda row: self._pupil(row.pupil_id, schools)

    def _pupil(self, pupil_id: int, schools: frozenset[int]) -> bool:
        return any(stay.school_id in schools for stay in self._known.stays.get(pupil_id, ()))

    def _at(self, kind: str, number: int, schools: frozenset[int]) -> bool:
        if kind == Place.PUPIL:
            return self._pupil(number, schools)
        if kind == Place.UNIT:
            return self._known.units[number][1] in schools
        if kind == Scope.NETWORK:
            return any(self._known.schools[school][1] == number for school in schools)
        return kind == Place.SCHOOL and number in schools
