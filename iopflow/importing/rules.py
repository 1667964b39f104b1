"""The rules of one row: how its key is completed, and what is checked before it may stand.

Each rule says one thing, so that all that is wrong with a row is told at once.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from iopflow.importing.across import value_of
from iopflow.importing.happenings import (
    CHECK_HAPPENING,
    COMPLETE_HAPPENING,
    not_after_today,
)
from iopflow.importing.rows import BadRow, Row
from iopflow.lifecycle import Happened
from iopflow.lifecycle.moves import GUARDS, WHAT_IS_MISSING, WHY
from iopflow.models import MoveKind, UnitKind
from iopflow.queries.figure_values import decimal_of
from iopflow.queries.plausible import is_impossible
from iopflow.registered import BY_CODE
from iopflow.roles import ROLES
from iopflow.schoolyear import Year
from iopflow.texts import _

if TYPE_CHECKING:
    from iopflow.importing.planner import Planner

Rule = Callable[["Planner", Row], None]
LONGEST_BREAK = timedelta(days=120)
# What the moves of a case ask words of: the same here, though the rest of them is only told.
_EXPLAINED = frozenset(
    kind for kind in MoveKind if {WHY, WHAT_IS_MISSING} & set(GUARDS.get(Happened(kind.value), ()))
)


def _complete_school(planner: "Planner", row: Row) -> None:
    if row["owner_key"] != planner.known.owner_key:
        raise BadRow(
            "owner",
            _("importen gjelder {owner}").format(owner=planner.known.owner_key),
            _("importer hver skoleeier for seg med --owner"),
        )


def _complete_role(planner: "Planner", row: Row) -> None:
    """Where the role is held: the kind of place before the colon, its id after it."""
    kind, colon, key = row[":at"].partition(":")
    role = ROLES[row["role"]]
    places = [place.value for place in role.places]
    if not colon or not key or kind not in places:
        raise BadRow(
            "at",
            _("passer ikke for {role}").format(role=role.key),
            _("skriv {places}").format(places=_(" eller ").join(f"{place}:ID" for place in places)),
        )
    row["at_kind"] = kind
    row["at_id"] = planner.known.number("at", kind, key)


def _in_order(*pairs: tuple[str, str]) -> tuple[Rule, ...]:
    """A rule of each pair: an earlier and a later database column."""
    return tuple(partial(_pair_in_order, pair) for pair in pairs)


def _pair_in_order(pair: tuple[str, str], _planner: "Planner", row: Row) -> None:
    """Raises BadRow on the later of the two."""
    first, last = row[pair[0]], row[pair[1]]
    if first is not None and last is not None and last < first:
        names = {column.stored: column.name for column in row.layout.table.columns}
        raise BadRow(
            names[pair[1]],
            _("er før {column} {day}").format(column=names[pair[0]], day=first),
            _("bytt dem om, eller rett datoen"),
        )


def _school(planner: "Planner", row: Row) -> None:
    if row["wheel"]:
        planner.known.check_wheel(row["wheel"])


def _in_the_year(column: str, _planner: "Planner", row: Row) -> None:
    day, year = row[column], Year(row["year"])
    if day is not None and Year.of(day) != year:
        raise BadRow(
            column,
            _("ligger ikke i skoleåret {year}").format(year=year),
            _("rett datoen eller skoleåret"),
        )


def _lasts(_planner: "Planner", row: Row) -> None:
    if row["first_day"] == row["last_day"]:
        raise BadRow("last_day", _("er den samme som first_day"), _("skriv siste skoledag i juni"))


def _day_off(_planner: "Planner", row: Row) -> None:
    if row["ends"] is not None and row["ends"] - row["starts"] > LONGEST_BREAK:
        raise BadRow("to", _("gjør fridagene lengre enn fire måneder"), _("rett datoen"))
    year = Year.of(row["starts"])
    if row["ends"] is not None and Year.of(row["ends"]) != year:
        raise BadRow(
            "to",
            _("ligger ikke i samme skoleår som from"),
            _("del i to rader ved 1. august, eller rett datoen"),
        )


def _unit(planner: "Planner", row: Row) -> None:
    parent = row["parent_id"]
    if parent is None:
        return
    if row["kind"] is UnitKind.AVDELING:
        raise BadRow("parent", _("en avdeling har ingen avdeling over seg"), _("la cellen stå tom"))
    if parent in planner.known.gone:
        raise planner.known.waits_for("parent", planner.known.gone[parent])
    kind, school_id = planner.known.units.get(parent, (UnitKind.KLASSE, None))
    if kind is not UnitKind.AVDELING:
        raise BadRow("parent", _("er ingen avdeling"), _("skriv id-en til en avdeling"))
    if school_id != row["school_id"]:
        raise BadRow(
            "parent", _("hører til en annen skole"), _("skriv en avdeling ved samme skole")
        )


def _enrolment(planner: "Planner", row: Row) -> None:
    class_id = row["class_id"]
    if class_id is None:
        return
    kind, school_id = planner.known.units[class_id]
    if kind is not UnitKind.KLASSE:
        raise BadRow("class", _("er ingen klasse"), _("skriv id-en til en klasse"))
    if school_id != row["school_id"]:
        raise BadRow("class", _("hører til en annen skole"), _("skriv en klasse ved samme skole"))


def _vedtak(_planner: "Planner", row: Row) -> None:
    if row["departs"] and not row["reason"]:
        raise BadRow(
            "reason",
            _("et vedtak som avviker fra sakkyndig vurdering trenger en begrunnelse"),
            _("skriv hvorfor (opplæringslova § 11-7), eller departs nei"),
        )


def _move(_planner: "Planner", row: Row) -> None:
    """The words that others need. The order of steps is no matter here."""
    if row["kind"] in _EXPLAINED and not row["note"]:
        raise BadRow(
            "note",
            _("{what} trenger en merknad").format(what=row["kind"].value),
            _("skriv hva som mangler, eller hvorfor"),
        )


def _value(_planner: "Planner", row: Row) -> None:
    """A figure that cannot be is no more taken from a file than from the page.

    An «av» of a figure that has none is left: a file may say what the page does not ask for.
    """
    whole = decimal_of(row["of"])
    if whole is not None and whole <= 0:
        raise BadRow(
            "of", _("må være over 0"), _("skriv hvor mange det er av, eller la den stå tom")
        )
    one, amount = BY_CODE[row["indicator"]], value_of(row).amount
    if amount is None or not is_impossible(one, amount):
        return
    if one.measure.of_all:
        raise BadRow(
            "value",
            _("{name} er en andel, og kan bare være fra 0 til 100 prosent").format(name=one.name),
            _("rett tallet, eller skriv i «of» hvor mange det er av"),
        )
    raise BadRow(
        "value",
        _("er mer eller mindre enn {name} kan være").format(name=one.name),
        _("skriv et tall fra 0 til {most}").format(most=one.measure.most),
    )


def _support(_planner: "Planner", row: Row) -> None:
    if row["decided_on"] is not None and row["outcome"] is None:
        raise BadRow("outcome", _("er tom"), _("skriv granted, partly eller refused"))


def substituting() -> BadRow:
    """A row that would make a substitute's role a role for good."""
    return BadRow(
        "from",
        _("er dagen personen begynte som vikar i samme rolle"),
        _("skriv en annen dag, eller la raden være: vikariatet står i iopflow"),
    )


