"""What `measure` and `deviation` share: which are asked for, who may end one, and what is told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from iopflow.cli.edge import Work
from iopflow.refusals import Refused
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.models import School
    from iopflow.queries.remarks import DeviationRow, MeasureRow

    Row = TypeVar("Row", MeasureRow, DeviationRow)


def codes() -> Sequence[str]:
    """The figures that something may be done about."""
    from iopflow.queries.remarks import CODES

    return CODES


def status_word(status: str) -> str:
    """How a measure or deviation stands, as people say it."""
    return {
        "open": _("åpent"),
        "overdue": _("over fristen"),
        "done": _("gjort"),
        "closed": _("lukket"),
    }[status]


def schools_read(at: Work, school: str | None) -> list[int]:
    """The schools whose measures and deviations are asked for. Raises Refused, NotAllowed."""
    from iopflow.cli.year import schools_for

    return [one.number for one in schools_for(at, school, Action.REMARKS)]


def person_numbers(at: Work) -> list[int]:
    """Who asks; nobody for the administrator of an embedded database."""
    return [at.viewer.person_id] if at.viewer.person_id is not None else []


def narrowed(rows: "list[Row]", year: Year | None, *, only_open: bool) -> "list[Row]":
    """Those of a year, if one is asked for, and the open ones alone, if that is."""
    return [one for one in rows if year in (None, one.year) and (one.is_open or not only_open)]


def at_own_schools(at: Work, rows: "list[Row]") -> "list[Row]":
    """Those at a school where the person has a role today."""
    from iopflow.queries.own import own_schools

    there = own_schools(at.session, at.viewer, today=at.today)
    return [row for row in rows if row.school_id in there]


def ids_of(
    at: Work, rows: "Sequence[MeasureRow] | Sequence[DeviationRow]"
) -> dict[tuple[str, int | None], str | None]:
    """The ids of the schools and the people of some rows."""
    from sqlalchemy import select

    from iopflow.models import metadata

    numbers: dict[str, set[Any]] = {
        "school": {row.school_id for row in rows},
        "person": {row.person_id for row in rows},
    }
    found: dict[tuple[str, int | None], str | None] = {("person", None): None}
    for name, ids in numbers.items():
        table = metadata.tables[name]
        statement = select(table.c.id, table.c.key).where(table.c.id.in_(ids - {None}))
        found |= {(name, row.id): row.key for row in at.session.execute(statement)}
    return found


def visible_row(at: Work, row: "Row | None") -> "Row":
    """What somebody asks for by its number. Raises NotFound where it is not, or is not seen."""
    from iopflow.queries.places import NotFound
    from iopflow.queries.remarks import sees

    if row is None or not sees(at.session, at.viewer, row, today=at.today):
        raise NotFound(_("Fant ikke nummeret: «list» viser dem du ser."))
    return row


def row_to_end(at: Work, row: "Row") -> "Row":
    """The same, where the person may end it. Raises NotAllowed."""
    from iopflow.queries.access import NotAllowed
    from iopflow.queries.remarks import may_end, writable

    there = writable(at.session, at.viewer)
    if not may_end(at.viewer, there, school_id=row.school_id, person_id=row.person_id):
        raise NotAllowed(_("Du kan se dette, men ikke føre det."))
    return row


def person_for(at: Work, school: "School", key: str) -> int:
    """The person of that id, who may answer for it at the school. Raises Refused, NotFound."""
    from iopflow.queries.places import find
    from iopflow.queries.remarks import answerable

    person = find(at.session, "person", key, owner_id=school.owner)
    if person.number not in {
        one for one, _name in answerable(at.session, school.number, today=at.today)
    }:
        raise Refused(
            _("{person} har ingen rolle ved {school} som kan ha ansvar for dette.").format(
                person=key, school=school.key
            )
        )
    number: int = person.number
    return number


def tell(done: str, *, dry: bool) -> None:
    """What was done, or that nothing was."""
    click.echo(_("Prøvekjøring: ingenting er endret.") if dry else done)
