"""The tables: migrations make what the models say, and an owner can be moved out whole."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, DateTime, Engine, Enum, Table, UniqueConstraint
from sqlalchemy.dialects import sqlite

from iopflow.models import metadata

TABLES = [table for table in metadata.sorted_tables if table.name != "owner"]


def _unique_keys(table: Table) -> list[list[str]]:
    """The columns of each unique key of a table."""
    keys = [
        [column.name for column in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    return keys + [
        [column.name for column in index.columns] for index in table.indexes if index.unique
    ]


def test_migrations_make_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == [], "run: make migration"


def test_every_table_knows_its_owner() -> None:
    assert [table.name for table in TABLES if "owner_id" not in table.columns] == []
    assert [table.name for table in TABLES if table.columns["owner_id"].nullable] == []


def test_every_unique_key_holds_the_owner() -> None:
    shared = [
        (table.name, key)
        for table in TABLES
        for key in _unique_keys(table)
        if "owner_id" not in key
    ]

    assert shared == []


def test_no_status_is_stored() -> None:
    stored = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name in {"status", "overdue", "state", "late_days"}
    ]

    assert stored == []


def test_choices_are_stored_by_value_without_a_check() -> None:
    choices = [
        column.type
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Enum)
    ]

    assert len(choices) > 0
    assert {(one.native_enum, one.create_constraint, one.length) for one in choices} == {
        (False, False, 40)
    }
    assert [one.enums for one in choices if one.enums != [e.lower() for e in one.enums]] == []
    checks = [
        constraint
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    ]
    assert checks == []


def test_moments_carry_their_time_zone() -> None:
    naive = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.type.compile(sqlite.dialect()) == "DATETIME"
        and not getattr(column.type, "timezone", False)
        and isinstance(column.type, DateTime)
    ]

    assert naive == []