_PERIOD = _in_order(("starts", "ends"))
COMPLETIONS: Mapping[str, tuple[Rule, ...]] = {
    "schools": (_complete_school,),
    "roles": (_complete_role,),
    "happenings": COMPLETE_HAPPENING,
}
CHECKS: Mapping[str, tuple[Rule, ...]] = {
    "schools": (_school,),
    "school_years": (
        *(
            partial(_in_the_year, column)
            for column in ("first_day", "last_day", "planning_day", "autumn_end")
        ),
        _lasts,
        *_in_order(
            ("first_day", "last_day"),
            ("planning_day", "first_day"),
            ("first_day", "autumn_end"),
            ("autumn_end", "last_day"),
        ),
    ),
    "days_off": (*_PERIOD, _day_off),
    "units": (_unit,),
    "roles": _PERIOD,
    "enrolments": (*_PERIOD, _enrolment),
    "assessments": _in_order(
        ("referred_on", "complete_on"),
        ("referred_on", "received_on"),
        ("received_on", "valid_to"),
    ),
    "vedtak": (
        *_in_order(
            ("valid_from", "valid_to"),
            ("decided_on", "notified_on"),
            ("notified_on", "arrived_on"),
        ),
        _vedtak,
    ),
    "happenings": CHECK_HAPPENING,
    "appeals": _in_order(
        ("registered_on", "reviewed_on"),
        ("reviewed_on", "forwarded_on"),
        ("registered_on", "forwarded_on"),
        ("forwarded_on", "closed_on"),
        ("reviewed_on", "closed_on"),
        ("registered_on", "closed_on"),
    ),
    "pauses": _PERIOD,
    "moves": (not_after_today("on", "on_day"), _move),
    "values": (_value,),
    "supports": (
        not_after_today("sought_on", "sought_on"),
        *_in_order(
            ("sought_on", "decided_on"),
            ("decided_on", "notified_on"),
            ("valid_from", "valid_to"),
        ),
        _support,
    ),
}
