"""An export: a pupil, or the pupils of a school's year, read as sets and laid out as files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlmodel import Session

from iopflow import __version__, tellinger
from iopflow.archive import case, facts, overview, reading, writing
from iopflow.archive.about import readme, schema
from iopflow.archive.reading import One
from iopflow.archive.tables import (
    COURSES,
    FACTS,
    FORMAT,
    LOG,
    METADATA,
    NAMES,
    NAMES_TABLE,
    OVERVIEW,
    OVERVIEW_TABLE,
    PUPILS,
    README,
    SCHEMA,
    TELLINGER,
    VERSION,
)
from iopflow.clock import local_date
from iopflow.indicators import INDICATORS
from iopflow.lifecycle import Course
from iopflow.models import Owner, Pupil, School, Scope, metadata
from iopflow.queries.access import Viewer
from iopflow.queries.courses import Histories
from iopflow.queries.log import Entry, logs_of
from iopflow.queries.prepared import among, read
from iopflow.queries.rules import Rules
from iopflow.queries.standing import TaskRow
from iopflow.queries.tasks import Asked, tasks
from iopflow.refusals import Refused
from iopflow.roles import Sight
from iopflow.schoolyear import Year
from iopflow.texts import _, speaking

BASIS = {
    "pupil": "arkivlova (LOV-2025-06-20-96) § 5; opplæringslova § 25-1",
    "school_year": "opplæringslova § 29-2; kommuneloven § 25-1",
}
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: who, when, what for, on what legal basis, and whether with names."""

    by: str | None
    now: datetime
    purpose: str
    basis: str | None = None
    names: bool = False

    @property
    def today(self) -> date:
        """The day in Norway."""
        return local_date(self.now)


@dataclass(slots=True)
class Export:
    """The files, and whom they are about."""

    pupils: list[One]
    school: School
    files: dict[str, bytes] = field(default_factory=dict)

    def zipped(self) -> bytes:
        """The file."""
        return writing.zipped(self.files)


def of_pupil(
    session: Session, rules: Rules, viewer: Viewer, pupil: Pupil, key: str, order: Order
) -> Export:
    """All that iopflow knows of one pupil. `key` is the code as it was asked for."""
    some = reading.pupils_of(session, [pupil.number], {})
    rows = tasks(session, rules, viewer, Asked(pupil=key), today=order.today)
    known = _Known(session, rules, some, [row for row in rows if row.scope is Scope.PUPIL])
    stay = known.histories.stay(pupil.number, Year.of(order.today).start)
    if stay is None:
        raise Refused(_("Eleven er ikke innskrevet ved noen skole: importer enrolments.csv først."))
    school = session.get_one(School, stay.school_id)
    export = Export(some, school)
    with speaking(school.language):
        about = _folder(export, "", known, some[0], None, order)
        _around(session, rules, export, known, "pupil", None, [about], order)
    return export


def of_school_year(
    session: Session,
    rules: Rules,
    viewer: Viewer,
    school: School,
    year: Year,
    order: Order,
    *,
    progress: Progress = lambda _done, _of: None,
) -> Export:
    """The cases and logs of all pupils that a school had in the year served, or planned for it."""
    asked = Asked(schools=[school.number], year=year)
    rows = [
        row
        for row in tasks(session, rules, viewer, asked, today=order.today)
        if row.scope is Scope.PUPIL
    ]
    ids, last = reading.of_year(session, school.number, year, rows, order.today)
    some = reading.pupils_of(session, ids, last)
    rows = [row for row in rows if row.subject_id not in last] + [
        row
        for day, numbers in reading.by_last_day(rows, last).items()
        for row in tasks(session, rules, viewer, replace(asked, ids=numbers), today=day)
    ]
    known = _Known(session, rules, some, rows)
    export = Export(some, school)
    with speaking(school.language):
        about, lines = [], []
        folders = _folders([one.key for one in some])
        for place, (one, folder) in enumerate(zip(some, folders, strict=True)):
            progress(place, len(some))
            about.append(_folder(export, f"{PUPILS}/{folder}/", known, one, year, order))
            lines += _lines(known, one, year, order)
        export.files[OVERVIEW] = writing.csv_of(OVERVIEW_TABLE, lines)
        frozen = tellinger.frozen(session, schools=[school.number], year=year, revision="all")
        export.files[TELLINGER] = writing.lines_of(frozen)
        counts = {OVERVIEW: len(lines), TELLINGER: len(frozen)}
        _around(session, rules, export, known, "school_year", year, about, order, counts)
    return export


class _Known:
    """All that the folders of some pupils share, read once."""

    def __init__(
        self, session: Session, rules: Rules, some: Sequence[One], rows: Sequence[TaskRow]
    ) -> None:
        ids = [one.id for one in some]
        self.facts = reading.facts(session, ids)
        self.roles = reading.roles(session, some, self.facts["facts/enrolments.csv"])
        self.histories = Histories(session, ids)
        offices = {one.id: one.row.ppt_id for one in some}
        # Whoever may export sees all of the pupils: the head of the school.
        self.logs: Mapping[int, Sequence[Entry]] = logs_of(session, rules, offices, {Sight.ALL})
        self.tasks: dict[int, list[TaskRow]] = {}
        for row in rows:
            self.tasks.setdefault(row.subject_id, []).append(row)
        school = metadata.tables["school"]
        at = sorted({row.school_id for row in rows if row.school_id is not None})
        keys = select(school.c.id, school.c.key).where(among(school.c.id, "schools"))
        self.schools: dict[int, str] = {row.id: row.key for row in read(session, keys, schools=at)}
        self.people: set[str] = set()

    def of(self, file: str, pupil_id: int) -> Sequence[Any]:
        """The rows of a file about a pupil."""
        return self.facts[file].get(pupil_id, ())


