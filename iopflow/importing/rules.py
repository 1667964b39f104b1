"""The rules of each table, across the cells of a row and across rows.

A row rule sees one row and may complete its values; a set rule sees all accepted rows of its table
and names those to refuse.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from iopflow.importing.plan import BadRow, Planner, Row
from iopflow.models import Scope, UnitKind, What
from iopflow.roles import ROLES, Place
from iopflow.schoolyear import Year
from iopflow.texts import _
from iopflow.wheel import Step

RowRule = Callable[[Planner, Row], None]
SetRule = Callable[[Planner, list[Row]], Iterable[tuple[Row, BadRow]]]

SCOPES: Mapping[str, tuple[Scope, str]] = {
    "pupil": (Scope.PUPIL, "pupil"),
    "class": (Scope.UNIT, "unit"),
    "unit": (Scope.UNIT, "unit"),
    "school": (Scope.SCHOOL, "school"),
    "network": (Scope.NETWORK, "network"),
}
ONCE = frozenset({What.DONE, What.NOT_APPLICABLE})
TALK = frozenset(
    {What.INVITED, What.DECLINED, What.NO_REPLY, What.CANCELLED, What.NOT_POSSIBLE}
)


def _school(planner: Planner, row: Row) -> None:
    if row.values["owner_key"] != planner.owner_key:
        raise BadRow(
            "owner",
            _("importen gjelder {owner}").format(owner=planner.owner_key),
            _("importer hver skoleeier for seg med --owner"),
        )
    if row.values.get("wheel"):
        planner.check_wheel(row.values["wheel"])
    _allowed(planner, "school", planner.ids.get("school", {}).get(row.values["key"]))


def _at_school(planner: Planner, row: Row) -> None:
    _allowed(planner, "school", row.values["school_id"])


def _allowed(planner: Planner, column: str, school_id: int | None) -> None:
    if planner.allowed_schools is not None and school_id not in planner.allowed_schools:
        raise BadRow(
            column, _("er ikke en skole du kan importere for"), _("la den skolen importere selv")
        )


def _in_order(row: Row, *pairs: tuple[str, str, str, str]) -> None:
    """Each pair: an earlier and a later database column, and their names in the file."""
    for earlier, later, name, other in pairs:
        first, last = row.values.get(earlier), row.values.get(later)
        if first is not None and last is not None and last < first:
            raise BadRow(
                other,
                _("er før {column} {day}").format(column=name, day=first),
                _("bytt dem om, eller rett datoen"),
            )


def _school_year(planner: Planner, row: Row) -> None:
    _at_school(planner, row)
    year = Year(row.values["year"])
    for column in ("first_day", "last_day", "planning_day", "autumn_end"):
        day = row.values.get(column)
        if day is not None and Year.of(day) != year:
            raise BadRow(
                column,
                _("ligger ikke i skoleåret {year}").format(year=year),
                _("rett datoen eller skoleåret"),
            )
    _in_order(
        row,
        ("first_day", "last_day", "first_day", "last_day"),
        ("planning_day", "first_day", "planning_day", "first_day"),
        ("first_day", "autumn_end", "first_day", "autumn_end"),
        ("autumn_end", "last_day", "autumn_end", "last_day"),
    )


def _day_off(planner: Planner, row: Row) -> None:
    _at_school(planner, row)
    _in_order(row, ("starts", "ends", "from", "to"))
    ends = row.values.get("ends")
    if ends is not None and ends - row.values["starts"] > timedelta(days=120):
        raise BadRow("to", _("gjør fridagene lengre enn fire måneder"), _("rett datoen"))


def _unit(planner: Planner, row: Row) -> None:
    _at_school(planner, row)
    parent = row.values.get("parent_id")
    if parent is None:
        return
    if row.values["kind"] is UnitKind.AVDELING:
        raise BadRow("parent", _("en avdeling har ingen avdeling over seg"), _("la cellen stå tom"))
    if planner.value_of("units", parent, "kind") is not UnitKind.AVDELING:
        raise BadRow("parent", _("er ingen avdeling"), _("skriv id-en til en avdeling"))
    if planner.value_of("units", parent, "school_id") != row.values["school_id"]:
        raise BadRow(
            "parent", _("hører til en annen skole"), _("skriv en avdeling ved samme skole")
        )


def _role(planner: Planner, row: Row) -> None:
    at = row.values.pop(":at")
    kind, colon, key = at.partition(":")
    role = ROLES[row.values["role"]]
    places = [place.value for place in role.places]
    if not colon or not key or kind not in places:
        raise BadRow(
            "at",
            _("passer ikke for {role}").format(role=role.key),
            _("skriv {places}").format(
                places=_(" eller ").join(f"{place}:ID" for place in places)
            ),
        )
    row.values["at_kind"] = kind
    row.values["at_id"] = planner.resolve("at", kind, key)
    if kind == Place.SCHOOL:
        _allowed(planner, "at", row.values["at_id"])
    _in_order(row, ("starts", "ends", "from", "to"))


def _enrolment(planner: Planner, row: Row) -> None:
    _at_school(planner, row)
    _in_order(row, ("starts", "ends", "from", "to"))
    class_id = row.values.get("class_id")
    if class_id is None:
        return
    if planner.value_of("units", class_id, "kind") is not UnitKind.KLASSE:
        raise BadRow("class", _("er ingen klasse"), _("skriv id-en til en klasse"))
    if planner.value_of("units", class_id, "school_id") != row.values["school_id"]:
        raise BadRow("class", _("hører til en annen skole"), _("skriv en klasse ved samme skole"))


def _overlaps(planner: Planner, _rows: list[Row]) -> Iterable[tuple[Row, BadRow]]:
    stays: dict[tuple[int, int], list[tuple[date, date, Row | None]]] = {}
    for row, values in planner.merged("enrolments"):
        place = (values["pupil_id"], values["school_id"])
        ends = values.get("ends") or date.max
        stays.setdefault(place, []).append((values["starts"], ends, row))
    for periods in stays.values():
        periods.sort(key=lambda period: period[:2])
        last: tuple[date, date, Row | None] | None = None
        for period in periods:
            if last is not None and period[0] <= last[1]:
                wrong = period[2] or last[2]
                if wrong is not None:
                    yield (
                        wrong,
                        BadRow(
                            "from",
                            _("overlapper en annen innskrivning ved samme skole ({a} til {b})").format(
                                a=last[0], b="" if last[1] == date.max else last[1]
                            ),
                            _("sett «to» på den første til dagen før"),
                        ),
                    )
                    if wrong is period[2]:
                        continue
            last = period


def _case_year(planner: Planner, row: Row) -> None:
    planner.years.add(Year(row.values["year"]))


def _assessment(planner: Planner, row: Row) -> None:
    _in_order(
        row,
        ("referred_on", "complete_on", "referred_on", "complete_on"),
        ("referred_on", "received_on", "referred_on", "received_on"),
        ("received_on", "valid_to", "received_on", "valid_to"),
    )
    _case_year(planner, row)


def _vedtak(planner: Planner, row: Row) -> None:
    _in_order(
        row,
        ("valid_from", "valid_to", "valid_from", "valid_to"),
        ("decided_on", "notified_on", "decided_on", "notified_on"),
        ("notified_on", "arrived_on", "notified_on", "arrived_on"),
    )
    _case_year(planner, row)


def _period(planner: Planner, row: Row) -> None:
    _in_order(row, ("starts", "ends", "from", "to"), ("registered_on", "closed_on", "registered_on", "closed_on"))
    _case_year(planner, row)


def _happening(planner: Planner, row: Row) -> None:
    values = row.values
    step = planner.step(values["step"])
    what: What = values["what"]
    _right_word(step, what)
    scope, kind = (Scope.PUPIL, "pupil") if what is What.PRESENT else SCOPES[step.scope]
    values["scope"] = scope
    values["subject_id"] = planner.resolve("subject", kind, values.pop(":subject"))
    if values["on_day"] > planner.today:
        raise BadRow(
            "on",
            _("er etter i dag ({today})").format(today=planner.today),
            _("importer den når den har skjedd, eller rett datoen"),
        )
    if (values.get("recorded_on") or planner.today) > planner.today:
        raise BadRow(
            "recorded_on",
            _("er etter i dag ({today})").format(today=planner.today),
            _("rett datoen, eller la cellen stå tom"),
        )
    if what is What.NOT_APPLICABLE and not values.get("reason"):
        raise BadRow("reason", _("«ikke aktuelt» trenger en begrunnelse"), _("skriv hvorfor"))
    once = what in ONCE or (what is What.HELD and not step.many)
    values["occasion"] = "" if once else values["on_day"].isoformat()
    planner.years.add(Year(values["year"]))


def _right_word(step: Step, what: What) -> None:
    """Whether the word fits the step. Raises BadRow with the one that does."""
    if what is What.DELAY:
        return
    if step.fact is not None:
        table = step.fact.partition(".")[0]
        file = {"assessment": "assessments", "consent": "consents", "vedtak": "vedtak"}[table]
        raise BadRow(
            "what",
            _("{step} følger av {file}.csv og tar bare delay").format(step=step.key, file=file),
            _("skriv datoen i {file}.csv").format(file=file),
        )
    if not step.recordable:
        raise BadRow(
            "step", _("er en helårsoppgave som ikke krysses av"), _("stryk raden")
        )
    talk = step.happening == "held"
    if what is What.PRESENT and not step.many:
        raise BadRow(
            "what", _("present gjelder klassens foreldremøter"), _("skriv et foreldremøte i step")
        )
    if what is (What.DONE if talk else What.HELD):
        right = "held" if talk else "done"
        raise BadRow(
            "what",
            _("passer ikke for {step}").format(step=step.key),
            _("skriv {word}").format(word=right),
        )
    if what in TALK and not talk:
        raise BadRow(
            "what",
            _("gjelder samtaler og møter, ikke {step}").format(step=step.key),
            _("skriv done eller not_applicable"),
        )
    if what is What.NOT_APPLICABLE and step.kind == "conversation":
        raise BadRow(
            "what",
            _("en samtale kan ikke være not_applicable"),
            _("skriv declined eller not_possible"),
        )


def _talks_and_meetings(planner: Planner, rows: list[Row]) -> Iterable[tuple[Row, BadRow]]:
    """Across the rows of happenings: done or not applicable, invited before declined, present."""
    invited: dict[tuple[Any, ...], date] = {}
    meetings: set[tuple[Any, ...]] = set()
    later: list[Row] = []
    both: dict[tuple[Any, ...], dict[What, Row | None]] = {}
    for row, values in planner.merged("happenings"):
        place = (values["year"], values["step"], values["scope"], values["subject_id"])
        what = values["what"]
        if what is What.INVITED:
            invited[place] = min(values["on_day"], invited.get(place, date.max))
        elif what is What.HELD and values["scope"] is Scope.UNIT:
            meetings.add((values["year"], values["step"], values["subject_id"], values["on_day"]))
        if what in ONCE:
            both.setdefault(place, {})[what] = row
        elif row is not None and what in (What.DECLINED, What.NO_REPLY, What.PRESENT):
            later.append(row)
    for words in both.values():
        if len(words) == 2:
            mine = [row for row in words.values() if row is not None]
            if mine:
                wrong = max(mine, key=lambda row: row.number)
                yield (
                    wrong,
                    BadRow(
                        "what",
                        _("steget kan ikke være både done og not_applicable"),
                        _("behold den som stemmer"),
                    ),
                )
    stays = _class_stays(planner) if any(r.values["what"] is What.PRESENT for r in later) else {}
    for row in later:
        values = row.values
        place = (values["year"], values["step"], values["scope"], values["subject_id"])
        if values["what"] is not What.PRESENT:
            if invited.get(place, date.max) > values["on_day"]:
                yield (
                    row,
                    BadRow(
                        "what",
                        _("{what} uten invitasjon samme dag eller før").format(
                            what=values["what"].value
                        ),
                        _("legg til raden invited først"),
                    ),
                )
            continue
        classes = [
            class_id
            for starts, ends, class_id in stays.get(values["subject_id"], ())
            if starts <= values["on_day"] <= ends
        ]
        if not any(
            (values["year"], values["step"], class_id, values["on_day"]) in meetings
            for class_id in classes
        ):
            yield (
                row,
                BadRow(
                    "on",
                    _("klassen til eleven har ikke noe slikt møte den dagen"),
                    _("legg til klassens held samme dag, eller rett datoen"),
                ),
            )


def _class_stays(planner: Planner) -> dict[int, list[tuple[date, date, int]]]:
    found: dict[int, list[tuple[date, date, int]]] = {}
    for _row, values in planner.merged("enrolments"):
        if values.get("class_id") is not None:
            found.setdefault(values["pupil_id"], []).append(
                (values["starts"], values.get("ends") or date.max, values["class_id"])
            )
    return found


ROW_RULES: Mapping[str, RowRule] = {
    "schools": _school,
    "school_years": _school_year,
    "days_off": _day_off,
    "units": _unit,
    "roles": _role,
    "enrolments": _enrolment,
    "assessments": _assessment,
    "vedtak": _vedtak,
    "consents": _case_year,
    "happenings": _happening,
    "appeals": _period,
    "pauses": _period,
    "values": _at_school,
}
SET_RULES: Mapping[str, tuple[SetRule, ...]] = {
    "enrolments": (_overlaps,),
    "happenings": (_talks_and_meetings,),
}
# Rows that others of the same file refer to are read first.
ORDER: Mapping[str, Callable[[Mapping[str, str]], Any]] = {
    "units": lambda cells: cells.get("kind") != "avdeling",
}
