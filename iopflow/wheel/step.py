"""A step of the wheel, and a state of the pupil's year: the two kinds of row in a wheel file."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from iopflow.days import Days
from iopflow.schoolyear import Year
from iopflow.texts import Text

# Kinds whose happening is `held`; every other kind is `done` (contract: import tables).
TALKS = frozenset({"conversation", "meeting"})
# Kinds that stand in the wheel for all to see and are never ticked (decisions 6).
NEVER_TICKED = frozenset({"recurring", "on_demand", "timer", "event"})
# Those of them that have no date at all: they last all year, or until somebody needs them.
ALL_YEAR = frozenset({"recurring", "on_demand"})
KINDS: tuple[str, ...] = (
    "document",
    "task",
    "meeting",
    "conversation",
    "milestone",
    "consent",
    "event",
    "timer",
    "recurring",
    "on_demand",
    "snapshot",
)
SCOPES: tuple[str, ...] = ("pupil", "class", "unit", "school", "network")
WEEKENDS: tuple[str, ...] = ("internal", "counting", "statutory")
SERVES: tuple[str, ...] = ("same", "next")
BASES: tuple[str, ...] = ("law", "regulation", "guidance", "network", "local")
# What a school may not change: it is set by Stortinget or the Ministry.
BINDING = frozenset({"law", "regulation"})
CERTAINTIES: tuple[str, ...] = ("certain", "guess")
INDICATOR_CODES: tuple[str, ...] = (
    *(f"P{number}" for number in range(1, 12)),
    *(f"S{number}" for number in range(1, 7)),
    "S7a",
    "S8",
    "T1",
    "T2",
    "R1",
    "R2",
    "R3",
    "OK1a",
    "OK1b",
    "OK2",
)


class Cohort(StrEnum):
    """Who a pupil's step is for. What each means is defined once, in engine/cohorts.py."""

    ENROLLED = "enrolled"
    IOP = "iop"
    IOP_CURRENT = "iop_current"
    IOP_NEW = "iop_new"
    NEED = "need"
    UTEN_VEDTAK = "uten_vedtak"


# The cohorts of those who have, or will have, an IOP: their steps rest while no vedtak is valid.
WITH_IOP = frozenset({Cohort.IOP, Cohort.IOP_CURRENT, Cohort.IOP_NEW})


@dataclass(frozen=True, slots=True)
class Dates:
    """The real days of a step for one school and year served."""

    opens: date | None
    due: date | None
    limit: date | None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a counting date's checklist."""

    key: str
    title: Text
    indicators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of the wheel.

    `serves` says which school year the step serves: the one it is done in ("same"), or the one
    after ("next"). `after` are predecessors in the same year served, `after_previous` in the year
    served before; those also in `hard` are demanded by law and refuse, the others only warn.
    `limit` is the last day on time where the figures are more patient than `due`. A timer counts by
    itself until one of `stops` has happened; one without `stops` only tells when its day has come.
    `only_grades` are the grades of the year served that it concerns, all where none is named.
    """

    key: str
    kind: str
    title: Text
    scope: str
    responsible: str
    source: str
    serves: str = "same"
    opens: Days | None = None
    due: Days | None = None
    limit: Days | None = None
    weekend: str = "internal"
    contributors: tuple[str, ...] = ()
    approver: str | None = None
    after: tuple[str, ...] = ()
    after_previous: tuple[str, ...] = ()
    hard: tuple[str, ...] = ()
    any_of: bool = False
    cohort: str | None = None
    fact: str | None = None
    stops: tuple[str, ...] = ()
    only_grades: tuple[int, ...] = ()
    indicators: tuple[str, ...] = ()
    basis: str = "local"
    date_basis: str = "local"
    law: str | None = None
    certainty: str = "guess"
    confidence: str | None = None
    note: str | None = None
    since: Year | None = None
    until: Year | None = None
    off: bool = False
    checklist: tuple[Item, ...] = ()
    # What a school's own change replaces, and the first year served that the change is for.
    unchanged: "Step | None" = field(default=None, compare=False)
    changed_from: Year | None = field(default=None, compare=False)

    def of_year(self, year: Year) -> "Step":
        """The step as it is for a year served: a school's change may begin with a later year."""
        if (
            self.unchanged is not None
            and self.changed_from is not None
            and year < self.changed_from
        ):
            return self.unchanged.of_year(year)
        return self

    @property
    def shared(self) -> "Step":
        """The step as it stands in the wheel that the school shares with others."""
        return self if self.unchanged is None else self.unchanged.shared

    @property
    def happening(self) -> str:
        """The word for its having taken place: held for talks and meetings, done for the rest."""
        return "held" if self.kind in TALKS else "done"

    @property
    def many(self) -> bool:
        """Whether it may take place on many days: the meetings of a class (P10)."""
        return self.kind == "meeting" and self.scope == "class"

    @property
    def ticked(self) -> bool:
        """Whether it is a duty that is done at some time, rather than one that lasts all year."""
        return not self.off and self.kind not in NEVER_TICKED

    @property
    def recordable(self) -> bool:
        """Whether a happening may be recorded on it by hand or by import (contract: happenings)."""
        return self.kind not in {"recurring", "on_demand", "timer"} and self.fact is None

    @property
    def needs_vedtak(self) -> bool:
        """Whether it rests while no vedtak is valid (opplæringslova § 11-10)."""
        return self.cohort in WITH_IOP

    @property
    def all_days(self) -> tuple[Days, ...]:
        """The days it declares."""
        return tuple(days for days in (self.opens, self.due, self.limit) if days is not None)

    @property
    def has_late(self) -> bool:
        """Whether those who arrive late have days of their own."""
        return any(days.has_late for days in self.all_days)

    @property
    def grades(self) -> frozenset[int]:
        """The grades that have days of their own."""
        return frozenset[int]().union(*(days.grades for days in self.all_days))

    def lives_in(self, year: Year) -> bool:
        """Whether the rule is in force for a year served."""
        return (self.since is None or self.since <= year) and (
            self.until is None or year <= self.until
        )

    def opens_tasks_in(self, year: Year) -> bool:
        """Whether opening the year writes tasks for it."""
        return self.ticked and self.lives_in(year)


@dataclass(frozen=True, slots=True)
class State:
    """A state of the pupil's year, reached when its steps are done and its day has come.

    `enters` is "new" where only new pupils pass it, "current" where only the others do. `day` is an
    anchor for the states that come by themselves (in use, archived).
    """

    key: str
    title: Text
    steps: tuple[str, ...] = ()
    enters: str | None = None
    day: str | None = None
    role: str | None = None  # "initial" or "suspended"
    any_of: bool = False

    def fulfilled_by(self, done: Collection[str]) -> bool:
        """Whether its steps are done: all of them, or one where `any_of` says so."""
        if self.any_of:
            return any(step in done for step in self.steps)
        return all(step in done for step in self.steps)
