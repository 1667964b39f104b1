"""The rows of each file of facts: those of the year asked for, up to the day a pupil left."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from iopflow.archive.reading import NAMED, One
from iopflow.archive.tables import Table
from iopflow.archive.writing import cell
from iopflow.queries.standing import TaskRow
from iopflow.schoolyear import Year


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a row is dated later than its beginning, and what each such day brings with it."""

    begins: str
    later: Mapping[str, Sequence[str]] = field(default_factory=dict)


# A school does not see what comes after a pupil has left it: rows that begin later are left out,
# and of those that stand, what came later.
CUTS: Mapping[str, Cut] = {
    "facts/enrolments.csv": Cut("starts", {"ends": ()}),
    "facts/assessments.csv": Cut(
        "needed_since",
        {"referred_on": (), "complete_on": (), "received_on": ("valid_to", "archive_ref")},
    ),
    "facts/consents.csv": Cut("on_day"),
    "facts/vedtak.csv": Cut("decided_on", {"notified_on": (), "arrived_on": ()}),
    "facts/moves.csv": Cut("on_day"),
    "facts/pauses.csv": Cut("starts", {"ends": ()}),
    "facts/appeals.csv": Cut(
        "registered_on", {"reviewed_on": (), "forwarded_on": (), "closed_on": ("result",)}
    ),
    "facts/support.csv": Cut(
        "sought_on",
        {
            "decided_on": ("outcome", "valid_from", "valid_to", "archive_ref"),
            "notified_on": (),
        },
    ),
    "facts/happenings.csv": Cut("on_day"),
}


def cells(
    table: Table, rows: Sequence[Any], *, year: Year | None, until: date | None, names: bool
) -> list[list[str]]:
    """The rows as cells, in the table's columns."""
    found = []
    for row in rows:
        values = _known(table.file, row._asdict(), until)
        if values is None or not _of_year(values, year):
            continue
        if not names and "decided_by" in values:
            values["decided_by"] = None
        if "year" in values:
            values["year"] = Year(values["year"])
        found.append([cell(values[NAMED.get(name, name)]) for name in table.columns])
    return found


def of_pupil(one: One) -> list[list[str]]:
    """The one row of the pupil."""
    row = one.row
    values = (row.key, row.birth_month, row.protected, row.ppt)
    return [[cell(value) for value in (*values, row.home_municipality, row.ppt_reference)]]


def of_roles(
    found: Sequence[tuple[Any, str, date, date | None]], *, year: Year | None, until: date | None
) -> list[list[str]]:
    """The roles over a pupil."""
    first, last = (year.on(8, 1), year.on(7, 31)) if year is not None else (date.min, date.max)
    last = min(last, until or date.max)
    return [
        [cell(value) for value in (row.person, row.role, at, starts, ends, row._asdict()["for"])]
        for row, at, starts, ends in found
        if starts <= last and (ends is None or ends >= first)
    ]


def of_tasks(rows: Sequence[TaskRow], schools: Mapping[int, str]) -> Iterator[list[str]]:
    """The plan of a pupil, with what became of it."""
    for row in rows:
        values = (
            row.year,
            schools.get(row.school_id) if row.school_id is not None else None,
            row.step.key,
            row.step.title.get(),
            row.facts.opens,
            row.facts.due,
            row.facts.limit,
            row.status,
            row.facts.happened_on,
            row.recorded_at,
            row.late_days,
            " ".join(row.responsible),
        )
        yield [cell(value) for value in values]


def _known(file: str, values: dict[str, Any], until: date | None) -> dict[str, Any] | None:
    """The row as it stood on a day, or None where it was not there."""
    if until is None:
        return values
    cut = CUTS[file]
    if values[cut.begins] > until:
        return None
    for name, brought in cut.later.items():
        if values[name] is not None and values[name] > until:
            values |= dict.fromkeys((name, *brought))
    return values


def _of_year(values: Mapping[str, Any], year: Year | None) -> bool:
    """Whether a row belongs to the year served; a vedtak, support or a stay where it lasts into
    the year.
    """
    if year is None or values.get("year") == year.start:
        return True
    if "year" in values and "valid_to" not in values:
        return False
    if "needed_since" in values:
        return False
    first, last = year.on(8, 1), year.on(7, 31)
    starts = values["starts"] if "starts" in values else values["valid_from"]
    ends = values["ends"] if "ends" in values else values["valid_to"]
    if starts is None:  # support that is sought, and not decided or refused
        sought = values.get("sought_on")
        return sought is not None and year.previous.on(8, 1) <= sought <= last
    return bool(starts <= last and (ends is None or ends >= first))
