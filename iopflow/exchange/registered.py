"""The registered figures of a network (S, T, R and ØK): what may be shown, and their spread.

They are read where they are registered: no file between schools has them, since they are neither
frozen nor counted by a definition of a version (docs/decisions/0020).
"""

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from iopflow.exchange.spread import Numbers
from iopflow.queries.figure_values import Value, public_values
from iopflow.registered import REGISTERED, Registered
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS


def of_registered(session: Session, schools: Sequence[int], years: Sequence[Year]) -> list[Numbers]:
    """Each figure that a school of the network has registered as a whole, by year, indicator,
    counting date and category; those of the schools' own categories cannot be compared.
    """
    found: dict[tuple[str, str, str, str], dict[int, Value]] = {}
    for school, values in public_values(session, schools, years).items():
        for one in values:  # by their days: of several in one half of the year the last stands
            key = str(one.year), one.indicator, one.slot, one.category
            found.setdefault(key, {})[school] = one
    return [
        _numbers(one, str(year), counted, category.key, found[key])
        for year in years
        for one in REGISTERED
        if one.is_developed
        for counted in COUNTINGS
        for category in one.categories
        for key in [(str(year), one.code, counted, category.key)]
        if key in found
    ]


def _numbers(
    one: Registered, year: str, counted: str, category: str, values: Mapping[int, Value]
) -> Numbers:
    known = [float(value.amount) for value in values.values() if value.amount is not None]
    hidden = sum(value.hidden for value in values.values())
    return Numbers(one.code, year, counted, category, known, hidden)
