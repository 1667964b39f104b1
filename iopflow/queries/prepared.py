"""Statements that are built once and read with parameters: their text is always the same.

Building a statement and writing out its list of ids costs more than the database needs to answer
it, so that any number of ids is one parameter here.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Dialect,
    Executable,
    Integer,
    String,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Session

from iopflow.models import metadata


class Numbers(TypeDecorator[Collection[int]]):
    """Any number of ids as one parameter."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(Integer) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        return list(value or ()) if dialect.name == "postgresql" else json.dumps(list(value or ()))


class _among(GenericFunction[bool]):
    """Whether a number is one of those in a parameter of type `Numbers`."""

    inherit_cache = True


@compiles(_among, "sqlite")
def _among_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    number, numbers = (compiler.process(one, **options) for one in element.clauses)
    return f"{number} IN (SELECT value FROM json_each({numbers}))"  # noqa: S608 - SQL of ours


@compiles(_among, "postgresql")
def _among_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    number, numbers = (compiler.process(one, **options) for one in element.clauses)
    return f"{number} = ANY ({numbers})"


def among(number: Any, parameter: str) -> ColumnElement[bool]:
    """Whether a column is one of the ids that the statement is given under a name."""
    return _among(number, bindparam(parameter, type_=Numbers))


def read(session: Session, statement: Executable, **known: Any) -> Any:
    """The result of a prepared statement, past the session's bookkeeping: rows, never objects.

    Where they are many, `.all()` fetches them in half the time that going through them takes.
    """
    return session.connection().execute(statement, known)


def upsert(session: Session, table: str) -> Any:
    """An INSERT that may pass over, or change, a row that is there: the same on both databases."""
    postgres = session.connection().dialect.name == "postgresql"
    return (postgresql if postgres else sqlite).insert(metadata.tables[table])
