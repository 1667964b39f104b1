"""What a form of a skolerute says: days as people write them, and days off pasted as lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from iopflow.engine.skoleruter import mistakes
from iopflow.queries.skoleruter import Off, Skolerute
from iopflow.schoolyear import Year
from iopflow.texts import _, short_date
from iopflow.web import forms
from iopflow.web.page import Page

_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}\.\s?\d{1,2}(?:\.\s?\d{4}|\.\d{2}\b|\.)?", re.ASCII)
_YEARLESS = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.?", re.ASCII)
_AROUND = " \t;,:–—-"
MOST_LINES = 200
DAYS = ("first_day", "last_day", "planning_day", "autumn_end")
NEEDED = ("first_day", "last_day")


@dataclass(frozen=True, slots=True)
class TypedOff:
    """A row of the days off, as it was typed."""

    starts: str = ""
    ends: str = ""
    what: str = ""

    @property
    def empty(self) -> bool:
        """Whether the row says nothing: so it is taken away."""
        return not (self.starts or self.ends or self.what)


@dataclass(slots=True)
class Typed:
    """The form, and what is wrong with it by the id of the field."""

    year: Year
    days: dict[str, str]
    off: list[TypedOff]
    lines: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rute: Skolerute) -> "Typed":
        """The form of a skolerute."""
        days = {name: day for name in DAYS if (day := getattr(rute, name)) is not None}
        return cls(
            rute.year,
            {name: short_date(days[name]) if name in days else "" for name in DAYS},
            [
                TypedOff(
                    short_date(one.starts),
                    short_date(one.ends) if one.ends != one.starts else "",
                    one.what,
                )
                for one in rute.off
            ],
        )

    @classmethod
    def read(cls, page: Page, year: Year) -> "Typed":
        """What was sent; lines that were pasted are rows like the others."""
        columns = [page.many(name) for name in ("fra", "til", "hva")]
        rows = [TypedOff(*(one.strip() for one in row)) for row in zip(*columns, strict=False)]
        typed = cls(
            year,
            {name: page.form.get(name, "").strip() for name in DAYS},
            [row for row in rows if not row.empty],
        )
        typed._take_in(page.form.get("linjer", ""))
        return typed

    def _take_in(self, text: str) -> None:
        lines = [line for line in text.splitlines() if line.strip()]
        left = []
        for line in lines[:MOST_LINES]:
            found = row_of(line)
            if found is None:
                left.append(line)
            else:
                self.off.append(found)
        left += lines[MOST_LINES:]
        self.lines = "\n".join(left)
        if left:
            self.wrong["linjer"] = _(
                "«{line}» kan ikke leses: skriv som 28.09.2026–02.10.2026 høstferie."
            ).format(line=left[0][:60])

    def rute(self) -> Skolerute | None:
        """The skolerute that the form says; None where something is wrong, which `wrong` tells."""
        days = {name: self._day(name, self.days[name]) for name in DAYS if self.days[name]}
        for name in NEEDED:
            if not self.days[name]:
                self.wrong.setdefault(name, _("Skriv dagen."))
        off = [self._off(number, row) for number, row in enumerate(self.off)]
        first, last = days.get("first_day"), days.get("last_day")
        if self.wrong or first is None or last is None:
            return None
        made = Skolerute(
            self.year,
            first,
            last,
            days.get("planning_day"),
            days.get("autumn_end"),
            tuple(one for one in off if one is not None),
        )
        for name, why in mistakes(made):
            self.wrong.setdefault(name, why)
        if self.wrong:
            return None
        return replace(made, off=tuple(sorted(made.off)))

    def _off(self, number: int, row: TypedOff) -> Off | None:
        name = f"off-{number}"
        if not row.starts:
            self.wrong.setdefault(name, _("Skriv den første fridagen, eller tøm hele raden."))
            return None
        starts = self._day(name, row.starts)
        ends = self._day(name, row.ends) if row.ends else starts
        return None if starts is None or ends is None else Off(starts, ends, row.what)

    def _day(self, name: str, typed: str) -> date | None:
        try:
            return _read(typed, self.year)
        except forms.Unclear as why:
            self.wrong.setdefault(name, str(why))
            return None


def row_of(line: str) -> TypedOff | None:
    """A pasted line as a row: one or two days, and what they are, on either side of them."""
    found: Sequence[re.Match[str]] = list(_DATE.finditer(line))
    if not 1 <= len(found) <= 2:
        return None
    what = line[found[-1].end() :].strip(_AROUND) or line[: found[0].start()].strip(_AROUND)
    days = [one.group() for one in found]
    return TypedOff(days[0], days[1] if len(days) > 1 else "", what)


def _read(typed: str, year: Year) -> date:
    """A day, which lies in the school year where no year is written. Raises Unclear."""
    yearless = _YEARLESS.fullmatch(typed)
    if yearless is None:
        return forms.day(typed, year.on(8, 1))
    number, month = int(yearless[1]), int(yearless[2])
    try:
        return year.on(month, number)
    except ValueError as bad:
        raise forms.Unclear(
            _("«{typed}» er ingen dato: skriv som {example}.").format(
                typed=typed, example=short_date(year.on(8, 17))
            )
        ) from bad