def _folders(keys: Sequence[str]) -> list[str]:
    """A folder for each code that every file system keeps apart: codes that differ only in case
    get a number.
    """
    seen: dict[str, int] = {}
    found = []
    for key in keys:
        name = quote(key, safe="").replace(".", "%2E")
        again = seen.get(name.casefold(), 0)
        seen[name.casefold()] = again + 1
        found.append(f"{name}~{again + 1}" if again else name)
    return found


def _courses(known: _Known, one: One, year: Year | None, order: Order) -> list[Course]:
    """The cases that had begun, the latest year first."""
    until = min(order.today, one.until or order.today)
    if year is None:
        return known.histories.courses(one.id, until=until)
    found = known.histories.course(one.id, year.start, until=until)
    return [found] if found.begun is not None else []


def _folder(
    export: Export, place: str, known: _Known, one: One, year: Year | None, order: Order
) -> dict[str, Any]:
    """Lays out the files of one pupil. Returns what the metadata say of them."""
    cut: dict[str, Any] = {"year": year, "until": one.until}
    rows: dict[str, list[list[str]]] = {}
    for table in FACTS:
        match table.file:
            case "facts/pupil.csv":
                rows[table.file] = facts.of_pupil(one)
            case "facts/roles.csv":
                rows[table.file] = facts.of_roles(known.roles.get(one.id, ()), **cut)
                known.people |= {row[0] for row in rows[table.file]}
            case "facts/tasks.csv":
                rows[table.file] = list(facts.of_tasks(known.tasks.get(one.id, ()), known.schools))
            case file:
                found = known.of(file, one.id)
                rows[file] = facts.cells(table, found, **cut, names=order.names)
        export.files[place + table.file] = writing.csv_of(table, rows[table.file])
    known.people |= {row[4] for row in rows["facts/happenings.csv"]}
    log = list(case.log(known.logs[one.id], **cut, names=order.names))
    known.people |= {entry["by"] for entry in log if entry["by"] is not None}
    courses = [case.course(found) for found in _courses(known, one, year, order)]
    export.files[place + LOG] = writing.lines_of(log)
    export.files[place + COURSES] = writing.json_of(courses)
    return {
        "pupil": one.key,
        "folder": place,
        "protected": one.protected,
        "until": one.until.isoformat() if one.until is not None else None,
        "counts": {file: len(some) for file, some in rows.items()}
        | {LOG: len(log), COURSES: len(courses)},
        "first_event": log[0]["at"] if log else None,
        "last_event": log[-1]["at"] if log else None,
    }


def _lines(known: _Known, one: One, year: Year, order: Order) -> list[list[str]]:
    """The overview of one pupil."""
    until = one.until or date.max
    happened = [
        row
        for row in known.of("facts/happenings.csv", one.id)
        if row.year == year.start and row.on_day <= until
    ]
    stored = {
        table: known.of(file, one.id)
        for file, table in reading.STORED.items()
        if table in ("assessment", "vedtak", "consent")
    }
    as_of = min(order.today, until)
    return list(
        overview.lines(
            one.key,
            known.tasks.get(one.id, ()),
            known.histories.course(one.id, year.start, until=as_of),
            happened,
            stored,
            as_of=as_of,
        )
    )


def _around(
    session: Session,
    rules: Rules,
    export: Export,
    known: _Known,
    kind: str,
    year: Year | None,
    pupils: Sequence[Mapping[str, Any]],
    order: Order,
    counts: Mapping[str, int] | None = None,
) -> None:
    """The files about the export itself."""
    school = export.school
    owner = session.get_one(Owner, school.owner)
    counted = dict(counts or {})
    if order.names:
        rows = [["pupil", writing.cell(one.key), writing.cell(one.name)] for one in export.pupils]
        names = reading.people(session, sorted(known.people), [owner.id or 0])
        rows += [["person", writing.cell(key), writing.cell(name)] for key, name in names.items()]
        export.files[NAMES] = writing.csv_of(NAMES_TABLE, rows)
        counted[NAMES] = len(rows)
    total: dict[str, int] = {}
    for pupil in pupils:
        for file, count in pupil["counts"].items():
            total[file] = total.get(file, 0) + count
    firsts = [one["first_event"] for one in pupils if one["first_event"]]
    lasts = [one["last_event"] for one in pupils if one["last_event"]]
    wheels = rules.readable(school.wheel_in_force, in_network=school.network_id is not None)
    about = {
        "format": FORMAT,
        "format_version": VERSION,
        "iopflow_version": __version__,
        "kind": kind,
        "exported_at": writing.moment(order.now),
        "exported_by": order.by,
        "purpose": order.purpose,
        "legal_basis": order.basis or BASIS[kind],
        "names": order.names,
        "owner": owner.key,
        "school": {
            "school": school.key,
            "name": school.name,
            "municipality": school.municipality,
            "language": school.language,
        },
        "year": str(year) if year is not None else None,
        "wheels": [{"wheel": one.name, "version": one.version} for one in wheels],
        "indicators": [one.definition for one in INDICATORS],
        "first_event": min(firsts, default=None),
        "last_event": max(lasts, default=None),
        "counts": {"pupils": len(pupils), **counted, **total},
        "pupils": pupils,
    }
    export.files[METADATA] = writing.json_of(about)
    export.files[SCHEMA] = schema()
    export.files[README] = readme(kind, school.name, year, len(pupils), order).encode()
