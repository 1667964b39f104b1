"""The registered figures of a school: read in one statement, and shown as the asker may see them.

What rests on few pupils is hidden outside the school, as the computed figures are (`masking`): all
that an indicator says on that day, since what is left would tell of what is taken away.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from iopflow.models import Enrolment, FigureValue, School, Unit, UnitKind
from iopflow.queries.access import Viewer
from iopflow.queries.masking import is_few
from iopflow.registered import BY_CODE, Registered, slot_of
from iopflow.roles import Action, Place
from iopflow.schoolyear import Year
from iopflow.texts import _, number

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_HUNDRED = Decimal(100)
OF_GOALS = frozenset(code for code, one in BY_CODE.items() if one.of_goals)


@dataclass(frozen=True, slots=True)
class Value:
    """One figure as it is stored. `unit` is what stands there of a class; empty for the school.

    `hidden` says that it rests on too few pupils for the one who asks. `school` is a number.
    """

    number: int
    year: Year
    indicator: str
    counted_on: date
    category: str
    unit: str
    value: str
    of: str | None
    source: str | None
    hidden: bool = False
    school: int = 0

    @property
    def place(self) -> tuple[str, date, str, str]:
        """What it is of: never two values for the same."""
        return self.indicator, self.counted_on, self.category, self.unit

    @property
    def slot(self) -> str:
        """The counting date that it belongs to."""
        return slot_of(self.counted_on)

    @property
    def is_part(self) -> bool:
        """Whether it is a number of a whole; a percentage is never of more than the whole."""
        value, whole = decimal_of(self.value), decimal_of(self.of)
        share = self.indicator in BY_CODE and BY_CODE[self.indicator].measure.share
        return share and value is not None and whole is not None and 0 < whole >= value

    @property
    def amount(self) -> Decimal | None:
        """The number in the unit of the indicator; None where it cannot be read, or is hidden."""
        value, whole = decimal_of(self.value), decimal_of(self.of)
        if self.hidden or value is None:
            return None
        return _HUNDRED * value / whole if self.is_part and whole else value

    @property
    def word(self) -> str:
        """The number with its unit, as people read it."""
        if self.hidden:
            return "•"
        amount = self.amount
        if amount is None:
            return self.value
        shown = number(amount, 0 if self.is_part else places_of(amount))
        one = BY_CODE.get(self.indicator)
        return f"{shown}\u00a0{one.measure.sign.get()}" if one is not None else shown

    @property
    def of_word(self) -> str:
        """The number of the whole: «4/13»; «av 13» where the value is a share already."""
        if self.hidden or not self.of:
            return ""
        if self.is_part:
            return f"{_plain(self.value)}/{_plain(self.of)}"
        return _("av {n}").format(n=_plain(self.of))


def decimal_of(text: str | None) -> Decimal | None:
    """A stored number: with a comma or a point, and perhaps spaces between thousands."""
    try:
        found = Decimal(_SPACES.sub("", text or "").replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def places_of(amount: Decimal) -> int:
    """How many decimals are shown: those that are there, two at most."""
    exponent = amount.normalize().as_tuple().exponent
    return min(2, max(0, -exponent)) if isinstance(exponent, int) else 0


def _plain(text: str) -> str:
    found = decimal_of(text)
    return text if found is None else number(found, places_of(found))


def values_of(
    session: Session, school: School, years: Collection[Year], *, code: str | None = None
) -> list[Value]:
    """The figures of a school in some years, by indicator, day, category and class."""
    statement = select(FigureValue).where(
        col(FigureValue.school_id) == school.number,
        col(FigureValue.year).in_([one.start for one in years]),
    )
    if code is not None:
        statement = statement.where(col(FigureValue.indicator) == code)
    found = [_value(row) for row in session.execute(statement).scalars()]
    order = {one: place for place, one in enumerate(BY_CODE)}
    return sorted(
        found,
        key=lambda one: (
            one.year,
            order.get(one.indicator, len(order)),
            one.counted_on,
            _category_place(one),
            one.unit,
        ),
    )


def _value(row: FigureValue) -> Value:
    return Value(
        row.number,
        Year(row.year),
        row.indicator,
        row.counted_on,
        row.category,
        row.unit_key,
        row.value,
        row.of,
        row.source,
        school=row.school_id,
    )


def _category_place(one: Value) -> tuple[int, str]:
    known = (
        [each.key for each in BY_CODE[one.indicator].categories] if one.indicator in BY_CODE else []
    )
    place = known.index(one.category) if one.category in known else len(known)
    return place, one.category


def classes_of(session: Session, school: School) -> Mapping[str, str]:
    """The classes of a school that are in use: id and name, by name."""
    rows = session.execute(
        select(col(Unit.key), col(Unit.name))
        .where(
            col(Unit.school_id) == school.number,
            col(Unit.kind) == UnitKind.KLASSE,
            col(Unit.closed_on).is_(None),
        )
        .order_by(col(Unit.name))
    )
    return {row.key: row.name for row in rows}


def leads(viewer: Viewer, school: School) -> bool:
    """Whether the viewer sees all figures of a school: those who work for the whole of it."""
    return viewer.is_everyone or school.number in viewer.at(Place.SCHOOL, Action.VALUES)


def shown_to(
    session: Session, viewer: Viewer, school: School, values: Sequence[Value]
) -> list[Value]:
    """The figures as the viewer may see them.

    Of classes only those of one's own avdeling, and none outside the school; what rests on one to
    four pupils is hidden, with all that the indicator says on the same day.
    """
    if leads(viewer, school):
        return list(values)
    at = viewer.at(Place.UNIT, Action.VALUES)
    own: set[str] = set()
    if at:
        rows = select(col(Unit.key)).where(
            col(Unit.school_id) == school.number,
            or_(col(Unit.id).in_(at), col(Unit.parent_id).in_(at)),
        )
        own = set(session.execute(rows).scalars())
    known = classes_of_any(session, school)
    kept = [one for one in values if one.unit not in known or one.unit in own]
    others = [one for one in kept if one.unit not in own]
    small = _small(others, _pupils_of(session, school, {one.counted_on for one in others}))
    return [
        replace(one, hidden=one.unit not in own and (one.indicator, one.counted_on) in small)
        for one in kept
    ]


def public_values(
    session: Session, schools: Sequence[int], years: Collection[Year]
) -> dict[int, list[Value]]:
    """The figures of schools as wholes, by school, as anybody may see them: by their days.

    What rests on few pupils is hidden as it is for those outside the school (`_small`), and so is
    every share of a small number, whatever it is a number of.
    """
    at = and_(
        col(FigureValue.school_id).in_(schools),
        col(FigureValue.year).in_([one.start for one in years]),
        col(FigureValue.unit_key) == "",
    )
    rows = session.execute(select(FigureValue).where(at).order_by(col(FigureValue.counted_on)))
    values: dict[int, list[Value]] = {}
    for row in rows.scalars():
        values.setdefault(row.school_id, []).append(_value(row))
    pupils = _pupils_on(session, at)
    return {school: _public(some, pupils.get(school, {})) for school, some in values.items()}


def _public(values: Sequence[Value], pupils: Mapping[date, int]) -> list[Value]:
    small = _small(values, pupils)
    small |= {(one.indicator, one.counted_on) for one in values if _of_few(one)}
    return [replace(one, hidden=(one.indicator, one.counted_on) in small) for one in values]


def _pupils_on(session: Session, at: Any) -> dict[int, dict[date, int]]:
    """How many pupils each school had on the days of the figures."""
    stay = and_(
        col(Enrolment.school_id) == col(FigureValue.school_id),
        col(Enrolment.starts) <= col(FigureValue.counted_on),
        or_(col(Enrolment.ends).is_(None), col(Enrolment.ends) >= col(FigureValue.counted_on)),
    )
    there = func.count(col(Enrolment.id).distinct())
    place = (col(FigureValue.school_id), col(FigureValue.counted_on))
    rows = session.execute(select(*place, there).join(Enrolment, stay).where(at).group_by(*place))
    found: dict[int, dict[date, int]] = {}
    for school, day, pupils in rows:
        found.setdefault(school, {})[day] = pupils
    return found


def classes_of_any(session: Session, school: School) -> set[str]:
    """The ids of all units that the school has, and has had."""
    rows = select(col(Unit.key)).where(col(Unit.school_id) == school.number)
    return set(session.execute(rows).scalars())


def _pupils_of(session: Session, school: School, days: Collection[date]) -> dict[date, int]:
    """How many pupils a school had on some days, whether a figure of the day stands or not."""
    if not days:
        return {}
    stays = session.execute(
        select(col(Enrolment.starts), col(Enrolment.ends)).where(
            col(Enrolment.school_id) == school.number
        )
    ).all()
    return {
        day: sum(row.starts <= day and (row.ends is None or row.ends >= day) for row in stays)
        for day in days
    }


def _small(values: Iterable[Value], pupils: Mapping[date, int]) -> set[tuple[str, date]]:
    """Which indicators tell of few pupils on which days, given how many there were at the school.

    That is known to many: 14 % of twelve is two. Where an indicator divides the pupils, those whom
    no part counts are what is left of the whole: 8 and 9 of 20 leave three.
    """
    asked = [one for one in values if _of_pupils(one.indicator)]
    few = {day for day, n in pupils.items() if is_few(n)}
    found = {(one.indicator, one.counted_on) for one in asked if one.counted_on in few}
    shares = [one for one in asked if one.indicator not in OF_GOALS]
    found |= {(one.indicator, one.counted_on) for one in shares if _of_few(one)}
    parts: dict[tuple[str, date, str], list[tuple[Decimal, Decimal]]] = {}
    for one in shares:
        counted = _counted(one, pupils.get(one.counted_on, 0))
        if counted is None:
            continue
        some, whole = counted
        if is_few(some) or is_few(whole - some):
            found.add((one.indicator, one.counted_on))
        if one.indicator in BY_CODE and BY_CODE[one.indicator].parts:
            parts.setdefault((one.indicator, one.counted_on, one.unit), []).append(counted)
    for (code, day, _unit), each in parts.items():
        if any(is_few(whole - sum(some for some, _of in each)) for _some, whole in each):
            found.add((code, day))
    return found


def _counted(one: Value, pupils: int) -> tuple[Decimal, Decimal] | None:
    """How many of how many a share is; None where it is none, or cannot be read.

    Of how many is said, or it is the pupils of the school.
    """
    known = BY_CODE.get(one.indicator)
    value, whole = decimal_of(one.value), decimal_of(one.of) if one.of else Decimal(pupils)
    if known is None or not known.measure.share or value is None or whole is None:
        return None
    return (value if one.is_part else round(value * whole / _HUNDRED, 0)), whole


def _of_pupils(code: str) -> bool:
    one: Registered | None = BY_CODE.get(code)
    return one is None or one.of_pupils


def _of_few(one: Value) -> bool:
    """Whether the whole is of one to four, or cannot be read."""
    whole = decimal_of(one.of)
    return bool(one.of) and (whole is None or is_few(whole))
