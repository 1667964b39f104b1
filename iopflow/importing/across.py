"""The rules across rows, seen against the database: what may not stand together, and what must."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from iopflow.importing.rows import BadRow, Row
from iopflow.models import Scope, What
from iopflow.queries.figure_values import Value
from iopflow.queries.plausible import doubts
from iopflow.registered import BY_CODE
from iopflow.schoolyear import Year
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.importing.planner import Planner

Incoming = Mapping[tuple[Any, ...], Row]
Bad = Iterator[tuple[Row, BadRow]]
Place = tuple[int, str, Scope, int]  # year served, step, scope, subject
TAKEN_PLACE = frozenset({What.DONE, What.HELD})
ANSWERS = frozenset({What.DECLINED, What.NO_REPLY})


class Across(Protocol):
    """A rule that sees every row of a table: those of the database, then those of the file."""

    def __init__(self, planner: "Planner") -> None: ...

    def stored(self, row: Any) -> None:
        """One row of the database."""

    def refuse(self, incoming: Incoming, /) -> Bad:
        """The rows of the file that cannot stand; asked again until there are none."""


class Overlaps:
    """Two enrolments of one pupil at one school may not overlap."""

    def __init__(self, planner: "Planner") -> None:
        self._known = planner.known
        self._stored: dict[tuple[int, int, date], tuple[date | None, int | None]] = {}

    def stored(self, row: Any) -> None:
        """Keeps an enrolment of the database."""
        self._stored[row.pupil_id, row.school_id, row.starts] = (row.ends, row.class_id)

    def refuse(self, incoming: Incoming) -> Bad:
        """The later of two, or the one in the file where only that is."""
        periods: dict[tuple[int, int], list[tuple[date, date, Row | None]]] = {}
        self._known.forget_stays()
        for key, (ends, class_id) in self._stored.items():
            if key not in incoming:
                periods.setdefault(key[:2], []).append((key[2], ends or date.max, None))
                self._known.add_stay(*key, ends, class_id)
        for key, row in incoming.items():
            pupil_id, school_id, starts = key
            periods.setdefault((pupil_id, school_id), []).append(
                (starts, row["ends"] or date.max, row)
            )
            self._known.add_stay(pupil_id, school_id, starts, row["ends"], row["class_id"])
        for stays in periods.values():
            if len(stays) > 1:
                yield from _overlapping(sorted(stays, key=lambda stay: stay[:2]))


def _overlapping(stays: list[tuple[date, date, Row | None]]) -> Bad:
    last = stays[0]
    for stay in stays[1:]:
        if stay[0] > last[1]:
            last = stay
            continue
        # Of two in the file the later is refused; never one that is as it was.
        wrong = next(
            (row for row in (stay[2], last[2]) if row is not None and (row.is_new or row.before)),
            None,
        )
        if wrong is None:
            last = max(last, stay, key=lambda one: one[1])
            continue
        end = "" if last[1] == date.max else last[1].isoformat()
        yield (
            wrong,
            BadRow(
                "from",
                _("overlapper en annen innskrivning ved samme skole ({a} til {b})").format(
                    a=last[0], b=end
                ),
                _("sett «to» på den første til dagen før"),
            ),
        )
        if wrong is last[2]:
            last = stay


class Talks:
    """Done or not applicable, never both; an answer needs an invitation, a presence a meeting."""

    def __init__(self, planner: "Planner") -> None:
        self._known = planner.known
        self._taken: set[Place] = set()
        self._not_applicable: set[Place] = set()
        self._invited: dict[Place, date] = {}
        self._meetings: set[tuple[int, str, int, date]] = set()

    def stored(self, row: Any) -> None:
        """Notes what a happening of the database makes possible or impossible."""
        self._note(row.what, (row.year, row.step, row.scope, row.subject_id), row.on_day)

    def _note(self, what: What, place: Place, day: date) -> None:
        if what is What.NOT_APPLICABLE:
            self._not_applicable.add(place)
        elif what in TAKEN_PLACE:
            self._taken.add(place)
            if place[2] is Scope.UNIT:
                self._meetings.add((place[0], place[1], place[3], day))
        elif what is What.INVITED:
            self._invited[place] = min(day, self._invited.get(place, date.max))

    def refuse(self, incoming: Incoming) -> Bad:
        """The later of done and not applicable, answers uninvited, presence at no meeting."""
        rows = sorted(incoming.values(), key=lambda row: row.number)
        for row in rows:
            place = _place(row)
            against = self._against(row["what"])
            if against is not None and place in against and (row.is_new or row.before):
                yield (
                    row,
                    BadRow(
                        "what",
                        _("steget kan ikke være både gjort og not_applicable"),
                        _("behold den raden som stemmer"),
                    ),
                )
            else:
                self._note(row["what"], place, row["on_day"])
        for row in rows:
            if not (row.is_new or row.before):
                continue
            if row["what"] in ANSWERS:
                if self._invited.get(_place(row), date.max) > row["on_day"]:
                    yield (
                        row,
                        BadRow(
                            "what",
                            _("{what} uten invitasjon samme dag eller før").format(
                                what=row["what"].value
                            ),
                            _("legg til raden invited først"),
                        ),
                    )
            elif row["what"] is What.PRESENT and not self._met(row):
                yield (
                    row,
                    BadRow(
                        "on",
                        _("klassen til eleven har ikke noe slikt møte den dagen"),
                        _("legg til klassens held samme dag, eller rett datoen"),
                    ),
                )

    def _against(self, what: What) -> set[Place] | None:
        if what is What.NOT_APPLICABLE:
            return self._taken
        return self._not_applicable if what in TAKEN_PLACE else None

    def _met(self, row: Row) -> bool:
        day: date = row["on_day"]
        return any(
            stay.covers(day) and (row["year"], row["step"], stay.class_id, day) in self._meetings
            for stay in self._known.stays.get(row["subject_id"], ())
        )


def _place(row: Row) -> Place:
    return row["year"], row["step"], row["scope"], row["subject_id"]


class Figures:
    """Figures beside those of the year before: what is unlike them is asked about, not refused."""

    def __init__(self, planner: "Planner") -> None:
        self._known = planner.known
        self._stored: dict[tuple[Any, ...], Value] = {}

    def stored(self, row: Any) -> None:
        """Keeps a figure of the database."""
        key = (row.school_id, row.year, row.indicator, row.counted_on, row.category, row.unit_key)
        self._stored[key] = Value(
            *(row.id, Year(row.year), *key[2:], row.value, row.of, row.source)
        )

    def refuse(self, _incoming: Incoming, /) -> Bad:
        """Nothing: a single row says for itself what cannot be."""
        return iter(())

    def unlikely(self, incoming: Incoming) -> Iterator[str]:
        """What is to be looked at once more, in the order of the file."""
        rows = sorted(incoming.values(), key=lambda row: row.number)
        there = self._stored | {row.key: value_of(row) for row in rows}
        before: dict[tuple[int, Year, str], list[Value]] = {}
        for key, value in there.items():
            before.setdefault((key[0], value.year.next, value.indicator), []).append(value)
        for row in rows:
            if not (row.is_new or row.before.keys() & {"value", "of"}):
                continue
            now = there[row.key]
            last = before.get((row["school_id"], now.year, now.indicator), ())
            for doubt in doubts([now], last, self._known.ids("unit")):
                yield _("{name}, {school} {year}, rad {row}: {said}").format(
                    name=BY_CODE[now.indicator].name,
                    school=self._known.id_of("school", row["school_id"]),
                    year=now.year,
                    row=row.number,
                    said=doubt.sentence,
                )


def value_of(row: Row) -> Value:
    """A row of values.csv as the figure that it will be."""
    return Value(
        row.number,
        Year(row["year"]),
        row["indicator"],
        row["counted_on"],
        row["category"],
        row["unit_key"],
        row["value"],
        row["of"],
        row["source"],
    )


ACROSS: Mapping[str, type[Across]] = {
    "enrolments": Overlaps,
    "happenings": Talks,
    "values": Figures,
}
