"""The import tables of the contract: one entry per file. All else iterates over them."""

from collections.abc import Mapping

from iopflow.importing.tables import cases, people, places, year
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

__all__ = ["BY_FILE", "COURTS", "TABLES", "Column", "Table"]
