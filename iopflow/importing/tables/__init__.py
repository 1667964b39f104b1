"""The import tables of the contract: one entry per file. All else iterates over them."""

from collections.abc import Mapping

from iopflow.importing.tables import cases, lists, people, places, year
from iopflow.importing.tables.cases import COURTS
from iopflow.importing.tables.columns import Column, Table

# In the order in which they are read: what is referred to comes first.
TABLES: tuple[Table, ...] = (
    places.SCHOOLS,
    places.SCHOOL_YEARS,
    places.DAYS_OFF,
    places.UNITS,
    places.PPT_OFFICES,
    people.PEOPLE,
    people.PUPILS,
    people.ROLES,
    people.ENROLMENTS,
    cases.ASSESSMENTS,
    cases.VEDTAK,
    cases.CONSENTS,
    year.HAPPENINGS,
    cases.APPEALS,
    cases.PAUSES,
    cases.MOVES,
    cases.SUPPORTS,
    year.VALUES,
)
BY_FILE: Mapping[str, Table] = {table.file: table for table in TABLES}
# What a file may be: a table of the contract, or a list that is split into rows of some of them.
PUPIL_LIST = lists.PUPIL_LIST
READ_AS: Mapping[str, Table] = {**BY_FILE, PUPIL_LIST.file: PUPIL_LIST}

__all__ = [
    "BY_FILE",
    "COURTS",
    "PUPIL_LIST",
    "READ_AS",
    "TABLES",
    "Column",
    "Table",
]
