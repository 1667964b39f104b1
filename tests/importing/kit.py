"""A small, correct set of import tables that the tests spoil, and ways to read and apply it."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from iopflow import importing
from iopflow.engine.ledger import Act
from iopflow.importing.tables import TABLES
from iopflow.queries.rules import Rules

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
RULES = Rules()

Tables = dict[str, list[dict[str, str]]]
FACT_TABLES = (
    "owner",
    "network",
    "school",
    "school_year",
    "day_off",
    "unit",
    "ppt_office",
    "person",
    "role_grant",
    "pupil",
    "enrolment",
    "assessment",
    "vedtak",
    "consent",
    "happening",
    "appeal",
    "pause",
    "case_move",
    "support",
    "figure_value",
)


def _rows(*lines: str) -> list[dict[str, str]]:
    head, *rest = (line.split(";") for line in lines)
    return [dict(zip(head, row, strict=True)) for row in rest]


_BASE: Tables = {
    "schools": _rows(
        "school;name;owner;municipality;network;language;wheel",
        "lia;Lia skole;eikedal;Eikedal;nett;nb;",
        "fjell;Fjell skule;eikedal;Eikedal;nett;nn;",
    ),
    "school_years": _rows(
        "school;year;first_day;last_day;planning_day;autumn_end",
        "lia;2025-26;2025-08-18;2026-06-19;2025-08-13;",
        "lia;2026-27;2026-08-17;2027-06-18;2026-08-12;2027-01-15",
        "fjell;2026-27;2026-08-17;2027-06-18;;",
    ),
    "days_off": _rows("school;from;to;what", "lia;2026-09-28;2026-10-02;høstferie"),
    "units": _rows(
        "unit;school;kind;name;parent",
        "3a;lia;klasse;3A;sma",
        "sma;lia;avdeling;Småtrinnet;",
        "f3;fjell;klasse;3. trinn;",
    ),
    "ppt_offices": _rows("ppt;name;municipality", "ppt-e;PPT Eikedal;Eikedal"),
    "people": _rows(
        "person;name;email;login;language",
        "kari;Kari Berg;kari@example.no;kari@example.no;nb",
        "petra;Petra Li;;;",
    ),
    "roles": _rows(
        "person;role;at;from;to",
        "kari;kontaktlaerer;unit:3a;2026-08-01;",
        "petra;ppt_radgiver;pupil:v-1;2026-08-01;2027-07-31",
    ),
    "pupils": _rows(
        "pupil;name;birth_month;protected;ppt;home_municipality;ppt_reference",
        "v-1;Ola Dal;2018-03;nei;ppt-e;Eikedal;2025/12",
        "v-2;Eva Moe;;ja;;;",
    ),
    "enrolments": _rows(
        "pupil;school;from;class;grade;to",
        "v-1;lia;2025-08-01;3a;2;",
        "v-2;lia;2026-08-01;3a;3;2027-07-31",
    ),
    "assessments": _rows(
        "pupil;for_year;needed_since;referred_on;complete_on;received_on;valid_to;archive_ref;"
        "recorded_on",
        "v-1;2026-27;2025-10-01;2025-11-01;2025-11-15;2026-04-20;2028-07-31;2025/12-3;2026-04-21",
    ),
    "vedtak": _rows(
        "pupil;for_year;decided_on;outcome;valid_from;valid_to;notified_on;arrived_on;decided_by;"
        "departs;reason;archive_ref;recorded_on",
        "v-1;2026-27;2026-06-10;granted;2026-08-01;2027-07-31;2026-06-10;2026-06-13;Eikedal;nei;;"
        "2025/12-9;",
    ),
    "consents": _rows(
        "pupil;kind;for_year;on;answer;answered_by;recorded_on",
        "v-1;utredning;2026-27;2025-10-05;given;foresatte;",
        "v-1;vedtak;2026-27;2026-05-02;given;;2026-05-03",
    ),
    "happenings": _rows(
        "year;step;subject;what;on;recorded_on;by;reason;cause;evidence",
        "2026-27;iop.klar_skolestart;v-1;done;2026-08-14;2026-08-20;kari;;;",
        "2026-27;iop.elevsamtale_host;v-1;invited;2026-09-10;;;;;",
        "2026-27;iop.elevsamtale_host;v-1;held;2026-09-20;;kari;;;",
        "2026-27;iop.utviklingssamtale;v-2;invited;2026-11-02;;;;;",
        "2026-27;iop.utviklingssamtale;v-2;declined;2026-11-02;;;;;",
        "2026-27;iop.foreldremote_host;3a;held;2026-09-15;;kari;;;",
        "2026-27;iop.foreldremote_host;v-1;present;2026-09-15;;;;;",
        "2026-27;iop.teste_justere;v-1;not_applicable;2026-09-01;;;Ikke aktuelt i år;;",
        "2026-27;iop.sakkyndig_vurdering;v-1;delay;2026-04-01;;;;kapasitet_ppt;arkiv 12",
    ),
    "appeals": _rows(
        "pupil;for_year;registered_on;kind;reviewed_on;forwarded_on;result;closed_on",
        "v-1;2026-27;2026-07-01;vedtak;2026-07-20;2026-07-21;;",
    ),
    "pauses": _rows(
        "pupil;for_year;from;court;to;cause;evidence", "v-1;2026-27;2025-11-01;skole;2025-11-15;;"
    ),
    "moves": _rows(
        "pupil;for_year;what;on;note;evidence;recorded_on",
        "v-1;2026-27;sent_back;2025-11-05;pedagogisk rapport;arkiv 14;2025-11-06",
        "v-1;2026-27;supplied;2025-11-14;;;",
    ),
    "supports": _rows(
        "pupil;kind;sought_on;decided_on;outcome;valid_from;valid_to;notified_on;archive_ref;"
        "recorded_on",
        "v-1;assistanse;2026-03-02;2026-05-12;granted;2026-08-01;2027-07-31;2026-05-12;2026/31-4;",
        "v-2;fysisk;2026-11-02;;;;;;;",
    ),
    "values": _rows(
        "school;year;indicator;counted_on;category;unit;value;of;source",
        "lia;2026-27;S1;2026-10-01;;;87,4;100;Elevundersøkelsen",
        "lia;2026-27;ØK1a;2026-10-01;lønn;kr;12;;",
    ),
}


def base() -> Tables:
    """The correct set, to spoil at will."""
    return deepcopy(_BASE)


def as_csv(rows: Sequence[Mapping[str, str]], *, separator: str = ";") -> str:
    """Rows as the text of a file; the columns are those of the first row."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    columns = list(rows[0])
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue()


