"""What subjects are called on a page, for those who may see them: pages show names, mails never."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from iopflow.models import Scope, metadata
from iopflow.queries.prepared import among, read

_NAMED: Mapping[Scope, tuple[str, str]] = {
    Scope.PUPIL: ("pupil", "name"),
    Scope.UNIT: ("unit", "name"),
    Scope.SCHOOL: ("school", "name"),
    Scope.NETWORK: ("network", "key"),
}

Subject = tuple[Scope, int]


def names_of(session: Session, subjects: Iterable[Subject]) -> dict[Subject, str]:
    """The names of subjects whom the asker has been shown already."""
    wanted: dict[Scope, set[int]] = {}
    for scope, number in subjects:
        wanted.setdefault(scope, set()).add(number)
    return {
        (scope, row.id): row.name
        for scope, numbers in wanted.items()
        for row in read(session, _names(scope), subjects=numbers).all()
    }


@cache
def _names(scope: Scope) -> Select[Any]:
    table, column = _NAMED[scope]
    named = metadata.tables[table]
    return select(named.c.id, named.c[column].label("name")).where(among(named.c.id, "subjects"))
