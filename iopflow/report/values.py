"""The registered figures of a report, by the kind of quality that the network divides them into."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from iopflow.models import FigureValue
from iopflow.queries.figure_values import decimal_of
from iopflow.queries.masking import FEWEST, is_few
from iopflow.registered import BY_CODE, KINDS
from iopflow.registered import Registered as Figure
from iopflow.report.content import Kind, Registered, Remarked, Value
from iopflow.schoolyear import Year
from iopflow.texts import _, number


def kinds(
    session: Session, school_id: int, year: Year, remarks: Mapping[str, Remarked]
) -> list[Kind]:
    """The registered figures of the school as a whole; those of a class are not published."""
    rows = (
        session.execute(
            select(FigureValue)
            .where(
                col(FigureValue.school_id) == school_id,
                col(FigureValue.year) == year.start,
                col(FigureValue.unit_key) == "",
            )
            .order_by(col(FigureValue.counted_on), col(FigureValue.id))
        )
        .scalars()
        .all()
    )
    codes = {row.indicator for row in rows} | {code for code in remarks if code in BY_CODE}
    found = []
    for kind, title in KINDS.items():
        indicators = [
            Registered(
                one.name,
                _called(one),
                [_value(row) for row in rows if row.indicator == code],
                remarks.get(code, Remarked()),
            )
            for code, one in BY_CODE.items()
            if code in codes and one.kind is kind
        ]
        if indicators:
            found.append(Kind(title.get(), indicators))
    return found


def _called(one: Figure) -> str:
    """The title with the unit behind it."""
    sign = one.measure.sign.get()
    return f"{one.title.get()} ({sign})" if sign else one.title.get()


def _value(row: Any) -> Value:
    """A figure that rests on one to four is not shown, nor how many they are."""
    value, of = decimal(row.value), decimal(row.of or "")
    if _few(row.of):
        value, of = "•", _("under {n}").format(n=FEWEST)
    return Value(row.category, row.counted_on, value, of, row.source or "")


def _few(of: str | None) -> bool:
    try:
        return of is not None and is_few(float(of))
    except ValueError:
        return False


def decimal(text: str) -> str:
    """A number as it is written in the language, «1 030,2», with the decimals that it has; what is
    no number stands as it is.
    """
    found = decimal_of(text)
    if found is None:
        return text
    exponent = found.as_tuple().exponent
    return number(found, max(0, -exponent) if isinstance(exponent, int) else 0)
