"""What somebody may import who imports for some schools only, not for the whole owner."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from iopflow.importing.rows import BadRow, Row
from iopflow.models import Scope
from iopflow.queries.imports import Importer
from iopflow.roles import Place
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.importing.planner import Planner

Schools = frozenset[int]
EVERYTHING = Importer()  # whoever works with the database itself
Rule = Callable[["Planner", Row], None]
Limit = Callable[["Planner", Row, Schools], None]


def _not_yours(column: str) -> BadRow:
    return BadRow(
        column,
        _("hører ikke til en skole du kan importere for"),
        _("la den skolen eller administratoren importere raden"),
    )


def _school(_planner: "Planner", row: Row, schools: Schools) -> None:
    if row.row_id not in schools:
        raise _not_yours("school")


def _enrolment(planner: "Planner", row: Row, schools: Schools) -> None:
    """A pupil who goes to another school is that school's until it has said the last day."""
    _at_school(planner, row, schools)
    elsewhere = (
        stay
        for stay in planner.known.stays.get(row["pupil_id"], ())
        if stay.school_id not in schools and stay.ends >= row["starts"] >= stay.starts
    )
    if row.is_new and any(elsewhere):
        raise BadRow(
            "from",
            _("er mens eleven går ved en annen skole"),
            _("be den skolen sette siste dag først"),
        )


def _at_school(_planner: "Planner", row: Row, schools: Schools) -> None:
    if row["school_id"] not in schools:
        raise _not_yours("school")


def _new_only(_planner: "Planner", row: Row, _schools: Schools) -> None:
    """What schools share may be added by any of them, and changed only for all."""
    if not row.is_new:
        raise _not_yours(row.layout.table.columns[0].name)


def _pupil(planner: "Planner", row: Row, schools: Schools) -> None:
    if not row.is_new and not _is_here(planner, row.row_id, schools):
        raise _not_yours("pupil")
    was_protected = (row.before or {}).get("protected", row["protected"])
    if not row.is_new and was_protected and not planner.by.sees_protected:
        raise BadRow(
            "protected", _("gjelder en elev med fortrolig adresse"), _("be rektor om å endre raden")
        )


def _of_pupil(planner: "Planner", row: Row, schools: Schools) -> None:
    if not _is_here(planner, row["pupil_id"], schools):
        raise _not_yours("pupil")


def _role(planner: "Planner", row: Row, schools: Schools) -> None:
    if not _holds(planner, row["at_kind"], row["at_id"], schools):
        raise _not_yours("at")


def _happening(planner: "Planner", row: Row, schools: Schools) -> None:
    scope: Scope = row["scope"]
    if not _holds(planner, scope.value, row["subject_id"], schools):
        raise _not_yours("subject")


def _holds(planner: "Planner", kind: str, number: int, schools: Schools) -> bool:
    if kind == Place.PUPIL:
        # roles.csv is read before enrolments.csv: a new pupil's school is not known yet.
        return number < 0 or _is_here(planner, number, schools)
    if kind == Place.UNIT:
        return planner.known.units[number][1] in schools
    return kind == Place.SCHOOL and number in schools


def _is_here(planner: "Planner", pupil_id: int, schools: Schools) -> bool:
    return planner.known.is_here(pupil_id, schools, planner.today)


def _not_oneself(planner: "Planner", row: Row) -> None:
    """Nobody gives oneself a role by a file."""
    by = planner.by
    if by.person_id is not None and row["person_id"] == by.person_id:
        raise BadRow("person", _("er deg selv"), _("be en annen om å gi deg rollen"))


def _not_beyond(planner: "Planner", row: Row) -> None:
    """Nobody gives a role by a file that one's own role does not give."""
    by = planner.by
    if by.gives is not None and row["role"] not in by.gives:
        raise BadRow("role", _("gis ikke av skolen"), _("be administratoren om å gi rollen"))


NOT_BEYOND: Mapping[str, tuple[Rule, ...]] = {"roles": (_not_oneself, _not_beyond)}
LIMITS: Mapping[str, Limit] = {
    "schools": _school,
    "school_years": _at_school,
    "days_off": _at_school,
    "units": _at_school,
    "ppt_offices": _new_only,
    "people": _new_only,
    "pupils": _pupil,
    "roles": _role,
    "enrolments": _enrolment,
    "assessments": _of_pupil,
    "vedtak": _of_pupil,
    "consents": _of_pupil,
    "happenings": _happening,
    "appeals": _of_pupil,
    "pauses": _of_pupil,
    "moves": _of_pupil,
    "supports": _of_pupil,
    "values": _at_school,
}