def write(folder: Path, tables: Tables, *, separator: str = ";", encoding: str = "utf-8") -> Path:
    """Writes one file per table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if rows:
            (folder / f"{name}.csv").write_bytes(as_csv(rows, separator=separator).encode(encoding))
    return folder


def plan(
    session: Session, folder: Path, *, owner: str | None = None, now: datetime = NOW
) -> importing.Plan:
    """The dry run of a folder."""
    return importing.plan(session, importing.read(folder), RULES, owner=owner, now=now)


def act(now: datetime = NOW) -> Act:
    """Somebody imports."""
    return Act("import", now)


def apply(
    session: Session, folder: Path, *, owner: str | None = None, now: datetime = NOW
) -> importing.Applied:
    """Reads, plans and applies a folder; refuses nothing or fails the test."""
    made = plan(session, folder, owner=owner, now=now)
    assert made.refused == []
    return importing.apply(session, made, RULES, act=act(now))


def totals(made: importing.Plan) -> dict[str, int]:
    """The figures of a plan, summed over the tables."""
    names = ("added", "changed", "unchanged", "refused", "missing")
    return {name: sum(entry[name] for entry in made.summary) for name in names}


Dump = dict[str, list[tuple[object, ...]]]


def dump(session: Session, tables: Sequence[str] = FACT_TABLES, *, ids: bool = True) -> Dump:
    """The content of tables, in order of number; without numbers, in order of content."""
    found: Dump = {}
    for table in tables:
        rows = [tuple(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY id"))]  # noqa: S608
        found[table] = rows if ids else sorted((row[1:] for row in rows), key=repr)
    return found


Spoil = Callable[[Tables], None]
FILES = tuple(table.file for table in TABLES)
