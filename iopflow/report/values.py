"""The registered figures of a report, by the kind of quality that the network divides them into."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session

from iopflow.models import School
from iopflow.queries.figure_values import Value as Stored
from iopflow.queries.figure_values import places_of, public_values, shown_to, values_of
from iopflow.registered import BY_CODE, KINDS
from iopflow.registered import Registered as Figure
from iopflow.report.content import Edition, Kind, Registered, Remarked, Value
from iopflow.report.figures import PUBLIC
from iopflow.schoolyear import Year
from iopflow.texts import number


def kinds(
    session: Session,
    school: School,
    year: Year,
    remarks: Mapping[str, Remarked],
    *,
    edition: Edition,
) -> list[Kind]:
    """The registered figures of the school as a whole; those of a class are not published.

    Small ones are hidden as on the page of the figures for one who does not work at the school; in
    a public edition as in the network.
    """
    if edition is Edition.PUBLIC:
        rows = public_values(session, [school.number], [year]).get(school.number, [])
    else:
        whole = [one for one in values_of(session, school, [year]) if not one.unit]
        rows = shown_to(session, PUBLIC, school, whole)
    codes = {row.indicator for row in rows} | {code for code in remarks if code in BY_CODE}
    found = []
    for kind, title in KINDS.items():
        indicators = [
            Registered(
                one.name,
                _called(one),
                [_value(one, row) for row in rows if row.indicator == code],
                remarks.get(code, Remarked()),
            )
            for code, one in BY_CODE.items()
            if code in codes and one.kind is kind
        ]
        if indicators:
            found.append(Kind(title.get(), indicators))
    return found


def lacking(found: Iterable[Kind]) -> list[str]:
    """What is registered for none of its days and groups, by number and title."""
    there = {one.code for kind in found for one in kind.indicators if one.rows}
    return [
        f"{one.name} {one.title.get()}"
        for one in BY_CODE.values()
        if one.is_developed and one.name not in there
    ]


def _called(one: Figure) -> str:
    """The title with the unit behind it, where the number does not carry it."""
    sign = one.measure.sign.get()
    return one.title.get() if one.measure.share or not sign else f"{one.title.get()} ({sign})"


def _value(one: Figure, row: Stored) -> Value:
    """A figure as people read it; `amount` is the number to go on with."""
    category = one.category(row.category) if row.category else ""
    amount = row.amount
    plain = one.measure.share or amount is None
    value = row.word if plain or amount is None else number(amount, places_of(amount))
    known = round(float(amount), 2) if amount is not None else None
    return Value(category, row.counted_on, value, row.of_word, row.source or "", known)
