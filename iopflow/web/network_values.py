"""The registered figures of a network (S, T, R, ØK): median and spread, in words and pictures."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

from iopflow.exchange import FEWEST_UNNAMED, Between, Numbers, of_registered
from iopflow.models import School
from iopflow.queries.access import visible_schools
from iopflow.queries.figure_values import values_of
from iopflow.registered import REGISTERED, SHARE, Category, Kind, Registered
from iopflow.roles import Action
from iopflow.schoolyear import Year
from iopflow.tellinger import COUNTINGS
from iopflow.texts import _, number
from iopflow.web.network_svg import Axis, in_words, strip
from iopflow.web.page import Page

_STEPS = (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10)  # ends of a line whose half is easy to read


@dataclass(frozen=True, slots=True)
class Part:
    """A category of a figure (the whole where there are none), in words and as a picture."""

    title: str
    median: str
    middle: str
    outer: str
    schools: str
    before: Sequence[tuple[str, str]]  # the years before with their medians, the newest first
    own: str
    own_number: float | None
    numbers: Numbers
    axis: Axis

    @property
    def words(self) -> str:
        """All that the picture tells."""
        return in_words(self)

    def picture(self, width: int = 260) -> str:
        """The strip of schools as SVG; none where there is no median, since each could be known."""
        if not self.median:
            return ""
        return strip(
            self.numbers, own=self.own_number, words=self.words, width=width, axis=self.axis
        )


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One registered indicator of the network."""

    code: str
    number: str
    title: str
    sign: str
    purpose: str
    kind: Kind
    when: str
    about: str  # which year it is of, where that is not the school year
    parts: Sequence[Part]


def shown_values(
    page: Page,
    schools: Sequence[School],
    year: Year,
    before: Sequence[Year],
    *,
    own: School | None = None,
    kinds: Collection[Kind] = tuple(Kind),
    counted: Collection[str] = tuple(COUNTINGS),
) -> list[ShownValue]:
    """The registered figures of a year, each at its last counting date that gives a median."""
    asked = [one for one in REGISTERED if one.is_developed and one.kind in kinds]
    numbers = [one.number for one in schools]
    found = of_registered(page.session, numbers, [year, *before]) if asked and numbers else []
    network = _Network(
        str(year),
        [str(each) for each in before],
        len(schools),
        {(one.year, one.indicator, one.counted, one.category): one for one in found},
        _own(page, own, year),
    )
    shown = []
    for one in asked:
        slot = network.slot(one, [key for key in one.counted if key in counted])
        if slot is not None:
            shown.append(
                ShownValue(
                    one.code,
                    one.name,
                    one.title.get(),
                    one.measure.sign.get(),
                    one.purpose.get(),
                    one.kind,
                    slot,
                    _about(one),
                    network.parts(one, slot),
                )
            )
    return shown


def _about(one: Registered) -> str:
    return one.about.get() if one.about is not None else ""


@dataclass(frozen=True, slots=True)
class _Network:
    """What is known of the registered figures of a year, and of the years before."""

    year: str
    before: Sequence[str]
    schools: int
    known: Mapping[tuple[str, str, str, str], Numbers]
    ours: Mapping[tuple[str, str, str], float]

    def slot(self, one: Registered, slots: Sequence[str]) -> str | None:
        """The last counting date with enough schools for a median; else the last with any."""
        there = {
            slot: max(len(self.known[self.year, one.code, slot, key].numbers) for key in keys)
            for slot in COUNTINGS
            if slot in slots and (keys := [each.key for each in self._there(one, slot)])
        }
        enough = [slot for slot, schools in there.items() if schools >= FEWEST_UNNAMED]
        return next(reversed(enough or list(there)), None)

    def parts(self, one: Registered, slot: str) -> list[Part]:
        """The categories that some school has registered."""
        there = self._there(one, slot)
        return [
            self._part(one, slot, each, alone=len(there) == 1 and not each.key) for each in there
        ]

    def _there(self, one: Registered, slot: str) -> list[Category]:
        return [
            each for each in one.categories if (self.year, one.code, slot, each.key) in self.known
        ]

    def _part(self, one: Registered, slot: str, category: Category, *, alone: bool) -> Part:
        now = self.known[self.year, one.code, slot, category.key]
        own = self.ours.get((one.code, slot, category.key))
        places = _places(one, now.numbers)

        def word(of: Between | None) -> str:
            return _amount(one, of.least, places) if of is not None else ""

        def pair(low: Between | None, high: Between | None) -> str:
            if low is None or high is None:
                return ""
            return _("{lower} og {upper}").format(lower=word(low), upper=word(high))

        def past(year: str) -> str:
            then = self.known.get((year, one.code, slot, category.key))
            return word(then.median) if then is not None else ""

        return Part(
            "" if alone else category.title.get(),
            word(now.median),
            pair(now.lower, now.upper),
            pair(now.least, now.most),
            _schools(now, self.schools),
            [(year, past(year)) for year in self.before],
            _amount(one, own, places) if own is not None else "",
            own,
            now,
            Axis(_end(one, max([*now.numbers, own or 0])), lambda at: _tick(one, at)),
        )


def _own(page: Page, own: School | None, year: Year) -> Mapping[Any, float]:
    """The own school's numbers whole, for those who lead it."""
    able = visible_schools(page.who, page.session, Action.VALUES)
    if own is None or own.number not in {one.number for one in able}:
        return {}
    return {
        (one.indicator, one.slot, one.category): float(one.amount)
        for one in values_of(page.session, own, [year])
        if not one.unit and one.amount is not None
    }


def _places(one: Registered, numbers: Sequence[float]) -> int:
    """How many decimals are written: none where they would say nothing."""
    if one.measure is SHARE or all(each >= 100 or each == int(each) for each in numbers):
        return 0
    return 1 if all(each >= 3 for each in numbers) else 2


def _tick(one: Registered, at: float) -> str:
    return _amount(one, at, 0 if at >= 10 or not at else 2)


def _amount(one: Registered, amount: float, places: int) -> str:
    """A number in the unit of the figure; the unit of other figures than shares stands beside."""
    rounded = round(amount, places)
    written = number(amount, next(n for n in range(places + 1) if round(rounded, n) == rounded))
    sign = one.measure.sign.get()
    return f"{written}\u00a0{sign}" if sign == "%" else written


def _end(one: Registered, top: float) -> float:
    """Where the line ends: at 100 % of a whole, else at a round number above the highest."""
    if one.measure is SHARE:
        return max(100.0, top)
    if top <= 0:
        return 1.0
    size = 10 ** floor(log10(top))
    return float(next(step * size for step in _STEPS if step * size >= top))


def _schools(now: Numbers, schools: int) -> str:
    """How many schools are in the figure, and why the others are not."""
    told = [_("{shown} av {n} skoler er med.").format(shown=len(now.numbers), n=schools)]
    if now.hidden:
        told.append(_("{n} har for små tall.").format(n=now.hidden))
    missing = schools - len(now.numbers) - now.hidden
    if missing:
        told.append(_("{n} har ikke registrert det.").format(n=missing))
    return " ".join(told)
