"""A day of the wheel as a form: chosen in words, and put together to the day notation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from iopflow.days import ANCHORS, OWN_ANCHORS, UNITS, Day, Days
from iopflow.texts import _
from iopflow.web.forms import Unclear

DATE, AS_IT_IS, NONE = "dato", "slik", "ingen"
BEFORE, AFTER = "for", "etter"
COUNTED = ("d", "w", "sd")
_WRITTEN = re.compile(r"(\d{1,2})[.\s/-]\s?(\d{1,2})\.?", re.ASCII)
MOST = 400  # of days or weeks


@dataclass(frozen=True, slots=True)
class TypedDay:
    """A day as the form has it: from what it is counted, and how far."""

    kind: str = DATE
    on: str = ""
    count: str = ""
    unit: str = "w"
    side: str = AFTER

    @classmethod
    def of(cls, days: Days | None) -> "TypedDay":
        """The form of a day that the wheel has; what no form can say stays as it is."""
        if days is None:
            return cls(NONE)
        day = days.day
        dated = day.anchor[0].isdigit()
        if day.shift or (dated and day.count):
            return cls(AS_IT_IS)
        if dated:
            return cls(DATE, f"{day.anchor[3:]}.{day.anchor[:2]}")
        if (day.anchor not in ANCHORS and day.anchor != "due") or (
            day.count and day.unit not in COUNTED
        ):
            return cls(AS_IT_IS)
        side = BEFORE if day.count < 0 or (not day.count and day.anchor == "due") else AFTER
        return cls(day.anchor, "", str(abs(day.count)), day.unit if day.count else "w", side)

    @classmethod
    def read(cls, form: Mapping[str, str], name: str) -> "TypedDay":
        """What was sent, with the name of the day in front of each field."""
        usual = cls()
        found = {
            part: form.get(f"{name}_{part}", getattr(usual, part)).strip()
            for part in ("kind", "on", "count", "unit", "side")
        }
        return cls(**found)

    def days(self, now: Days | None) -> Days | None:
        """The day in the notation. The days of some grades, or of late arrivals, stay as they are.

        Raises Unclear.
        """
        if self.kind == NONE:
            return None
        if self.kind == AS_IT_IS:
            return now
        day = self._day()
        return Days(day) if now is None else replace(now, day=day)

    def _day(self) -> Day:
        if self.kind == DATE:
            found = _WRITTEN.fullmatch(self.on)
            month, number = (int(found[2]), int(found[1])) if found else (0, 0)
            if not 1 <= month <= 12 or not 1 <= number <= 31:
                raise Unclear(
                    _("«{typed}» er ingen dag i året: skriv som 31.05.").format(typed=self.on[:40])
                )
            try:
                return Day.parse(f"{month:02}-{number:02}")
            except ValueError as bad:
                raise Unclear(
                    _("«{typed}» er ingen dag i året: skriv som 31.05.").format(typed=self.on[:40])
                ) from bad
        if self.kind not in ANCHORS and self.kind != "due":
            raise Unclear(_("Velg hva dagen regnes fra."))
        if not re.fullmatch(r"[0-9]{0,3}", self.count) or int(self.count or 0) > MOST:
            raise Unclear(
                _("«{typed}» er ikke et antall: skriv et tall fra 0 til {most}.").format(
                    typed=self.count[:40], most=MOST
                )
            )
        count = int(self.count or 0)
        unit = self.unit if self.unit in COUNTED and count else "d"
        return Day(self.kind, 0, -count if self.side == BEFORE else count, unit)


def kinds(*, opens: bool, days: Days | None) -> list[tuple[str, str]]:
    """What a day may be counted from, in words; `opens` may also count from the due day."""
    found = [(DATE, _("en fast dato"))]
    if opens:
        found.append(("due", OWN_ANCHORS["due"].get()))
    found += [(key, title.get()) for key, title in ANCHORS.items()]
    if days is not None and TypedDay.of(days).kind == AS_IT_IS:
        found.append((AS_IT_IS, _("som nå: {day}").format(day=days.describe())))
    return found


def units() -> list[tuple[str, str]]:
    """What is counted."""
    return [(unit, UNITS[unit][1].get()) for unit in COUNTED]
