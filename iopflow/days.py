"""The day notation of the wheel: parse, resolve and print.

    DAYS := DAY ( " | " SELECTOR ": " DAY )*       SELECTOR := grade N[,N…] | late
    DAY  := [next.|previous.] ( MM-DD | ANCHOR ) [ (+|-) N (d|w|m|y|sd) ]

`sd` are school days. Days lie in the year in which a step is done; `next.` and `previous.` shift a
year. `arrival` is the pupil's own first day and stands only under `late`; `due` stands only in
`opens`; a day that counts from a fact (`vedtak.valid_to - 6m`) is nothing until the fact exists.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from iopflow.schoolyear import SchoolYear, Year
from iopflow.texts import Text, _

Calendar = Callable[[Year], SchoolYear | None]

ANCHORS: Mapping[str, Text] = {
    "school_start": Text("skolestart", "skulestart", "school start"),
    "school_end": Text("skoleslutt", "skuleslutt", "school end"),
    "planning_day": Text("første planleggingsdag", "første planleggingsdag", "first planning day"),
    "autumn_end": Text("slutten av høsthalvåret", "slutten av hausthalvåret", "end of autumn term"),
}
OWN_ANCHORS: Mapping[str, Text] = {
    "arrival": Text("elevens første dag", "første dagen til eleven", "the pupil's first day"),
    "due": Text("fristen", "fristen", "the due day"),
}
FACT_ANCHORS: Mapping[str, Text] = {
    "assessment.referred_on": Text("henvisning", "tilvising", "referral"),
    "assessment.complete_on": Text(
        "fullstendig henvisning", "fullstendig tilvising", "complete referral"
    ),
    "assessment.received_on": Text(
        "mottatt sakkyndig vurdering", "motteken sakkunnig vurdering", "assessment received"
    ),
    "assessment.valid_to": Text(
        "sakkyndig vurdering går ut", "sakkunnig vurdering går ut", "assessment expires"
    ),
    "vedtak.decided_on": Text("vedtak", "vedtak", "decision"),
    "vedtak.notified_on": Text("underretning", "melding", "notification"),
    "vedtak.arrived_on": Text("underretning mottatt", "melding motteken", "notification arrived"),
    "vedtak.valid_to": Text("vedtaket går ut", "vedtaket går ut", "decision expires"),
    "pupil.birth_month": Text("fødselsmåned", "fødselsmånad", "month of birth"),
}
UNITS: Mapping[str, tuple[Text, Text]] = {  # one, several
    "d": (Text("dag", "dag", "day"), Text("dager", "dagar", "days")),
    "w": (Text("uke", "veke", "week"), Text("uker", "veker", "weeks")),
    "m": (Text("måned", "månad", "month"), Text("måneder", "månader", "months")),
    "y": (Text("år", "år", "year"), Text("år", "år", "years")),
    "sd": (
        Text("skoledag", "skuledag", "school day"),
        Text("skoledager", "skuledagar", "school days"),
    ),
}
SHIFTS: Mapping[str, int] = {"": 0, "next.": 1, "previous.": -1}

_DAY = re.compile(
    r"(?P<shift>next\.|previous\.)?(?P<anchor>\d\d-\d\d|[a-z][a-z_.]*[a-z])"
    r"(?: (?P<sign>[+-]) (?P<count>\d{1,3})(?P<unit>sd|[dwmy]))?",
    re.ASCII,
)
_NORWEGIAN = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?(?:\d{4})?", re.ASCII)
_ISO = re.compile(r"\d{4}-(\d\d-\d\d)", re.ASCII)


# Grades 0 to 13 as they are written, and what stands for late arrivals among them.
_GRADES = frozenset(str(grade) for grade in range(14))
_LATE = -1


class BadDay(ValueError):
    """A text that is no day; the message says what to write instead."""


class MissingSkolerute(Exception):
    """A day cannot be known, since the school has no skolerute for `year`."""

    def __init__(self, year: Year) -> None:
        super().__init__(str(year))
        self.year = year


@dataclass(frozen=True, slots=True)
class Moment:
    """What a day is resolved against: the year done in, the school's calendar, and own days."""

    year: Year
    calendar: Calendar
    arrival: date | None = None
    due: date | None = None
    facts: Mapping[str, date] | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One day: an anchor or a fixed month and day, a shift of years, and a distance."""

    anchor: str
    shift: int = 0
    count: int = 0
    unit: str = "d"

    @classmethod
    def parse(cls, text: str) -> "Day":
        """Reads one DAY. Raises BadDay."""
        found = _DAY.fullmatch(text.strip())
        if found is None:
            raise BadDay(_hint(text))
        anchor = found["anchor"]
        if anchor[0].isdigit():
            month, day = int(anchor[:2]), int(anchor[3:])
            if not _is_date(month, day):
                raise BadDay(
                    _("«{text}» er ingen dag i året: skriv måned-dag, som 05-31").format(
                        text=anchor
                    )
                )
        elif anchor not in {**ANCHORS, **OWN_ANCHORS, **FACT_ANCHORS}:
            raise BadDay(
                _("«{text}» er ikke et kjent anker: skriv ett av {known}, eller måned-dag").format(
                    text=anchor, known=", ".join([*ANCHORS, *OWN_ANCHORS])
                )
            )
        if found["shift"] and (anchor in OWN_ANCHORS or anchor in FACT_ANCHORS):
            raise BadDay(
                _("«{anchor}» har ikke «{shift}» foran seg: stryk det").format(
                    anchor=anchor, shift=found["shift"]
                )
            )
        count = int(found["count"] or 0)
        return cls(
            anchor,
            SHIFTS[found["shift"] or ""],
            -count if found["sign"] == "-" else count,
            found["unit"] or "d",
        )

    def __str__(self) -> str:
        shift = {value: key for key, value in SHIFTS.items()}[self.shift]
        if not self.count:
            return f"{shift}{self.anchor}"
        sign = "-" if self.count < 0 else "+"
        return f"{shift}{self.anchor} {sign} {abs(self.count)}{self.unit}"

    @property
    def is_fact(self) -> bool:
        """Whether the day counts from a fact of the case."""
        return self.anchor in FACT_ANCHORS

    def resolve(self, moment: Moment) -> date | None:
        """The date, or None where a fact is not there. Raises MissingSkolerute."""
        year = Year(moment.year.start + self.shift)
        start = self._anchor_day(year, moment)
        if start is None:
            return None
        match self.unit:
            case "d":
                return start + timedelta(days=self.count)
            case "w":
                return start + timedelta(weeks=self.count)
            case "m":
                return add_months(start, self.count)
            case "y":
                return add_months(start, 12 * self.count)
            case _:
                return _rute(moment.calendar, Year.of(start)).add_school_days(start, self.count)

    def _anchor_day(self, year: Year, moment: Moment) -> date | None:
        if self.anchor[0].isdigit():
            return year.on(int(self.anchor[:2]), int(self.anchor[3:]))
        match self.anchor:
            case "arrival":
                return moment.arrival
            case "due":
                return moment.due
            case "school_start":
                return _rute(moment.calendar, year).first_day
            case "school_end":
                return _rute(moment.calendar, year).last_day
            case "planning_day":
                rute = _rute(moment.calendar, year)
                return rute.planning_day or rute.first_day
            case "autumn_end":
                return _rute(moment.calendar, year).autumn_end
            case fact:
                return (moment.facts or {}).get(fact)

    def describe(self, language: str | None = None) -> str:
        """The day in words: 31.05, skoleslutt + 6 uker."""
        if self.anchor[0].isdigit():
            words = f"{self.anchor[3:]}.{self.anchor[:2]}"
        else:
            words = {**ANCHORS, **OWN_ANCHORS, **FACT_ANCHORS}[self.anchor].get(language)
        if self.shift:
            following = Text("året etter", "året etter", "the year after")
            before = Text("året før", "året før", "the year before")
            words = f"{words} ({(following if self.shift > 0 else before).get(language)})"
        if self.count:
            one, several = UNITS[self.unit]
            unit = (one if abs(self.count) == 1 else several).get(language)
            words = f"{words} {'−' if self.count < 0 else '+'} {abs(self.count)} {unit}"
        return words


@dataclass(frozen=True, slots=True)
class Variant:
    """Another day for some: the grades named, or those who arrive late."""

    grades: frozenset[int]  # empty: late arrivals
    day: Day

    @property
    def selector(self) -> str:
        """As it stands in the notation."""
        if not self.grades:
            return "late"
        return "grade " + ",".join(str(grade) for grade in sorted(self.grades))


@dataclass(frozen=True, slots=True)
class Days:
    """A day with its variants."""

    day: Day
    variants: tuple[Variant, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Days":
        """Reads DAYS. Raises BadDay."""
        first, *rest = text.split("|")
        day = Day.parse(first)
        if day.anchor == "arrival":
            raise BadDay(
                _("«arrival» gjelder bare dem som kommer sent: skriv «… | late: arrival …»")
            )
        variants = [_variant(part) for part in rest]
        chosen = [grade for variant in variants for grade in variant.grades or {_LATE}]
        if len(set(chosen)) < len(chosen):
            raise BadDay(_("«{text}» nevner samme utvalg to ganger: behold ett").format(text=text))
        return cls(day, tuple(variants))

    def __str__(self) -> str:
        return " | ".join([str(self.day), *(f"{one.selector}: {one.day}" for one in self.variants)])

    @property
    def all_days(self) -> tuple[Day, ...]:
        """The day and every variant's."""
        return (self.day, *(variant.day for variant in self.variants))

    @property
    def grades(self) -> frozenset[int]:
        """The grades that have a day of their own."""
        return frozenset[int]().union(*(variant.grades for variant in self.variants))

    @property
    def has_late(self) -> bool:
        """Whether late arrivals have a day of their own."""
        return any(not variant.grades for variant in self.variants)

    def choose(self, *, grade: int | None = None, late: bool = False) -> Day:
        """The day for a grade, or for those who arrive late: the latter goes first."""
        for variant in self.variants:
            if late and not variant.grades:
                return variant.day
        for variant in self.variants:
            if grade is not None and grade in variant.grades:
                return variant.day
        return self.day

    def describe(self, language: str | None = None) -> str:
        """The days in words."""
        words = [self.day.describe(language)]
        for variant in self.variants:
            if variant.grades:
                grade = Text("trinn", "trinn", "grade").get(language)
                grades = ", ".join(str(one) for one in sorted(variant.grades))
                words.append(f"{grade} {grades}: {variant.day.describe(language)}")
            else:
                late = Text("kommer sent", "kjem seint", "arrives late").get(language)
                words.append(f"{late}: {variant.day.describe(language)}")
        return "; ".join(words)


def add_months(day: date, count: int) -> date:
    """The same day some months on; the last day of a month that is too short."""
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _rute(calendar: Calendar, year: Year) -> SchoolYear:
    rute = calendar(year)
    if rute is None:
        raise MissingSkolerute(year)
    return rute


def _variant(text: str) -> Variant:
    selector, colon, day = text.partition(":")
    words = selector.split()
    if colon and words == ["late"]:
        return Variant(frozenset(), Day.parse(day))
    if colon and len(words) == 2 and words[0] == "grade":
        grades = words[1].split(",")
        if all(grade in _GRADES for grade in grades):
            parsed = Day.parse(day)
            if parsed.anchor == "arrival":
                raise BadDay(
                    _("«arrival» gjelder bare dem som kommer sent: skriv «late: arrival …»")
                )
            return Variant(frozenset(int(grade) for grade in grades), parsed)
    raise BadDay(
        _("«{text}» er ikke et utvalg: skriv «grade 1: DAG» eller «late: DAG»").format(
            text=text.strip()
        )
    )


def _is_date(month: int, day: int) -> bool:
    """Whether every year has that day: 29 February is none."""
    return 1 <= month <= 12 and 1 <= day <= monthrange(2027, month)[1]


def _hint(text: str) -> str:
    norwegian = _NORWEGIAN.fullmatch(text.strip())
    if norwegian and _is_date(int(norwegian[2]), int(norwegian[1])):
        return _("«{text}» er ikke dagnotasjon: skriv {month:02}-{day:02} (måned-dag)").format(
            text=text, month=int(norwegian[2]), day=int(norwegian[1])
        )
    iso = _ISO.fullmatch(text.strip())
    if iso:
        return _("«{text}» gjelder bare ett år: skriv {day}, som gjelder hvert år").format(
            text=text, day=iso[1]
        )
    return _(
        "«{text}» er ikke dagnotasjon: skriv som «05-31», «school_end» eller «school_start + 6w»"
    ).format(text=text)
